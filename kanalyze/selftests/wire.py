"""A suite put into a tree's selftest directory: the new files, and the changed text of the old.

Each file keeps its own order and style, and what is there already is not added
again: wiring a suite into a tree that has it changes nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from kanalyze.selftests import script
from kanalyze.selftests.listing import place
from kanalyze.selftests.makefile import Makefile
from kanalyze.selftests.model import Change, Step, Suite, Target, Wiring
from kanalyze.selftests.text import decode, encode, lines

_TIMEOUT = re.compile(r"^timeout=(\d+)$", re.MULTILINE)
#: Seconds, where a directory does not say (kselftest/runner.sh).
_DEFAULT_TIMEOUT = 45

_OPTION = re.compile(r"(?:# )?(CONFIG_\w+)(?:=| is not set)")


def wire_suite(suite: Suite, target: Target, files: Mapping[str, bytes]) -> Wiring:
    """Return what it takes to have ``suite`` in the tree that ``target`` describes.

    ``files`` are those that ``target`` was probed from.  A tree whose runner
    knows no categories has the way to run the programs in the same step as the
    programs.  InputError for a Makefile that is none of a selftest.
    """
    tree = _Tree(files, target.directory)
    steps = []
    _programs(suite, target, tree)
    if not _selects(target):
        _run(suite, target, tree)
        steps.append(tree.step("programs"))
    else:
        steps.append(tree.step("programs"))
        _run(suite, target, tree)
        steps.append(tree.step("run"))
    kept = _config(suite, tree)
    steps.append(tree.step("config"))
    return Wiring(tuple(step for step in steps if step.changes), kept)


class _Tree:
    """The directory's files as they become, and what changed since the last step."""

    def __init__(self, files: Mapping[str, bytes], directory: str) -> None:
        self._before = dict(files)
        self._after = dict(files)
        self._directory = directory
        self._scripts: set[str] = set()

    def path(self, name: str) -> str:
        return f"{self._directory}/{name}"

    def text(self, name: str) -> str | None:
        data = self._after.get(self.path(name))
        return None if data is None else decode(data)

    def write(self, name: str, text: str) -> None:
        self._after[self.path(name)] = encode(text)

    def step(self, kind: Literal["programs", "run", "config"]) -> Step:
        """Return the changes since the last step as one, and begin the next."""
        changes = tuple(
            # git keeps the mode of a script; a file that is new gets it from here.
            Change(path, self._before.get(path), after, executable=after.startswith(b"#!"))
            for path, after in sorted(self._after.items())
            if self._before.get(path) != after
        )
        self._before = dict(self._after)
        return Step(kind, changes)


def _selects(target: Target) -> bool:
    return target.runner is not None and bool(target.runner.categories)


def _programs(suite: Suite, target: Target, tree: _Tree) -> None:
    """Add the sources, and have them built and ignored."""
    for program in suite.programs:
        tree.write(f"{program.name}.c", program.text)
    for header in suite.headers:
        tree.write(header.name, header.text)
    names = [program.name for program in suite.programs]
    makefile = _makefile(tree)
    makefile.add_tests(target.programs, names)
    if target.headers:
        makefile.add_headers([header.name for header in suite.headers], target.name)
    for program in suite.programs:
        makefile.add_sources(program.name, program.helpers)
        makefile.add_libraries(program.name, program.libraries)
    tree.write("Makefile", makefile.text)
    ignored = tree.text(".gitignore")
    if target.ignored and ignored is not None:
        tree.write(".gitignore", _ignoring(ignored, names))


def _makefile(tree: _Tree) -> Makefile:
    return Makefile(tree.text("Makefile") or "", tree.path("Makefile"))


def _ignoring(ignored: str, names: Sequence[str]) -> str:
    """Return the text of .gitignore with ``names``, each at the place that the list suggests."""
    listed = lines(ignored)
    for name in sorted(names):
        known = [
            (line.strip().lstrip("/"), index)
            for index, line in enumerate(listed)
            if line.strip() and not re.search(r"[#!*?\[]", line)
        ]
        if any(pattern == name for pattern, _ in known):
            continue
        # A list begins below its licence: what would go first goes behind the first.
        gap = max(1, place([pattern for pattern, _ in known], name))
        at = known[gap - 1][1] + 1 if known else len(listed)
        _insert(listed, at, name)
    return "".join(listed)


def _insert(listed: list[str], at: int, line: str) -> None:
    if at and not listed[at - 1].endswith("\n"):
        listed[at - 1] += "\n"
    listed.insert(at, f"{line}\n")


def _run(suite: Suite, target: Target, tree: _Tree) -> None:
    """Have the programs run by the script, and a wrapper call it where the tree has such."""
    if target.runner is None:
        return
    names = [program.name for program in suite.programs]
    before = text = tree.text(target.runner.name) or ""
    if target.runner.categories:
        text = script.add_category(text, suite.category, suite.says)
        text = script.add_selected(text, suite.category, _sentence(suite.says), names)
    elif target.runner.function:
        text = script.add_called(text, _sentence(suite.says), names)
    else:
        text = script.add_spelled(text, _sentence(suite.says), names)
    tree.write(target.runner.name, text)
    if target.wrapper and target.runner.categories:
        name = f"ksft_{suite.category.replace('-', '_')}.sh"
        tree.write(name, target.wrapper.format(suite.category))
        makefile = _makefile(tree)
        makefile.add_tests("TEST_PROGS", [name])
        tree.write("Makefile", makefile.text)
    if text != before:
        _timeout(suite, tree, shared=not (target.wrapper and target.runner.categories))


def _timeout(suite: Suite, tree: _Tree, *, shared: bool) -> None:
    """See to it that kselftest waits for the programs, beside all others if the time is shared.

    0 stands for no limit.
    """
    text = tree.text("settings") or ""
    found = _TIMEOUT.search(text)
    limit = int(found[1]) if found else _DEFAULT_TIMEOUT
    needed = suite.seconds + limit if shared else suite.seconds
    if not suite.seconds or not limit or limit >= needed:
        return
    line = f"timeout={needed}"
    tree.write("settings", _TIMEOUT.sub(line, text) if found else f"{text}{line}\n")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _config(suite: Suite, tree: _Tree) -> tuple[str, ...]:
    """Add the wanted options that are not set; return those that the tree sets otherwise."""
    config = lines(tree.text("config") or "")
    known = dict(_options(config))
    kept = []
    for wanted in suite.config:
        option = wanted.partition("=")[0]
        if option not in known:
            _insert(config, len(config), wanted)
            known[option] = wanted
        elif known[option] != wanted:
            kept.append(known[option])
    if config:
        tree.write("config", "".join(config))
    return tuple(kept)


def _options(config: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in config:
        match = _OPTION.match(line)
        if match:
            yield match[1], line.strip()
