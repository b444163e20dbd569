"""Events: what one commit did to the places that decide, arm or check."""

from pathlib import Path

import pytest
from gitrepo import AUTHOR
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelish import (
    GUP,
    MEMORY,
    Kernel,
    fault,
    helper,
    protect,
    replayed,
    source,
    unrelated,
)

KSM = "	if (PageKsm(page))\n\t\treturn 0;"


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def decisions(kernel: Kernel, commit: str) -> list[str]:
    """Return what a commit did to decisions, a line an event."""
    return kernel.told(commit, roles=("decision",))


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


# ---------------------------------------------------------------------- merges


def branches(kernel: Kernel, *sides: bytes) -> list[str]:
    """Commit a file and a branch for each of ``sides`` that changes it; return the branches."""
    base = kernel.memory(fault(), unrelated(), protect())
    return [
        kernel.commit({MEMORY: side}, branch=f"side{number}", parents=[base])
        for number, side in enumerate(sides)
    ]


MAPCOUNT = source(fault("page_mapcount(page) == 1"), unrelated(), protect())
GUARDED = source(fault(), unrelated(), protect(guard="shared"))
BOTH = source(fault("page_mapcount(page) == 1"), unrelated(), protect(guard="shared"))


def test_a_clean_merge_has_no_events_and_its_sides_have_theirs_once(kernel: Kernel) -> None:
    ours, theirs = branches(kernel, MAPCOUNT, GUARDED)
    merge = kernel.commit({MEMORY: BOTH}, b"Merge\n", parents=[ours, theirs])
    events = kernel.cold().events
    assert not [e for e in events if e.commit == merge]
    (predicate,) = [e for e in events if "predicate changed" in e.reason]
    (guards,) = [e for e in events if e.function == "protect_one" and e.kind == "changed"]
    assert (predicate.commit, guards.commit) == (ours, theirs)
    assert replayed(events) == there(kernel)


def test_a_clean_merge_within_one_function_has_no_events(kernel: Kernel) -> None:
    """Both sides add a condition: what stands below is guarded by both, as in neither."""
    above, below = (
        "	if (PageKsm(page))\n\t\treturn 1;",
        "	if (PageSwapCache(page))\n\t\treturn 2;",
    )
    pad = "".join(f"	prepare({number});\n" for number in range(8))
    one, two = (source(fault(above=text)) for text in (above + "\n" + pad, pad + below))
    base = kernel.commit({MEMORY: source(fault(above=pad))})
    ours = kernel.commit({MEMORY: one}, branch="ours", parents=[base])
    theirs = kernel.commit({MEMORY: two}, branch="theirs", parents=[base])
    both = source(fault(above=above + "\n" + pad + below))
    merge = kernel.commit({MEMORY: both}, b"Merge\n", parents=[ours, theirs])
    assert not kernel.events(merge)
    assert kernel.events(ours, revision="master") and kernel.events(theirs, revision="master")


def test_an_evil_merge_has_its_own_event_once(kernel: Kernel) -> None:
    ours, theirs = branches(kernel, MAPCOUNT, GUARDED)
    evil = BOTH.replace(b"page_mapcount(page) == 1", b"page_swapcount(page) == 1")
    merge = kernel.commit({MEMORY: evil}, b"Merge\n", parents=[ours, theirs])
    kernel.memory(fault("page_swapcount(page) == 1"), unrelated(), protect())
    events = [e for e in kernel.cold().events if e.merge]
    assert {e.commit for e in events} == {merge}
    (event,) = [e for e in events if e.role == "decision"]
    assert "by the merge itself: no parent has it so" in event.reason
    assert event.after.startswith("page_swapcount(page) == 1")


def test_a_merge_that_drops_a_function_of_both_sides(kernel: Kernel) -> None:
    ours, theirs = branches(kernel, MAPCOUNT, source(fault(), unrelated(2), protect()))
    evil = source(fault("page_mapcount(page) == 1"), unrelated(2))
    merge = kernel.commit({MEMORY: evil}, b"Merge\n", parents=[ours, theirs])
    (event,) = kernel.events(merge)
    assert (event.kind, event.function, event.merge) == ("removed", "protect_one", True)
    assert event.reason == "by the merge itself: every parent has it"


def test_an_octopus(kernel: Kernel) -> None:
    sides = branches(kernel, MAPCOUNT, GUARDED, source(fault(), unrelated(3), protect()))
    both = source(fault("page_mapcount(page) == 1"), unrelated(3), protect(guard="shared"))
    clean = kernel.commit({MEMORY: both}, b"Merge\n", parents=sides)
    events = kernel.cold().events
    assert {e.commit for e in events} == {kernel.git("rev-parse", f"{sides[0]}^"), *sides[:2]}
    evil = both.replace(b"page_mapcount(page) == 1", b"page_mapcount(page) == 2")
    octopus = kernel.commit({MEMORY: evil}, b"Merge\n", parents=sides)
    assert clean != octopus
    assert "changed do_wp_page: page_mapcount(page) == 1 => page_mapcount(page) == 2" in (
        decisions(kernel, octopus)
    )


# ------------------------------------------------------------- ends and ranges


def there(kernel: Kernel) -> dict[str, list[str]]:
    """Return file -> ids of its sites and sections, twins under the id that they share."""
    found = kernel.cold()
    ids: dict[str, list[str]] = {}
    for site in found.sites:
        ids.setdefault(site.file, []).append(site.id.partition("~")[0])
    for section in found.sections:
        ids.setdefault(section.file, []).append(section.id.partition("~")[0])
    return {file: sorted(some) for file, some in ids.items()}


def test_a_range_has_the_events_of_its_commits(kernel: Kernel) -> None:
    commits = [kernel.memory(fault(f"page_count(page) == {number}")) for number in range(4)]
    found = kernel.cold(range=f"{commits[0]}..{commits[2]}")
    assert list(dict.fromkeys(e.commit for e in found.events)) == commits[1:3]
    assert found.revision.commit == commits[2] and found.range == f"{commits[0]}..{commits[2]}"
    whole = kernel.cold(revision=commits[2])
    assert found.events == tuple(e for e in whole.events if e.commit != commits[0])
    assert not kernel.cold(range=f"{commits[2]}..{commits[2]}").events


def test_the_edge_of_a_shallow_history_introduces_nothing(kernel: Kernel, tmp_path: Path) -> None:
    commits = [kernel.memory(fault(f"page_count(page) == {number}")) for number in range(4)]
    kernel.path = kernel.clone(tmp_path / "shallow", "--bare", "--depth=2")
    found = kernel.cold()
    assert {e.commit for e in found.events} == {commits[3]}
    assert found.notes == (f"the history is shallow: nothing is known before {commits[2][:12]}",)
    assert kernel.scan().notes == kernel.scan().notes == found.notes


def test_a_file_that_goes_and_comes_back(kernel: Kernel) -> None:
    kernel.memory(unrelated())
    gup = source(fault())
    came, went, back = (kernel.commit({GUP: text}) for text in (gup, None, gup))
    what = "do_wp_page: page_count(page) == 1"
    assert decisions(kernel, came) == [f"introduced {what}"] == decisions(kernel, back)
    assert decisions(kernel, went) == [f"removed {what}"]


def test_a_file_with_crlf_is_read_as_any(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(fault()).replace(b"\n", b"\r\n")})
    commit = kernel.commit({MEMORY: source(fault("page_count(page) == 2")).replace(b"\n", b"\r\n")})
    assert decisions(kernel, commit) == [
        "changed do_wp_page: page_count(page) == 1 => page_count(page) == 2"
    ]


def test_bytes_that_are_not_utf_8(kernel: Kernel) -> None:
    """Names and messages come through as they are, on a warm store too."""
    text = source("/* J\xf6rn */", fault('page_count(page) == 1 && strcmp(name, "J\xf6rn")'))
    commit = kernel.commit(
        {MEMORY: text.decode().encode("latin-1")},
        b"mm: for J\xf6rn\n",
        author=b"J\xf6rn <j@localhost>",
    )
    cold, warm = kernel.scan(), kernel.scan()
    assert cold == warm
    event = cold.events[0]
    assert event.commit == commit and event.function == "do_wp_page"
    assert event.author == "J\udcf6rn <j@localhost>" and event.subject == "mm: for J\udcf6rn"


def test_trailers_and_the_first_release(kernel: Kernel) -> None:
    kernel.memory(fault())
    message = (
        b'mm: count the mappings\n\nBecause.\n\nFixes: 123456789abc ("mm: old")\n'
        b"Link: file:///dev/null\nCc: stable@vger.kernel.org # v5.9+\nSigned-off-by: " + AUTHOR
    )
    fix = kernel.memory(fault("page_mapcount(page) == 1"), message=message)
    kernel.git("tag", "v5.10", fix)
    later = kernel.memory(fault("page_mapcount(page) == 2"))
    (event,) = kernel.events(fix, roles=("decision",))
    assert event.subject == "mm: count the mappings" and event.release == "v5.10"
    assert dict(event.trailers)["Fixes"] == '123456789abc ("mm: old")'
    assert dict(event.trailers)["Cc"] == "stable@vger.kernel.org # v5.9+"
    assert dict(event.trailers)["Link"] == "file:///dev/null"
    assert {e.release for e in kernel.events(later)} == {""}


# ------------------------------------------------------------------- replaying

CONDITIONS = st.sampled_from(
    [
        "page_count(page) == 1",
        "page_mapcount(page) == 1",
        "page_count(page) == 1 && !PageKsm(page)",
        "PageSwapCache(page) || page_count(page) == 1",
        "page_is_ours(page)",
        "1",
    ]
)
ABOVE = st.sampled_from(
    ["", KSM, KSM + "\n" + KSM, "	if (PageSwapCache(page))\n\t\tgoto reuse;"]
)
FAULTS = st.builds(
    lambda condition, name, above: fault(condition, name=name, above=above),
    CONDITIONS,
    st.sampled_from(["do_wp_page", "wp_fault"]),
    ABOVE,
)
SECTION = """
void copy_mm(struct mm_struct *mm)
{
	raw_write_seqcount_begin(&mm->write_protect_seq);
	mm->total_vm++;
	raw_write_seqcount_end(&mm->write_protect_seq);
}
"""
FUNCTIONS = st.one_of(
    FAULTS,
    st.builds(helper, st.sampled_from(["return page_count(page) == 1;", "return true;"])),
    st.builds(protect, st.sampled_from(["protect_one", "protect_two"])),
    st.builds(unrelated, st.integers(0, 2)),
    st.just(SECTION),
    st.just(f"\n#ifdef CONFIG_KSM{protect()}#else{protect()}#endif\n"),
)
TREES = st.fixed_dictionaries(
    {MEMORY: st.lists(FUNCTIONS, max_size=4), GUP: st.none() | st.lists(FUNCTIONS, max_size=3)}
)


@settings(max_examples=15)
@given(st.lists(TREES, min_size=2, max_size=6))
def test_events_lead_from_nothing_to_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, trees: list[dict[str, list[str] | None]]
) -> None:
    """Whatever is done to a tree: introduced, changed, moved and removed add up.

    But for calls of a helper that has left the files that are read: it counts as
    a signal throughout the history, and the last revision knows nothing of it.
    """
    kernel = Kernel(tmp_path_factory.mktemp("replay"))
    for tree in trees:
        kernel.commit(
            {path: None if some is None else source(*some) for path, some in tree.items()}
        )
    found = kernel.cold()
    asked = {site.id for site in found.sites if "page_is_ours(" in site.predicate}
    subjects = {event.id: event.after.partition(" | ")[0] for event in found.events}
    calls = {one for one, subject in subjects.items() if "page_is_ours(" in subject} - asked
    led = {
        file: [one for one in ids if one not in calls]
        for file, ids in replayed(found.events).items()
    }
    assert {file: ids for file, ids in led.items() if ids} == there(kernel)
