"""What ``scan`` finds in a tree: the records of ``kanalyze.scan/1``.

Lines are absolute and count from 1.  Text that comes from the tree may hold
anything, control characters and surrogates included; making it fit for a
terminal is the report's work.
"""

from dataclasses import dataclass, field
from typing import Literal

from kanalyze.source import Outcomes, Role, Side

EventKind = Literal["introduced", "changed", "moved", "removed"]


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
class Event:
    """One commit's effect on one site or section.

    ``before`` and ``after`` describe it on either side (empty where it does not
    exist); ``reason`` says what changed, and for a move why the two are held to
    be the same.  ``release`` is the first release that contains the commit,
    empty while there is none.  ``from_function``/``from_file`` are set on moves;
    ``from_id`` on everything that had another id before: a change of the
    predicate is one of the id.
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
