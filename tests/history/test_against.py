"""Two trees held against each other: in what they differ."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gitrepo import Repo, git
from kernelish import CONFIG, GUP, KSM, MEMORY, Kernel, fault, helper, protect, source
from two_trees import MAPS, REFS, ROLES, begun, held, lone, mainline

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.compare_trees import against
from kanalyze.history.model import Difference
from kanalyze.history.scan import ScanRequest


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return begun(tmp_path)


def told(one: Difference) -> tuple[str, str, str, str]:
    return (one.kind, one.there.function or one.here.function, one.before, one.after)


# ------------------------------------------------------------------ differences


def test_a_tree_and_itself_do_not_differ(kernel: Kernel) -> None:
    found = held(kernel, "v1", "v1")
    assert (found.differences, found.commits, found.matched, found.notes) == ((), (), (), ())
    assert found.same == 2
    assert found.here == found.there
    assert found.here.revision.describe == "v1"


def test_what_differs_is_told_with_both_sides(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    found = held(kernel, "v1", "master")
    (one,) = found.differences
    assert (one.kind, one.role, found.same) == ("changed", "decision", 1)
    assert one.here.predicate == MAPS and one.there.predicate == REFS
    assert one.before.startswith(MAPS) and one.after.startswith(REFS)
    assert (one.here.policy, one.there.policy) == ("mapcount", "refcount")
    assert "predicate changed" in one.links and one.confidence >= 0.7


def test_the_other_way_round_here_and_there_change_places(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    (one,) = held(kernel, "master", "v1").differences
    assert (one.here.predicate, one.there.predicate) == (REFS, MAPS)


def test_what_only_one_has_is_told_on_its_side(kernel: Kernel) -> None:
    mainline(kernel, fault(MAPS, above=KSM), message="mm: leave KSM pages alone\n")
    found = held(kernel, "v1", "master")
    kinds = {(one.kind, (one.here.id and one.here.function) or one.there.function, one.role)
             for one in found.differences if one.kind != "changed"}  # fmt: skip
    assert kinds == {("only here", "protect_one", "arm"), ("only there", "do_wp_page", "decision")}
    gone = next(one for one in found.differences if one.kind == "only here")
    assert (gone.there.id, gone.there.line, gone.after) == ("", 0, "")
    come = next(one for one in found.differences if one.kind == "only there")
    assert come.there.predicate == "PageKsm(page)" and come.before == ""


def test_what_moved_is_told_with_both_places(kernel: Kernel) -> None:
    kernel.commit({MEMORY: source(protect()), GUP: source(fault(MAPS, name="wp_fault"))})
    found = held(kernel, "v1", "master")
    (one,) = found.differences
    assert one.kind == "moved"
    assert (one.here.file, one.here.function) == (MEMORY, "do_wp_page")
    assert (one.there.file, one.there.function) == (GUP, "wp_fault")


def test_what_only_has_another_number_among_its_like_is_the_same(kernel: Kernel) -> None:
    counted = f"	if ({MAPS})\n\t\tvma->vm_flags = 0;"
    mainline(kernel, fault(MAPS, above=counted), protect(), message="mm: count\n")
    found = held(kernel, "v1", "master")
    assert (found.same, found.differences) == (2, ())


def test_differences_come_in_the_order_of_the_files(kernel: Kernel) -> None:
    kernel.commit({GUP: source(fault(REFS, name="gup_fault"))})
    kernel.commit({"mm/ksm.c": source(fault(REFS, name="ksm_fault"))})
    found = held(kernel, "v1", "master")
    assert [one.there.file for one in found.differences] == [GUP, "mm/ksm.c"]


def test_plain_directories_are_compared_and_say_that_they_have_no_history(
    kernel: Kernel, tmp_path: Path
) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    plain = tmp_path / "plain"
    (plain / "mm").mkdir(parents=True)
    (plain / MEMORY).write_bytes(source(fault(MAPS), protect()))
    for found in (
        held(kernel, "HEAD", "master", own=plain),
        held(kernel, "master", "HEAD", tree=plain),
        held(kernel, "HEAD", "HEAD", own=plain, tree=plain),
    ):
        assert found.commits == ()
        assert found.notes == (
            f"commits are not compared: no history in a plain directory, {plain}",
        )
    assert [told(one)[2:] for one in found.differences] == []
    (one,) = held(kernel, "HEAD", "master", own=plain).differences
    assert one.after.startswith(REFS)


def test_a_name_narrows_all_of_it(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), helper(), message="mm: count references\n")
    mainline(kernel, fault(REFS), protect(guard="all"), helper(), message="mm: protect all\n")
    whole = held(kernel, "v1", "master")
    narrow = held(kernel, "v1", "master", wanted="do_wp_page")
    assert len(whole.differences) > len(narrow.differences) == 1
    assert lone(whole, "there") == ["mm: count references", "mm: protect all"]
    assert lone(narrow, "there") == ["mm: count references"]
    assert {one.function for one in narrow.commits[0].events} == {"do_wp_page"}
    by_id = held(kernel, "v1", "master", wanted=narrow.differences[0].here.id)
    assert by_id.differences == narrow.differences
    assert held(kernel, "v1", "master", wanted=f"{MEMORY}:do_wp_page").differences


def test_a_file_that_is_not_read_is_not_gone(kernel: Kernel) -> None:
    big = source(fault(REFS)) + b"/*" + b" " * 20000 + b"*/\n"
    kernel.commit({MEMORY: big, GUP: source(fault(REFS, name="gup_fault"))})
    small = replace(CONFIG, files=replace(CONFIG.files, max_bytes=10000))
    found = held(kernel, "v1", "master", config=small)
    assert [one.there.file for one in found.differences] == [GUP]
    (note,) = [one for one in found.notes if "not compared" in one]
    assert note.startswith(f"{MEMORY} is not compared: ")


# -------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"there": "nonsense"}, "kernel.git: nonsense: unknown revision"),
        ({"tree": Path("/no/such/tree")}, "/no/such/tree: cannot be opened: No such file"),
        ({"files": ("mm/none.c",)}, "mm/none.c: no such file in either tree"),
        ({"wanted": "do_wp_pag"}, "do_wp_pag: no such function, site or section in either tree"
         " (did you mean do_wp_page"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(kernel: Kernel, options: dict[str, Any], line: str) -> None:
    arguments = {"here": "v1", "there": "master"} | options
    with pytest.raises(InputError) as caught:
        held(kernel, **arguments)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_a_side_without_the_files_is_refused(kernel: Kernel, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other.git")
    other.commit({"README": b"no kernel\n"})
    told = r"other\.git: none of the configured files is there"
    with pytest.raises(InputError, match=told):
        held(kernel, "HEAD", "HEAD", tree=other.path)
    with pytest.raises(InputError, match=told):
        held(kernel, "HEAD", "HEAD", own=other.path)


def test_a_plain_directory_has_no_revisions(kernel: Kernel, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    (plain / "mm").mkdir(parents=True)
    (plain / MEMORY).write_bytes(source(fault(MAPS)))
    with pytest.raises(InputError, match="a plain directory has no revisions"):
        held(kernel, "HEAD", "v1", tree=plain)


def test_a_clone_without_the_files_is_a_failure(kernel: Kernel, tmp_path: Path) -> None:
    kernel.git("config", "uploadpack.allowFilter", "true")
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    partial = tmp_path / "partial.git"
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none",
        f"file://{kernel.path}", str(partial))  # fmt: skip
    with pytest.raises(EnvironmentFailure, match="partial"):
        held(kernel, "HEAD", "HEAD", own=partial, tree=partial)


# ------------------------------------------------------------------ real kernels


def test_releases_differ_as_a_reader_finds_them(
    releases_repo: Path, release_tag: Any, tmp_path: Path
) -> None:
    """Linux 6.12 against 7.2, mm/gup.c and mm/memory.c, read by hand beforehand."""
    request = ScanRequest(
        tree=str(releases_repo),
        config=CONFIG,
        revision=release_tag("6.12"),
        files=(MEMORY, GUP, "include/linux/mm.h", "include/linux/rmap.h", "mm/internal.h"),
        db=tmp_path / "facts.sqlite",
    )
    found = against(request, str(releases_repo), release_tag("7.2"), "", ROLES)
    both = {
        (one.here.function, one.here.predicate): (one.there.function, one.there.predicate)
        for one in found.differences
        if one.kind in ("changed", "moved")
    }
    only: dict[str, set[tuple[str, str]]] = {"only here": set(), "only there": set()}
    for one in found.differences:
        if one.kind in only:
            spot = one.here if one.kind == "only here" else one.there
            only[one.kind].add((spot.function, spot.predicate))
    # One test of what can_follow_write_pte() and _pmd() asked, in a helper of both.
    common = ("can_follow_write_common", "PageAnonExclusive(page)")
    assert both["can_follow_write_pte", "PageAnonExclusive(page)"] == common
    assert ("can_follow_write_pmd", "PageAnonExclusive(page)") in only["only here"]
    asks = "can_follow_write_common(page, vma, flags)"
    for name in ("can_follow_write_pte", "can_follow_write_pmd", "can_follow_write_pud"):
        assert (name, asks) in only["only there"]
    # A large folio is judged by its map count and its reference count.
    large = "folio_large_mapcount(folio) != folio_ref_count(folio)"
    assert ("__wp_can_reuse_large_anon_folio", large) in only["only there"]
    extra = "folio_ref_count(folio) == ({} + folio_nr_pages(folio))"
    swapped = both["should_try_to_free_swap", extra.format(1)]
    assert swapped == ("should_try_to_free_swap", extra.format("extra_refs"))
    # fork() tells the new mapping, too.
    old = "folio_try_dup_anon_rmap_pte(folio, page, src_vma)"
    assert both["copy_present_ptes", old][1] == old.replace("src_vma", "dst_vma, src_vma")
    # pud_devmap() is gone.
    asks = "gup_must_unshare(vma, flags, page)"
    (devmap,) = [
        one
        for one in found.differences
        if (one.there.function, one.there.predicate) == ("follow_huge_pud", asks)
    ]
    assert "!pud_devmap(pud)" in devmap.before and "!pud_devmap(pud)" not in devmap.after
