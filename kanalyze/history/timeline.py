"""Events over a history, computed once and carried on where they stopped.

What a scan says must not depend on what was scanned before.  So a finished walk
is carried on only where the walk of the whole would have come by it, and where
the new commits bring no derived signal that the old ones did not know; in all
other cases the events are made anew, from facts that are there already.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import msgspec

from kanalyze.history import codec
from kanalyze.history.blobs import UnreadableBlob
from kanalyze.history.events import events_of
from kanalyze.history.gather import Gatherer, Groups, Places, Signals
from kanalyze.history.git import GitTree
from kanalyze.history.look import reading
from kanalyze.history.merges import Merger
from kanalyze.history.model import Event
from kanalyze.history.paths import pathspec
from kanalyze.history.releases import FirstReleases, first_releases
from kanalyze.history.runner import BlobId, CommitId
from kanalyze.history.store import Store
from kanalyze.history.things import Versions
from kanalyze.history.walk import CommitChange, walk
from kanalyze.progress import Progress, Silent
from kanalyze.source.rules import Rules
from kanalyze.source.version import events_version

# So many earlier walks are looked at for one that can be carried on.
_EARLIER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What a finished walk was made with, and where its history is cut."""

    derived: dict[str, tuple[str, ...]]
    truths: tuple[str, ...]
    releases: FirstReleases | None
    notes: tuple[str, ...]

    def signals(self) -> Signals:
        """Return the derived signals with which the events were made."""
        return Signals(
            derived={name: frozenset(groups) for name, groups in self.derived.items()},
            truths=frozenset(self.truths),
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """A finished walk: its tip, commits newest first, and state.

    ``fresh`` has the events of the commits that were walked just now.
    """

    tip: CommitId
    commits: bytes
    state: _State
    fresh: Mapping[bytes, Sequence[Event]]


class Timeline:
    """The events of one set of paths in one repository."""

    def __init__(
        self,
        tree: GitTree,
        store: Store,
        gatherer: Gatherer,
        rules: Rules,
        paths: Sequence[str],
        progress: Progress | None,
    ) -> None:
        self._tree = tree
        self._store = store
        self._gatherer = gatherer
        self._rules = rules
        self._paths = paths
        self._progress = progress or Silent()
        self._merger = Merger(tree, store, gatherer)
        cut = [*sorted(paths), "", *sorted(tree.shallow), str(gatherer.max_bytes)]
        scope = [events_version(), *cut]
        self._scope = _digest("\0".join(scope).encode("utf-8", "surrogateescape"))
        self.notes: list[str] = []

    def between(self, old: CommitId, new: CommitId, derived: Mapping[str, Groups]) -> list[Event]:
        """Return the events of the commits in ``old..new``, oldest first."""
        return self.events_in(self.walked(new, old), new, derived)

    def events_in(
        self, commits: Sequence[CommitChange], new: CommitId, derived: Mapping[str, Groups]
    ) -> list[Event]:
        """Return the events of commits of ``new``, which come newest first; these, oldest first."""
        found = self._places(commits)
        signals = self._gatherer.signals(found.names(), _tip_signals(derived))
        events = self._compute(commits, found, signals)
        ordered = [one for commit in reversed(commits) for one in events[commit.commit]]
        self.notes.extend(self._cut_off(commits))
        return self._released(ordered, self._releases(new, commits, None))

    def up_to(self, tip: CommitId, derived: Mapping[str, Groups]) -> list[Event]:
        """Return the events of the whole history of ``tip``, oldest first."""
        known = self._known(tip)
        if known is None or known.tip != tip:
            seed = _tip_signals(derived)
            known = (known and self._from(tip, known, seed)) or self._from(tip, None, seed)
            assert known is not None
        else:
            self.notes.extend(known.state.notes)
        stored = self._store.events(self._events_scope(known.state))
        size = len(tip) // 2
        ids = [known.commits[at : at + size] for at in range(0, len(known.commits), size)]
        decode = codec.Decoder(list[Event]).decode
        events: list[Event] = []
        for one in reversed(ids):
            events.extend(known.fresh.get(one) or (decode(stored[one]) if one in stored else ()))
        return self._released(events, known.state.releases)

    # ---------------------------------------------------------- earlier walks

    def _known(self, tip: CommitId) -> _Known | None:
        """Return an earlier walk that ended at ``tip``, or where one to ``tip`` comes by."""
        for earlier in [tip, *self._store.tips(self._scope)[:_EARLIER]]:
            found = self._store.walk(self._scope, earlier)
            if found and (earlier == tip or self._comes_by(tip, earlier)):
                state = codec.Decoder(_State).decode(found[1])
                return _Known(CommitId(earlier), found[0], state, {})
        return None

    def _comes_by(self, tip: str, earlier: str) -> bool:
        """Say whether a walk from ``tip`` goes through ``earlier`` and all that it went through.

        git follows a merge down the side that a file was taken from, and no
        other: being an ancestor is not enough where there are merges.
        """
        git = self._tree.git
        if git.run("merge-base", "--is-ancestor", earlier, tip).status:
            return False
        since = ("--end-of-options", tip, f"^{earlier}")
        if not git.output("rev-list", "--merges", "--max-count=1", *since):
            return True
        paths = [pathspec(path) for path in self._paths]
        walked = git.output("rev-list", "--parents", "--boundary", *since, "--", *paths)
        if walked:  # lines with "-" are where the walk met what ``earlier`` has
            return b"-" + earlier.encode() in (one.split(b" ")[0] for one in walked.splitlines())
        changed = git.run("diff-tree", "--quiet", "--end-of-options", earlier, tip, "--", *paths)
        return changed.status == 0

    def _events_scope(self, state: _State) -> bytes:
        """Return under what the events are kept that were made with these signals."""
        return _digest(self._scope + msgspec.json.encode(sorted(state.derived.items())))

    # ---------------------------------------------------------------- walking

    def _from(self, tip: CommitId, known: _Known | None, seed: Signals) -> _Known | None:
        """Walk to ``tip``, only what ``known`` has not seen; None if that does not do."""
        earlier = known.state.signals() if known else seed
        if not earlier.names(seed.derived):
            return None
        commits = self.walked(tip, known.tip if known else None)
        found = self._places(commits)
        signals = self._gatherer.signals(found.names(), earlier)
        if known and not earlier.covers(signals):
            return None
        notes = self._cut_off(commits)
        # Releases are git's work and comparing is ours: side by side.
        with ThreadPoolExecutor(1) as aside:
            asked = aside.submit(
                self._releases, tip, commits, known.state.releases if known else None
            )
            events = self._compute(commits, found, signals)
            releases = asked.result()
        state = _State(
            derived={name: tuple(sorted(groups)) for name, groups in signals.derived.items()},
            truths=tuple(sorted(signals.truths)),
            releases=releases,
            notes=tuple(dict.fromkeys([*notes, *(known.state.notes if known else ())])),
        )
        self.notes[:0] = state.notes
        fresh = {bytes.fromhex(commit): done for commit, done in events.items()}
        ids = b"".join(fresh) + (known.commits if known else b"")
        walked = _Known(tip, ids, state, fresh)
        # What was missing may be there the next time.
        if not any(one.missing for one in self._gatherer.unread.values()):
            self._keep(walked)
        return walked

    def _keep(self, walked: _Known) -> None:
        releases = walked.state.releases
        rows = [
            (commit, codec.encode(self._released(done, releases)))
            for commit, done in walked.fresh.items()
            if done
        ]
        self._store.add_walk(
            self._scope,
            walked.tip,
            (walked.commits, codec.encode(walked.state)),
            (self._events_scope(walked.state), rows),
        )

    def walked(self, new: CommitId, old: CommitId | None) -> list[CommitChange]:
        """Return the commits of ``new``, not of ``old``, that changed the paths, newest first."""
        self._progress.stage("walking commits", None)
        commits: list[CommitChange] = []
        for change in walk(self._tree, new, self._paths, old):
            self._progress.step()
            for one in change.changes:
                for blob in (*one.old_blobs, one.new_blob):
                    if blob:
                        self._gatherer.announce(blob, one.path)
            commits.append(change)
        return commits

    def _cut_off(self, commits: Iterable[CommitChange]) -> list[str]:
        """Return a sentence on each thing that keeps the events from being complete."""
        cut = [one.commit[:12] for one in commits if one.boundary]
        more = f" and {len(cut) - 1} more" if len(cut) > 1 else ""
        notes = [f"the history is shallow: nothing is known before {cut[0]}{more}"] if cut else []
        unread = sorted(self._gatherer.unread.values(), key=lambda one: (one.path, one.blob))
        counts = Counter((one.path, one.missing) for one in unread)
        for one in unread:
            count = counts.pop((one.path, one.missing), 0)
            if count == 1:
                notes.append(f"{one.path} {one.blob[:12]}: {one.why}")
            elif count:
                notes.append(f"{one.path}: {count} versions cannot be read, one because {one.why}")
        return notes

    def _releases(
        self, tip: CommitId, commits: Iterable[CommitChange], known: FirstReleases | None
    ) -> FirstReleases | None:
        try:
            return first_releases(self._tree, tip, [c.commit for c in commits], known)
        except UnreadableBlob as error:
            self.notes.append(f"releases unknown: {error.what}")
            return None

    @staticmethod
    def _released(events: Iterable[Event], releases: FirstReleases | None) -> list[Event]:
        """Give events their releases; those of a stored history mostly have them already."""
        first = releases.first if releases else {}
        return [
            event if event.release == release else replace(event, release=release)
            for event in events
            for release in (first.get(CommitId(event.commit)) or "",)
        ]

    # -------------------------------------------------------------- computing

    def _places(self, commits: Iterable[CommitChange]) -> Places:
        blobs: dict[BlobId, str] = {}
        for commit in commits:
            for change in commit.changes:
                for blob in (*change.old_blobs, change.new_blob):
                    if blob:
                        blobs.setdefault(blob, change.path)
        return self._gatherer.places(blobs)

    def _compute(
        self, commits: Sequence[CommitChange], found: Places, signals: Signals
    ) -> dict[str, list[Event]]:
        """Return commit -> events.

        A name that is a derived signal in any version counts as one in all, so
        that a helper which becomes one does not make events of its callers.
        """
        facts = self._gatherer.facts(found.names(), signals.derived)
        versions = Versions(
            places=found.of,
            known=found.known,
            reading=reading(facts, self._store, self._rules),
            is_clean=self._merger.is_clean,
        )
        self._progress.stage("comparing versions", len(commits))
        events: dict[str, list[Event]] = {}
        for commit in commits:
            events[commit.commit] = events_of(commit, versions)
            self._progress.step()
        return events


def _tip_signals(derived: Mapping[str, Groups]) -> Signals:
    """Return what is known of the signals of the files that were read."""
    return Signals(derived=derived, truths=frozenset())


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
