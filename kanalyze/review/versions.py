"""The code before and after a patch, each read once, and what is no longer the same text."""

import functools
from collections.abc import Collection
from dataclasses import dataclass

from kanalyze.history.model import SectionRecord
from kanalyze.semantics.alike import Alike
from kanalyze.semantics.arms import audit
from kanalyze.semantics.compare import Comparer
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import Tree
from kanalyze.semantics.meaning import Versions
from kanalyze.semantics.model import ArmAudit, Comparison
from kanalyze.semantics.reading import read


@dataclass(frozen=True, slots=True)
class Span:
    """Where a function stands in a version: its file, and its first and last line."""

    file: str
    first: int
    last: int


class Version:
    """One tree on the way from the base to the end of a series."""

    def __init__(
        self, tree: Tree, sections: tuple[SectionRecord, ...], like: "Version | None" = None
    ) -> None:
        self.tree = tree
        self.sections = sections
        self._like = like
        self._audits: dict[str, tuple[ArmAudit, ...]] = {}

    @functools.cached_property
    def explainer(self) -> Explainer:
        """Return what evaluates it."""
        return read(self.tree, self._like.explainer if self._like else None)

    def audits(self, among: Collection[str] | None = None) -> dict[str, ArmAudit]:
        """Return the audit of every arming site by its id, or of those in some functions."""
        names = dict.fromkeys(one.function for one in self.tree.sites if one.role == "arm")
        found = {}
        for name in names:
            if among is None or name in among:
                if name not in self._audits:
                    self._audits[name] = tuple(audit(self.explainer, name))
                found.update({one.id: one for one in self._audits[name]})
        return found

    def span(self, name: str) -> Span | None:
        """Return where a function stands; None if it is not there."""
        found = self.explainer.code.place(name)
        if found is None:
            return None
        file, function = found
        return Span(file, function.line, function.line + function.text.count(b"\n"))


class Step:
    """From one version to the next."""

    def __init__(self, before: Version, after: Version) -> None:
        self.before = before
        self.after = after
        self._concerns: dict[str, bool] = {}
        self._followed: dict[str, frozenset[str]] = {}

    @functools.cached_property
    def comparer(self) -> Comparer:
        """Return what holds the decisions of the two against each other."""
        return Comparer(self.before.explainer, self.after.explainer)

    @functools.cached_property
    def versions(self) -> Versions:
        """Return what tells what a change of one function meant for decisions."""
        return Versions(self.comparer)

    @functools.cached_property
    def _alike(self) -> Alike:
        return Alike(self.before.explainer.code, self.after.explainer.code)

    @property
    def changed(self) -> frozenset[str]:
        """Return the functions whose code is not the same on both sides, comments aside."""
        return self._alike.changed

    @property
    def reached(self) -> frozenset[str]:
        """Return the functions that have anything to do with these."""
        return self._alike.reached

    @functools.cached_property
    def comparison(self) -> Comparison:
        """Return what became of the decisions that the step has anything to do with."""
        return self.comparer.comparison(among=self.reached)

    @functools.cached_property
    def armed_by(self) -> frozenset[str]:
        """Return the functions with arming sites to which the way may have changed.

        A site is looked at from what leads to it: so that counts, too.
        """
        found = set()
        for version in (self.before, self.after):
            code = version.explainer.code
            for name in {one.function for one in version.tree.sites if one.role == "arm"}:
                ways = {name, *code.callers(name)}
                ways |= {one for caller in code.callers(name) for one in code.callers(caller)}
                if any(self.concerns(one) for one in ways):
                    found.add(name)
        return frozenset(found)

    def concerns(self, name: str) -> bool:
        """Tell whether a function changed, or calls what did and is followed."""
        if name not in self._concerns:
            self._concerns[name] = self._asks_what_changed(name)
        return self._concerns[name]

    def _asks_what_changed(self, name: str) -> bool:
        seen, waiting = {name}, [name]
        while waiting:
            one = waiting.pop()
            if one in self.changed:
                return True
            for version in (self.before, self.after):
                code = version.explainer.code
                words = code.words(one) & self.reached
                further = {word for word in words if code.follows(word)} - seen
                seen |= further
                waiting += further
        return False

    def concerned(self, name: str) -> tuple[str, ...]:
        """Return the changed functions that a decision is, or is followed into."""
        if name not in self.reached:
            return ()
        found = self.followed(name) & self.changed
        return tuple(sorted(found, key=lambda one: (one != name, one)))

    def followed(self, name: str) -> frozenset[str]:
        """Return a function and what is gone through when it is evaluated, on either side."""
        if name not in self._followed:
            found = {name}
            for version in (self.before, self.after):
                explainer = version.explainer
                if name in explainer.code:
                    for evaluation in explainer.evaluations(name):
                        found |= evaluation.nodes_of.keys()
            self._followed[name] = frozenset(found)
        return self._followed[name]
