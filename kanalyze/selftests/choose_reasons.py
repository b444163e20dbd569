"""Why there is no case for something: what no piece does, or no recipe brings about."""

from collections.abc import Iterable, Iterator

from kanalyze.selftests.cases import Uncovered
from kanalyze.selftests.choose_races import count_of
from kanalyze.selftests.covers import Covering
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.scope import Thing
from kanalyze.selftests.through import Reach, sizes
from kanalyze.semantics.explainer import Explainer

# So far up the callers are followed, and so many of the last are named.
_HIGHEST = 8
_NAMED = 3


class Reasons:
    """Tells why nothing covers a thing, in one tree."""

    def __init__(
        self, explainer: Explainer, pieces: Pieces, covering: Covering, reach: Reach
    ) -> None:
        self._code = explainer.code
        self._covering = covering
        self._asking = tuple(
            (piece, reach.of(piece))
            for kind in ("arm", "reference", "access")
            for piece in pieces.of(kind)
        )
        self._faults = reach.faults

    def uncovered(self, thing: Thing) -> Uncovered:
        """Return a thing that no case covers, with the reason."""
        return Uncovered(
            id=thing.id,
            kind=thing.kind,
            function=thing.function,
            file=thing.file,
            predicate=thing.predicate,
            reason=self._reason(thing),
        )

    def _reason(self, thing: Thing) -> str:
        if thing.section is not None:
            return f"no race is about {count_of(thing.section)}"
        assert thing.site is not None
        fits = sizes(thing.site)
        if not fits:
            return "it is about what a PUD maps, and no kind of memory here is mapped by one"
        states = self._states(thing)
        if states:
            return states
        by = [piece.name for piece, functions in self._asking if thing.function in functions]
        if by:
            return f"{_listed(by)} may lead there, but with no page of its size ({_listed(fits)})"
        if thing.function in self._faults:
            return "faults lead there, but by something else than what recipes do to the page"
        return self._from_elsewhere(thing.function)

    def _states(self, thing: Thing) -> str:
        """Return the reason where a decision that faults and forks come to leads there."""
        for decision in self._covering.decisions:
            found = decision.evaluation
            if thing.function not in found.nodes_of:
                continue
            if any(one is thing for one in decision.places()):
                name = found.program.name
                return f"no recipe brings a page into a state in which {name}() gets there"
            return f"{found.program.name}() does not get there in any page state that is evaluated"
        return ""

    def _from_elsewhere(self, function: str) -> str:
        tops = list(self._tops(function))
        if not tops:
            return "no piece gets there: nothing in the files that are read names it"
        return f"no piece gets there: it is reached from {_listed(f'{name}()' for name in tops)}"

    def _tops(self, function: str) -> Iterator[str]:
        """Yield the functions that lead to one and that nothing names, as far as is read."""
        seen, layer = {function}, [function]
        for _ in range(_HIGHEST):
            above: list[str] = []
            for name in layer:
                naming = [one for one in self._code.mentions(name) if one not in seen]
                if not naming and name != function:
                    yield name
                seen.update(naming)
                above += naming
            layer = above
        yield from layer


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    more = len(found) - _NAMED
    told = ", ".join(found[:_NAMED])
    return f"{told} and {more} more" if more > 0 else told
