"""What names and predicates say, whatever the kernel of the day calls a page.

``PageKsm(page)`` and ``folio_test_ksm(folio)`` ask the same thing.  That is seen
from the names, without a list of them: the words for a page, and for asking a
flag, are left out.  Local variables say nothing either.
"""

import difflib
import functools
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# A page by any of its names, and the question in front of a flag's name.
_SILENT = frozenset({"page", "pages", "folio", "folios", "test", "is"})
_TOKEN = re.compile(r"[A-Za-z_]\w*|[0-9]\w*|->|[-+*/%&|^<>=!]=|<<|>>|&&|\|\||\S")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")

#: What stands for a local variable in a shape.
LOCAL = "$"


@functools.lru_cache(maxsize=1 << 16)
def words(name: str) -> tuple[str, ...]:
    """Return the words that an identifier is made of, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@functools.lru_cache(maxsize=1 << 16)
def twin(name: str) -> str:
    """Return what an identifier has in common with its twins for pages, folios and the like."""
    said = [word for word in words(name) if word not in _SILENT]
    return "".join(said) or name.lower()


@functools.lru_cache(maxsize=1 << 14)
def namesakes(one: str, other: str) -> float:
    """Return how alike two names are, 1 for twins and 0 for names that share nothing."""
    if twin(one) == twin(other):
        return 1.0
    ours, theirs = set(words(one)) - _SILENT, set(words(other)) - _SILENT
    shared = len(ours & theirs) / (len(ours | theirs) or 1)
    return max(shared, ratio(one, other))


@functools.lru_cache(maxsize=1 << 16)
def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of a predicate."""
    return tuple(_TOKEN.findall(text))


@functools.lru_cache(maxsize=1 << 16)
def shape(text: str) -> tuple[str, ...]:
    """Return a predicate's tokens, each name by its twin and each local variable as one sign.

    A name is a local variable if it is neither called, nor a member, nor in
    capitals as constants are.
    """
    every = tokens(text)
    found: list[str] = []
    for place, token in enumerate(every):
        if not _NAME.fullmatch(token) or _CONSTANT.fullmatch(token):
            found.append(token)
            continue
        called = every[place + 1 : place + 2] == ("(",)
        member = place > 0 and every[place - 1] in ("->", ".")
        found.append(twin(token) if called or member else LOCAL)
    return tuple(found)


@functools.lru_cache(maxsize=1 << 14)
def ratio(one: str, other: str) -> float:
    """Return how alike two texts are, letter by letter; 0 if not by half."""
    return _ratio(one, other)


@functools.lru_cache(maxsize=1 << 14)
def likeness(one: str, other: str) -> float:
    """Return how alike two predicates are, token by token and with twins taken as one."""
    if one == other:
        return 1.0
    return max(_ratio(shape(one), shape(other)), ratio(one, other))


def _ratio(one: "str | tuple[str, ...]", other: "str | tuple[str, ...]") -> float:
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _HALF:
        return 0
    return matcher.ratio()


_HALF = 0.5
