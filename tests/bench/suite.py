"""The figures, each with its bar, in the order of the table."""

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from kanalyze.progress import Progress

from .figures import Figure, Report, ratio
from .machine import machine
from .timing import BenchError, Program, Run, in_turns
from .work import PICKAXE, Settings, Work

_QUICK_RUNS = 10
#: The two files that a fault goes through first.
_TWO = ("mm/memory.c", "mm/gup.c")


class Suite:
    """Measures everything that the machine and the settings allow."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._work = Work(settings)
        self._left_out: list[str] = []

    def run(self) -> Report:
        """Return the figures; one that cannot be had is left out and named."""
        about = machine(self._work)
        parts: list[tuple[str, Callable[[], Iterator[Figure]]]] = [
            ("whole history", self._history),
            ("one new commit", self._one_commit),
            ("lives", self._lives),
            ("one revision", self._one_revision),
            ("help", self._help),
            ("whole tree", self._whole_tree),
            ("memory", self._memory),
            ("PyDriller", self._pydriller),
        ]
        figures: list[Figure] = []
        self._progress.stage("measuring", len(parts))
        for name, part in parts:
            try:
                figures.extend(part())
            except BenchError as error:
                self._left_out.append(f"{name}: {error}")
            self._progress.step()
        return Report(machine=about, figures=figures, left_out=self._left_out)

    # ---------------------------------------------------------------- history

    def _history(self) -> Iterator[Figure]:
        work = self._work
        stores: list[Path] = []

        def cold() -> Run:
            stores.append(work.store())
            return work.scan(work.tree, stores[-1]).run()

        def warm() -> Run:
            return work.scan(work.tree, stores[-1]).run()

        pickaxe = work.pickaxe()
        pickaxe.run()  # the repository is in the page cache from here on
        times = in_turns(
            self._settings.runs, {"reference": pickaxe.run, "cold": cold, "warm": warm}
        )
        against, reference = "git log -G", times["reference"]
        note = f"against git log -G'{PICKAXE}' over the same files"
        yield ratio("cold scan", times["cold"], reference, against=against, bar=3, note=note)
        yield ratio("warm rescan", times["warm"], reference, against=against, bar=0.5)

    def _one_commit(self) -> Iterator[Figure]:
        """Measure what a commit costs when all before it is known."""
        work = self._work
        some = work.ask("rev-list", "-1", "--no-merges", "HEAD", "--", _TWO[0])
        new = some or work.ask("rev-list", "-1", "--no-merges", "HEAD", "--", *work.files)
        if not new:
            raise BenchError("no commit touches the files")
        old = work.ask("rev-list", "--parents", "-1", new).split()[-1]
        if old == new:
            raise BenchError(f"{new[:12]} has no parent here")
        known = work.store()
        work.scan(work.tree, known, "--rev", old).run()

        def scan() -> Run:
            return work.scan(work.tree, work.store(known), "--rev", new).run()

        runs = max(self._settings.runs, 5)
        times = in_turns(runs, {"git": work.raw(old, new).run, "scan": scan})
        yield Figure(
            name="one new commit",
            value=times["scan"].median - times["git"].median,
            unit="s",
            bar=0.3,
            ours=times["scan"],
            reference=times["git"],
            against="git log --raw",
            note=f"{new[:12]} on a store that ends at its parent; the difference of both",
        )

    def _lives(self) -> Iterator[Figure]:
        """Measure what lives cost when every fact is known."""
        work = self._work
        store = work.store()
        work.scan(work.tree, store).run()
        one, steps = work.longest_life(store)
        programs = {
            "all lives": work.history(store),
            "one life": work.history(store, one, "--no-meaning"),
            "one life, meant": work.history(store, one),
        }
        for program in programs.values():
            program.run()
        actions = {name: program.run for name, program in programs.items()}
        times = in_turns(max(self._settings.runs, 5), actions)
        bars = {"all lives": 2.0, "one life": 0.3}
        notes = {
            "one life": f"{one}, {steps} steps",
            "one life, meant": "the same and what each step meant, as users get it",
        }
        for name, taken in times.items():
            yield Figure(
                name=f"history, {name}",
                value=taken.median,
                unit="s",
                bar=bars.get(name),
                ours=taken,
                note=notes.get(name, "warm, as the rest of history"),
            )

    # --------------------------------------------------------------- one tree

    def _one_revision(self) -> Iterator[Figure]:
        if not shutil.which("spatch"):
            raise BenchError("spatch is missing (Debian's package coccinelle)")
        work = self._work
        tree = self._settings.source or work.tree
        files = self._two_files(tree)
        asked = [word for name in files for word in ("--file", name)]
        spatch = work.spatch(list(files.values()))
        spatch.run()
        times = in_turns(
            max(self._settings.runs, 5),
            {
                "spatch": spatch.run,
                "scan": lambda: work.scan(tree, work.store(), "--no-history", *asked).run(),
            },
        )
        note = f"{' and '.join(files)}, cold; spatch lists the calls of all names of the vocabulary"
        yield ratio(
            "one revision", times["scan"], times["spatch"], against="spatch", bar=1, note=note
        )

    def _two_files(self, tree: Path) -> dict[str, Path]:
        """Return the files of one revision to look at, path -> where a plain file is."""
        work = self._work
        if tree != work.tree:
            here = {name: tree / name for name in (*_TWO, *work.files) if (tree / name).is_file()}
        else:
            listed = work.ask("ls-tree", "--name-only", "HEAD", "--", *_TWO, *work.files).split()
            here = {}
            for name in (name for name in (*_TWO, *work.files) if name in listed):
                here[name] = work.work / "files" / name
        if not here:
            raise BenchError(f"none of the default files is in {tree.name}")
        chosen = {name: here[name] for name in _TWO if name in here} or dict(
            [next(iter(here.items()))]
        )
        if tree == work.tree:
            for name, place in chosen.items():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(work.read("cat-file", "blob", f"HEAD:{name}"))
        return chosen

    def _help(self) -> Iterator[Figure]:
        program = self._work.help()
        program.run()
        times = in_turns(_QUICK_RUNS, {"help": program.run})["help"]
        yield Figure(name="kanalyze --help", value=times.median, unit="s", bar=0.25, ours=times)

    def _sweep(self, source: Path) -> Program:
        options = ("--all-files", "--no-history")
        return self._work.scan(source, self._work.store(), *options)

    def _whole_tree(self) -> Iterator[Figure]:
        source = self._settings.source
        if not source:
            raise BenchError("SOURCE, an unpacked kernel, is not given")
        grep, words = self._work.grep(source), self._work.grep(source, "-w")
        grep.run()  # the files are in the page cache from here on
        actions = {
            "grep": grep.run,
            "words": words.run,
            "scan": lambda: self._sweep(source).run(),
        }
        times = in_turns(self._settings.runs, actions)
        note = "against grep -rE for all names of the vocabulary in *.c and *.h"
        yield ratio(
            "--all-files", times["scan"], times["grep"], against="grep -rE", bar=3, note=note
        )
        note = "the same with -w: whole words only, as kanalyze counts them"
        yield ratio(
            "--all-files, words", times["scan"], times["words"], against="grep -rwE", note=note
        )

    # ----------------------------------------------------------------- memory

    def _memory(self) -> Iterator[Figure]:
        work = self._work
        yield from _peaks("cold scan", work.scan(work.tree, work.store()))
        if self._settings.source:
            yield from _peaks("--all-files", self._sweep(self._settings.source))

    # -------------------------------------------------------------- PyDriller

    def _pydriller(self) -> Iterator[Figure]:
        if find_spec("pydriller") is None:
            raise BenchError("it is not installed (pip install 'pydriller>=2.6')")
        work = self._work
        old, commits = self._newest()
        drill = work.pydriller(commits)
        times = in_turns(
            self._settings.runs,
            {
                "pydriller": drill.run,
                "scan": lambda: work.scan(work.tree, work.store(), "--range", f"{old}..HEAD").run(),
            },
        )
        note = (
            f"{len(commits)} commits that touch the files, {old[:12]}..HEAD; PyDriller reads"
            " messages, texts and diffs and analyses nothing"
        )
        yield ratio(
            "range, cold", times["scan"], times["pydriller"], against="PyDriller", note=note
        )

    def _newest(self) -> tuple[str, list[str]]:
        """Return a commit of the main line, and the commits since that touch the files."""
        work = self._work
        line = work.ask("rev-list", "--first-parent", "HEAD").split()
        if len(line) < 2:
            raise BenchError("the history has a single commit")

        def since(steps: int) -> list[str]:
            return work.ask("rev-list", f"{line[steps]}..HEAD", "--", *work.files).split()

        few, enough = 0, 1
        while enough < len(line) - 1 and len(since(enough)) < self._settings.commits:
            few, enough = enough, min(enough * 2, len(line) - 1)
        while enough - few > 1:
            middle = (few + enough) // 2
            if len(since(middle)) < self._settings.commits:
                few = middle
            else:
                enough = middle
        commits = since(enough)
        if not commits:
            raise BenchError("no commit touches the files")
        return line[enough], commits


def _peaks(what: str, program: Program) -> Iterator[Figure]:
    main, worker = program.peaks()
    note = "peak resident memory, git's not counted"
    yield Figure(name=f"memory, {what}, main", value=main, unit="MB", bar=300, note=note)
    if worker:  # a small tree is done without any
        yield Figure(name=f"memory, {what}, worker", value=worker, unit="MB", bar=300)
