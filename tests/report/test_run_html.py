"""The page on a run: what it says, that it is safe, and how it works in a real browser."""

import re
import time
from pathlib import Path

import pytest
from browser import Page, written
from pages import Parsed, check_clean
from readable import check_painted
from runs import OLD, OWN, PINS, REUSE, WORDS, hostile, many, run
from shown_pages import RUNS, run_page

LEAK = "anon child-vmsplice-unmap none none write R1"


def test_what_a_guest_prints_is_text() -> None:
    shown = run_page(hostile())
    check_clean(shown)
    assert '<script>alert("x")</script>' in Parsed(shown).text
    assert f"{len(WORDS)} kernels" in shown


def test_it_says_what_the_text_says() -> None:
    text = Parsed(run_page(run())).text
    for words in (
        "7 cases on 4 kernels: 1 kernel-panic, 1 boot-failure, 1 lost-vm, 1 kernel-warning, 3 fail",
        "6.1-broken never came to a test",
        "2 of 4 tested agree (50.0 %), 2 do not",
        "folio_try_share_anon_rmap_pmd the pin is seen at fork",
        "attempt 2:",
        "__handle_mm_fault+0x8d1/0xfa0",
        "Kernel panic - not syncing: Attempted to kill init!",
        "512/512",
        "missing: swap",
        "tcg: a guest under KVM did not answer",
    ):
        assert words in text, words
    assert "Nothing went wrong." in Parsed(run_page(RUNS["empty"])).text


def test_every_bad_cell_leads_to_its_evidence() -> None:
    parsed = Parsed(run_page(run()))
    goals = [one["href"][1:] for one in parsed.all("a") if one["href"].startswith("#evidence-")]
    articles = [one["id"] for one in parsed.all("article")]
    assert goals == articles
    assert len(articles) == 8  # and one cell of two attempts among them


def test_big_runs_are_quick_and_small_enough() -> None:
    for record in (many(1400, 5), many(1400, 5, broken=True)):
        begun = time.process_time()
        shown = run_page(record)
        assert time.process_time() - begun < 4  # 1 s on a machine at rest
        assert len(shown.encode()) < 3_000_000
        assert len(re.findall('class="row case', shown)) == 1400
    assert re.search(r"what [0-9]+ other cells rest on is in the JSON", shown)


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pages = {name: run_page(record) for name, record in RUNS.items()}
    return written(tmp_path_factory.mktemp("pages"), pages)


def visible(shown: Page, selector: str) -> list[str]:
    found: list[str] = shown.ask(
        f"[...document.querySelectorAll('{selector}')].filter(one => one.checkVisibility())"
        ".map(one => one.querySelector('.name, h3').textContent.trim())"
    )
    return found


def test_what_went_wrong_is_seen_at_once(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"])
    rows = visible(shown, ".case")
    assert LEAK in rows
    assert "anon child none none write R1" not in rows
    shown.ask("document.querySelector('details').open = true")
    assert "anon child none none write R1" in visible(shown, ".case")


def test_outcomes_and_programs_are_picked_without_a_script(
    shown: Page, files: dict[str, Path]
) -> None:
    shown.open(files["small"])
    shown.ask("document.getElementById('only-kernel-warning').click()")
    assert visible(shown, ".case") == [LEAK]
    assert visible(shown, "article") == [LEAK]
    assert visible(shown, "section.program") == [REUSE]
    # what is picked is shown, in groups that are closed too
    shown.ask("document.getElementById('only-skip').click()")
    assert visible(shown, ".case") == ["swapped child none pageout read-then-write R1"]
    shown.ask("document.getElementById('only-not-run').click()")
    assert visible(shown, ".case") == ["thp-pte-2048kB child-exits none none write R2"]
    shown.ask("document.getElementById('only-all').click()")
    number = shown.ask(
        "[...document.querySelectorAll('input[name=program]')]"
        f".find(one => one.parentElement.textContent.trim() === '{PINS}').id.match(/\\d+/)[0]"
    )
    shown.ask(f"document.getElementById('program-only-{number}').click()")
    assert len(visible(shown, "section.program")) == len(visible(shown, ".case")) == 1
    assert len(visible(shown, "article")) == 3


def test_a_click_shows_the_evidence_and_leads_back(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"])
    shown.ask("[...document.querySelectorAll('.case a.x, .case a')].at(0).click()")
    assert shown.ask("location.hash").startswith("#evidence-")
    goal = "document.querySelector(':target')"
    assert shown.ask(f"{goal}.tagName") == "ARTICLE"
    assert 0 <= shown.ask(f"{goal}.getBoundingClientRect().top") < 900
    shown.ask(f"{goal}.querySelector('a').click()")
    assert shown.ask(f"{goal}.matches('.case')")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_the_browser_paints_can_be_read(
    shown: Page, files: dict[str, Path], dark: bool, width: int
) -> None:
    shown.open(files["small"], width, 900, dark=dark)
    shown.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    check_painted(shown, dark=dark, least=6)


def test_on_a_phone_every_cell_says_whose_it_is(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"], 390, 844)
    row = f"[...document.querySelectorAll('.case')].find(one => one.innerText.includes('{LEAK}'))"
    cells = f"[...{row}.querySelectorAll('.cell')].map(one => one.innerText.trim())"
    assert shown.ask(cells) == ["A FAIL*", "B pass", "C WARNING", "D -"]


def test_columns_stand_below_their_kernels(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"], 1280, 900)
    apart = shown.ask(
        """[...document.querySelectorAll('.matrix')].flatMap(matrix => {
            const lefts = row => [...row.querySelectorAll('.cell')]
                .map(one => Math.round(one.getBoundingClientRect().left));
            const [heads, ...rows] = [...matrix.querySelectorAll('.row')]
                .filter(one => one.checkVisibility());
            return rows.map(row => `${lefts(row)}` === `${lefts(heads)}`);
        })"""
    )
    assert apart and all(apart)


def test_it_can_be_printed(shown: Page, files: dict[str, Path]) -> None:
    shown.open(files["small"], 720, 900, dark=True)
    shown.printed()
    assert shown.ask("document.documentElement.scrollWidth") <= 720
    assert shown.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.ask("getComputedStyle(document.querySelector('.filter')).display") == "none"
    assert OLD in shown.ask("document.body.innerText") and OWN in shown.ask(
        "document.body.innerText"
    )
