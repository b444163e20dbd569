"""The things of functions, each made once."""

from collections.abc import Mapping, Sequence

from kanalyze.history.assemble import sections_of, sites_of
from kanalyze.history.gather import Place
from kanalyze.history.store import Store
from kanalyze.history.things import Reading, Thing, things
from kanalyze.source.model import FunctionFacts
from kanalyze.source.rules import RoleRules, Rules


class Look:
    """Gives the things of a function, from the facts that are known of it."""

    def __init__(self, facts: Mapping[bytes, FunctionFacts], roles: RoleRules) -> None:
        self._facts = facts
        self._roles = roles
        self._made: dict[tuple[str, Place], list[Thing]] = {}

    def things(self, path: str, place: Place) -> Sequence[Thing]:
        """Return the sites and sections of a function of a file."""
        facts = self._facts.get(place.key)
        if facts is None:
            return ()
        made = self._made.get((path, place))
        if made is None:
            made = things(
                sites_of(path, place, facts, self._roles), sections_of(path, place, facts)
            )
            self._made[path, place] = made
        return made


def reading(facts: Mapping[bytes, FunctionFacts], store: Store, rules: Rules) -> Reading:
    """Return what can be asked about functions with these facts, whose texts a store has."""
    return Reading(
        look=Look(facts, rules.roles).things,
        calls=lambda some: store.calls([place.key for place in some]),
        texts=lambda some: {
            key: text for key, _, text in store.texts([place.key for place in some])
        },
        groups=rules.groups,
    )
