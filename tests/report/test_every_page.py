"""What every page holds to, whatever it is about: as a document, and in a real browser."""

from pathlib import Path

import pytest
from browser import Page, check_fits, written
from pages import Parsed, check_alone, check_links, check_outline
from shown_pages import HISTORIES, REVIEWS, RUNS, all_pages

NAMES = [
    f"{kind}-{name}"
    for kind, records in (("run", RUNS), ("history", HISTORIES), ("review", REVIEWS))
    for name in records
]
#: Where the links at the head of a page lead.
FIRST = {
    "run": ["#matrix", "#evidence"],
    "history": ["#table", "#steps"],
    "review": ["#patches", "#decisions"],
}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return all_pages()


@pytest.fixture(scope="module")
def files(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return written(tmp_path_factory.mktemp("pages"), texts)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_document_that_loads_nothing(texts: dict[str, str], name: str) -> None:
    parsed = Parsed(texts[name])
    check_alone(parsed)
    check_links(parsed)
    check_outline(parsed, FIRST[name.partition("-")[0]])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_it_fits_and_nothing_complains(
    shown: Page, files: dict[str, Path], name: str, width: int, height: int
) -> None:
    check_fits(shown, files[name], width, height)


@pytest.mark.parametrize(
    ("name", "skip"),
    [("run-small", "Skip to the matrix"), ("review-one", "Skip to the patches")],
)
def test_the_keyboard_is_enough(shown: Page, files: dict[str, Path], name: str, skip: str) -> None:
    """It skips to what matters, and opens what is closed; on lives see test_history_html.py."""
    shown.open(files[name])
    shown.press("Tab")
    assert shown.ask("document.activeElement.textContent") == skip
    assert shown.ask("document.activeElement.getBoundingClientRect().left") >= 0
    shown.press("Enter")
    for _ in range(20):
        shown.press("Tab")
        if shown.ask("document.activeElement.tagName") == "SUMMARY":
            break
    assert shown.ask("document.activeElement.tagName") == "SUMMARY"
    shown.press("Enter")
    assert shown.ask("document.activeElement.parentElement.open")
    unnamed = "[...document.querySelectorAll('a')].filter(link => !link.textContent.trim()).length"
    assert shown.ask(unnamed) == 0
