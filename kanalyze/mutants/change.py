"""One change of meaning before it is judged: where, what, and how it is spelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kanalyze.mutants.model import Choice, Edit, Form
from kanalyze.mutants.reading import Body
from kanalyze.source.lex import squeeze
from kanalyze.source.pieces import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an operator makes of one place.

    ``kind`` is what redundant checks have in common: changes of one kind in one
    function are also made together.
    """

    operator: str
    file: str
    function: Function
    line: int
    text: str
    ids: tuple[str, ...]
    edits: tuple[Edit, ...]
    choices: tuple[Choice, ...]
    kind: tuple[str, ...] = ()


def change(
    body: Body,
    operator: str,
    span: tuple[int, int],
    ids: tuple[str, ...],
    made: Sequence[tuple[Edit, Choice]],
    kind: tuple[str, ...] = (),
) -> Change:
    """Return a change of what stands at ``span`` in a function."""
    return Change(
        operator=operator,
        file=body.file,
        function=body.function,
        line=body.line(span[0]),
        text=squeeze(body.code[span[0] : span[1]]),
        ids=ids,
        edits=tuple(edit for edit, _ in made),
        choices=tuple(choice for _, choice in made),
        kind=kind,
    )


def edit(body: Body, start: int, end: int, text: bytes) -> Edit:
    """Return the edit of the file that gives a piece of a function another text."""
    offset = body.function.offset
    return Edit(file=body.file, start=offset + start, end=offset + end, text=text)


def choice(body: Body, start: int, end: int, form: Form, text: bytes = b"") -> Choice:
    """Return the same as something to choose."""
    offset = body.function.offset
    return Choice(file=body.file, start=offset + start, end=offset + end, form=form, text=text)


def constant(
    body: Body, start: int, end: int, word: bytes, *, pure: bool, form: Form = "condition"
) -> tuple[Edit, Choice]:
    """Return an expression that always has one value; what it does besides is still done."""
    kept = word if pure else b"((void)" + body.text(start, end) + b", " + word + b")"
    return edit(body, start, end, kept), choice(body, start, end, form, word)


def together(operator: str, changes: list[Change]) -> Change:
    """Return the change that all of some changes of one function are."""
    first = min(changes, key=lambda one: one.line)
    return replace(
        first,
        operator=operator,
        ids=tuple(dict.fromkeys(name for one in changes for name in one.ids)),
        edits=tuple(edit for one in changes for edit in one.edits),
        choices=tuple(choice for one in changes for choice in one.choices),
        kind=(),
    )


def edited_function(one: Change) -> bytes:
    """Return the text of the function with the change, as many lines long as it was."""
    function = one.function
    text = function.text
    for edit_ in sorted(one.edits, key=lambda each: each.start, reverse=True):
        start, end = edit_.start - function.offset, edit_.end - function.offset
        lost = text[start:end].count(b"\n") - edit_.text.count(b"\n")
        text = text[:start] + edit_.text + b"\n" * lost + text[end:]
    return text
