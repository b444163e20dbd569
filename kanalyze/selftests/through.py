"""Which code of a kernel a piece gets to work, other than by what state the page is in.

A piece names words by which the kernel is asked: a system call, an ioctl or
madvise constant, an interface of GUP.  Who has such a word in it, and whatever
that names, called or handed on as a function pointer, is reached.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping

from kanalyze.selftests.pieces import Piece, Pieces
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SiteLike
from kanalyze.semantics.states import GUP, Size
from kanalyze.source.lex import blank

# A table of functions: struct mm_walk_ops and its like.
_TABLE = re.compile(
    rb"^(?:static[ \t]+)?(?:const[ \t]+)?struct[ \t]+\w+[ \t]+(\w+)(?:\[\w*\])?[ \t]*=[ \t]*"
    rb"\{(.*?)^\}",
    re.MULTILINE | re.DOTALL,
)
_LABEL = re.compile(rb"\b(?:case\s+(\w+)|default)\s*:")
_BRACKET = re.compile(rb"[{}]")
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
# The flags of GUP.  What it does, when something else asks for it, is a
# reference's to show.
_GUP = re.compile(r"FOLL_[A-Z]+")


class Reach:
    """What the pieces reach in one tree."""

    def __init__(self, explainer: Explainer, pieces: Pieces) -> None:
        self._code = explainer.code
        self._pieces = pieces
        self._tables = dict(_tables(explainer.tree.files))
        self._bodies: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[tuple[str, ...], bool], frozenset[str]] = {}
        triggers = {
            name: found
            for name in explainer.decisions()
            # What GUP follows is a reference's to show, see below.
            if (found := {one.entry.trigger for one in explainer.evaluations(name)} - GUP)
        }
        # What they do depends on the page: a case is about them by its state.
        self._decisions = frozenset(name for name in triggers if triggers[name] - {"other"})
        self._all_decisions = frozenset(triggers)
        self._forks = tuple(name for name in triggers if "fork" in triggers[name])

    def of(self, piece: Piece) -> frozenset[str]:
        """Return the functions that a piece reaches, by itself or by what it needs.

        What an arming reaches too is the arming's to show: GUP migrates and splits.
        """
        words = tuple(
            dict.fromkeys(word for one in self._pieces.in_order([piece]) for word in one.through)
        )
        found = self._reached(words, gup=piece.kind != "arm")
        if piece.kind in ("reference", "access"):
            found -= self._by_arming
        if dict(piece.state).get("trigger") == "fork":
            found |= self.forks
        return found

    @functools.cached_property
    def forks(self) -> frozenset[str]:
        """The functions that fork consists of, as far as they are read.

        Those that lead to where a page is shared or copied, and what these name:
        the system call itself may be in a file that is not read.
        """
        above = {
            name
            for name in self._code.names()
            if any(self._code.leads_to(name, fork) for fork in self._forks)
        }
        found = self._closed(above | set(self._forks), gup=False)
        # What else decides is asked there by no fork: of entries that devices have, say.
        return found - (self._all_decisions - set(self._forks))

    @functools.cached_property
    def faults(self) -> frozenset[str]:
        """The functions that a fault may come to."""
        found: set[str] = set()
        waiting = [name for name in self._code.names() if self._is_apart(name)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._named(self._body(name))
        return frozenset(found)

    @functools.cached_property
    def _by_arming(self) -> frozenset[str]:
        return frozenset().union(*(self.of(piece) for piece in self._pieces.of("arm")))

    def _reached(self, words: tuple[str, ...], *, gup: bool) -> frozenset[str]:
        if (words, gup) not in self._known:
            begun: set[str] = set()
            named: set[str] = set()
            for word in words:
                if word in self._code:  # an interface by its name: there it begins
                    named.add(word)
                    continue
                for name in self._code.names():
                    if word in self._code.words(name):
                        begun.add(name)
                        named.update(self._asked(name, word))
            self._known[words, gup] = self._closed(begun, named - begun, gup=gup)
        return self._known[words, gup]

    def _closed(
        self, begun: set[str], named: set[str] | None = None, *, gup: bool
    ) -> frozenset[str]:
        """Return functions with those that they name (if not told here), and so on."""
        found = set(begun)
        waiting = list(named or ())
        if named is None:
            waiting = [one for name in begun for one in self._named(self._body(name))]
        while waiting:
            name = waiting.pop()
            if name in found or self._is_apart(name):
                continue
            found.add(name)
            if gup or not any(map(_GUP.fullmatch, self._code.words(name))):
                waiting += self._named(self._body(name))
        return frozenset(found)

    def _is_apart(self, name: str) -> bool:
        """Tell whether a function takes part in a fault: that has a page state of its own.

        It is given a struct vm_fault, or returns a vm_fault_t.
        """
        return name in self._decisions or b"vm_fault" in self._code.header(name)

    def _asked(self, name: str, word: str) -> Iterator[str]:
        """Yield what a function names because of a word: of a switch, only that case."""
        text = self._code.text(name)
        blocks = list(_blocks(text, word.encode()))
        if not blocks:
            yield from self._named(self._body(name))
        for block in blocks:
            yield from self._named(_words(block))

    def _body(self, name: str) -> frozenset[str]:
        """Return the words of a function's body: a system call's name may be a function's too."""
        if name not in self._bodies:
            self._bodies[name] = _words(self._code.text(name)[len(self._code.header(name)) :])
        return self._bodies[name]

    def _named(self, words: Iterable[str]) -> Iterator[str]:
        for word in words:
            if word in self._code:
                yield word
            elif word in self._tables:
                yield from (one for one in self._tables[word] if one in self._code)


def _tables(files: Mapping[str, bytes]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in files.values():
        for match in _TABLE.finditer(blank(text)):
            yield match[1].decode(), _words(match[2])


def _words(text: bytes) -> frozenset[str]:
    return frozenset(word.decode() for word in _IDENTIFIER.findall(text))


def _blocks(text: bytes, word: bytes) -> Iterator[bytes]:
    """Yield what stands behind the labels of a switch that have a word, up to the next label."""
    labels = list(_LABEL.finditer(text))
    for place, label in enumerate(labels):
        if label[1] != word:
            continue
        begin, behind = label.end(), labels[place + 1 :]
        for other in behind:
            if text[begin : other.start()].strip():
                yield text[begin : other.start()]
                break
            begin = other.end()
        else:
            yield _to_the_end(text[begin:])


def _to_the_end(text: bytes) -> bytes:
    """Return what is left of a switch: up to the bracket that closes it."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] == b"{" else -1
        if depth < 0:
            return text[: bracket.start()]
    return text


def sizes(site: SiteLike) -> frozenset[Size]:
    """Return the sizes of the pages that a site can be about, by the words of its function.

    None for what maps more than a PMD does: there are no such page states.
    """
    words = " ".join((site.function, *site.signals))
    if site.file.endswith("/hugetlb.c") or "huge_pte" in words or "hugetlb" in site.function:
        return frozenset({"hugetlb"})
    if "pud" in words:
        return frozenset()
    if "pmd" in words:
        return frozenset({"pmd"})
    if "pte" in words:
        return frozenset({"small", "large"})
    return frozenset({"small", "large", "pmd"})
