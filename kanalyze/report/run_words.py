"""What is said of a run in every form: words for outcomes, and sentences on the whole."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kanalyze.report.explain_words import count
from kanalyze.report.run_view import OUTCOMES

if TYPE_CHECKING:
    from kanalyze.lab.model import LabRun, Outcome, Prediction

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Seven columns at most; what has to be seen is in capitals, so that it is seen without colours.
WORDS: "dict[Outcome, str]" = {
    "pass": "pass",
    "fail": "FAIL",
    "skip": "skip",
    "xfail": "xfail",
    "timeout": "TIMEOUT",
    "kernel-warning": "WARNING",
    "kernel-panic": "PANIC",
    "boot-failure": "NO BOOT",
    "lost-vm": "LOST VM",
    "not-run": "not run",
}
#: What each outcome means, for a legend.
MEANINGS: "dict[Outcome, str]" = {
    "pass": "the rule holds",
    "fail": "the rule is broken, or the test died",
    "skip": "nothing was tested: something is missing, or the page state was not reached",
    "xfail": "fails, as is known upstream",
    "timeout": "no result in time",
    "kernel-warning": "the kernel complained while it ran",
    "kernel-panic": "the kernel panicked while it ran",
    "boot-failure": "the kernel did not come to the first test",
    "lost-vm": "the virtual machine was lost, which says nothing on the kernel",
    "not-run": "it was not come to",
}


def letter(index: int) -> str:
    """Return what a kernel is called in a narrow column: A, B, … Z, A1, B1, …."""
    turn, place = divmod(index, len(_LETTERS))
    return f"{_LETTERS[place]}{turn or ''}"


def number(amount: int) -> str:
    """Return a number with its thousands apart."""
    return f"{amount:,}"


def tally(counts: "Counter[Outcome]") -> str:
    """Return how many there are of each outcome, worst first: "2 fail, 40 pass"."""
    parts = [f"{number(counts[one])} {one}" for one in OUTCOMES if counts[one]]
    return ", ".join(parts) or "nothing"


def headline(run: "LabRun", counts: "Iterable[Counter[Outcome]]", cases: int) -> str:
    """Return the size of a run and its sums in a sentence."""
    total: Counter[Outcome] = Counter()
    for one in counts:
        total += one
    size = f"{number(cases)} {'case' if cases == 1 else 'cases'}"
    return f"{size} on {count(len(run.kernels), 'kernel')}: {tally(total)}"


def agreement(predictions: "Iterable[Prediction]") -> str:
    """Return in a sentence how often explain was right; empty without predictions."""
    counts = Counter(one.agreement for one in predictions)
    tested = counts["agrees"] + counts["disagrees"]
    if not counts:
        return ""
    told = f"explain predicted {number(sum(counts.values()))} results"
    if not tested:
        return f"{told}; none of them could be tested"
    # rounded down: what is not all must not look like all
    share = counts["agrees"] * 1000 // tested / 10
    text = f"{told}: {number(counts['agrees'])} of {number(tested)} tested agree ({share:.1f} %)"
    text += f", {number(counts['disagrees'])} do not"
    left = counts["untested"]
    return f"{text}; {number(left)} could not be tested" if left else text


def disagreements(run: "LabRun") -> "tuple[Prediction, ...]":
    """Return the predictions that were not met."""
    return tuple(one for one in run.predictions if one.agreement == "disagrees")
