"""A stable tree and a mainline, made for tests, and held against each other."""

from pathlib import Path
from typing import Any

from kernelish import CONFIG, Kernel, fault, protect

from kanalyze.config import Config
from kanalyze.history.compare_trees import against
from kanalyze.history.model import Against, LoneCommit
from kanalyze.history.scan import ScanRequest

MAPS = "page_mapcount(page) == 1"
REFS = "page_count(page) == 1"
ROLES = frozenset({"decision", "arm", "pin-check", "section"})


def begun(path: Path) -> Kernel:
    """Make a kernel whose fault handler trusts the map count; v1 and the branches start there."""
    made = Kernel(path)
    made.memory(fault(MAPS), protect(), message=b"mm: begin\n")
    made.git("tag", "v1")
    return made


def held(
    kernel: Kernel,
    here: str,
    there: str,
    *,
    own: Path | None = None,
    tree: Path | None = None,
    wanted: str = "",
    files: tuple[str, ...] = (),
    config: Config = CONFIG,
) -> Against:
    """Hold a revision of ``own`` against one of ``tree``; both are the kernel if not given."""
    request = ScanRequest(
        tree=str(own or kernel.path),
        config=config,
        revision=here,
        files=files,
        db=kernel.db,
        jobs=1,
    )
    return against(request, str(tree or kernel.path), there, wanted, ROLES)


def stable(kernel: Kernel, *functions: str, message: str, **options: Any) -> str:
    """Commit to the stable branch, which begins at v1."""
    if not kernel.git("for-each-ref", "refs/heads/stable"):
        kernel.git("branch", "stable", "v1")
    return kernel.memory(*functions, message=message.encode(), branch="stable", **options)


def mainline(kernel: Kernel, *functions: str, message: str, **options: Any) -> str:
    return kernel.memory(*functions, message=message.encode(), **options)


def lone(found: Against, side: str) -> list[str]:
    return [one.subject for one in found.commits if one.side == side]


def missing(found: Against, side: str) -> list[LoneCommit]:
    return [one for one in found.commits if one.fixes and one.side != side]
