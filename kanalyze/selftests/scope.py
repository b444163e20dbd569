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
    def subject(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def release(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked for.

    ``range`` is ``A..B``: only what its ``events`` introduced or changed.
    ``wanted`` are functions, or ids of sites and sections; all if empty.
    ``events`` come oldest first; those of the whole history where there is no
    range, and none where there is no history.  ``imported`` says that a commit
    is a release as a whole, and not a change that somebody made.
    """

    range: str = ""
    wanted: tuple[str, ...] = ()
    events: tuple[EventLike, ...] = ()
    imported: bool = False


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
    changed = tuple(thing for thing in every if thing.id in commits)
    if not changed:
        raise InputError(
            "no decision, arming site or section was introduced or changed there",
            where=scope.range,
            hint="without --range all are tested",
        )
    return changed


def _commits(scope: Scope) -> dict[str, str]:
    """Return for each id the commit that introduced or changed it last."""
    found: dict[str, str] = {}
    for event in scope.events:
        if event.kind == "removed":
            found.pop(event.id, None)
        elif event.kind in ("introduced", "changed"):
            found[event.id] = _said(event, scope.imported)
    return found


def _said(event: EventLike, imported: bool) -> str:
    if imported:  # who changed it, and when, is not known: only that this release has it so
        return f"by {_line(event.release or event.subject)}"
    return f'{event.commit[:12]} ("{_line(event.subject)}")'


def _every(explainer: Explainer, commits: Mapping[str, str]) -> Iterable[Thing]:
    for site in explainer.tree.sites:
        if site.role == "decision" or site.role == "arm":
            yield Thing(
                id=_line(site.id),
                kind=site.role,
                function=_line(site.function),
                file=_line(site.file),
                predicate=_line(site.predicate),
                commit=commits.get(site.id, ""),
                site=site,
            )
    for section in explainer.tree.sections:
        yield Thing(
            id=_line(section.id),
            kind="section",
            function=_line(section.function),
            file=_line(section.file),
            predicate=_line(f"{section.side} section of {section.seqcount}"),
            commit=commits.get(section.id, ""),
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
