"""How kernel releases become a git history: one tagged commit a release, in version order.

The blobs of all releases go through one ``git fast-import`` into a repository
on the side.  Only when every release has been read to its end, and agrees with
what is there, do its packs move over and the references change, in one
transaction: a failure at any point leaves the repository as it was.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.fast_import import StagedRelease, stage_releases
from kanalyze.history.import_paths import is_needed, is_storable
from kanalyze.history.kernel_version import KernelVersion, parse_tag
from kanalyze.history.plumbing import Repository

_BRANCH = "refs/heads/releases"
_MARK = "kanalyze.releases"  # the key in a repository's config that says it is ours
_NAME, _EMAIL = "kanalyze", "kanalyze@localhost"
#: Who is the author of a release as a whole.
AUTHOR = f"{_NAME} <{_EMAIL}>"

#: Told which source is being read, how many bytes of it are, and how many it has (0: unknown).
ImportProgress = Callable[[Path, int, int], None]


@dataclass(frozen=True)
class ImportedRelease:
    """One release that an import was asked for, as it is now in the repository.

    ``new`` is False when the repository had it already.
    """

    tag: str
    commit: str
    tree: str
    files: int
    source: str
    new: bool


@dataclass(frozen=True)
class _Release:
    """What a commit of the chain is made from."""

    version: KernelVersion
    tree: str
    date: int


def import_releases(
    sources: Sequence[Path],
    into: Path,
    *,
    everything: bool = False,
    progress: ImportProgress = lambda source, done, total: None,
) -> tuple[ImportedRelease, ...]:
    """Import kernel tarballs or unpacked directories into the bare repository ``into``.

    Only paths that scanning and selftests need, unless ``everything``.  A
    release that is there already is left alone; one that is older than others
    takes its place among them, and the commits after it are made anew over
    their trees.  The same releases give the same commits, whatever the order.

    Raises InputError for a source that is no sound kernel release, for another
    tree under a tag that exists and for a repository that is not an import's;
    EnvironmentFailure when the machine fails.  Nothing has changed then.
    """
    into = into.absolute()
    exists = _is_ours(into)
    with _staging(into, exists) as stage:
        staged = stage_releases(stage, sources, is_storable if everything else is_needed, progress)
        known = _known_releases(Repository(into)) if exists else {}
        chain = _merge(known, staged, into)
        target = Repository(into) if exists else stage
        if exists:
            _move_packs(stage.path, into)
        commits = _write_chain(target, chain, staged)
        if not exists:
            stage.path.rename(into)
    return tuple(
        ImportedRelease(
            tag=release.version.tag,
            commit=commits[release.version.tag],
            tree=release.tree,
            files=release.files,
            source=str(release.source),
            new=release.version.tag not in known,
        )
        for release in staged
    )


def _is_ours(into: Path) -> bool:
    """Return whether ``into`` is a repository that an import made; False when it is free.

    Raises InputError when something else is there, or nobody can tell.
    """
    try:
        if not os.path.lexists(into) or into.is_dir() and not any(into.iterdir()):
            return False
        if (into / "config").is_file() and Repository(into).config(_MARK) == "1":
            return True
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(into)) from error
    raise InputError(
        "exists and is no repository that `kanalyze import` made",
        where=str(into),
        hint="name another place with --into",
    )


@contextmanager
def _staging(into: Path, exists: bool) -> Iterator[Repository]:
    """Make an empty repository on the file system of ``into``, and remove it in the end."""
    holder: Path | None = None
    try:
        # inside a repository that exists; else beside the place where it will be
        parent = into if exists else into.parent
        holder = Path(tempfile.mkdtemp(prefix=f".{into.name}.import-", dir=parent))
        stage = Repository.create(holder / "repository", branch=_BRANCH, name=str(into))
        stage.set_config(_MARK, "1")
        if exists:
            borrowed = stage.path / "objects/info/alternates"
            borrowed.write_text("../../../objects\n", encoding="ascii")
        yield stage
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(into)) from error
    finally:
        if holder is not None:
            shutil.rmtree(holder, ignore_errors=True)


def _known_releases(repository: Repository) -> dict[str, _Release]:
    """Return the releases in ``repository`` by tag; InputError when its branch holds more."""
    fields = "%(refname:strip=2) %(*objectname) %(*tree) %(*authordate:unix)"
    known: dict[str, _Release] = {}
    commits: set[str] = set()
    listing = repository.run(
        "for-each-ref", f"--merged={_BRANCH}", f"--format={fields}", "refs/tags"
    )
    for line in listing.splitlines():
        tag, *rest = line.split(" ")
        version = parse_tag(tag)
        if version is not None and all(rest):  # all of ours are tag objects, with all fields
            commit, tree, date = rest
            known[tag] = _Release(version, tree, int(date))
            commits.add(commit)
    foreign = set(repository.run("rev-list", _BRANCH).split()) - commits
    if foreign:
        raise InputError(
            f"branch releases holds {min(foreign)}, which is no imported release",
            where=str(repository.path),
            hint="import into a fresh repository",
        )
    return known


def _merge(
    known: dict[str, _Release], staged: Sequence[StagedRelease], into: Path
) -> list[_Release]:
    """Return all releases in version order; InputError when two disagree about a tag."""
    releases = dict(known)
    origin = dict.fromkeys(known, str(into))
    for new in staged:
        tag = new.version.tag
        old = releases.setdefault(tag, _Release(new.version, new.tree, new.date))
        if old.tree != new.tree:
            raise InputError(
                f"{tag} is tree {new.tree[:12]} here and tree {old.tree[:12]} in {origin[tag]}",
                where=str(new.source),
                hint="import it into another repository; --all and not --all do not mix either",
            )
        origin.setdefault(tag, str(new.source))
    return sorted(releases.values(), key=lambda release: release.version.order)


def _move_packs(stage: Path, into: Path) -> None:
    """Move what fast-import packed; nothing refers to it yet.

    The index goes last: git takes a pack for complete when it sees the index.
    """
    packs = sorted((stage / "objects/pack").iterdir(), key=lambda path: path.suffix == ".idx")
    for path in packs:
        path.rename(into / "objects/pack" / path.name)


def _write_chain(
    target: Repository, chain: Sequence[_Release], staged: Sequence[StagedRelease]
) -> dict[str, str]:
    """Commit and tag every release on the one before it; return the commits by tag.

    What was there comes out with the same id, as long as nothing older is new:
    a commit is made from its version, tree, date and parent alone.
    """
    commits: dict[str, str] = {}
    updates: list[str] = []
    parent, latest = "", 0
    for release in chain:
        tag = release.version.tag
        # An older series may have the newer release, but git's walks by date
        # want no parent younger than its child.
        latest = max(latest, release.date)
        parent = _commit(target, release, parent, latest)
        commits[tag] = parent
        name = f"object {parent}\ntype commit\ntag {tag}\ntagger {_NAME} <{_EMAIL}> {latest} +0000"
        tag_id = target.run("mktag", stdin=f"{name}\n\n{_title(release)}\n").strip()
        updates.append(f"update refs/tags/{tag} {tag_id} {target.resolve(f'refs/tags/{tag}')}")
    updates.append(f"update {_BRANCH} {parent} {target.resolve(_BRANCH)}")
    scratch = {release.ref for release in staged if target.resolve(release.ref).strip("0")}
    updates += [f"delete {ref}" for ref in sorted(scratch)]
    target.run("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in updates))
    return commits


def _commit(target: Repository, release: _Release, parent: str, committed: int) -> str:
    identity = {
        f"GIT_{who}_{what}": value
        for who, date in (("AUTHOR", release.date), ("COMMITTER", committed))
        for what, value in (("NAME", _NAME), ("EMAIL", _EMAIL), ("DATE", f"{date} +0000"))
    }
    parents = ("-p", parent) if parent else ()
    arguments = ("commit-tree", release.tree, *parents, "-m", _title(release))
    return target.run(*arguments, environment=identity).strip()


def _title(release: _Release) -> str:
    return f"Linux {release.version.tag[1:]}"
