"""What a review finds: the records of ``kanalyze.review/1``.

Subjects, paths and code come from people and repositories: making them fit for
a mail, a page or a terminal is the report's work.
"""

from dataclasses import dataclass, field
from typing import Literal

from kanalyze.history.model import Event
from kanalyze.review.mail import Mail
from kanalyze.semantics.model import Difference, Rule

Status = Literal["introduced", "touched", "pre-existing"]
Effect = Literal["breaks", "weakens", "restores", "changes", "same", "unknown"]
About = Literal["decision", "arm", "pin-check", "section"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A line of a patch that a remark speaks of.

    ``patch`` counts from 1; ``hunk`` from 0 within the patch's diff; ``line`` is the
    index of a line in that hunk behind which the remark stands, and ``text`` is
    that line, with its "+", "-" or space.
    """

    patch: int
    file: str
    hunk: int
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a series does to what decides, or that was there before.

    ``status``   "introduced" by patch ``patch`` (from 1); "touched": it was so
                 before, and the series changes the function; "pre-existing": it
                 was so before and is left alone (``patch`` 0).
    ``effect``   what that does to the rules: breaks one, weakens what keeps one,
                 restores one, changes answers only, changes none ("same"), or
                 "unknown" where it could not be followed.
    ``what``     one sentence, with the function's name and without line numbers.
    ``why``      what it rests on, in a sentence each.
    ``state``    the smallest page state that shows it, in words, with what became
                 of the page there ``before`` and ``after``; ``states`` of ``of``
                 are answered otherwise.
    ``path``     the conditions on the way to the new outcome, as "text = value".
    ``ids``      the sites or sections of scan that it is about.
    ``mended``   the later patch of the series by which it is undone: the series as a
                 whole does not do it.  0 if it lasts.
    ``undoes``   of what restores a rule: the earlier patch that had broken it.
    ``guards``   names of test cases that put a page into such a state.
    """

    status: Status
    effect: Effect
    about: About
    patch: int
    function: str
    file: str
    what: str
    why: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    state: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    states: int = 0
    of: int = 0
    path: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    anchor: Anchor | None = None
    guards: tuple[str, ...] = ()
    mended: int = 0
    undoes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What one patch does to one site or section: scan's event, and what it meant."""

    event: Event
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchReview:
    """One patch: ``commit`` is the one that it is, or became in a repository beside the tree.

    ``diff`` is the text that remarks stand under; ``mail`` is there when it came by mail.
    """

    number: int
    title: str
    commit: str
    author: str
    diff: str
    touches: tuple[Touch, ...]
    mail: Mail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A test case on what a series is based on, and on the series.

    ``before`` and ``after`` are outcomes as of the lab; of the kernel itself, whose
    ``suite`` is empty, ``after`` is "build-failed" or "boot-failure".  ``suite`` is
    "generated" or "tree", the tree's own.  ``kernel`` is the release that both call
    themselves, ``config`` the name of their configuration.  ``lines`` are what the case
    and the kernel said after the series, or, if that was nothing bad, before it;
    ``log`` is the file with the whole console.  Of ``pages`` that nobody shared so
    many were copied before and after, where that was counted (rule 2).
    """

    case: str
    kernel: str
    before: str
    after: str
    lines: tuple[str, ...] = ()
    config: str = ""
    suite: str = "generated"
    program: str = ""
    reason: str = ""
    log: str = ""
    pages: int = 0
    copied_before: int = 0
    copied_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutated:
    """A mutant of a function that a series touches, made on the series.

    ``text`` is what stands there, ``operator`` what was done to it; ``outcome`` is that
    of the design, ``cases`` are those that noticed it, and ``reason`` says why none did.
    """

    id: str
    function: str
    operator: str
    text: str
    outcome: str
    cases: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The result of one ``kanalyze review``.

    ``base`` is the commit below the series, ``base_how`` why that one;
    ``differences`` hold the decisions of the whole series against the base.
    ``partial`` says that the series does not apply, so that only its hunks were
    read.  ``facts`` are (what, value) pairs for whoever wants to do it again;
    ``notes`` what a reader must know of the input.
    """

    tree: str
    title: str
    version: int
    base: str
    base_describe: str
    base_how: str
    patches: tuple[PatchReview, ...]
    findings: tuple[Finding, ...]
    differences: tuple[Difference, ...] = ()
    cover: Mail | None = None
    partial: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    mutants: tuple[Mutated, ...] = ()
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.review/1")

    @property
    def touches_decisions(self) -> bool:
        """Tell whether the series touches anything that kanalyze looks at."""
        return any(patch.touches for patch in self.patches) or any(
            one.status != "pre-existing" for one in self.findings
        )
