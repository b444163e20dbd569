"""The repositories that kanalyze makes itself, and how git's plumbing writes to them."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.history.runner import (
    command_line,
    last_line,
    scrubbed_environment,
    start_failure,
    to_bytes,
    to_text,
)

_NULL_ID = "0" * 40


@dataclass(frozen=True)
class Repository:
    """A bare repository at ``path``, which is ours to write to.

    ``name`` is how messages call it when that is not its path.
    """

    path: Path
    name: str = ""

    @classmethod
    def create(cls, path: Path, *, branch: str, name: str = "") -> "Repository":
        """Make an empty repository whose HEAD is ``branch``, with no hooks and no template."""
        repository = cls(path, name)
        repository.run("init", "--quiet", "--bare", "--template=")
        repository.run("symbolic-ref", "HEAD", branch)
        (path / "objects/info").mkdir(exist_ok=True)
        return repository

    def command(self, *arguments: str) -> list[bytes]:
        """Return the command line of git on this repository."""
        return command_line((f"--git-dir={self.path}", *arguments))

    def run(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> str:
        """Run git and return what it printed; EnvironmentFailure when it fails."""
        done = self.attempt(*arguments, stdin=stdin, environment=environment)
        if done.returncode:
            raise self.failure(arguments[0], done.stderr)
        return to_text(done.stdout)

    def attempt(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run git and return how it ended; EnvironmentFailure when it does not start."""
        return self._run(arguments, stdin, environment or {})

    def failure(self, command: str, stderr: bytes) -> EnvironmentFailure:
        """Return the one line for a git that failed and complained on ``stderr``."""
        return EnvironmentFailure(
            f"git {command} failed: {last_line(stderr) or 'it did not say why'}",
            where=self.name or str(self.path),
        )

    def resolve(self, ref: str) -> str:
        """Return the id that ``ref`` has, or the null id when it does not exist."""
        done = self._run(("rev-parse", "--verify", "--quiet", "--end-of-options", ref))
        return to_text(done.stdout).strip() or _NULL_ID

    def config(self, key: str) -> str:
        """Return the value of ``key`` in this repository's own configuration, or nothing."""
        file = f"--file={self.path / 'config'}"
        done = self._run(("config", file, "--no-includes", "--get", key))
        return to_text(done.stdout).strip()

    def set_config(self, key: str, value: str) -> None:
        """Set ``key`` in this repository's own configuration."""
        self.run("config", f"--file={self.path / 'config'}", key, value)

    def _run(
        self,
        arguments: Sequence[str],
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(
                self.command(*arguments),
                input=to_bytes(stdin),
                env=scrubbed_environment() | dict(environment or {}),
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise start_failure(error) from error
