"""Two trees held against each other: what differs, and which fixes are missing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gitrepo import Repo, git
from kernelish import CONFIG, GUP, KSM, MEMORY, Kernel, fault, helper, protect, source, unrelated

from kanalyze.config import Config
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.compare_trees import against
from kanalyze.history.model import Against, Difference, LoneCommit
from kanalyze.history.scan import ScanRequest
from kanalyze.history.timeline import Timeline

MAPS = "page_mapcount(page) == 1"
REFS = "page_count(page) == 1"
ROLES = frozenset({"decision", "arm", "pin-check", "section"})


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A kernel whose fault handler trusts the map count; v1 and the branches start there."""
    made = Kernel(tmp_path)
    made.memory(fault(MAPS), protect(), message=b"mm: begin\n")
    made.git("tag", "v1")
    return made


def held(
    kernel: Kernel,
    here: str,
    there: str,
    *,
    own: Path | None = None,
    tree: Path | None = None,
    wanted: str = "",
    files: tuple[str, ...] = (),
    config: Config = CONFIG,
) -> Against:
    """Hold a revision of ``own`` against one of ``tree``; both are the kernel if not given."""
    request = ScanRequest(
        tree=str(own or kernel.path),
        config=config,
        revision=here,
        files=files,
        db=kernel.db,
        jobs=1,
    )
    return against(request, str(tree or kernel.path), there, wanted, ROLES)


def stable(kernel: Kernel, *functions: str, message: str, **options: Any) -> str:
    """Commit to the stable branch, which begins at v1."""
    if not kernel.git("for-each-ref", "refs/heads/stable"):
        kernel.git("branch", "stable", "v1")
    return kernel.memory(*functions, message=message.encode(), branch="stable", **options)


def mainline(kernel: Kernel, *functions: str, message: str, **options: Any) -> str:
    return kernel.memory(*functions, message=message.encode(), **options)


def lone(found: Against, side: str) -> list[str]:
    return [one.subject for one in found.commits if one.side == side]


def missing(found: Against, side: str) -> list[LoneCommit]:
    return [one for one in found.commits if one.fixes and one.side != side]


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
    twice = fault(MAPS, above=f"	if ({MAPS})\n\t\tgoto reuse;")
    mainline(kernel, twice, protect(), message="mm: twice\n")
    found = held(kernel, "v1", "master")
    assert [told(one) for one in found.differences if one.before == one.after] == []


def test_differences_come_in_the_order_of_the_files(kernel: Kernel) -> None:
    kernel.commit({GUP: source(fault(REFS, name="gup_fault"))})
    found = held(kernel, "v1", "master")
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


# ---------------------------------------------------------------------- commits


def test_what_a_tip_has_and_its_ancestor_has_not(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    found = held(kernel, "v1", "master")
    assert (lone(found, "here"), lone(found, "there")) == ([], ["mm: count references"])
    (one,) = found.commits
    assert (one.side, one.fixes, one.reverted_by) == ("there", (), "")
    assert [(event.kind, event.function) for event in one.events] == [("changed", "do_wp_page")]


def test_a_commit_that_touches_no_decision_is_not_told(kernel: Kernel) -> None:
    mainline(kernel, fault(MAPS), protect(), unrelated(1), message="mm: number\n")
    assert held(kernel, "v1", "master").commits == ()


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("commit {} upstream.", "upstream commit"),
        ("[ Upstream commit {} ]", "upstream commit"),
        ("(cherry picked from commit {})", "upstream commit"),
        ("Some other words.", "subject and author"),
    ],
)
def test_a_backport_is_its_original(kernel: Kernel, line: str, how: str) -> None:
    original = mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    subject = "mm: count references" if how == "subject and author" else "mm: backport"
    message = f"{subject}\n\n{line.format(original)}\n"
    backport = stable(kernel, fault(REFS), protect(), message=message)
    for here, there in (("stable", "master"), ("master", "stable")):
        found = held(kernel, here, there)
        assert found.commits == ()
        (pair,) = found.matched
        ids = (backport, original) if here == "stable" else (original, backport)
        assert (pair.here, pair.there, pair.how) == (*ids, how)


def test_an_original_may_be_named_by_its_first_digits(kernel: Kernel) -> None:
    original = mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    message = f"mm: backport\n\ncommit {original[:12]} upstream.\n"
    stable(kernel, fault(REFS), protect(), message=message)
    assert held(kernel, "stable", "master").commits == ()


def test_two_backports_of_one_original_are_one_change(kernel: Kernel) -> None:
    nowhere = "12" * 20
    for branch in ("stable", "vendor"):
        kernel.git("branch", branch, "v1")
        message = f"mm: for {branch}\n\ncommit {nowhere} upstream.\n".encode()
        kernel.memory(fault(REFS), protect(), message=message, branch=branch)
    found = held(kernel, "stable", "vendor")
    assert found.commits == () and [one.how for one in found.matched] == ["upstream commit"]


def test_an_original_that_touched_other_files_counts(kernel: Kernel) -> None:
    original = kernel.commit({"mm/other.c": b"int x;\n"}, b"mm: elsewhere\n")
    message = f"mm: backport\n\ncommit {original} upstream.\n"
    stable(kernel, fault(REFS), protect(), message=message)
    found = held(kernel, "stable", "master")
    assert found.commits == () and found.matched[0].there == original


def test_the_same_subject_by_another_author_is_another_change(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: fix\n")
    other = b"Some Body <some@localhost>"
    stable(kernel, fault(REFS), protect(), message="mm: fix\n", author=other)
    found = held(kernel, "stable", "master")
    assert (lone(found, "here"), lone(found, "there")) == (["mm: fix"], ["mm: fix"])


def test_of_two_commits_with_one_subject_one_backport_is_one(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: fix\n")
    mainline(kernel, fault(REFS, above=KSM), protect(), message="mm: fix\n")
    stable(kernel, fault(REFS), protect(), message="mm: fix\n")
    found = held(kernel, "stable", "master")
    assert lone(found, "there") == ["mm: fix"]
    assert [event.kind for event in found.commits[0].events][-1] == "introduced"


def test_what_was_reverted_again_does_not_count_as_had(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    stable(kernel, fault(REFS), protect(), message="mm: count references\n")
    revert = stable(kernel, fault(MAPS), protect(), message='Revert "mm: count references"\n')
    found = held(kernel, "stable", "master")
    (one,) = found.commits
    assert (one.side, one.subject) == ("there", "mm: count references")
    assert one.reverted_by == revert
    assert found.notes == ("here: 2 commits are left out, made and reverted again",)


@pytest.mark.parametrize("again", ['Reapply "mm: it"', 'Revert "Revert "mm: it""'])
def test_what_was_reverted_and_made_again_does(kernel: Kernel, again: str) -> None:
    mainline(kernel, fault(REFS), protect(), message="mm: it\n")
    stable(kernel, fault(REFS), protect(), message="mm: it\n")
    stable(kernel, fault(MAPS), protect(), message='Revert "mm: it"\n')
    original = kernel.git("rev-parse", "master")
    stable(kernel, fault(REFS), protect(), message=f"{again}\n\ncommit {original} upstream.\n")
    assert held(kernel, "stable", "master").commits == ()


# ---------------------------------------------------------------- missing fixes


def test_a_fix_of_what_both_have_is_missing(kernel: Kernel) -> None:
    begin = kernel.git("rev-parse", "v1")
    message = f'mm: fix it\n\nFixes: {begin[:12]} ("mm: begin")\n'
    fix = mainline(kernel, fault(REFS), protect(), message=message)
    found = held(kernel, "v1", "master")
    (one,) = missing(found, "here")
    assert one.commit == fix
    (fixed,) = one.fixes
    assert (fixed.commit, fixed.subject) == (begin, "mm: begin")
    assert (fixed.held_as, fixed.how) == (begin, "commit id")
    assert missing(found, "there") == []


@pytest.mark.parametrize("how", ["upstream commit", "subject and author"])
def test_a_fix_of_what_was_backported_is_missing(kernel: Kernel, how: str) -> None:
    cause = mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    line = f"commit {cause} upstream." if how == "upstream commit" else "Backport."
    backport = stable(kernel, fault(REFS), protect(), message=f"mm: count references\n\n{line}\n")
    message = f"mm: fix it\n\nFixes: {cause[:12]}\n"
    mainline(kernel, fault(REFS, above=KSM), protect(), message=message)
    (one,) = missing(held(kernel, "stable", "master"), "here")
    assert one.fixes[0].held_as == backport
    assert one.fixes[0].how == how
    (turned,) = missing(held(kernel, "master", "stable"), "there")
    assert turned.commit == one.commit


def test_a_fix_may_name_its_cause_by_an_id_that_nobody_has(kernel: Kernel) -> None:
    mine = stable(kernel, fault(REFS), protect(), message="mm: count references\n")
    message = f'mm: fix it\n\nFixes: {"ab" * 6} ("mm: count references")\n'
    mainline(kernel, fault(MAPS, above=KSM), protect(), message=message)
    (one,) = missing(held(kernel, "stable", "master"), "here")
    assert (one.fixes[0].held_as, one.fixes[0].how) == (mine, "subject")


def test_a_fix_of_what_is_only_there_is_not_missing(kernel: Kernel) -> None:
    cause = mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    message = f'mm: fix it\n\nFixes: {cause[:12]} ("mm: count references")\n'
    mainline(kernel, fault(REFS, above=KSM), protect(), message=message)
    found = held(kernel, "v1", "master")
    assert missing(found, "here") == []
    assert lone(found, "there") == ["mm: count references", "mm: fix it"]


def test_a_fix_of_what_was_reverted_here_is_not_missing(kernel: Kernel) -> None:
    begin = kernel.git("rev-parse", "v1")
    stable(kernel, fault("1"), protect(), message='Revert "mm: begin"\n')
    message = f'mm: fix it\n\nFixes: {begin[:12]} ("mm: begin")\n'
    mainline(kernel, fault(REFS), protect(), message=message)
    assert missing(held(kernel, "stable", "master"), "here") == []


def test_a_fix_that_was_backported_is_not_missing(kernel: Kernel) -> None:
    begin = kernel.git("rev-parse", "v1")
    message = f'mm: fix it\n\nFixes: {begin[:12]} ("mm: begin")\n'
    mainline(kernel, fault(REFS), protect(), message=message)
    stable(kernel, fault(REFS), protect(), message=message)
    assert held(kernel, "stable", "master").commits == ()


def test_only_here_is_what_a_vendor_added(kernel: Kernel) -> None:
    stable(kernel, fault(MAPS), protect(), protect("protect_two"), message="vendor: protect two\n")
    mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    found = held(kernel, "stable", "master")
    assert lone(found, "here") == ["vendor: protect two"]
    assert [one.here.function for one in found.differences if one.kind == "only here"] == [
        "protect_two"
    ]


# ------------------------------------------------------------- two repositories


def diverged(kernel: Kernel) -> None:
    begin = kernel.git("rev-parse", "v1")
    original = mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    message = f'mm: fix it\n\nFixes: {begin[:12]} ("mm: begin")\n'
    mainline(kernel, fault(REFS, above=KSM), protect(), message=message)
    stable(kernel, fault(REFS), protect(), message=f"mm: x\n\ncommit {original} upstream.\n")
    stable(kernel, fault(REFS), protect(guard="all"), message="stable: protect all\n")


def split(kernel: Kernel, tmp_path: Path) -> tuple[Path, Path]:
    """Return two clones, of one branch each; the name of one has what git could stumble over."""
    paths = []
    for branch, name in (("stable", 'st:a"b\\le'), ("master", "linux")):
        path = tmp_path / name
        options = ("--bare", "--single-branch", f"--branch={branch}", "--no-tags")
        paths.append(kernel.clone(path, *options))
    return paths[0], paths[1]


def test_two_clones_are_compared_like_two_branches(kernel: Kernel, tmp_path: Path) -> None:
    diverged(kernel)
    here, there = split(kernel, tmp_path)
    one = held(kernel, "stable", "master")
    two = held(kernel, "HEAD", "HEAD", own=here, tree=there)
    assert lone(one, "here") == ["stable: protect all"]
    assert [fix.subject for fix in missing(one, "here")] == ["mm: fix it"]
    assert [(x.subject, x.side, x.fixes) for x in two.commits] == [
        (x.subject, x.side, x.fixes) for x in one.commits
    ]
    assert (two.matched, two.differences) == (one.matched, one.differences)


def test_nothing_is_written_to_either_repository(kernel: Kernel, tmp_path: Path) -> None:
    diverged(kernel)
    pair = split(kernel, tmp_path)
    before = [sorted((path, path.stat().st_mtime_ns) for path in one.rglob("*")) for one in pair]
    held(kernel, "HEAD", "HEAD", own=pair[0], tree=pair[1])
    after = [sorted((path, path.stat().st_mtime_ns) for path in one.rglob("*")) for one in pair]
    assert before == after


def test_a_shallow_clone_is_held_against_its_whole(kernel: Kernel, tmp_path: Path) -> None:
    diverged(kernel)
    path = kernel.clone(tmp_path / "cut", "--bare", "--depth=1", "--branch=stable", "--no-tags")
    found = held(kernel, "HEAD", "master", own=path)
    whole = held(kernel, "stable", "master")
    assert [one.commit for one in missing(found, "here")] == [
        one.commit for one in missing(whole, "here")
    ]


def test_two_shallow_clones_say_what_they_cannot_know(kernel: Kernel, tmp_path: Path) -> None:
    diverged(kernel)
    cut = [
        kernel.clone(tmp_path / branch, "--bare", "--depth=1", f"--branch={branch}", "--no-tags")
        for branch in ("stable", "master")
    ]
    found = held(kernel, "HEAD", "HEAD", own=cut[0], tree=cut[1])
    assert found.commits == () and found.differences
    (note,) = found.notes
    assert "none in common" in note and "shallow" in note


def test_histories_that_have_nothing_in_common_are_not_compared(
    kernel: Kernel, tmp_path: Path
) -> None:
    other = Repo(tmp_path / "other.git")
    other.commit({MEMORY: source(fault(REFS))}, b"import\n")
    found = held(kernel, "v1", "HEAD", tree=other.path)
    assert found.notes == ("commits are not compared: the histories have none in common",)
    assert found.commits == () and found.differences


def test_a_release_in_one_commit_is_no_commit_to_be_had(kernel: Kernel) -> None:
    mainline(kernel, fault(REFS), protect(), message="Linux 5.10.262\n")
    found = held(kernel, "v1", "master")
    assert found.commits == ()
    assert found.notes == (
        "there: one commit is a whole release: which changes that holds is not known",
    )


def test_what_was_found_once_is_not_looked_for_again(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    diverged(kernel)
    first = held(kernel, "stable", "master")

    def refuse(*_: object) -> None:
        raise AssertionError("walked again")

    monkeypatch.setattr(Timeline, "walked", refuse)
    assert held(kernel, "stable", "master") == first
    with pytest.raises(AssertionError, match="walked again"):
        held(kernel, "master", "v1")


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


def test_a_stable_tree_made_of_real_fixes(kernel_repo: Path, tmp_path: Path) -> None:
    """Two fixes picked from 2010 and one left out, in a clone that borrows the history."""
    tree = tmp_path / "stable.git"
    git(tmp_path, "clone", "--quiet", "--bare", "--shared", str(kernel_repo), str(tree))
    # Linux kernel commit 4969c1192d15 ("mm: fix swapin race condition") (in v2.6.36)
    picked = git(tree, "rev-parse", "4969c1192d15^{commit}")
    # Linux kernel commit 4e31635c367a ("ksm: fix bad user data when swapping") (in v2.6.36)
    upstream = git(tree, "rev-parse", "4e31635c367a^{commit}")
    # Linux kernel commit 31c4a3d3a0f8 ("mm: further fix swapin race condition") (in v2.6.36)
    left_out = git(tree, "rev-parse", "31c4a3d3a0f8^{commit}")
    touched = ["mm/ksm.c", "mm/memory.c", "include/linux/ksm.h"]
    message = f"mm: fix swapin race condition\n\n(cherry picked from commit {picked})\n"
    first = commit(tree, f"{picked}^", touched, picked, message)
    message = f"ksm: fix bad user data\n\ncommit {upstream} upstream.\n"
    tip = commit(tree, first, ["mm/ksm.c"], upstream, message)
    request = ScanRequest(tree=str(tree), config=CONFIG, revision=tip, db=tmp_path / "facts.sqlite")
    found = against(request, str(kernel_repo), upstream, "", ROLES)
    assert [one.subject for one in found.commits if one.side == "here"] == []
    assert left_out in [one.commit for one in found.commits if one.side == "there"]
    pairs = {(one.here, one.there, one.how) for one in found.matched}
    assert pairs == {(first, picked, "upstream commit"), (tip, upstream, "upstream commit")}
    # What the second fix of do_swap_page() changed is still as the first one left it.
    further = [one for one in found.differences if one.there.function == "do_swap_page"]
    assert further and all("entry.val" in one.after for one in further)


def commit(tree: Path, parent: str, paths: list[str], origin: str, message: str) -> str:
    """Commit ``paths`` as ``origin`` has them on top of ``parent``."""
    git(tree, "read-tree", parent)
    for path in paths:
        mode, _, rest = git(tree, "ls-tree", origin, path).partition(" ")
        blob = rest.split()[1]
        git(tree, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    made = git(tree, "write-tree")
    return git(tree, "commit-tree", made, "-p", parent, data=message.encode())
