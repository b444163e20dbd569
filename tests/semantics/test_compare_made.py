"""Two small trees compared: which function is which, which state is which, and what is said."""

import functools
from dataclasses import replace

import pytest
from trees import tree_of

from kanalyze.errors import InputError
from kanalyze.semantics import evaluate
from kanalyze.semantics.aligned import align
from kanalyze.semantics.compare import Comparer
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.states import Features
from kanalyze.semantics.universe import universe
from kanalyze.semantics.walk import Limits

# ------------------------------------------------------- trees with other features

FEATURES = Features(
    exclusive_bit=True, pin_bias=True, pin_counter=True, large_folios=True, ksm=True
)


@pytest.mark.parametrize("turned", [False, True])
def test_a_state_stands_beside_the_one_without_the_bit(turned: bool) -> None:
    with_bit = universe("write-fault", "small", FEATURES)
    without = universe("write-fault", "small", replace(FEATURES, exclusive_bit=False))
    sides = (with_bit, without) if turned else (without, with_bit)
    aligned = align(*sides, ("old", "new"))
    pairs = list(zip(aligned.before.tolist(), aligned.after.tolist(), strict=True))
    assert sorted(after if not turned else before for before, after in pairs) == list(
        range(with_bit.size)
    )
    for before, after in pairs:
        one, other = sides[0].state(before), sides[1].state(after)
        assert replace(one, exclusive=False) == replace(other, exclusive=False)
    (note,) = aligned.notes
    name = "new" if turned else "old"
    assert f"page states of {name} cannot be in" in note
    assert "GUP unshares before it pins" in note


def test_states_that_only_one_side_has_are_left_out_and_counted() -> None:
    merged = universe("write-fault", "small", FEATURES)
    without = universe("write-fault", "small", replace(FEATURES, ksm=False))
    aligned = align(without, merged, ("old", "new"))
    assert len(aligned.before) == without.size
    assert not aligned.columns.ksm.any()
    lost = merged.size - without.size
    assert aligned.notes == (
        f"write-fault, small: {lost} of {merged.size} page states of new cannot be in old "
        "and were not compared: there is no KSM",
    )


# ------------------------------------------------------------------- what is made up

DECISION = b"""
vm_fault_t %b(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->vma, vmf->address, vmf->orig_pte);

	if (%b) {
		wp_page_reuse(vmf);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""


def made(name: bytes, condition: bytes, more: bytes = b"") -> Explainer:
    return Explainer(tree_of({"mm/memory.c": DECISION % (name, condition) + more}))


def test_what_is_on_one_side_only_has_no_name_on_the_other() -> None:
    alone = made(b"asks_references", b"page_count(page) == 1")
    nothing = Explainer(tree_of({"mm/memory.c": b"int nothing;\n"}))
    for sides, names in (
        ((alone, nothing), ("asks_references", "")),
        ((nothing, alone), ("", "asks_references")),
    ):
        (one,) = Comparer(*sides).comparison("asks_references").differences
        assert (one.function_before, one.function_after) == names
        assert (one.states, one.groups, one.direction) == (0, (), "changes")
        assert one.of > 0


def test_a_predicate_is_compared_when_it_is_asked_for() -> None:
    asks = b"static bool mine(struct page *page)\n{\n\treturn %b;\n}\n"
    sides = [
        made(b"fault", b"mine(page)", asks % answer)
        for answer in (b"page_count(page) == 1", b"page_mapcount(page) == 1")
    ]
    (one,) = Comparer(*sides).comparison("mine").differences
    outcomes = {(group.before, group.after) for group in one.groups}
    assert outcomes == {(("return false",), ("return true",))}
    (fault,) = Comparer(*sides).comparison("fault").differences
    assert fault.states == one.states
    assert fault.direction == "weakens"
    assert one.direction == "changes"


def test_a_renamed_function_is_found_by_its_words() -> None:
    old = made(b"old_way", b"page_count(page) == 1 && PageAnon(page)")
    new = made(b"the_fault", b"PageAnon(page) && page_count(page) == 1")
    for wanted in ("old_way", "the_fault"):
        (one,) = Comparer(old, new).comparison(wanted).differences
        assert (one.function_before, one.function_after) == ("old_way", "the_fault")
        assert one.states == 0


def test_a_name_that_neither_side_has_is_refused() -> None:
    one = made(b"fault", b"page_count(page) == 1")
    with pytest.raises(InputError):
        Comparer(one, one).comparison("no_such_function")


def test_what_could_not_be_evaluated_is_said_for_each_side(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(b"fault", b"page_count(page) == 1")
    after = made(b"fault", b"page_mapcount(page) == 1")
    few = functools.partial(Limits, nodes=3)
    monkeypatch.setattr(evaluate, "Limits", few)
    (one,) = Comparer(before, after).comparison("fault").differences
    for side in ("before", "after"):
        told = [what for what in one.partial if what.startswith(f"{side}: ")]
        assert any("too many paths" in what for what in told)
        assert any("not compared" in what for what in told)
    # Where a side came to no end nothing is known to differ.
    assert (one.states, one.of) == (0, 0)
