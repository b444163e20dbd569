"""What a table was measured on."""

import os
import platform
import subprocess
from pathlib import Path

from kanalyze import __version__

from .timing import BenchError
from .work import Work

_TOP = Path(__file__).resolve().parents[2]


def machine(work: Work) -> dict[str, str]:
    """Return what a reader needs to judge the figures.

    Raises BenchError for a tree that is no git repository, or has no commit.
    """
    try:
        head = work.ask("rev-parse", "--verify", "HEAD^{commit}")
    except BenchError as error:
        raise BenchError(f"TREE={work.tree}: no git history here ({error})") from error
    touching = work.ask("rev-list", "--count", "HEAD", "--", *work.files)
    found = {
        "cpus": f"{len(os.sched_getaffinity(0))} ({_processor()})",
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "git": _first_word("git", "--version", position=2),
        "spatch": _first_word("spatch", "--version", position=2),
        "kanalyze": _revision(),
        "tree": f"{head[:12]}, {touching} commits touch the files",
    }
    return {key: value for key, value in found.items() if value}


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def _first_word(*command: str, position: int) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.split()[position]
    except (OSError, IndexError):
        return ""


def _revision() -> str:
    command = ["git", "-C", str(_TOP), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{__version__} {done.stdout.strip()}".strip()
