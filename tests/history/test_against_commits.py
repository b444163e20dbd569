"""Two trees held against each other: which commits one lacks, and which fixes."""

from pathlib import Path

import pytest
from gitrepo import Repo, git
from kernelish import CONFIG, KSM, MEMORY, Kernel, fault, protect, source, unrelated
from two_trees import MAPS, REFS, ROLES, begun, held, lone, mainline, missing, stable

from kanalyze.history.compare_trees import against
from kanalyze.history.scan import ScanRequest
from kanalyze.history.timeline import Timeline


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return begun(tmp_path)


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


def test_of_two_commits_with_one_subject_the_one_that_was_picked_is_had(kernel: Kernel) -> None:
    """git cherry-pick keeps the moment at which the author made a commit."""
    mainline(kernel, fault(REFS), protect(), message="mm: fix\n")
    moment = kernel._time
    mainline(kernel, fault(REFS, above=KSM), protect(), message="mm: fix\n")
    second = kernel.git("rev-parse", "master")
    kernel._time = moment
    stable(kernel, fault(MAPS, above=KSM), protect(), message="mm: fix\n")
    found = held(kernel, "stable", "master")
    assert [one.there for one in found.matched] == [second]
    assert lone(found, "there") == ["mm: fix"]


def test_a_backport_of_what_was_reverted_there_is_only_here(kernel: Kernel) -> None:
    original = mainline(kernel, fault(REFS), protect(), message="mm: count references\n")
    revert = mainline(kernel, fault(MAPS), protect(), message='Revert "mm: count references"\n')
    message = f"mm: count references\n\ncommit {original} upstream.\n"
    stable(kernel, fault(REFS), protect(), message=message)
    found = held(kernel, "stable", "master")
    assert lone(found, "here") == ["mm: count references"] and found.matched == ()
    assert found.commits[0].reverted_by == revert


def test_merges_of_one_subject_are_not_one_change(kernel: Kernel) -> None:
    for branch, reuse in (("stable", REFS), ("master", "1")):
        kernel.git("branch", "--force", "side", "v1")
        side = kernel.memory(fault(MAPS), protect("other"), message=b"mm: side\n", branch="side")
        mine = kernel.memory(fault(MAPS), protect(), unrelated(), branch=branch, parents=["v1"])
        kernel.memory(
            fault(reuse), message=b"Merge branch 'side'\n", branch=branch, parents=[mine, side]
        )
    found = held(kernel, "stable", "master")
    assert lone(found, "here")[-1:] == lone(found, "there")[-1:] == ["Merge branch 'side'"]


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


def test_a_fix_of_what_both_picked_from_elsewhere_is_missing(kernel: Kernel) -> None:
    nowhere = "12" * 20
    for branch in ("stable", "vendor"):
        kernel.git("branch", branch, "v1")
        named = f"mm: for {branch}\n\ncommit {nowhere} upstream.\n"
        picked = kernel.memory(fault(REFS), protect(), message=named.encode(), branch=branch)
    message = f"mm: fix it\n\nFixes: {nowhere[:12]}\n"
    stable(kernel, fault(REFS, above=KSM), protect(), message=message)
    (one,) = missing(held(kernel, "stable", "vendor"), "there")
    assert (one.fixes[0].held_as, one.fixes[0].how) == (picked, "upstream commit")


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
