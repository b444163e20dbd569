"""A private copy of a kernel's source with a patch in it; the original is never written to.

Between two patches only what they touch is written, so that make builds no more
than that.  Whenever we are killed, the next call gets it right.
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.build_source import stat_identity
from kanalyze.progress import Progress

# Beside the copy: the patch that is, or was to be, in it, and the digest of one that is whole.
_PATCH = "selector.patch"
_MARK = "patched.sha256"
# What the source was when it was copied.
_COPIED = "copied.sha256"
# No source: a kernel built in a repository would look at its state, and ask git for it.
_LEFT_OUT = {".git"}


def patched_copy(source: Path, copy: Path, diff: str, progress: Progress) -> None:
    """Make ``copy`` the same as ``source`` with ``diff`` applied.

    The directory of ``copy`` is ours.  Raises InputError when the copy would lie in the
    source, EnvironmentFailure when the disk fails or the patch does not apply.
    """
    check_apart(source, copy)
    text = diff.encode("utf-8", "surrogateescape")
    wanted = hashlib.sha256(text).hexdigest()
    mark, patch = copy.parent / _MARK, copy.parent / _PATCH
    try:
        _forget_another(stat_identity(source.resolve()), copy, mark)
        if copy.is_dir() and mark.exists() and mark.read_text("latin-1") == wanted:
            return
        mark.unlink(missing_ok=True)
        if copy.is_dir():
            _undo(patch, source, copy)
        else:
            progress.stage("copying the source", None)
            _copy(source, copy)
        fresh = patch.with_suffix(".new")
        fresh.write_bytes(text)
        fresh.replace(patch)  # before anything is changed: this is what has to be undone
        _apply(patch, copy)
        mark.write_text(wanted)
    except OSError as error:
        where = str(error.filename or copy)
        raise EnvironmentFailure(error.strerror or str(error), where=where) from error


def check_apart(source: Path, directory: Path) -> None:
    """Raise InputError when a directory lies in the source."""
    if directory.resolve().is_relative_to(source.resolve()):
        hint = "name another directory with -o"
        raise InputError(
            "lies in the source, which is not written to", where=str(directory), hint=hint
        )


def _forget_another(identity: str, copy: Path, mark: Path) -> None:
    """Remove a copy of what the source was before it was changed."""
    known = copy.parent / _COPIED
    if known.exists() and known.read_text("latin-1") != identity:
        mark.unlink(missing_ok=True)
        known.unlink()
        if copy.is_dir():
            shutil.rmtree(copy)
    known.write_text(identity)


def _copy(source: Path, copy: Path) -> None:
    """Copy a source under another name first: a copy that is there is a whole one."""
    part = copy.with_name(f"{copy.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    entries = [path for path in source.resolve().iterdir() if path.name not in _LEFT_OUT]
    if entries:
        _said(("cp", "-a", "--reflink=auto", "-t", str(part), "--", *map(str, entries)), source)
    part.rename(copy)


def _undo(patch: Path, source: Path, copy: Path) -> None:
    """Make the files of a patch what they are in the source, whether it was applied or not."""
    try:
        text = patch.read_bytes()
    except FileNotFoundError:
        return
    for name in re.findall(rb"^\+\+\+ b/([^\t\n]+)", text, re.MULTILINE):
        path = os.fsdecode(name)
        (copy / path).unlink(missing_ok=True)
        if (source / path).exists():
            shutil.copyfile(source / path, copy / path)


def _apply(patch: Path, copy: Path) -> None:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    # Not as a part of a repository that the copy may lie in, nor as the user likes patches.
    alone = {
        "GIT_CEILING_DIRECTORIES": str(copy.parent.resolve()),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    _said(("git", "apply", "-p1", str(patch.resolve())), copy, kept | alone, inside=True)


def _said(
    command: tuple[str, ...],
    place: Path,
    environment: dict[str, str] | None = None,
    *,
    inside: bool = False,
) -> None:
    """Run a command; EnvironmentFailure with its last words when it fails."""
    done = subprocess.run(
        command,
        cwd=place if inside else None,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = lines[-1] if lines else f"status {done.returncode}"
        raise EnvironmentFailure(f"{command[0]} fails: {said[:300]}", where=str(place))
