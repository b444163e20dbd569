"""What an event says of one side: the predicate, and what else is told of it, by name."""

import re

from kanalyze.report.layout import one_line

_NEXT = re.compile(r" \| (?=[a-z][a-z ]*: )")
#: A reason that the shown sides tell by themselves.
VISIBLE = re.compile(r"[a-z ]+ (?:changed|gained|lost)")


def facets(side: str) -> dict[str, str]:
    """Return one side's predicate, under "", and the rest; nothing for a side that is not there."""
    if not side:
        return {}
    subject, *rest = _NEXT.split(one_line(side))
    named = (facet.partition(": ") for facet in rest)
    return {"": subject} | {name: value for name, _, value in named}
