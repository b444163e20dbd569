"""Events over a history, computed once and carried on where they stopped."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import msgspec

from kanalyze.history.assemble import sections_of, sites_of
from kanalyze.history.blobs import UnreadableBlob
from kanalyze.history.events import events_of
from kanalyze.history.gather import Gatherer, Groups, Place
from kanalyze.history.git import GitTree
from kanalyze.history.model import Event
from kanalyze.history.releases import FirstReleases, first_releases
from kanalyze.history.runner import BlobId, CommitId
from kanalyze.history.store import Store
from kanalyze.history.things import Thing, things
from kanalyze.history.walk import CommitChange, walk
from kanalyze.progress import Progress, Silent
from kanalyze.source.model import FunctionFacts
from kanalyze.source.rules import RoleRules, Rules

# So many earlier walks are looked at for one that can be carried on.
_EARLIER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What a finished walk was made with, and where its history is cut."""

    derived: dict[str, tuple[str, ...]]
    releases: FirstReleases | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """An earlier walk, read back: its tip, commits newest first, and state."""

    tip: CommitId
    commits: bytes
    state: _State


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
        cut = "\0".join([*sorted(paths), "", *sorted(tree.shallow)])
        self._scope = hashlib.blake2b(
            cut.encode("utf-8", "surrogateescape"), digest_size=16
        ).digest()
        self.notes: list[str] = []

    def between(self, old: CommitId, new: CommitId, derived: Mapping[str, Groups]) -> list[Event]:
        """Return the events of the commits in ``old..new``, oldest first."""
        commits = self._walk(new, old)
        _, events = self._compute(commits, derived)
        ordered = [one for commit in reversed(commits) for one in events[commit.commit]]
        return self._released(ordered, self._releases(new, commits, None))

    def up_to(self, tip: CommitId, derived: Mapping[str, Groups]) -> list[Event]:
        """Return the events of the whole history of ``tip``, oldest first."""
        known = self._known(tip)
        if known is None or known.tip != tip:
            known = self._carry_on(tip, known, derived)
        self.notes.extend(known.state.notes)
        stored = self._store.events(self._scope)
        size = len(tip) // 2
        ids = [known.commits[at : at + size] for at in range(0, len(known.commits), size)]
        decode = msgspec.msgpack.Decoder(list[Event]).decode
        events = [event for one in reversed(ids) if one in stored for event in decode(stored[one])]
        return self._released(events, known.state.releases)

    # ---------------------------------------------------------------- walking

    def _known(self, tip: CommitId) -> _Known | None:
        """Return an earlier walk that ended at ``tip`` or at an ancestor of it."""
        for earlier in [tip, *self._store.tips(self._scope)[:_EARLIER]]:
            found = self._store.walk(self._scope, earlier)
            if found and (earlier == tip or self._is_ancestor(earlier, tip)):
                state = msgspec.msgpack.decode(found[1], type=_State)
                return _Known(CommitId(earlier), found[0], state)
        return None

    def _is_ancestor(self, one: str, other: str) -> bool:
        return self._tree.git.run("merge-base", "--is-ancestor", one, other).status == 0

    def _carry_on(
        self, tip: CommitId, known: _Known | None, derived: Mapping[str, Groups]
    ) -> _Known:
        """Walk what an earlier walk has not seen; all of it when the signals grew."""
        if known:
            signals = {name: frozenset(groups) for name, groups in known.state.derived.items()}
            if not _within(derived, signals):
                known = None
        old = known.tip if known else None
        notes = self.notes
        commits = self._walk(tip, old)
        fresh, self.notes = self.notes, notes[:0]
        seed = {**derived, **signals} if known else dict(derived)
        # Releases are git's work and comparing is ours: side by side.
        with ThreadPoolExecutor(1) as aside:
            earlier = known.state.releases if known else None
            asked = aside.submit(self._releases, tip, commits, earlier)
            signals_now, events = self._compute(commits, seed, complete=known is None)
            releases = asked.result()
        state = _State(
            derived={name: tuple(sorted(groups)) for name, groups in signals_now.items()},
            releases=releases,
            notes=tuple(dict.fromkeys([*fresh, *(known.state.notes if known else ())])),
        )
        ids = b"".join(bytes.fromhex(commit.commit) for commit in commits)
        ids += known.commits if known else b""
        encode = msgspec.msgpack.encode
        rows = [(bytes.fromhex(commit), encode(found)) for commit, found in events.items() if found]
        self._store.add_walk(self._scope, tip, ids, encode(state), rows)
        return _Known(tip, ids, state)

    def _walk(self, new: CommitId, old: CommitId | None) -> list[CommitChange]:
        self._progress.stage("walking commits", None)
        commits: list[CommitChange] = []
        for change in walk(self._tree, new, self._paths, old):
            self._progress.step()
            for one in change.changes:
                for blob in (*one.old_blobs, one.new_blob):
                    if blob:
                        self._gatherer.announce(blob, one.path)
            if change.boundary:
                self.notes.append(
                    f"the history is shallow: nothing is known before {change.commit[:12]}"
                )
            commits.append(change)
        return commits

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
        first = releases.first if releases else {}
        return [replace(event, release=first.get(CommitId(event.commit)) or "") for event in events]

    # -------------------------------------------------------------- computing

    def _compute(
        self,
        commits: Sequence[CommitChange],
        seed: Mapping[str, Groups],
        *,
        complete: bool = True,
    ) -> tuple[dict[str, Groups], dict[str, list[Event]]]:
        """Return the derived signals that were used, and commit -> events.

        A name that is a derived signal in any version counts as one in all, so
        that a helper which becomes one does not make events of its callers.
        """
        blobs: dict[BlobId, str] = {}
        for commit in commits:
            for change in commit.changes:
                for blob in (*change.old_blobs, change.new_blob):
                    if blob:
                        blobs.setdefault(blob, change.path)
        places = self._gatherer.places(blobs)
        for one in self._gatherer.unread.values():
            self.notes.append(f"{one.path} {one.blob[:12]}: {one.why}")
        names = places.names()
        own = self._gatherer.derived(names)
        derived = dict(seed)
        if complete:
            for name, groups in own.items():
                derived[name] = derived.get(name, frozenset()) | groups
        facts = self._gatherer.facts(names, derived)
        look = _Look(facts, self._rules.roles)
        self._progress.stage("comparing versions", len(commits))
        events: dict[str, list[Event]] = {}
        for commit in commits:
            events[commit.commit] = events_of(commit, places.of, look.things)
            self._progress.step()
        return derived, events


class _Look:
    """Gives the things of a function; each is made once."""

    def __init__(self, facts: Mapping[bytes, FunctionFacts], roles: RoleRules) -> None:
        self._facts = facts
        self._roles = roles
        self._made: dict[tuple[str, str, bytes], list[Thing]] = {}

    def things(self, path: str, place: Place) -> Sequence[Thing]:
        facts = self._facts.get(place.key)
        if facts is None:
            return ()
        key = (path, place.name, place.key)
        made = self._made.get(key)
        if made is None:
            made = things(
                sites_of(path, place, facts, self._roles), sections_of(path, place, facts)
            )
            self._made[key] = made
        return made


def _within(some: Mapping[str, Groups], all_: Mapping[str, Groups]) -> bool:
    return all(groups <= all_.get(name, frozenset()) for name, groups in some.items())
