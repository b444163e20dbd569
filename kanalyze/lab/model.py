"""What crosses the lab's border: kernels, test programs, and what running them showed.

Everything that a guest prints is hostile: making it fit for a terminal or a
page is the report's work.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

Outcome = Literal[
    "pass",
    "fail",
    "skip",
    "xfail",
    "timeout",
    "kernel-warning",
    "kernel-panic",
    "boot-failure",
    "lost-vm",
    "not-run",
]
"""What became of a test case, see "Outcomes of a test case" in the design."""

Expected = Literal["pass", "fail", "copy", "reuse", "either", "skip"]
Agreement = Literal["agrees", "disagrees", "untested"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel that can be booted.

    ``name`` is what a table calls it ("6.12.117-amd64"), unique in a run;
    ``given`` is how the user named it.  ``release`` is what ``uname -r`` says,
    as far as it is known before the boot.  ``modules`` are to be loaded in this
    order; ``options`` is its configuration ("CONFIG_KSM" -> "y"), empty where
    it is not known.  ``lacks`` are features that were wanted of it and that it is
    known to have neither built in nor as a module.  ``revision`` is that of its source,
    where it was built for the run.
    """

    name: str
    given: str
    image: Path
    arch: str
    release: str = ""
    revision: str = ""
    modules: tuple[Path, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestProgram:
    """A static program to run in a guest.

    ``suite`` is "generated" or "tree".  ``deadline`` is in seconds, for the
    whole program.  ``cases`` are the names that its ``--list`` is known to give;
    empty where it has none (tests of a kernel tree): what it did not get to is
    then one result.
    """

    name: str
    path: Path
    suite: str
    arguments: tuple[str, ...] = ()
    deadline: int = 600
    cases: tuple[str, ...] = ()

    __test__: ClassVar[bool] = False  # it is none of pytest's


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an outcome rests on, as it came from the guest.

    ``ktap`` are the lines of the case itself, its diagnostics first; ``console``
    is the kernel's message with its call trace, or the end of the console where
    a guest was lost; ``log`` names the file with the whole console.
    """

    ktap: tuple[str, ...] = ()
    console: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """How many of the pages that nobody shared were copied all the same (rule 2)."""

    copied: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One test case on one kernel, in one attempt (from 1).

    ``program`` "" and ``case`` "" stand for the boot itself; a program with
    ``case`` "" for what it did outside its cases.  ``reason`` says in a line why
    it is not a pass ("missing: swap"), or what was counted ("spurious copies: 0
    of 512 pages"); the count itself is in ``copies``.
    """

    kernel: str
    suite: str
    program: str
    case: str
    outcome: Outcome
    attempt: int = 1
    reason: str = ""
    copies: Copies | None = None
    evidence: Evidence = Evidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the kernel's source says of a case, and whether that was observed.

    ``expected``: rules 1 and 3 "pass" or "fail"; rule 2 "copy" or "reuse";
    "either" where the source leaves it open, and "skip" where it cannot come to
    that state.  ``function`` is the one that decides, and ``why`` says in a
    sentence what it goes by.  ``agreement`` is "untested" where nothing was
    observed that could agree or not: a skip, an "either", a lost guest.
    """

    kernel: str
    program: str
    case: str
    expected: Expected
    function: str = ""
    why: str = ""
    agreement: Agreement = "untested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """One start of a guest: what it ran under and how long it took, in seconds.

    ``ready`` is the time to the first test, ``None`` where it never came to it.
    """

    kernel: str
    release: str
    accelerator: str
    ready: float | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRun:
    """All results of one run, and what they were made with.

    ``machine`` are (what, value) pairs: QEMU's version, the accelerator and why,
    the compiler, the host.  ``notes`` are sentences that a reader must see.
    """

    kernels: tuple[Kernel, ...]
    programs: tuple[TestProgram, ...]
    results: tuple[CaseResult, ...]
    predictions: tuple[Prediction, ...] = ()
    boots: tuple[Boot, ...] = ()
    machine: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.run/1")
