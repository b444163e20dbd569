"""Events: what one commit did to the places that decide, arm or check."""

from pathlib import Path

import pytest
from kernelish import (
    GUP,
    KSM,
    MEMORY,
    Kernel,
    decisions,
    fault,
    helper,
    protect,
    replayed,
    source,
    unrelated,
)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


# ------------------------------------------------- what comes, changes and goes


def test_where_a_history_begins_everything_is_introduced(kernel: Kernel) -> None:
    root = kernel.memory(fault(), unrelated(), protect())
    assert decisions(kernel, root) == ["introduced do_wp_page: page_count(page) == 1"]
    (arm,) = kernel.events(root, roles=("arm",))
    assert (arm.kind, arm.function, arm.file) == ("introduced", "protect_one", MEMORY)
    assert arm.reason == "present where the history begins" and not arm.merge


def test_introduced_and_removed(kernel: Kernel) -> None:
    kernel.memory(fault())
    came = kernel.memory(fault(above=KSM))
    went = kernel.memory(fault())
    assert "introduced do_wp_page: PageKsm(page)" in decisions(kernel, came)
    assert "removed do_wp_page: PageKsm(page)" in decisions(kernel, went)


def test_a_function_comes_and_goes(kernel: Kernel) -> None:
    kernel.memory(fault())
    came = kernel.memory(fault(), protect())
    went = kernel.memory(fault())
    what = "ptep_set_wrprotect(mm, addr, ptep)"
    assert kernel.told(came) == [f"introduced protect_one: {what}"]
    assert kernel.told(went) == [f"removed protect_one: {what}"]


def test_a_changed_predicate(kernel: Kernel) -> None:
    kernel.memory(fault("page_count(page) == 1"))
    commit = kernel.memory(fault("page_mapcount(page) == 1"))
    (event,) = kernel.events(commit, roles=("decision",))
    assert (event.kind, event.function) == ("changed", "do_wp_page")
    assert event.before.startswith("page_count(page) == 1 | policy: refcount")
    assert event.after.startswith("page_mapcount(page) == 1 | policy: mapcount")
    assert event.reason == "predicate changed; policy changed"


def test_a_condition_that_takes_the_place_of_another(kernel: Kernel) -> None:
    """Nothing in the two is alike but that one decides now what the other did."""
    kernel.memory(fault("page_count(page) == 1"), helper())
    commit = kernel.memory(fault("page_is_ours(page)"), helper())
    (event,) = kernel.events(commit, roles=("decision",))
    assert (event.kind, event.before) == ("changed", "page_count(page) == 1")
    assert event.after == "page_is_ours(page)"
    assert event.reason == (
        "another condition with the same outcomes in its place; predicate changed"
    )


def test_the_same_condition_above_changes_nothing_below(kernel: Kernel) -> None:
    """The one below is the second of its kind now, which is its name and not its nature."""
    guarded = "	if (first)\n\t\tif (PageKsm(page))\n\t\t\tcounted++;"
    below = "	if (second)\n\t\tif (PageKsm(page))\n\t\t\treturn -EAGAIN;"
    kernel.memory(fault(above=below))
    commit = kernel.memory(fault(above=f"{guarded}\n{below}"))
    came, numbered = sorted(
        (e for e in kernel.events(commit) if e.after.startswith("PageKsm(page)")),
        key=lambda e: e.kind == "changed",
    )
    assert came.kind == "introduced" and "true: continue" in came.after
    assert (numbered.kind, numbered.before) == ("changed", numbered.after)
    assert numbered.from_id == came.id != numbered.id
    assert numbered.reason == "nothing but its number among its like in the function"


def test_the_order_of_guards_says_nothing(kernel: Kernel) -> None:
    guards = ("if (one)\n\t\treturn 1;", "if (two)\n\t\treturn 1;")
    kernel.memory(fault(above="\t" + "\n\t".join(guards)))
    commit = kernel.memory(fault(above="\t" + "\n\t".join(reversed(guards))))
    assert not kernel.events(commit)


def test_two_conditions_are_not_taken_for_one(kernel: Kernel) -> None:
    """With two that could have taken the place, neither is held to have done it."""
    kernel.memory(fault("page_count(page) == 1"))
    commit = kernel.memory(fault("PageAnonExclusive(page) || swap_count(page) == 0"))
    assert sorted(decisions(kernel, commit)) == [
        "introduced do_wp_page: PageAnonExclusive(page)",
        "introduced do_wp_page: swap_count(page) == 0",
        "removed do_wp_page: page_count(page) == 1",
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (protect(), protect(guard="shared"), "guards changed"),
        (fault(), fault(above="	if (one && two)\n\t\treturn 1;"), "passed gained"),
        (fault(), fault(lock="spin_lock(ptl);"), "locks changed; locked by changed"),
        (fault(), fault().replace("goto reuse", "return -EAGAIN"), "outcomes changed"),
        (fault(), f"\n#ifdef CONFIG_MMU{fault()}#endif\n", "config gained"),
        (f"\n#ifdef CONFIG_MMU{fault()}#endif\n", fault(), "config lost"),
    ],
    ids=[
        "guards",
        "a compound condition",
        "locks",
        "outcomes",
        "put under an #if",
        "taken out of an #if",
    ],
)
def test_what_stands_around_a_condition(
    kernel: Kernel, before: str, after: str, reason: str
) -> None:
    kernel.memory(before)
    commit = kernel.memory(after)
    event = kernel.events(commit)[0]
    assert (event.kind, event.reason) == ("changed", reason)
    assert not event.from_id  # the condition itself is the same


def test_several_changes_in_one_commit(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault(), protect()), GUP: source(helper())})
    commit = kernel.commit(
        {
            MEMORY: source(fault("page_mapcount(page) == 1")),
            GUP: source(helper("return page_count(page) == 2;"), protect()),
        }
    )
    assert sorted(kernel.told(commit, roles=("decision", "arm"))) == [
        "changed do_wp_page: page_count(page) == 1 => page_mapcount(page) == 1",
        "changed page_is_ours: page_count(page) == 1 => page_count(page) == 2",
        "moved mm/memory.c:protect_one -> mm/gup.c:protect_one: ptep_set_wrprotect(mm, addr, ptep)",
    ]


@pytest.mark.parametrize(
    "after",
    [
        source(fault(), unrelated(2)),
        source(fault()) + b"\nint nr_pages = 1;\n",
        source("/* The fault path. */\n", fault(), unrelated()),
        source(fault().replace("int reuse = 0;", "int reuse = 0; /* page_count(page) == 2 */")),
        source(fault().replace("\tint", "        int"), unrelated()),
        source(fault().replace("page_count(page) == 1", "page_count(page)\n\t    == 1")),
        source(fault()).replace(b"\n", b"\r\n"),
    ],
    ids=["another function", "data", "comment", "comment inside", "tabs", "line break", "CRLF"],
)
def test_what_changes_no_code_of_a_site_is_no_event(kernel: Kernel, after: bytes) -> None:
    kernel.memory(fault(), unrelated())
    assert not kernel.events(kernel.commit({MEMORY: after}))


# ----------------------------------------------------------------------- moved


def test_extracted_into_a_new_function(kernel: Kernel) -> None:
    kernel.memory(fault("page_count(page) == 1 && !PageKsm(page)"))
    commit = kernel.memory(
        helper("return page_count(page) == 1 && !PageKsm(page);"), fault("page_is_ours(page)")
    )
    moved = [e for e in kernel.events(commit) if e.kind == "moved"]
    assert {(e.from_function, e.function) for e in moved} == {("do_wp_page", "page_is_ours")}
    assert {e.before.partition(" | ")[0] for e in moved} == {
        "page_count(page) == 1",
        "PageKsm(page)",
    }
    assert moved[0].reason.startswith(
        "the same condition: extracted from do_wp_page() into the new page_is_ours() in one commit"
    )


def test_put_back_into_its_only_caller(kernel: Kernel) -> None:
    kernel.memory(helper("return page_count(page) == 1;"), fault("page_is_ours(page)"))
    commit = kernel.memory(fault("page_count(page) == 1"))
    moved = [e for e in kernel.events(commit) if e.kind == "moved"]
    assert [(e.from_function, e.function) for e in moved] == [("page_is_ours", "do_wp_page")]
    assert "page_is_ours() is gone, merged into do_wp_page()" in moved[0].reason


def test_moved_to_another_file(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault(), protect()), GUP: source(helper())})
    commit = kernel.commit({MEMORY: source(fault()), GUP: source(helper(), protect())})
    (event,) = kernel.events(commit)
    assert (event.kind, event.from_file, event.file) == ("moved", MEMORY, GUP)
    assert event.reason == (
        "the same condition: protect_one() moved from mm/memory.c to mm/gup.c in one commit"
    )


def test_a_renamed_file(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault())})
    commit = kernel.commit({MEMORY: None, GUP: source(fault())})
    assert {e.kind for e in kernel.events(commit)} == {"moved"}
    assert sorted(replayed(kernel.cold().events)) == [GUP]


def test_a_renamed_function(kernel: Kernel) -> None:
    kernel.memory(fault(above=KSM), protect())
    commit = kernel.memory(fault(above=KSM, name="wp_fault"), protect())
    events = kernel.events(commit)
    assert {(e.kind, e.from_function, e.function) for e in events} == {
        ("moved", "do_wp_page", "wp_fault")
    }
    assert {e.reason for e in events} == {
        "the same condition: do_wp_page() became wp_fault() in one commit"
    }
    assert all(e.from_id.startswith("do_wp_page.") for e in events)


def test_a_renamed_helper_is_followed(kernel: Kernel) -> None:
    """The helper is known by what it does: its callers ask the same by another name."""
    kernel.memory(helper(), fault("page_is_ours(page)"))
    commit = kernel.memory(helper(name="page_is_mine"), fault("page_is_mine(page)"))
    assert sorted(decisions(kernel, commit)) == [
        "changed do_wp_page: page_is_ours(page) => page_is_mine(page)",
        "moved page_is_ours -> page_is_mine: page_count(page) == 1",
    ]


def test_a_helper_that_comes_to_rest_on_a_signal_makes_no_event_of_its_callers(
    kernel: Kernel,
) -> None:
    kernel.memory(helper("return page->private == 0;"), fault("page_is_ours(page)"))
    commit = kernel.memory(helper("return page_count(page) == 1;"), fault("page_is_ours(page)"))
    assert decisions(kernel, commit) == ["introduced page_is_ours: page_count(page) == 1"]


def test_the_same_words_elsewhere_are_no_move(kernel: Kernel) -> None:
    """Two functions that have nothing to do with each other ask the same in one commit."""
    other = "\nint count_pages(struct page *page)\n{{\n\tint n = 0;\n{}\n\treturn n;\n}}\n"
    ksm = "	if (PageKsm(page))\n\t\tn++;"
    kernel.commit({MEMORY: source(fault(above=KSM)), "mm/vmscan.c": source(other.format(""))})
    commit = kernel.commit({MEMORY: source(fault()), "mm/vmscan.c": source(other.format(ksm))})
    kinds = {
        (e.kind, e.function)
        for e in kernel.events(commit)
        if "PageKsm" in e.id + e.before + e.after
    }
    assert ("removed", "do_wp_page") in kinds and ("introduced", "count_pages") in kinds
