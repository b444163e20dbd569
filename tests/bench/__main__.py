"""`python -m tests.bench TREE=~/linux [SOURCE=~/linux-7.2] [RUNS=3] [COMMITS=200] [--json]`.

TREE is a kernel's git history, SOURCE an unpacked kernel for `--all-files`.
The exit status is 0 when every bar is met, 1 when one is missed, 2 when
nothing could be measured.
"""

import os
import sys
import tempfile
from pathlib import Path

from kanalyze.cli.progress import stage_progress
from kanalyze.errors import KanalyzeError

from .suite import Suite
from .timing import BenchError
from .work import Settings

_USAGE = "make bench TREE=~/linux [SOURCE=an unpacked kernel]"
_DEFAULTS = {"TREE": "", "SOURCE": "", "RUNS": "3", "COMMITS": "200"}


def settings(arguments: list[str], work: Path) -> Settings:
    """Return what the command line asks for.

    What stands on make's command line is also in the environment, so that
    `make bench TREE=... SOURCE=...` needs no word about SOURCE in the Makefile.
    """
    values = {name: os.environ.get(name, value) for name, value in _DEFAULTS.items()}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or name not in _DEFAULTS:
            raise BenchError(f"what is {argument!r}? Usage: {_USAGE}")
        values[name] = value
    if not values["TREE"]:
        raise BenchError(f"TREE, a kernel's git history, is not given: {_USAGE}")
    for name in ("RUNS", "COMMITS"):
        if not values[name].isdecimal() or not int(values[name]):
            raise BenchError(f"{name}={values[name]}: not a number from 1")
    return Settings(
        tree=_directory("TREE", values["TREE"]),
        source=_directory("SOURCE", values["SOURCE"]) if values["SOURCE"] else None,
        runs=int(values["RUNS"]),
        commits=int(values["COMMITS"]),
        work=work,
    )


def _directory(name: str, value: str) -> Path:
    path = Path(value).expanduser().absolute()
    if not path.is_dir():
        raise BenchError(f"{name}={value}: no such directory")
    return path


def main(arguments: list[str]) -> int:
    """Measure, print, and return the exit status."""
    as_json = "--json" in arguments
    rest = [argument for argument in arguments if argument != "--json"]
    try:
        with tempfile.TemporaryDirectory(prefix="kanalyze-bench-") as work:
            wanted = settings(rest, Path(work))
            with stage_progress() as progress:
                report = Suite(wanted, progress).run()
    except (BenchError, KanalyzeError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    print(report.as_json() if as_json else report.as_text(), end="")
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
