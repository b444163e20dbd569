"""The page on lives: what it says, that it is safe, and how it looks in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from browser import Page, browser
from lives import WORDS, history, hostile, lives, many

from kanalyze.history.model import History
from kanalyze.report import history_html

FAULT, SECTION, HUGE, REUSE = lives()
RECORDS = {
    "small": history(),
    "one": history(FAULT.id),
    "hostile": hostile(),
    "many": many(200),
    "empty": history(lifelines=(), notes=()),
}
_VOID = {"meta", "link", "br", "circle", "path", "rect", "line"}


def page(record: History) -> str:
    return "".join(history_html(record))


class Parsed(HTMLParser):
    """The elements of a page, its text, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.said.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(self.said).split())


@pytest.fixture(scope="module", params=RECORDS)
def parsed(request: pytest.FixtureRequest) -> Parsed:
    return Parsed(page(RECORDS[request.param]))


def test_it_loads_and_runs_nothing(parsed: Parsed) -> None:
    assert parsed.open == []
    forbidden = {"script", "iframe", "object", "embed", "img", "form", "base", "foreignobject"}
    assert not forbidden & {tag for tag, _ in parsed.elements}
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "src" not in attributes
        assert re.match("#|data:,$", attributes.get("href", "#"))
    policy = [one["content"] for one in parsed.all("meta") if "http-equiv" in one]
    assert policy[0].startswith("default-src 'none'")
    assert len(parsed.all("style")) == 1


def test_every_link_leads_somewhere_and_no_name_is_given_twice(parsed: Parsed) -> None:
    names = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(names) == len(set(names))
    goals = [one["href"][1:] for one in parsed.all("a")]
    assert set(goals) <= set(names)
    for _, attributes in parsed.elements:
        assert attributes.get("aria-labelledby", names[0]) in names


def test_it_is_a_document_with_landmarks_and_headings_in_order(parsed: Parsed) -> None:
    assert parsed.all("html") == [{"lang": "en"}]
    assert len(parsed.all("main")) == len(parsed.all("h1")) == len(parsed.all("title")[:1]) == 1
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch(r"h\d", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [one["href"] for one in parsed.all("a")[:2]] == ["#table", "#steps"]
    assert {one.get("scope") for one in parsed.all("th")} <= {"col", "row", "rowgroup"}


def test_every_mark_leads_to_its_step(parsed: Parsed) -> None:
    marks = [one["href"][1:] for one in parsed.all("a") if one.get("class") == "step"]
    steps = [one["id"] for one in parsed.all("li") if "id" in one]
    assert marks == steps


def test_what_a_tree_holds_is_text() -> None:
    shown = page(hostile())
    shown.encode("utf-8")
    assert "<script" not in shown
    assert '<script>alert("x")</script>' in Parsed(shown).text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]", shown)
    assert len(WORDS) * len(lives()) == len(Parsed(shown).all("article"))


def test_the_list_says_what_the_text_says() -> None:
    text = Parsed(page(history())).text
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
    alone = Parsed(page(history(HUGE.id)))
    assert "copied from wp_can_reuse_anon_folio.aa00bb11" in alone.text
    assert "#life-1" in [one["href"] for one in alone.all("a")]
    assert "No lifelines." in Parsed(page(RECORDS["empty"])).text
    assert "unreleased" not in Parsed(page(history(FAULT.id))).text


# ------------------------------------------------------------------ the colours


def luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def palettes() -> list[dict[str, str]]:
    """Return the colours of the page: light, dark, printed."""
    found = re.findall(r":root \{([^}]*)\}", page(history()))
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
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("pages")
    found = {}
    for name, record in RECORDS.items():
        found[name] = directory / f"{name}.html"
        found[name].write_text(page(record), encoding="utf-8")
    return found


_SIZES = [(1280, 900), (390, 844)]


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_the_page_fits_and_nothing_complains(
    shown: Page, files: dict[str, Path], name: str, width: int, height: int
) -> None:
    shown.open(files[name], width, height)
    assert shown.ask("document.documentElement.scrollWidth") <= width
    assert shown.ask("innerWidth") == width
    assert shown.complaints == []
    assert {url for url in shown.requests if not url.startswith(("file:", "data:"))} == set()


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


#: Every piece of text with its colour and that of what is behind it.
_COLOURS = """(() => {
  const solid = colour => !/, 0\\)$/.test(colour) && colour !== 'transparent' && colour !== 'none';
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (solid(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('title, desc, style')) continue;
    const style = getComputedStyle(element);
    const colour = element.ownerSVGElement ? style.fill : style.color;
    found.add(`${colour}|${behind(element)}`);
  }
  return [...found];
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_the_browser_paints_can_be_read(
    shown: Page, files: dict[str, Path], dark: bool
) -> None:
    shown.open(files["small"], dark=dark)
    pairs: list[str] = shown.ask(_COLOURS)
    assert len(pairs) >= 4

    def six_digits(colour: str) -> str:
        red, green, blue = re.findall(r"\d+", colour)[:3]
        return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"

    for pair in pairs:
        text, ground = map(six_digits, pair.split("|"))
        assert contrast(text, ground) >= 4.5, pair
    grounds = {six_digits(pair.split("|")[1]) for pair in pairs}
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
    assert "2 lifelines, 1 alive; 0 steps" in Parsed(page(bare)).text
