"""What the analysis is told rather than finds: names, by what they mean.

The values come from config.toml; the classes here say what each is and compile
them into the look-ups that the analysis asks.
"""

import fnmatch
import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from kanalyze.source.mask import Masker


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedSeqcount:
    """A wrapper that works on a seqcount which is not among its arguments."""

    operation: str
    seqcount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeqcountNames:
    """The seqcount API by operation; old and new names of one operation together."""

    read_begin: list[str] = field(default_factory=list)
    read_try_begin: list[str] = field(default_factory=list)
    read_retry: list[str] = field(default_factory=list)
    write_begin: list[str] = field(default_factory=list)
    write_end: list[str] = field(default_factory=list)
    implied: dict[str, ImpliedSeqcount] = field(default_factory=dict)

    def operations(self) -> dict[str, str]:
        """Return name -> operation (``read-begin``, ``write-end`` ...)."""
        named = {
            "read-begin": self.read_begin,
            "read-try-begin": self.read_try_begin,
            "read-retry": self.read_retry,
            "write-begin": self.write_begin,
            "write-end": self.write_end,
        }
        found = {name: operation for operation, names in named.items() for name in names}
        return found | {name: wrapper.operation for name, wrapper in self.implied.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names whose every occurrence is a site, by group."""

    evidence: dict[str, list[str]]
    context: dict[str, list[str]]
    arm: dict[str, list[str]]
    grant: dict[str, list[str]]
    seqcount: SeqcountNames


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseRules:
    """What to replace, at the same length, before tree-sitter sees a function."""

    blank: list[str]
    blank_calls: list[str]
    loops: list[str]
    blocks: list[str]
    statements: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRules:
    """Patterns of names and labels that tell what a branch does."""

    names: dict[str, list[str]]
    labels: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRules:
    """Patterns that tell assertions and accounting from decisions.

    ``bookkeeping`` maps a name to the files that keep what it stands for: there
    a test of it that reuses and copies nothing is accounting.
    """

    assertions: list[str]
    transparent: list[str]
    accounting: list[str]
    accounting_files: list[str]
    bookkeeping: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """Calls that take, try, drop or assert one kind of lock."""

    name: str
    acquire: list[str] = field(default_factory=list)
    try_: list[str] = field(default_factory=list, metadata={"name": "try"})
    release: list[str] = field(default_factory=list)
    assert_: list[str] = field(default_factory=list, metadata={"name": "assert"})
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockCall:
    """What one call does to a lock: ``action`` is acquire, try, release or assert."""

    action: str
    name: str
    argument: re.Pattern[str] | None


@dataclass(frozen=True)
class Rules:
    """All of it, with the look-ups that the analysis asks."""

    vocabulary: Vocabulary
    parse: ParseRules
    outcomes: OutcomeRules
    roles: RoleRules
    locks: tuple[LockRule, ...]

    @functools.cached_property
    def hash(self) -> str:
        """Return a digest of everything that can change a fact."""
        parts = (self.vocabulary, self.parse, self.outcomes, self.roles, self.locks)
        return hashlib.blake2b(msgspec.json.encode(parts), digest_size=8).hexdigest()

    @functools.cached_property
    def groups(self) -> dict[str, str]:
        """Return name -> group for evidence, context, arm and grant names."""
        tables = (
            self.vocabulary.evidence,
            self.vocabulary.context,
            self.vocabulary.arm,
            self.vocabulary.grant,
        )
        return {name: group for table in tables for group, names in table.items() for name in names}

    @functools.cached_property
    def kinds(self) -> dict[str, str]:
        """Return name -> evidence, context, arm, grant or seqcount: the whole vocabulary."""
        tables = {
            "evidence": self.vocabulary.evidence,
            "context": self.vocabulary.context,
            "arm": self.vocabulary.arm,
            "grant": self.vocabulary.grant,
        }
        found = {
            name: kind
            for kind, table in tables.items()
            for names in table.values()
            for name in names
        }
        return found | dict.fromkeys(self.operations, "seqcount")

    @functools.cached_property
    def operations(self) -> dict[str, str]:
        """Return seqcount API name -> operation."""
        return self.vocabulary.seqcount.operations()

    @functools.cached_property
    def words(self) -> re.Pattern[bytes]:
        """Return the expression that finds a vocabulary name as a whole word."""
        return word_pattern(self.kinds)

    @functools.cached_property
    def lock_calls(self) -> dict[str, tuple[LockCall, ...]]:
        """Return call name -> what it may do, the most specific rule first."""
        found: dict[str, tuple[LockCall, ...]] = {}
        for rule in self.locks:
            pattern = re.compile(rule.argument) if rule.argument else None
            actions = {
                "acquire": rule.acquire,
                "try": rule.try_,
                "release": rule.release,
                "assert": rule.assert_,
            }
            for action, names in actions.items():
                call = LockCall(action=action, name=rule.name, argument=pattern)
                for name in names:
                    found[name] = (*found.get(name, ()), call)
        return found

    @functools.cached_property
    def masker(self) -> Masker:
        """Return the masking rules, compiled."""
        return Masker(
            blank=self.parse.blank,
            blank_calls=self.parse.blank_calls,
            loops=self.parse.loops,
            blocks=self.parse.blocks,
            statements=self.parse.statements,
        )

    @functools.cached_property
    def transparent(self) -> frozenset[str]:
        """Return the calls that are the condition they are given."""
        return frozenset(self.roles.transparent)

    def outcome_of_name(self, name: str) -> str | None:
        """Return the outcome that the use of ``name`` shows, if any."""
        if name not in self._known_names:
            self._known_names[name] = _lookup(self._outcome_names, name)
        return self._known_names[name]

    def outcome_of_label(self, label: str) -> str | None:
        """Return the outcome that a ``goto`` to ``label`` shows, if any."""
        return _lookup(self._outcome_labels, label)

    def is_assertion(self, name: str) -> bool:
        """Tell whether ``name`` is an assertion when used as a statement."""
        return bool(self._assertions.fullmatch(name))

    def is_accounting(self, name: str) -> bool:
        """Tell whether a call to ``name`` is for statistics, dumps or traces."""
        return bool(self._accounting.fullmatch(name))

    @functools.cached_property
    def _known_names(self) -> dict[str, str | None]:
        return {}

    @functools.cached_property
    def _outcome_names(self) -> dict[str, re.Pattern[str]]:
        return {outcome: shell(names) for outcome, names in self.outcomes.names.items()}

    @functools.cached_property
    def _outcome_labels(self) -> dict[str, re.Pattern[str]]:
        return {outcome: shell(names) for outcome, names in self.outcomes.labels.items()}

    @functools.cached_property
    def _assertions(self) -> re.Pattern[str]:
        return shell(self.roles.assertions)

    @functools.cached_property
    def _accounting(self) -> re.Pattern[str]:
        return shell(self.roles.accounting)


def _lookup(table: dict[str, re.Pattern[str]], name: str) -> str | None:
    for outcome, pattern in table.items():
        if pattern.fullmatch(name):
            return outcome
    return None


def shell(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return one expression for a list of shell patterns; nothing matches an empty list."""
    parts = [fnmatch.translate(pattern) for pattern in patterns]
    return re.compile("|".join(parts) or r"(?!)")


def word_pattern(names: Iterable[str]) -> re.Pattern[bytes]:
    """Return the expression that finds any of ``names`` as a whole identifier."""
    alternatives = b"|".join(re.escape(name.encode()) for name in sorted(names, reverse=True))
    return re.compile(rb"\b(?:" + alternatives + rb")\b" if alternatives else rb"(?!)")
