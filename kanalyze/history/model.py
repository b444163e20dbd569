"""What ``scan`` finds in a tree: the records of ``kanalyze.scan/1``.

Lines are absolute and count from 1.  Text that comes from the tree may hold
anything, control characters and surrogates included; making it fit for a
terminal is the report's work.
"""

from dataclasses import dataclass, field
from typing import Literal

from kanalyze.source import Outcomes, Role, Side

EventKind = Literal["introduced", "changed", "moved", "removed"]

LinkReason = Literal[
    "same",
    "predicate changed",
    "API renamed",
    "context changed",
    "function renamed",
    "moved to file",
    "extracted into",
    "inlined from",
    "moved to function",
    "split",
    "merged",
]

#: A link that is less certain than this is none: it is kept as a question.
BAR = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The revision that was read; both empty for a plain directory."""

    commit: str = ""
    describe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """One site of a revision; the fields are those of :class:`kanalyze.source.Site`.

    ``id`` is ``function.digest``: the same for the same predicate in the same
    function, whatever its line and file.
    """

    id: str
    role: Role
    file: str
    line: int
    function: str
    signals: tuple[str, ...]
    derived: tuple[str, ...]
    predicate: str
    condition: str
    outcomes: Outcomes | None
    policy: str
    guards: tuple[str, ...]
    locks: tuple[str, ...]
    config: tuple[str, ...]
    reason: str
    passed: tuple[str, ...] = ()
    locked_by: tuple[str, ...] = ()
    installed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRecord:
    """One seqcount section of a revision, see :class:`kanalyze.source.Section`."""

    id: str
    seqcount: str
    side: Side
    file: str
    function: str
    begin_line: int
    end_line: int
    statements: int
    calls: tuple[str, ...]
    locks: tuple[str, ...]
    balanced: bool
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRecord:
    """A function, or a whole file, that was not fully understood."""

    file: str
    function: str
    line: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Perhaps:
    """A link below the bar: what something may have come from, or gone to.

    ``confidence`` is below :data:`BAR`; the rest names the other end.
    """

    id: str
    file: str
    function: str
    predicate: str
    reasons: tuple[LinkReason, ...]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One commit's effect on one site or section.

    ``before`` and ``after`` describe it on either side (empty where it does not
    exist); ``reason`` says what changed, and for a move why the two are held to
    be the same.  ``release`` is the first release that contains the commit,
    empty while there is none.  ``from_function``/``from_file`` are set on moves;
    ``from_id`` on everything that had another id before: a change of the
    predicate is one of the id.

    ``links`` says why the two ends are one thing and ``confidence`` (:data:`BAR`
    to 1) how sure that is; both are empty where something begins or ends.  What
    is introduced as a copy of another has ``from_*`` and the link ``split``,
    what is removed because another now stands for it has ``into_*`` and
    ``merged``.  ``perhaps`` has the links that were not believed.  ``predicate``
    and ``policy`` are those after the event, or the last ones.
    """

    commit: str
    date: str
    author: str
    subject: str
    kind: EventKind
    id: str
    role: Role | Literal["section"]
    file: str
    function: str
    before: str
    after: str
    reason: str
    trailers: tuple[tuple[str, str], ...] = ()
    release: str = ""
    merge: bool = False
    from_file: str = ""
    from_function: str = ""
    from_id: str = ""
    into_file: str = ""
    into_function: str = ""
    into_id: str = ""
    links: tuple[LinkReason, ...] = ()
    confidence: float = 0.0
    perhaps: tuple[Perhaps, ...] = ()
    predicate: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedSignal:
    """A function of the revision whose result depends on evidence, found by analysis."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The result of one ``kanalyze scan``.

    ``files`` are those read, in the order of the configuration; ``notes`` say in
    a sentence each what a reader must know to judge completeness (no history,
    a shallow boundary, an object that is missing).
    """

    tree: str
    revision: Revision
    files: tuple[str, ...]
    sites: tuple[SiteRecord, ...]
    sections: tuple[SectionRecord, ...]
    derived: tuple[DerivedSignal, ...]
    health: tuple[HealthRecord, ...]
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = ()
    range: str = ""
    schema: str = field(default="kanalyze.scan/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event in a life, and what it meant.

    ``meaning`` says what ``explain`` finds when it holds both sides against each
    other: ``same answers in every page state``, or the smallest state that was
    answered otherwise; empty where that was not asked or could not be told.
    """

    event: Event
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifeline:
    """One decision, arming site, pin check or section through history.

    ``id``, ``role``, ``file``, ``function``, ``predicate`` and ``policy`` are as
    they are now or, if it is no longer ``alive``, as they were last.  ``steps``
    come oldest first; the first is the introduction, the last of a life that has
    ended the removal, and there is none where the history begins too late.
    ``split_from`` is the id of the life that it was copied from, ``merged_into``
    of the one that stands for it now.
    """

    id: str
    role: Role | Literal["section"]
    file: str
    function: str
    predicate: str
    policy: str
    alive: bool
    steps: tuple[Step, ...]
    split_from: str = ""
    merged_into: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The result of one ``kanalyze history``.

    ``wanted`` is what was asked for: the id of a site or section, a function, or
    nothing for all.  ``lifelines`` come in the order of the files, and within a
    function in the order in which they began.
    """

    tree: str
    revision: Revision
    wanted: str
    lifelines: tuple[Lifeline, ...]
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.history/1")


DifferenceKind = Literal["changed", "moved", "only here", "only there"]
TreeSide = Literal["here", "there"]
Sameness = Literal["commit id", "upstream commit", "subject and author", "subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a site or section is in one of two trees; all empty where it is not."""

    id: str = ""
    file: str = ""
    function: str = ""
    line: int = 0
    predicate: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A site or section in which two trees differ.

    ``before`` and ``after`` say how it is here and there, ``reason``, ``links``,
    ``confidence`` and ``perhaps`` are as of an :class:`Event` that leads from here
    to there.  What is on one side only has both spots if it is a copy of another
    (``split``) or if another stands for it (``merged``).  ``meaning`` is as of a
    :class:`Step`.
    """

    kind: DifferenceKind
    role: Role | Literal["section"]
    here: Spot
    there: Spot
    before: str
    after: str
    reason: str
    links: tuple[LinkReason, ...] = ()
    confidence: float = 0.0
    perhaps: tuple[Perhaps, ...] = ()
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameCommit:
    """One change in both trees, under ``here`` and ``there`` as the commits are called.

    ``how`` it is known: a commit's ``upstream commit`` is named in its message.
    """

    here: str
    there: str
    subject: str
    how: Sameness


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a fix repairs: the commit that it names, and as what the other tree has that."""

    commit: str
    subject: str
    held_as: str
    how: Sameness


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneCommit:
    """A commit that touched what decides and that one ``side`` only has, under any id.

    ``fixes`` is not empty if the other side has what it repairs: a fix that is
    missing there.  ``reverted_by`` is the commit with which the other side has
    taken the same change back.  ``events`` are what it did.
    """

    side: TreeSide
    commit: str
    date: str
    author: str
    subject: str
    release: str
    fixes: tuple[Fixed, ...]
    reverted_by: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeAt:
    """One of two trees: as the user named it, and the revision that was read."""

    tree: str
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """The result of one ``kanalyze history --against``: a tree held against another.

    ``same`` counts what both have in the same form.  ``differences`` come in the
    order of the files and of their lines, ``commits`` oldest first, those here
    before those there.
    """

    here: TreeAt
    there: TreeAt
    wanted: str
    same: int
    differences: tuple[Difference, ...]
    commits: tuple[LoneCommit, ...]
    matched: tuple[SameCommit, ...]
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.history-against/1")
