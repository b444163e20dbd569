"""Whether what is painted can be read: the contrast of text and what is behind it.

After the Web Content Accessibility Guidelines 2.1, "relative luminance" and
"contrast ratio", and 1.4.3, which asks for 4.5 of text.
"""

import re

from browser import Page

_TEXT = 4.5

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


def luminance(colour: str) -> float:
    """Return how bright a colour is that is written as #rrggbb."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours that are written as #rrggbb."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def check_painted(shown: Page, *, dark: bool, least: int) -> set[str]:
    """All text of a page can be read, on ``dark`` paper or not; return what is behind it.

    A page has text in at least so many pairs of colours.
    """
    pairs: list[str] = shown.ask(_COLOURS)
    assert len(pairs) >= least
    for pair in pairs:
        text, ground = map(_six_digits, pair.split("|"))
        assert contrast(text, ground) >= _TEXT, pair
    paper = _six_digits(shown.ask("getComputedStyle(document.body).backgroundColor"))
    assert (luminance(paper) < 0.1) == dark
    return {_six_digits(pair.split("|")[1]) for pair in pairs}


def _six_digits(colour: str) -> str:
    red, green, blue = re.findall(r"\d+", colour)[:3]
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
