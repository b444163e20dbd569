"""The lives in small repositories, asked for by what they are or were called."""

from pathlib import Path
from typing import Any

import pytest
from gitrepo import git
from kernelish import (
    CONFIG,
    GUP,
    KSM,
    MEMORY,
    Kernel,
    fault,
    helper,
    protect,
    source,
    unrelated,
)

from kanalyze.errors import InputError
from kanalyze.history.lives import lives
from kanalyze.history.model import History
from kanalyze.history.scan import ScanRequest

ASKED = "page_count(page) == 1"


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def asked(kernel: Kernel, wanted: str = "", *roles: str, **options: Any) -> History:
    options.setdefault("config", CONFIG)
    request = ScanRequest(tree=str(kernel.path), db=kernel.db, jobs=1, **options)
    return lives(request, wanted, frozenset(roles))


def story(kernel: Kernel, wanted: str = "") -> list[list[str]]:
    """Return the lives of decisions, each as the kinds of its steps."""
    found = asked(kernel, wanted, "decision").lifelines
    return [[step.event.kind for step in life.steps] for life in found]


def test_the_life_of_a_check(kernel: Kernel) -> None:
    """Through a change, a rename, a move to another file and an extraction, to its end."""
    kernel.memory(fault(), unrelated())
    kernel.memory(fault("page_mapcount(page) == 1"), unrelated())
    kernel.memory(fault("page_mapcount(page) == 1", name="wp_fault"), unrelated())
    moved = fault("page_mapcount(page) == 1", name="wp_fault")
    kernel.commit({MEMORY: source(unrelated()), GUP: source(moved)})
    ours = helper("return page_mapcount(page) == 1;")
    kernel.commit({GUP: source(ours, fault("page_is_ours(page)", name="wp_fault"))})
    kernel.commit(
        {GUP: source(helper("return true;"), fault("page_is_ours(page)", name="wp_fault"))}
    )
    life, call = asked(kernel, "", "decision").lifelines
    if life.function == "wp_fault":
        life, call = call, life
    assert [step.event.kind for step in life.steps] == [
        "introduced", "changed", "moved", "moved", "moved", "removed",
    ]  # fmt: skip
    links = [step.event.links for step in life.steps[1:-1]]
    assert [one[0] for one in links] == [
        "predicate changed", "function renamed", "moved to file", "extracted into",
    ]  # fmt: skip
    assert not life.alive and call.function == "wp_fault"


def test_a_revert_in_a_repository(kernel: Kernel) -> None:
    for above in ("", KSM, "", KSM):
        kernel.memory(fault(above=above))
    first, second = asked(kernel, "do_wp_page", "decision").lifelines[1:]
    assert second.id == f"{first.id}~2" and second.alive and not first.alive
    assert [len(life.steps) for life in (first, second)] == [2, 1]


def test_two_branches_with_one_change_and_their_merge(kernel: Kernel) -> None:
    base = kernel.memory(fault(), protect())
    changed = {MEMORY: source(fault("page_mapcount(page) == 1"), protect())}
    more = {GUP: source(protect("unshare_one"))}, {"mm/ksm.c": source(protect("merge_one"))}
    ours, theirs = (
        kernel.commit(changed | one, branch=name, parents=[base])
        for name, one in zip(("ours", "theirs"), more, strict=True)
    )
    kernel.commit(changed | more[0] | more[1], b"Merge\n", parents=[ours, theirs])
    assert story(kernel) == [["introduced", "changed", "changed"]]
    (life,) = asked(kernel, "", "decision").lifelines
    assert life.alive and life.predicate == "page_mapcount(page) == 1"


def test_what_one_branch_took_away_and_the_merge_has(kernel: Kernel) -> None:
    base = kernel.memory(fault(), protect())
    ours = kernel.commit({MEMORY: source(protect())}, branch="ours", parents=[base])
    theirs = kernel.commit(
        {MEMORY: source(fault(above=KSM), protect())}, branch="theirs", parents=[base]
    )
    kernel.commit({MEMORY: source(fault(above=KSM), protect())}, b"Merge\n", parents=[theirs, ours])
    found = asked(kernel, "do_wp_page", "decision").lifelines
    assert [life.predicate for life in found if life.alive] == [ASKED, "PageKsm(page)"]


def test_a_shallow_history_tells_a_life_up_to_its_boundary(kernel: Kernel, tmp_path: Path) -> None:
    commits = [kernel.memory(fault(f"page_count(page) == {number}")) for number in range(4)]
    kernel.path = kernel.clone(tmp_path / "shallow", "--bare", "--depth=2")
    found = asked(kernel, "do_wp_page", "decision")
    (life,) = found.lifelines
    assert [(step.event.kind, step.event.commit) for step in life.steps] == [
        ("changed", commits[3])
    ]
    assert life.alive and life.predicate == "page_count(page) == 3"
    assert found.notes == (f"the history is shallow: nothing is known before {commits[2][:12]}",)


def test_what_began_before_a_shallow_history_has_no_steps(kernel: Kernel, tmp_path: Path) -> None:
    kernel.memory(fault())
    for number in range(3):
        kernel.memory(fault(), unrelated(number))
    kernel.path = kernel.clone(tmp_path / "shallow", "--bare", "--depth=1")
    found = asked(kernel, "do_wp_page", "decision")
    (life,) = found.lifelines
    assert life.alive and life.steps == () and life.predicate == "page_count(page) == 1"
    assert "shallow" in found.notes[0]


def test_a_range_without_its_beginning(kernel: Kernel) -> None:
    commits = [kernel.memory(fault(f"page_count(page) == {number}")) for number in range(4)]
    found = asked(kernel, "do_wp_page", "decision", range=f"{commits[1]}..{commits[3]}")
    (life,) = found.lifelines
    assert [step.event.commit for step in life.steps] == commits[2:] and life.alive


# ------------------------------------------------------------------------ what is asked


@pytest.fixture
def story_of(kernel: Kernel) -> Kernel:
    """A decision that was renamed with its function, in two files with a function of one name."""
    kernel.commit({MEMORY: source(fault(name="old_fault")), GUP: source(protect())})
    kernel.commit({MEMORY: source(fault()), GUP: source(protect())})
    kernel.commit({MEMORY: source(fault(), protect()), GUP: source(protect())})
    return kernel


def test_by_id_and_by_an_id_it_once_had(story_of: Kernel) -> None:
    (life,) = asked(story_of, "do_wp_page", "decision").lifelines
    before = life.steps[1].event.from_id
    assert before.startswith("old_fault.") and life.id.startswith("do_wp_page.")
    for name in (life.id, before):
        found = asked(story_of, name)
        assert found.lifelines == (life,) and found.wanted == name and not found.notes


def test_a_helper_that_was_asked_is_named(kernel: Kernel) -> None:
    """What it asks is told in its own lives, and not in those of who asks it."""
    kernel.memory(helper(), fault("page_is_ours(page)"))
    found = asked(kernel, "do_wp_page", "decision")
    assert found.notes == ("it asked page_is_ours(): each has a history of its own",)
    assert asked(kernel, "page_is_ours").notes == ()


def test_an_id_that_is_there_again_stands_for_all_its_lives(kernel: Kernel) -> None:
    """As `scan` shows it; with its number for one of them."""
    for above in (KSM, "", KSM):
        kernel.memory(fault(above=above))
    (one,) = {s.id for s in kernel.scan().sites if s.predicate == "PageKsm(page)"}
    assert [life.id for life in asked(kernel, one).lifelines] == [one, f"{one}~2"]
    assert [life.alive for life in asked(kernel, f"{one}~2").lifelines] == [True]


@pytest.mark.parametrize("name", ["do_wp_page", f"{MEMORY}:do_wp_page", "old_fault"])
def test_by_function(story_of: Kernel, name: str) -> None:
    found = asked(story_of, name).lifelines
    assert {life.function for life in found} == {"do_wp_page"}
    assert {step.event.kind for life in found for step in life.steps} == {"introduced", "moved"}


def test_a_name_that_several_functions_have(story_of: Kernel) -> None:
    found = asked(story_of, "protect_one")
    assert {life.file for life in found.lifelines} == {MEMORY, GUP}
    assert found.notes == (f"protect_one() is in {GUP}, {MEMORY}: FILE:FUNCTION names one of them",)
    one = asked(story_of, f"{GUP}:protect_one")
    assert {life.file for life in one.lifelines} == {GUP} and not one.notes


def test_all_of_a_role_in_the_order_of_the_files(story_of: Kernel) -> None:
    every = asked(story_of)
    order = list(CONFIG.files.default)
    assert [life.file for life in every.lifelines] == sorted(
        (life.file for life in every.lifelines), key=order.index
    )
    arms = asked(story_of, "", "arm")
    assert {life.function for life in arms.lifelines} == {"protect_one"}
    both = asked(story_of, "", "arm", "decision").lifelines
    assert {life.role for life in both} == {"arm", "decision"}
    assert set(arms.lifelines) < set(both) < set(every.lifelines)
    assert asked(story_of, "do_wp_page", "section").lifelines == ()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("do_wp_pgae", "did you mean do_wp_page"),
        ("no_such_thing_at_all", "without a name, all lives are listed"),
        (f"{GUP}:do_wp_page", ""),
    ],
)
def test_a_name_that_is_not_there(story_of: Kernel, name: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        asked(story_of, name)
    line = str(caught.value)
    assert "no such function, site or section in this history" in line
    assert hint in line and "\n" not in line


def test_a_tree_without_history(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / MEMORY).write_bytes(source(fault()))
    request = ScanRequest(tree=str(tmp_path), config=CONFIG, db=tmp_path / "facts.sqlite", jobs=1)
    with pytest.raises(InputError, match="a plain directory has no history"):
        lives(request)
    git(tmp_path, "init", "--quiet")
    with pytest.raises(InputError):
        lives(request)
