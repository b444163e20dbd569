"""The pieces that tests are put together from, as the templates have them.

A piece is one C file that begins with a comment of TOML: what it is called and
says of itself, what it needs, with which memory it goes, and what it does to the
page, in the terms of :class:`kanalyze.semantics.states.PageState`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import msgspec

from kanalyze.selftests.installed import damaged, parse_toml

#: The parts of a recipe, in the order in which they act; races; and what they share.
Kind = Literal["memory", "other", "reference", "arm", "access", "observe", "race", "shared"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_OPENING = "/* piece\n"
_CLOSING = "\n */\n"


class _Head(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What stands in the comment on top of a piece."""

    says: str
    name: str = ""
    needs: tuple[str, ...] = ()
    state: dict[str, bool | int | str] = msgspec.field(default_factory=dict)
    memory: tuple[str, ...] = ()
    missing: str = ""
    through: tuple[str, ...] = ()
    shared: bool = False
    untold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One step of a recipe, or what several have in common; ``code`` is its C.

    ``state`` says what it does to the page: a field and what that becomes, as a
    number or in terms of fields ("+1", "my_maps", "+my_maps/2").  ``memory``
    names the kinds of memory that it goes with, all if empty; ``missing`` what a
    kernel or machine lacks that cannot do it.  ``through`` are words of the
    kernel's source by which it gets to work, of the interface to user space where
    there are such: who has one of them in it, and what that leads to, is reached.
    ``shared`` memory is a shared mapping: what I write there is for all, so it is
    never copied.  ``untold`` says what of its doing the source that is read does not
    tell: what comes of the page behind it is then not predicted.
    """

    kind: Kind
    name: str
    says: str
    needs: tuple[str, ...]
    state: tuple[tuple[str, bool | int | str], ...]
    memory: tuple[str, ...]
    missing: str
    through: tuple[str, ...]
    shared: bool
    untold: str
    code: str

    @property
    def path(self) -> str:
        """What other pieces call it: ``shared/pipe``."""
        return f"{self.kind}/{self.name}"


class Pieces:
    """All pieces of an installation."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._by_path: Mapping[str, Piece] = {piece.path: piece for piece in pieces}

    def of(self, kind: Kind) -> tuple[Piece, ...]:
        """Return the pieces of one kind, by name."""
        return tuple(piece for piece in self._by_path.values() if piece.kind == kind)

    def __getitem__(self, path: str) -> Piece:
        return self._by_path[path]

    def in_order(self, wanted: Iterable[Piece]) -> tuple[Piece, ...]:
        """Return pieces with all that they need, each behind what it needs."""
        found: dict[str, Piece] = {}
        for piece in wanted:
            self._add(piece, found)
        return tuple(found.values())

    def _add(self, piece: Piece, found: dict[str, Piece]) -> None:
        for need in piece.needs:
            if need not in found:
                self._add(self._by_path[need], found)
        found.setdefault(piece.path, piece)


def read_pieces(directory: Path) -> Pieces:
    """Return the pieces below ``directory``, which has a directory for each kind.

    Raises EnvironmentFailure for a piece that cannot be understood: the
    installation is damaged, or somebody is at work on it.
    """
    pieces = tuple(_read(directory))
    known = {piece.path for piece in pieces}
    for piece in pieces:
        for need in piece.needs:
            if need not in known:
                raise damaged(directory / f"{piece.path}.c", f"needs {need}, which is not there")
    return Pieces(pieces)


def _read(directory: Path) -> Iterator[Piece]:
    for kind in KINDS:
        for path in sorted((directory / kind).glob("*.c")):
            yield _piece(kind, path)


def _piece(kind: Kind, path: Path) -> Piece:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, f"cannot be read: {error}") from error
    comment, closing, code = text.removeprefix(_OPENING).partition(_CLOSING)
    if not text.startswith(_OPENING) or not closing:
        raise damaged(path, "does not begin with a /* piece */ comment")
    plain = "\n".join(line.removeprefix(" *") for line in comment.split("\n"))
    head = parse_toml(plain, _Head, path)
    if kind != "shared" and head.name != path.stem:
        raise damaged(path, f"calls itself {head.name!r}")
    return Piece(
        kind=kind,
        name=path.stem,
        says=head.says,
        needs=head.needs,
        state=tuple(head.state.items()),
        memory=head.memory,
        missing=head.missing,
        through=head.through,
        shared=head.shared,
        untold=head.untold,
        code=code.strip("\n"),
    )
