"""A repository's revisions, checked out one after the other in one place.

git then writes what differs from the revision before and nothing else, and make,
which has its objects beside, compiles no more than that asks for.  The
repository's own index and working tree are not looked at.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab import git
from kanalyze.lab.alone import alone
from kanalyze.places import user_cache_dir
from kanalyze.progress import Progress

# A file that is there while the place holds one revision, and nothing of another.
_WHOLE = "whole"
# What a repository may be set to, and would keep files from being all there, or write to it.
_AS_IT_IS = (
    *("-c", "core.sparseCheckout=false"),
    *("-c", "core.splitIndex=false"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A revision's files in ``directory``; what is built of them is kept in ``objects``."""

    directory: Path
    objects: Path


@contextmanager
def checked_out(
    repository: str, tree: str, variant: tuple[str, str], progress: Progress
) -> Iterator[Checkout]:
    """Give the tree ``tree`` of a repository for the block, in which nobody else has it.

    ``variant`` is how it is going to be built: a name, and a digest of all that
    matters.  Objects are kept for each name, as long as the digest is the same.

    Raises InputError when git cannot read the repository, EnvironmentFailure when
    it is missing or the disk fails.
    """
    common = git.ask(repository, "rev-parse", "--path-format=absolute", "--git-common-dir")
    place = user_cache_dir() / "checkouts" / _name(Path(common).resolve())
    with alone(place):
        progress.stage("checking out the source", None)
        try:
            _switch(place, common, tree)
            objects = _objects(place, *variant)
        except OSError as error:
            where = str(error.filename or place)
            raise EnvironmentFailure(error.strerror or str(error), where=where) from error
        yield Checkout(place / "source", objects)


def _name(common: Path) -> str:
    top = common.parent if common.name == ".git" else common
    return f"{top.name}-{hashlib.sha256(os.fsencode(common)).hexdigest()[:16]}"


def _switch(place: Path, common: str, tree: str) -> None:
    """Make the source in ``place`` that of ``tree``; anew, if the last time came to no end."""
    source, index, whole = (place / name for name in ("source", "index", _WHOLE))
    if not whole.exists():
        shutil.rmtree(source, ignore_errors=True)
        for path in (index, index.with_suffix(".lock")):
            path.unlink(missing_ok=True)
    source.mkdir(exist_ok=True)
    whole.unlink(missing_ok=True)
    command = (*_AS_IT_IS, f"--git-dir={common}", f"--work-tree={source}")
    git.ask(common, *command, "read-tree", "--reset", "-u", tree, index=str(index))
    whole.touch()


def _objects(place: Path, name: str, digest: str) -> Path:
    """Return where objects are kept, without those that nothing can be made of any more."""
    objects = place / f"{name}-{digest}"
    for path in place.glob(f"{name}-*"):
        if path != objects:
            shutil.rmtree(path)
    objects.mkdir(exist_ok=True)
    return objects
