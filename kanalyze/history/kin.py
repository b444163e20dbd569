"""Which of the functions that a commit changed have to do with each other, and how.

Text that left one function and entered another was moved only if there is a
reason to think so: a function went and another came in its place, or one calls
the other, before or after.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kanalyze.history.functions import Became, parted, successors
from kanalyze.history.model import LinkReason
from kanalyze.history.nearby import Nearby
from kanalyze.history.things import Home, Located, Reading, Thing
from kanalyze.history.twins import namesakes

#: How alike the names of two functions must be to have to do with each other.
NAMESAKES = 0.6
_NONE: frozenset[str] = frozenset()
# Up to so many functions go or come in a commit that is about one thing.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Move:
    """How something came from one function to another: in a word, in a line, and how sure."""

    reason: LinkReason
    said: str
    confidence: float


class Kin:
    """What is known of the functions that a commit changed."""

    def __init__(self, gone: Iterable[Located], come: Iterable[Located], reading: Reading) -> None:
        self._gone, self._come = list(gone), list(come)
        self._reading = reading
        old, new = ({place.name for _, place in side} for side in (self._gone, self._come))
        self.vanished = old - new
        self.appeared = new - old
        self.groups = reading.groups
        self.nearby = Nearby(self._gone, self._come, reading)

    @functools.cached_property
    def became(self) -> dict[Home, Became]:
        """Return what became of the functions that are no longer where they were."""
        return successors(self._gone, self._come, self._reading)

    @functools.cached_property
    def heirs(self) -> frozenset[Home]:
        """Return the functions that another became."""
        return frozenset(became.home for became in self.became.values())

    @functools.cached_property
    def renamed(self) -> dict[str, str]:
        """Return the functions that have another name now, with that name."""
        return {
            name: became.home[1]
            for (_, name), became in self.became.items()
            if became.home[1] != name
        }

    def home(self, old: Thing) -> Home:
        """Return where the function of ``old`` is now, be it renamed or moved."""
        became = self.became.get(old.home)
        return became.home if became else old.home

    def together(self, old: Thing, new: Thing) -> bool:
        """Tell whether two are in one function, whatever it is called, and of one kind."""
        kinds = {old.role == "section", new.role == "section"}
        return len(kinds) == 1 and self.home(old) == new.home

    def moved(self, old: Thing, new: Thing) -> Move | None:
        """Return how ``old`` came to be ``new``, elsewhere; None if that is not to be believed."""
        was, now = old.function, new.function
        if self.home(old) == new.home:
            return self._with_its_function(old, new)
        if was == now:
            return Move("moved to file", f"{was}() moved from {old.file} to {new.file}", 0.9)
        gone = was in self.vanished and old.home not in self.became
        fresh = now in self.appeared and now not in self.renamed.values()
        if gone and now in self.appeared and self._in_its_place(old, new):
            return Move("function renamed", f"{was}() became {now}()", 0.8)
        if now in self.appeared and not gone and self._came_out(old, new):
            said = f"extracted from {was}() into the new {now}()"
            return Move("extracted into", said, 0.95 if fresh else 0.85)
        if gone and now not in self.appeared and self._related(was, now, far=self._near(old, new)):
            return Move("inlined from", f"{was}() is gone, merged into {now}()", 0.95)
        if not gone and not fresh and self._few and self._related(was, now, far=False):
            return Move("moved to function", f"left {was}() and entered {now}()", 0.8)
        return None

    def _came_out(self, old: Thing, new: Thing) -> bool:
        related = self._related(old.function, new.function, far=self._near(old, new))
        return related or self.parted(old.home, new.home)

    @functools.cache  # noqa: B019 - lives as long as the commit is looked at
    def parted(self, old: Home, new: Home) -> bool:
        """Tell whether a function that lives on gave a part of its text to a new one of its file.

        Nothing but that may tell of it, where it is given to others and not called.
        """
        now = self.became[old].home if old in self.became else old
        if old[0] != new[0] or new[1] not in self.appeared or new in self.heirs:
            return False
        texts = [self.nearby.text(home, side) for home, side in ((old, 0), (now, 1), (new, 1))]
        return all(texts) and parted(*texts)

    def _near(self, old: Thing, new: Thing) -> bool:
        """Tell whether a step is small, or two are in one file: then one call between will do."""
        return self._few or old.file == new.file

    def _with_its_function(self, old: Thing, new: Thing) -> Move:
        sure = self.became[old.home].confidence
        if old.function != new.function:
            return Move("function renamed", f"{old.function}() became {new.function}()", sure)
        said = f"{old.function}() moved from {old.file} to {new.file}"
        return Move("moved to file", said, sure)

    def _in_its_place(self, old: Thing, new: Thing) -> bool:
        """Say whether of two functions one went and the other came in its place."""
        was, now = old.function, new.function
        if self.close(old, new) or self._related(was, now, far=True):
            return True
        if not self._few:
            return False
        before, after = self._graphs
        callers = before.keys() & after.keys()
        return any(was in _reach(before, one) and now in _reach(after, one) for one in callers)

    @property
    def _few(self) -> bool:
        return len(self.vanished) <= _FEW and len(self.appeared) <= _FEW

    def close(self, old: Thing, new: Thing) -> bool:
        """Say whether it is beyond doubt that two functions have to do with each other."""
        alike = namesakes(old.function, new.function) >= NAMESAKES
        return alike or self._related(old.function, new.function, far=False)

    def fetched(self, old: Thing, heir: Thing, new: Thing) -> bool:
        """Tell whether ``old`` was in a helper that is gone, which the function of ``new`` called.

        Not if that calls the ``heir`` of ``old`` instead, and so has it ask.
        """
        before, after = self._graphs
        called, calls = before.get(self.origin(new)[1], ()), after.get(new.function, ())
        gone = old.function in self.vanished and old.function in called
        return gone and heir.function not in calls

    def handed(self, old: Thing, origin: Thing, new: Thing) -> bool:
        """Tell whether ``new`` is in a helper that has come, which the function of ``old`` calls.

        Not if that called the ``origin`` of ``new`` before, and so had it ask.
        """
        before, after = self._graphs
        called, calls = before.get(old.function, ()), after.get(self.home(old)[1], ())
        come = new.function in self.appeared and new.function in calls
        return come and origin.function not in called

    def still_call(self, function: str) -> Iterator[frozenset[str]]:
        """Yield what those call now that called a function before and still do."""
        before, after = self._graphs
        for caller, called in before.items():
            if function in called and function in after.get(caller, _NONE):
                yield after[caller]

    @functools.cache  # noqa: B019 - lives as long as the commit is looked at
    def over(self, function: str, side: int) -> frozenset[str]:
        """Return the helpers, come or gone with it, over which a function is called.

        ``side`` is 0 for those that are gone, 1 for those that have come.
        """
        fresh, graph = (self.vanished, self.appeared)[side], self._graphs[side]
        found = {function} & fresh
        while more := {name for name in fresh - found if graph.get(name, _NONE) & found}:
            found |= more
        return frozenset(found - {function})

    def origin(self, new: Thing) -> Home:
        """Return where the function of ``new`` was before, and what it was called."""
        came = (old for old, one in self.became.items() if one.home == new.home)
        return next(came, new.home)

    @functools.cached_property
    def _graphs(self) -> list[dict[str, frozenset[str]]]:
        """Return function -> the changed functions that it calls, before and after."""
        sides = [[place for _, place in side] for side in (self._gone, self._come)]
        changed = {place.name for side in sides for place in side}
        graphs = []
        for side in sides:
            called = self._reading.calls(side)
            graph: dict[str, frozenset[str]] = {}
            for place in side:  # a stub where it is configured out has the name of the other
                calls = called[place.key] & changed
                graph[place.name] = graph.get(place.name, frozenset()) | calls
            graphs.append(graph)
        return graphs

    def _related(self, one: str, other: str, *, far: bool) -> bool:
        """Say whether one calls the other; ``far``: over one function, or its name says so."""
        one = self.renamed.get(one, one) if far else one
        if far and (_stem(one) in other or _stem(other) in one):
            return True
        if far and any(
            graph.get(caller, _NONE) & self.over(called, side)
            for side, graph, caller, called in zip(
                (0, 1), self._graphs, (other, one), (one, other), strict=True
            )
        ):
            return True
        for graph in self._graphs:
            for caller, callee in ((one, other), (other, one)):
                called = graph.get(caller, frozenset())
                if callee in called:
                    return True
                if far and any(callee in graph.get(between, ()) for between in called):
                    return True
        return False


def _reach(graph: dict[str, frozenset[str]], caller: str) -> frozenset[str]:
    """Return what a function calls, by itself or over one other."""
    called = graph[caller]
    return called.union(*(graph.get(one, frozenset()) for one in called))


def _stem(name: str) -> str:
    return name.strip("_")
