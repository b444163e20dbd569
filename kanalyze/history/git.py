"""Opening a tree, and finding commits and files in it.

``open_tree`` takes what a user calls a tree: a clone, a bare repository, a
linked worktree, shallow or partial or not, or a plain directory of sources.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import InputError
from kanalyze.history.blobs import BlobReader
from kanalyze.history.paths import check_path, pathspec
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import OBJECT_ID, BlobId, CommitId, Git, Outcome, run_in, to_text

# Above this many paths it is quicker (and safe for the argument list) to list
# the whole tree and pick.
_MANY_PATHS = 500
_ABBREVIATED = 12  # digits, as the kernel's Fixes: lines have them


@dataclass(frozen=True, slots=True)
class Range:
    """The commits that ``new`` has and ``old`` has not, as git's ``old..new``."""

    old: CommitId
    new: CommitId


@dataclass(frozen=True, slots=True)
class GitTree:
    """A repository.

    ``path`` is how the user named it; ``shallow`` holds the commits at which a
    shallow repository's history was cut off (empty for a whole one).
    """

    path: str
    git: Git
    shallow: frozenset[CommitId]

    #: The counterpart of ``PlainTree.has_history``.
    has_history = True

    def resolve(self, revision: str = "HEAD") -> CommitId:
        """Return the full id of the commit that ``revision`` names.

        Raises InputError for a revision that begins with ``-`` or ``^``, is
        unknown or ambiguous, names no commit, or whose commit is not here.
        """
        if not revision or revision[0] in "-^" or "\0" in revision or "\n" in revision:
            raise InputError("not a revision", where=repr(revision))
        # Asked for a commit, git does not stumble over a blob that begins alike.
        outcome = self._rev_parse(f"{revision}^{{commit}}")
        if outcome.status:
            # In :/text, the suffix is part of the text.
            named = self._rev_parse(revision)
            if named.status:
                raise self._unknown(revision, outcome)
            outcome = self._rev_parse(to_text(named.stdout).strip() + "^{commit}")
        answer = to_text(outcome.stdout).strip()
        if outcome.status or not OBJECT_ID.fullmatch(answer):
            raise self._unknown(revision, outcome)
        return CommitId(answer)

    def parse_range(self, text: str) -> Range:
        """Return the range that ``A..B`` names; a side left out is HEAD.

        Raises InputError as ``resolve`` does, and for anything that is not
        two revisions with two dots between them.
        """
        if "..." in text:
            raise InputError(
                "A...B is no range of commits here", where=repr(text), hint="give A..B"
            )
        old, dots, new = text.partition("..")
        if not dots or not (old or new) or ".." in new:
            raise InputError("not a range of commits", where=repr(text), hint="give A..B")
        return Range(self.resolve(old or "HEAD"), self.resolve(new or "HEAD"))

    def describe(self, commit: CommitId) -> str:
        """Return a name for people: nearest tag, or the first twelve digits of the id."""
        short = str(commit)[:_ABBREVIATED]
        # Without a tag, describe walks the whole history to say just that.
        if not self.git.run("for-each-ref", "--count=1", "refs/tags").stdout:
            return short
        outcome = self.git.run(
            "describe", "--tags", f"--abbrev={_ABBREVIATED}", "--end-of-options", commit
        )
        return to_text(outcome.stdout).strip() if outcome.status == 0 else short

    def ls(self, commit: CommitId, paths: Iterable[str] | None = None) -> dict[str, BlobId]:
        """Return path -> blob id of the files of ``commit``.

        ``paths`` narrows: a file stands for itself, a directory for all below
        it, ``None`` for the whole tree; what ``commit`` does not have is left
        out, and so are symbolic links and submodules.
        Raises InputError for a path that leads out of the tree.
        """
        wanted = None if paths is None else [check_path(path) for path in paths]
        if wanted == []:
            return {}
        few = wanted if wanted is not None and len(wanted) <= _MANY_PATHS else []
        listing = self.git.output(
            *("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit),
            *map(pathspec, few),  # no "--": after --end-of-options it would be a path
        )
        files = {}
        for entry in listing.split(b"\0"):
            if entry.startswith(b"100"):  # a regular file, executable or not
                about, _, path = entry.partition(b"\t")
                files[to_text(path)] = BlobId(about[about.rindex(b" ") + 1 :].decode())
        if wanted is None or few:
            return files
        named = set(wanted)
        return {path: blob for path, blob in files.items() if _is_below(path, named)}

    def blobs(
        self, files: Mapping[str, BlobId] | None = None, max_bytes: int | None = None
    ) -> BlobReader:
        """Return a reader for any blob of the repository.

        ``files`` is what a plain tree needs to know and is not looked at here;
        ``max_bytes`` is the size above which a blob is not read.
        """
        return BlobReader(self.git, max_bytes)

    def _rev_parse(self, expression: str) -> Outcome:
        return self.git.run("rev-parse", "--verify", "--end-of-options", expression)

    def _unknown(self, revision: str, outcome: Outcome) -> InputError:
        """Return why ``revision`` is no commit; ``outcome`` is git's own word on it."""
        where, complaint = f"{self.path}: {revision}", to_text(outcome.stderr)
        if "is ambiguous" in complaint:
            what, hint = "several objects begin like this", "give more digits"
            return InputError(what, where=where, hint=hint)
        if revision == "HEAD":
            return InputError("HEAD names no commit", where=self.path, hint="name a revision")
        if "expected commit type" in complaint:
            return InputError("names something that is no commit", where=where)
        hint = "its history is shallow" if self.shallow else ""
        if OBJECT_ID.fullmatch(revision):
            return InputError("no such commit in this repository", where=where, hint=hint)
        return InputError("unknown revision", where=where, hint=hint)


def _is_below(path: str, named: set[str]) -> bool:
    """Say whether ``path`` is one of ``named`` or lies below one of them."""
    if path in named:
        return True
    return any(path[: end.start()] in named for end in re.finditer("/", path))


def open_tree(path: str | os.PathLike[str]) -> GitTree | PlainTree:
    """Open what the user named as TREE.

    A directory that git tracks as part of a work tree opens that repository
    (paths are relative to its top, as everywhere); any other directory without
    a repository of its own is a plain tree, so that sources unpacked somewhere
    inside an unrelated repository are just sources.

    Raises InputError when there is no such directory or the repository is none,
    EnvironmentFailure when git does not start.
    """
    named = os.fspath(path)
    try:
        top = Path(named).resolve(strict=True)
        if not top.is_dir():
            raise InputError("not a directory", where=named, hint="a git repository or sources")
        git_dir = _own_git_dir(top) or _surrounding_git_dir(top)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a NUL
        reason = getattr(error, "strerror", None) or "not a path"
        raise InputError(f"cannot be opened: {reason}", where=named) from error
    if git_dir is None:
        return PlainTree(str(top))
    return _open_repository(named, git_dir)


def _own_git_dir(top: Path) -> Path | None:
    """Return the git directory of ``top`` itself, or None; OSError as it comes."""
    entry = top / ".git"
    if entry.is_file():  # a linked worktree or a submodule: it names the directory
        with entry.open("rb") as file:
            target = to_text(file.read(4096)).removeprefix("gitdir: ").rstrip("\r\n")
        return top / target
    if os.path.lexists(entry):
        return entry
    bare = (top / "HEAD").exists() and (top / "objects").is_dir() and (top / "refs").is_dir()
    return top if bare else None


def _surrounding_git_dir(top: Path) -> Path | None:
    """Return the git directory above ``top`` that tracks it, or None."""
    above = next((parent for parent in top.parents if os.path.lexists(parent / ".git")), None)
    if above is None:
        return None
    # The user has not named this one: git itself says whether to trust it.
    inside = pathspec(os.fspath(top.relative_to(above)))
    found = run_in(os.fspath(above), "ls-tree", "-d", "--full-tree", "HEAD", "--", inside)
    return _own_git_dir(above) if found.status == 0 and found.stdout else None


def _open_repository(named: str, git_dir: Path) -> GitTree:
    if not os.path.isdir(git_dir):  # noqa: PTH112 - whatever a .git file says, it does not raise
        raise InputError("its .git leads nowhere", where=named, hint=f"no directory {git_dir}")
    outcome = Git(named, str(git_dir), str(git_dir)).run(
        "rev-parse", "--absolute-git-dir", "--git-common-dir", "--is-shallow-repository"
    )
    lines = to_text(outcome.stdout).splitlines()
    if outcome.status or len(lines) != 3:
        raise InputError(f"not a usable git repository: {outcome.complaint}", where=named)
    absolute, common, is_shallow = lines
    common_dir = Path(absolute, common)
    shallow = _shallow_commits(common_dir) if is_shallow == "true" else frozenset()
    return GitTree(named, Git(named, absolute, str(common_dir)), shallow)


def _shallow_commits(common_dir: Path) -> frozenset[CommitId]:
    try:
        lines = (common_dir / "shallow").read_text("ascii", "replace").split()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=str(common_dir / "shallow")
        ) from error
    return frozenset(CommitId(line) for line in lines if OBJECT_ID.fullmatch(line))
