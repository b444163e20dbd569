r"""What one line of KTAP says, for itself.

Documentation/dev-tools/ktap.rst of a kernel tree tells the format; kselftest.h
differs in that the name of a test comes behind its directive ("ok 3 # SKIP NAME").
"""

import re
from dataclasses import dataclass
from typing import Literal

Directive = Literal["", "skip", "todo", "xfail", "xpass", "timeout", "error"]

_DIRECTIVES: tuple[Directive, ...] = ("skip", "todo", "xfail", "xpass", "timeout", "error")
_VERSION = re.compile(r"(K?TAP version [0-9]{1,9})\s*")
_PLAN = re.compile(r"1\.\.(?P<count>[0-9]{1,9})(?:\s*|\s+#\s*(?:skip\w*:?\s*)?(?P<why>.*))", re.I)
_RESULT = re.compile(
    r"(?P<not>not )?ok(?:[ \t]+(?P<number>[0-9]{1,9})(?=\s|$))?(?P<rest>(?:\s.*)?)", re.DOTALL
)
_BAIL = re.compile(r"Bail out!\s*(.*)", re.IGNORECASE | re.DOTALL)
_TOTALS = re.compile(r"Totals:((?:\s+[a-z]+:[0-9]{1,9})+)\s*")
_HASH = re.compile(r"(?:^|(?<=\s))#\s*")
_DIRECTIVE = re.compile(rf"(?P<word>{'|'.join(_DIRECTIVES)})(?P<more>\w*)\b:?\s*", re.IGNORECASE)
_DASH = re.compile(r"\s*(?:-(?=\s|$)\s*)?")
#: printk's stamp: the level, the time, and the thread or processor that printed.
_STAMP = re.compile(r"(?:<[0-9]{1,3}>)?\[ {0,6}[0-9]{1,9}\.[0-9]{6}\](?:\[[ TC0-9]{1,16}\])? ?")
_BROKEN = re.compile(r"[ \t#]*(?:not )?ok [0-9]")
_MARGIN = re.compile(r"(?:[ \t]|# )*")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many tests there are to be, and why there are none."""

    count: int
    why: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result line without what stands before it."""

    ok: bool
    number: int | None
    name: str
    directive: Directive
    text: str


def margin(line: str) -> str:
    """Return the blanks and the "# " that a line begins with: how deep its test is nested."""
    match = _MARGIN.match(line)
    return match.group() if match else ""


def version(body: str) -> str:
    """Return the version that a line declares; empty for another line."""
    match = _VERSION.fullmatch(body)
    return match[1] if match else ""


def plan(body: str) -> Plan | None:
    """Return the plan that a line is."""
    match = _PLAN.fullmatch(body)
    return Plan(int(match["count"]), (match["why"] or "").strip()) if match else None


def bail_out(body: str) -> str | None:
    """Return why all testing ends, ``None`` for another line."""
    match = _BAIL.fullmatch(body)
    return match[1].strip() if match else None


def totals(text: str) -> tuple[tuple[str, int], ...]:
    """Return the sums that a line tells ("Totals: pass:3 fail:0"); empty for another line."""
    match = _TOTALS.fullmatch(text)
    pairs = (part.split(":") for part in match[1].split()) if match else ()
    return tuple((name, int(number)) for name, number in pairs)


def result(body: str) -> ResultLine | None:
    """Return the result that a line is.

    Without a number it must look like no sentence: "ok" or "ok - name".
    """
    match = _RESULT.fullmatch(body)
    if match is None:
        return None
    number, rest = match["number"], match["rest"]
    if number is None and rest.strip() and not rest.lstrip().startswith(("-", "#")):
        return None
    name, directive, text = _parts(rest)
    return ResultLine(
        ok=not match["not"],
        number=None if number is None else int(number),
        name=name,
        directive=directive,
        text=text,
    )


def stamped(line: str) -> tuple[str, str] | None:
    """Return the kernel's time stamp that a line begins with, and the rest; ``None`` without."""
    match = _STAMP.match(line)
    return (match.group(), line[match.end() :]) if match else None


def broken(line: str) -> tuple[str, str] | None:
    """Return the beginning of a result and the message of the kernel that came between."""
    if "]" not in line or not _BROKEN.match(line):
        return None
    match = _STAMP.search(line)
    return (line[: match.start()], line[match.start() :]) if match else None


def _parts(rest: str) -> tuple[str, Directive, str]:
    """Return name, directive and text of what follows the number."""
    dash = _DASH.match(rest)
    rest = rest[dash.end() :] if dash else rest
    marks = list(_HASH.finditer(rest))
    for mark in marks:
        match = _DIRECTIVE.match(rest, mark.end())
        # TAP has "skip" as the beginning of a word: "# Skipped: why"
        if match and (not match["more"] or match["word"].lower() == "skip"):
            name, text = _plain(rest[: mark.start()]), _plain(rest[match.end() :])
            directive = _DIRECTIVES[_DIRECTIVES.index(match["word"].lower())]
            return (name, directive, text) if name else (text, directive, "")
    if marks:
        return _plain(rest[: marks[0].start()]), "", _plain(rest[marks[0].end() :])
    return _plain(rest), "", ""


def _plain(text: str) -> str:
    return text.strip().replace("\\#", "#")
