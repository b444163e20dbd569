r"""Finds what a kernel complains of in its console: warnings, oopses, stalls, panics.

The console is read line by line, and a splat ends where the kernel ends it
("---[ end trace"), at the next one, at a marker of ours, at a pause, or after a
bounded number of lines.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["warning", "bug", "oops", "sanitizer", "lockdep", "stall", "hung-task", "panic"]

#: What begins a splat, at the beginning of a message; the first that matches counts.
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("panic", r".*?(?P<title>Kernel panic - not syncing.*)"),
    ("sanitizer", r"BUG: K(?:ASAN|CSAN|MSAN|FENCE): |UBSAN: "),
    ("stall", r"(?:rcu: )?INFO: \w+ (?:self-)?detected (?:expedited )?stall"),
    ("stall", r"(?:watchdog: )?(?:BUG: soft lockup|Watchdog detected hard LOCKUP)"),
    ("stall", r"BUG: workqueue lockup"),
    ("hung-task", r"INFO: task .{1,64} blocked (?:for more than|in I/O wait)"),
    ("lockdep", r"WARNING: (?:possible|inconsistent|suspicious|bad unlock|held lock|lock held)"),
    ("lockdep", r"WARNING: (?:Nested lock|\S+ still has locks|invalid wait context)"),
    ("lockdep", r"\[ BUG: Invalid wait context \]"),
    ("oops", r"BUG: (?:kernel NULL pointer dereference|unable to handle|stack guard page)"),
    ("oops", r"Unable to handle kernel|Internal error: |general protection fault"),
    ("oops", r"Oops: |traps: PANIC|int3: |divide error: |stack segment: |double fault: "),
    ("bug", r"kernel BUG at |BUG: "),
    ("warning", r".*?(?P<title>WARNING: CPU: [0-9].*)"),
    ("warning", r"WARNING: "),
)
_BEGINNINGS = tuple((kind, re.compile(pattern, re.DOTALL)) for kind, pattern in _KINDS)
#: One of these is in every beginning: nearly all lines are told to be none by that.
_WORDS = (
    "BUG", "WARNING", "INFO", "panic", "PANIC", "Oops", "UBSAN", "Unable to", "Internal error",
    "general protection", "error: ", "fault: ", "segment: ", "int3", "LOCKUP",
)  # fmt: skip
#: Beginnings that go on a splat of another kind: one fault tells itself in several messages.
_GOES_ON: frozenset[tuple[Kind | None, Kind]] = frozenset(
    {("bug", "oops"), ("oops", "oops"), ("oops", "bug"), ("lockdep", "lockdep")}
)

_STAMP = re.compile(r"(?:<[0-9]{1,3}>)?\[ {0,6}([0-9]{1,9}\.[0-9]{6})\](?:\[[ TC0-9]{1,16}\])? ?")
#: Written into the kernel's log by the init of our guests, and by our tests before each case.
_MARKER = re.compile(r"kanalyze: (\w+ [0-9]{1,9} \w+(?: [0-9]{1,9})?)")
_CASE = re.compile(r"\w+_case: (.+)")
_FRAME = re.compile(r"(?:-{4,}\[ cut here \]-{4,}|={20,}|-{20,})\s*")
_END = re.compile(r"-{2,}\[ end (?:trace|Kernel panic)|Rebooting in ")
_TRACE_ENDS = "</TASK>"
#: Longest line; lines of a splat, and those behind its call trace; seconds of silence that end it.
_LONGEST = 400
_LINES = 120
_BEHIND = 40
_PAUSE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Splat:
    """One complaint of a kernel.

    ``title`` is the message that it begins with, without a time stamp; ``lines``
    are all of it, as they came.  ``marker`` is the last marker of the guest before
    it ("program 2 result 17") and ``case`` the one that has begun since; both are
    empty before the first.
    """

    kind: Kind
    title: str
    lines: tuple[str, ...]
    marker: str = ""
    case: str = ""


def find_splats(console: Iterable[str | bytes]) -> tuple[Splat, ...]:
    """Return the splats of a whole console."""
    finder = Finder()
    found = [splat for line in console for splat in finder.feed(line)]
    return (*found, *finder.finish())


class Finder:
    """Follows a console; :meth:`feed` returns the splats that a line shows to be over."""

    def __init__(self) -> None:
        self._at = ("", "")  # marker and case
        self._kind: Kind | None = None
        self._title = ""
        self._lines: list[str] = []
        self._began = self._at
        self._frame = ""  # a line that frames the next one
        self._left = 0
        self._time = 0.0

    def feed(self, line: str | bytes) -> tuple[Splat, ...]:
        """Take one line; return what has ended with it: none, one or two splats."""
        if isinstance(line, bytes):
            line = line.decode("utf-8", errors="surrogateescape")
        line = line.rstrip("\r\n")[:_LONGEST]
        stamp = _STAMP.match(line)
        text = line[stamp.end() :] if stamp else line
        paused = False
        if stamp:
            time = float(stamp[1])
            paused, self._time = time - self._time > _PAUSE, time
        if marker := _MARKER.search(text):
            self._at = (marker[1], "")
            return self.finish()
        if case := _CASE.fullmatch(text):
            self._at = (self._at[0], case[1])
            return self.finish()
        ended = self.finish() if paused else ()
        begun = _beginning(text)
        if begun and not self._goes_on(begun[0]):
            ended = (*ended, *self.finish())
            self._begin(*begun, line)
        elif self._kind:
            ended = (*ended, *self._go_on(line, text))
        self._frame = line if _FRAME.fullmatch(text) else ""
        return ended

    def finish(self) -> tuple[Splat, ...]:
        """Return the splat that is not over, and forget it."""
        if self._kind is None:
            return ()
        marker, case = self._began
        splat = Splat(
            kind=self._kind, title=self._title, lines=tuple(self._lines), marker=marker, case=case
        )
        self._kind, self._lines = None, []
        return (splat,)

    def _goes_on(self, kind: Kind) -> bool:
        """Whether a beginning goes on with the splat that is open."""
        return (self._kind, kind) in _GOES_ON

    def _begin(self, kind: Kind, title: str, line: str) -> None:
        self._kind, self._title, self._began = kind, title, self._at
        self._left = _LINES
        self._lines = [self._frame, line] if self._frame else [line]

    def _go_on(self, line: str, text: str) -> tuple[Splat, ...]:
        self._lines.append(line)
        self._left -= 1
        if text.strip() == _TRACE_ENDS:
            self._left = min(self._left, _BEHIND)
        # a sanitizer's report ends with the frame that it began with
        closed = self._kind == "sanitizer" and _FRAME.fullmatch(text) is not None
        return self.finish() if closed or _END.match(text) or self._left <= 0 else ()


def _beginning(text: str) -> tuple[Kind, str] | None:
    """Return the kind of splat that a message begins, and the message."""
    if not any(word in text for word in _WORDS):
        return None
    for kind, pattern in _BEGINNINGS:
        if match := pattern.match(text):
            # what a process has written may stand before it on the line
            return kind, match.groupdict().get("title") or text
    return None
