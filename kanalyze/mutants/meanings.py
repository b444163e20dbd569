"""What the two sides of a condition come to, through helpers up to those who decide."""

from dataclasses import dataclass

from kanalyze.semantics.given import SiteLike
from kanalyze.source.convert import expression
from kanalyze.source.expressions import Assign, Binary, Call, Expr, Number, Unary

# Helpers of helpers: one that is asked further up decides about something else.
_DEEP = 5
_STRONG = ("reuse", "copy", "unshare", "retry", "back-off")
# How far an outcome speaks for letting the page be: the others keep away from it.
_LETS = {"reuse": 2, "continue": 1, "back-off": -1, "retry": -1, "unshare": -2, "copy": -2}


@dataclass(frozen=True, slots=True)
class Sides:
    """The outcomes of a condition that holds, and of one that does not."""

    true: str
    false: str

    def of(self, value: bool) -> str:
        """Return the outcome of one side."""
        return self.true if value else self.false

    def turned(self) -> "Sides":
        """Return the sides of the opposite condition."""
        return Sides(self.false, self.true)

    @property
    def permits(self) -> bool | None:
        """Return the value that lets the page be as it is, None where neither side tells."""
        true, false = _LETS.get(self.true, 0), _LETS.get(self.false, 0)
        return None if true == false else true > false

    @property
    def strength(self) -> int:
        """Return how much is said: 0 for most."""
        return min(_STRONG.index(one) if one in _STRONG else 9 for one in (self.true, self.false))


_NOTHING = Sides("", "")


class Meanings:
    """What is decided by what the functions of a tree return."""

    def __init__(self, sites: tuple[SiteLike, ...]) -> None:
        self._asking: dict[str, list[tuple[SiteLike, bool]]] = {}
        for site in sites:
            if site.outcomes is None or not site.derived:
                continue
            asked = _asked(expression(site.predicate))
            if asked is not None and asked[0] in site.derived:
                self._asking.setdefault(asked[0], []).append((site, asked[1]))
        self._known: dict[str, Sides] = {}

    def sides(self, site: SiteLike) -> Sides:
        """Return what a condition comes to; what it merely returns is looked up."""
        return self._sides(site, frozenset())

    def _sides(self, site: SiteLike, seen: frozenset[str]) -> Sides:
        if site.outcomes is None:
            return _NOTHING
        own = Sides(site.outcomes.true, site.outcomes.false)
        returned = _truth(own.true), _truth(own.false)
        if None in returned or returned[0] == returned[1]:
            return own
        above = self._returned(site.function, seen)
        return above if returned[0] else above.turned()

    def _returned(self, function: str, seen: frozenset[str]) -> Sides:
        if function not in self._known:
            if function in seen or len(seen) >= _DEEP:
                return Sides("return true", "return false")
            found = [Sides("return true", "return false")]
            for site, sense in self._asking.get(function, ()):
                sides = self._sides(site, seen | {function})
                found.append(sides if sense else sides.turned())
            self._known[function] = min(found, key=lambda one: one.strength)
        return self._known[function]


def _truth(outcome: str) -> bool | None:
    """Return whether an outcome is that something true, or an error, is returned."""
    if not outcome.startswith("return "):
        return None
    value = outcome.removeprefix("return ")
    if value in ("true", "1") or value.startswith("-E"):
        return True
    return False if value in ("false", "0") else None


def _asked(predicate: Expr) -> tuple[str, bool] | None:
    """Return the function that a predicate asks, and whether it is true when that answers yes."""
    if isinstance(predicate, Assign):
        return _asked(predicate.value)
    if isinstance(predicate, Call) and predicate.name:
        return predicate.name, True
    if isinstance(predicate, Unary) and predicate.operator == "!":
        found = _asked(predicate.operand)
        return (found[0], not found[1]) if found else None
    if isinstance(predicate, Binary) and predicate.right == Number(0):
        found = _asked(predicate.left)
        if found and predicate.operator in ("==", "!="):
            return found[0], found[1] == (predicate.operator == "!=")
    return None
