"""Sites and sections as things that can be compared between two versions of a file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kanalyze.history.gather import Place
from kanalyze.history.model import EventKind, LinkReason, Perhaps, SectionRecord, SiteRecord
from kanalyze.history.runner import BlobId
from kanalyze.history.walk import CommitChange, FileChange
from kanalyze.source import Role

Located = tuple[str, Place]
#: Where a function is: file and name.
Home = tuple[str, str]

# The facets of which there can be any number: one more is told as just that.
_LISTS = ("guards", "passed", "locks", "config", "calls", "locks taken inside")


@dataclass(frozen=True, slots=True)
class Thing:
    """A site or section in one version of a function.

    ``subject`` is what it is about (the predicate; side and seqcount),
    ``names`` what it asks, ``facets`` everything else that an event can report
    as changed, by name; ``line`` counts from the top of the file.
    """

    id: str
    role: Role | Literal["section"]
    file: str
    function: str
    line: int
    subject: str
    names: tuple[str, ...]
    facets: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def home(self) -> Home:
        """The function that it is in."""
        return (self.file, self.function)

    @property
    def policy(self) -> str:
        """Which kind of evidence decides; empty for a section and for what asks nothing."""
        return next((value[0] for name, value in self.facets if name == "policy" and value), "")

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What either side of a condition leads to; none for what is no condition."""
        return next((value for name, value in self.facets if name == "outcomes"), ())


@dataclass(frozen=True, slots=True)
class Link:
    """One event in the making, or none if it is the ``same`` as before.

    ``old`` or ``new`` is None where it does not exist.  Something introduced has
    an ``old`` if it is a copy of that, something removed a ``new`` if that stands
    for it now.
    """

    kind: EventKind | Literal["same"]
    old: Thing | None
    new: Thing | None
    reason: str
    reasons: tuple[LinkReason, ...] = ()
    confidence: float = 0.0
    perhaps: tuple[Perhaps, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What can be asked about functions, wherever they are.

    ``look`` gives the things of a function, ``calls`` the names that functions
    call and ``texts`` their text, by their keys; ``groups`` is the kind of
    evidence that each name of the vocabulary is.
    """

    look: Callable[[str, Place], Sequence[Thing]]
    calls: Callable[[Iterable[Place]], Mapping[bytes, frozenset[str]]]
    texts: Callable[[Iterable[Place]], Mapping[bytes, bytes]]
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Versions:
    """What can be asked about the versions of files that a history has.

    ``places`` gives the functions of a file version, if it is ``known``, that
    is, could be read; ``reading`` what is in them, and ``is_clean`` says whether
    a function of a merge is what git by itself makes of the parents' ones.
    """

    places: Callable[[BlobId], Sequence[Place]]
    known: Callable[[BlobId], bool]
    reading: Reading
    is_clean: Callable[[CommitChange, FileChange, Place], bool]


def comparable(commit: CommitChange, versions: Versions) -> list[FileChange]:
    """Return what a commit changed and can be compared.

    A version that could not be read is not an empty one: what it holds was
    neither removed nor introduced.
    """
    return [
        change
        for change in commit.changes
        if all(versions.known(blob) for blob in (*change.old_blobs, change.new_blob) if blob)
    ]


def placed(change: FileChange, blob: BlobId | None, versions: Versions) -> list[Located]:
    """Return the functions of one version of a changed file; none where it is not."""
    return [(change.path, place) for place in versions.places(blob)] if blob else []


def things(sites: Iterable[SiteRecord], sections: Iterable[SectionRecord]) -> list[Thing]:
    """Return sites and sections of one function as things."""
    return [*map(_site, sites), *map(_section, sections)]


def _site(site: SiteRecord) -> Thing:
    outcomes: tuple[str, ...] = ()
    if site.outcomes:
        outcomes = (f"true: {site.outcomes.true}", f"false: {site.outcomes.false}")
    return Thing(
        id=site.id,
        role=site.role,
        file=site.file,
        function=site.function,
        line=site.line,
        subject=site.predicate,
        names=(*site.signals, *site.derived),
        facets=(
            ("role", (site.role,)),
            ("condition", (site.condition,)),
            ("outcomes", outcomes),
            ("policy", (site.policy,) if site.policy else ()),
            ("guards", site.guards),
            ("passed", site.passed),
            ("locks", site.locks),
            ("locked by", site.locked_by),
            ("installed by", site.installed_by),
            ("config", site.config),
        ),
    )


def _section(section: SectionRecord) -> Thing:
    return Thing(
        id=section.id,
        role="section",
        file=section.file,
        function=section.function,
        line=section.begin_line,
        subject=f"{section.side} section of {section.seqcount}",
        names=(section.side, section.seqcount),
        facets=(
            ("calls", section.calls),
            ("locks taken inside", section.locks),
            ("statements", (str(section.statements),)),
            ("balanced", ("yes" if section.balanced else section.problem,)),
        ),
    )


def difference(old: Thing, new: Thing) -> tuple[str, str, str]:
    """Return how two versions of a thing differ, as before, after and a reason.

    All three are empty when they do not.  ``before`` and ``after`` begin with
    the subject and go on with the facets that differ.
    """
    before, after, reasons = [old.subject], [new.subject], []
    if old.subject != new.subject:
        reasons.append("predicate changed")
    theirs = dict(old.facets)
    for name, value in new.facets:
        was = theirs.get(name, ())
        # The order in which guards and locks come says nothing.
        if sorted(was) == sorted(value) or (name == "condition" and old.subject != new.subject):
            continue
        before.append(_facet(name, [one for one in was if one not in value] or was))
        after.append(_facet(name, [one for one in value if one not in was] or value))
        reasons.append(_reason(name, was, value))
    if not reasons:
        return "", "", ""
    return " | ".join(before), " | ".join(after), "; ".join(reasons)


def described(thing: Thing) -> str:
    """Return a thing in one line, for an event that brings or takes it."""
    shown = [
        _facet(name, value)
        for name, value in thing.facets
        if value and name in ("outcomes", "policy", "locks", "balanced")
    ]
    return " | ".join([thing.subject, *shown])


def _facet(name: str, value: Iterable[str]) -> str:
    return f"{name}: {', '.join(value) or 'none'}"


def _reason(name: str, was: tuple[str, ...], now: tuple[str, ...]) -> str:
    gained = [one for one in now if one not in was]
    lost = [one for one in was if one not in now]
    if name in _LISTS and gained and not lost:
        return f"{name} gained"
    if name in _LISTS and lost and not gained:
        return f"{name} lost"
    return f"{name} changed"
