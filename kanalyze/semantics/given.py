"""What ``explain`` needs to be told about a tree: records that ``scan`` makes.

Only their shape is named here, so that this room need not know who found them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kanalyze.source.model import Outcomes, Role, Side
from kanalyze.source.rules import Rules


class SiteLike(Protocol):
    """A site of a revision, see :class:`kanalyze.source.Site`; ``line`` is absolute."""

    @property
    def id(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def function(self) -> str: ...
    @property
    def predicate(self) -> str: ...
    @property
    def policy(self) -> str: ...
    @property
    def outcomes(self) -> Outcomes | None: ...
    @property
    def guards(self) -> tuple[str, ...]: ...
    @property
    def locks(self) -> tuple[str, ...]: ...
    @property
    def signals(self) -> tuple[str, ...]: ...
    @property
    def derived(self) -> tuple[str, ...]: ...


class SectionLike(Protocol):
    """A seqcount section of a revision, see :class:`kanalyze.source.Section`."""

    @property
    def id(self) -> str: ...
    @property
    def seqcount(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def file(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def begin_line(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def calls(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One revision: its name, the files that were scanned (path to bytes) and what is in them."""

    name: str
    commit: str
    describe: str
    files: Mapping[str, bytes]
    sites: tuple[SiteLike, ...]
    sections: tuple[SectionLike, ...]
    rules: Rules
