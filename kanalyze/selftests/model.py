"""What crosses this room's border: a suite of tests, the tree that takes it, what that changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Program:
    """One test program: ``name`` without ".c", the C text, and what it tests in one line.

    ``helpers`` are sources of the tree's own to link with ("vm_util.c"),
    ``libraries`` what the linker is told ("-lnuma").
    """

    name: str
    text: str
    says: str
    helpers: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """A header that the programs share; ``name`` includes ".h"."""

    name: str
    text: str


@dataclass(frozen=True)
class Suite:
    """The generated tests, before any tree is known.

    ``category`` selects them in run_vmtests.sh ("cow-rules"); ``says`` stands
    beside it in the usage text.  ``title`` is what the first patch does, in the
    imperative, and ``about`` the paragraphs that say why.  ``config`` are lines
    of a kernel configuration ("CONFIG_KSM=y").  ``seconds`` is the time that all
    programs may take together, 0 if that is not known.
    """

    category: str
    title: str
    says: str
    about: tuple[str, ...]
    programs: tuple[Program, ...]
    headers: tuple[Header, ...] = ()
    config: tuple[str, ...] = ()
    seconds: int = 0


@dataclass(frozen=True)
class Helper:
    """A header of the tree's own helpers for memory tests.

    ``source`` is the C file to link with, or "" where the header is all there
    is.  ``names`` are the functions and macros that it has.  ``linked`` says
    that the Makefile gives the source to every program already.
    """

    header: str
    source: str
    names: frozenset[str]
    linked: bool


@dataclass(frozen=True)
class Runner:
    """The script that runs the memory tests, "run_vmtests.sh" or "run_vmtests".

    ``categories`` are those of its usage text; none where it cannot select.
    ``function`` says that it has a ``run_test`` function to call.
    """

    name: str
    categories: tuple[str, ...]
    function: bool


@dataclass(frozen=True)
class Target:
    """What a tree's directory of memory selftests has; every field is probed, none assumed.

    ``directory``  "tools/testing/selftests/mm", or "…/vm" in older trees.
    ``include``    how its tests name kselftest.h, delimiters included.
    ``ksft``       the functions and macros that kselftest.h defines.
    ``helpers``    vm_util.h and its like.
    ``programs``   the Makefile's variable for programs: TEST_GEN_FILES where a
                   script runs them, TEST_GEN_PROGS where each runs by itself.
    ``headers``    whether a header in LOCAL_HDRS is a prerequisite of a program.
    ``ignored``    whether .gitignore names each program.
    ``runner``     the script that runs them, if there is one.
    ``wrapper``    the text of a ksft_*.sh script, the category left open as
                   ``{}``; "" where the tree has no such scripts.
    ``config``     whether there is a file of wanted kernel options.
    ``gup_option`` the option that builds the kernel's own test of pins.
    """

    directory: str
    include: str
    ksft: frozenset[str]
    helpers: tuple[Helper, ...]
    programs: Literal["TEST_GEN_FILES", "TEST_GEN_PROGS"]
    headers: bool
    ignored: bool
    runner: Runner | None
    wrapper: str
    config: bool
    gup_option: Literal["", "CONFIG_GUP_TEST", "CONFIG_GUP_BENCHMARK"]

    @property
    def name(self) -> str:
        """The last part of the directory, which is also kselftest's name for it."""
        return self.directory.rpartition("/")[2]


@dataclass(frozen=True)
class Change:
    """One file, before (``None``: there was none) and after."""

    path: str
    before: bytes | None
    after: bytes
    executable: bool = False


@dataclass(frozen=True)
class Step:
    """What one patch changes: the programs, how they are run, or the wanted configuration."""

    kind: Literal["programs", "run", "config"]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Wiring:
    """A suite in a tree, step by step; no step where the tree has it all already.

    ``kept`` are options that the tree's ``config`` sets otherwise than the suite
    wants, as the tree has them: they are left alone.
    """

    steps: tuple[Step, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Author:
    """Who signs the patches off, and the date that they bear (with a time zone)."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True)
class Patch:
    """One mail of a series: the file name that git would give it, and its bytes."""

    name: str
    mail: bytes


@dataclass(frozen=True)
class Series:
    """The patches in order, and a cover letter if one was asked for.

    The cover letter is no part of :attr:`mbox`: ``git am`` stops at a mail
    without a patch.
    """

    patches: tuple[Patch, ...]
    cover: Patch | None = None

    @property
    def mbox(self) -> bytes:
        """All patches as one mailbox."""
        return b"".join(patch.mail for patch in self.patches)


@dataclass(frozen=True)
class OutputFile:
    """A file to write: its path below the output directory, with "/"."""

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Written:
    """What became of an output directory: paths that were written, left as they were, removed."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
