"""The code before and after a patch, each read once, and what is no longer the same text."""

import functools
from dataclasses import dataclass

from kanalyze.history.model import SectionRecord
from kanalyze.semantics.arms import audit
from kanalyze.semantics.compare import Comparer
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree
from kanalyze.semantics.model import ArmAudit
from kanalyze.semantics.reading import read


@dataclass(frozen=True, slots=True)
class Span:
    """Where a function stands in a version: its file, and its first and last line."""

    file: str
    first: int
    last: int


class Version:
    """One tree on the way from the base to the end of a series."""

    def __init__(self, tree: Tree, sections: tuple[SectionRecord, ...]) -> None:
        self.tree = tree
        self.sections = sections

    @functools.cached_property
    def explainer(self) -> Explainer:
        """Return what evaluates it."""
        return read(self.tree)

    @functools.cached_property
    def audits(self) -> dict[str, ArmAudit]:
        """Return the audit of every arming site, by the site's id."""
        return {one.id: one for one in audit(self.explainer)}

    def span(self, name: str) -> Span | None:
        """Return where a function stands; None if it is not there."""
        found = self.explainer.code.place(name)
        if found is None:
            return None
        file, function = found
        return Span(file, function.line, function.line + function.text.count(b"\n"))

    def text(self, name: str) -> bytes:
        """Return a function's text without its comments; empty if it is not there."""
        code = self.explainer.code
        return b" ".join(code.text(name).split()) if name in code else b""


class Step:
    """From one version to the next."""

    def __init__(self, before: Version, after: Version) -> None:
        self.before = before
        self.after = after

    @functools.cached_property
    def comparer(self) -> Comparer:
        """Return what holds the decisions of the two against each other."""
        return Comparer(self.before.explainer, self.after.explainer)

    @functools.cached_property
    def changed(self) -> frozenset[str]:
        """Return the functions whose code is not the same on both sides, comments aside."""
        names = {*self.before.explainer.code.names(), *self.after.explainer.code.names()}
        return frozenset(name for name in names if self.before.text(name) != self.after.text(name))

    def concerned(self, name: str) -> tuple[str, ...]:
        """Return the changed functions that a decision is, or is followed into."""
        found = set()
        for version in (self.before, self.after):
            explainer = version.explainer
            if name in explainer.code:
                for evaluation in explainer.evaluations(name):
                    found |= {name, *evaluation.nodes_of} & self.changed
        return tuple(sorted(found, key=lambda one: (one != name, one)))
