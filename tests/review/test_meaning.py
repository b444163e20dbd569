"""What a step meant: the same answers, or the smallest state with another one."""

from pathlib import Path

import pytest
from made_steps import MEMORY, Kernel, asked, event, events, fault, fork, helper, meant, source

SAME = "same answers in every page state"
SO_FAR = "same answers as far as it could be followed"
KSM = "	if (PageKsm(page))\n\t\tgoto copy;"
ASKS = fault("page_is_ours(page)")


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def step(kernel: Kernel, before: str, after: str, function: str = "do_wp_page") -> str:
    """Return what a commit meant for the decision in a function."""
    kernel.memory(before)
    (told,) = meant(kernel, event(kernel.memory(after), function))
    return told


def with_ksm_check(check: str) -> str:
    """Return a fault handler that asks for KSM pages first, or does not."""
    code = fault("page_mapcount(page) == 1", above=check)
    return code.replace("	copy_user_highpage", "copy:\n	copy_user_highpage")


# -------------------------------------------------------------------- the same


def test_a_comment_changes_nothing(kernel: Kernel) -> None:
    before = fault()
    after = before.replace("	int reuse = 0;", "	/* who else has it? */\n	int reuse = 0;")
    assert before != after
    assert step(kernel, before, after) == SAME


def test_a_condition_written_otherwise(kernel: Kernel) -> None:
    assert step(kernel, fault(), fault("!(page_count(page) != 1)")) == SAME


def test_a_renamed_helper_is_judged_by_who_asks_it(kernel: Kernel) -> None:
    kernel.memory(helper(), ASKS)
    commit = kernel.memory(helper(name="page_is_mine"), fault("page_is_mine(page)"))
    found = events(kernel, commit)
    moved = {(one.from_function, one.function) for one in found if one.kind == "moved"}
    assert ("page_is_ours", "page_is_mine") in moved and len(found) > 1
    assert set(meant(kernel, *found)) == {SAME}


def test_a_condition_that_moves_into_a_helper(kernel: Kernel) -> None:
    kernel.memory(fault())
    commit = kernel.memory(helper(), ASKS)
    one = event(commit, "page_is_ours", kind="moved", from_function="do_wp_page")
    assert meant(kernel, one) == [SAME]


def test_a_function_that_moves_to_another_file(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(helper(), ASKS), "mm/swapfile.c": source()})
    commit = kernel.commit({MEMORY: source(ASKS), "mm/swapfile.c": source(helper())})
    moved = event(
        commit, "page_is_ours", kind="moved", file="mm/swapfile.c",
        from_file=MEMORY, from_function="page_is_ours",
    )  # fmt: skip
    assert meant(kernel, moved) == [SAME]


def test_what_could_not_be_followed_is_not_called_the_same(kernel: Kernel) -> None:
    again = "	if (PageKsm(page))\n		return do_wp_page(mm, vma, page, ptep, entry);"
    before, after = fault(above=again), fault("1 == page_count(page)", above=again)
    assert step(kernel, before, after) == SO_FAR


# ----------------------------------------------------------------- not the same


def test_a_weaker_check_names_the_state_that_it_lets_through(kernel: Kernel) -> None:
    told = step(kernel, fault(), fault("page_mapcount(page) == 1"))
    state, answers, rule, *_, states = told.split("; ")[0].split(": ") + told.split("; ")[1:]
    assert state.startswith("mapped by me only, one ") and state.endswith(" of another process")
    assert (answers, rule) == ("was copy, is now reuse", "breaks R1")
    differ, of = (int(word) for word in states.split() if word.isdigit())
    assert states == f"{differ} of {of} page states differ" and 0 < differ < of


def test_what_breaks_comes_before_what_is_mended(kernel: Kernel) -> None:
    told = step(kernel, fault("page_mapcount(page) == 1"), fault())
    state, _, rest = told.partition(": ")
    assert state == "mine alone, one FOLL_PIN of mine"
    assert rest.startswith("was reuse, is now copy; breaks R3; mends R1 in other states; ")


def test_a_dropped_check(kernel: Kernel) -> None:
    merges = helper("return PageKsm(page);", "is_merged")  # so there are such pages
    told = step(kernel, merges + with_ksm_check(KSM), merges + with_ksm_check(""))
    assert told.startswith("mapped by me only, merged by KSM: was copy, is now reuse; breaks R1; ")


def test_a_weaker_helper_is_told_of_the_decision_that_asks_it(kernel: Kernel) -> None:
    weaker = helper("return page_mapcount(page) == 1;")
    told = step(kernel, helper() + ASKS, weaker + ASKS, "page_is_ours")
    assert told.startswith("in do_wp_page, mapped by me only, one ")
    assert "was copy, is now reuse; breaks R1" in told


def test_a_helper_that_went_and_took_the_check_along(kernel: Kernel) -> None:
    told = step(kernel, helper() + ASKS, fault("page_mapcount(page) == 1"), "page_is_ours")
    assert "in do_wp_page, " in told and "breaks R1" in told


@pytest.mark.parametrize(
    ("before", "answers"),
    [
        (True, "was share, write-protected, is now share, left writable"),
        (False, "was share, left writable, is now share, write-protected"),
    ],
)
def test_an_arming_statement_that_comes_or_goes(kernel: Kernel, before: bool, answers: str) -> None:
    kernel.memory(fork(before))
    arms = event(kernel.memory(fork(not before)), "copy_one_pte", role="arm")
    (told,) = meant(kernel, arms)
    assert told.startswith(f"mine alone: {answers}; ")


# ------------------------------------------------------------- nothing to tell


def test_what_decides_about_no_page_of_mine_is_not_judged(kernel: Kernel) -> None:
    reclaim = """
static int shrink_one(struct page *page)
{
	if (page_count(page) == %d)
		return pageout(page);
	return 0;
}
"""
    assert step(kernel, reclaim % 2, reclaim % 3, "shrink_one") == ""


def test_a_function_that_was_not_there(kernel: Kernel) -> None:
    kernel.memory(helper())
    assert meant(kernel, event(kernel.memory(helper(), fault()), kind="introduced")) == [""]


def test_a_function_that_is_gone(kernel: Kernel) -> None:
    kernel.memory(helper(), fault())
    assert meant(kernel, event(kernel.memory(helper()), kind="removed")) == [""]


def test_a_function_of_the_same_name_elsewhere(kernel: Kernel) -> None:
    other = "mm/rmap.c"
    kernel.commit({MEMORY: source(fault()), other: source(fault())})
    changed = fault("page_mapcount(page) == 1")
    commit = kernel.commit({MEMORY: source(fault()), other: source(changed)})
    assert meant(kernel, event(commit, file=other)) == [""]


def test_the_first_commit(kernel: Kernel) -> None:
    assert meant(kernel, event(kernel.memory(fault()), kind="introduced")) == [""]


def test_the_first_commit_with_any_of_the_files(kernel: Kernel) -> None:
    kernel.commit({"README": b"not yet\n"})
    assert meant(kernel, event(kernel.memory(fault()))) == [""]


def test_a_merge(kernel: Kernel) -> None:
    base = kernel.memory(fault())
    side = kernel.memory(fault("page_mapcount(page) == 1"), branch="side", parents=[base])
    main = kernel.memory(fault(above=KSM.replace("goto copy", "return 0")))
    merge = kernel.memory(fault("page_mapcount(page) == 1"), parents=[main, side])
    assert meant(kernel, event(merge, merge=True), event(merge), event(side)) == [
        "", "", meant(kernel, event(side))[0],
    ]  # fmt: skip
    assert meant(kernel, event(side)) != [""]


@pytest.mark.parametrize("role", ["other", "assertion", "accounting", "section"])
def test_roles_that_say_nothing_about_who_keeps_a_page(kernel: Kernel, role: str) -> None:
    kernel.memory(fault())
    commit = kernel.memory(fault("page_mapcount(page) == 1"))
    assert meant(kernel, event(commit, role=role)) == [""]


def test_a_plain_directory(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / MEMORY).write_bytes(source(fault()))
    assert asked(tmp_path, tmp_path / "facts.sqlite", event("1" * 40)) == [""]


# ------------------------------------------------------------ what is not there


def test_where_a_shallow_history_is_cut(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(fault())
    cut = kernel.memory(fault("page_mapcount(page) == 1"))
    later = kernel.memory(fault("page_mapcount(page) < 2"))
    clone = kernel.clone(tmp_path / "clone", "--depth=2", "--bare")
    one, other = asked(clone, kernel.db, event(cut), event(later))
    assert one == "" and other
    # That is not remembered of the commit: another clone has its parent.
    assert "breaks R1" in meant(kernel, event(cut))[0]


def test_a_clone_without_the_files(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(fault())
    commit = kernel.memory(fault("page_mapcount(page) == 1"))
    kernel.git("config", "uploadpack.allowFilter", "true")
    clone = kernel.clone(tmp_path / "clone", "--bare", "--filter=blob:none")
    assert asked(clone, kernel.db, event(commit)) == [""]
    # That is not remembered either: they may be fetched.
    assert "breaks R1" in meant(kernel, event(commit))[0]
    assert asked(clone, kernel.db, event(commit)) == meant(kernel, event(commit))
