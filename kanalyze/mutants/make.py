"""``make_mutants``: every change of meaning of the decisions of a tree, judged."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor

from kanalyze.mutants.change import Change, change, constant, edited_function, together
from kanalyze.mutants.conditions import dropped, forced
from kanalyze.mutants.counts import Counts
from kanalyze.mutants.diffs import diff
from kanalyze.mutants.model import Mutant
from kanalyze.mutants.operators import PLACEBO
from kanalyze.mutants.points import DECIDING, Point, Points
from kanalyze.mutants.reading import Reader
from kanalyze.mutants.statements import disarmed, unsynchronised
from kanalyze.mutants.verdicts import Judge, Judged
from kanalyze.semantics.given import Tree
from kanalyze.source.lex import squeeze
from kanalyze.source.pieces import Function

# The roles of sites that can be changed in meaning.
_CHANGED = DECIDING | {"arm"}
_NOT_JUDGED = Judged("unknown", "not judged")
_OF_PLACEBO = Judged("equivalent", "the same value, written otherwise")
# So many changes are judged by a worker at once: reading the tree takes it a second.
_AT_ONCE = 60


def make_mutants(
    tree: Tree,
    wanted: Collection[str] = (),
    executor: Executor | None = None,
    *,
    judged: bool = True,
) -> tuple[Mutant, ...]:
    """Return the mutants of a tree, the placebos first: one for each function that can have one.

    ``wanted`` names files, functions or sites by id; empty, all that the tree
    has are changed.  With an ``executor`` the changes are judged by its workers.
    Without being ``judged`` all are unknown: to judge them takes most of the time.
    """
    changes = _distinct(tree, _Maker(tree, wanted).changes())
    names = _names([one for one, _ in changes])
    singles = [one for one, _ in changes]
    verdicts = _judged(tree, singles, executor) if judged else [_NOT_JUDGED] * len(singles)
    by_change = {id(one): name for (one, _), name in zip(changes, names, strict=True)}
    return tuple(
        _mutant(
            tree, one, name, [by_change[id(part)] for part in parts if id(part) in by_change], told
        )
        for (one, parts), name, told in zip(changes, names, verdicts, strict=True)
    )


_Grouped = tuple[Change, tuple[Change, ...]]


class _Maker:
    """Applies the operators to the functions of a tree, in their order."""

    def __init__(self, tree: Tree, wanted: Collection[str]) -> None:
        self._tree = tree
        self._wanted = frozenset(wanted)
        self._reader = Reader(tree)
        self._points = Points(tree, self._reader)
        self._counts = Counts(tree, self._reader)

    def changes(self) -> Iterator[_Grouped]:
        """Yield every change with the single ones that it consists of."""
        for file, function in self._functions():
            points = [one for one in self._points.of(file, function) if self._is_wanted(one)]
            # One a function: which of them tests come by is not known here.
            without = next((one for point in points if (one := _placebo(point))), None)
            if without is not None:
                yield without, ()
            single = [*self._single(points), *self._statements(file, function)]
            yield from ((one, ()) for one in single)
            yield from _redundant(single)

    def _functions(self) -> Iterator[tuple[str, Function]]:
        """Yield the functions that hold something to change, in the order of the files."""
        holding: dict[str, set[str]] = {}
        for site in self._tree.sites:
            if site.role not in _CHANGED:
                continue
            holding.setdefault(site.file, set()).add(site.function)
        for section in self._tree.sections:
            holding.setdefault(section.file, set()).add(section.function)
        for file in self._tree.files:
            for function in self._reader.functions(file):
                if function.name in holding.get(file, ()):
                    yield file, function

    def _single(self, points: Sequence[Point]) -> Iterator[Change]:
        for point in points:
            yield from forced(point)
            yield from dropped(point)
            yield from self._counts.weakened(point)
            yield from self._counts.mappings(point)

    def _statements(self, file: str, function: Function) -> Iterator[Change]:
        last = function.line + function.text.count(b"\n")
        sites = [
            one
            for one in self._tree.sites
            if (one.file, one.function, one.role) == (file, function.name, "arm")
            and function.line <= one.line <= last
            and self._is_asked_for(one.id, one.file, one.function)
        ]
        sections = [
            one
            for one in self._tree.sections
            if (one.file, one.function) == (file, function.name)
            and function.line <= one.begin_line <= last
            and self._is_asked_for(one.id, one.file, one.function)
        ]
        seen = set()
        for body in self._reader.bodies(file, function):
            found = [*disarmed(body, sites, self._tree.rules)]
            for key in dict.fromkeys((one.seqcount, one.side) for one in sections):
                own = [one for one in sections if (one.seqcount, one.side) == key]
                found += unsynchronised(body, own[0], own, self._tree.rules)
            for one in found:
                if (one.operator, one.line) not in seen:
                    seen.add((one.operator, one.line))
                    yield one

    def _is_wanted(self, point: Point) -> bool:
        return any(
            self._is_asked_for(one.site.id, one.site.file, one.site.function) for one in point.asked
        )

    def _is_asked_for(self, *names: str) -> bool:
        return not self._wanted or not self._wanted.isdisjoint(names)


def _placebo(point: Point) -> Change | None:
    """Return a change of a condition that changes nothing: ``c`` becomes ``!!(c)``."""
    if any(one.number or not one.pure for one in point.asked) or point.whole.operator == "!":
        return None
    one = point.asked[0].atom
    start, end = one.node.start_byte, one.node.end_byte
    text = b"!!(" + point.body.text(start, end) + b")"
    edit_, choice_ = constant(point.body, start, end, text, pure=True)
    return change(point.body, PLACEBO, (start, end), (), [(edit_, choice_)])


def _redundant(single: Sequence[Change]) -> Iterator[_Grouped]:
    """Yield the changes of one kind in a function, made together: each alone may be caught."""
    kinds: dict[tuple[str, ...], list[Change]] = {}
    for one in single:
        if one.kind:
            kinds.setdefault(one.kind, []).append(one)
    for found in kinds.values():
        apart = _apart(found)
        if len(apart) > 1:
            yield together(f"every-{apart[0].operator}", apart), tuple(apart)


def _apart(changes: Sequence[Change]) -> list[Change]:
    """Return one change a place: of two that overlap the one that stands first."""
    found: list[Change] = []
    for one in changes:
        spans = [(edit.start, edit.end) for each in found for edit in each.edits]
        if all(
            edit.end <= start or end <= edit.start for edit in one.edits for start, end in spans
        ):
            found.append(one)
    return found


# ------------------------------------------------------------------- the record


def _distinct(tree: Tree, changes: Iterator[_Grouped]) -> list[_Grouped]:
    """Return the changes without those that give a text again; operators come in their order."""
    seen = set()
    found = []
    for one, parts in changes:
        if one.operator != PLACEBO:
            text = squeeze(edited_function(one))
            key = one.file, one.function.offset, text
            if key in seen or text == squeeze(one.function.text):
                continue
            seen.add(key)
        found.append((one, parts))
    return sorted(found, key=lambda one: one[0].operator != PLACEBO)


def _names(changes: Sequence[Change]) -> list[str]:
    """Return an id for each change: function, operator, number."""
    counted: Counter[str] = Counter()
    found = []
    for one in changes:
        stem = f"{one.function.name}.{one.operator}"
        counted[stem] += 1
        found.append(f"{stem}.{counted[stem]}")
    return found


def _mutant(tree: Tree, one: Change, name: str, parts: Sequence[str], told: Judged) -> Mutant:
    return Mutant(
        id=name,
        operator=one.operator,
        function=one.function.name,
        file=one.file,
        line=one.line,
        text=one.text,
        ids=one.ids,
        diff=diff(tree.files, one.edits),
        edits=one.edits,
        choices=one.choices,
        group=tuple(parts),
        verdict=told.verdict,
        why=told.why,
        witness=told.witness,
    )


def _judged(tree: Tree, changes: Sequence[Change], executor: Executor | None) -> list[Judged]:
    if executor is None:
        return _judge(tree, changes)
    parts = [changes[start : start + _AT_ONCE] for start in range(0, len(changes), _AT_ONCE)]
    futures = [executor.submit(_judge, tree, part) for part in parts]
    return [told for future in futures for told in future.result()]


def _judge(tree: Tree, changes: Sequence[Change]) -> list[Judged]:
    judge = Judge(tree)
    return [_OF_PLACEBO if one.operator == PLACEBO else judge.judged(one) for one in changes]
