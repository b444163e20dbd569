"""The things of functions, each made once."""

from collections.abc import Mapping, Sequence

from kanalyze.history.assemble import sections_of, sites_of
from kanalyze.history.gather import Place
from kanalyze.history.things import Thing, things
from kanalyze.source.model import FunctionFacts
from kanalyze.source.rules import RoleRules


class Look:
    """Gives the things of a function, from the facts that are known of it."""

    def __init__(self, facts: Mapping[bytes, FunctionFacts], roles: RoleRules) -> None:
        self._facts = facts
        self._roles = roles
        self._made: dict[tuple[str, str, bytes, tuple[str, ...]], list[Thing]] = {}

    def things(self, path: str, place: Place) -> Sequence[Thing]:
        """Return the sites and sections of a function of a file."""
        facts = self._facts.get(place.key)
        if facts is None:
            return ()
        key = (path, place.name, place.key, place.config)
        made = self._made.get(key)
        if made is None:
            made = things(
                sites_of(path, place, facts, self._roles), sections_of(path, place, facts)
            )
            self._made[key] = made
        return made
