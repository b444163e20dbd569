"""A page as tests read it, and what every page holds to, whatever it is about."""

import re
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "input", "circle", "path", "rect", "line"}
_ACTIVE = {"script", "iframe", "object", "embed", "img", "form", "base", "foreignobject"}


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


def check_alone(parsed: Parsed) -> None:
    """A page loads and runs nothing, and says so to the browser."""
    assert parsed.open == []
    assert not _ACTIVE & {tag for tag, _ in parsed.elements}
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "src" not in attributes
        assert re.match("#|data:,$", attributes.get("href", "#"))
    policy = [one["content"] for one in parsed.all("meta") if "http-equiv" in one]
    assert policy[0].startswith("default-src 'none'")
    assert len(parsed.all("style")) == 1


def check_links(parsed: Parsed) -> None:
    """Every link leads somewhere, and no name is given twice."""
    names = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert {one["href"][1:] for one in parsed.all("a")} <= set(names)
    for _, attributes in parsed.elements:
        assert attributes.get("aria-labelledby", names[0]) in names


def check_outline(parsed: Parsed, first: list[str]) -> None:
    """A page is a document with headings in order, and first come links that skip to ``first``."""
    assert parsed.all("html") == [{"lang": "en"}]
    assert len(parsed.all("main")) == len(parsed.all("h1")) == len(parsed.all("title")[:1]) == 1
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch(r"h\d", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [one["href"] for one in parsed.all("a")[: len(first)]] == first
    assert {one.get("scope") for one in parsed.all("th")} <= {"col", "row", "rowgroup"}


def check_clean(shown: str, *, tabs: bool = False) -> None:
    """Nothing in a page is what a terminal or a browser obeys; ``tabs`` may be in code."""
    shown.encode("utf-8")
    assert "<script" not in shown
    assert tabs or "\t" not in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]", shown)
