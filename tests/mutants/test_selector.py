"""All mutants in one patch: what it looks like, and what its macros do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from mutant_trees import apply_check, tree_of, written
from small_code import FORK, GUP, HEADER, WRITE_FAULT

from kanalyze.errors import InputError
from kanalyze.mutants import Mutant, Selector, make_mutants, selector
from kanalyze.resources import templates_dir
from kanalyze.semantics.given import Tree

SMALL = {
    "include/linux/mm.h": HEADER,
    "mm/memory.c": WRITE_FAULT + FORK.replace("#include <linux/mm.h>\n", ""),
    "mm/gup.c": GUP,
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return tree_of(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def mutants(tree: Tree) -> tuple[Mutant, ...]:
    return make_mutants(tree, judged=False)


@pytest.fixture(scope="module")
def made(tree: Tree, mutants: tuple[Mutant, ...]) -> Selector:
    return selector(tree, mutants)


def applied(tree: Tree, patch: Selector, directory: Path) -> Path:
    """Return a directory with the tree and the patch in it."""
    written(tree, directory)
    apply_check(directory, patch.diff)
    subprocess.run(
        ["patch", "-s", "-p1", "--fuzz=0"], cwd=directory, input=patch.diff, text=True, check=True
    )
    return directory


def test_every_mutant_has_its_number(
    tree: Tree, mutants: tuple[Mutant, ...], made: Selector, tmp_path: Path
) -> None:
    assert made.ids == tuple(one.id for one in mutants)
    assert made.missing == ()
    directory = applied(tree, made, tmp_path / "tree")
    text = "".join((directory / path).read_text() for path in SMALL)
    numbers = re.findall(r"kanalyze_(?:condition|value|statement)\((\d+),", text)
    assert {int(one) for one in numbers} == set(range(1, len(mutants) + 1))
    for number, one in enumerate(mutants, 1):
        assert numbers.count(str(number)) == len(one.choices)


def test_several_at_one_place_stand_around_each_other(
    tree: Tree, mutants: tuple[Mutant, ...], made: Selector, tmp_path: Path
) -> None:
    """Inside is what the tree says: with everything off nothing else is evaluated."""
    directory = applied(tree, made, tmp_path / "tree")
    text = (directory / "mm/gup.c").read_text()
    number = {name: place for place, name in enumerate(made.ids, 1)}
    skip, force = (
        number["gup_must_unshare.skip-unshare.1"],
        number["gup_must_unshare.force-unshare.1"],
    )
    assert (
        "return kanalyze_select(!!(!PageAnonExclusive(page)), "
        f"kanalyze_condition({skip}, kanalyze_condition({force}, "
        "!PageAnonExclusive(page), true), false));"
    ) in text


def test_headers_are_included_where_no_condition_is_around(
    tree: Tree, made: Selector, tmp_path: Path
) -> None:
    directory = applied(tree, made, tmp_path / "tree")
    header = (directory / "include/linux/mm.h").read_text()
    assert header.startswith(
        "#ifndef _LINUX_MM_H\n#define _LINUX_MM_H\n#include <linux/kanalyze_mutant.h>\n"
    )
    memory = (directory / "mm/memory.c").read_text()
    assert memory.endswith('#include "kanalyze_mutant.c"\n')


def test_waits_where_the_race_is(tree: Tree, made: Selector, tmp_path: Path) -> None:
    directory = applied(tree, made, tmp_path / "tree")
    memory = (directory / "mm/memory.c").read_text()
    assert re.search(r"\tkanalyze_delay\(\);\n\tkanalyze_.*ptep_set_wrprotect\(", memory)
    assert memory.count("kanalyze_delay();") == 1
    gup = (directory / "mm/gup.c").read_text()
    assert gup.count("kanalyze_delay();") == 2
    assert re.search(r"raw_seqcount_try_begin\(.*\n\t\treturn 0;\n\tkanalyze_delay\(\);", gup)
    assert re.search(r"seq = raw_read_seqcount\(.*\);\n\tkanalyze_delay\(\);", gup)


def test_a_tree_without_the_file_that_is_always_built(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {"mm/gup.c": GUP})
    with pytest.raises(InputError, match=r"mm/memory\.c"):
        selector(tree, make_mutants(tree, judged=False))


def test_a_directive_inside_is_left_alone(tmp_path: Path) -> None:
    """A macro's argument cannot hold a directive: such a mutant is named, and not made."""
    body = """\
static vm_fault_t do_wp_page(struct vm_fault *vmf, struct folio *folio)
{
	if (PageAnonExclusive(vmf->page)
#ifdef CONFIG_KSM
		|| folio_test_ksm(folio)
#endif
		) {
		wp_page_reuse(vmf, folio);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""
    tree = tree_of(tmp_path, {"mm/memory.c": "#include <linux/mm.h>\n" + body})
    made = selector(tree, make_mutants(tree, judged=False))
    assert made.missing
    applied(tree, made, tmp_path / "tree")


HARNESS = """\
#include <stdio.h>
#include <linux/kanalyze_mutant.h>

unsigned int kanalyze_active, kanalyze_pause;
static unsigned int chosen, reached[9], infected[9], asked;

bool kanalyze_chosen(unsigned int number, bool differs)
{
	reached[number]++;
	infected[number] += differs;
	return number == chosen;
}

void kanalyze_wait(void) { }

static int ask(int answer) { asked++; return answer; }

static void try(unsigned int number, int count)
{
	int ran = 0, value;
	bool condition;

	chosen = number;
	kanalyze_active = number;
	asked = 0;
	condition = kanalyze_select(!!(ask(count) & 4 || ask(count) > 1),
					kanalyze_condition(3, kanalyze_condition(1, ask(count) & 4, true) ||
						kanalyze_condition(2, ask(count) > 1, false),
						false));
	value = kanalyze_select(ask(count), kanalyze_value(4, ask(count), count + 10));
	if (count)
		kanalyze_statement(5, ran++);
	else
		ran = 7;
	printf("%u: %d %d %d asked %u\\n", number, condition, value, ran, asked);
}

int main(void)
{
	for (unsigned int number = 0; number < 6; number++)
		try(number, 2);
	for (int i = 1; i < 6; i++)
		printf("%d reached %u infected %u\\n", i, reached[i], infected[i]);
	return 0;
}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
def test_the_macros(tmp_path: Path) -> None:
    """Off, the original is evaluated once; on, one of them says something else."""
    include = tmp_path / "linux"
    include.mkdir()
    (include / "types.h").write_text("#include <stdbool.h>\n")
    (include / "compiler.h").write_text(
        "#define READ_ONCE(x) (*(volatile __typeof__(x) *)&(x))\n"
        "#define unlikely(x) __builtin_expect(!!(x), 0)\n"
    )
    header = templates_dir() / "mutants" / "kanalyze_mutant.h"
    (include / "kanalyze_mutant.h").write_bytes(header.read_bytes())
    (tmp_path / "try.c").write_text(HARNESS)
    program = tmp_path / "try"
    subprocess.run(
        ["gcc", "-std=gnu11", "-Wall", "-Werror", f"-I{tmp_path}", "-o", program, "try.c"],
        cwd=tmp_path,
        check=True,
    )
    told = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "0: 1 2 1 asked 3",
        "1: 1 2 1 asked 2",
        "2: 0 2 1 asked 3",
        "3: 0 2 1 asked 3",
        "4: 1 12 1 asked 3",
        "5: 1 2 0 asked 3",
        "1 reached 5 infected 5",
        "2 reached 4 infected 4",
        "3 reached 5 infected 4",
        "4 reached 5 infected 5",
        "5 reached 5 infected 5",
    ]
