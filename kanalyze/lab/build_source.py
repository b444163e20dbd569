"""A kernel's source as a user names it -> a directory that can be built."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import git
from kanalyze.lab.checkout import checked_out
from kanalyze.lab.debian import cached_source
from kanalyze.places import user_cache_dir
from kanalyze.progress import Progress

_RELEASE = re.compile(r"\d+\.\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A kernel's whole source at ``directory``.

    It is built in ``objects``, of which the kernel is then taken; None where it is
    built in the kernel's own place.
    """

    directory: Path
    objects: Path | None
    release: str


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A source as a user has named it; nothing is unpacked before it is opened.

    ``key`` tells sources apart that are built in places of their own: for a
    directory its path, for what cannot change its content.  ``identity`` is the
    content.
    """

    key: str
    identity: str
    _named: str
    _directory: Path | None = None
    _archive: tuple[str, ...] | None = None
    _unpack: tuple[str, ...] = ()
    _repository: str = ""

    @contextmanager
    def opened(self, progress: Progress) -> Iterator[SourceTree]:
        """Give the source for the block; what is not there before is gone behind it.

        Raises InputError when it is no kernel's whole source, EnvironmentFailure
        when git, tar or the disk fails.
        """
        if self._directory is not None:
            yield _tree(self._directory, None)
            return
        with _passing(progress) as place:
            directory = place / "source"
            directory.mkdir()
            _pipe(self._archive, (*self._unpack, "-C", str(directory)), self._named)
            yield _tree(directory, place / "objects")

    @contextmanager
    def to_build(self, variant: tuple[str, str], progress: Progress) -> Iterator[SourceTree]:
        """Give the source as :meth:`opened` does, a revision where others of it were built.

        ``variant`` is what :func:`checked_out` says.
        """
        if not self._repository:
            with self.opened(progress) as tree:
                yield tree
            return
        with checked_out(self._repository, self.identity, variant, progress) as place:
            yield _tree(place.directory, place.objects)


def named_source(source: str, revision: str) -> NamedSource:
    """Return the source that ``source`` names.

    With a ``revision`` that is a git repository; otherwise an unpacked source,
    which is used where it is, a tarball, or a series such as 6.12 or a release such as
    6.12.107, whose tarball was fetched.

    Raises InputError when there is no such source, EnvironmentFailure when git or
    the disk fails.
    """
    if revision:
        tree = _git_tree(source, revision)
        archive = ("git", "-C", source, "archive", "--format=tar", tree)
        return NamedSource(tree, tree, source, None, archive, ("tar", "-xf", "-"), source)
    path = Path(source).expanduser()
    if _RELEASE.fullmatch(source):
        path = _fetched(source)
    if path.is_dir():
        directory = path.resolve()
        return NamedSource(str(directory), stat_identity(directory), source, directory)
    if path.is_file():
        content = _hash(path)
        unpack = ("tar", "-xf", str(path), "--strip-components=1")
        return NamedSource(content, content, source, None, None, unpack)
    raise InputError("no such source", where=source)


def _fetched(release: str) -> Path:
    source = cached_source(release)
    if source is None or source.path is None:
        hint = f"`kanalyze kernels fetch {release}` gets it"
        raise InputError(f"no kernel source {release} was fetched", hint=hint)
    return source.path


@contextmanager
def _passing(progress: Progress) -> Iterator[Path]:
    """Give an empty directory that is gone behind the block."""
    parent = user_cache_dir() / "kernels"
    progress.stage("unpacking the source", None)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix=".source-", dir=parent))
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(parent)) from error
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _tree(directory: Path, objects: Path | None) -> SourceTree:
    """Return what is at ``directory``; InputError when it is no whole, clean source."""
    try:
        makefile = (directory / "Makefile").read_text("utf-8", "replace")
    except OSError:
        makefile = ""
    numbers = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", makefile, re.MULTILINE))
    if len(numbers) < 3 or not (directory / "Kconfig").is_file():
        raise InputError(
            "not a kernel's whole source",
            where="" if objects else str(directory),
            hint="a repository made by `kanalyze import` has only what kanalyze reads",
        )
    if not objects and (directory / "include/config").exists():
        hint = "run `make mrproper` in it, or name the directory with --kernel"
        raise InputError("a kernel was built inside this source", where=str(directory), hint=hint)
    release = ".".join(numbers[name] for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))
    return SourceTree(directory, objects, release)


def _git_tree(repository: str, revision: str) -> str:
    """Return the id of a revision's tree, which must be a whole kernel's."""
    tree = git.ask(repository, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{tree}}")
    names = git.ask(repository, "ls-tree", "--name-only", tree).split()
    if "Makefile" not in names or "Kconfig" not in names:
        raise InputError(
            f"{revision} has no whole kernel to build",
            where=repository,
            hint="a repository made by `kanalyze import` has only what kanalyze reads; "
            "`kanalyze kernels build 6.12` takes Debian's source",
        )
    return tree


def _pipe(first: tuple[str, ...] | None, second: tuple[str, ...], where: str) -> None:
    """Run ``second``, with what ``first`` writes for its input."""
    try:
        if first is None:
            done = subprocess.run(second, capture_output=True, check=False)
            failed = done.returncode
        else:
            with subprocess.Popen(first, env=git.environment(), stdout=subprocess.PIPE) as process:
                done = subprocess.run(
                    second, stdin=process.stdout, capture_output=True, check=False
                )
            failed = done.returncode or process.returncode
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=second[0]) from error
    if failed:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"cannot be unpacked: {said[0] if said else failed}", where=where)


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(path)) from error


def stat_identity(directory: Path) -> str:
    """Return a hash of names, sizes and times of all files: what make goes by, too."""
    whole = hashlib.sha256()
    try:
        for parent, directories, files in os.walk(directory):
            directories[:] = sorted(name for name in directories if name != ".git")
            for name in sorted(files):
                path = f"{parent}/{name}"
                stat = os.lstat(path)
                said = f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
                whole.update(said.encode(errors="surrogateescape"))
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(error.filename)) from error
    return whole.hexdigest()
