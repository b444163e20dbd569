"""Mutants of real releases: diffs apply, what comes of them can be read, none is made twice."""

from pathlib import Path

import pytest
from mutant_trees import Releases, apply_check, written

from kanalyze.mutants import OPERATORS, Mutant, make_mutants, selector
from kanalyze.mutants.diffs import edited
from kanalyze.semantics.given import Tree
from kanalyze.source import functions
from kanalyze.source.parse import parse

FILES = [
    "mm/memory.c",
    "mm/gup.c",
    "mm/huge_memory.c",
    "mm/hugetlb.c",
    "mm/ksm.c",
    "include/linux/mm.h",
    "include/linux/rmap.h",
    "mm/internal.h",
]
ALL = ["5.10", "6.1", "6.12", "7.2"]


def problems(tree: Tree, text: bytes, name: str) -> int:
    """Return how many places of a function's definitions the parser does not understand."""
    mask = tree.rules.masker.mask
    return sum(
        len(parse(mask(one.text, one.body))[1]) for one in functions(text) if one.name == name
    )


def check(tree: Tree, mutants: tuple[Mutant, ...], directory: Path) -> None:
    """Check that every diff applies, and that the function with it can be read as before."""
    written(tree, directory)
    for one in mutants:
        apply_check(directory, one.diff)
        before = tree.files[one.file]
        after = edited(before, one.edits)
        assert problems(tree, after, one.function) <= problems(tree, before, one.function), one.id


@pytest.mark.parametrize("series", ALL)
def test_one_patch_with_all_of_them(release_tree: Releases, series: str, tmp_path: Path) -> None:
    tree = release_tree(series)
    made = selector(tree, make_mutants(tree, FILES, judged=False))
    assert len(made.ids) > 100 and not made.missing
    written(tree, tmp_path)
    apply_check(tmp_path, made.diff)


@pytest.mark.parametrize("series", ALL)
def test_none_is_made_twice(release_tree: Releases, series: str) -> None:
    found = make_mutants(release_tree(series), judged=False)
    assert len({one.id for one in found}) == len(found)
    texts = {one.diff for one in found}
    assert len(texts) == len(found)
    assert {one.operator for one in found} <= OPERATORS.keys()


def test_the_diffs_of_a_function(release_tree: Releases, tmp_path: Path) -> None:
    tree = release_tree("7.2")
    found = make_mutants(tree, ["do_wp_page", "wp_can_reuse_anon_folio", "gup_fast"], judged=False)
    assert len(found) > 20
    check(tree, found, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("series", ALL)
def test_every_diff(release_tree: Releases, series: str, tmp_path: Path) -> None:
    tree = release_tree(series)
    check(tree, make_mutants(tree, judged=False), tmp_path)
