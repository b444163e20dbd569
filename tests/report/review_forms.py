"""The forms of a review that are text to be read, each as one string."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from kanalyze.report import (
    View,
    replies,
    review_annotations,
    review_b4,
    review_html,
    review_junit,
    review_markdown,
    review_text,
)
from kanalyze.review.model import Review

DATE = "Mon, 23 Nov 2026 19:40:00 +0000"


def reply(record: Review) -> str:
    """Return the one reply to a patch."""
    (one,) = replies(record, sender="A Reviewer <reviewer@example.org>", date=DATE, token="1")
    return one.text.decode()


#: By the name of its file: what makes a form of a review.
FORMS: dict[str, Callable[[Review], str]] = {
    "text.txt": lambda record: "".join(review_text(record, View(width=80))),
    "reply.eml": reply,
    "markdown.md": lambda record: "".join(review_markdown(record)),
    "b4.json": lambda record: "".join(review_b4(record)),
    "github.txt": lambda record: "".join(review_annotations(record)),
    "junit.xml": lambda record: "".join(review_junit(record)),
    "page.html": lambda record: "".join(review_html(record)),
}


def recorded(name: str) -> Review:
    """Return a review as it was recorded, of real kernels."""
    place = Path(__file__).parent / "recorded" / f"{name}.json"
    return msgspec.json.decode(place.read_bytes(), type=Review, strict=False)
