"""What of a tree is to be tested: everything, what a range of commits changed, or what was named.

Only the shape of what a history tells is named here, so that this room need
not know who found it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kanalyze.errors import InputError
from kanalyze.selftests.cases import Covers
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SectionLike, SiteLike
from kanalyze.terminal import printable


class EventLike(Protocol):
    """What one commit did to a site or section, see :class:`kanalyze.history.model.Event`."""

    @property
    def commit(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def from_id(self) -> str: ...
    @property
    def from_file(self) -> str: ...
    @property
    def release(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked for.

    ``range`` is ``A..B``: only what its ``events`` introduced or changed.
    ``wanted`` are functions, or ids of sites and sections; all if empty.
    ``events`` come oldest first; those of the whole history where there is no
    range, and none where there is no history.  ``importer`` is the author of
    commits that are whole releases, and no change that somebody made.
    """

    range: str = ""
    wanted: tuple[str, ...] = ()
    events: tuple[EventLike, ...] = ()
    importer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A decision, an arming site or a section that is in scope."""

    id: str
    kind: Covers
    function: str
    file: str
    predicate: str
    commit: str
    site: SiteLike | None = None
    section: SectionLike | None = None


def things(explainer: Explainer, scope: Scope) -> tuple[Thing, ...]:
    """Return what is in scope, in the order of the files.

    Raises InputError for a name that nothing has, and for a range in which
    nothing was introduced or changed.
    """
    commits = _commits(scope)
    every = tuple(_every(explainer, commits))
    if scope.wanted:
        every = _named(every, explainer, scope.wanted)
    if not scope.range:
        return every
    changed = tuple(thing for thing in every if thing.commit)
    if not changed:
        raise InputError(
            "no decision, arming site or section was introduced or changed there",
            where=scope.range,
            hint="without --range all are tested",
        )
    return changed


#: Where something is, and its id there.
_Place = tuple[str, str]


def _commits(scope: Scope) -> dict[_Place, str]:
    """Return for each thing the commit that introduced or changed it last.

    What was only moved keeps the one that it had.
    """
    found: dict[_Place, str] = {}
    said = _Said(scope.importer, scope.range.partition("..")[0])
    for event in scope.events:
        place = event.file, event.id
        before = found.pop((event.from_file or event.file, event.from_id or event.id), "")
        told = said(event)
        if event.kind in ("introduced", "changed"):
            found[place] = told
        elif event.kind == "moved" and before:
            found[place] = before
    return found


class _Said:
    """Says a commit as the kernel's Fixes: lines do; events are to be told oldest first."""

    def __init__(self, importer: str, before: str) -> None:
        self._importer = importer
        self._releases = [before] if before else []

    def __call__(self, event: EventLike) -> str:
        if event.author != self._importer:
            return f'{event.commit[:12]} ("{_line(event.subject)}")'
        # Who changed it, and when, is not known: only between which releases.
        release = event.release or _line(event.subject)
        if release not in self._releases:
            self._releases.append(release)
        place = self._releases.index(release)
        return f"after {self._releases[place - 1]}, by {release}" if place else f"by {release}"


def _every(explainer: Explainer, commits: Mapping[_Place, str]) -> Iterable[Thing]:
    for site in explainer.tree.sites:
        if site.role == "decision" or site.role == "arm":
            yield Thing(
                id=_line(site.id),
                kind=site.role,
                function=_line(site.function),
                file=_line(site.file),
                predicate=_line(site.predicate),
                commit=commits.get((site.file, site.id), ""),
                site=site,
            )
    for section in explainer.tree.sections:
        yield Thing(
            id=_line(section.id),
            kind="section",
            function=_line(section.function),
            file=_line(section.file),
            predicate=_line(f"{section.side} section of {section.seqcount}"),
            commit=commits.get((section.file, section.id), ""),
            section=section,
        )


def _named(
    every: tuple[Thing, ...], explainer: Explainer, wanted: tuple[str, ...]
) -> tuple[Thing, ...]:
    chosen: dict[str, Thing] = {}
    for name in wanted:
        found = [one for one in every if one.id == name] or [
            one for one in every if one.function == name
        ]
        if not found:
            explainer.function_of(name)  # says what is near, if there is no such name
            raise InputError("decides nothing, arms nothing, and has no section", where=name)
        chosen.update((one.id, one) for one in found)
    return tuple(one for one in every if one.id in chosen)


def _line(text: str) -> str:
    """Return text from a tree as one line that is fit to be printed."""
    return printable(" ".join(text.split()))
