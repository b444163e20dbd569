"""Running git on a repository that nobody vouches for.

A repository's own configuration can name programs: a file-system monitor, a
pager, an external diff, text converters, a signature checker, an ssh command.
Nothing here may start one of them, contact a remote, or depend on what the
person who runs us has configured.  So every git process gets a scrubbed
environment, an explicit repository, and settings that override the dangerous
ones; the callers add ``--no-ext-diff`` and the like where a command has them.

Naming the repository with GIT_DIR also turns off git's ownership check.  That
is meant: the user has named this repository, and its configuration cannot run
anything anyway.  A repository that was only *found*, above the directory the
user named, is still subject to the check (see ``git.open_tree``).

GitPython is not used: importing it costs 0.16 s, more than half of the 0.3 s
in which one new commit must be scanned, and it would start the same processes.
"""

import contextlib
import io
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, NewType

from kanalyze.errors import EnvironmentFailure
from kanalyze.history.closing import Closing

CommitId = NewType("CommitId", str)
BlobId = NewType("BlobId", str)

#: A full object id: SHA-1 or SHA-256.
OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

_SETTINGS = (
    # what would run a program
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=false",
    "credential.helper=",
    "diff.external=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "log.showSignature=false",
    "uploadpack.packObjectsHook=",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    # what would change the output, or read a file that is none of ours
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "color.ui=never",
    "diff.orderFile=/dev/null",
    "diff.relative=false",
    "diff.renames=false",
    "i18n.logOutputEncoding=UTF-8",
    "log.follow=false",
    "log.mailmap=false",
    "log.showRoot=true",
    "advice.graftFileDeprecated=false",
    # a blob above this streams through git instead of filling its memory
    "core.bigFileThreshold=16m",
)

_VARIABLES = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    # Never fetch a missing object.  The first is for a git that knows it; the
    # second stops every other git before it starts the transport.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    # Facts belong to commits as they were made, not as someone grafted them.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull + "/no-grafts",
    "LC_ALL": "C",
}
_DROPPED = ("GIT_", "LC_", "SSH_", "PAGER", "LANGUAGE", "EDITOR", "VISUAL")


def to_bytes(argument: str) -> bytes:
    """Return ``argument`` as git shall see it: a tree's bytes, whatever the locale."""
    return argument.encode("utf-8", "surrogateescape")


def to_text(output: bytes) -> str:
    """Return what git said; bytes that are not UTF-8 survive as surrogates."""
    return output.decode("utf-8", "surrogateescape")


def scrubbed_environment() -> dict[str, str]:
    """Return the environment for a git process, without a repository."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
    return kept | _VARIABLES


def command_line(arguments: Iterable[str]) -> list[bytes]:
    """Return the whole command: git, the overriding settings, ``arguments``."""
    line = [b"git", b"--no-pager"]
    for setting in _SETTINGS:
        line += (b"-c", setting.encode())
    line.extend(to_bytes(argument) for argument in arguments)
    return line


def last_line(stderr: bytes) -> str:
    """Return the line of git's complaints that says most, without its prefix."""
    lines = [line.strip() for line in to_text(stderr).splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    line = (fatal or lines or [""])[-1]
    return line.removeprefix("fatal: ").removeprefix("error: ")[:300]


def start_failure(error: OSError) -> EnvironmentFailure:
    """Return the failure for a git that did not start."""
    named = error.filename
    if isinstance(error, FileNotFoundError) and named in (b"git", "git"):
        return EnvironmentFailure("git is not installed", hint="install the package git")
    return EnvironmentFailure(f"git did not start: {error.strerror}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished git said: exit ``status`` (negative: a signal), both outputs."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def complaint(self) -> str:
        """The one line of stderr worth showing, or how git ended."""
        return last_line(self.stderr) or ending(self.status)


def ending(status: int) -> str:
    """Say how a process ended that left no message."""
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


def run_in(directory: str, *arguments: str) -> Outcome:
    """Run git in ``directory`` on whatever repository git finds for it there.

    Unlike on a repository that the user named, git's ownership check applies.
    Raises EnvironmentFailure when git does not start.
    """
    return _run(arguments, scrubbed_environment(), directory)


def _run(arguments: Sequence[str], environment: dict[str, str], directory: str) -> Outcome:
    try:
        done = subprocess.run(
            command_line(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            cwd=directory,
            check=False,
        )
    except OSError as error:
        raise start_failure(error) from error
    return Outcome(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Git:
    """One repository and the only way in which git is run on it.

    ``git_dir`` is what git calls so (of a linked worktree, its own directory);
    ``common_dir`` holds the objects; ``path`` is how messages name it.
    ``borrowed`` is the ``common_dir`` of another one, whose commits are then known
    here, too; empty for none.  Picklable, so that a worker can open its own
    processes.
    """

    path: str
    git_dir: str
    common_dir: str
    borrowed: str = ""

    def run(self, *arguments: str) -> Outcome:
        """Run git to its end and return what it said, whatever its exit status.

        Raises EnvironmentFailure when git does not start.
        """
        return _run(arguments, self._environment(), self.git_dir)

    def output(self, *arguments: str) -> bytes:
        """Run git and return its stdout; EnvironmentFailure when it fails."""
        outcome = self.run(*arguments)
        if outcome.status:
            raise self.failure(arguments[0], outcome.complaint)
        return outcome.stdout

    def stream(self, *arguments: str) -> "Stream":
        """Start git with both pipes open; the caller closes the stream."""
        return Stream(self, arguments)

    def failure(self, command: str, complaint: str) -> EnvironmentFailure:
        """Return the failure of ``git command`` on this repository."""
        return EnvironmentFailure(f"git {command} failed: {complaint}", where=self.path)

    def _environment(self) -> dict[str, str]:
        # The git directory stands in for the work tree: none of our commands
        # looks at one, and core.worktree must not send git anywhere.
        own = {"GIT_DIR": self.git_dir, "GIT_WORK_TREE": self.git_dir}
        if self.borrowed:
            # In quotes, or a colon in the path would be the end of it.
            quoted = f"{self.borrowed}/objects".replace("\\", "\\\\").replace('"', '\\"')
            own["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = f'"{quoted}"'
        return scrubbed_environment() | own


class Stream(Closing):
    """A git process that runs while its output is read.

    stderr goes to a file without a name, so that neither side ever waits for
    it; leaving the ``with`` block ends the process.
    """

    def __init__(self, git: Git, arguments: Sequence[str]) -> None:
        self._git = git
        self._command = arguments[0]
        try:
            self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        except OSError as error:
            raise EnvironmentFailure(
                f"no temporary file: {error.strerror}", where=tempfile.gettempdir()
            ) from error
        try:
            self._process = subprocess.Popen(
                command_line(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=git._environment(),
                cwd=git.git_dir,
            )
        except OSError as error:
            self._complaints.close()
            raise start_failure(error) from error
        stdin, stdout = self._process.stdin, self._process.stdout
        assert isinstance(stdin, io.BufferedWriter) and isinstance(stdout, io.BufferedReader)
        self.stdin = stdin
        self.stdout = stdout

    def send(self, request: bytes) -> None:
        """Write all of git's input and close it; a dead git shows in its output."""
        with contextlib.suppress(BrokenPipeError):
            self.stdin.write(request)
            self.stdin.close()

    def complaint_size(self) -> int:
        """Return how much git has written to stderr so far."""
        return os.fstat(self._complaints.fileno()).st_size

    def complaints(self) -> bytes:
        """Return the last 8 KiB of what git has written to stderr so far."""
        size = self.complaint_size()
        return os.pread(self._complaints.fileno(), 8192, max(0, size - 8192))

    def failed(self) -> EnvironmentFailure | None:
        """Wait for the end and return the failure, or None if git ended well."""
        status = self._process.wait()
        if not status:
            return None
        complaint = last_line(self.complaints()) if status > 0 else ""
        return self._git.failure(self._command, complaint or ending(status))

    def hang_up(self) -> int:
        """Close both pipes, so that git ends by itself, and return its status."""
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(BrokenPipeError):  # an unsent request for a dead process
                pipe.close()
        return self._process.wait()

    def close(self) -> None:
        """End the process, whatever it was doing, and release the pipes."""
        if self._process.poll() is None:
            self._process.kill()
        self.hang_up()
        self._complaints.close()
