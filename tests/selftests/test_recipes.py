"""What pieces do to the abstract page, and which recipes are made of them."""

from dataclasses import replace

import pytest

from kanalyze.errors import EnvironmentFailure
from kanalyze.resources import templates_dir
from kanalyze.selftests.algebra import NOTHING, changed, page_state
from kanalyze.selftests.pieces import Pieces, read_pieces
from kanalyze.selftests.recipes import Cookbook, Recipe
from kanalyze.semantics.states import Features, PageState
from kanalyze.semantics.universe import universe

FEATURES = Features(
    exclusive_bit=True,
    pin_bias=True,
    pin_counter=True,
    large_folios=True,
    ksm=True,
    pins_stay_mapped=True,
)
MINE = {**NOTHING, "anonymous": 1, "my_maps": 1, "exclusive": 1}


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return read_pieces(templates_dir() / "selftests")


@pytest.fixture(scope="module")
def recipes(pieces: Pieces) -> list[Recipe]:
    return list(Cookbook(pieces).recipes())


# ----------------------------------------------------------------------- the algebra


@pytest.mark.parametrize(
    ("change", "value"),
    [(3, 3), ("+1", 5), ("-1", 3), ("my_maps", 8), ("+my_maps", 12), ("+2*my_maps", 20),
     ("+my_maps/2", 8), ("my_maps/4", 2)],
)  # fmt: skip
def test_a_change_is_a_number_or_in_terms_of_fields(change: int | str, value: int) -> None:
    before = {**NOTHING, "my_maps": 8, "other_maps": 4}
    assert changed(before, [("other_maps", change)], "here")["other_maps"] == value


def test_all_changes_of_a_piece_look_at_the_page_before_it() -> None:
    swapped = changed(MINE, [("my_maps", 0), ("my_swaps", "my_maps")], "here")
    assert (swapped["my_maps"], swapped["my_swaps"]) == (0, 1)


@pytest.mark.parametrize("change", ["nonsense", "+my_maps+1", "1.5", ""])
def test_what_makes_no_sense_names_its_piece(change: str) -> None:
    with pytest.raises(EnvironmentFailure, match="other/broken"):
        changed(NOTHING, [("other_maps", change)], "other/broken")


def test_counts_are_as_many_as_states_tell_apart() -> None:
    many = {**MINE, "size": "large", "my_maps": 16, "other_maps": 3, "other_refs": 7}
    state = page_state(many)
    assert (state.my_maps, state.other_maps, state.other_refs) == (4, 1, 2)


def test_a_state_has_its_number() -> None:
    everything = universe("write-fault", "small", FEATURES)
    for number in range(0, everything.size, 97):
        assert everything.number(everything.state(number)) == number
    nowhere = PageState(my_maps=1, exclusive=True, other_maps=1)
    assert everything.number(nowhere) is None


# ----------------------------------------------------------------------- the recipes


def one(recipes: list[Recipe], *names: str) -> Recipe:
    """Return the recipe of these pieces: memory, other, reference, arm, access."""
    (found,) = [each for each in recipes if tuple(p.name for p in each.pieces) == names]
    return found


def test_a_page_in_a_pipe_of_a_child_that_unmapped_it(recipes: list[Recipe]) -> None:
    """The state behind CVE-2020-29374: map count 1, and somebody else can read it."""
    recipe = one(recipes, "anon", "child_vmsplice_unmap", "none", "none", "write")
    assert recipe.state == PageState(my_maps=1, other_refs=1)
    assert (recipe.rule, recipe.trigger, recipe.size) == ("r1", "write-fault", "small")


def test_a_pinned_page_stays_what_it_was_whatever_is_tried(recipes: list[Recipe]) -> None:
    for arm in ("fork", "mprotect", "pageout", "ksm", "migrate"):
        recipe = one(recipes, "anon", "alone", "uring", arm, "write")
        assert recipe.rule == "r3" and recipe.state == PageState(
            my_maps=1, my_pins=1, exclusive=True
        )


def test_who_pins_a_page_that_is_not_mine_alone_gets_one_that_is(recipes: list[Recipe]) -> None:
    recipe = one(recipes, "private_memfd", "alone", "uring", "none", "write")
    assert recipe.rule == "r3" and recipe.state.anonymous and not recipe.state.shared


def test_what_only_the_swap_area_has_is_swapped_in(recipes: list[Recipe]) -> None:
    recipe = one(recipes, "anon", "alone", "none", "swap", "write")
    assert (recipe.trigger, recipe.state.my_swaps, recipe.rule) == ("swap-in", 1, "r2")


def test_a_piece_goes_with_its_memory_only(recipes: list[Recipe]) -> None:
    assert all(recipe.fits for recipe in recipes)
    collapsed = {recipe.memory.name for recipe in recipes if recipe.arm.name == "collapse"}
    assert collapsed == {"thp_pte"}


def test_every_piece_has_its_part(pieces: Pieces, recipes: list[Recipe]) -> None:
    used = {
        piece.path for recipe in recipes if recipe.possible(FEATURES) for piece in recipe.pieces
    }
    unused = {
        piece.path
        for kind in ("memory", "other", "reference", "arm", "access")
        for piece in pieces.of(kind)
        if piece.path not in used
    }
    for_races = {f"memory/{name}" for race in pieces.of("race") for name in race.memory}
    assert unused == for_races


def test_memory_for_races_is_in_no_recipe(pieces: Pieces, recipes: list[Recipe]) -> None:
    for race in pieces.of("race"):
        assert not {recipe.memory.name for recipe in recipes} & set(race.memory), race.name


def test_a_page_is_decided_about_when_it_is_pinned_forked_and_accessed(
    recipes: list[Recipe],
) -> None:
    recipe = one(recipes, "anon", "alone", "gup_ro_fast", "fork", "write")
    assert [moment.trigger for moment in recipe.moments] == ["unshare-fault", "fork", "write-fault"]
    before, forked, _ = recipe.moments
    assert not before.state.my_pins and forked.state.my_pins == 1
    assert [len(moment.steps) for moment in recipe.moments] == [2, 3, 4]


def test_what_is_forked_and_not_pinned_is_shared(recipes: list[Recipe]) -> None:
    recipe = one(recipes, "anon", "alone", "none", "fork", "write")
    assert recipe.state == PageState(my_maps=1, other_maps=1) and recipe.rule == "r1"


def test_of_a_shared_mapping_only_pins_can_be_asked(recipes: list[Recipe]) -> None:
    shared = [recipe for recipe in recipes if recipe.memory.shared]
    assert {recipe.rule for recipe in shared} == {"r3"}
    for state in (recipe.state for recipe in shared):
        assert state.my_pins and not state.anonymous and not state.exclusive


def test_a_tree_without_an_exclusive_bit_has_the_same_pages(recipes: list[Recipe]) -> None:
    without = replace(FEATURES, exclusive_bit=False, pins_stay_mapped=False)
    recipe = one(recipes, "anon", "alone", "none", "none", "write")
    assert recipe.state.exclusive and recipe.possible(without)


def test_no_recipe_comes_twice(recipes: list[Recipe]) -> None:
    names = [tuple(piece.path for piece in recipe.pieces) for recipe in recipes]
    assert len(names) == len(set(names))
