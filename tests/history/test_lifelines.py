"""Events made into lives."""

import itertools
from typing import Any

import pytest
from kernelish import (
    GUP,
    MEMORY,
)

from kanalyze.history.lifelines import lifelines, still_there
from kanalyze.history.model import Event, EventKind, Lifeline

ASKED = "page_count(page) == 1"


def event(commit: str, kind: EventKind, what: str, was: str = "", **more: Any) -> Event:
    """Return an event of FILE:FUNCTION.ID, or ID alone of one function; ``was`` is its old name."""
    said = _name(what)
    if was:
        old = _name(was)
        said |= {f"from_{key}": value for key, value in old.items() if value != said[key]}
    base = {"date": "2020-01-01T00:00:00+00:00", "author": "A", "subject": f"do {commit}"}
    base |= {"before": "", "after": "", "reason": "", "role": "decision", "predicate": ASKED}
    return Event(commit=commit, kind=kind, **(base | said | more))


def _name(what: str) -> dict[str, str]:
    place, _, one = what.rpartition(".") if ":" in what else (f"{MEMORY}:f", "", what)
    file, _, function = place.partition(":")
    return {"file": file, "function": function, "id": one}


def shape(life: Lifeline) -> str:
    """Return a life in a line: its name, its commits, and whether it goes on."""
    commits = " ".join(step.event.commit for step in life.steps)
    return f"{life.id}: {commits}{'' if life.alive else ' +'}"


def told(*events: Event) -> list[str]:
    return [shape(life) for life in lifelines(events)]


def test_a_life_from_its_beginning_to_its_end() -> None:
    chain = (
        event("c1", "introduced", "a"),
        event("c2", "changed", "b", "a"),
        event("c3", "changed", "b"),
        event("c4", "moved", f"{GUP}:g.c", f"{MEMORY}:f.b"),
        event("c5", "moved", f"{GUP}:h.d", f"{GUP}:g.c", policy="refcount"),
        event("c6", "removed", f"{GUP}:h.d", predicate="last", policy="refcount"),
    )
    for length in range(1, len(chain) + 1):
        (life,) = lifelines(chain[:length])
        assert [step.event for step in life.steps] == list(chain[:length])
        assert (life.id, life.file, life.function) == (
            chain[length - 1].id,
            chain[length - 1].file,
            chain[length - 1].function,
        )
        assert life.alive == (length < len(chain))
    assert (life.predicate, life.policy, life.role) == ("last", "refcount", "decision")
    assert not life.split_from and not life.merged_into


def test_no_events_no_lives() -> None:
    assert lifelines([]) == () and still_there((), [(MEMORY, "f", "a")]) == ()


def test_the_same_name_elsewhere_is_another() -> None:
    assert told(
        event("c1", "introduced", f"{MEMORY}:f.a"),
        event("c1", "introduced", f"{GUP}:f.a"),
        event("c2", "removed", f"{GUP}:f.a"),
    ) == ["a: c1", "a~2: c1 c2 +"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_ids_that_one_commit_numbers_anew(order: tuple[int, ...]) -> None:
    """In whatever order it tells of them: all old names count before any new one."""
    begun = [event("c1", "introduced", one) for one in ("a", "b")]
    one_above = [
        event("c2", "introduced", "a"),
        event("c2", "changed", "b", "a"),
        event("c2", "changed", "c", "b"),
    ]
    found = told(*begun, *(one_above[place] for place in order), event("c3", "removed", "b"))
    assert sorted(found) == ["a: c2", "b: c1 c2 c3 +", "c: c1 c2"]


def test_two_that_exchange_their_ids() -> None:
    assert told(
        event("c1", "introduced", "a"),
        event("c1", "introduced", "b"),
        event("c2", "changed", "b", "a"),
        event("c2", "changed", "a", "b"),
        event("c3", "removed", "a"),
    ) == ["b: c1 c2", "a: c1 c2 c3 +"]


def test_two_branches_that_do_the_same() -> None:
    """Both tell of one life; that it has its new name already is no beginning of another."""
    assert told(
        event("c1", "introduced", "a"),
        event("c2", "changed", "b", "a"),
        event("c3", "changed", "b", "a"),
        event("m4", "changed", "c", "b", merge=True),
    ) == ["c: c1 c2 c3 m4"]
    assert told(event("c1", "introduced", "a"), event("c2", "introduced", "a")) == ["a: c1 c2"]
    assert told(
        event("c1", "introduced", "a"), event("c2", "removed", "a"), event("c3", "removed", "a")
    ) == ["a: c1 c2 c3 +"]


def test_a_branch_that_has_the_old_name_still() -> None:
    assert told(
        event("c1", "introduced", "a"),
        event("c2", "changed", "b", "a"),
        event("c3", "changed", "a"),
        event("m4", "changed", "b", merge=True),
    ) == ["b: c1 c2 c3 m4"]


def test_a_revert_begins_a_new_life() -> None:
    assert told(
        event("c1", "introduced", "a"),
        event("c2", "removed", "a"),
        event("c3", "introduced", "a"),
        event("c4", "removed", "a"),
        event("c5", "introduced", "a"),
    ) == ["a: c1 c2 +", "a~2: c3 c4 +", "a~3: c5"]


def test_a_copy_knows_what_it_was_copied_from() -> None:
    copy = event("c2", "introduced", f"{MEMORY}:g.b", f"{MEMORY}:f.a", links=("split",))
    first, second = lifelines([event("c1", "introduced", f"{MEMORY}:f.a"), copy])
    assert (shape(first), shape(second)) == ("a: c1", "b: c2")
    assert (first.split_from, second.split_from) == ("", "a")


def test_what_is_merged_knows_what_stands_for_it() -> None:
    end = event(
        "c2", "removed", "b", into_file=MEMORY, into_function="f", into_id="c", links=("merged",)
    )
    first, second = lifelines(
        [
            event("c1", "introduced", "a"),
            event("c1", "introduced", "b"),
            end,  # told before the other has its new name
            event("c2", "changed", "c", "a"),
        ]
    )
    assert (shape(first), shape(second)) == ("c: c1 c2", "b: c1 c2 +")
    assert (first.merged_into, second.merged_into) == ("", "c")


def test_links_to_lives_are_the_numbered_names() -> None:
    """Of two with one id, a copy and an end tell which."""
    told_of = [
        event("c1", "introduced", "a"),
        event("c2", "removed", "a"),
        event("c3", "introduced", "a"),
        event("c4", "introduced", f"{MEMORY}:g.b", f"{MEMORY}:f.a", links=("split",)),
    ]
    assert [life.split_from for life in lifelines(told_of)] == ["", "", "a~2"]


@pytest.mark.parametrize("kind", ["changed", "moved", "removed"])
def test_a_life_whose_beginning_is_not_told(kind: EventKind) -> None:
    (life,) = lifelines([event("c7", kind, f"{GUP}:g.b", f"{MEMORY}:f.a")])
    assert life.steps[0].event.kind == kind and life.alive == (kind != "removed")


def test_what_a_revision_has_goes_on() -> None:
    """Where branches came together, what one took away may be there, and the reverse."""
    every = lifelines(
        [
            event("c1", "introduced", "a"),
            event("c1", "introduced", "b"),
            event("c1", "introduced", "c"),
            event("c2", "removed", "a"),
        ]
    )
    assert [life.alive for life in every] == [False, True, True]
    there = still_there(every, [(MEMORY, "f", "a"), (MEMORY, "f", "c"), (GUP, "f", "b")])
    assert [life.alive for life in there] == [True, False, True]
    assert [life.steps for life in there] == [life.steps for life in every]


def test_of_several_with_a_name_one_goes_on() -> None:
    begun, ended = event("c1", "introduced", "a"), event("c2", "removed", "a")
    again = event("c3", "introduced", "a")
    name = [(MEMORY, "f", "a")]
    assert [one.alive for one in still_there(lifelines([begun, ended, again]), name)] == [
        False,
        True,
    ]
    both = lifelines([begun, ended, again, event("c4", "removed", "a")])
    assert [one.alive for one in still_there(both, name)] == [False, True]
