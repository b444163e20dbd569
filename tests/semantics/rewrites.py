"""Ways to write a real function differently without a change of meaning, on its text.

Each takes a release (path to bytes) and the name of a function, and returns the
release with that function written another way; None where there is nothing in it
to be written that way.  They know C's brackets and nothing else: what they do to
a function is sound for any function.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kanalyze.source.lex import blank, matching
from kanalyze.source.pieces import Function, functions

Files: TypeAlias = dict[str, bytes]
Rewrite: TypeAlias = Callable[[Files, str], Files | None]

HEADER = "include/linux/mm.h"
_IF = re.compile(rb"\bif\s*(?=\()")
_LABEL = re.compile(rb"^(\w+):[ \t]*$", re.M)
_EFFECT = re.compile(rb"(?<![=!<>])=(?!=)|\+\+|--|try|free|drain|lock|get|put|reuse|remove")


@dataclass(frozen=True)
class Place:
    """Where a function is: its file, the offset there, its text and that without comments."""

    path: str
    function: Function

    @property
    def text(self) -> bytes:
        return self.function.text

    @property
    def code(self) -> bytes:
        return blank(self.function.text)


def place(files: Mapping[str, bytes], name: str) -> Place | None:
    """Return the definition of a function: the first one, and the one with the longest body."""
    found = [
        Place(path, one)
        for path, text in files.items()
        if name.encode() in text
        for one in functions(text)
        if one.name == name
    ]
    return max(found, key=lambda one: len(one.text), default=None)


def replaced(files: Files, at: Place, text: bytes) -> Files:
    """Return the files with one function's text replaced."""
    whole = files[at.path]
    start = at.function.offset
    assert whole[start : start + len(at.text)] == at.text
    return {**files, at.path: whole[:start] + text + whole[start + len(at.text) :]}


def edited(text: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Return text with pieces replaced; none of them may overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


# ------------------------------------------------------------------ what there is


@dataclass(frozen=True)
class If:
    """One ``if``: offsets of the condition (without brackets), of the branch and of ``else``."""

    start: int
    condition: tuple[int, int]
    yes: tuple[int, int]
    no: tuple[int, int] | None


def ifs(code: bytes, body: int) -> Iterator[If]:
    """Yield the ``if`` statements whose branches are simple statements or blocks."""
    for match in _IF.finditer(code, body):
        closing = matching(code, match.end())
        yes = _statement(code, closing + 1)
        if yes is None:
            continue
        follows = re.compile(rb"\s*else\b").match(code, yes[1])
        no = _statement(code, follows.end()) if follows else None
        if follows and no is None:
            continue
        yield If(match.start(), (match.end() + 1, closing), yes, no)


def _statement(code: bytes, at: int) -> tuple[int, int] | None:
    while code[at : at + 1].isspace():
        at += 1
    if code[at : at + 1] == b"{":
        return at, matching(code, at) + 1
    if re.compile(rb"(?:if|for|while|do|switch|else)\b|\w+:").match(code, at):
        return None
    end = at
    while code[end : end + 1] != b";":
        end = matching(code, end) + 1 if code[end : end + 1] in (b"(", b"{") else end + 1
    return at, end + 1


def _parts(code: bytes, start: int, end: int, operator: bytes) -> list[tuple[int, int]]:
    """Return the operands of a chain of one operator, at its top level."""
    parts, at, begin = [], start, start
    other = b"&&" if operator == b"||" else b"||"
    while at < end:
        if code[at : at + 1] == b"(":
            at = matching(code, at)
        if code[at : at + 2] == other or code[at : at + 1] == b"?":
            return []
        if code[at : at + 2] == operator:
            parts.append((begin, at))
            at += 1
            begin = at + 1
        at += 1
    return [*parts, (begin, end)] if parts else []


# ------------------------------------------------------------------- the rewrites


def _each_if(change: Callable[[bytes, bytes, If], list[tuple[int, int, bytes]]]) -> Rewrite:
    """Return the rewrite that changes as many ``if`` as it can, the inner ones left alone."""

    def rewrite(files: Files, name: str) -> Files | None:
        at = place(files, name)
        if at is None:
            return None
        edits: list[tuple[int, int, bytes]] = []
        end = 0
        for one in ifs(at.code, at.function.body):
            made = change(at.text, at.code, one) if one.start >= end else []
            if made:
                edits += made
                end = max(stop for _, stop, _ in made)
        return replaced(files, at, edited(at.text, edits)) if edits else None

    return rewrite


def _swapped(text: bytes, code: bytes, one: If) -> list[tuple[int, int, bytes]]:
    """``if (A) x; else y;`` is ``if (!(A)) y; else x;``, and without else y is nothing."""
    condition = text[slice(*one.condition)]
    yes = text[slice(*one.yes)]
    no = text[slice(*one.no)] if one.no else b"{ }"
    end = one.no[1] if one.no else one.yes[1]
    if b"#" in code[one.start : end] or _LABEL.search(code[one.start : end]):
        return []
    return [(one.start, end, b"if (!(%b))\n\t%b\nelse\n\t%b" % (condition, no, yes))]


def _de_morgan(text: bytes, code: bytes, one: If) -> list[tuple[int, int, bytes]]:
    """``A || B`` is ``!(!(A) && !(B))``."""
    for operator, dual in ((b"||", b" && "), (b"&&", b" || ")):
        parts = _parts(code, *one.condition, operator)
        if parts:
            whole = dual.join(b"!(%b)" % text[slice(*part)].strip() for part in parts)
            return [(*one.condition, b"!(%b)" % whole)]
    return []


def _nested(text: bytes, code: bytes, one: If) -> list[tuple[int, int, bytes]]:
    """``if (A && B) x;`` is ``if (A) { if (B) x; }``."""
    parts = _parts(code, *one.condition, b"&&")
    if not parts or one.no:
        return []
    heads = b" ".join(b"if (%b) {" % text[slice(*part)].strip() for part in parts)
    return [
        (one.start, one.yes[0], heads + b"\n"),
        (one.yes[1], one.yes[1], b"\n" + b"}" * len(parts)),
    ]


def _reordered(text: bytes, code: bytes, one: If) -> list[tuple[int, int, bytes]]:
    """``A || B`` is ``B || A`` where neither changes anything, nor keeps the other from a fault."""
    for operator in (b"||", b"&&"):
        parts = _parts(code, *one.condition, operator)
        texts = [text[slice(*part)].strip() for part in parts]
        plain = all(b"->" not in each and b"*" not in each and b"(" in each for each in texts)
        if parts and plain and not _EFFECT.search(code[slice(*one.condition)]):
            return [(*one.condition, b" %b " % operator.join(reversed(texts)))]
    return []


def extracted(files: Files, name: str) -> Files | None:
    """Put conditions that ask about one page into static inline helpers in a header."""
    at = place(files, name)
    if at is None:
        return None
    pages = re.findall(rb"struct\s+(page|folio)\s*\*\s*(\w+)", at.code)
    kinds = {variable: kind for kind, variable in pages}
    local = {*kinds, *_locals(at.code), b"vmf", b"vma"}
    edits, helpers = [], b""
    for number, one in enumerate(ifs(at.code, at.function.body)):
        condition = at.code[slice(*one.condition)]
        used = set(re.findall(rb"\w+", condition)) & local
        if len(used) == 1 and used <= kinds.keys() and b"(" in condition:
            variable = used.pop()
            helper = b"%b_asks_%d" % (name.encode(), number)
            edits.append((*one.condition, b"%b(%b)" % (helper, variable)))
            helpers += b"\nstatic inline bool %b(struct %b *%b)\n{\n\treturn %b;\n}\n" % (
                helper, kinds[variable], variable, at.text[slice(*one.condition)],
            )  # fmt: skip
    if not edits:
        return None
    there = replaced(files, at, edited(at.text, edits))
    return {**there, HEADER: there[HEADER] + helpers}


def _locals(code: bytes) -> list[bytes]:
    """Return the names that a function declares or is given, as far as a pattern tells."""
    declared = (
        rb"\b(?:int|bool|long|pte_t|pmd_t|spinlock_t|vm_fault_t|struct\s+\w+)\b[\s*]+([^;{}]*)"
    )
    return [
        word
        for names in re.findall(declared, code)
        for word in re.findall(rb"(\w+)\s*(?:=[^,;]*)?(?:[,;)]|\Z)", names)
    ]


def renamed_variable(files: Files, name: str) -> Files | None:
    """Give the pages that a function has other names."""
    at = place(files, name)
    found = set(re.findall(rb"struct\s+(?:page|folio)\s*\*\s*(\w+)", at.code)) if at else set()
    if at is None or not found:
        return None
    text = at.text
    for variable in found:
        text = re.sub(rb"(?<![\w>.])%b\b(?!\s*[({])" % variable, b"the_%b" % variable, text)
    # The word after `struct` is the type's, whatever a variable is called.
    text = re.sub(rb"\bstruct(\s+)the_(page|folio)\b", rb"struct\1\2", text)
    return replaced(files, at, text)


def renamed(files: Files, name: str) -> Files | None:
    """Give a function another name, here and wherever it is called.

    That it is about a PMD is read off its name, so that much has to stay.
    """
    word = re.compile(rb"\b%b\b" % name.encode())
    other = b"deal_with_this_pmd" if "pmd" in name else b"deal_with_the_fault"
    return {path: word.sub(other, text) for path, text in files.items()}


def moved(files: Files, name: str) -> Files | None:
    """Put a function at the end of another file."""
    at = place(files, name)
    # A function of hugetlb.c is one for huge pages: it may not leave.
    if at is None or "hugetlb" in at.path:
        return None
    target = "mm/rmap.c"
    there = replaced(files, at, b"")
    return {**there, target: there[target] + b"\n" + at.text + b"\n"}


def wrapped(files: Files, name: str) -> Files | None:
    """Leave of a function a call of another, which has its body."""
    at = place(files, name)
    if at is None:
        return None
    header = at.text[: at.function.body]
    inner = b"__inner_" + name.encode()
    opening = at.code.index(b"(", at.code.index(name.encode()))
    given = at.code[opening + 1 : matching(at.code, opening)]
    arguments = b", ".join(re.findall(rb"(\w+)\s*(?:,|\Z)", given.strip()))
    head = re.sub(rb"\b%b\b" % name.encode(), inner, header)
    call = b"{\n\treturn %b(%b);\n}\n" % (inner, arguments)
    return replaced(files, at, head + at.text[at.function.body :] + b"\n" + header + call)


def without_goto(files: Files, name: str) -> Files | None:
    """Put what stands behind a label, to the function's end, in the place of each goto."""
    at = place(files, name)
    if at is None:
        return None
    for label in reversed(list(_LABEL.finditer(at.code, at.function.body))):
        tail = at.text[label.end() : at.code.rindex(b"}")]
        plain = b"#" not in tail and not _LABEL.search(blank(tail)) and b"return" in tail
        if not plain or at.code[: label.start()].count(b"{") != 1 + at.code[: label.start()].count(
            b"}"
        ):
            continue
        jump = re.compile(rb"\bgoto\s+%b\s*;" % label[1])
        edits = [(*found.span(), b"{" + tail + b"}") for found in jump.finditer(at.code)]
        if edits:
            return replaced(files, at, edited(at.text, edits))
    return None


_FOLIOS = {
    b"page_count": b"folio_ref_count", b"PageKsm": b"folio_test_ksm", b"PageAnon":
    b"folio_test_anon", b"trylock_page": b"folio_trylock", b"get_page": b"folio_get",
    b"put_page": b"folio_put", b"PageSwapCache": b"folio_test_swapcache", b"PageLRU":
    b"folio_test_lru", b"total_mapcount": b"folio_mapcount", b"unlock_page": b"folio_unlock",
    b"page_maybe_dma_pinned": b"folio_maybe_dma_pinned",
}  # fmt: skip


def with_folios(files: Files, name: str) -> Files | None:
    """Ask the folio what the page was asked."""
    at = place(files, name)
    if at is None:
        return None
    edits = []
    for match in re.compile(rb"\b(\w+)(?=\()").finditer(at.code, at.function.body):
        if match[1] in _FOLIOS:
            closing = matching(at.code, match.end())
            edits += [(*match.span(1), _FOLIOS[match[1]]), (closing, closing, b")")]
            edits.append((match.end(), match.end() + 1, b"(page_folio("))
    return replaced(files, at, edited(at.text, edits)) if edits else None


REWRITES: dict[str, Rewrite] = {
    "branches swapped": _each_if(_swapped),
    "De Morgan": _each_if(_de_morgan),
    "conditions nested": _each_if(_nested),
    "conditions reordered": _each_if(_reordered),
    "helpers extracted": extracted,
    "variables renamed": renamed_variable,
    "function renamed": renamed,
    "function moved": moved,
    "function wrapped": wrapped,
    "goto replaced": without_goto,
    "folios asked": with_folios,
}
