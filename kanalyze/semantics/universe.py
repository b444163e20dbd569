"""All page states that there can be when something happens to a page of one size."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from kanalyze.semantics.states import GUP, LARGE_PAGES, Features, LruRefs, PageState, Size, Trigger
from kanalyze.semantics.values import Ints, Mask

_LRU: tuple[LruRefs, ...] = ("none", "local", "remote")


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of :class:`PageState`, one array each; ``lru_refs`` 0 none, 1 local, 2 remote."""

    anonymous: Ints
    my_maps: Ints
    other_maps: Ints
    my_swaps: Ints
    other_swaps: Ints
    swap_cache: Ints
    my_refs: Ints
    other_refs: Ints
    my_pins: Ints
    other_pins: Ints
    lru_refs: Ints
    ksm: Ints
    exclusive: Ints

    @property
    def in_memory(self) -> Mask:
        """Where the page is in memory, and not only in the swap area."""
        found: Mask = (self.my_maps + self.other_maps + self.swap_cache > 0) | (self.anonymous == 0)
        return found

    @property
    def shared(self) -> Mask:
        """Where somebody else can still read the page, see :attr:`PageState.shared`."""
        others = self.other_maps + self.other_swaps + self.other_refs + self.other_pins
        found: Mask = (others > 0) | (self.anonymous == 0) | (self.ksm > 0)
        return found


@dataclass(frozen=True, slots=True)
class Invariant:
    """A combination that cannot be: ``broken`` says where a set of states has it."""

    name: str
    broken: Callable[[Columns, Size], Mask]
    needs: str = ""
    """The feature without which the combination can be."""


def _referenced(c: Columns) -> Mask:
    return (c.my_refs + c.other_refs + c.my_pins + c.other_pins + c.lru_refs) > 0


INVARIANTS = (
    Invariant(
        "a file page is not in swap and not merged",
        lambda c, size: (
            (c.anonymous == 0) & (c.my_swaps + c.other_swaps + c.swap_cache + c.ksm > 0)
        ),
    ),
    Invariant(
        "a swap entry of a page that is in memory goes through the swap cache",
        lambda c, size: (
            (c.my_swaps + c.other_swaps > 0) & (c.my_maps + c.other_maps > 0) & (c.swap_cache == 0)
        ),
    ),
    Invariant(
        "what only the swap area has is referenced by nobody and in no list",
        lambda c, size: ~c.in_memory & (_referenced(c) | (c.ksm > 0)),
    ),
    Invariant(
        "a hugetlb page is not swapped, not merged and in no LRU cache",
        lambda c, size: (
            (size == "hugetlb")
            & (c.my_swaps + c.other_swaps + c.swap_cache + c.ksm + c.lru_refs > 0)
        ),
    ),
    Invariant("a KSM page is small", lambda c, size: (size != "small") & (c.ksm > 0)),
    Invariant(
        "a PMD that maps a page has no swap entries beside it",
        lambda c, size: (size == "pmd") & (c.my_swaps > 0),
    ),
    Invariant(
        "the exclusive bit implies an anonymous page that is not KSM's",
        lambda c, size: (c.exclusive > 0) & ((c.anonymous == 0) | (c.ksm > 0)),
    ),
    Invariant(
        "the exclusive bit implies that nobody else has an entry, a reference or a pin",
        lambda c, size: (c.exclusive > 0) & c.shared,
    ),
    Invariant(
        "a pinned anonymous page is exclusive: GUP unshares before it pins",
        lambda c, size: (c.anonymous > 0) & (c.my_pins + c.other_pins > 0) & (c.exclusive == 0),
        needs="exclusive_bit",
    ),
    Invariant(
        "a page that I have pinned is mapped by me: nothing unmaps it for the swap area",
        lambda c, size: (c.my_pins > 0) & (c.my_swaps > 0),
        needs="pins_stay_mapped",
    ),
)


@functools.cache
def invariants(features: Features) -> tuple[Invariant, ...]:
    """Return the invariants that hold in a tree with these features."""
    return tuple(one for one in INVARIANTS if not one.needs or getattr(features, one.needs))


class Universe:
    """The page states of one size under one trigger, numbered from 0."""

    def __init__(self, trigger: Trigger, size: Size, features: Features) -> None:
        self.trigger = trigger
        self.page_size = size
        self.features = features
        self.columns = _columns(_domains(trigger, size, features), size, features)
        self.size = len(self.columns.my_maps)

    def state(self, number: int) -> PageState:
        """Return the state with this number."""
        fields = {name: int(getattr(self.columns, name)[number]) for name in Columns.__slots__}
        return PageState(
            size=self.page_size,
            anonymous=bool(fields["anonymous"]),
            my_maps=fields["my_maps"],
            other_maps=fields["other_maps"],
            my_swaps=fields["my_swaps"],
            other_swaps=fields["other_swaps"],
            swap_cache=bool(fields["swap_cache"]),
            my_refs=fields["my_refs"],
            other_refs=fields["other_refs"],
            my_pins=fields["my_pins"],
            other_pins=fields["other_pins"],
            lru_refs=_LRU[fields["lru_refs"]],
            ksm=bool(fields["ksm"]),
            exclusive=bool(fields["exclusive"]),
        )

    def number(self, state: PageState) -> int | None:
        """Return the number of a state; None if there is no such state here."""
        there = np.ones(self.size, dtype=np.bool_)
        for name in Columns.__slots__:
            value = getattr(state, name)
            wanted = _LRU.index(value) if name == "lru_refs" else int(value)
            there &= getattr(self.columns, name) == wanted
        found = np.flatnonzero(there)
        return int(found[0]) if found.size and state.size == self.page_size else None

    @functools.cached_property
    def weights(self) -> Ints:
        """How much there is to say about each state: the smallest is shown first."""
        c = self.columns
        mine = c.my_refs + c.my_pins + c.my_swaps + (c.my_maps > 1)
        others = c.other_maps + c.other_swaps + c.other_refs + c.other_pins
        if self.trigger in GUP:  # what fork leaves behind is the plainest
            others = 2 * others - (c.other_maps > 0)
        odd = 3 * c.ksm + 3 * (1 - c.anonymous)
        return mine + 2 * others + 2 * c.swap_cache + 2 * c.lru_refs + odd

    def smallest(self, mask: Mask) -> int:
        """Return the number of the smallest state of a set that is not empty."""
        numbers = np.flatnonzero(mask)
        return int(numbers[np.argmin(self.weights[numbers])])


@functools.lru_cache(maxsize=64)
def universe(trigger: Trigger, size: Size, features: Features) -> Universe:
    """Return the page states of one size under one trigger in a tree with these features."""
    return Universe(trigger, size, features)


def _domains(trigger: Trigger, size: Size, features: Features) -> Mapping[str, tuple[int, ...]]:
    """Return for each field the counts that it can have."""
    some = (0, 1, LARGE_PAGES) if size == "large" else (0, 1, 2)
    # GUP counts nothing: that there is one of a kind is all that it could ask.
    held = (0, 1) if trigger in GUP else (0, 1, 2)
    swapped_in = trigger == "swap-in"
    swap = size != "hugetlb" and size != "pmd"
    return {
        "anonymous": (1,) if swapped_in else (1, 0),
        "my_maps": (0,) if swapped_in else (1, LARGE_PAGES) if size == "large" else (1,),
        "other_maps": some,
        "my_swaps": (1,) if swapped_in else (0,),
        "other_swaps": held if swap else (0,),
        "swap_cache": (0, 1) if size != "hugetlb" else (0,),
        "my_refs": held,
        "other_refs": held,
        "my_pins": held,
        "other_pins": held,
        "lru_refs": held if size != "hugetlb" else (0,),
        "ksm": (0, 1) if features.ksm and size == "small" else (0,),
        "exclusive": (0, 1) if features.exclusive_bit else (0,),
    }


def _columns(domains: Mapping[str, tuple[int, ...]], size: Size, features: Features) -> Columns:
    """Return every combination that no invariant excludes."""
    grids = np.meshgrid(*(np.array(d, dtype=np.int32) for d in domains.values()), indexing="ij")
    every = Columns(**{name: grid.ravel() for name, grid in zip(domains, grids, strict=True)})
    keep = np.ones(len(every.my_maps), dtype=np.bool_)
    for invariant in invariants(features):
        keep &= ~invariant.broken(every, size)
    return Columns(**{name: getattr(every, name)[keep] for name in domains})
