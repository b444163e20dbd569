"""The pages that tests look at: each kind, of records that are small, large, empty and hostile."""

import histories
import review_parts
import reviews
import runs
from explained import child_pipe
from lives import lives

from kanalyze.history.model import History
from kanalyze.lab.model import LabRun
from kanalyze.report import history_html, review_html, run_html
from kanalyze.review.model import Review

RUNS = {
    "small": runs.run(),
    "hostile": runs.hostile(),
    "many": runs.many(300, 5),
    "empty": LabRun(kernels=(), programs=(), results=()),
}
HISTORIES = {
    "small": histories.history(),
    "one": histories.history(lives()[0].id),
    "hostile": histories.hostile(),
    "many": histories.many(200),
    "empty": histories.history(lifelines=(), notes=()),
}
#: A finding whose smallest state the decisions of the series have.
SEEN = review_parts.finding(state=child_pipe().words)
REVIEWS = {
    "one": reviews.review(findings=(SEEN, review_parts.arm(anchor=None, patch=1))),
    "series": reviews.series(),
    "nothing": reviews.nothing(),
    "diff": reviews.diff(),
    "hostile": reviews.hostile(),
}
#: Lives of functions that the series touches.
TOUCHED = histories.history()


def run_page(record: LabRun) -> str:
    return "".join(run_html(record))


def history_page(record: History) -> str:
    return "".join(history_html(record))


def review_page(record: Review) -> str:
    return "".join(review_html(record, TOUCHED if record is REVIEWS["one"] else None))


def all_pages() -> dict[str, str]:
    """Return every page, by its kind and the name of its record: "run-small"."""
    return {
        **{f"run-{name}": run_page(record) for name, record in RUNS.items()},
        **{f"history-{name}": history_page(record) for name, record in HISTORIES.items()},
        **{f"review-{name}": review_page(record) for name, record in REVIEWS.items()},
    }
