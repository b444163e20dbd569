"""What the tree's own selftests do, which cases of ours do the same, and what they do beyond.

It is data, held to the source of those tests by tests/selftests/test_coverage.py.
Its cases are in every full set, whatever else is chosen: who leaves the tree's
own tests out for ours must not lose one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kanalyze.selftests.installed import read_toml

#: The file beside the pieces.
COVERAGE = "coverage.toml"


class Memory(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A kind of memory that upstream's tests are run with, and our memory pieces for it."""

    name: str
    function: str
    pieces: tuple[str, ...]


class Test(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A test: what it prints, its function, our cases with {memory} in them."""

    function: str
    cases: tuple[str, ...]
    name: str = ""
    note: str = ""


class Group(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The tests of one file that are run with the same kinds of memory."""

    file: str
    says: str
    tests: tuple[Test, ...]
    memory: tuple[Memory, ...] = ()


class Beyond(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What no test of the tree does, and our cases."""

    says: str
    cases: tuple[str, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    group: tuple[Group, ...]
    beyond: tuple[Beyond, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """One scenario of upstream's, with one kind of memory, and the names of our cases."""

    file: str
    function: str
    name: str
    cases: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All that upstream's tests do, and what is tested beyond them."""

    groups: tuple[Group, ...]
    beyond: tuple[Beyond, ...]

    def counterparts(self) -> Iterator[Counterpart]:
        """Yield the scenarios in the order of the file."""
        for group in self.groups:
            for test in group.tests:
                for memory in group.memory or (Memory("", "", ("",)),):
                    yield Counterpart(
                        file=group.file,
                        function=test.function,
                        name=" ... ".join(filter(None, (test.name or test.function, memory.name))),
                        cases=tuple(
                            case.replace("{memory}", piece)
                            for case in test.cases
                            for piece in memory.pieces
                        ),
                        note=test.note,
                    )

    @property
    def cases(self) -> frozenset[str]:
        """The names of all our cases in it."""
        every: tuple[Counterpart | Beyond, ...] = (*self.counterparts(), *self.beyond)
        return frozenset(name for each in every for name in each.cases)


def read_coverage(directory: Path) -> Coverage:
    """Return what the file in the directory of the pieces says.

    Raises EnvironmentFailure where it is missing or cannot be understood.
    """
    found = read_toml(directory / COVERAGE, _File)
    return Coverage(groups=found.group, beyond=found.beyond)
