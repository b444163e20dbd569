"""Two versions of the files held against each other in one step, however far apart they are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from kanalyze.history.events import without
from kanalyze.history.gather import Gatherer, Groups, Unread
from kanalyze.history.git import GitTree
from kanalyze.history.kin import Kin
from kanalyze.history.links import linked
from kanalyze.history.look import reading
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import BlobId
from kanalyze.history.store import Store
from kanalyze.history.things import Link, Located, Thing
from kanalyze.progress import Progress, Silent
from kanalyze.source.model import FunctionFacts
from kanalyze.source.rules import Rules


@dataclass(frozen=True, slots=True)
class Side:
    """One version: the tree that has it, and its files by path."""

    tree: GitTree | PlainTree
    files: Mapping[str, BlobId]


@dataclass(frozen=True, slots=True)
class Means:
    """What comparing takes: the fact store, the rules, workers, and who is told of progress."""

    store: Store
    rules: Rules
    executor: Callable[[], Executor]
    max_bytes: int
    progress: Progress = Silent()


@dataclass(frozen=True, slots=True)
class Held:
    """Two versions held against each other.

    ``links`` say what became of every site and section of one in the other, also
    of those that are the same; ``derived`` are the signals of both.  A file that
    is ``unread`` on one side is left out on both: what was not read is not gone.
    """

    links: Sequence[Link]
    derived: Mapping[str, Groups]
    unread: Sequence[Unread]


def links_between(before: Side, after: Side, means: Means) -> list[Link]:
    """Return what became of every site and section of one version in the other.

    Those that are the same on both sides are among them.
    """
    return list(held(before, after, means).links)


def held(before: Side, after: Side, means: Means) -> Held:
    """Hold two versions against each other.

    Raises EnvironmentFailure when git, the disk or a worker fails.
    """
    return _Pair(before, after, means).held()


class _Pair:
    """Two versions, gathered."""

    def __init__(self, before: Side, after: Side, means: Means) -> None:
        self._sides = (before, after)
        self._means = means
        gatherers = [self._gatherer(side) for side in self._sides]
        self._places = [
            gatherer.places({blob: path for path, blob in side.files.items()})
            for gatherer, side in zip(gatherers, self._sides, strict=True)
        ]
        self._unread = [one for gatherer in gatherers for one in gatherer.unread.values()]
        first = gatherers[0].signals(self._places[0].names())
        both = gatherers[1].signals(self._places[1].names(), first)
        facts: dict[bytes, FunctionFacts] = {}
        for gatherer, places in zip(gatherers, self._places, strict=True):
            facts |= gatherer.facts(places.names(), both.derived)
        self._reading = reading(facts, means.store, means.rules)
        self._derived = both.derived

    def held(self) -> Held:
        """Return what there is to say."""
        return Held(self._links(), self._derived, self._unread)

    def _links(self) -> list[Link]:
        unread = {one.blob for one in self._unread}
        dark = {path for side in self._sides for path, one in side.files.items() if one in unread}
        was, now = (
            [
                (path, place)
                for path, blob in side.files.items()
                if path not in dark
                for place in places.of(blob)
            ]
            for side, places in zip(self._sides, self._places, strict=True)
        )
        gone, come = list(without(was, now)), list(without(now, was))
        changed = {(path, place.name, place.key, place.config) for path, place in gone}
        same = [
            Link("same", thing, thing, "", ("same",), 1.0)
            for path, place in was
            if (path, place.name, place.key, place.config) not in changed
            for thing in self._reading.look(path, place)
        ]
        kin = Kin(gone, come, self._reading)
        return same + linked(self._things(gone), self._things(come), kin)

    def _things(self, located: Iterable[Located]) -> list[Thing]:
        return [thing for path, place in located for thing in self._reading.look(path, place)]

    def _gatherer(self, side: Side) -> Gatherer:
        means = self._means
        return Gatherer(
            side.tree, means.store, means.rules, means.executor, means.progress, means.max_bytes
        )
