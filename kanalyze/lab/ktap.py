r"""KTAP as kernels and their selftests print it, read line by line.

What programs print is wider than the format: kselftest.h tells about a test
before its result, kselftest's runner puts "# " before every line of a program,
KUnit indents by four blanks and has the time stamps of the kernel's log, and
TAP 13 lets the plan come last.  All of that is read.

Nothing raises here, whatever is fed: a line that is no KTAP is something said
about the next result, and what does not add up is in :attr:`Log.problems`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kanalyze.lab import ktap_lines
from kanalyze.lab.ktap_lines import Directive, ResultLine

#: Longest line that is kept whole, lines kept of one test at either end, deepest nesting.
_LONGEST = 4000
_KEPT = 100
_DEEPEST = 20

_TITLE = re.compile(r"(?:Subtest|selftests): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One test: its result line, what was said of it, and the tests inside it.

    ``ok`` is ``None`` where the result line never came: the log ends inside the
    test.  ``number`` is ``None`` where it has none.  ``text`` follows the directive,
    or a ``#`` without one.  ``diagnostics`` is what was said before the result,
    without the ``#``; ``lines`` is the same and the result, as it came.
    """

    ok: bool | None
    name: str
    number: int | None = None
    directive: Directive = ""
    text: str = ""
    depth: int = 0
    diagnostics: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    children: tuple["Result", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """All that a log holds, as far as it goes.

    ``planned`` is how many outermost tests there are to be, ``None`` where that
    is not told; ``skipped`` says why there are none ("1..0 # SKIP no THP").
    ``bailed`` is what follows "Bail out!", ``None`` where nothing bailed out.
    ``rest`` are the lines behind the last result: in a truncated log those of
    the test that was running.  ``kernel`` are messages of the kernel that came in
    between.  ``problems`` are sentences on what does not add up.
    """

    version: str = ""
    planned: int | None = None
    skipped: str = ""
    results: tuple[Result, ...] = ()
    bailed: str | None = None
    totals: tuple[tuple[str, int], ...] = ()
    rest: tuple[str, ...] = ()
    kernel: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def parse(lines: Iterable[str | bytes]) -> Log:
    """Return what ``lines`` hold."""
    parser = Parser()
    for line in lines:
        parser.feed(line)
    return parser.finish()


def leaves(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return the tests that have no others inside, in the order of their results."""
    found: list[Result] = []
    for one in results:
        found += leaves(one.children) if one.children else [one]
    return tuple(found)


class _Said:
    """Lines about one test and what they say; of a flood the beginning and the end."""

    def __init__(self) -> None:
        self._first: list[tuple[str, str]] = []
        self._last: list[tuple[str, str]] = []
        self._left_out = 0

    def add(self, line: str, text: str) -> None:
        if len(self._first) < _KEPT:
            self._first.append((line, text))
            return
        self._last.append((line, text))
        if len(self._last) > _KEPT:
            del self._last[0]
            self._left_out += 1

    def pairs(self) -> list[tuple[str, str]]:
        if not self._left_out:
            return self._first + self._last
        told = f"... {self._left_out} lines left out ..."
        return [*self._first, (f"# {told}", told), *self._last]


@dataclass(slots=True)
class _Level:
    """The tests that have the same margin before their lines.

    ``title`` is what a line calls the test that they are inside of, ``inner`` the
    one that is about to come; ``waiting`` are tests inside of that one.
    """

    margin: str
    title: str = ""
    inner: str = ""
    version: str = ""
    planned: int | None = None
    skipped: str = ""
    results: list[Result] = field(default_factory=list)
    waiting: list[Result] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    totals: tuple[tuple[str, int], ...] = ()
    said: _Said = field(default_factory=_Said)
    again: bool = False


class Parser:
    """Reads a log that is still being written.

    :meth:`feed` takes a line and returns the results that it completes, at any
    depth: a test comes after those inside it.  :meth:`finish` returns everything
    and is the last to be called.
    """

    def __init__(self) -> None:
        self._levels = [_Level("")]
        self._bailed: str | None = None
        self._stamps = False
        self._broken = ""
        self._kernel = _Said()
        self._problems: list[str] = []

    def feed(self, line: str | bytes) -> tuple[Result, ...]:
        """Take one whole line, with or without its end; return the results that it completes."""
        if isinstance(line, bytes):
            line = line.decode("utf-8", errors="surrogateescape")
        line = line.rstrip("\r\n")
        if len(line) > _LONGEST:
            line = f"{line[:_LONGEST]} ... ({len(line) - _LONGEST} more characters)"
        return tuple(
            found for own in self._without_kernel(line) if (found := self._take(own)) is not None
        )

    def finish(self) -> Log:
        """Return what was read."""
        if self._broken:
            self._levels[-1].said.add(self._broken, self._broken)
        while len(self._levels) > 1:
            self._close()
        top = self._levels[0]
        _flush(top)
        self._check(top)
        if top.planned is None and self._bailed is None:
            self._problems.append("there is no plan: nobody can tell whether results are missing")
        return Log(
            version=top.version,
            planned=top.planned,
            skipped=top.skipped,
            results=tuple(top.results),
            bailed=self._bailed,
            totals=top.totals,
            rest=tuple(line for line, _ in top.said.pairs()),
            kernel=tuple(line for line, _ in self._kernel.pairs()),
            problems=tuple(dict.fromkeys(self._problems)),
        )

    # ------------------------------------------------------------ the kernel's messages
    def _without_kernel(self, line: str) -> list[str]:
        """Return what of a line is the tests': nothing, the line, or two that were torn apart."""
        stamp = ktap_lines.stamped(line)
        if stamp:
            if not self._stamps:
                self._stamps = bool(ktap_lines.version(stamp[1].lstrip()))
            if not self._stamps or not _is_ktap(stamp[1]):
                self._kernel.add(line, stamp[1])
                return []
            line = stamp[1]
        torn, self._broken = self._broken, ""
        parts = ktap_lines.broken(line)
        if parts:
            self._broken, message = parts
            self._kernel.add(message, message)
            return [torn] if torn else []
        if not torn:
            return [line]
        # The other half, unless that has been lost and this is the next line.
        return [torn, line] if _is_ktap(line) else [torn + line]

    # -------------------------------------------------------------------- one line
    def _take(self, line: str) -> Result | None:
        margin = ktap_lines.margin(line)
        body = line[len(margin) :]
        if (found := ktap_lines.result(body)) and (found.number is not None or not margin):
            return self._result(line, self._level(margin), found)
        if version := ktap_lines.version(body):
            level = self._level(margin)
            _flush(level)
            level.again = bool(level.version)
            level.version = level.version or version
            level.numbers.clear()
        elif (plan := ktap_lines.plan(body)) is not None:
            self._plan(self._level(margin), plan)
        elif (why := ktap_lines.bail_out(body)) is not None:
            self._bailed = why if self._bailed is None else self._bailed
        elif body.startswith("Subtest: ") and margin.endswith("# ") and margin[:-2]:
            self._level(margin[:-2]).title = body.removeprefix("Subtest: ")
        else:
            self._say(line)
        return None

    def _result(self, line: str, level: _Level, found: ResultLine) -> Result:
        said = level.said.pairs()
        result = Result(
            ok=found.ok,
            name=found.name or level.inner,
            number=found.number,
            directive=found.directive,
            text=found.text,
            depth=len(self._levels) - 1,
            diagnostics=tuple(text for _, text in said),
            lines=(*(line for line, _ in said), line),
            children=tuple(level.waiting),
        )
        level.said, level.waiting, level.inner = _Said(), [], ""
        level.results.append(result)
        if found.number is not None:
            if found.number in level.numbers:
                self._problems.append(f"{_of(level)}number {found.number} is given twice")
            level.numbers.add(found.number)
        return result

    def _plan(self, level: _Level, plan: ktap_lines.Plan) -> None:
        if level.planned is None:
            level.planned, level.skipped = plan.count, plan.why
        elif level.again:  # the output of several programs, one after the other
            level.planned += plan.count
        else:
            self._problems.append(f"{_of(level)}there are two plans")
        level.again = False

    def _say(self, line: str) -> None:
        """Take a line that is no result: it is about a test of the deepest level it fits."""
        level = next(one for one in reversed(self._levels) if line.startswith(one.margin))
        told = line[len(level.margin) :]
        if not told.strip():
            return
        text = told.lstrip()
        if text.startswith("#"):
            text = text[1:].removeprefix(" ")
            level.totals = ktap_lines.totals(text) or level.totals
            if title := _TITLE.fullmatch(text):
                level.inner = title[1]
        level.said.add(line, text)

    # ------------------------------------------------------------------ nesting
    def _level(self, margin: str) -> _Level:
        """Return the level of the tests with ``margin``, and close those inside it."""
        while not margin.startswith(self._levels[-1].margin):
            self._close()
        if self._levels[-1].margin != margin and len(self._levels) < _DEEPEST:
            self._levels.append(_Level(margin))
        return self._levels[-1]

    def _close(self) -> None:
        """Give the tests of the deepest level to the one that they are inside of."""
        level = self._levels.pop()
        outer = self._levels[-1]
        level.title = level.title or outer.inner
        _flush(level)
        self._check(level)
        outer.waiting += level.results
        outer.inner = level.title
        for line, text in level.said.pairs():
            outer.said.add(line, text)

    def _check(self, level: _Level) -> None:
        count = len(level.results)
        if level.planned is not None and level.planned != count:
            self._problems.append(f"{_of(level)}{level.planned} planned, {count} results")
        told = sum(number for name, number in level.totals if name != "total")
        if level.totals and told != count:
            self._problems.append(f"{_of(level)}the totals tell of {told}, there are {count}")


def _flush(level: _Level) -> None:
    """Make a test without a result of tests that none has come for."""
    if level.waiting:
        name, children = level.inner, tuple(level.waiting)
        depth = children[0].depth - 1
        level.results.append(Result(ok=None, name=name, depth=depth, children=children))
        level.waiting, level.inner = [], ""


def _is_ktap(line: str) -> bool:
    """Whether a line of the kernel's log is one of a test, and not a message like others."""
    body = line.lstrip()
    return (
        line[:1] in ("#", " ", "\t")
        or ktap_lines.result(body) is not None
        or ktap_lines.plan(body) is not None
        or bool(ktap_lines.version(body))
    )


def _of(level: _Level) -> str:
    return f"{level.title}: " if level.title else ""
