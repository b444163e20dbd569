"""Functions of real releases, evaluated in every state, for tests that look at the answers."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from kanalyze import config
from kanalyze.semantics.code import Code
from kanalyze.semantics.entries import Entry, entries
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.features import probe
from kanalyze.semantics.states import Size, Trigger

# They say that the decision was put off, not what it was.
TRANSIENT = frozenset({"none", "retry"})


class RealCode:
    """One release: its functions and what it has."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.code = Code(files, config.load().rules)
        self.features = probe(files)

    def found(self, function: str, trigger: Trigger, size: Size) -> Entry:
        """Return the entry that the tool finds; where it finds none, :meth:`given`."""
        for one in entries(self.code, function, self.features):
            if (one.trigger, one.size) == (trigger, size):
                return one
        return self.given(function, trigger, size)

    def given(self, function: str, trigger: Trigger, size: Size) -> Entry:
        """Return an entry whose page is the parameter of that name, if there is one."""
        program = self.code.program(function)
        assert program is not None, function
        pages = [name for name in program.parameters if name in ("page", "folio")]
        return Entry(trigger, size, pages[0] if pages else "")

    def evaluate(self, function: str, entry: Entry, *, answers: bool) -> Evaluation:
        """Evaluate a function; ``answers``: its outcomes are what it returns."""
        program = self.code.program(function)
        assert program is not None, function
        return Evaluation(self.code, program, entry, self.features, answers=answers)


class Releases:
    """Real releases by their series, each read once; one that is not there skips the test."""

    def __init__(self, repository: Path, tag_of: Callable[[str], str]) -> None:
        self._git = ("git", f"--git-dir={repository}")
        self._tag_of = tag_of
        self._read: dict[str, RealCode] = {}

    def __call__(self, series: str) -> RealCode:
        if series not in self._read:
            self._read[series] = RealCode(self._files(self._tag_of(series)))
        return self._read[series]

    def _files(self, tag: str) -> dict[str, bytes]:
        paths = config.load().files.default
        listing = self._run("ls-tree", "-r", "--name-only", tag, "--", *paths)
        return {
            path: self._run("cat-file", "blob", f"{tag}:{path}")
            for path in listing.decode().splitlines()
        }

    def _run(self, *arguments: str) -> bytes:
        return subprocess.run([*self._git, *arguments], capture_output=True, check=True).stdout


def settled(evaluation: Evaluation, state: int) -> frozenset[str]:
    """Return the outcomes of a state, without the transient ones if there are others."""
    outcomes = frozenset(evaluation.of(state))
    return outcomes - TRANSIENT or outcomes


def told(evaluation: Evaluation, state: int) -> str:
    """Return what the tool says about a state, in words and with the way to each outcome."""
    witness = evaluation.witness(state, evaluation.of(state)[0])
    counters = ", ".join(f"{name} {value}" for name, value in witness.counters)
    lines = [f"state: {witness.words} ({counters})"]
    for outcome in evaluation.of(state):
        lines.append(f"the tool's way to {outcome!r}:")
        for step in evaluation.witness(state, outcome).path:
            open_ = ", open" if step.open else ""
            lines.append(f"    {step.function}:{step.line}: {step.text} -> {step.value}{open_}")
    return "\n".join(lines)
