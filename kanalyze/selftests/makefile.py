"""A selftest Makefile read and added to: lists of tests, headers, what a program is linked with."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kanalyze.errors import InputError
from kanalyze.selftests.listing import place
from kanalyze.selftests.text import lines

_ASSIGNMENT = re.compile(r"(\w+)\s*(?:\+|:|::|\?)?=\s*(.*)", re.DOTALL)
_OPENS = re.compile(r"\s*(?:ifn?eq|ifn?def)\b|define\b")
_CLOSES = re.compile(r"\s*endif\b|endef\b")
_COMMENT = re.compile(r"(?<!\\)#.*")
_ALL_PROGRAMS = re.compile(r"\$\(TEST_GEN_\w+\)\s*:(?!=)")
_INCLUDE_LIB = re.compile(r"include\s+(?:\S*/)?lib\.mk\s*$")


@dataclass(frozen=True)
class _Line:
    """One logical line: its text without comment and continuations, and where it ends."""

    text: str
    end: int  # the index of the physical line behind it
    free: bool  # it stands in no conditional, so it always counts


@dataclass(frozen=True)
class _Entry:
    """One name in a variable's list, and the physical line behind its own."""

    name: str
    end: int
    free: bool


class Makefile:
    """The text of a Makefile.  Adding what is there already changes nothing."""

    def __init__(self, text: str, path: str) -> None:
        self._physical = lines(text)
        self._path = path

    @property
    def text(self) -> str:
        """The Makefile as it is now."""
        return "".join(self._physical)

    def listed(self, variable: str) -> tuple[str, ...]:
        """Return the names that ``variable`` lists, whatever they depend on."""
        return tuple(entry.name for entry in self._entries(variable))

    def links_all(self, source: str) -> bool:
        """Say whether every program is linked with ``source``."""
        return any(
            line.free and _ALL_PROGRAMS.match(line.text) and source in _words(line)
            for line in self._logical()
        )

    def add_tests(self, variable: str, names: Iterable[str]) -> None:
        """List ``names`` in ``variable``, each at the place that its list suggests.

        InputError for a Makefile that has no list and does not include lib.mk.
        """
        for name in sorted(names):
            entries = list(self._entries(variable))
            if any(entry.name == name for entry in entries):
                continue
            free = [entry for entry in entries if entry.free]
            if free:
                # The first line may begin the list with "=", so nothing goes before it.
                index = max(1, place([entry.name for entry in free], name))
                at = free[index - 1].end
            else:
                at = self._library() - 1
            self._insert(at, [f"{variable} += {name}"])

    def add_headers(self, names: Sequence[str], directory: str) -> None:
        """Name ``names`` of ``directory`` as headers that programs depend on, if others are."""
        entries = [entry for entry in self._entries("LOCAL_HDRS") if entry.free]
        if not entries:
            return
        listed = {entry.name.rpartition("/")[2] for entry in entries}
        added = [name for name in names if name not in listed]
        self._insert(
            entries[-1].end, [f"LOCAL_HDRS += $(selfdir)/{directory}/{name}" for name in added]
        )

    def add_sources(self, program: str, sources: Iterable[str]) -> None:
        """Link ``program`` with ``sources`` of the tree, where it is not linked already."""
        missing = [
            source
            for source in sources
            if not self.links_all(source) and source not in self._prerequisites(program)
        ]
        if missing:
            self._add_rule(r"\$\(OUTPUT\)/[\w-]+\s*:\s*[\w-]+\.c\b", program, " ".join(missing))

    def add_libraries(self, program: str, libraries: Iterable[str]) -> None:
        """Tell the linker of ``libraries`` for ``program``."""
        known = self._prerequisites(program)
        missing = [library for library in libraries if library not in known]
        if missing:
            libs = f"LDLIBS += {' '.join(missing)}"
            self._add_rule(r"\$\(OUTPUT\)/[\w-]+.*:\s*LDLIBS\s*\+=", program, libs, apart=True)

    def _add_rule(self, like: str, program: str, rest: str, *, apart: bool = False) -> None:
        """Add a rule about ``program`` behind the last that is ``like`` it.

        ``apart``: an empty line before it, as such rules have.
        """
        alike = [line for line in self._logical() if line.free and re.match(like, line.text)]
        rule = f"$(OUTPUT)/{program}: {rest}"
        at = alike[-1].end if alike else self._library()
        self._insert(at, [rule] if alike and not apart else ["", rule])

    def _prerequisites(self, program: str) -> set[str]:
        """Return the words of all rules about ``program``."""
        target = f"$(OUTPUT)/{program}"
        found: set[str] = set()
        for line in self._logical():
            targets, colon, rest = line.text.partition(":")
            if colon and target in targets.split():
                found.update(rest.split())
        return found

    def _entries(self, variable: str) -> Iterator[_Entry]:
        for line in self._logical():
            match = _ASSIGNMENT.match(line.text)
            if match and match[1] == variable:
                for name in match[2].split():
                    yield _Entry(name, line.end, line.free)

    def _library(self) -> int:
        """Return the index of the line behind the one that includes lib.mk."""
        for line in self._logical():
            if _INCLUDE_LIB.match(line.text):
                return line.end
        raise InputError("is no selftest Makefile: it does not include lib.mk", where=self._path)

    def _logical(self) -> Iterator[_Line]:
        depth = 0
        text = ""
        for index, physical in enumerate(self._physical):
            bare = physical.rstrip("\n")
            if bare.endswith("\\"):
                text += bare[:-1] + " "
                continue
            text = _COMMENT.sub("", text + bare)
            if _CLOSES.match(text):
                depth = max(0, depth - 1)
            yield _Line(text, index + 1, not depth)
            if _OPENS.match(text):
                depth += 1
            text = ""

    def _insert(self, at: int, added: Sequence[str]) -> None:
        if at and added and not self._physical[at - 1].endswith("\n"):
            self._physical[at - 1] += "\n"
        self._physical[at:at] = [f"{line}\n" for line in added]


def _words(line: _Line) -> list[str]:
    return line.text.replace(":", " ").split()
