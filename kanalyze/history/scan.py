"""``scan``: the sites and sections of a revision, and their events over its history."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from kanalyze.config import Config
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history import codec
from kanalyze.history.assemble import health_of, sections_of, sites_of, unique
from kanalyze.history.gather import Gatherer, Groups
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.model import (
    DerivedSignal,
    Event,
    HealthRecord,
    Revision,
    Scan,
    SectionRecord,
    SiteRecord,
)
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import BlobId, CommitId
from kanalyze.history.snapshot import files_of, none_of_the_files, revision_of
from kanalyze.history.store import Store
from kanalyze.history.timeline import Timeline
from kanalyze.history.workers import workers
from kanalyze.progress import Progress, Silent
from kanalyze.source.derived import ACTS
from kanalyze.source.version import analyser_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What to scan, and with what.

    ``range`` is ``A..B``: events of those commits only.  Without one the whole
    history up to ``revision`` is walked, unless ``history`` is False.
    ``files`` replaces the configured default files.  ``db`` is the fact store
    (None: the one in the user's cache directory); ``jobs`` the number of
    workers (0: one a processor).
    """

    tree: str
    config: Config
    revision: str = "HEAD"
    range: str = ""
    history: bool = True
    files: tuple[str, ...] = ()
    all_files: bool = False
    db: Path | None = None
    jobs: int = 0
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a set of files holds; kept in the store as one."""

    sites: tuple[SiteRecord, ...]
    sections: tuple[SectionRecord, ...]
    health: tuple[HealthRecord, ...]
    derived: tuple[DerivedSignal, ...]


def scan(request: ScanRequest) -> Scan:
    """Return what a tree holds, and what happened to it.

    Raises InputError for a tree, revision, range or file that cannot be used,
    EnvironmentFailure when git, the disk or a worker fails.
    """
    tree = open_tree(request.tree)
    analysis = f"{analyser_version()}-{request.config.rules.hash}"
    with Store(request.db, analysis) as store, workers(request.jobs) as executor:
        return _Scanner(request, tree, store, executor).run()


class _Scanner:
    """One scan."""

    def __init__(
        self,
        request: ScanRequest,
        tree: GitTree | PlainTree,
        store: Store,
        executor: Callable[[], Executor],
    ) -> None:
        self._request = request
        self._rules = request.config.rules
        self._tree = tree
        self._store = store
        self._executor = executor
        self._notes: list[str] = []
        self._gatherer = Gatherer(
            tree,
            store,
            self._rules,
            executor,
            request.progress or Silent(),
            request.config.files.max_bytes,
        )

    def run(self) -> Scan:
        request = self._request
        revision = self._revision()
        files = self._files(revision)
        found = self._found(files)
        if request.all_files:
            found, files = self._all_files(revision, files, found)
        events: tuple[Event, ...] = ()
        if isinstance(self._tree, GitTree):
            events = self._events(self._tree, revision, found)
        elif request.range:
            raise InputError("a plain directory has no history, so no range", where=request.tree)
        else:
            self._notes.append("a plain directory: no history, so no events")
        return Scan(
            tree=request.tree,
            revision=revision,
            files=tuple(files),
            sites=found.sites,
            sections=found.sections,
            derived=found.derived,
            health=found.health,
            events=events,
            notes=tuple(self._notes),
            range=request.range,
        )

    # --------------------------------------------------------------- revision

    def _revision(self) -> Revision:
        request = self._request
        if isinstance(self._tree, GitTree) and request.revision == "HEAD" and request.range:
            return revision_of(self._tree, self._tree.parse_range(request.range).new)
        return revision_of(self._tree, request.revision)

    def _paths(self) -> tuple[str, ...]:
        return self._request.files or tuple(self._request.config.files.default)

    def _files(self, revision: Revision) -> dict[str, BlobId]:
        """Return path -> blob of the files to read, in the order of the configuration."""
        files = files_of(self._tree, revision, self._paths())
        missing = [path for path in self._request.files if path not in files]
        if missing:
            raise InputError("no such file in this revision", where=", ".join(missing))
        if not files:
            raise none_of_the_files(self._request.tree)
        return files

    def _found(self, files: Mapping[str, BlobId]) -> _Found:
        """Return what a set of files holds, from the store if they were read before."""
        plain = [list(files.items()), self._gatherer.max_bytes]
        key = hashlib.blake2b(codec.encode(plain), digest_size=16).digest()
        known = self._store.revision(key)
        if known is not None:
            return codec.Decoder(_Found).decode(known)
        found = self._look(files)
        missing = [one for one in self._gatherer.unread.values() if one.missing]
        if len(missing) == len(set(files.values())):
            raise EnvironmentFailure(missing[0].why, where=self._request.tree, hint=missing[0].hint)
        if not missing:  # the next time it may be there
            self._store.add_revision(key, codec.encode(found))
        return found

    def _look(self, files: Mapping[str, BlobId]) -> _Found:
        """Analyse a set of files."""
        places = self._gatherer.places({blob: path for path, blob in files.items()})
        names = places.names()
        derived = self._gatherer.signals(names).derived
        facts = self._gatherer.facts(names, derived)
        sites: list[SiteRecord] = []
        sections: list[SectionRecord] = []
        health: list[HealthRecord] = []
        for path, blob in files.items():
            unread = self._gatherer.unread.get(blob)
            if unread:
                health.append(HealthRecord(file=path, function="", line=0, problem=unread.why))
            for place in places.of(blob):
                known = facts.get(place.key)
                if known:
                    sites.extend(sites_of(path, place, known, self._rules.roles))
                    sections.extend(sections_of(path, place, known))
                    health.extend(health_of(path, place, known))
        return _Found(
            sites=tuple(unique(sites)),
            sections=tuple(unique(sections)),
            health=tuple(health),
            derived=_signals(derived),
        )

    def _all_files(
        self, revision: Revision, files: dict[str, BlobId], found: _Found
    ) -> tuple[_Found, dict[str, BlobId]]:
        """Add what the rest of the tree holds; the files are then those that were parsed."""
        # Only here: nothing else needs the search library.
        from kanalyze.history.sweep import sweep

        endings = tuple(self._request.config.files.extensions)
        others: dict[str, BlobId] | Iterator[str]
        if isinstance(self._tree, GitTree):
            listed = self._tree.ls(CommitId(revision.commit))
            others = {p: b for p, b in listed.items() if p.endswith(endings) and p not in files}
        else:
            others = (path for path in self._tree.files(endings) if path not in files)
        # A call that leads to a fault is of interest where faults are handled.
        derived = {
            one.name: frozenset(one.groups) - ACTS
            for one in found.derived
            if frozenset(one.groups) - ACTS
        }
        swept = sorted(
            sweep(
                self._tree,
                others,
                self._rules,
                derived,
                self._request.config.files.max_bytes,
                self._executor,
                self._request.progress or Silent(),
            ),
            key=lambda one: one.files,
        )
        more = {path: BlobId("") for one in swept for path in one.files}
        return _Found(
            sites=tuple(unique([*found.sites, *(s for one in swept for s in one.sites)])),
            sections=tuple(unique([*found.sections, *(s for one in swept for s in one.sections)])),
            health=(*found.health, *(h for one in swept for h in one.health)),
            derived=found.derived,
        ), {**files, **more}

    # ----------------------------------------------------------------- events

    def _events(self, tree: GitTree, revision: Revision, found: _Found) -> tuple[Event, ...]:
        request = self._request
        if not request.range and not request.history:
            return ()
        timeline = Timeline(
            tree, self._store, self._gatherer, self._rules, self._paths(), request.progress
        )
        derived = {one.name: frozenset(one.groups) for one in found.derived}
        if request.range:
            limits = tree.parse_range(request.range)
            events = timeline.between(limits.old, limits.new, derived)
        else:
            events = timeline.up_to(CommitId(revision.commit), derived)
        self._notes.extend(timeline.notes)
        return tuple(events)


def _signals(derived: Mapping[str, Groups]) -> tuple[DerivedSignal, ...]:
    return tuple(
        DerivedSignal(name=name, groups=tuple(sorted(groups)))
        for name, groups in sorted(derived.items())
    )
