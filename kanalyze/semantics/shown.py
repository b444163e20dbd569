"""What calls and returned numbers show: the outcome, and what became of my entry.

It is read off names, those that the configuration lists for outcomes and for
arming, and kept in the store beside what the code did to the page.
"""

from collections.abc import Iterable

from kanalyze.semantics.effects import EFFECTS, PUTS_BACK, SPLITS
from kanalyze.semantics.facts import ERRNO
from kanalyze.semantics.gup import FAULTS
from kanalyze.semantics.outcomes import CODES, COPIED, FAULTED, REUSED
from kanalyze.semantics.states import GUP
from kanalyze.semantics.values import NEW, PAGE, Mask, Value
from kanalyze.semantics.world import ARMED, OUTCOME, UNMAPPED, WRITE_PROTECTED, Store, World
from kanalyze.source.rules import Rules


class Shown:
    """Notes what is shown, in any store of one universe."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._universe = world.universe
        self._values = world.values
        self._rules = rules
        self._telling = {
            name: outcome
            for outcome, names in rules.outcomes.names.items()
            for name in names
            if name.isupper()
        }
        arms = rules.vocabulary.arm
        self._arms = {name: kind for kind in arms for name in arms[kind]}

    def by_call(self, name: str, arguments: tuple[Value, ...], value: Value, store: Store) -> Value:
        """Note what a call shows that came to ``value``; return what it gives then."""
        self._outcome(name, arguments, store)
        if name in self._arms:
            return self._arm(self._arms[name], value, store)
        if name in PUTS_BACK:
            self._put_back(arguments, store)
        return value

    def by_return(self, value: Value, store: Store) -> None:
        """Note what a returned number shows: VM_FAULT_FALLBACK, -EAGAIN and the like."""
        for name, outcome in self._telling.items():
            if name in ERRNO:
                where = value.where(-ERRNO[name])
            else:
                where = value.where(int(self._values.symbol(name).data[0]))
            self._note(outcome, store, where & store[OUTCOME].where(0))

    def among(self, arguments: Iterable[Value]) -> Mask:
        """Return the states in which the page is among the arguments."""
        found = self._values.none
        for value in arguments:
            found = found | value.where(PAGE)
        return found

    # -------------------------------------------------------------- outcomes

    def _outcome(self, name: str, arguments: tuple[Value, ...], store: Store) -> None:
        if self._universe.trigger in GUP:  # it makes no entries: that is the fault's to do
            self._note("fault", store, self._values.all if name in FAULTS else self._values.none)
            return
        outcome = self._rules.outcome_of_name(name)
        if name in SPLITS and self._universe.page_size == "pmd":
            outcome = "back-off"  # to the page-table entries: the next fault decides there
        if outcome is None or (outcome == "reuse" and self._universe.trigger == "fork"):
            return  # at fork an entry is made for the child
        fresh = self._values.none
        if arguments and name in EFFECTS:  # making an entry writable: of which page?
            fresh = arguments[0].where(NEW)
        self._note(outcome, store, ~fresh)
        if outcome == "reuse":
            self._note("copy", store, fresh)

    def _note(self, outcome: str, store: Store, where: Mask) -> None:
        """Note an outcome; the first that says what became of the page stays."""
        old = store[OUTCOME]
        final = old.where(REUSED) | old.where(COPIED) | old.where(FAULTED)
        new = self._values.number(CODES[outcome])
        store[OUTCOME] = self._values.partly(where & ~final, new, old)

    # -------------------------------------------------------------- my entry

    def _arm(self, kind: str, value: Value, store: Store) -> Value:
        """Note that my entry is gone or write-protected; what was there is what is returned."""
        if kind == "write-protect":
            store[ARMED] = self._values.number(WRITE_PROTECTED)
        elif kind == "unmap":
            kept = store[ARMED].where(WRITE_PROTECTED)
            gone = self._values.number(UNMAPPED)
            store[ARMED] = self._values.partly(kept, store[ARMED], gone)
            return self._values.number(PAGE)
        return value

    def _put_back(self, arguments: tuple[Value, ...], store: Store) -> None:
        """Note that the entry which was taken away is there again."""
        again = self.among(arguments[1:]) & store[ARMED].where(UNMAPPED)
        nothing = self._values.number(0)
        store[ARMED] = self._values.partly(again, nothing, store[ARMED])
