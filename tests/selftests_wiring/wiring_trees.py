"""Trees for the wiring tests: small ones that are made up, and real ones out of a repository."""

import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from kanalyze.selftests import (
    TARGET_PATHS,
    Author,
    Header,
    Program,
    Suite,
    Wiring,
)

DATA = Path(__file__).parent / "data"
TOP = "tools/testing/selftests"
SERIES = ("5.10", "6.1", "6.12", "7.2")
AUTHOR = Author("Jane Doe", "jane@example.org", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

MAKEFILE = """\
# SPDX-License-Identifier: GPL-2.0
LOCAL_HDRS += $(selfdir)/mm/local.h

TEST_GEN_FILES = alpha
TEST_GEN_FILES += cow
TEST_GEN_FILES += delta
ifeq ($(ARCH),x86_64)
TEST_GEN_FILES += cow_x86
endif
TEST_GEN_FILES += zeta

TEST_PROGS += ksft_alpha.sh
TEST_PROGS += ksft_zeta.sh

include ../lib.mk

$(TEST_GEN_FILES): vm_util.c

$(OUTPUT)/delta: uffd.c

$(OUTPUT)/zeta: LDLIBS += -lnuma
"""

SCRIPT = """\
#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
usage() {
	cat <<EOF
- mmap
	tests for mmap(2)
- cow
	test copy-on-write semantics
	of the usual kind
- thp
	test transparent huge pages

example: ./run_vmtests.sh -t "mmap cow"
EOF
	exit 0
}

run_test() {
	if test_selected ${CATEGORY}; then
		"$@"
	fi
}

CATEGORY="mmap" run_test ./alpha

# COW tests
CATEGORY="cow" run_test ./cow

if $RUN_ALL; then
CATEGORY="cow" run_test ./cow -a
fi

CATEGORY="thp" run_test ./zeta

exit $exitcode
"""

KSELFTEST = """\
/* SPDX-License-Identifier: GPL-2.0 */
/* ksft_only_in_a_comment(); */
#define KSFT_PASS 0
#define __noreturn __attribute__((__noreturn__))
static inline void ksft_set_plan(unsigned int plan)
{
	ksft_called(plan);
}
static inline __printf(1, 2) void ksft_print_msg(const char *msg, ...) { }
static inline __noreturn void ksft_exit_pass(void)
{
	exit(KSFT_PASS);
}
void ksft_declared(void (*call)(int), int value) __attribute__((cold));
#define ksft_finished() ksft_exit_pass()
"""


def made_up(**changed: str | None) -> dict[str, bytes]:
    """Return a small tree; ``changed`` replaces files by the names below, or removes (None)."""
    names = {
        "Makefile": f"{TOP}/mm/Makefile",
        "gitignore": f"{TOP}/mm/.gitignore",
        "script": f"{TOP}/mm/run_vmtests.sh",
        "config": f"{TOP}/mm/config",
        "wrapper": f"{TOP}/mm/ksft_alpha.sh",
        "kselftest": f"{TOP}/kselftest.h",
        "library": f"{TOP}/lib.mk",
        "test": f"{TOP}/mm/cow.c",
        "helper": f"{TOP}/mm/vm_util.h",
        "helper_source": f"{TOP}/mm/vm_util.c",
    }
    texts: dict[str, str | None] = {
        "Makefile": MAKEFILE,
        "gitignore": "# SPDX-License-Identifier: GPL-2.0-only\ncow\nzeta\nalpha\n*.tmp*\n",
        "script": SCRIPT,
        "config": "CONFIG_SYSVIPC=y\nCONFIG_KSM=m\n",
        "wrapper": "#!/bin/sh -e\n# SPDX-License-Identifier: GPL-2.0\n\n./run_vmtests.sh -t mmap\n",
        "kselftest": KSELFTEST,
        "library": (
            "LOCAL_HDRS += $(selfdir)/kselftest.h\n\t$(LINK.c) $(filter-out $(LOCAL_HDRS),$^)\n"
        ),
        "test": '#include <stdio.h>\n#include "../kselftest.h"\n',
        "helper": "unsigned long pagemap_get_pfn(int fd, char *start);\n",
        "helper_source": "\n",
    }
    texts.update(changed)
    return {names[key]: text.encode() for key, text in texts.items() if text is not None}


def stand_in(include: str = '"kselftest.h"') -> Suite:
    """Return a suite of one real program, for a tree that includes kselftest.h so."""
    text = (DATA / "cow_stand_in.c").read_text()
    return Suite(
        category="cow-rules",
        title="test the rules of copy-on-write",
        says="test that copies are made when they are due",
        about=(
            "A write to a private page may reuse the page only when nobody else can see what "
            "is written. Nothing in this directory asks for that in the states where the kernel "
            "chooses between reuse and a copy.",
        ),
        programs=(
            Program(
                name="cow_stand_in",
                text=text.replace('"kselftest.h"', include),
                says="a child's writes stay the child's own",
            ),
        ),
        headers=(Header("cow_stand_in.h", (DATA / "cow_stand_in.h").read_text()),),
        config=("CONFIG_KSM=y", "CONFIG_IO_URING=y"),
    )


def wired(files: Mapping[str, bytes], wiring: Wiring) -> dict[str, bytes]:
    """Return the tree as it is after ``wiring``, checking that each step fits the last."""
    after = dict(files)
    for step in wiring.steps:
        for change in step.changes:
            assert after.get(change.path) == change.before
            after[change.path] = change.after
    return after


def added(files: Mapping[str, bytes], after: Mapping[str, bytes], path: str) -> list[str]:
    """Return the lines that ``path`` gained; fail if anything else of it changed."""
    rest = iter(files[path].decode().split("\n") if path in files else [])
    gained = []
    expected = next(rest, None)
    for line in after[path].decode().split("\n"):
        if line == expected:
            expected = next(rest, None)
        else:
            gained.append(line)
    assert expected is None, f"{path} lost {expected!r}"
    return gained


def line_before(text: bytes, line: str) -> str:
    """Return the line above ``line``."""
    lines = text.decode().split("\n")
    return lines[lines.index(line) - 1]


def git(where: Path, *arguments: str, data: bytes = b"") -> bytes:
    """Run git and return what it says."""
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command = ["git", "-C", str(where), *identity, *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode()
    return done.stdout


def release_files(repository: Path, tag: str) -> dict[str, bytes]:
    """Return the files of a release that the wiring looks at."""
    listing = git(repository, "ls-tree", "-r", "-z", "--name-only", tag, "--", *TARGET_PATHS)
    paths = listing.decode().split("\0")[:-1]
    wanted = "".join(f"{tag}:{path}\n" for path in paths)
    answer = git(repository, "cat-file", "--batch", data=wanted.encode())
    files = {}
    for path in paths:
        heading, _, answer = answer.partition(b"\n")
        size = int(heading.split()[2])
        files[path], answer = answer[:size], answer[size + 1 :]
    return files


def checked_out(repository: Path, tag: str, where: Path) -> Path:
    """Return a repository at ``where`` with what of a release a selftest is built from."""
    archive = git(repository, "archive", tag, "--", "tools", "scripts", "mm")
    where.mkdir()
    subprocess.run(["tar", "x", "-C", str(where)], input=archive, check=True)
    git(where, "init", "--quiet")
    git(where, "add", "--all", "--force")
    git(where, "commit", "--quiet", "--message", tag)
    return where


def complaints(tree: Path, mail: bytes) -> set[str]:
    """Return what kinds of complaint the tree's own checkpatch.pl has of a patch.

    FILE_PATH_CHANGES comes with every new file: it asks whether MAINTAINERS is
    to change, and MAINTAINERS names directories.
    """
    command = ["perl", "scripts/checkpatch.pl", "--strict", "--no-tree", "--show-types"]
    done = subprocess.run([*command, "-"], cwd=tree, input=mail, capture_output=True, check=False)
    said = done.stdout.decode()
    assert re.search(r"total: \d+ errors, \d+ warnings, \d+ checks", said), said
    return set(re.findall(r"^(?:ERROR|WARNING|CHECK):(\w+):", said, re.MULTILINE))


def built(tree: Path, output: Path, *programs: str) -> Path:
    """Build programs with the tree's own Makefile; return where they are.

    The repository of releases leaves out tools/arch; what tools/include wants
    of it are headers that only name the generic ones.
    """
    for header in sorted((tree / "tools/include/uapi/asm").glob("*.h")):
        for name in re.findall(
            r'"\.\./\.\./\.\./(arch/\w+/include/uapi/asm/\w+\.h)"', header.read_text()
        ):
            place = tree / "tools" / name
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(f"#include <asm-generic/{place.name}>\n")
    output.mkdir()
    (directory,) = [it for it in (tree / TOP / "mm", tree / TOP / "vm") if it.is_dir()]
    command = ["make", "-C", str(directory), f"OUTPUT={output}", "USERCFLAGS=-Wextra"]
    targets = [str(output / program) for program in programs]
    done = subprocess.run([*command, *targets], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    names = re.compile("|".join(programs) + "|cow_rules_")
    assert not [line for line in done.stderr.splitlines() if names.search(line)]
    return output
