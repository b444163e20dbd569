"""Real commits, releases and wrong patches: a review finds what was expected, and no more."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from expected_cases import (
    Edit,
    HistoryCase,
    ReleaseCase,
    diff,
    edited,
    edits,
    git,
    history_cases,
    mail,
    release_cases,
    reviewed,
    said,
)

from kanalyze.review import Review


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("facts") / "facts.sqlite"


@pytest.mark.slow
@pytest.mark.parametrize("case", history_cases(), ids=lambda case: case["name"])
def test_commits_of_the_history(case: HistoryCase, kernel_repo: Path, facts: Path) -> None:
    if case["mail"]:
        box = git(kernel_repo, "format-patch", "--stdout", case["range"])
        found = reviewed(kernel_repo, facts, text=box, base=case["range"].partition("..")[0])
    else:
        found = reviewed(kernel_repo, facts, range_=case["range"])
    assert said(found.findings, patch=True) == sorted(case["finds"])
    assert found.touches_decisions == case["touches"]


@pytest.mark.slow
@pytest.mark.parametrize("case", release_cases(), ids=lambda case: f"{case['old']}-{case['new']}")
def test_releases(
    case: ReleaseCase, releases_repo: Path, release_tag: Callable[[str], str], facts: Path
) -> None:
    range_ = f"{release_tag(case['old'])}..{release_tag(case['new'])}"
    found = reviewed(releases_repo, facts, range_=range_).findings
    rules = [one for one in found if one.effect in ("breaks", "restores")]
    assert said([one for one in rules if one.about == "decision"]) == sorted(case["finds"])


@pytest.mark.slow
@pytest.mark.parametrize("case", edits(), ids=lambda case: case["name"])
def test_wrong_and_harmless_patches(
    case: Edit, releases_repo: Path, release_tag: Callable[[str], str], facts: Path
) -> None:
    tag = release_tag(case["release"])
    before = git(releases_repo, "show", f"{tag}:{case['file']}").decode("utf-8", "surrogateescape")
    text = diff(case["file"], before, edited(before, case))
    found = reviewed(releases_repo, facts, text=mail(case["name"], text), base=tag)
    assert said(found.findings) == sorted(one.partition(" @ ")[0] for one in case["finds"])
    assert found.touches_decisions == case.get("touches", True)
    for one in case["finds"]:
        _stands_under(found, *one.split(" @ "))


def _stands_under(found: Review, finding: str, line: str) -> None:
    anchor = next(one.anchor for one in found.findings if said([one]) == [finding])
    assert anchor is not None
    assert re.fullmatch(rf"{re.escape(line[0])}{line[1:]}.*", anchor.text), anchor.text


@pytest.mark.slow
def test_what_a_later_patch_takes_back_is_not_what_the_series_does(
    releases_repo: Path, release_tag: Callable[[str], str], facts: Path
) -> None:
    tag = release_tag("7.2")
    wrong = next(one for one in edits() if one["name"] == "mapcount for refcount")
    said_otherwise = next(one for one in edits() if one["name"] == "a comment")
    first = git(releases_repo, "show", f"{tag}:mm/memory.c").decode("utf-8", "surrogateescape")
    second = edited(first, wrong)
    third = edited(second, said_otherwise)
    last = edited(first, said_otherwise)
    box = b"".join(
        mail(f"mm: {number}", diff("mm/memory.c", before, after), number, 3)
        for number, (before, after) in enumerate(
            ((first, second), (second, third), (third, last)), 1
        )
    )
    found = reviewed(releases_repo, facts, text=box, base=tag).findings
    assert said(found, patch=True) == [
        "1 breaks decision do_wp_page R1",
        "3 restores decision do_wp_page R1",
    ]
    assert [(one.mended, one.undoes) for one in found if one.status == "introduced"] == [
        (3, 0),
        (0, 1),
    ]
