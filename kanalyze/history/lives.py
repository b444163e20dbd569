"""``history``: the lives of what decides, arms or checks, told from the facts of a scan."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from kanalyze.errors import InputError
from kanalyze.history.git import open_tree
from kanalyze.history.lifelines import Name, lifelines, still_there
from kanalyze.history.model import (
    Event,
    History,
    Lifeline,
    Scan,
    SectionRecord,
    SiteRecord,
)
from kanalyze.history.plain import PlainTree
from kanalyze.history.scan import ScanRequest, scan
from kanalyze.source import Role

_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


def lives(request: ScanRequest, wanted: str = "", roles: frozenset[str] = frozenset()) -> History:
    """Return the lives that the history of a revision tells of.

    ``wanted`` is the id of a site or section, as it is or once was, a function,
    or FILE:FUNCTION where several files have one of that name; empty for all.
    ``roles`` narrows to lives that had one of these roles.

    Raises InputError for a tree, revision or name that cannot be used, and for a
    tree without history; EnvironmentFailure as ``scan`` does.
    """
    if isinstance(open_tree(request.tree), PlainTree):
        raise InputError(
            "a plain directory has no history", where=request.tree, hint="name a git repository"
        )
    scanned = scan(request)
    told = still_there(lifelines(scanned.events), _names(scanned))
    every = (*told, *_untold(scanned, told))
    chosen = _chosen(every, wanted) if wanted else every
    if roles:
        chosen = tuple(life for life in chosen if roles & _roles(life))
    return History(
        tree=request.tree,
        revision=scanned.revision,
        wanted=wanted,
        lifelines=_in_order(chosen, scanned),
        notes=(*scanned.notes, *_doubts(chosen, wanted), *_helpers(chosen, every, wanted, request)),
    )


def _names(scanned: Scan) -> list[Name]:
    """Return what the sites and sections of the revision are called."""
    sites = [(site.file, site.function, site.id) for site in scanned.sites]
    return sites + [(one.file, one.function, one.id) for one in scanned.sections]


def _untold(scanned: Scan, told: Sequence[Lifeline]) -> Iterator[Lifeline]:
    """Yield what the revision has and no event tells of: it began before the history does."""
    known = {(one.file, one.function, one.id.partition("~")[0]) for one in told if one.alive}
    for site in scanned.sites:
        if (site.file, site.function, site.id.partition("~")[0]) not in known:
            yield _unborn(site, site.role, site.predicate, site.policy)
    for section in scanned.sections:
        if (section.file, section.function, section.id.partition("~")[0]) not in known:
            yield _unborn(section, "section", f"{section.side} section of {section.seqcount}", "")


def _unborn(
    one: SiteRecord | SectionRecord, role: Role | Literal["section"], predicate: str, policy: str
) -> Lifeline:
    return Lifeline(
        id=one.id,
        role=role,
        file=one.file,
        function=one.function,
        predicate=predicate,
        policy=policy,
        alive=True,
        steps=(),
    )


def _roles(life: Lifeline) -> set[str]:
    return {life.role, *(step.event.role for step in life.steps)}


def _in_order(chosen: Iterable[Lifeline], scanned: Scan) -> tuple[Lifeline, ...]:
    """Return lives in the order of the files; within a function they keep that of their births."""
    order = {path: place for place, path in enumerate(scanned.files)}
    return tuple(
        sorted(
            chosen, key=lambda life: (order.get(life.file, len(order)), life.file, life.function)
        )
    )


# ------------------------------------------------------------------- what is wanted


def _chosen(every: Sequence[Lifeline], wanted: str) -> tuple[Lifeline, ...]:
    """Return the lives that a name means: those that have it now, or else those that had it."""
    for fits in (_is, _is_in, _was, _was_in):
        found = tuple(life for life in every if fits(life, wanted))
        if found:
            return _with_kin(found, every) if fits in (_is_in, _was_in) else found
    raise InputError(
        "no such function, site or section in this history",
        where=wanted,
        hint=_hint(every, wanted),
    )


def _is(life: Lifeline, wanted: str) -> bool:
    """Tell whether a life has an id: of several that had it, all do, and each by its number."""
    return wanted in (life.id, life.id.partition("~")[0])


def _was(life: Lifeline, wanted: str) -> bool:
    return any(wanted in (step.event.id, step.event.from_id) for step in life.steps)


def _is_in(life: Lifeline, wanted: str) -> bool:
    return wanted in (life.function, f"{life.file}:{life.function}")


def _was_in(life: Lifeline, wanted: str) -> bool:
    return any(wanted in _functions(step.event) for step in life.steps)


def _functions(event: Event) -> set[str]:
    """Return where an event found something and where it left it, as a user may name it."""
    ends = ((event.file, event.function), (event.from_file, event.from_function))
    return {
        name for file, function in ends for name in (function, f"{file}:{function}") if function
    }


def _with_kin(found: tuple[Lifeline, ...], every: Sequence[Lifeline]) -> tuple[Lifeline, ...]:
    """Return the lives of a function with those that left it on the way."""
    functions = {f"{life.file}:{life.function}" for life in found}
    there = set(map(id, found))
    return tuple(
        life
        for life in every
        if id(life) in there or any(functions & _functions(step.event) for step in life.steps)
    )


def _hint(every: Sequence[Lifeline], wanted: str) -> str:
    names = {life.function for life in every} | {life.id for life in every}
    near = difflib.get_close_matches(wanted, sorted(names), n=3)
    if near:
        return f"did you mean {', '.join(near)}?"
    return "without a name, all lives are listed"


def _doubts(chosen: Sequence[Lifeline], wanted: str) -> list[str]:
    """Return a sentence where a function's name stands for several functions."""
    files = sorted({life.file for life in chosen if life.function == wanted})
    if len(files) < 2:
        return []
    return [f"{wanted}() is in {', '.join(files)}: FILE:FUNCTION names one of them"]


def _helpers(
    chosen: Sequence[Lifeline], every: Sequence[Lifeline], wanted: str, request: ScanRequest
) -> list[str]:
    """Return a sentence on the functions that were asked: what they ask is not told here."""
    if not wanted:
        return []
    here = {life.function for life in chosen}
    told = {step.event.function for life in every for step in life.steps} - here
    asked: dict[str, None] = {}
    for life in chosen:
        for step in life.steps:
            asked.update(dict.fromkeys(_CALLED.findall(step.event.predicate)))
    primitives = request.config.rules.kinds
    names = [name for name in asked if name in told and name not in primitives]
    if not names:
        return []
    return [f"it asked {', '.join(f'{name}()' for name in names)}: each has a history of its own"]
