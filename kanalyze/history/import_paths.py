"""Which paths of a kernel release an import keeps."""

import re

# What scanning reads, and what generated selftests are built from.  A path is
# kept when one of these matches it from its beginning; `$` ends a file's name.
_SCANNED = (
    r"Makefile$",
    r"mm/",
    r"kernel/fork\.c$",
    r"kernel/events/uprobes\.c$",
    r"fs/proc/task_mmu\.c$",
    r"include/(linux|uapi|asm-generic)/",
    r"include/asm-[^/]+/pgtable[^/]*\.h$",  # where they were before 2.6.27
    r"arch/[^/]+/mm/gup\.c$",  # GUP-fast before it became one for all in 5.3
    r"arch/[^/]+/include/asm/pgtable[^/]*\.h$",
)
_SELFTESTS = (
    r"tools/testing/selftests/[^/]+$",  # lib.mk, kselftest.h, the list of targets
    r"tools/testing/selftests/(mm|vm|lib|kselftest|kselftest_harness)/",
    r"tools/testing/selftests/x86/(check_cc\.sh|trivial_[^/]*)$",  # vm's Makefile runs them
    r"tools/testing/selftests/pidfd/pidfd\.h$",
    r"tools/include/",
    r"tools/scripts/",
    r"lib/test_hmm_uapi\.h$",
    r"arch/[^/]+/include/uapi/",
    r"scripts/subarch\.include$",
)
_CHECKPATCH = (
    r"scripts/checkpatch\.pl$",
    r"scripts/spelling\.txt$",
    r"scripts/const_structs\.checkpatch$",
)
_NEEDED = re.compile("|".join((*_SCANNED, *_SELFTESTS, *_CHECKPATCH)))


def is_needed(path: str) -> bool:
    """Return whether scanning or selftest generation may want ``path``."""
    return _NEEDED.match(path) is not None and is_storable(path)


def is_storable(path: str) -> bool:
    """Return whether git can hold ``path``: it refuses a directory of its own name."""
    return ".git" not in path.lower().split("/")
