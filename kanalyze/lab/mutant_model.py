"""What a mutation campaign is about, and what comes of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kanalyze.lab.arch import Accelerator
from kanalyze.lab.model import Kernel, Outcome

MutantOutcome = Literal[
    "killed-by-assertion",
    "killed-by-crash",
    "killed-by-timeout",
    "survived",
    "not-reached",
    "equivalent",
    "build-failed",
    "infrastructure-failed",
]
"""What became of a mutant, see "Outcomes of a mutant" in the design."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A mutant as the kernel knows it: its number there, and the delay for races, in us.

    ``counts_answers`` says that the kernel can tell how often it would have answered
    otherwise; of a statement that is left out it only tells that it was reached.
    ``allowed`` mutants do what no rule forbids: they are not looked for far.  Those that
    are known to break one (``breaks``) are looked for even if they were seen to cost copies.
    """

    id: str
    number: int
    delay: int = 0
    counts_answers: bool = True
    allowed: bool = False
    breaks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCount:
    """A case on the unchanged kernel; ``counts`` as of :class:`kanalyze.lab.conduct.Counted`.

    ``milliseconds`` is what it took.  A case of the tree's own tests has no ``number``, and
    the counts and the time of its whole program.
    """

    program: str
    case: str
    number: int
    outcome: Outcome
    copied: int = 0
    counts: tuple[tuple[int, int, int], ...] = ()
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the tests come to on the unchanged kernel."""

    cases: tuple[CaseCount, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A case that noticed a mutant: what became of it, and the line that says so."""

    suite: str
    program: str
    case: str
    outcome: Outcome
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteVerdict:
    """A mutant under one suite: ``ran`` cases, of which ``kills`` noticed it.

    ``copies`` is how many pages more than without the mutant were copied that nobody
    shared: rule 2 allows that, so it kills nothing.
    """

    suite: str
    outcome: MutantOutcome
    ran: int
    kills: tuple[Kill, ...] = ()
    copies: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantResult:
    """A mutant under all suites; how often it was reached, and answered otherwise."""

    id: str
    verdicts: tuple[SuiteVerdict, ...]
    reached: int = 0
    infected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantSetup:
    """What every guest of a campaign has; what a worker needs, wherever it is."""

    kernel: Kernel
    conductor: Path
    generated: tuple[Path, ...]
    tree: tuple[Path, ...]
    accelerator: Accelerator = "tcg"
    memory_mb: int = 2048
    cpus: int = 2
    logs: Path = field(default_factory=Path)
