"""The page on a review: what it says, that it is safe, and how it works in a real browser."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from browser import Page, written
from explained import child_pipe
from pages import Parsed, check_clean
from readable import check_painted
from review_parts import WRONG, finding, patch
from reviews import hostile, nothing, review, series
from shown_pages import REVIEWS, SEEN, TOUCHED, review_page

from kanalyze.report import review_html
from kanalyze.report.state_picture import state_picture
from kanalyze.semantics.states import PageState


def test_what_people_send_is_text() -> None:
    shown = review_page(hostile())
    check_clean(shown, tabs=True)
    assert "<script>alert(1)</script>" in Parsed(shown).text


def test_it_says_what_the_other_forms_say() -> None:
    text = Parsed(review_page(series())).text
    for words in (
        "This series breaks rules 1 and 3 in do_wp_page(), do_swap_page()",
        "1 of 4 test cases lost, which passed before it; 1 copied more than before",
        "v1 of the series is in the mailbox as well, and was left out",
        "1. mm: use folio_mapcount() where a page is reused",
        "2. mm: fork: no need to look at pins",
        "Before, it was checked by folio_try_dup_anon_rmap_pte(folio, page, dst_vma, src_vma)",
        "1 hunk without a remark",
        "20 of 512 page states answered otherwise",
        "mapped once by me, one GUP reference held by a child that unmapped it (12 states)",
        "# another process sees what I wrote",
        "gcc 12.2.0",
        "copies a page that is pinned",
    ):
        assert words in text, words
    said = Parsed(review_page(nothing())).text
    assert "touches no decision about reuse or copy" in said
    assert "Test cases before and after" not in said and "Findings" not in said


def test_code_keeps_its_blanks_and_lines_their_numbers() -> None:
    shown = review_page(review())
    line = (
        '<div class="l add meant"><span class="n"></span><span class="n">4208</span>'
        "<code>+\tif (folio_test_ksm(folio) || folio_mapcount(folio) != 1) {</code></div>"
    )
    assert line in shown
    assert shown.count(" meant") == 1
    removed = '<span class="n">4208</span><span class="n"></span><code>-\tif (folio_test_ksm'
    assert removed in shown


def test_every_line_of_the_diff_is_there_once() -> None:
    places = [finding(), finding(anchor=replace(SEEN.anchor, line=2))]  # type: ignore[type-var]
    shown = review_page(review(findings=tuple(places)))
    numbers = re.findall(r'<span class="n">(\d*)</span><span class="n">(\d*)</span><code>', shown)
    assert len(numbers) == len(set(numbers)) == len(WRONG.strip("\n").split("\n")) - 6
    first = shown.index('id="remark-2"')
    assert shown.index(">4200<") < first < shown.index(">4201<")


def test_states_are_drawn_where_they_are_known() -> None:
    labels = [one.get("aria-label", "") for one in Parsed(review_page(REVIEWS["one"])).all("svg")]
    assert labels[0] == child_pipe().words
    # and each kind of states of two decisions, and the two parts of the lives
    assert len([one for one in labels if one]) == 1 + 6 + 2
    assert len(Parsed(review_page(review(differences=()))).all("svg")) == 0


def test_lives_are_those_of_what_is_touched() -> None:
    assert "The lives of what it touches" in Parsed(review_page(REVIEWS["one"])).text
    other = "".join(review_html(nothing(), TOUCHED))
    assert "The lives of what it touches" not in Parsed(other).text
    said = Parsed(review_page(REVIEWS["one"])).text
    assert '09854ba94c6a ("mm: do_wp_page() simplification")' in said


def test_silence_is_not_taken_for_an_answer() -> None:
    same = "Every decision comes to the same in every page state."
    assert same in review_page(nothing())
    assert same not in review_page(nothing(partial=True))
    assert same not in review_page(review(differences=(), findings=(finding(effect="unknown"),)))
    partly = replace(review().differences[0], groups=(), partial=("it was not found",))
    assert "Partial: it was not found" in review_page(review(differences=(partly,)))


def test_a_picture_has_everything_that_a_state_has() -> None:
    state = PageState(
        size="pmd", my_maps=1, my_pins=2, other_swaps=1, other_refs=1, swap_cache=True,
        lru_refs="remote", ksm=True, exclusive=True,
    )  # fmt: skip
    drawn = state_picture(state, "w")
    assert [one.text for one in drawn.mine] == ["PMD entry", "2 \u00d7 FOLL_PIN"]
    assert [one.text for one in drawn.others] == ["swap entry", "GUP reference", "LRU cache there"]
    assert [text for text, _ in drawn.marks] == ["huge page", "KSM", "swap cache", "exclusive"]
    ends = [one.y for one in (*drawn.mine, *drawn.others)] + [y for _, y in drawn.marks]
    assert max(ends) < drawn.height
    assert state_picture(PageState(anonymous=False), "").marks[1][0] == "of a file"


def test_big_series_are_quick_and_small_enough() -> None:
    body = "".join(f" line {number}\n" for number in range(50))
    hunk = f"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1,50 +1,50 @@\n{body}"
    big = review(patches=tuple(patch(number=n, diff=hunk * 200) for n in range(1, 41)))
    begun = time.process_time()
    shown = review_page(big)
    assert time.process_time() - begun < 12  # 3 s on a machine at rest
    assert len(shown) < 12_000_000
    assert "170 more hunks without a remark are not shown." in shown


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pages = {name: review_page(record) for name, record in REVIEWS.items()}
    return written(tmp_path_factory.mktemp("pages"), pages)


def box(selector: str) -> str:
    return f"document.querySelector('{selector}').getBoundingClientRect()"


def test_remarks_stand_beside_the_lines_that_they_mean(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["one"], 1280, 900)
    line, note = box(".meant"), box("#remark-1")
    assert shown.ask(f"{note}.left >= {line}.right")
    assert shown.ask(f"Math.abs({note}.top - {line}.top)") < 60


def test_remarks_stand_below_the_lines_on_a_phone(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["one"], 390, 844)
    line, note, below = box(".meant"), box("#remark-1"), box(".below")
    assert shown.ask(f"{note}.top >= {line}.bottom")
    assert shown.ask(f"{below}.top >= {note}.bottom")
    assert shown.ask(f"{note}.width") > 300


def test_a_click_on_a_finding_leads_to_its_remark(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["series"])
    shown.ask("document.querySelectorAll('td ~ th a')[2].click()")
    goal = "document.querySelector(':target')"
    assert shown.ask(f"{goal}.id") == "remark-3"
    assert 0 <= shown.ask(f"{goal}.getBoundingClientRect().top") < 900


def test_a_lost_case_is_open_and_says_why(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["series"])
    opened = "[...document.querySelectorAll('.cases details')].map(one => one.open)"
    assert shown.ask(opened) == [True, False, False, False]
    assert "LOST" in shown.ask("document.querySelector('.cases summary').innerText")
    first = shown.ask("document.querySelector('.cases details').innerText")
    assert "not ok 12 anon" in first and "All of it: logs/2/" in first


def test_a_case_that_came_to_the_same_is_two_clicks_away(
    shown: Page, files: dict[str, Path]
) -> None:
    shown.open(files["series"])
    alike = "document.querySelector('#evidence').parentElement.querySelector(':scope > details')"
    text = f"{alike}.querySelector('pre')"
    assert shown.ask(f"{text}.checkVisibility()") is False
    shown.ask(f"{alike}.querySelector('summary').click()")
    shown.ask(f"{alike}.querySelector('.case').click()")
    assert shown.ask(f"{text}.checkVisibility()") is True
    assert shown.ask(f"{text}.innerText") == "missing: CONFIG_GUP_TEST"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_the_browser_paints_can_be_read(
    shown: Page, files: dict[str, Path], dark: bool, width: int
) -> None:
    shown.open(files["series"], width, 900, dark=dark)
    shown.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    check_painted(shown, dark=dark, least=6)


def test_words_stay_in_their_chips(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["one"])
    shown.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    apart = shown.ask(
        """[...document.querySelectorAll('svg.state')].flatMap(svg => {
            const boxes = [...svg.querySelectorAll('rect')].map(one => one.getBBox());
            return [...svg.querySelectorAll('text.on, text.what, text.also')].map(one => {
                const text = one.getBBox();
                return one.textContent === 'nothing' || boxes.some(box => box.x <= text.x
                    && text.x + text.width <= box.x + box.width
                    && box.y <= text.y && text.y + text.height <= box.y + box.height + 1);
            });
        })"""
    )
    assert len(apart) > 10 and all(apart)


def test_it_can_be_printed(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["series"], 720, 900, dark=True)
    shown.printed()
    assert shown.ask("document.documentElement.scrollWidth") <= 720
    assert shown.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert "mm: simpler COW" in shown.ask("document.body.innerText")
