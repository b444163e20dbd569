"""git, as the lab asks it about the repositories of sources."""

import os
import subprocess

from kanalyze.errors import EnvironmentFailure, InputError


def environment() -> dict[str, str]:
    """Return the environment without what would send git to another repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def ask(repository: str, *arguments: str, index: str = "") -> str:
    """Return what git says; ``index`` is a file to use in place of the repository's own.

    InputError with git's last words when it fails, EnvironmentFailure when it is
    missing or the disk is full.
    """
    try:
        done = subprocess.run(
            ("git", "-C", repository, *arguments),
            env=environment() | ({"GIT_INDEX_FILE": index} if index else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise EnvironmentFailure("git is missing", hint="apt install git") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        if os.strerror(28) in said:
            raise EnvironmentFailure(os.strerror(28), where="git")
        raise InputError(said.splitlines()[-1] if said else "git failed", where=repository)
    return os.fsdecode(done.stdout).strip()
