"""What a rewrite leaves the same is followed through it, there and back, and nothing else is.

Each test has functions that were made up, rewrites them in one commit and takes
that back in the next; test_link_properties_kernel.py does so with the kernel's.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import text_rewrites
from hypothesis import given, settings
from kernelish import GUP, MEMORY, protect
from rewritten import (
    BESIDE,
    BODIES,
    FAULT,
    FAULTS,
    PREDICATES,
    Files,
    everything_goes_on,
    everything_returns,
    fault,
    in_their_order,
    steps,
    what_is_left_returns,
)
from text_rewrites import Condition, conditions

EXAMPLES = settings(max_examples=12, report_multiple_bugs=False)


def asking(text: str) -> Iterator[Condition]:
    """Yield the conditions that ask something."""
    return (one for one in conditions(text) if any(said in one.said for said in PREDICATES))


def numbered(texts: Iterator[str], every: int = 1) -> dict[str, Files]:
    """Return versions of the first of two functions, by their numbers; empty ones left out."""
    found = itertools.islice(filter(None, texts), 0, None, every)
    return {str(number): {MEMORY: [text]} for number, text in enumerate(found)}


#: What a rewrite makes of a function, and all that may be said of the links.
REWRITES: dict[str, tuple[Callable[[str], Iterator[str]], set[str]]] = {
    "unlikely": (lambda text: map(text_rewrites.unlikely, conditions(text)), {"context changed"}),
    "split": (lambda text: map(text_rewrites.split, conditions(text)), {"context changed"}),
    "local": (
        lambda text: (text_rewrites.local_renamed(text, old, "other") for old in ("page", "entry")),
        {"same", "predicate changed", "context changed"},
    ),
    "folios": (
        lambda text: iter([text_rewrites.with_folios(text)]),
        {"same", "API renamed", "predicate changed", "context changed"},
    ),
    "statement": (
        lambda text: text_rewrites.inserted(text, "\tcount_vm_event(COW);"),
        set(),
    ),
    "condition": (
        lambda text: text_rewrites.inserted(text, "\tif (vma->vm_file)\n\t\tnr++;"),
        {"context changed"},
    ),
}


@pytest.mark.parametrize("rewrite", REWRITES)
@EXAMPLES
@given(texts=FAULTS)
def test_what_is_rewritten_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, rewrite: str, texts: tuple[str, str]
) -> None:
    made, allowed = REWRITES[rewrite]
    text, beside = texts
    others = {
        label: {MEMORY: [*files[MEMORY], beside]}
        for label, files in numbered(made(text), every=2).items()
    }
    for step in steps(tmp_path_factory.mktemp("kernel"), {MEMORY: texts}, others):
        everything_goes_on(step)
        in_their_order(step)
        assert step.reasons() <= allowed


@EXAMPLES
@given(texts=FAULTS)
def test_swapped_branches(tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str]) -> None:
    text, beside = texts
    others = {
        label: {MEMORY: [*files[MEMORY], beside]}
        for label, files in numbered(map(text_rewrites.swapped, conditions(text))).items()
    }
    for step in steps(tmp_path_factory.mktemp("kernel"), {MEMORY: texts}, others):
        everything_goes_on(step)
        assert step.reasons() <= {"same", "context changed"}


@EXAMPLES
@given(texts=FAULTS)
def test_a_function_that_is_renamed_or_moved(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str]
) -> None:
    text, beside = texts
    alike, other = (text_rewrites.renamed(text, FAULT, name) for name in ("wp_fault", "handle_it"))
    changed = text_rewrites.local_renamed(alike, "page", "victim")
    reasons = {
        "renamed": {"function renamed"},
        "renamed altogether": {"function renamed"},
        "with its variable": {"function renamed", "predicate changed"},
        "moved": {"moved to file"},
        "moved and renamed": {"function renamed", "moved to file"},
        "reordered": set(),
    }
    others: dict[str, Files] = {
        "renamed": {MEMORY: [alike, beside]},
        "renamed altogether": {MEMORY: [other, beside]},
        "with its variable": {MEMORY: [changed, beside]},
        "moved": {MEMORY: [beside], GUP: [text]},
        "moved and renamed": {MEMORY: [beside], GUP: [alike]},
        "reordered": {MEMORY: [beside, text]},
    }
    for step in steps(tmp_path_factory.mktemp("kernel"), {MEMORY: texts}, others):
        everything_goes_on(step)
        assert step.reasons() <= reasons[step.label]
        held = [name for name, _ in step.before if name[1] == FAULT]
        moved = [event for event in step.done if event.kind == "moved"]
        assert len(moved) == (len(held) if reasons[step.label] else 0)
        assert {event.from_function for event in moved} <= {FAULT}


# --------------------------------------------------------------- helpers and copies


@EXAMPLES
@given(texts=FAULTS)
def test_a_condition_is_extracted_and_put_back(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str]
) -> None:
    """What it asks goes to the helper; the call begins, and ends where it is put back."""
    text, beside = texts
    others: dict[str, Files] = {}
    for number, condition in enumerate(asking(text)):
        name = f"ours_{number}"
        helper, rest = text_rewrites.extracted(condition, name)
        others[f"{name} above"] = {MEMORY: [helper, rest, beside]}
        others[f"{name} elsewhere"] = {MEMORY: [rest, beside], GUP: [helper]}
    for step in steps(tmp_path_factory.mktemp("kernel"), {MEMORY: texts}, others):
        name = step.label.split()[0]
        everything_returns(step)
        inside = [place for place, _ in step.after if place[1] == name]
        moved = [event for event in step.done if event.kind == "moved"]
        assert sorted((e.file, e.function, e.id) for e in moved) == sorted(inside)
        assert all(event.links[0] == "extracted into" for event in moved)
        back = [event for event in step.undone if event.kind == "moved"]
        assert all(event.links[0] == "inlined from" for event in back)
        for event in step.births() + step.ends():
            assert event.predicate.startswith(f"{name}("), event


def test_a_helper_for_two_that_asked_the_same(tmp_path: Path) -> None:
    """One is moved there, the other merged into it; each has its own when it goes."""
    first, second = (
        fault("if (page_count(page) == 1)\n\t\tgoto reuse;", name) for name in (FAULT, BESIDE)
    )
    helper = text_rewrites.extracted(next(asking(first)), "page_is_ours")[0]
    calls = [
        text_rewrites.extracted(next(asking(one)), "page_is_ours")[1] for one in (first, second)
    ]
    (step,) = steps(tmp_path, {MEMORY: [first, second]}, {"helper": {MEMORY: [helper, *calls]}})
    asked = "page_count(page) == 1"
    told = [(e.kind, e.links[:1]) for e in step.done if e.predicate == asked]
    assert sorted(told) == [("moved", ("extracted into",)), ("removed", ("merged",))]
    told = [(e.kind, e.links[:1]) for e in step.undone if e.predicate == asked]
    assert sorted(told) == [("introduced", ("split",)), ("moved", ("inlined from",))]
    merged = [e.into_function for e in step.undone if e.predicate.startswith("page_is_ours(")]
    assert sorted(merged) == sorted((FAULT, BESIDE))


@EXAMPLES
@given(body=BODIES)
def test_what_is_doubled_and_what_goes(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    """A copy is one of what it was made from; and what goes takes nothing else along."""
    text = fault(body)
    others: dict[str, Files] = {}
    for number, condition in enumerate(asking(text)):
        others[f"doubled {number}"] = {MEMORY: [text_rewrites.doubled(condition, "shared")]}
        others[f"gone {number}"] = {MEMORY: [condition.whole(";")]}
    for step in steps(tmp_path_factory.mktemp("kernel"), {MEMORY: [text]}, others):
        more = len(step.after) - len(step.before)
        if step.label.startswith("doubled"):
            everything_returns(step)
            assert len(step.births()) == len(step.ends()) == more > 0
            assert {event.links[0] for event in step.births()} == {"split"}
            assert {event.links[0] for event in step.ends()} == {"merged"}
        else:
            went = [event for event in step.done if event.kind == "removed"]
            came = [event for event in step.undone if event.kind == "introduced"]
            assert len(went) == len(came) == -more > 0
            assert not step.births() and not step.ends()
            what_is_left_returns(step)


# ------------------------------------------------------------ what is nothing to each other

_RETURNS = """
int {name}(struct page *page, int nr)
{{
	nr++;
	if ({asked})
		return nr;
	return 0;
}}
"""
_LOOPS = """
static void {name}(struct zone *zone, struct page *page)
{{
	struct list_head list;

	for_each_item(zone, item) {{
		if ({asked}) {{
			list_add(&item->lru, &list);
			continue;
		}}
		zone->count += item->nr;
	}}
	release(&list);
}}
"""
_OTHER = "nr_items > 3"


def stranger(form: str, name: str, asked: str = _OTHER) -> str:
    """Return a function of one of two forms, which has nothing to do with any other."""
    return form.format(name=name, asked=asked)


@pytest.mark.parametrize("asked", PREDICATES)
@pytest.mark.parametrize("forms", [(_RETURNS, _LOOPS), (_LOOPS, _RETURNS)], ids=["in", "out"])
def test_strangers_that_ask_the_same(tmp_path: Path, asked: str, forms: tuple[str, str]) -> None:
    """One ceases to ask, or to be, where the other begins: that is no reason to be one."""
    one, other = stranger(forms[0], "do_wp_page", asked), stranger(forms[1], "shrink_zone", asked)
    quiet = stranger(forms[0], "do_wp_page"), stranger(forms[1], "shrink_zone")
    cases: dict[str, tuple[Files, Files]] = {
        "asks": ({MEMORY: [one, quiet[1]]}, {MEMORY: [quiet[0], other]}),
        "asks elsewhere": (
            {MEMORY: [one], GUP: [quiet[1]]},
            {MEMORY: [quiet[0]], GUP: [other]},
        ),
        "comes": ({MEMORY: [one]}, {MEMORY: [quiet[0], other]}),
        "comes elsewhere": (
            {MEMORY: [one], GUP: [protect()]},
            {MEMORY: [quiet[0]], GUP: [protect(), other]},
        ),
        "comes and goes": ({MEMORY: [one, protect()]}, {MEMORY: [protect(), other]}),
        "comes and goes elsewhere": (
            {MEMORY: [one, protect()], GUP: [protect("unshare_one")]},
            {MEMORY: [protect()], GUP: [protect("unshare_one"), other]},
        ),
    }
    for label, (before, after) in cases.items():
        (step,) = steps(tmp_path / label, before, {label: after})
        events = step.done + step.undone
        assert {event.kind for event in events} == {"introduced", "removed"}, label
        assert not any(event.links or event.from_id or event.into_id for event in events), label


def test_a_function_made_after_the_model_of_another(tmp_path: Path) -> None:
    """What asks the same there goes on; the new one begins, whatever it is called."""
    text = fault("if (page_count(page) == 1)\n\t\tgoto reuse;")
    model = text_rewrites.renamed(text, FAULT, f"{FAULT}_huge")
    (step,) = steps(tmp_path, {MEMORY: [text]}, {"model": {MEMORY: [text, model]}})
    everything_returns(step)
    assert len(step.births()) == len(step.ends()) == len(step.before)
    assert not step.reasons()
