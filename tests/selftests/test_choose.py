"""Which cases the decisions of a tree call for."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from planned import planned, tree_at, unpacked, write_tree
from write_faults import COUNTED

from kanalyze.errors import InputError
from kanalyze.selftests.cases import Case, Plan
from kanalyze.selftests.cases_json import cases_file
from kanalyze.selftests.covers import Covering
from kanalyze.selftests.pieces import Kind
from kanalyze.selftests.plan import installed_pieces, plan
from kanalyze.selftests.recipes import Cookbook
from kanalyze.selftests.scope import Scope, things
from kanalyze.selftests.through import Reach
from kanalyze.semantics.reading import read

SERIES = ("5.10", "6.1", "6.12", "7.2")
PARTS: tuple[Kind, ...] = ("memory", "other", "reference", "arm", "access", "race")

PROTECT = b"""\
static void change_range(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	set_pte_at(vma->vm_mm, addr, pte, pte_wrprotect(*pte));
}

SYSCALL_DEFINE3(mprotect, unsigned long, start, size_t, len, unsigned long, prot)
{
	change_range(find_vma(current->mm, start), start, NULL);
	return 0;
}
"""


class Plans:
    """Plans of releases, each made once."""

    def __init__(self, repository: Path, tag_of: Callable[[str], str], facts: Path) -> None:
        self._repository, self._tag_of, self._facts = repository, tag_of, facts
        self._made: dict[str, Plan] = {}

    def __call__(self, series: str) -> Plan:
        if series not in self._made:
            tag = self._tag_of(series)
            self._made[series] = planned(self._repository, self._facts, tag)
        return self._made[series]


@pytest.fixture(scope="module")
def plans(
    releases_repo: Path,
    release_tag: Callable[[str], str],
    shared_facts: Path,
) -> Plans:
    return Plans(releases_repo, release_tag, shared_facts)


# ------------------------------------------------------------------ real releases


@pytest.mark.parametrize("series", SERIES)
def test_every_piece_has_a_case(plans: Plans, series: str) -> None:
    """The axes of generated tests are the pieces: none may fall out of the selection."""
    used = {piece.path for case in plans(series).cases for piece in case.recipe.pieces}
    used |= {piece.path for race in plans(series).races for piece in (race.race, race.memory)}
    pieces = installed_pieces()
    assert {piece.path for kind in PARTS for piece in pieces.of(kind)} == used


@pytest.mark.parametrize("series", SERIES)
def test_what_is_in_scope_has_a_case_or_a_reason(plans: Plans, series: str) -> None:
    plan = plans(series)
    covered = {one.id for case in plan.all for one in case.covers}
    uncovered = {one.id for one in plan.uncovered}
    assert covered and uncovered and not covered & uncovered
    assert all(len(one.reason) > 20 for one in plan.uncovered)


@pytest.mark.parametrize("series", SERIES)
def test_the_faults_and_forks_of_a_tree_have_cases(plans: Plans, series: str) -> None:
    """Where a page can be mine alone or not, both are there; and a pin that fork must see."""
    plan = plans(series)
    moments = {
        (one.trigger, one.size): None for case in plan.all for one in case.covers if one.state
    }
    for size in ("small", "pmd", "hugetlb"):
        assert ("write-fault", size) in moments and ("fork", size) in moments
    assert ("swap-in", "small") in moments
    assert {case.rule for case in plan.cases} == {"r1", "r2", "r3"}
    assert plan.programs == (
        "cow_rules_reuse", "cow_rules_copies", "cow_rules_pins", "cow_rules_force",
        "cow_rules_race",
    )  # fmt: skip


def test_names_are_unique(plans: Plans) -> None:
    names = [case.name for case in plans("7.2").all]
    assert len(names) == len(set(names))


def case_of(plan: Plan, **pieces: str) -> Case:
    """Return the first case that is made of these pieces."""
    return next(
        case
        for case in plan.cases
        if all(getattr(case.recipe, kind).name == name for kind, name in pieces.items())
    )


def test_a_case_is_about_what_decides_about_its_page(plans: Plans) -> None:
    case = case_of(plans("7.2"), memory="hugetlb", other="child_vmsplice_unmap", arm="mprotect")
    by_state = {(one.file, one.trigger, one.size) for one in case.covers if one.state}
    assert by_state == {("mm/hugetlb.c", "write-fault", "hugetlb")}
    assert case.xfail


def test_a_pin_is_decided_about_as_the_page_was_before(plans: Plans) -> None:
    case = case_of(plans("7.2"), memory="anon", other="child", reference="gup_ro_fast")
    at_pin = {one.state for one in case.covers if one.trigger == "unshare-fault"}
    assert at_pin == {"mapped by me and another process"}
    assert case.rule == "r3" and "FOLL_PIN" in case.state


@pytest.mark.parametrize(
    ("arm", "word"),
    [("soft-dirty", "soft_dirty"), ("pageout", "unmap_one"), ("migrate", "migra")],
)
def test_arming_sites_are_reached_by_what_asks_for_it(plans: Plans, arm: str, word: str) -> None:
    armed = {
        one.function
        for case in plans("7.2").cases
        if case.recipe.arm.name.replace("_", "-") == arm and case.rule == "r3"
        for one in case.covers
        if one.kind == "arm" and one.trigger == "unmap"
    }
    assert any(word in function for function in armed)


def test_forced_accesses_are_about_decisions_of_gup(plans: Plans) -> None:
    forced = plans("7.2").of("cow_rules_force")
    files = {one.file for case in forced for one in case.covers if one.trigger == "other"}
    assert "mm/gup.c" in files
    assert {case.recipe.access.name for case in forced} == {"foll_force", "ptrace_poke"}


@pytest.mark.parametrize("series", SERIES)
def test_races_are_about_the_sequence_count_that_fork_writes(plans: Plans, series: str) -> None:
    sections = [one for race in plans(series).races for one in race.covers if one.kind == "section"]
    assert {one.predicate.split()[0] for one in sections} == {"read", "write"}
    assert all("write_protect_seq" in one.predicate for one in sections)


def test_the_fewest_keep_every_group_with_every_step(
    releases_repo: Path, release_tag: Callable[[str], str], tmp_path: Path
) -> None:
    tree, _ = tree_at(releases_repo, tmp_path / "facts", release_tag("7.2"))
    explainer, pieces = read(tree), installed_pieces()
    covering = Covering(explainer, Reach(explainer, pieces), things(explainer, Scope()))
    chosen = {case.name for case in plan(tree, pieces, Scope()).cases}
    every, kept, number = set(), set(), 0
    for recipe in Cookbook(pieces).recipes():
        if not recipe.possible(explainer.features):
            continue
        about = covering.about(recipe)
        adds = {(group, step, recipe.memory.name) for group, step in about.groups}
        every |= adds
        number += bool(about.covers)
        names = " ".join(piece.name.replace("_", "-") for piece in recipe.pieces)
        if f"{names} {recipe.rule.upper()}" in chosen:
            kept |= adds
    assert every == kept
    assert len(chosen) < number / 2


def test_the_same_tree_gives_the_same_plan(
    plans: Plans, releases_repo: Path, release_tag: Callable[[str], str], tmp_path: Path
) -> None:
    again = planned(releases_repo, tmp_path / "facts", release_tag("6.12"))
    assert again == plans("6.12")
    assert cases_file(again) == cases_file(plans("6.12"))


# ------------------------------------------------------------------------- ranges


def test_a_range_is_about_what_it_changed(
    releases_repo: Path, release_tag: Callable[[str], str], shared_facts: Path
) -> None:
    old, new = release_tag("6.1"), release_tag("6.12")
    tree, scope = tree_at(releases_repo, shared_facts, commits=f"{old}..{new}")
    found = plan(tree, installed_pieces(), scope)
    changed = {
        event.id for event in scope.events if event.kind in ("introduced", "changed", "moved")
    }
    about = {one.id: one.commit for case in found.all for one in case.covers}
    assert about and about.keys() <= changed
    assert set(about.values()) == {f"after {old}, by {new}"}
    assert found.range == f"{old}..{new}"


def test_a_range_without_a_decision_says_so(
    releases_repo: Path, release_tag: Callable[[str], str], shared_facts: Path
) -> None:
    tag = release_tag("7.2")
    with pytest.raises(InputError, match="introduced or changed there"):
        planned(releases_repo, shared_facts, commits=f"{tag}..{tag}")


# ------------------------------------------------------- nothing is known by name


def test_a_decision_may_be_called_anything(
    plans: Plans,
    releases_repo: Path,
    release_tag: Callable[[str], str],
    shared_facts: Path,
    tmp_path: Path,
) -> None:
    place = unpacked(releases_repo, release_tag("7.2"), tmp_path / "linux")
    code = place / "mm/memory.c"
    text = code.read_bytes()
    renamed = re.sub(rb"\bdo_wp_page\b", b"somebody_writes", text)
    assert renamed != text
    code.write_bytes(renamed)
    after = planned(place, shared_facts)
    assert {case.name for case in after.cases} == {case.name for case in plans("7.2").cases}
    functions = {one.function for case in after.cases for one in case.covers}
    assert "somebody_writes" in functions and "do_wp_page" not in functions


def test_a_decision_that_is_new_gets_cases(tmp_path: Path) -> None:
    before = planned(write_tree(tmp_path / "one", memory=COUNTED), tmp_path / "facts")
    more = COUNTED.replace(b"do_wp_page", b"do_other_page").replace(b"count", b"mapcount")
    both = write_tree(tmp_path / "two", memory=COUNTED + more)
    after = planned(both, tmp_path / "facts")

    def functions(plan: Plan) -> set[str]:
        return {one.function for case in plan.cases for one in case.covers}

    assert functions(before) == {"do_wp_page"}
    assert functions(after) == {"do_wp_page", "do_other_page"}


def test_a_small_tree_has_the_states_that_tell_its_outcomes_apart(tmp_path: Path) -> None:
    plan = planned(write_tree(tmp_path / "linux", memory=COUNTED), tmp_path / "facts")
    about = [case for case in plan.cases if case.covers]
    assert {"mine alone", "mapped by me and another process"} <= {case.state for case in about}
    assert all(case.recipe.size == "small" for case in about)
    assert {one.trigger for case in plan.cases for one in case.covers} == {"write-fault"}


def test_what_only_a_system_call_asks_for_is_reached_by_its_piece(tmp_path: Path) -> None:
    place = write_tree(tmp_path / "linux", memory=COUNTED, mprotect=PROTECT)
    armed = [
        case
        for case in planned(place, tmp_path / "facts").cases
        if any(one.function == "change_range" for one in case.covers)
    ]
    assert armed and {case.recipe.arm.name for case in armed} == {"mprotect"}
    assert {case.rule for case in armed} == {"r1", "r3"}


def test_what_nothing_asks_for_has_a_reason(tmp_path: Path) -> None:
    asked = PROTECT.replace(b"SYSCALL_DEFINE3(mprotect,", b"SYSCALL_DEFINE3(frobnicate,")
    place = write_tree(tmp_path / "linux", memory=COUNTED, mprotect=asked)
    (one,) = planned(place, tmp_path / "facts").uncovered
    assert (one.function, one.kind) == ("change_range", "arm")
    assert one.reason == "no piece gets there: it is reached from sys_frobnicate()"


# --------------------------------------------------------------------- what is wanted


def test_one_decision_may_be_wanted(tmp_path: Path) -> None:
    more = COUNTED.replace(b"do_wp_page", b"do_other_page").replace(b"count", b"mapcount")
    place = write_tree(tmp_path / "linux", memory=COUNTED + more)
    tree, _ = tree_at(place, tmp_path / "facts")
    (site,) = (one for one in tree.sites if one.function == "do_other_page")
    for wanted in ("do_other_page", site.id):
        found = plan(tree, installed_pieces(), Scope(wanted=(wanted,)))
        assert {one.id for case in found.cases for one in case.covers} == {site.id}
        assert not found.uncovered


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("do_wp_pag", "did you mean do_wp_page"), ("helper", "decides nothing")],
)
def test_what_is_no_decision_cannot_be_wanted(tmp_path: Path, wanted: str, said: str) -> None:
    helper = b"static int helper(int value)\n{\n\treturn value + 1;\n}\n"
    place = write_tree(tmp_path / "linux", memory=COUNTED + helper)
    tree, _ = tree_at(place, tmp_path / "facts")
    with pytest.raises(InputError, match=said):
        plan(tree, installed_pieces(), Scope(wanted=(wanted,)))
