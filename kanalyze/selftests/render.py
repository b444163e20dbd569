"""A plan's cases as C: programs, and the headers that they share.

The same cases give the same text, with the helpers that a tree has or, without
a tree, with none but our own.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.selftests.cases import CaseRecord
from kanalyze.selftests.comment import program_comment, wrap
from kanalyze.selftests.model import Header, Program, Suite, Target
from kanalyze.selftests.pieces import Kind, Piece, Pieces
from kanalyze.selftests.templating import Templates, selftest_templates

#: What the names of all headers begin with; those of the programs do, too.
PREFIX = "cow_rules_"
#: Seconds that a case may take, unless it is a race that says otherwise.
DEADLINE = 20
#: What stands for the tree's kselftest.h where there is no tree.
STAND_IN = "ksft.h"

_HEADERS = ("piece", "probe", "others", "settings", "harness")
# The header that the pieces of a kind are in, with what they share if it is not in one before.
_KINDS: dict[Kind, tuple[str, str]] = {
    "memory": ("memory", "How the page comes to be."),
    "other": ("sharing", "What another process does with the page."),
    "reference": ("references", "What reference or pin I take."),
    "arm": ("arms", "What happens to my mapping before I access the page."),
    "access": ("accesses", "How I access the page."),
    "observe": ("rules", "What the rules promise about the result."),
    "race": ("races", "Two things at a time, again and again."),
}
# What our own functions can be replaced with: function, and the header that it must be in.
_HELPERS = {"pagemap_get_entry": "vm_util.h", "read_pmd_pagesize": "vm_util.h"}
_PARTS: tuple[Kind, ...] = ("memory", "other", "reference", "arm", "access")
_COLUMNS = 100
_TAB = 8


@dataclass(frozen=True, slots=True)
class _Words:
    """What a program is, in one line for lists, and in a paragraph for its comment."""

    says: str
    about: str


_RULE_1 = (
    "Rule 1 of copy-on-write: a page may be written to in place only when it is exclusively "
    "mine. Each case shares a page with somebody else, writes to it, and asks the others what "
    "they see."
)
_PROGRAMS = {
    "cow_rules_reuse": _Words("nobody else sees what I write to a page that was shared", _RULE_1),
    "cow_rules_copies": _Words(
        "how often a page that is only mine is copied nevertheless",
        "Rule 2 of copy-on-write: a copy is always correct, but it costs time. Each case has a "
        "page that nobody else can see any more, writes to it, and counts whether it was copied. "
        "That is told, and no failure.",
    ),
    "cow_rules_pins": _Words(
        "a pinned page stays the page that is mapped, whatever happens to the mapping",
        "Rule 3 of copy-on-write: what must not be copied must not be marked for it. Each case "
        "pins a page, has something happen to the mapping, and checks that who holds the pin and "
        "who has the mapping still see each other's writes.",
    ),
    "cow_rules_force": _Words(
        "writes through /proc/PID/mem and ptrace() keep the rules",
        "Writes with FOLL_FORCE: a debugger may write to what is mapped read-only, and the three "
        "rules hold for that, too.",
    ),
    "cow_rules_race": _Words(
        "fork() at the same time as GUP-fast, or as migration, does not lose a pin",
        "Rule 3 of copy-on-write, under way: fork() must copy what is pinned. GUP-fast takes no "
        "lock that would hold it off, and a page that is to move to another node is not mapped "
        "for a while. Each case does both at the same time, again and again, and counts how "
        "often they met.",
    ),
}


def render(
    records: Iterable[CaseRecord],
    pieces: Pieces,
    target: Target | None,
    *,
    source: Path | None = None,
    deadline: int = DEADLINE,
) -> Suite:
    """Return the programs that these cases are in, for a tree or, without one, to stand alone.

    ``source`` is the directory of the templates, if not the installation's.
    Raises EnvironmentFailure where a template or a piece is missing.
    """
    programs: dict[str, list[CaseRecord]] = {}
    for record in records:
        programs.setdefault(record.program, []).append(record)
    cases = [case for program in programs.values() for case in program]
    used = _used(cases, pieces)
    renderer = _Renderer(used, target, source or selftest_templates(), deadline)
    return Suite(
        category="cow-rules",
        title="test the rules of copy-on-write",
        says="test the three rules of copy-on-write, in the states that the kernel tells apart",
        about=_about(cases),
        programs=tuple(renderer.program(name, found) for name, found in programs.items()),
        headers=renderer.headers(),
        config=_config(used, target),
        seconds=_seconds(cases),
    )


class _Renderer:
    """The templates, with what is the same in all of them."""

    def __init__(
        self, pieces: Sequence[Piece], target: Target | None, source: Path, deadline: int
    ) -> None:
        self._by_kind = dict(_by_kind(pieces))
        self._target = target
        self._templates = Templates(source)
        self._helpers = frozenset(_helpers(target))
        self._common = {
            "prefix": PREFIX,
            "guard": PREFIX.upper(),
            "kselftest": target.include if target else f'"{STAND_IN}"',
            "helpers": self._helpers,
            "deadline": deadline,
        }

    def headers(self) -> tuple[Header, ...]:
        named = [(name, self._templates.text(f"{name}.h.j2", self._common)) for name in _HEADERS]
        for kind, pieces in self._by_kind.items():
            name, says = _KINDS[kind]
            variables = {**self._common, "name": name, "says": says, "pieces": pieces}
            named.append((name, self._templates.text("pieces.h.j2", variables)))
        found = [Header(f"{PREFIX}{name}.h", text) for name, text in named]
        if not self._target:
            found.append(Header(STAND_IN, self._templates.text(STAND_IN, {})))
        return tuple(found)

    def program(self, name: str, cases: Sequence[CaseRecord]) -> Program:
        words = _PROGRAMS.get(name, _Words(name.replace("_", " "), "Cases put together by hand."))
        known = {text: f"KNOWN_{at}" for at, text in enumerate(_known(cases), 1)}
        variables = {
            **self._common,
            "header": program_comment(f"{name}: {words.says}", words.about, cases),
            "headers": [f"{PREFIX}{header}.h" for header in self._included(cases)],
            "known": [(name, _quoted(text)) for text, name in known.items()],
            "groups": list(_groups(cases, known)),
        }
        return Program(
            name=name,
            text=self._templates.text("test.c.j2", variables),
            says=words.says,
            helpers=tuple(sorted(self._sources())),
        )

    def _included(self, cases: Sequence[CaseRecord]) -> Iterator[str]:
        """Yield the headers of the kinds in these cases, and of those before them."""
        yield from _HEADERS
        kinds = {path.partition("/")[0] for case in cases for path in _paths(case)}
        ordered = list(self._by_kind)
        last = max(ordered.index(kind) for kind in ordered if kind in kinds)
        for kind in ordered[: last + 1]:
            yield _KINDS[kind][0]

    def _sources(self) -> Iterator[str]:
        headers = {_HELPERS[name] for name in self._helpers}
        for helper in self._target.helpers if self._target else ():
            if helper.header in headers and helper.source:
                yield helper.source


def _helpers(target: Target | None) -> Iterator[str]:
    """Yield the functions of the tree that can be used instead of our own."""
    for helper in target.helpers if target else ():
        for name, header in _HELPERS.items():
            if helper.header == header and name in helper.names:
                yield name


def _used(cases: Iterable[CaseRecord], pieces: Pieces) -> tuple[Piece, ...]:
    """Return the pieces of these cases, by kind, each behind what it needs."""
    wanted = {path for case in cases for path in _paths(case)}
    ordered = sorted(wanted, key=lambda path: (list(_KINDS).index(_kind(path)), path))
    try:
        return pieces.in_order(pieces[path] for path in ordered)
    except KeyError as error:
        raise EnvironmentFailure(f"there is no piece {error}", hint="install it again") from error


def _kind(path: str) -> Kind:
    return path.partition("/")[0]  # type: ignore[return-value]


def _by_kind(pieces: Sequence[Piece]) -> Iterator[tuple[Kind, list[Piece]]]:
    """Yield the kinds with their pieces; what is shared goes with the first that needs it."""
    group: list[Piece] = []
    for at, piece in enumerate(pieces):
        group.append(piece)
        following = next((it.kind for it in pieces[at + 1 :] if it.kind != "shared"), None)
        if piece.kind not in ("shared", following):
            yield piece.kind, group
            group = []


def _paths(case: CaseRecord) -> Iterator[str]:
    yield f"memory/{case.memory}"
    if case.race:
        yield f"race/{case.race}"
        return
    for kind in _PARTS[1:]:
        yield f"{kind}/{getattr(case, kind)}"
    yield f"observe/{case.rule}"


# ----------------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of the table that are about the same state, and that state."""

    about: tuple[str, ...]
    rows: tuple[str, ...]


def _groups(cases: Iterable[CaseRecord], known: dict[str, str]) -> Iterator[_Group]:
    for about, group in groupby(cases, _state):
        yield _Group(_comment(about), tuple(_row(case, known) for case in group))


def _state(case: CaseRecord) -> str:
    return f"{case.trigger}: {case.state}" if case.state else ""


def _comment(about: str) -> tuple[str, ...]:
    """Return the lines of a comment in the table."""
    lines = wrap(about, _COLUMNS - _TAB - 6)
    if len(lines) < 2:
        return tuple(f"/* {line} */" for line in lines)
    return ("/*", *(f" * {line}" for line in lines), " */")


def _row(case: CaseRecord, known: dict[str, str]) -> str:
    if case.race:
        macro, words = "RACE", [case.memory, case.race]
    else:
        macro = "CASE"
        words = [*(getattr(case, kind) for kind in _PARTS), case.rule]
    if case.xfail:
        words.append(f".xfail = {known[case.xfail]}")
    # Behind the tab, and with the comma that follows.
    lines = wrap(f"{macro}({', '.join(words)})", _COLUMNS - _TAB - 1, later=" " * (len(macro) + 1))
    return "\n\t".join(lines)


def _known(cases: Iterable[CaseRecord]) -> tuple[str, ...]:
    """Return where upstream says that it knows, each source once."""
    return tuple(dict.fromkeys(case.xfail for case in cases if case.xfail))


def _quoted(text: str) -> str:
    """Return what stands between the quotes of a C string."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return re.sub(r'["\\?]', r"\\\g<0>", text)


# ----------------------------------------------------------------------- the suite


def _about(cases: Sequence[CaseRecord]) -> tuple[str, ...]:
    places = {(one.file, one.function) for case in cases for one in case.covers}
    said = (
        "When a private page is written to, the kernel chooses between the page and a copy of "
        "it. Three rules say what is right: a page is written to in place only when it is "
        "exclusively the writer's; a copy is always correct; and what must not be copied, "
        "because somebody has pinned it, must not be marked for copy-on-write."
    )
    how = (
        f"Add {len(cases)} cases that bring a page into the states that the code tells apart, "
        "prove that it is there, access it, and look at what the rules promise. A case that "
        "does not reach its state, or misses a feature, is skipped and says so."
    )
    where = f"They were generated from the code of {len(places)} functions, which each file lists."
    return (said, how, where) if places else (said, how)


# What a case takes at most on a slow machine, on average: most take a tenth of it.
_SECONDS_A_CASE = 0.5


def _seconds(cases: Sequence[CaseRecord]) -> int:
    """Return how long all cases may take, in whole minutes."""
    return 60 * math.ceil(len(cases) * _SECONDS_A_CASE / 60)


_OPTION = re.compile(r"\bCONFIG_[A-Z0-9_]+\b")
#: What pieces say is missing, and the option behind it where they do not name it.
_SAID = {
    "swap": "CONFIG_SWAP",
    "io_uring": "CONFIG_IO_URING",
    "hugetlb pages": "CONFIG_HUGETLBFS",
    "a tmpfs": "CONFIG_TMPFS",
    "a second NUMA node": "CONFIG_MIGRATION",
}


def _config(pieces: Iterable[Piece], target: Target | None) -> tuple[str, ...]:
    """Return the kernel options that the pieces cannot do without."""
    options = {"CONFIG_PROC_PAGE_MONITOR"}
    for piece in pieces:
        options.update(_OPTION.findall(piece.missing))
        options.update(_SAID[said] for said in piece.missing.split(", ") if said in _SAID)
    if target and options & {"CONFIG_GUP_TEST", "CONFIG_GUP_BENCHMARK"}:
        options -= {"CONFIG_GUP_TEST", "CONFIG_GUP_BENCHMARK"}
        options |= {target.gup_option} - {""}
    return tuple(f"{option}=y" for option in sorted(options))
