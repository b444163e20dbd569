"""Events of histories: merges, ends, ranges, and all of them replayed."""

from pathlib import Path

import pytest
from gitrepo import AUTHOR
from hypothesis import given, settings
from hypothesis import strategies as st
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
    there,
    unrelated,
)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


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
