"""The files that a diff names, as git and diff write them: quoted, renamed, new or gone."""

import re

from kanalyze.history.runner import to_bytes, to_text

_NAME = r'("(?:[^"\\\n]|\\.)*"|[^\t\n]+?)'
_HEADER = re.compile(rf"^diff --git {_NAME} {_NAME}$", re.M)
_OLD = re.compile(rf"^--- {_NAME}[\t ]*(?:\t.*)?$", re.M)
_NEW = re.compile(rf"^\+\+\+ {_NAME}[\t ]*(?:\t.*)?$", re.M)
_FROM = re.compile(rf"^(?:rename|copy) from {_NAME}$", re.M)
_TO = re.compile(rf"^(?:rename|copy) to {_NAME}$", re.M)
_NEW_FILE = re.compile(r"^(?:new file mode |--- /dev/null)", re.M)
_GIT = re.compile(r"(?m)^(?=diff --git )")
_PLAIN = re.compile(r"(?m)^(?=--- \S[^\n]*\n\+\+\+ )")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")
_ESCAPED = dict(zip(b"abtnvfr", b"\a\b\t\n\v\f\r", strict=True))


def parts(diff: str) -> list[str]:
    """Return a diff file by file."""
    found = _GIT.split(diff)
    if len(found) == 1 and not diff.startswith("diff --git "):
        found = _PLAIN.split(diff)
    return [part for part in found if part.strip()]


def touched(diff: str) -> tuple[str, ...]:
    """Return the paths that a diff changes, as the tree before it names them."""
    return tuple(dict.fromkeys(old for part in parts(diff) if (old := names(part)[0])))


def names(part: str) -> tuple[str, str]:
    """Return the path of one file of a diff, before it and behind it; empty if none is told.

    Of a file that is new or gone both are the one that there is.
    """
    head = part.partition("\n@@ ")[0]
    old, new = _FROM.search(head), _TO.search(head)
    if old and new:
        return _path(old[1], prefix=False), _path(new[1], prefix=False)
    old, new = _OLD.search(head), _NEW.search(head)
    if old and new:
        pair = old[1], new[1]
    else:
        header = _HEADER.search(head)
        pair = (header[1], header[2]) if header else ("", "")
    before, after = ("" if name == "/dev/null" else _path(name, prefix=True) for name in pair)
    return before or after, after or before


def is_new(part: str) -> bool:
    """Tell whether a file of a diff is not there before it."""
    return _NEW_FILE.search(part.partition("\n@@ ")[0]) is not None


def _path(name: str, *, prefix: bool) -> str:
    """Return a path as the tree has it: without quotes and escapes, and without a/ or b/."""
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        name = to_text(_ESCAPE.sub(_unescaped, to_bytes(name[1:-1])))
    else:
        name = name.rstrip()
    return re.sub(r"\A[ab]/", "", name) if prefix else name


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    if sign[:1].isdigit():
        return bytes([int(sign, 8) & 0xFF])
    return bytes([_ESCAPED.get(sign[0], sign[0])])
