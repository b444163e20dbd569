"""One tree, read once, and its decisions evaluated in every page state."""

import copy
import difflib
from collections.abc import Iterable, Iterator

from kanalyze.errors import InputError
from kanalyze.semantics import gup
from kanalyze.semantics.code import Code
from kanalyze.semantics.complexity import complexity
from kanalyze.semantics.conditions import rows
from kanalyze.semantics.deciding import Deciding
from kanalyze.semantics.entries import Entry, entries, is_helper, own_entries
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.evaluations import Evaluations
from kanalyze.semantics.features import probe
from kanalyze.semantics.given import SiteLike, Tree
from kanalyze.semantics.judge import results
from kanalyze.semantics.model import Explanation
from kanalyze.semantics.policies import policy
from kanalyze.semantics.states import Features
from kanalyze.source.pieces import Function

# Outcomes that make a function a decision of its own, and not a helper of one.
_DECIDES = frozenset({"reuse", "copy", "share", "read-only", "follow", "fault"})


class Explainer:
    """One tree, read once; evaluates what it is asked for and remembers it."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.code = Code(tree.files, tree.rules)
        self.features: Features = probe(tree.files)
        self.deciding = Deciding(self.code, tree)
        self._followed = Evaluations(self.code, self.features)
        self._evaluations: dict[tuple[str, Entry], Evaluation] = {}

    def given(self, features: Features) -> "Explainer":
        """Return the same tree, evaluated with other features."""
        found = copy.copy(self)
        found.features = features
        found._followed = self._followed.given(features)
        found._evaluations = {}
        return found

    def edited(self, file: str, function: Function, text: bytes) -> "Explainer":
        """Return the same tree, one function with another text of as many lines.

        Sites and features are those of the tree as it was read; what was
        evaluated without coming through that function is kept.
        """
        found = copy.copy(self)
        found.code = self.code.edited(file, function, text)
        found.deciding = Deciding(found.code, self.tree)
        found._followed = self._followed.edited(found.code, function.name)
        found._evaluations = {
            key: one
            for key, one in self._evaluations.items()
            if key[0] != function.name and function.name not in one.nodes_of
        }
        return found

    def keep(self, other: "Explainer", changed: frozenset[str]) -> None:
        """Take the evaluations of a tree that is like this one, but for what has changed.

        ``changed`` are the functions whose evaluation may come through something
        that reads otherwise.
        """
        self._followed.keep(other._followed, changed)
        if self.features == other.features:
            kept = {key: one for key, one in other._evaluations.items() if key[0] not in changed}
            self._evaluations = {**kept, **self._evaluations}

    # ------------------------------------------------------------- functions

    def decisions(self) -> tuple[str, ...]:
        """Return the functions that decide, in the order of the files: no helpers of others."""
        named: dict[str, None] = {}
        for site in self.tree.sites:
            if self._could_decide(site) and site.function in self.code:
                named[site.function] = None
        named.update(
            dict.fromkeys(name for name in self.code.names() if gup.access(self.code, name))
        )
        return tuple(
            name
            for name in named
            if own_entries(self.code, name, self.features)
            and not is_helper(self.code, name, self.features)
        )

    @staticmethod
    def _could_decide(site: SiteLike) -> bool:
        if site.role == "arm":
            return True
        if site.outcomes is None:
            return False
        return bool({site.outcomes.true, site.outcomes.false} & {"reuse", "copy", "unshare"})

    def function_of(self, wanted: str) -> str:
        """Return the function that a user means by its name or by the id of a site in it.

        Raises InputError, naming what is near, for anything else.
        """
        if wanted in self.code:
            return wanted
        for site in self.tree.sites:
            if site.id == wanted and site.function in self.code:
                return site.function
        near = difflib.get_close_matches(wanted, list(self.code.names()), n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "kanalyze scan lists what there is"
        raise InputError("no such function or site in this revision", where=wanted, hint=hint)

    # ------------------------------------------------------------ evaluation

    def evaluations(self, name: str) -> Iterator[Evaluation]:
        """Yield a function's evaluation for each of its triggers and sizes."""
        for entry in entries(self.code, name, self.features):
            found = self.evaluation(name, entry)
            if found is not None:
                yield found

    def evaluation(self, name: str, entry: Entry) -> Evaluation | None:
        """Return a function evaluated for one entry; None if it cannot be read or has no states."""
        key = (name, entry)
        if key not in self._evaluations:
            found = self.followed(name, entry)
            if found is None:
                return None
            decides = _DECIDES & found.outcomes.keys()
            self._evaluations[key] = found if decides else found.answering()
        return self._evaluations[key] if self._evaluations[key].universe.size else None

    def followed(self, name: str, entry: Entry, into: str = "") -> Evaluation | None:
        """Return a function followed from an entry, and on the way into the function ``into``."""
        return self._followed.of(name, entry, into)

    # ------------------------------------------------------------ the record

    def explanations(self, names: Iterable[str], *, every: bool = False) -> Iterator[Explanation]:
        """Yield the explanation of each function for each of its triggers and sizes.

        With ``every`` those are left out that are called for something else than
        a fault or fork, and map a page writable whoever has it.
        """
        for name in names:
            sites = tuple(site for site in self.tree.sites if site.function == name)
            for evaluation in self.evaluations(name):
                if every and evaluation.entry.trigger == "other" and never_asks(evaluation):
                    continue
                yield self._explanation(evaluation, sites)

    def _explanation(self, found: Evaluation, sites: tuple[SiteLike, ...]) -> Explanation:
        program = found.program
        return Explanation(
            function=program.name,
            file=program.file,
            line=program.line,
            trigger=found.entry.trigger,
            size=found.entry.size,
            policy=policy(self.deciding, found, self.tree),
            complexity=complexity(program),
            states=found.universe.size,
            outcomes=rows(found, sites, self.tree.sites),
            rules=results(found),
            site_ids=tuple(site.id for site in sites if site.role in ("decision", "arm")),
            partial=found.partial,
            assumed=found.assumed,
        )


def never_asks(evaluation: Evaluation) -> bool:
    """Tell whether the page state makes no difference to whether the page is made writable."""
    return bool(evaluation.possible("reuse").all())
