"""Repositories with a work tree, made by git itself."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_WHO = {"NAME": "A U Thor", "EMAIL": "author@example.org", "DATE": "2026-01-01T00:00:00Z"}
# A test's git is the user's git on a machine without configuration.
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
       for what, value in _WHO.items()},
}  # fmt: skip


def git(where: Path, *arguments: str) -> str:
    """Run git in a work tree; return its output."""
    command = ("git", "-C", str(where), *arguments)
    done = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=True)
    return done.stdout


def begin(place: Path) -> None:
    """Make a repository of a directory, all that is in it in one commit."""
    git(place, "init", "--quiet", "--initial-branch=master")
    commit(place, {}, "mm: begin")


def commit(place: Path, files: Mapping[str, str], message: str) -> None:
    """Commit what is in a work tree, with the texts of some files changed."""
    for path, text in files.items():
        (place / path).write_text(text)
    git(place, "add", ".")
    git(place, "commit", "--quiet", "--message", message)
