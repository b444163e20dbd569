"""The evaluations of one tree, each made once, whoever asks for it."""

from kanalyze.semantics.code import Code
from kanalyze.semantics.entries import Entry
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.states import Features
from kanalyze.semantics.universe import universe


class Evaluations:
    """Functions of one tree, followed with every page state that there is."""

    def __init__(self, code: Code, features: Features) -> None:
        self._code = code
        self._features = features
        self._known: dict[tuple[str, Entry, str], Evaluation] = {}

    def given(self, features: Features) -> "Evaluations":
        """Return the same with other features; what has the same states with them is kept."""
        found = Evaluations(self._code, features)
        for key, evaluation in self._known.items():
            entry = key[1]
            # A feature can exclude states, and does nothing else to an evaluation.
            if universe(entry.trigger, entry.size, features).size == evaluation.universe.size:
                found._known[key] = evaluation
        return found

    def edited(self, code: Code, name: str) -> "Evaluations":
        """Return the same for code in which one function reads otherwise.

        What was evaluated without coming through that function is kept.
        """
        found = Evaluations(code, self._features)
        found._known = {
            key: one
            for key, one in self._known.items()
            if key[0] != name and name not in one.nodes_of
        }
        return found

    def keep(self, others: "Evaluations", changed: frozenset[str]) -> None:
        """Take what was evaluated in another tree, unless it has to do with what changed."""
        for key, evaluation in others._known.items():
            name, entry, into = key
            states = universe(entry.trigger, entry.size, self._features).size
            if not {name, into} & changed and states == evaluation.universe.size:
                self._known.setdefault(key, evaluation)

    def of(self, name: str, entry: Entry, into: str = "") -> Evaluation | None:
        """Return a function followed from an entry; None if it cannot be read.

        ``into`` names a function that is followed wherever it is called, even
        if it has no part in a decision.
        """
        program = self._code.program(name)
        if program is None:
            return None
        if into == name or self._code.follows(into):
            into = ""
        key = (name, entry, into)
        if key not in self._known:
            follow = frozenset({into} if into else ())
            self._known[key] = Evaluation(self._code, program, entry, self._features, follow=follow)
        return self._known[key]
