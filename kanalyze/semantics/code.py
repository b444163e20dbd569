"""The functions of a tree, found by name and read when they are needed."""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from kanalyze.semantics.effects import CHANGES, EFFECTS
from kanalyze.semantics.facts import FLAGS, QUIET
from kanalyze.semantics.live import Live
from kanalyze.semantics.reads import ENTRY_READS, READS
from kanalyze.source.lex import blank
from kanalyze.source.pieces import Function, functions
from kanalyze.source.program import Program, program
from kanalyze.source.rules import Rules

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_Known = TypeVar("_Known")

# What no tree that people run sets, or what changes how things are counted in a
# way that is not modelled.  Every other CONFIG_ option is taken as set.
NOT_SET = frozenset(
    {
        "CONFIG_PREEMPT_RT", "CONFIG_NO_PAGE_MAPCOUNT", "CONFIG_UML", "CONFIG_HIGHMEM",
        "CONFIG_TRANSPARENT_HUGEPAGE_NEVER", "CONFIG_DEBUG_VM", "CONFIG_KMSAN",
        "CONFIG_ARCH_ENABLE_THP_MIGRATION_OFF", "__PAGETABLE_PMD_FOLDED",
        "__PAGETABLE_PUD_FOLDED", "CONFIG_COMPILE_TEST",
    }
)  # fmt: skip

# Followed further than this, a helper decides nothing about the page any more.
# What takes entries apart is not part of the decision that asked for it.
_APART = re.compile(
    r"_*(?:split_huge|split_folio|zap_|unmap_|try_to_unmap|try_to_migrate|rmap_walk|migrate_)\w*"
    r"|shrink_\w+|\w*reclaim\w*"
    # A fault that is taken on the way has a page state, and a decision, of its own.
    r"|handle_mm_fault|hugetlb_fault|\w*(?:get|pin)_user_pages?(?:_\w+)?"
)
_ASKS_OR_DOES = READS.keys() | CHANGES | FLAGS
_PRIMITIVE = READS.keys() | EFFECTS.keys() | ENTRY_READS.keys() | QUIET.keys()


def is_set(name: str) -> bool:
    """Tell whether a preprocessor name is taken as defined."""
    return name not in NOT_SET


class Code:
    """The functions of the files that were given; the same name twice is possible.

    ``files`` maps a path to its bytes.  Of several definitions of a function the
    one counts whose ``#if`` conditions all hold.
    """

    def __init__(self, files: Mapping[str, bytes], rules: Rules) -> None:
        self.rules = rules
        self._places: dict[str, list[tuple[str, Function]]] = {}
        for path, text in files.items():
            for function in functions(text):
                self._places.setdefault(function.name, []).append((path, function))
        self._programs: dict[str, Program | None] = {}
        self._blanked: dict[str, bytes] = {}
        self._bodies: dict[str, int] = {}
        self._named: dict[str, frozenset[str]] = {}
        self._naming: dict[str, list[str]] = {}
        self._leading: dict[str, frozenset[str]] = {}
        self._live: dict[str, Live] = {}
        self._matters: dict[str, bool] = {}
        self._used: dict[str, bool] = {}
        self._unedited: Code | None = None
        vocabulary = rules.vocabulary
        evidence = vocabulary.evidence
        self._evidence = frozenset(word for kind in evidence for word in evidence[kind])
        groups = (vocabulary.evidence, vocabulary.arm, vocabulary.grant)
        self._words = frozenset(word for group in groups for kind in group for word in group[kind])

    def edited(self, file: str, function: Function, text: bytes) -> "Code":
        """Return the same functions, one definition with another text.

        What is known of the others is kept; the new text has as many lines as
        the old one, so that places stay what they were.  What was followed still
        is: a helper that asks nothing any more is to be seen not to ask.
        """
        found = copy.copy(self)
        found._unedited = self
        name = function.name
        found._places = dict(self._places)
        found._places[name] = [
            (path, replace(one, text=text) if (path, one) == (file, function) else one)
            for path, one in self._places[name]
        ]
        found._programs = _without(self._programs, name)
        found._blanked = _without(self._blanked, name)
        found._bodies = _without(self._bodies, name)
        found._named = _without(self._named, name)
        found._live = _without(self._live, name)
        if found.words(name) != self.words(name):
            found._naming, found._leading = {}, {}
        return found

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def names(self) -> Iterable[str]:
        """Return the names of all functions."""
        return self._places.keys()

    def uses(self, word: str) -> bool:
        """Tell whether any function has this identifier in it."""
        if word not in self._used:
            needle = re.compile(rb"\b" + word.encode() + rb"\b")
            self._used[word] = any(
                needle.search(function.text)
                for places in self._places.values()
                for _, function in places
            )
        return self._used[word]

    def calls(self, caller: str, name: str) -> bool:
        """Tell whether one function has a call of another in it."""
        if name not in self.words(caller):
            return False
        call = re.compile(rb"\b" + re.escape(name).encode() + rb"\s*\(")
        return call.search(self._code(caller), self._bodies[caller]) is not None

    def callers(self, name: str) -> tuple[str, ...]:
        """Return the functions that have a call of ``name`` in them."""
        return tuple(other for other in self.mentions(name) if self.calls(other, name))

    def mentions(self, name: str) -> tuple[str, ...]:
        """Return the functions that name another one, called or not."""
        if not self._naming:
            for other in self._places:
                for word in self.words(other):
                    if word in self._places and word != other:
                        self._naming.setdefault(word, []).append(other)
        return tuple(self._naming.get(name, ()))

    def text(self, name: str) -> bytes:
        """Return the text of a function, comments blanked; empty if there is none."""
        return self._code(name)

    def header(self, name: str) -> bytes:
        """Return what stands before a function's body: its type, name and parameters."""
        return self._code(name)[: self._bodies[name]]

    def leads_to(self, name: str, target: str) -> bool:
        """Tell whether a function names, or what it names does, another: a few steps deep."""
        return name in self._above(target)

    def _above(self, target: str) -> frozenset[str]:
        if target not in self._leading:
            found, layer = {target}, {target}
            for _ in range(_DEEP):
                layer = {one for name in layer for one in self.mentions(name)} - found
                found |= layer
            self._leading[target] = frozenset(found)
        return self._leading[target]

    def words(self, name: str) -> frozenset[str]:
        """Return the identifiers of a function, its header's included, comments left out."""
        if name not in self._named:
            words = _IDENTIFIER.findall(self._code(name))
            self._named[name] = frozenset(word.decode() for word in words)
        return self._named[name]

    def _code(self, name: str) -> bytes:
        if name not in self._blanked:
            found = self.place(name)
            self._blanked[name] = blank(found[1].text) if found else b""
            self._bodies[name] = found[1].body if found else 0
        return self._blanked[name]

    def place(self, name: str) -> tuple[str, Function] | None:
        """Return the file and the definition that counts."""
        places = self._places.get(name)
        if not places:
            return None
        chosen = [one for one in places if all(_holds(text) for text in one[1].config)]
        return (chosen or places)[0]

    def program(self, name: str) -> Program | None:
        """Return a function in the form that can be evaluated; None if there is none."""
        if name not in self._programs:
            found = self.place(name)
            self._programs[name] = (
                program(found[1], self.rules, is_set, file=found[0]) if found else None
            )
        return self._programs[name]

    def live(self, program: Program) -> Live:
        """Return the names that matter at each vertex of a program of this tree."""
        if program.name not in self._live:
            self._live[program.name] = Live(program)
        return self._live[program.name]

    def follows(self, name: str) -> bool:
        """Tell whether a call of this function is to be followed into its body.

        It is if its body asks who shares a page, changes that, or calls what does;
        the primitives are the end of it, and so is what merely is an outcome.
        """
        if name in _PRIMITIVE or name not in self._places or _APART.fullmatch(name):
            return False
        if self._unedited is not None:
            return self._unedited.follows(name)
        if name not in self._matters:
            self._matters[name] = self._reaches(name)
        return self._matters[name]

    def _reaches(self, name: str) -> bool:
        """Tell whether the function or what it calls, a few calls deep, asks or shows anything."""
        if self.rules.outcome_of_name(name):  # what merely is an outcome is the end of it
            return bool(self.words(name) & self._evidence)
        seen, layer = {name}, [name]
        for _ in range(_DEEP):
            further: list[str] = []
            for one in layer:
                words = self.words(one) - {one}
                if words & self._words or (self._is_small(one) and words & _ASKS_OR_DOES):
                    return True
                if self.rules.outcome_of_name(one):
                    continue
                if any(self.rules.outcome_of_name(word) for word in words if word.islower()):
                    return True
                further += [word for word in words if word not in seen and self._leads(word)]
                seen.update(further)
            layer = further
        return False

    def _is_small(self, name: str) -> bool:
        """Tell whether a function is a wrapper: there anything about the page may be its point."""
        return len(self._code(name)) <= _SMALL

    def _leads(self, name: str) -> bool:
        return name in self._places and name not in _PRIMITIVE and not _APART.fullmatch(name)


def _without(known: Mapping[str, _Known], name: str) -> dict[str, _Known]:
    return {other: value for other, value in known.items() if other != name}


_DEEP = 6
_SMALL = 400

_SIMPLE = re.compile(r"(!?)\s*(?:defined\s*\(\s*(\w+)\s*\)|IS_ENABLED\s*\(\s*(\w+)\s*\)|(\w+))\Z")


def _holds(condition: str) -> bool:
    """Tell whether a condition of an ``#if`` holds; one that is not simple does."""
    match = _SIMPLE.match(condition.strip())
    if not match:
        return True
    name = match[2] or match[3] or match[4]
    truth = name != "0" if name.isdigit() else is_set(name)
    return truth != bool(match[1])
