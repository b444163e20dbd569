"""A private copy of a kernel's source, once as a series' base and once as its tip.

It stays in the user's cache, and between the two, and between two reviews of a
tree, only the files of the series are written: make builds no more than what
includes them.  Whenever we are killed, the next call gets it right.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import BlobId, CommitId, to_text
from kanalyze.lab.build_source import named_source, stat_identity
from kanalyze.places import user_cache_dir
from kanalyze.progress import Progress

_FILE, _EXECUTABLE, _ABSENT = b"100644", b"100755", b"000000"
_HINT = "review an unpacked source, or a repository that has all of it"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What a series makes of a file; ``executable`` is None where it leaves that as it is."""

    content: bytes
    executable: bool | None = None


class _State(msgspec.Struct, kw_only=True):
    """What is in a copy: which source, and which files are not as there (had they been)."""

    identity: str
    changed: dict[str, bool]


class PrivateSource:
    """The copy of one tree at one revision, in a directory that is ours.

    ``path`` is the copy, ``identity`` says of what; ``directory`` has room for what
    belongs to it, gone when the tree's base is another.
    """

    def __init__(self, directory: Path, identity: str) -> None:
        self.directory = directory
        self.path = directory / "source"
        self.identity = identity
        self._kept = directory / "kept"
        self._place = directory / "state.json"

    def prepare(self, unpack: "_Unpack") -> None:
        """Make it the source as it is, by as few writes as possible."""
        state = self._state()
        if state is None or state.identity != self.identity or not self.path.is_dir():
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory.mkdir(parents=True, exist_ok=True)
            unpack(self.path)
            self._write(_State(identity=self.identity, changed={}))
        else:
            self.restore()

    def change(self, files: Mapping[str, SourceFile | None]) -> None:
        """Write the files of a series; None is one that it removes.

        Raises InputError for a path that leads out of the copy.
        """
        places = {path: self._inside(path) for path in files}
        state = _State(
            identity=self.identity,
            changed={path: place.is_file() for path, place in places.items()},
        )
        self._write(state)  # before anything is changed: this is what has to be undone
        for path, there in state.changed.items():
            if there:
                kept = self._kept / path
                kept.parent.mkdir(parents=True, exist_ok=True)
                places[path].rename(kept)
        for path, file in files.items():
            if file is not None:
                places[path].parent.mkdir(parents=True, exist_ok=True)
                places[path].write_bytes(file.content)
                if file.executable is not None:
                    places[path].chmod(0o755 if file.executable else 0o644)
                elif state.changed[path]:
                    shutil.copymode(self._kept / path, places[path])

    def restore(self) -> None:
        """Take back what was changed, if anything was."""
        state = self._state()
        assert state is not None
        for path, there in state.changed.items():
            kept, place = self._kept / path, self.path / path
            if kept.is_file():
                # A copy, and not the file with its old time: make must see that it changed.
                shutil.copy(kept, place)
            elif not there:
                place.unlink(missing_ok=True)
        shutil.rmtree(self._kept, ignore_errors=True)
        self._write(_State(identity=self.identity, changed={}))

    def _inside(self, path: str) -> Path:
        place = self.path / path
        whole = self.path.resolve()
        if place.is_symlink() or not place.parent.resolve().is_relative_to(whole):
            raise InputError("a patch changes what lies behind a link", where=repr(path))
        return place

    def _state(self) -> _State | None:
        try:
            return msgspec.json.decode(self._place.read_bytes(), type=_State)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _write(self, state: _State) -> None:
        fresh = self._place.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(state))
        fresh.replace(self._place)


class _Unpack:
    """Puts a tree's revision where a copy is to be."""

    def __init__(self, tree: GitTree | PlainTree, base: CommitId, progress: Progress) -> None:
        self._tree = tree
        self._base = base
        self._progress = progress

    @property
    def identity(self) -> str:
        """What tells this source from others."""
        if isinstance(self._tree, PlainTree):
            return stat_identity(Path(self._tree.path))
        return to_text(self._tree.git.output("rev-parse", f"{self._base}^{{tree}}")).strip()

    def check(self) -> None:
        """Raise InputError for what holds no whole kernel."""
        if isinstance(self._tree, PlainTree):
            top = Path(self._tree.path)
            names = {one for one in ("Makefile", "Kconfig") if (top / one).is_file()}
        else:
            listed = self._tree.git.output("ls-tree", "--name-only", "-z", self._base)
            names = set(to_text(listed).split("\0"))
        if not {"Makefile", "Kconfig"} <= names:
            what = "holds only a part of a kernel's source: nothing can be built of it"
            raise InputError(what, where=self._tree.path, hint=_HINT)

    def __call__(self, target: Path) -> None:
        part = target.with_name(f"{target.name}.part")
        if isinstance(self._tree, PlainTree):
            with named_source(self._tree.path, "").opened(self._progress) as source:
                self._progress.stage("copying the source", None)
                _copy(source.directory, part)
        else:
            # its times are those of the commit: older than what was built here before
            named = named_source(self._tree.git.common_dir, self._base)
            with named.opened(self._progress) as source:
                source.directory.rename(part)
            _touch(part)
        part.rename(target)


def _copy(source: Path, target: Path) -> None:
    entries = [str(path) for path in source.iterdir() if path.name != ".git"]
    target.mkdir()
    command = ("cp", "-r", "--preserve=mode,links", "--reflink=auto", "-t", str(target), "--")
    done = subprocess.run((*command, *entries), capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise EnvironmentFailure(f"cp fails: {''.join(said)[:300]}", where=str(target))


def _touch(directory: Path) -> None:
    for parent, _, files in os.walk(directory):
        for name in files:
            os.utime(f"{parent}/{name}", follow_symlinks=False)


@contextmanager
def private_source(tree: str, base: CommitId, progress: Progress) -> Iterator[PrivateSource]:
    """Give a copy of a tree at ``base``, for the block; of a directory, as it is.

    Nobody else has it meanwhile.  Raises InputError for what is no whole source,
    EnvironmentFailure when git, the disk or the machine fails.
    """
    found = open_tree(tree)
    unpack = _Unpack(found, base, progress)
    unpack.check()
    top = Path(tree).resolve()
    name = f"{top.name}-{hashlib.sha256(os.fsencode(top)).hexdigest()[:16]}"
    place = user_cache_dir() / "review"
    try:
        place.mkdir(parents=True, exist_ok=True)
        with _alone(place / f"{name}.lock", progress):
            source = PrivateSource(place / name, unpack.identity)
            source.prepare(unpack)
            try:
                yield source
            finally:
                source.restore()
    except OSError as error:
        where = str(error.filename or place)
        raise EnvironmentFailure(error.strerror or str(error), where=where) from error


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    with lock.open("a") as file:
        progress.stage("waiting for another review of this tree", None)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def files_of(repository: str, base: CommitId, tip: CommitId) -> dict[str, SourceFile | None]:
    """Return what a series makes of each file that it changes; None for one that it removes.

    Raises InputError for links and submodules: a kernel is built without either changed.
    """
    tree = open_tree(repository)
    assert isinstance(tree, GitTree)
    listed = tree.git.output(
        "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--end-of-options",
        base, tip,
    )  # fmt: skip
    words = listed.split(b"\0")
    files: dict[str, SourceFile | None] = {}
    with tree.blobs() as reader:
        for about, path in zip(words[0::2], words[1::2], strict=False):
            old, new, _, blob, _ = about.removeprefix(b":").split(b" ")
            if not {old, new} <= {_FILE, _EXECUTABLE, _ABSENT}:
                raise InputError("a patch changes a link or a submodule", where=to_text(path))
            if new == _ABSENT:
                files[to_text(path)] = None
                continue
            mode = None if old == new else new == _EXECUTABLE
            files[to_text(path)] = SourceFile(reader.read(BlobId(blob.decode())), mode)
    return files
