"""Which page states there are, what the kernel counts in them, and how they are told."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_code import Releases

from kanalyze.semantics.states import Features, PageState, Size, Trigger
from kanalyze.semantics.universe import INVARIANTS, Columns, invariants, universe
from kanalyze.semantics.words import words
from kanalyze.semantics.world import World

NEW = Features(exclusive_bit=True, pin_bias=True, pin_counter=True, large_folios=True, ksm=True)
OLD = replace(NEW, exclusive_bit=False)  # as in 5.10
SPARED = replace(NEW, pins_stay_mapped=True)  # as NEW, its functions followed
FIRST = Features(
    exclusive_bit=False, pin_bias=False, pin_counter=False, large_folios=False, ksm=False
)
SIZES: tuple[Size, ...] = ("small", "large", "pmd", "hugetlb")
TRIGGERS: tuple[Trigger, ...] = ("write-fault", "swap-in")


def told_apart() -> Iterator[tuple[Trigger, Size, Features]]:
    """Yield every trigger with every size that it can have."""
    for trigger, size, features in product(TRIGGERS, SIZES, (SPARED, NEW, OLD, FIRST)):
        if trigger != "swap-in" or size in ("small", "large"):
            yield trigger, size, features


EVERY = list(told_apart())


def states(trigger: Trigger, size: Size, features: Features) -> list[PageState]:
    all_of_them = universe(trigger, size, features)
    return [all_of_them.state(number) for number in range(all_of_them.size)]


# ------------------------------------------------------------- which there are


def possible(s: PageState, features: Features) -> bool:
    """Tell in plain words whether a page can be in a state."""
    swaps, maps = s.my_swaps + s.other_swaps, s.my_maps + s.other_maps
    gup = s.my_refs + s.other_refs + s.my_pins + s.other_pins
    others = s.other_maps or s.other_swaps or s.other_refs or s.other_pins
    pins = s.my_pins or s.other_pins
    if not s.anonymous and (swaps or s.swap_cache or s.ksm or s.exclusive):
        return False
    if swaps and maps and not s.swap_cache:
        return False
    only_in_swap = s.anonymous and not maps and not s.swap_cache
    if only_in_swap and (gup or s.lru_refs != "none" or s.ksm):
        return False
    if s.exclusive and (s.ksm or others):
        return False
    if features.pins_stay_mapped and s.my_pins and s.my_swaps:
        return False
    return not (features.exclusive_bit and s.anonymous and pins and not s.exclusive)


def brute_force(trigger: Trigger, size: Size, features: Features) -> set[PageState]:
    """Return every possible state, tried one by one."""
    swap_in, large = trigger == "swap-in", size == "large"
    swappable = size in ("small", "large")
    few, both = range(3), (False, True)
    every = product(
        (True,) if swap_in else both,
        (0,) if swap_in else (1, 4) if large else (1,),
        (0, 1, 4) if large else few,
        (int(swap_in),),
        few if swappable else (0,),
        (False,) if size == "hugetlb" else both,
        *(few,) * 4,
        ("none",) if size == "hugetlb" else ("none", "local", "remote"),
        both if features.ksm and size == "small" else (False,),
        both if features.exclusive_bit else (False,),
    )
    names = [field.name for field in fields(PageState) if field.name != "size"]
    made: Iterator[Any] = (dict(zip(names, one, strict=True)) for one in every)
    return {s for one in made if possible(s := PageState(size=size, **one), features)}


@pytest.mark.parametrize(("trigger", "size", "features"), EVERY)
def test_every_possible_state_is_there_once(
    trigger: Trigger, size: Size, features: Features
) -> None:
    found = states(trigger, size, features)
    assert len(found) == len(set(found))
    assert set(found) == brute_force(trigger, size, features)


@pytest.mark.parametrize(
    ("trigger", "size", "features", "number"),
    [
        ("write-fault", "small", NEW, 1431),
        ("write-fault", "large", NEW, 2214),
        ("write-fault", "pmd", NEW, 945),
        ("write-fault", "hugetlb", NEW, 279),
        ("swap-in", "small", NEW, 517),
        ("swap-in", "large", NEW, 274),
        ("write-fault", "small", OLD, 6561),
        ("write-fault", "large", OLD, 7290),
        ("write-fault", "pmd", OLD, 2187),
        ("write-fault", "hugetlb", OLD, 486),
        ("swap-in", "small", OLD, 4377),
    ],
)
def test_how_many_there_are(trigger: Trigger, size: Size, features: Features, number: int) -> None:
    assert universe(trigger, size, features).size == number


@pytest.mark.parametrize("trigger", ["write-fault", "unshare-fault", "fork", "unmap", "other"])
def test_only_a_swap_in_finds_the_page_unmapped(trigger: Trigger) -> None:
    assert states(trigger, "small", NEW) == states("write-fault", "small", NEW)


@pytest.mark.parametrize(("trigger", "size", "features"), EVERY)
def test_shared_is_the_same_for_one_state_as_for_all(
    trigger: Trigger, size: Size, features: Features
) -> None:
    all_of_them = universe(trigger, size, features)
    shared = all_of_them.columns.shared
    assert [all_of_them.state(at).shared for at in range(all_of_them.size)] == shared.tolist()


def test_the_smallest_state_is_the_plainest() -> None:
    for size in SIZES:
        all_of_them = universe("write-fault", size, NEW)
        smallest = all_of_them.state(all_of_them.smallest(np.ones(all_of_them.size, np.bool_)))
        assert replace(smallest, exclusive=False) == PageState(size=size, my_maps=1)


# ------------------------------------------------------------ what cannot be

# For each invariant a state that nothing else excludes, and the nearest that can be.
EXCLUDED: dict[str, tuple[PageState, dict[str, Any]]] = {
    "a file page is not in swap and not merged": (
        PageState(my_maps=1, anonymous=False, swap_cache=True),
        {"swap_cache": False},
    ),
    "a swap entry of a page that is in memory goes through the swap cache": (
        PageState(my_maps=1, other_swaps=1),
        {"swap_cache": True},
    ),
    "what only the swap area has is referenced by nobody and in no list": (
        PageState(my_swaps=1, other_refs=1),
        {"swap_cache": True},
    ),
    "a hugetlb page is not swapped, not merged and in no LRU cache": (
        PageState(size="hugetlb", my_maps=1, lru_refs="local"),
        {"lru_refs": "none"},
    ),
    "a KSM page is small": (
        PageState(size="large", my_maps=1, ksm=True),
        {"ksm": False},
    ),
    "a PMD that maps a page has no swap entries beside it": (
        PageState(size="pmd", my_maps=1, my_swaps=1, swap_cache=True),
        {"my_swaps": 0},
    ),
    "the exclusive bit implies an anonymous page that is not KSM's": (
        PageState(my_maps=1, ksm=True, exclusive=True),
        {"exclusive": False},
    ),
    "the exclusive bit implies that nobody else has an entry, a reference or a pin": (
        PageState(my_maps=1, other_refs=1, exclusive=True),
        {"exclusive": False},
    ),
    "a pinned anonymous page is exclusive: GUP unshares before it pins": (
        PageState(my_maps=1, my_pins=1),
        {"exclusive": True},
    ),
    "a page that I have pinned is mapped by me: nothing unmaps it for the swap area": (
        PageState(my_swaps=1, my_pins=1, swap_cache=True, exclusive=True),
        {"my_pins": 0},
    ),
}


def columns(state: PageState) -> Columns:
    """Return one state as the columns of a universe."""
    lru = ("none", "local", "remote").index(state.lru_refs)
    numbers = {name: int(getattr(state, name)) for name in Columns.__slots__ if name != "lru_refs"}
    arrays = {name: np.array([number], np.int32) for name, number in numbers.items()}
    return Columns(**arrays, lru_refs=np.array([lru], np.int32))


def broken(state: PageState) -> list[str]:
    return [one.name for one in INVARIANTS if one.broken(columns(state), state.size)[0]]


def test_every_invariant_is_tested() -> None:
    assert EXCLUDED.keys() == {one.name for one in INVARIANTS}


@pytest.mark.parametrize("name", EXCLUDED)
def test_an_invariant_excludes_what_it_says(name: str) -> None:
    state, change = EXCLUDED[name]
    trigger: Trigger = "swap-in" if state.my_swaps and not state.my_maps else "write-fault"
    assert name in broken(state)
    assert state not in states(trigger, state.size, SPARED)
    nearest = replace(state, **change)
    assert not broken(nearest)
    assert nearest in states(trigger, state.size, SPARED)


def test_what_is_excluded_for_one_reason_would_be_there_without_it() -> None:
    alone = {name for name, (state, _) in EXCLUDED.items() if broken(state) == [name]}
    # KSM pages are shared, so that two invariants exclude an exclusive one.
    assert EXCLUDED.keys() - alone == {
        "the exclusive bit implies an anonymous page that is not KSM's"
    }


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("a pinned anonymous page is exclusive: GUP unshares before it pins", OLD),
        ("a page that I have pinned is mapped by me: nothing unmaps it for the swap area", NEW),
    ],
)
def test_a_tree_without_the_feature_has_the_state(name: str, without: Features) -> None:
    state, _ = EXCLUDED[name]
    trigger: Trigger = "swap-in" if state.my_swaps else "write-fault"
    assert state in states(trigger, state.size, without)
    assert state not in states(trigger, state.size, SPARED)


def test_which_invariants_a_feature_brings() -> None:
    assert len(INVARIANTS) == len(invariants(SPARED))
    assert {one.needs for one in INVARIANTS} == {"", "exclusive_bit", "pins_stay_mapped"}
    assert not any(one.needs for one in invariants(FIRST))


# ------------------------------------------------------------------- counters

# (the state; page_count, map count, that of the page, swap count, pin count)
COUNTED = [
    ({}, (1, 1, 1, 0, 0)),
    ({"other_maps": 2}, (3, 3, 3, 0, 0)),
    ({"my_pins": 1}, (1025, 1, 1, 0, 1)),
    ({"my_pins": 1, "other_pins": 1, "my_refs": 2}, (2051, 1, 1, 0, 2)),
    ({"swap_cache": True, "other_swaps": 2}, (2, 1, 1, 2, 0)),
    ({"anonymous": False}, (2, 1, 1, 0, 0)),
    ({"lru_refs": "local"}, (2, 1, 1, 0, 0)),
    ({"lru_refs": "remote", "my_refs": 1, "other_refs": 2}, (5, 1, 1, 0, 0)),
    ({"my_maps": 0, "my_swaps": 1}, (0, 0, 0, 1, 0)),
    ({"my_maps": 0, "my_swaps": 1, "swap_cache": True, "other_maps": 1}, (2, 1, 1, 1, 0)),
    ({"size": "large"}, (1, 1, 1, 0, 0)),
    ({"size": "large", "my_maps": 4, "other_maps": 4}, (8, 8, 2, 0, 0)),
    ({"size": "large", "my_maps": 4, "swap_cache": True}, (8, 4, 1, 0, 0)),
    ({"size": "large", "anonymous": False, "other_pins": 2}, (7, 1, 1, 0, 2)),
    ({"size": "pmd", "my_pins": 1}, (2, 1, 1, 0, 1)),
    ({"size": "pmd", "swap_cache": True, "other_maps": 1}, (6, 2, 2, 0, 0)),
    ({"size": "hugetlb", "other_maps": 1, "other_refs": 1}, (3, 2, 2, 0, 0)),
    ({"size": "hugetlb", "my_pins": 2}, (3, 1, 1, 0, 2)),
]


def counters(state: PageState, features: Features) -> tuple[int, ...]:
    """Return what the kernel reads in a state: as in ``COUNTED``."""
    trigger: Trigger = "swap-in" if state.my_swaps else "write-fault"
    world = World(universe(trigger, state.size, features))
    at = states(trigger, state.size, features).index(state)
    store = world.begin()
    values = (
        *(world.count(store), world.mapcount(store), world.page_mapcount(store)),
        *(world.swapcount(store), world.pin_count()),
    )
    return tuple(int(value.data[at]) for value in values)


@pytest.mark.parametrize(("state", "numbers"), COUNTED, ids=str)
def test_counters(state: dict[str, Any], numbers: tuple[int, ...]) -> None:
    assert counters(PageState(**{"my_maps": 1, **state}), OLD) == numbers


def test_a_pin_counts_as_its_tree_counts_it() -> None:
    small, large = (PageState(my_maps=1, my_pins=1, size=size) for size in SIZES[:2])
    no_counter = replace(OLD, pin_counter=False)
    assert [counters(large, one)[0] for one in (OLD, no_counter, FIRST)] == [2, 1025, 2]
    assert [counters(small, one)[0] for one in (OLD, no_counter, FIRST)] == [1025, 1025, 2]


# ---------------------------------------------------------------------- words


@pytest.mark.parametrize(("trigger", "size", "features"), EVERY)
def test_no_two_states_are_told_in_the_same_words(
    trigger: Trigger, size: Size, features: Features
) -> None:
    first: dict[str, PageState] = {}
    for state in states(trigger, size, features):
        said = words(state, trigger)
        assert said
        assert first.setdefault(said, state) == state, said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"my_maps": 1}, "mine alone"),
        ({"my_maps": 1, "lru_refs": "remote"}, "mine alone, in another CPU's LRU cache"),
        ({"my_maps": 1, "ksm": True}, "mapped by me only, merged by KSM"),
        ({"my_maps": 1, "other_maps": 1}, "mapped by me and another process"),
        ({"my_maps": 1, "my_pins": 2}, "mine alone, two FOLL_PINs of mine"),
        ({"my_swaps": 1, "other_swaps": 1}, "my swap entry, one swap entry of other processes"),
        ({"my_maps": 1, "anonymous": False}, "file page, mapped by me only"),
    ],
)
def test_words(state: dict[str, Any], said: str) -> None:
    assert words(PageState(**state), "write-fault") == said


# ------------------------------------------------------------------- features


@pytest.mark.parametrize(
    ("series", "bit"),
    [("5.10", False), ("6.1", True), ("6.12", True), ("7.2", True), ("7.3", True)],
)
def test_what_the_source_of_a_real_release_has(
    releases_repo: Path, release_tag: Callable[[str], str], series: str, bit: bool
) -> None:
    features = Releases(releases_repo, release_tag)(series).features
    assert features == replace(NEW, exclusive_bit=bit)
