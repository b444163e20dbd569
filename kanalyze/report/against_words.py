"""What is said of a difference between two trees, in words; all of it is fit for a terminal."""

from typing import TYPE_CHECKING

from kanalyze.report.history_words import AROUND, changes, sureness, tone
from kanalyze.report.layout import one_line

if TYPE_CHECKING:
    from kanalyze.history.model import Difference, Fixed, Perhaps, Spot, TreeAt

#: Reasons of a link that what is shown of both sides tells by itself.
_PLAIN = frozenset({"same", "predicate changed", "context changed", "split", "merged"})
#: How what a fix repairs is known on the other side, where it has another id.
_HOW = {
    "upstream commit": "its message names the original",
    "subject and author": "by subject and author",
    "subject": "by its subject",
}


def tree_line(one: "TreeAt") -> str:
    """Return a tree and the revision that was read."""
    commit = one_line(one.revision.commit)[:12]
    describe = one_line(one.revision.describe)
    revision = f"{describe} ({commit})" if describe and describe != commit else commit
    return f"{one_line(one.tree)} at {revision}" if revision else one_line(one.tree)


def kind_of(difference: "Difference") -> str:
    """Return what decides there, or else here, or the role of what is no decision."""
    spot = difference.here if difference.kind == "only here" else difference.there
    if difference.role != "decision":
        return difference.role
    return one_line(spot.policy) or "decision"


def is_moved_only(difference: "Difference") -> bool:
    """Tell what is in another place and otherwise the same."""
    return difference.kind == "moved" and not changes(difference)


def is_around_only(difference: "Difference") -> bool:
    """Tell what is the same itself, with other guards or locks around it."""
    if difference.kind != "changed" or tone(difference.meaning) == "other":
        return False
    return all(change.name in AROUND for change in changes(difference))


def place(spot: "Spot") -> str:
    """Return function and file."""
    return f"{one_line(spot.function)}, {one_line(spot.file)}"


def why_one(difference: "Difference", *, every: bool = False) -> str:
    """Return why both ends are held to be one thing, where that is not plain to see.

    ``every``: always, and how sure that is.
    """
    links = [one for one in difference.links if every or one not in _PLAIN]
    reasons = ", ".join(links)
    if every and links:
        reasons += f", {sureness(difference.confidence)}"
    if difference.kind != "moved":
        return f"link: {reasons}" if every and reasons else reasons
    return f"here in {place(difference.here)}" + (f" ({reasons})" if reasons else "")


def stands_for(difference: "Difference") -> str:
    """Return what a thing of one side has to do with one of the other, if anything."""
    if difference.kind == "only here" and difference.there.id:
        return f"stands for it there: {difference.there.predicate}, in {place(difference.there)}"
    if difference.kind == "only there" and difference.here.id:
        return f"a copy of what is here in {place(difference.here)}"
    return ""


def question(perhaps: "Perhaps", difference: "Difference") -> str:
    """Return a link that was not believed, as the question that it is."""
    side = "there" if difference.kind == "only here" else "here"
    reasons = "".join(f"{one}, " for one in perhaps.reasons)
    return (
        f"perhaps it is {one_line(perhaps.id)} {side} ({one_line(perhaps.file)}): "
        f"{one_line(perhaps.predicate)}; {reasons}{sureness(perhaps.confidence)}"
    )


def cited(commit: str, subject: str) -> str:
    """Return a commit as kernel people cite it."""
    short = one_line(commit)[:12]
    return f'{short} ("{one_line(subject)}")' if subject else short


def fixed(one: "Fixed", side: str) -> str:
    """Return what a fix repairs, and as what the side has that which lacks the fix."""
    told = f"fixes {cited(one.commit, one.subject)}"
    if one.how == "commit id":
        return told
    return f"{told}, {side} as {one_line(one.held_as)[:12]} ({_HOW[one.how]})"
