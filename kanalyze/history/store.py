"""The fact store: what was computed once, kept in SQLite.

Everything in it is keyed by content and can be computed again, so losing it
costs time and nothing else.  Several scans may use one store at once, and one
may be killed at any moment: every batch is one transaction, rows are only ever
added, and the same key always has the same value.

Tables (``analysis`` numbers an analyser version with a vocabulary):

``analysis(id, name)``
``function(key, body, calls, text)``
    one function's text, compressed; ``calls`` lists the names called in it.
``blob(id, functions)``
    the functions of one file version: key, name, offset, line and ``#if``
    conditions of each.
``summary(analysis, function, speaks, data)``
    does it hold a vocabulary name, and what its result rests on.
``facts(analysis, function, derived, data)``
    sites and sections, given the derived signals it calls.
``walk(analysis, scope, tip, commits, state)``
    a history already walked: its commits in order and what it was walked with.
``event(analysis, scope, commit, data)``
    what one commit of a walked history did; the scope says with which derived
    signals, too.
``revision(analysis, files, data)``
    sites and sections of one set of files, compressed.
``meaning(analysis, commit_id, asked, text)``
    what a commit meant for the decisions that a function is part of; the
    analysis says also by which evaluator that was told.
"""

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kanalyze.errors import EnvironmentFailure
from kanalyze.history.closing import Closing
from kanalyze.places import user_cache_dir

#: Changes with every change of the tables; a store of another version is left alone.
SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE IF NOT EXISTS analysis (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS function (
    key BLOB PRIMARY KEY, body INTEGER NOT NULL, calls TEXT NOT NULL, text BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob (id BLOB PRIMARY KEY, functions BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS summary (
    analysis INTEGER, function BLOB, speaks INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (analysis, function)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (
    analysis INTEGER, function BLOB, derived BLOB, data BLOB NOT NULL,
    PRIMARY KEY (analysis, function, derived)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS walk (
    analysis INTEGER, scope BLOB, tip TEXT, commits BLOB NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (analysis, scope, tip)
);
CREATE TABLE IF NOT EXISTS event (
    analysis INTEGER, scope BLOB, commit_id BLOB, data BLOB NOT NULL,
    PRIMARY KEY (analysis, scope, commit_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revision (
    analysis INTEGER, files BLOB, data BLOB NOT NULL, PRIMARY KEY (analysis, files)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meaning (
    analysis INTEGER, commit_id BLOB, asked BLOB, text TEXT NOT NULL,
    PRIMARY KEY (analysis, commit_id, asked)
) WITHOUT ROWID;
"""

# So many walks of one history are kept: any can be carried on, few ever are.
_WALKS = 32
# SQLite's limit on parameters is 999 in old builds.
_AT_ONCE = 500
# How zlib's output begins.
_COMPRESSED = b"x"


class Store(Closing):
    """An open fact store; a context manager.

    Raises EnvironmentFailure, from any method, when the disk is full, the file
    is no store of ours or cannot be written.
    """

    def __init__(self, path: Path | None, analysis: str) -> None:
        self.path = path or user_cache_dir() / "facts.sqlite"
        with self._explained():
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EnvironmentFailure(
                    f"cannot be created: {error.strerror}",
                    where=str(self.path),
                    hint="--db FILE names another place",
                ) from error
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            self._prepare()
            self.analysis = self._analysis(analysis)

    def close(self) -> None:
        """Close the database; the store is of no use afterwards."""
        self._db.close()

    def _prepare(self) -> None:
        # Looked at before anything is written: it may be somebody else's.
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        names = {name for (name,) in self._db.execute(tables)}
        if names and "analysis" not in names:
            raise EnvironmentFailure(
                "a database of another program",
                where=str(self.path),
                hint="name another file with --db",
            )
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise EnvironmentFailure(
                f"made by another version of kanalyze (schema {version}, not {SCHEMA_VERSION})",
                where=str(self.path),
                hint="remove it, or name another file with --db",
            )
        self._db.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing: what it wrote is the kernel's to keep.  To
        # wait for the disk as well would guard against a power cut only, at 20 ms
        # a scan, and everything in here can be computed again.
        self._db.execute("PRAGMA synchronous=OFF")
        if not version or "meaning" not in names:  # stores were made without that table
            self._db.executescript(_TABLES)
            self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _analysis(self, name: str) -> int:
        query = "SELECT id FROM analysis WHERE name = ?"
        row = self._db.execute(query, (name,)).fetchone()
        if row is None:
            self._db.execute("INSERT OR IGNORE INTO analysis (name) VALUES (?)", (name,))
            row = self._db.execute(query, (name,)).fetchone()
        return int(row[0])

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite says into one line for a person."""
        try:
            yield
        except sqlite3.Error as error:
            if hasattr(self, "_db"):
                with contextlib.suppress(sqlite3.Error):
                    self._db.rollback()
            hint = "--db FILE names another place"
            if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
                hint = "remove it, or name another file with --db"
            elif "malformed" in str(error) or "corrupt" in str(error):
                hint = "remove it: everything in it can be computed again"
            raise EnvironmentFailure(
                f"the fact store failed: {error}", where=str(self.path), hint=hint
            ) from error

    # ---------------------------------------------------------------- generic

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything written inside one step: all of it, or nothing."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _select(self, query: str, keys: Iterable[Any], fixed: Sequence[Any] = ()) -> list[Any]:
        """Run ``query`` with its ``{}`` filled by placeholders for ``keys``, in batches."""
        rows: list[Any] = []
        wanted = list(keys)
        with self._explained():
            for start in range(0, len(wanted), _AT_ONCE):
                batch = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(batch))
                rows.extend(self._db.execute(query.format(marks), [*fixed, *batch]).fetchall())
        return rows

    def _insert(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._explained():
            self._db.executemany(statement, rows)

    # ------------------------------------------------------ blobs, functions

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Return blob id -> its encoded functions, for those that are known."""
        keys = [bytes.fromhex(one) for one in ids]
        rows = self._select("SELECT id, functions FROM blob WHERE id IN ({})", keys)
        return {row[0].hex(): row[1] for row in rows}

    def add_blobs(
        self,
        blobs: Iterable[tuple[str, bytes]],
        functions: Iterable[tuple[bytes, int, str, bytes]],
    ) -> None:
        """Add file versions with the functions that they brought: key, body, calls, text."""
        with self.transaction():
            self._insert(
                "INSERT OR IGNORE INTO function VALUES (?, ?, ?, ?)",
                (
                    (key, body, calls, zlib.compress(text, 1))
                    for key, body, calls, text in functions
                ),
            )
            self._insert(
                "INSERT OR IGNORE INTO blob VALUES (?, ?)",
                ((bytes.fromhex(one), data) for one, data in blobs),
            )

    def calls(self, keys: Iterable[bytes]) -> dict[bytes, frozenset[str]]:
        """Return function -> the names called in it."""
        rows = self._select("SELECT key, calls FROM function WHERE key IN ({})", keys)
        return {row[0]: frozenset(row[1].split()) for row in rows}

    def texts(self, keys: Iterable[bytes]) -> list[tuple[bytes, int, bytes]]:
        """Return key, body offset and text of functions."""
        rows = self._select("SELECT key, body, text FROM function WHERE key IN ({})", keys)
        return [(row[0], row[1], zlib.decompress(row[2])) for row in rows]

    # -------------------------------------------------------- summaries, facts

    def summaries(self, keys: Iterable[bytes]) -> dict[bytes, tuple[bool, bytes]]:
        """Return function -> does it hold a vocabulary name, and its encoded summary."""
        rows = self._select(
            "SELECT function, speaks, data FROM summary WHERE analysis = ? AND function IN ({})",
            keys,
            [self.analysis],
        )
        return {row[0]: (bool(row[1]), row[2]) for row in rows}

    def add_summaries(self, rows: Iterable[tuple[bytes, bool, bytes]]) -> None:
        """Add summaries: function, does it hold a vocabulary name, the encoded summary."""
        with self.transaction():
            self._insert(
                "INSERT OR REPLACE INTO summary VALUES (?, ?, ?, ?)",
                ((self.analysis, key, int(speaks), data) for key, speaks, data in rows),
            )

    def facts(self, keys: Iterable[tuple[bytes, bytes]]) -> dict[tuple[bytes, bytes], bytes]:
        """Return (function, derived digest) -> encoded facts, for those that are known."""
        wanted = set(keys)
        rows = self._select(
            "SELECT function, derived, data FROM facts WHERE analysis = ? AND function IN ({})",
            {key for key, _ in wanted},
            [self.analysis],
        )
        return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in wanted}

    def add_facts(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Add facts: function, derived digest, the encoded facts."""
        with self.transaction():
            self._insert(
                "INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)",
                ((self.analysis, *row) for row in rows),
            )

    # ---------------------------------------------------------------- history

    def walk(self, scope: bytes, tip: str) -> tuple[bytes, bytes] | None:
        """Return the commits and the state of a walk that ended at ``tip``."""
        with self._explained():
            row = self._db.execute(
                "SELECT commits, state FROM walk WHERE analysis = ? AND scope = ? AND tip = ?",
                (self.analysis, scope, tip),
            ).fetchone()
        return (row[0], row[1]) if row else None

    def tips(self, scope: bytes) -> list[str]:
        """Return the commits at which earlier walks ended, the newest walk first."""
        with self._explained():
            rows = self._db.execute(
                "SELECT tip FROM walk WHERE analysis = ? AND scope = ? ORDER BY rowid DESC",
                (self.analysis, scope),
            ).fetchall()
        return [row[0] for row in rows]

    def add_walk(
        self,
        scope: bytes,
        tip: str,
        walk: tuple[bytes, bytes],
        events: tuple[bytes, Iterable[tuple[bytes, bytes]]],
    ) -> None:
        """Add a finished walk, its commits and state, with the events of a scope, in one step.

        The oldest walks are dropped, events are kept.
        """
        events_scope, rows = events
        with self.transaction():
            self._insert(
                "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?)",
                ((self.analysis, events_scope, commit, data) for commit, data in rows),
            )
            self._insert(
                "INSERT OR REPLACE INTO walk VALUES (?, ?, ?, ?, ?)",
                [(self.analysis, scope, tip, *walk)],
            )
            self._insert(
                "DELETE FROM walk WHERE analysis = ?1 AND scope = ?2 AND rowid NOT IN (SELECT"
                " rowid FROM walk WHERE analysis = ?1 AND scope = ?2 ORDER BY rowid DESC LIMIT ?3)",
                [(self.analysis, scope, _WALKS)],
            )

    def events(self, scope: bytes) -> dict[bytes, bytes]:
        """Return commit -> its encoded events, for all walks of ``scope``."""
        with self._explained():
            rows = self._db.execute(
                "SELECT commit_id, data FROM event WHERE analysis = ? AND scope = ?",
                (self.analysis, scope),
            ).fetchall()
        return dict(rows)

    def revision(self, files: bytes) -> bytes | None:
        """Return what is known of a set of files, or None."""
        with self._explained():
            row = self._db.execute(
                "SELECT data FROM revision WHERE analysis = ? AND files = ?",
                (self.analysis, files),
            ).fetchone()
        if row is None:
            return None
        # Rows were written as they are at first; no record begins like a compressed one.
        data = bytes(row[0])
        return zlib.decompress(data) if data.startswith(_COMPRESSED) else data

    def add_revision(self, files: bytes, data: bytes) -> None:
        """Add what is known of a set of files."""
        with self.transaction():
            self._insert(
                "INSERT OR IGNORE INTO revision VALUES (?, ?, ?)",
                [(self.analysis, files, zlib.compress(data, 1))],
            )

    # ---------------------------------------------------------------- meaning

    def meanings(self, commits: Iterable[str]) -> dict[tuple[str, bytes], str]:
        """Return (commit, what was asked) -> what it meant, for those that are known."""
        rows = self._select(
            "SELECT commit_id, asked, text FROM meaning WHERE analysis = ? AND commit_id IN ({})",
            [bytes.fromhex(commit) for commit in commits],
            [self.analysis],
        )
        return {(row[0].hex(), row[1]): row[2] for row in rows}

    def add_meanings(self, rows: Iterable[tuple[str, bytes, str]]) -> None:
        """Add what commits meant: the commit, what was asked, and the answer."""
        with self.transaction():
            self._insert(
                "INSERT OR REPLACE INTO meaning VALUES (?, ?, ?, ?)",
                ((self.analysis, bytes.fromhex(commit), *row) for commit, *row in rows),
            )
