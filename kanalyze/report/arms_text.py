"""The arming audit as text: what makes a later write fault, and what it does to a pinned page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count, witness_text
from kanalyze.report.explanation_text import path_lines
from kanalyze.report.layout import columns, one_line, wrap
from kanalyze.report.writer import Writer

if TYPE_CHECKING:
    from kanalyze.semantics.model import ArmAudit

#: Verdicts in the order in which they are told, with their names and colours.
_VERDICTS = {
    "finding": ("FINDING", "bad"),
    "not-evaluated": ("NOT EVALUATED", "mapcount"),
    "undone": ("undone", "good"),
    "handed-over": ("handed over", "good"),
    "checked": ("checked", "good"),
    "harmless": ("harmless", "good"),
}
#: Where the sites begin.
_AT = 17


def arm_lines(arms: "tuple[ArmAudit, ...]", writer: Writer) -> Iterator[str]:
    """Yield the table of arming sites, those that need a look first."""
    if not arms:
        return
    yield from writer.title("Arming sites: what happens to a page that I have pinned (R3)")
    order = list(_VERDICTS)
    for arm in sorted(arms, key=lambda arm: order.index(arm.verdict)):
        yield from _arm(arm, writer)
    numbers = [
        f"{sum(arm.verdict == verdict for arm in arms)} {name}"
        for verdict, (name, _) in _VERDICTS.items()
        if any(arm.verdict == verdict for arm in arms)
    ]
    yield from writer.row("", f"{count(len(arms), 'arming site')}: {', '.join(numbers)}.", 2)


def _arm(arm: "ArmAudit", writer: Writer) -> Iterator[str]:
    name, style = _VERDICTS[arm.verdict]
    where = f"{one_line(arm.function)}, {one_line(arm.file)}:{arm.line}"
    kind = one_line(arm.kind)
    room = writer.width - _AT - columns(where) - columns(kind)
    if room >= 2:
        where += " " * room + kind
        label = writer.paint(name, style) + " " * (_AT - 2 - len(name))
        yield f"  {label}{where}"
    else:
        yield from writer.row(name, where, _AT, style=style)
        yield from (" " * _AT + line for line in wrap(kind, writer.width - _AT) if line)
    urgent = arm.verdict in ("finding", "not-evaluated")
    if urgent or writer.verbose:
        yield from writer.row("", writer.text(arm.text), _AT)
    for sentence in (arm.reason, f"check: {arm.check}" if arm.check else ""):
        if sentence:
            yield from writer.row("", writer.text(sentence), _AT)
    if urgent or writer.verbose:
        yield from writer.items("", [f"under {lock}" for lock in arm.locks], ",", _AT)
        yield from writer.items("", [f"inside {section}" for section in arm.sections], ",", _AT)
        if arm.witness is not None:
            yield from writer.row("", f"e.g. {writer.text(witness_text(arm.witness))}", _AT)
            yield from path_lines("path", arm.witness.path, writer, _AT)
    if writer.verbose and arm.id:
        yield from writer.row("", f"id {one_line(arm.id)}", _AT)
