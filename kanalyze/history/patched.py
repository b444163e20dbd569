"""Patches on top of a revision, without touching the tree that they are for.

They are applied through a temporary index into a temporary repository that
borrows the objects of the tree's own.  What comes out is a repository with one
commit a patch, which everything else here reads like any other.
"""

import itertools
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.diffs import is_new, names, parts, touched
from kanalyze.history.git import GitTree
from kanalyze.history.paths import check_path
from kanalyze.history.plain import PlainTree
from kanalyze.history.plumbing import Repository
from kanalyze.history.runner import CommitId, to_text

_BRANCH = "refs/heads/series"
_INDEX = re.compile(r"^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64})", re.M)
_COMPLAINT = re.compile(r"error: (?:patch failed: )?(.+)")
# The same series makes the same commits, whoever asks.
_IDENTITY = {
    "GIT_AUTHOR_NAME": "kanalyze",
    "GIT_AUTHOR_EMAIL": "kanalyze@localhost",
    "GIT_COMMITTER_NAME": "kanalyze",
    "GIT_COMMITTER_EMAIL": "kanalyze@localhost",
    "GIT_COMMITTER_DATE": "@0 +0000",
}
# So many commits that made one of the blobs are looked at for the one that was meant.
_CANDIDATES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One patch to apply: its text, and what its commit is to say."""

    title: str
    message: str
    diff: str
    author: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """A series as it lies in a repository: ``base``, and one commit a patch on top of it.

    ``left_out`` are files of the patches that the base does not have, as of a
    tree with a part of the sources only.
    """

    repository: str
    base: CommitId
    commits: tuple[CommitId, ...]
    left_out: tuple[str, ...] = ()


class DoesNotApply(InputError):
    """A patch that does not apply: ``number`` counts from 1, ``file`` where it failed first."""

    def __init__(self, number: int, title: str, file: str, base: str) -> None:
        super().__init__(
            f'patch {number} ("{title}") does not apply to {base[:12]}',
            where=file,
            hint="name the revision that it is for with --base",
        )
        self.number = number
        self.file = file


@contextmanager
def patched(
    tree: GitTree | PlainTree,
    base: CommitId | None,
    changes: Sequence[Change],
    paths: Sequence[str] = (),
) -> Iterator[Patched]:
    """Give a repository with a series on top of ``base``, for the length of the block.

    Of a plain directory, where ``base`` is None, the files ``paths`` and those that
    the patches touch are taken along.
    Raises DoesNotApply; InputError for a patch that would change what is not in the
    tree; EnvironmentFailure when git or the disk fails.
    """
    for number, change in enumerate(changes, 1):
        _check(number, change)
    try:
        with tempfile.TemporaryDirectory(prefix="kanalyze-series-") as scratch:
            place = Path(scratch)
            repository = Repository.create(place / "repo.git", branch=_BRANCH, name="the series")
            if isinstance(tree, GitTree):
                assert base is not None
                _borrow(repository, tree)
            else:
                own = (path for change in changes for path in touched(change.diff))
                base = _import(repository, tree, [*paths, *own])
            yield _Applier(repository, place / "index", base).apply(changes)
    except OSError as error:
        where = str(error.filename or tempfile.gettempdir())
        raise EnvironmentFailure(error.strerror or str(error), where=where) from error


def _check(number: int, change: Change) -> None:
    """Refuse a patch with a path that leads out of the tree, or into what is git's own."""
    for part in parts(change.diff):
        for path in names(part):
            own = any(one.lower() == ".git" for one in path.split("/"))
            if path and (own or not _inside(path)):
                raise InputError(
                    f"patch {number} changes what is not in the tree", where=repr(path)
                )


def base_of(tree: GitTree, revision: CommitId, diffs: Sequence[str]) -> CommitId | None:
    """Return the newest commit up to ``revision`` that has the files which a series changes.

    Looks at the blobs that the patches name in their ``index`` lines.  None where
    they name none, or no commit of the last ones that touched the files has them.
    """
    wanted = _preimages(diffs)
    if not wanted:
        return None
    paths = sorted(wanted)
    for commit in itertools.islice(_candidates(tree, revision, wanted), _CANDIDATES):
        blobs = tree.ls(commit, paths)
        if all(blobs.get(path, "").startswith(blob) for path, blob in wanted.items()):
            return commit
    return None


def _candidates(tree: GitTree, revision: CommitId, wanted: Mapping[str, str]) -> Iterator[CommitId]:
    """Yield the revision, and the commits that made one of the blobs, newest first."""
    yield revision
    paths = (f":(literal,top){path}" for path in wanted)
    arguments = ("log", "--raw", "--no-abbrev", "--format=commit %H", "--end-of-options")
    with tree.git.stream(*arguments, revision, "--", *paths) as log:
        commit = revision
        for line in log.stdout:
            words = line.split()
            if line.startswith(b"commit "):
                commit = CommitId(words[1].decode())
            elif line.startswith(b":") and words[3].decode().startswith(tuple(wanted.values())):
                yield commit


def _preimages(diffs: Iterable[str]) -> dict[str, str]:
    """Return path -> the beginning of the id that its blob has before the whole series."""
    wanted: dict[str, str] = {}
    seen: set[str] = set()
    for diff in diffs:
        for part in parts(diff):
            paths, index = touched(part), _INDEX.search(part)
            for path in paths[:1]:
                if index and path not in seen and set(index[1]) != {"0"} and _inside(path):
                    wanted[path] = index[1]
                seen.add(path)
    return wanted


def _inside(path: str) -> bool:
    try:
        return bool(check_path(path))
    except InputError:
        return False


def _borrow(repository: Repository, tree: GitTree) -> None:
    """Let the repository read the objects of a tree's, with the end of its history."""
    common = Path(tree.git.common_dir)
    info = repository.path / "objects" / "info"
    info.mkdir(parents=True, exist_ok=True)
    alternates = [str((common / "objects").resolve())]
    (info / "alternates").write_text("".join(f"{one}\n" for one in alternates))
    if tree.shallow:
        (repository.path / "shallow").write_text("".join(f"{one}\n" for one in tree.shallow))


def _import(repository: Repository, tree: PlainTree, paths: Iterable[str]) -> CommitId:
    """Return a commit with those files of a plain directory."""
    listing = []
    # A patch may add a file, and a tree need not have all that kanalyze looks at.
    there = tree.ls(sorted({path for path in paths if _inside(path)}))
    with tree.blobs(there) as reader:
        for path, known in sorted(there.items()):
            blob = repository.run(
                *("hash-object", "-w", "--no-filters", "--stdin"), stdin=to_text(reader.read(known))
            )
            listing.append(f"100644 blob {blob.strip()}\t{path}")
    environment = {"GIT_INDEX_FILE": os.fspath(repository.path / "import-index")}
    entries = "".join(f"{one}\0" for one in listing)
    repository.run("update-index", "-z", "--index-info", stdin=entries, environment=environment)
    top = repository.run("write-tree", environment=environment).strip()
    said = {**_IDENTITY, "GIT_AUTHOR_DATE": "@0 +0000"}
    found = repository.run("commit-tree", top, stdin="the directory\n", environment=said)
    return CommitId(found.strip())


class _Applier:
    """One series, patch by patch, in an index of its own."""

    def __init__(self, repository: Repository, index: Path, base: CommitId) -> None:
        self._repository = repository
        self._base = base
        self._environment = {"GIT_INDEX_FILE": os.fspath(index)}
        self._left_out: dict[str, None] = {}

    def apply(self, changes: Sequence[Change]) -> Patched:
        self._run("read-tree", self._base)
        parent = self._base
        commits = []
        for number, change in enumerate(changes, 1):
            self._add(number, change)
            parent = self._commit(change, parent)
            commits.append(parent)
        if commits:
            self._run("update-ref", _BRANCH, parent)
        return Patched(
            repository=os.fspath(self._repository.path),
            base=self._base,
            commits=tuple(commits),
            left_out=tuple(self._left_out),
        )

    def _add(self, number: int, change: Change) -> None:
        """Apply one patch to the index; what the base does not have at all is left out."""
        absent = self._absent(change.diff)
        self._left_out.update(dict.fromkeys(absent))
        if len(absent) == len(touched(change.diff)) and absent:
            return
        named = [names(part) for part in parts(change.diff)]
        out = dict.fromkeys(one for pair in named if pair[0] in absent for one in pair)
        excluded = [f"--exclude={_literal(path)}" for path in out]
        done = self._repository.attempt(
            *("apply", "--cached", "--whitespace=nowarn", "--recount", *excluded, "-"),
            stdin=change.diff,
            environment=self._environment,
        )
        if done.returncode:
            complaint = _COMPLAINT.search(to_text(done.stderr))
            where = complaint[1] if complaint else ""
            raise DoesNotApply(number, change.title, where, self._base)

    def _absent(self, diff: str) -> list[str]:
        """Return the files that a patch changes, and that are not there to be changed."""
        changed = [names(part)[0] for part in parts(diff) if names(part)[0] and not is_new(part)]
        if not changed:
            return []
        listed = self._run("ls-files", "-z", "--", *(f":(literal,top){one}" for one in changed))
        there = set(listed.split("\0"))
        return [path for path in dict.fromkeys(changed) if path not in there]

    def _commit(self, change: Change, parent: CommitId) -> CommitId:
        top = self._run("write-tree").strip()
        message = f"{change.title}\n\n{change.message}\n".replace("\0", "")
        said = dict(_IDENTITY)
        if change.author:
            name, _, address = change.author.partition("<")
            said["GIT_AUTHOR_NAME"] = _plain(name) or _plain(address) or "unknown"
            said["GIT_AUTHOR_EMAIL"] = _plain(address) or "unknown"
        said["GIT_AUTHOR_DATE"] = _date(change.date)
        done = self._repository.run(
            "commit-tree", "-p", parent, top, stdin=message, environment=said
        )
        return CommitId(done.strip())

    def _run(self, *arguments: str) -> str:
        return self._repository.run(*arguments, environment=self._environment)


def _plain(text: str) -> str:
    """Return a name as git takes it: no control characters, no brackets, not only signs."""
    found = re.sub(r"[\0-\x1f\x7f<>]+", " ", text).strip(" .,:;\"'\\")
    return found if any(one.isalnum() for one in found) else ""


def _literal(path: str) -> str:
    return re.sub(r"([*?\[\\])", r"\\\1", path)


def _date(text: str) -> str:
    """Return a mail's date as git takes it, whatever the mail says."""
    try:
        return f"@{int(parsedate_to_datetime(text).timestamp())} +0000"
    except (TypeError, ValueError, OverflowError, OSError):
        return "@0 +0000"
