"""Evaluation of one C expression over all page states at once.

Calls of functions that are to be followed are not evaluated here: the walk does
that first and leaves their results in the frame.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from kanalyze.semantics.effects import EFFECTS, MAP_COUNTERS, Done
from kanalyze.semantics.facts import AS_CONDITION, ERRNO, NUMBERS, QUIET, flags, told
from kanalyze.semantics.gup import GRANTED, WRITABLE, asks_permission, asks_writable
from kanalyze.semantics.reads import BITS, ENTRY_READS, FIELDS, READS
from kanalyze.semantics.shown import Shown
from kanalyze.semantics.spelled import flag_of_mapping, only_cached
from kanalyze.semantics.states import GUP
from kanalyze.semantics.values import NEW, PAGE, THERE, Mask, Value, some
from kanalyze.semantics.world import OTHER_MAPS, Store, World, hangs_on
from kanalyze.source.expressions import (
    Assign,
    Binary,
    Call,
    Choice,
    Expr,
    Field,
    Index,
    Name,
    Number,
    Sequence,
    Step,
    Unary,
    squeezed,
)
from kanalyze.source.rules import Rules

_FLAG_BITS: Final = 24
_ENTRIES: Final = ("pte", "ptep", "pmd", "pmdp")


@dataclass(slots=True)
class Frame:
    """Where an expression is evaluated: the states, what is stored, what calls gave."""

    mask: Mask
    store: Store
    results: dict[int, Value] = field(default_factory=dict)


class Machine:
    """Evaluates expressions of one tree in one universe."""

    def __init__(self, world: World, rules: Rules, holds: Callable[[str], bool]) -> None:
        self.world = world
        self.values = world.values
        self._rules = rules
        self._holds = holds
        self._flags = flags(world.universe.trigger)
        self._gup = world.universe.trigger in GUP
        self._bits: dict[str, int] = {}
        self._texts: dict[int, tuple[Expr, str]] = {}
        self.assumed: set[str] = set()
        self._shown = Shown(world, rules)
        self._kinds: dict[type, Callable[[Expr, Frame], Value]] = {
            Number: self._number,
            Name: self._name,
            Field: self._field,
            Index: self._index,
            Call: self._call,
            Unary: self._unary,
            Binary: self._binary,
            Choice: self._choice,
            Assign: self._assign,
            Step: self._step,
            Sequence: self._sequence,
        }

    def evaluate(self, expression: Expr, frame: Frame) -> Value:
        """Return what an expression is in each state; what it changes goes into the frame."""
        kind = self._kinds.get(type(expression))
        return kind(expression, frame) if kind else self.values.unknown

    def asked(self, condition: Expr, value: Value) -> Value:
        """Return what a condition is that came to ``value``."""
        if isinstance(condition, Call) and condition.name in AS_CONDITION:
            number, why = AS_CONDITION[condition.name]
            self.assumed.add(why)
            return self.values.number(number)
        return value

    def returned(self, value: Value, frame: Frame) -> None:
        """Note what a returned number shows."""
        self._shown.by_return(value, frame.store)

    def impossible(self, expression: Expr) -> bool:
        """Tell whether a statement says that nothing ever comes here: BUG(), WARN_ON(1)."""
        if not isinstance(expression, Call):
            return False
        sure = all(isinstance(one, Number) and one.value for one in expression.arguments[:1])
        if sure and self._rules.is_assertion(expression.name) or expression.name == "BUG":
            self.assumed.add("what the code warns of does not happen")
            return True
        return False

    def begin(self) -> Store:
        """Return the flags, and what the trigger tells, as they are when it all begins."""
        known = {f"&{name}": bit for name, bit in self._flags.items()}
        known.update(told(self.world.universe.trigger))
        store = {name: self.values.number(number) for name, number in known.items()}
        if self._gup:
            store["&FOLL_COW"] = self._cow_broken()
        return store

    def _writable(self) -> Value:
        """Return whether GUP comes upon a writable entry: none is of a page that others have."""
        universe = self.world.universe
        columns, forced = universe.columns, universe.trigger == "gup-forced-write"
        lost = columns.exclusive == 0 if universe.features.exclusive_bit else columns.shared
        self.assumed.add(WRITABLE)
        return Value(np.zeros(self.values.size, np.int32), lost | forced)

    def _cow_broken(self) -> Value:
        """Return whether a fault has copied the page for GUP just now: then it is mine alone.

        Linux kernel commit 19be0eaffa3a ("mm: remove gup_flags FOLL_WRITE games from
        __get_user_pages()") (in v4.9) remembers that in a flag.
        """
        shared = self.world.universe.columns.shared
        return Value(np.zeros(self.values.size, np.int32), shared)

    def text(self, expression: Expr) -> str:
        """Return the canonical text of an expression, worked out once."""
        known = self._texts.get(id(expression))
        if known is None:
            known = self._texts[id(expression)] = (expression, squeezed(expression))
        return known[1]

    # ---------------------------------------------------------------- leaves

    def _number(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Number)
        return self.values.number(expression.value)

    def _name(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Name)
        name = expression.name
        if name in frame.store:
            return frame.store[name]
        if name in ERRNO:
            return self.values.number(ERRNO[name])
        if name in NUMBERS:
            return self.values.number(NUMBERS[name])
        if name in self._flags:
            return self.values.number(1 << self._bit(name))
        if name.isupper() and len(name) > 2:
            return self.values.symbol(name)
        return self.values.unknown

    def _bit(self, name: str) -> int:
        return self._bits.setdefault(name, len(self._bits) % _FLAG_BITS)

    def _field(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Field)
        key = self.text(expression)
        if key in frame.store:
            return frame.store[key]
        if expression.name in FIELDS:
            return FIELDS[expression.name](self.world, frame.store)
        if expression.name in BITS:
            return BITS[expression.name](self.world, frame.store)
        if expression.name == "pte" and expression.base == Name("pvmw"):  # of an rmap walk
            return self.values.number(0 if self.world.universe.page_size == "pmd" else THERE)
        base = self.evaluate(expression.base, frame)
        if expression.name == "page":  # folio->page
            return Value(base.data, base.where(PAGE) | base.where(NEW))
        return self.values.unknown

    def _index(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Index)
        text = self.text(expression)
        if self._gup and expression.base == Name("pages"):  # what was found is put there
            return frame.store.get(text, self.values.number(PAGE))
        return frame.store.get(text, self.values.unknown)

    # ------------------------------------------------------------- operators

    def _unary(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Unary)
        operand = expression.operand
        if expression.operator == "*":
            text = self.text(expression)
            if text in frame.store:
                return frame.store[text]
            entry = text.endswith(_ENTRIES)  # what it holds refers to the page
            return self.values.number(PAGE) if entry else self.values.unknown
        value = self.evaluate(operand, frame)
        if expression.operator == "!":
            return self.values.negated(value)
        if expression.operator in "&+":
            return value
        if expression.operator == "-":
            return Value(-value.data, value.known)
        if expression.operator == "~":
            return Value(~value.data, value.known)
        return self.values.unknown

    def _binary(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Binary)
        if expression.operator == "&":
            named = self._flags_of(expression.right) or self._flags_of(expression.left)
            if named:
                other = expression.left if self._flags_of(expression.right) else expression.right
                return self._masked(other, named, frame)
        cached = only_cached(expression, self.world, frame.store)
        if cached is not None:
            return cached
        one = self.evaluate(expression.left, frame)
        other_value = self.evaluate(expression.right, frame)
        if expression.operator == "&&":
            return self.values.both(one, other_value)
        if expression.operator == "||":
            return self.values.either(one, other_value)
        return self.values.apply(expression.operator, one, other_value)

    def _flags_of(self, expression: Expr) -> tuple[str, ...]:
        """Return the flags that ``A | B | ...`` names, none if it names anything else."""
        if isinstance(expression, Name):
            return (expression.name,) if expression.name in self._flags else ()
        if isinstance(expression, Binary) and expression.operator == "|":
            left, right = self._flags_of(expression.left), self._flags_of(expression.right)
            return (*left, *right) if left and right else ()
        return ()

    def _masked(self, whole: Expr, named: tuple[str, ...], frame: Frame) -> Value:
        """Return ``flags & (A | B)`` from what is known about A and B."""
        own = self.evaluate(whole, frame)
        total = self.values.number(0)
        for name in named:
            bit = 1 << self._bit(name)
            said = frame.store.get(f"&{name}", self.values.unknown)
            value = Value(said.data * bit, said.known)
            if some(own.known):
                value = self.values.partly(own.known, Value(own.data & bit, own.known), value)
            total = self.values.apply("+", total, value)
        return total

    def _choice(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Choice)
        true, false = self.evaluate(expression.condition, frame).truth()
        yes = self.evaluate(expression.yes, frame)
        no = self.evaluate(expression.no, frame)
        agree = yes.known & no.known & (yes.data == no.data)
        data = np.where(true, yes.data, no.data)
        known = np.where(true, yes.known, np.where(false, no.known, agree))
        return Value(data, known)

    def _sequence(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Sequence)
        value = self.values.unknown
        for part in expression.parts:
            value = self.evaluate(part, frame)
        return value

    # ----------------------------------------------------------- assignments

    def _assign(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Assign)
        if self._sets_flag(expression, frame):
            return self.values.unknown
        value = self.evaluate(expression.value, frame)
        if expression.operator != "=":
            old = self.evaluate(expression.target, frame)
            value = self.values.apply(expression.operator[:-1], old, value)
        self.store(self.text(expression.target), value, frame)
        return value

    def _sets_flag(self, expression: Assign, frame: Frame) -> bool:
        """Follow ``flags |= A`` and ``flags &= ~A`` by the name of the flag."""
        value, number = expression.value, 1
        if expression.operator == "&=" and isinstance(value, Unary) and value.operator == "~":
            value, number = value.operand, 0
        elif expression.operator != "|=":
            return False
        named = self._flags_of(value)
        if self.text(expression.target) in frame.store:
            return False
        for name in named:
            frame.store[f"&{name}"] = self.values.number(number)
        return bool(named)

    def _step(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Step)
        old = self.evaluate(expression.target, frame)
        new = self.values.apply(expression.operator[0], old, self.values.number(1))
        self.store(self.text(expression.target), new, frame)
        return new if expression.before else old

    def store(self, key: str, value: Value, frame: Frame) -> None:
        """Keep a value under the text of what it was assigned to; what hung on that is stale."""
        for old in [one for one in frame.store if hangs_on(one, key)]:
            del frame.store[old]
        if some(value.known):
            frame.store[key] = value
        else:
            frame.store.pop(key, None)

    # ----------------------------------------------------------------- calls

    def _call(self, expression: Expr, frame: Frame) -> Value:
        assert isinstance(expression, Call)
        if expression.start in frame.results:
            return frame.results[expression.start]
        name = expression.name
        arguments = tuple(self.evaluate(one, frame) for one in expression.arguments)
        value = self._primitive(name, expression, arguments, frame)
        return self._shown.by_call(name, arguments, value, frame.store)

    def _primitive(
        self, name: str, call: Call, arguments: tuple[Value, ...], frame: Frame
    ) -> Value:
        if self._gup and name == "IS_ERR" and arguments:
            negative = arguments[0].known & (arguments[0].data < 0)
            return self.values.of(negative)
        if self._gup and name in GRANTED:
            number, why = GRANTED[name]
            self.assumed.add(why)
            return self.values.number(number)
        if self._gup and asks_permission(name) and arguments:
            reading = self.values.negated(arguments[-1])
            return self.values.either(reading, self._writable())
        if self._gup and asks_writable(name):
            return self._writable()
        if name in READS:
            return self._read(name, arguments, frame)
        if name in ENTRY_READS:
            return ENTRY_READS[name](self.world, frame.store)
        if name in EFFECTS:
            page = self._shown.among(arguments)
            effect = EFFECTS[name]
            value = effect(Done(self.world, frame.store, arguments, page))
            return self.values.unknown if value is None else value
        if name in QUIET:
            number, why = QUIET[name]
            self.assumed.add(why)
            return self.values.number(number)
        if name in ("PTR_ERR", "ERR_PTR", "max", "min"):
            return arguments[0] if name.endswith(("ERR", "PTR")) else self.values.unknown
        if name in ("IS_ERR_OR_NULL",):
            true, false = arguments[0].truth()
            return Value(false.astype(np.int32), true | false)
        bit = self._named_bit(call, frame)
        if bit is not None:
            return bit
        self._map_for_child(call, frame)
        for one in call.arguments:
            if isinstance(one, Unary) and one.operator == "&":
                frame.store.pop(squeezed(one.operand), None)
        return self.values.unknown

    def _read(self, name: str, arguments: tuple[Value, ...], frame: Frame) -> Value:
        value = READS[name](self.world, frame.store)
        if not arguments:
            return value
        other = arguments[0].where(NEW)
        return Value(value.data, value.known & ~other)

    def _named_bit(self, call: Call, frame: Frame) -> Value | None:
        if call.name in ("vma_test", "vma_flags_test"):
            return flag_of_mapping(call.arguments[-1], frame.store)
        for one in call.arguments:
            if isinstance(one, Name) and one.name in BITS:
                return BITS[one.name](self.world, frame.store)
        return None

    def _map_for_child(self, call: Call, frame: Frame) -> None:
        """Follow the raw way to map for the child: atomic_inc(&page->_mapcount)."""
        if self.world.universe.trigger != "fork" or not call.name.startswith("atomic_"):
            return
        for one in call.arguments:
            target = one.operand if isinstance(one, Unary) else one
            if isinstance(target, Field) and target.name in MAP_COUNTERS:
                old = self.world.universe.columns.other_maps
                frame.store[OTHER_MAPS] = self.values.of(old + 1)
