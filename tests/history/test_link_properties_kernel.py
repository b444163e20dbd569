"""Functions of the kernel, rewritten: what they ask is followed there and back.

As test_link_properties.py, with the functions that decide about copy-on-write in
the releases at hand, in the form that each gives them.
"""

import itertools
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import text_rewrites
from rewritten import Files, everything_goes_on, everything_returns, in_their_order, steps
from text_rewrites import conditions

#: What is rewritten: function, file, and the releases that have it.
FUNCTIONS = (
    ("do_wp_page", "mm/memory.c", "5.10 6.1 6.12 7.2"),
    ("wp_can_reuse_anon_folio", "mm/memory.c", "6.12 7.2"),
    ("do_swap_page", "mm/memory.c", "5.10 6.1 6.12 7.2"),
    ("copy_present_pte", "mm/memory.c", "5.10 6.1"),
    ("copy_present_ptes", "mm/memory.c", "6.12 7.2"),
    ("reuse_swap_page", "mm/swapfile.c", "5.10"),
    ("try_to_unmap_one", "mm/rmap.c", "5.10 7.2"),
    ("hugetlb_cow", "mm/hugetlb.c", "5.10"),
    ("hugetlb_wp", "mm/hugetlb.c", "6.1 6.12"),
    ("write_protect_page", "mm/ksm.c", "5.10 6.12"),
)
CASES = [(release, name) for name, _, releases in FUNCTIONS for release in releases.split()]
PATHS = {name: path for name, path, _ in FUNCTIONS}
#: So many places of a long function are rewritten, evenly spread over it.
_PLACES = 4


@pytest.fixture
def function(releases_repo: Path, release_tag: Callable[[str], str]) -> Callable[[str, str], str]:
    """Give a function from release and name to the text."""

    def text_of(release: str, name: str) -> str:
        command = ["git", f"--git-dir={releases_repo}", "show"]
        command.append(f"{release_tag(release)}:{PATHS[name]}")
        source = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        text = text_rewrites.function(source, name)
        assert text, f"{release} has no {name}()"
        return text

    return text_of


def some(texts: Iterator[str]) -> list[str]:
    found = list(filter(None, texts))
    return found[:: max(1, len(found) // _PLACES)]


def spread(texts: Iterator[str], path: str, label: str) -> dict[str, Files]:
    return {f"{label} {place}": {path: [text]} for place, text in enumerate(some(texts))}


@pytest.mark.parametrize(("release", "name"), CASES)
def test_rewritten(
    tmp_path: Path, function: Callable[[str, str], str], release: str, name: str
) -> None:
    text, path = function(release, name), PATHS[name]
    away = "mm/khugepaged.c"
    variables = text_rewrites.locals_of(text)[:3]
    others: dict[str, Files] = {
        "renamed": {path: [text_rewrites.renamed(text, name, f"{name}_now")]},
        "renamed altogether": {path: [text_rewrites.renamed(text, name, "handle_it")]},
        "moved": {away: [text]},
        "folios": {path: [text_rewrites.with_folios(text)]},
    }
    places = list(conditions(text))
    others |= spread(
        (text_rewrites.local_renamed(text, v, "one") for v in variables), path, "local"
    )
    others |= spread(map(text_rewrites.unlikely, places), path, "unlikely")
    others |= spread(map(text_rewrites.split, places), path, "split")
    others |= spread(text_rewrites.inserted(text, "\tcount_vm_event(COW);"), path, "statement")
    others |= spread(text_rewrites.inserted(text, "\tif (nr)\n\t\tnr--;"), path, "condition")
    told = {
        "renamed": {"function renamed"},
        "moved": {"moved to file"},
        "statement": set(),
        "unlikely": {"context changed"},
        "split": {"context changed"},
        "condition": {"context changed"},
    }
    for step in steps(tmp_path, {path: [text]}, others):
        everything_goes_on(step)
        what = step.label.split()[0]
        if what != "moved":
            in_their_order(step)
        assert step.reasons() <= told.get(what, step.reasons()), step.label
    turned = spread(map(text_rewrites.swapped, places), path, "swapped")
    for step in steps(tmp_path / "turned", {path: [text]}, turned):
        everything_goes_on(step)


@pytest.mark.parametrize(("release", "name"), CASES)
def test_a_condition_is_extracted_and_put_back(
    tmp_path: Path, function: Callable[[str, str], str], release: str, name: str
) -> None:
    """What decides goes to the helper, and back; the call of it is nothing else's."""
    text, path = function(release, name), PATHS[name]
    others: dict[str, Files] = {}
    for number, condition in zip(itertools.count(), conditions(text), strict=False):
        if "seqcount" not in condition.said:  # a section is not what it was without its end
            others[f"ours_{number}"] = {
                path: [*text_rewrites.extracted(condition, f"ours_{number}")]
            }
    held = 0
    for step in steps(tmp_path, {path: [text]}, others):
        everything_returns(step)
        inside = [place for place, _ in step.after if place[1] == step.label]
        moved = [event for event in step.done if event.kind == "moved"]
        assert sorted((e.file, e.function, e.id) for e in moved) == sorted(inside), step.label
        assert {event.links[0] for event in moved} <= {"extracted into"}
        for event in step.births() + step.ends():
            assert event.predicate.startswith(f"{step.label}("), event
        held += len(inside)
    assert held or not any(said in text for said in ("count(", "Ksm(", "_ksm(")), name
