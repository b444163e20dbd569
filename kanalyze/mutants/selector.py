"""All mutants of a tree in one patch: which one it is is chosen while the kernel runs.

To build a kernel takes minutes, and a header is in all of it.  So one kernel has
every mutant, and does what the tree says until one is chosen: each condition c
has ``kanalyze_condition(N, c, m)`` beside it, and until then is what it was.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kanalyze.errors import InputError
from kanalyze.mutants.delays import delays
from kanalyze.mutants.diffs import added, diff
from kanalyze.mutants.model import Choice, Edit, Mutant
from kanalyze.mutants.reading import Reader
from kanalyze.resources import templates_dir
from kanalyze.semantics.given import Tree
from kanalyze.source.lex import blank

#: Always built, and read by ``kanalyze``: what is to be built with the kernel goes in here.
_HOST = "mm/memory.c"
_HEADER = "include/linux/kanalyze_mutant.h"
_CODE = "mm/kanalyze_mutant.c"
_INCLUDE = b"#include <linux/kanalyze_mutant.h>\n"
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(\w+)", re.MULTILINE)
_INNER_DIRECTIVE = re.compile(rb"\n[ \t]*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """One patch for many mutants.

    Number N, from 1, is the mutant ``ids[N - 1]``; those of ``missing`` cannot be
    chosen at run time: a directive stands in their middle.
    """

    diff: str
    ids: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One choice of one mutant, by its number."""

    number: int
    choice: Choice


def selector(tree: Tree, mutants: Sequence[Mutant]) -> Selector:
    """Return the patch with which any of some mutants of a tree can be chosen.

    Raises InputError for a tree whose files do not include the one that is
    always built.
    """
    if _HOST not in tree.files:
        raise InputError(f"{_HOST} is not among the files that were read", where=tree.name)
    chosen: dict[str, list[_Chosen]] = {}
    missing = []
    for number, mutant in enumerate(mutants, 1):
        if not all(_can_be_chosen(tree, one) for one in mutant.choices):
            missing.append(mutant.id)
            continue
        for one in mutant.choices:
            chosen.setdefault(one.file, []).append(_Chosen(number, one))
    edits: list[Edit] = []
    for file, there in chosen.items():
        there.sort(key=_outermost_first)
        edits += _selected(tree.files[file], _edits(tree.files[file], there), there)
    edits += delays(tree, Reader(tree))
    files = dict.fromkeys([*(one.file for one in edits), _HOST])
    for file in files:
        at = _place_to_include(tree.files[file])
        edits.append(Edit(file=file, start=at, end=at, text=_INCLUDE))
    end = len(tree.files[_HOST])
    edits.append(Edit(file=_HOST, start=end, end=end, text=b'\n#include "kanalyze_mutant.c"\n'))
    ids = tuple(one.id for one in mutants)
    patch = diff(tree.files, [one for file in files for one in edits if one.file == file])
    return Selector(
        diff=patch + added(_HEADER, _template("kanalyze_mutant.h")) + added(_CODE, _code(ids)),
        ids=ids,
        missing=tuple(missing),
    )


def _can_be_chosen(tree: Tree, one: Choice) -> bool:
    return not _INNER_DIRECTIVE.search(tree.files[one.file][one.start : one.end])


# ------------------------------------------------------------------------ spans


def _outermost_first(one: _Chosen) -> tuple[int, int, bool, int]:
    # Of what stands at one place a number is made before it is a condition.
    return one.choice.start, -one.choice.end, one.choice.form != "value", one.number


def _edits(text: bytes, chosen: Sequence[_Chosen]) -> Iterator[Edit]:
    """Yield the edits of a file: one for each place around which nothing else is chosen."""
    at = 0
    while at < len(chosen):
        outer = chosen[at].choice
        inside = at
        while inside < len(chosen) and chosen[inside].choice.start < outer.end:
            inside += 1
        made = _piece(text, outer.start, outer.end, chosen[at:inside])
        yield Edit(file=outer.file, start=outer.start, end=outer.end, text=made)
        at = inside


def _selected(text: bytes, edits: Iterator[Edit], chosen: Sequence[_Chosen]) -> Iterator[Edit]:
    """Yield the edits of a file with what stands there beside them: one look tells which.

    A condition that can be changed in many ways would else have to look for each.
    """
    forms = {(one.choice.start, one.choice.end): one.choice.form for one in chosen}
    for edit in edits:
        form = forms[edit.start, edit.end]  # of several at one place the outermost
        original = text[edit.start : edit.end]
        if form == "condition":
            original = b"!!(" + original + b")"
        if form != "statement":
            edit = replace(edit, text=b"kanalyze_select(%b, %b)" % (original, edit.text))
        yield edit


def _piece(text: bytes, start: int, end: int, chosen: Sequence[_Chosen]) -> bytes:
    """Return what stands from ``start`` to ``end`` with everything that can be chosen in it."""
    own = [one for one in chosen if (one.choice.start, one.choice.end) == (start, end)]
    parts, at = [], start
    for edit in _edits(text, chosen[len(own) :]):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    made = b"".join((*parts, text[at:end]))
    for one in own:
        made = _wrapped(made, one)
    return made


def _wrapped(text: bytes, one: _Chosen) -> bytes:
    if one.choice.form == "statement":
        inner = text.rstrip().removesuffix(b";")
        return b"kanalyze_statement(%d, %b);" % (one.number, inner)
    return b"kanalyze_%b(%d, %b, %b)" % (
        one.choice.form.encode(),
        one.number,
        text,
        one.choice.text,
    )


# ------------------------------------------------------------------------ files


def _place_to_include(text: bytes) -> int:
    """Return the offset of the first ``#include`` that no condition but a guard is around."""
    depth = 0
    guard = 0
    for number, match in enumerate(_DIRECTIVE.finditer(blank(text))):
        word = match[1]
        if word == b"include" and depth <= guard:
            return match.start()
        if word == b"ifndef" and not number:
            guard = 1
        if word in (b"if", b"ifdef", b"ifndef"):
            depth += 1
        elif word == b"endif":
            depth -= 1
    return 0


def _template(name: str) -> bytes:
    return (templates_dir() / "mutants" / name).read_bytes()


def _code(ids: Sequence[str]) -> bytes:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    source = _template("kanalyze_mutant.c.j2").decode()
    return environment.from_string(source).render(ids=ids).encode()
