"""Where upstream says that it knows a rule to be broken: such a case is expected to fail.

It is data, with the source in words, and never what ``explain`` finds in a
tree: a rule that a kernel breaks is a failure until its people say otherwise.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from kanalyze.selftests.installed import read_toml

#: The file beside the pieces.
KNOWN = "known.toml"


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Pieces by name and rules; what is not named may be anything."""

    source: str
    rule: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    arm: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    race: tuple[str, ...] = ()

    def fits(self, names: Mapping[str, str]) -> bool:
        """Tell whether a case is meant: each part of it is named, or may be anything."""
        parts = (name for name in self.__struct_fields__ if name != "source")
        return all(
            not getattr(self, part) or names.get(part) in getattr(self, part) for part in parts
        )


class _File(msgspec.Struct, forbid_unknown_fields=True):
    known: tuple[_Entry, ...] = ()


class Known:
    """The violations that upstream knows."""

    def __init__(self, entries: tuple[_Entry, ...]) -> None:
        self._entries = entries

    def xfail(self, names: Mapping[str, str]) -> str:
        """Return the source for a case, given its pieces by kind and its rule; "" for most."""
        return next((entry.source for entry in self._entries if entry.fits(names)), "")


def read_known(directory: Path) -> Known:
    """Return what the file in the directory of the pieces says.

    Raises EnvironmentFailure where it is missing or cannot be understood.
    """
    found = read_toml(directory / KNOWN, _File)
    return Known(found.known)
