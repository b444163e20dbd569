"""What is compared: our scans, and the programs that people use without us."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kanalyze.config import load

from .timing import BenchError, Program

_SLOWING = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
_TOP = Path(__file__).resolve().parents[2]
#: What somebody who knows the mm history would ask git for.
PICKAXE = r"page_count\(|page_mapcount\(|reuse_swap_page|can_share_swap_page"
#: Two workers, as the bars are for two.
JOBS = 2
_NOTHING_FOUND = frozenset({0, 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user wants measured."""

    tree: Path
    source: Path | None
    runs: int
    commits: int
    work: Path


class Work:
    """Makes the programs to run; everything that they write goes below one directory."""

    def __init__(self, settings: Settings) -> None:
        self.tree = settings.tree
        self.work = settings.work
        # Neither the user's configuration of kanalyze nor that of git takes part,
        # and nothing keeps Python from its compiled modules.
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in _SLOWING},
            "XDG_CACHE_HOME": str(self.work / "cache"),
            "XDG_CONFIG_HOME": str(self.work / "config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "LC_ALL": "C",
        }
        os.environ["XDG_CONFIG_HOME"] = self.environment["XDG_CONFIG_HOME"]
        config = load()
        self.files = tuple(config.files.default)
        self.names = tuple(sorted(config.rules.kinds))
        self.extensions = tuple(config.files.extensions)
        self._stores = 0
        script = Path(sys.executable).with_name("kanalyze")
        self.kanalyze = [str(script)]
        if not script.exists():  # not installed, as in a checkout with tools of its own
            self.kanalyze = [sys.executable, "-m", "kanalyze"]
            self.environment["PYTHONPATH"] = str(_TOP)

    # ------------------------------------------------------------- kanalyze

    def store(self, like: Path | None = None) -> Path:
        """Return the path of a new fact store, a copy of another or not there yet."""
        self._stores += 1
        path = self.work / f"facts-{self._stores}.sqlite"
        if like:
            shutil.copyfile(like, path)
        return path

    def scan(self, tree: Path, store: Path, *options: str) -> Program:
        """Return a scan of ``tree`` with a fact store of ours."""
        command = [*self.kanalyze, "scan", str(tree), "--db", str(store), "--quiet"]
        return Program([*command, "--jobs", str(JOBS), *options], self.environment)

    def history(self, store: Path, *arguments: str) -> Program:
        """Return the lives of the tree told from a fact store of ours."""
        command = [*self.kanalyze, "history", str(self.tree), *arguments, "--db", str(store)]
        return Program([*command, "--jobs", str(JOBS), "--quiet"], self.environment)

    def longest_life(self, store: Path) -> tuple[str, int]:
        """Return the id of the decision that the most commits changed, and how many did."""
        program = self.history(store, "--role", "decision", "--format", "json")
        lives = json.loads(self._printed(program.command))["lifelines"]
        if not lives:
            raise BenchError("the history has no decision")
        life = max(lives, key=lambda life: len(life["steps"]))
        return str(life["id"]), len(life["steps"])

    def help(self) -> Program:
        return Program([*self.kanalyze, "--help"], self.environment)

    # ------------------------------------------------------------------ git

    def git(self, *arguments: str, tree: Path | None = None) -> list[str]:
        """Return git's command line for the tree, whoever owns it."""
        options = ["-c", "safe.directory=*", "--no-pager"]
        return ["git", *options, "-C", str(tree or self.tree), *arguments]

    def ask(self, *arguments: str) -> str:
        """Return what git prints about the tree.  Raises BenchError when it fails."""
        return self.read(*arguments).decode(errors="replace").strip()

    def read(self, *arguments: str) -> bytes:
        """Return what git prints about the tree, as it is."""
        return self._printed(self.git(*arguments), f"git {arguments[0]}")

    def _printed(self, command: Sequence[str], called: str = "kanalyze") -> bytes:
        done = subprocess.run(command, env=self.environment, capture_output=True, check=False)
        if done.returncode:
            complaint = done.stderr.decode(errors="replace").strip().splitlines()
            raise BenchError(f"{called}: {complaint[-1] if complaint else 'failed'}")
        return done.stdout

    def pickaxe(self) -> Program:
        """Return the reference for whole histories."""
        arguments = ["log", f"-G{PICKAXE}", "--format=%H", "--", *self.files]
        return Program(self.git(*arguments), self.environment, speaks=False)

    def raw(self, old: str, new: str) -> Program:
        """Return the least that git needs to tell what a range changed."""
        arguments = ["log", "--raw", "--format=%H", f"{old}..{new}", "--", *self.files]
        return Program(self.git(*arguments), self.environment, speaks=False)

    # --------------------------------------------------------------- others

    def spatch(self, files: list[Path]) -> Program:
        """Return Coccinelle listing the calls of all our names in some files."""
        rules = self.work / "calls.cocci"
        names = ", ".join(self.names)
        rules.write_text(f"@@\nidentifier name = {{{names}}};\n@@\n\n* name(...)\n")
        command = ["spatch", "--sp-file", str(rules), "--very-quiet", "--no-includes"]
        return Program([*command, *map(str, files)], self.environment)

    def grep(self, source: Path, *options: str) -> Program:
        """Return a search for all our names in the files that --all-files looks at."""
        kinds = [f"--include=*{extension}" for extension in self.extensions]
        command = [
            "grep",
            "-rE",
            *options,
            "--exclude-dir=.git",
            *kinds,
            "|".join(self.names),
            str(source),
        ]
        return Program(command, self.environment, _NOTHING_FOUND, speaks=False)

    def pydriller(self, commits: list[str]) -> Program:
        """Return PyDriller reading what some commits did to the default files."""
        # It writes to the configuration of what it reads, so it gets a copy.
        copy = self.work / "copy.git"
        if not copy.exists():
            command = self.git("clone", "--quiet", "--bare", "--shared", ".", str(copy))
            done = subprocess.run(command, env=self.environment, capture_output=True, check=False)
            if done.returncode:
                raise BenchError(f"git clone: {done.stderr.decode(errors='replace').strip()}")
        listed = self.work / "commits"
        listed.write_text("\n".join(commits))
        script = Path(__file__).with_name("pydriller_walk.py")
        command = [sys.executable, str(script), str(copy), str(listed), *self.files]
        environment = {
            **self.environment,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        return Program(command, environment)
