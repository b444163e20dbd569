"""What a hostile repository configures is neither run nor believed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from gitrepo import Repo
from gittree import MEMORY, opened, small_kernel

from kanalyze.history import blob_id, first_releases, walk


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return small_kernel(tmp_path / "repo.git")


@pytest.fixture
def trap(repo: Repo, tmp_path: Path) -> Iterator[Path]:
    """Make everything that a repository can configure touch the file that is given."""
    marker = tmp_path / "sprung"
    script = tmp_path / "trap"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {marker}\ncat\n')
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("fsmonitor-watchman", "post-checkout", "reference-transaction", "pre-auto-gc"):
        shutil.copy(script, hooks / hook)
    program = str(script)
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass",
        "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.x.textconv",
        "diff.x.command", "filter.x.clean", "filter.x.smudge", "filter.x.process",
        "gpg.program", "gpg.ssh.program", "gpg.x509.program", "uploadpack.packObjectsHook",
        "credential.helper", "pager.log", "pager.rev-list", "interactive.diffFilter",
        "merge.x.driver", "trailer.x.command", "sendemail.smtpServer",
    ):  # fmt: skip
        repo.git("config", key, program)
    for alias in (
        "log",
        "cat-file",
        "ls-tree",
        "rev-parse",
        "rev-list",
        "for-each-ref",
        "describe",
    ):
        repo.git("config", f"alias.{alias}", f"!{program}")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.worktree", "/nonexistent")
    (repo.path / "info" / "attributes").write_text("* diff=x filter=x merge=x\n")
    signed = repo.git("cat-file", "commit", "master").replace(
        "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1
    )
    commit = repo.git("hash-object", "-t", "commit", "-w", "--stdin", data=signed.encode())
    repo.git("update-ref", "refs/heads/master", commit)
    repo.git("tag", "v6.1", commit)
    repo.git("config", "core.hooksPath", str(hooks))  # last: building the trap must not spring it
    yield marker


def test_nothing_that_a_repository_configures_is_run(
    repo: Repo, trap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not trap.exists()
    program = str(tmp_path / "trap")
    for variable in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS"):
        monkeypatch.setenv(variable, program)
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.pager'='{program}'")
    tree = opened(repo.path)
    tip = tree.resolve("master")
    assert tree.describe(tip) == "v6.1"
    assert tree.ls(tip)
    with tree.blobs() as reader:
        assert reader.read(blob_id(MEMORY)) == MEMORY
    assert len(list(walk(tree, tip))) == 2
    assert first_releases(tree, tip, [tip]).first == {tip: "v6.1"}
    assert not trap.exists()


def test_the_trap_is_set(repo: Repo, trap: Path) -> None:
    """Without it the test above would prove nothing."""
    repo.git("config", "--unset", "core.worktree")
    repo.git("log", "-1", "-p", "master")
    assert trap.exists()


def test_replacements_and_grafts_change_nothing(repo: Repo) -> None:
    tree = opened(repo.path)
    before = list(walk(tree, tree.resolve()))
    repo.git("replace", "master", "master~1")
    (repo.path / "info" / "grafts").write_text(before[0].commit + "\n")
    assert list(walk(tree, tree.resolve())) == before
