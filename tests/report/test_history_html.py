"""The page on lives: what it says, that it is safe, and how it looks in a real browser."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser import Page, written
from histories import WORDS, history, hostile
from lives import lives
from pages import Parsed, check_clean
from readable import check_painted, contrast, luminance
from shown_pages import HISTORIES, history_page

FAULT, SECTION, HUGE, REUSE = lives()


@pytest.mark.parametrize("name", HISTORIES)
def test_every_mark_leads_to_its_step(name: str) -> None:
    parsed = Parsed(history_page(HISTORIES[name]))
    marks = [one["href"][1:] for one in parsed.all("a") if one.get("class") == "step"]
    steps = [one["id"] for one in parsed.all("li") if "id" in one]
    assert marks == steps


def test_what_a_tree_holds_is_text() -> None:
    shown = history_page(hostile())
    check_clean(shown)
    assert '<script>alert("x")</script>' in Parsed(shown).text
    assert len(WORDS) * len(lives()) == len(Parsed(shown).all("article"))


def test_the_list_says_what_the_text_says() -> None:
    text = Parsed(history_page(history())).text
    for words in (
        "4 lifelines, 3 alive; 13 steps, 2005-04-16 to 2026-05-02",
        "/home/user/linux at v7.2-13-g9f2c7b1ad5d1 (9f2c7b1ad5d1)",
        "the history is shallow: nothing is known before 1da177e4c3f4",
        '09854ba94c6a ("mm: do_wp_page() simplification")',
        "- reuse_swap_page(page, &total_map_swapcount)",
        "+ page_count(page) != 1",
        "policy: swap-count -> refcount",
        "link (0.90): function renamed: can_share_swap_page -> reuse_swap_page",
        "? perhaps it came from hugetlb_cow.5e5e5e5e",
        "same answers in every page state",
        "Cc: stable # 5.8+",
        "unreleased changed",
    ):
        assert words in text, words
    assert "copied from wp_can_reuse_anon_folio.aa00bb11" in text
    alone = Parsed(history_page(history(HUGE.id)))
    assert "copied from wp_can_reuse_anon_folio.aa00bb11" in alone.text
    assert "#life-1" in [one["href"] for one in alone.all("a")]
    assert "No lifelines." in Parsed(history_page(HISTORIES["empty"])).text
    assert "unreleased" not in Parsed(history_page(history(FAULT.id))).text


# ------------------------------------------------------------------ the colours


def palettes() -> list[dict[str, str]]:
    """Return the colours of the page: light, dark, printed."""
    found = re.findall(r":root \{([^}]*)\}", history_page(history()))
    return [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", one)) for one in found]


@pytest.mark.parametrize("number", range(3), ids=["light", "dark", "print"])
def test_text_can_be_read(number: int) -> None:
    """WCAG asks for a contrast of 4.5 of text, and of 3 of marks."""
    colours = palettes()[number]
    for ground in ("page", "band"):
        for text in ("ink", "quiet", "alert", "accent", "good"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        assert contrast(colours["edge"], colours[ground]) >= 3, ground


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pages = {name: history_page(record) for name, record in HISTORIES.items()}
    return written(tmp_path_factory.mktemp("pages"), pages)


_SIZES = [(1280, 900), (390, 844)]


def test_a_wide_picture_scrolls_in_its_own_box(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["many"], 390, 844)
    box = "document.querySelector('.picture')"
    assert shown.ask(f"{box}.scrollWidth > {box}.clientWidth")
    assert shown.ask(f"{box}.getBoundingClientRect().right") <= 390
    # Names and releases stay where they are while the lanes move.
    places = (
        "['.names', '.axis'].map(one => document.querySelector(one).getBoundingClientRect())"
        ".map((one, index) => index ? one.top : one.left)"
    )
    before = shown.ask(places)
    shown.ask(f"{box}.scrollTo(300, 2000)")
    assert shown.ask(f"[{box}.scrollLeft, {box}.scrollTop]") == [300, 2000]
    assert shown.ask(places) == before


def test_names_stand_beside_their_lanes(shown: Page, files: dict[str, Path]) -> None:
    for width, height in _SIZES:
        shown.open(files["many"], width, height)
        apart = shown.ask(
            """[...document.querySelectorAll('a.name')].map(name => {
                const number = name.id.replace('lane-', '');
                const mark = document.querySelector(`a[href="#step-${number}-1"] .mark`);
                const [one, other] = [name, mark].map(part => part.getBoundingClientRect());
                const middle = other.top + other.height / 2;
                return one.top < middle && middle < one.bottom;
            })"""
        )
        assert apart == [True] * 200


def test_every_mark_can_be_focused_and_shows_it(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"])
    focused = shown.ask(
        """[...document.querySelectorAll('a.step')].map(mark => {
            mark.focus({focusVisible: true});
            const ring = getComputedStyle(mark.querySelector('.ring'));
            return [document.activeElement === mark, ring.strokeWidth];
        })"""
    )
    assert focused == [[True, "3px"]] * 13
    names = shown.ask(
        """[...document.querySelectorAll('a')].filter(link => !link.textContent.trim()).length"""
    )
    assert names == 0


def test_the_keyboard_is_enough(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"])
    shown.press("Tab")
    assert shown.ask("document.activeElement.textContent") == "Skip to the table"
    assert shown.ask("document.activeElement.getBoundingClientRect().left") >= 0
    shown.press("Tab")
    shown.press("Tab")
    assert shown.ask("document.activeElement.className") == "picture"
    for _ in range(5):  # four names, and the first mark
        shown.press("Tab")
    assert shown.ask("document.activeElement.getAttribute('href')") == "#step-1-1"
    shown.press("Enter")
    assert shown.ask("location.hash") == "#step-1-1"
    step = "document.getElementById('step-1-1')"
    assert shown.ask(f"{step}.matches(':target')")
    assert 0 <= shown.ask(f"{step}.getBoundingClientRect().top") < 900


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_the_browser_paints_can_be_read(
    shown: Page, files: dict[str, Path], dark: bool
) -> None:
    shown.open(files["small"], dark=dark)
    grounds = check_painted(shown, dark=dark, least=4)
    assert all((luminance(ground) < 0.1) == dark for ground in grounds)


def test_no_text_of_the_picture_stands_on_another(shown: Page, files: dict[str, Path]) -> None:
    for name in ("small", "many"):
        shown.open(files[name])
        overlaps: list[Any] = shown.ask(
            """[...document.querySelectorAll('.picture svg')].flatMap(svg => {
                const boxes = [...svg.querySelectorAll('text')].map(one =>
                    [one.textContent, one.getBBox()]);
                return boxes.flatMap(([told, a], index) => boxes.slice(index + 1, index + 40)
                    .filter(([, b]) => a.x < b.x + b.width && b.x < a.x + a.width
                        && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height)
                    .map(([other]) => [told, other]));
            })"""
        )
        assert overlaps == []


def test_it_can_be_printed(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"], 720, 900, dark=True)
    shown.printed()
    assert shown.ask("document.documentElement.scrollWidth") <= 720
    box = "document.querySelector('.picture')"
    assert shown.ask(f"{box}.scrollWidth <= {box}.clientWidth")  # all of it, made smaller
    assert shown.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.ask("getComputedStyle(document.querySelector('.skip')).display") == "none"


def test_a_life_without_steps_is_shown() -> None:
    bare = history(lifelines=(replace(FAULT, steps=()), replace(REUSE, steps=())))
    assert "2 lifelines, 1 alive; 0 steps" in Parsed(history_page(bare)).text
