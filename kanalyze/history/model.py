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
    ended the removal.  ``split_from`` is the id of the life that it was copied
    from, ``merged_into`` of the one that stands for it now.
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
