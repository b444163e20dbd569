"""From blobs to facts, each computed once, on as many workers as there are.

Three kinds of work are spread: cutting file versions into functions, finding
what functions' results rest on, and the full analysis.  Each is a plain
function of picklable arguments handed to an ``Executor``; what they return
goes into the store, and nothing is computed that the store has.
"""

import functools
import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from kanalyze.history import codec
from kanalyze.history.blobs import BlobTooLarge, UnreadableBlob
from kanalyze.history.git import GitTree
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import BlobId
from kanalyze.history.store import Store
from kanalyze.progress import Progress
from kanalyze.source.model import FunctionFacts, Summary
from kanalyze.source.rules import Rules

Groups = frozenset[str]
Result = TypeVar("Result")

# So much work goes to a worker at once: enough to outweigh the hand-over.
_BLOBS_AT_ONCE = 48
_FUNCTIONS_AT_ONCE = 40
# So many file versions are kept decoded; a walk comes back to one soon or never.
_RECENT = 128
# Less than this is done here: starting workers would take longer.
_WORTH_SPREADING = 60

_NO_ANSWER = codec.encode(Summary(result=""))
_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """A function in a file version: its content key and where it stands."""

    key: bytes
    name: str
    offset: int
    line: int
    config: tuple[str, ...]


class Places:
    """The functions of file versions, decoded when they are asked for.

    A history holds a quarter of a million of them, and few at a time are needed.
    """

    def __init__(self, encoded: Mapping[str, bytes]) -> None:
        self._encoded = encoded
        self._decode = codec.Decoder(list[Place]).decode
        self._recent = functools.lru_cache(maxsize=_RECENT)(self._decoded)
        self._names: dict[bytes, set[str]] | None = None

    def of(self, blob: BlobId) -> Sequence[Place]:
        """Return the functions of one file version; none if it could not be read."""
        return self._recent(blob)

    def known(self, blob: BlobId) -> bool:
        """Say whether a file version could be read."""
        return blob in self._encoded

    def names(self) -> dict[bytes, set[str]]:
        """Return every function once, by its key, with the names that it goes by."""
        if self._names is None:
            self._names = {}
            for data in self._encoded.values():
                for place in self._decode(data):
                    self._names.setdefault(place.key, set()).add(sys.intern(place.name))
        return self._names

    def _decoded(self, blob: BlobId) -> Sequence[Place]:
        data = self._encoded.get(blob)
        return self._decode(data) if data is not None else ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A file version that could not be read, and why, in a line."""

    blob: BlobId
    path: str
    why: str
    missing: bool
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """The derived signals among some functions; ``truths`` are the names that answer yes or no."""

    derived: Mapping[str, Groups]
    truths: frozenset[str]

    def covers(self, other: "Signals") -> bool:
        """Say whether functions with these signals come out alike with ``other`` added."""
        more = other.truths & self.derived.keys()
        return self.names(other.derived) and more <= self.truths

    def names(self, derived: Mapping[str, Groups]) -> bool:
        """Say whether ``derived`` are among these signals."""
        none: Groups = frozenset()
        return all(groups <= self.derived.get(name, none) for name, groups in derived.items())


@dataclass(frozen=True, slots=True)
class _Cut:
    """What cutting file versions gave: places by blob, and each new function once."""

    places: tuple[tuple[str, bytes], ...]
    functions: tuple[tuple[bytes, int, str, bytes], ...]
    unread: tuple[Unread, ...]


def function_key(text: bytes, body: int) -> bytes:
    """Return the content key of a function."""
    return hashlib.blake2b(b"%d\0" % body + text, digest_size=16).digest()


def cut(tree: GitTree | PlainTree, blobs: Sequence[tuple[BlobId, str]], max_bytes: int) -> _Cut:
    """Cut file versions into their functions; worker side.

    ``blobs`` are (id, path) pairs, best of one path: most of a file stays as
    it was from version to version, and is looked at once.
    """
    from kanalyze.source.lex import blank
    from kanalyze.source.pieces import PieceCache, functions

    cache = PieceCache()
    places: list[tuple[str, bytes]] = []
    found: dict[bytes, tuple[bytes, int, str, bytes]] = {}
    unread: list[Unread] = []
    with tree.blobs({path: blob for blob, path in blobs}, max_bytes) as reader:
        for blob, path in blobs:
            try:
                text = reader.read(blob)
            except (UnreadableBlob, BlobTooLarge) as error:
                missing = isinstance(error, UnreadableBlob)
                unread.append(Unread(blob, path, error.what, missing, error.hint))
                continue
            here: list[Place] = []
            for one in functions(text, cache):
                key = function_key(one.text, one.body)
                here.append(Place(key, one.name, one.offset, one.line, one.config))
                if key not in found:
                    calls = sorted(set(_CALL.findall(blank(one.text), one.body)))
                    names = b" ".join(calls).decode("ascii")
                    found[key] = (key, one.body, names, one.text)
            places.append((blob, codec.encode(here)))
    return _Cut(tuple(places), tuple(found.values()), tuple(unread))


def summarise(
    texts: Sequence[tuple[bytes, int, bytes]], rules: Rules
) -> list[tuple[bytes, bool, bytes]]:
    """Return key, does it hold a vocabulary name, and encoded summary; worker side."""
    from kanalyze.source.analyse import summary
    from kanalyze.source.lex import IDENTIFIER, blank

    done: list[tuple[bytes, bool, bytes]] = []
    for key, body, text in texts:
        names = {word.decode("ascii") for word in IDENTIFIER.findall(blank(text), body)}
        speaks = not rules.kinds.keys().isdisjoint(names)
        done.append((key, speaks, codec.encode(summary(text, body, rules))))
    return done


def analyse(
    work: Sequence[tuple[bytes, int, bytes, Mapping[str, Groups]]], rules: Rules
) -> list[tuple[bytes, bytes, bytes]]:
    """Return key, derived digest and encoded facts; worker side."""
    from kanalyze.source.analyse import facts

    return [
        (key, derived_digest(derived), codec.encode(facts(text, body, rules, derived)))
        for key, body, text, derived in work
    ]


def derived_digest(derived: Mapping[str, Groups]) -> bytes:
    """Return a digest of the derived signals that a function calls."""
    if not derived:
        return b""
    plain = sorted((name, sorted(groups)) for name, groups in derived.items())
    return hashlib.blake2b(msgspec.json.encode(plain), digest_size=8).digest()


class Gatherer:
    """Fills the store with what a scan needs, and reads it back."""

    def __init__(
        self,
        tree: GitTree | PlainTree,
        store: Store,
        rules: Rules,
        executor: Callable[[], Executor],
        progress: Progress,
        max_bytes: int,
    ) -> None:
        self._tree = tree
        self._store = store
        self._rules = rules
        self._executor = executor
        self._progress = progress
        self.max_bytes = max_bytes
        self.unread: dict[BlobId, Unread] = {}
        self._waiting: dict[str, list[BlobId]] = {}
        self._asked: set[BlobId] = set()
        self._cutting: list[Future[_Cut]] = []
        # Of functions that signals() has seen: what facts() asks about them again.
        self._speaks: dict[bytes, bool] = {}
        self._calls: dict[bytes, frozenset[str]] = {}

    # ------------------------------------------------------------------ blobs

    def announce(self, blob: BlobId, path: str) -> None:
        """Say that a file version will be wanted; enough of them are begun at once.

        So the commits that are still being walked and the files that they
        changed are read side by side.
        """
        if blob in self._asked:
            return
        self._asked.add(blob)
        waiting = self._waiting.setdefault(path, [])
        waiting.append(blob)
        if len(waiting) == _BLOBS_AT_ONCE:
            known = self._store.blobs(waiting)
            batch = [(one, path) for one in waiting if one not in known]
            if batch:
                work = self._executor().submit(cut, self._tree, batch, self.max_bytes)
                self._cutting.append(work)
            waiting.clear()

    def _announced(self) -> None:
        """Keep what came of the announcements."""
        for future in as_completed(self._cutting):
            self._keep(future.result())
        self._cutting.clear()
        self._waiting.clear()

    def _keep(self, done: _Cut) -> None:
        self._store.add_blobs(done.places, done.functions)
        self.unread.update((one.blob, one) for one in done.unread)

    def places(self, blobs: Mapping[BlobId, str]) -> "Places":
        """Return the functions of file versions, given as id -> path.

        One that cannot be read is left out and kept in ``unread``.
        """
        self._announced()
        known = self._store.blobs(blobs)
        by_path: dict[str, list[tuple[BlobId, str]]] = {}
        for blob, path in blobs.items():
            if blob not in known and blob not in self.unread:
                by_path.setdefault(path, []).append((blob, path))
        batches = [
            same[start : start + _BLOBS_AT_ONCE]
            for same in sorted(by_path.values(), key=len, reverse=True)
            for start in range(0, len(same), _BLOBS_AT_ONCE)
        ]
        new = sum(map(len, batches))
        if new:
            self._progress.stage("reading file versions", new)
        arguments = [(self._tree, batch, self.max_bytes) for batch in batches]
        for done in self._spread(cut, arguments, new * 10):
            self._keep(done)
            known.update(done.places)
            self._progress.step(len(done.places))
        return Places(known)

    # ---------------------------------------------------------- derived signals

    def signals(
        self, functions: Mapping[bytes, Iterable[str]], earlier: Signals | None = None
    ) -> Signals:
        """Return the derived signals among functions, given as key -> the names it has.

        ``earlier`` are those of other functions: they take part, and are kept.
        """
        from kanalyze.source.derived import Known, derive, truth_values

        known = self._store.summaries(functions)
        missing = [key for key in functions if key not in known]
        self._progress.stage("finding derived signals", len(missing))
        arguments = ((self._store.texts(batch), self._rules) for batch in _batches(missing))
        for done in self._spread(summarise, arguments, len(missing)):
            self._store.add_summaries(done)
            known.update((key, (speaks, data)) for key, speaks, data in done)
            self._progress.step(len(done))
        decode = codec.Decoder(Summary).decode
        by_name: dict[str, list[Known]] = {}
        self._calls.update(self._store.calls(key for key in functions if key not in self._calls))
        for key, (speaks, data) in known.items():
            self._speaks[key] = speaks
            if data != _NO_ANSWER:
                for name in functions[key]:
                    if name not in self._rules.kinds:
                        by_name.setdefault(name, []).append(Known(decode(data), self._calls[key]))
        derived, truths = (earlier.derived, earlier.truths) if earlier else ({}, frozenset[str]())
        evidence = self._rules.vocabulary.evidence
        return Signals(
            derived=derive(by_name, evidence, derived, truths),
            truths=truths | truth_values(by_name),
        )

    # ------------------------------------------------------------------ facts

    def facts(
        self, functions: Iterable[bytes], derived: Mapping[str, Groups]
    ) -> dict[bytes, FunctionFacts]:
        """Return the facts of those functions that hold or ask a signal.

        ``signals`` has been asked about the same functions before.
        """
        relevant: dict[bytes, dict[str, Groups]] = {}
        for key in functions:
            asked = {name: derived[name] for name in self._calls[key] & derived.keys()}
            if asked or self._speaks[key]:
                relevant[key] = asked
        wanted = {(key, derived_digest(asked)) for key, asked in relevant.items()}
        known = self._store.facts(wanted)
        missing = [key for key, digest in wanted if (key, digest) not in known]
        self._progress.stage("analysing functions", len(missing))
        arguments = (
            (
                [(key, body, text, relevant[key]) for key, body, text in self._store.texts(batch)],
                self._rules,
            )
            for batch in _batches(missing)
        )
        for done in self._spread(analyse, arguments, len(missing)):
            self._store.add_facts(done)
            known.update(((key, digest), data) for key, digest, data in done)
            self._progress.step(len(done))
        decode = codec.Decoder(FunctionFacts).decode
        return {key: decode(data) for (key, _), data in known.items()}

    # -------------------------------------------------------------- spreading

    def _spread(
        self, work: Callable[..., Result], arguments: Iterable[tuple[object, ...]], amount: int
    ) -> Iterator[Result]:
        """Yield what ``work`` returns for each of ``arguments``, in any order."""
        if amount < _WORTH_SPREADING:
            for each in arguments:
                yield work(*each)
            return
        futures: set[Future[Result]] = {self._executor().submit(work, *each) for each in arguments}
        for future in as_completed(futures):
            yield future.result()


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _FUNCTIONS_AT_ONCE):
        yield keys[start : start + _FUNCTIONS_AT_ONCE]
