"""A repository with a few files of every kind, and what tests of trees share."""

from pathlib import Path

from gitrepo import Repo

from kanalyze.errors import KanalyzeError
from kanalyze.history import GitTree, open_tree

MEMORY = b"int page_count;\n"


def small_kernel(path: Path) -> Repo:
    """Make a repository of two commits, with a link, a submodule and names that git expands."""
    repo = Repo(path)
    link = repo.blob(b"/etc/passwd")
    files: dict[str, bytes | tuple[str, str] | None] = {
        "mm/memory.c": MEMORY,
        "mm/gup.c": b"int gup;\n",
        "mm/link.c": ("120000", link),
        "mm/module": ("160000", "1" * 40),
        "-dash.c": b"dash\n",
        "mm/*.c": b"star\n",
        ":(exclude)mm": b"magic\n",
        "caf\udce9.c": b"latin-1\n",
    }
    repo.commit(files, b"mm: begin\n")
    repo.commit({"mm/memory.c": MEMORY + b"\n"}, b"mm: go on\n")
    return repo


def opened(path: Path) -> GitTree:
    tree = open_tree(path)
    assert isinstance(tree, GitTree)
    return tree


def one_line(error: KanalyzeError) -> str:
    text = str(error)
    assert text and "\n" not in text
    return text
