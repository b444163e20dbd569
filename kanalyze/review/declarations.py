"""What is declared in a file outside of functions: members, constants, definitions, options.

What is returned is what each stands for, in one line; comments, white space and order
do not count.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from kanalyze.source.lex import blank, squeeze
from kanalyze.source.pieces import functions

_TOKEN = re.compile(rb"^[ \t]*#(?:[^\\\n]|\\[\s\S]|\\\Z)*|[{};]|[^{};#\n]+|[#\n]", re.MULTILINE)
_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(\w+)[ \t]*([\s\S]*)")
_DEFINE = re.compile(rb"define[ \t]+(\w+)([\s\S]*)")
_TYPE = re.compile(rb"\b(struct|union|enum)\b(?:\s+(\w+))?[^();=]*\Z")
_ONCE = re.compile(r"_*[A-Z][A-Z0-9_]*_H_*")
_ARRAY = re.compile(r"\[[^]]*\]")
_WIDTH = re.compile(r":\s*\w+\s*\Z")
_POINTER = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
_LAST = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_CONSTANT = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:=\s*(.*))?\Z", re.DOTALL)

_OPTION = re.compile(r"(?:menu)?config\s+(\w+)\s*\Z")
_ENTRY = re.compile(r"(?:(?:menu)?config|(?:end)?(?:choice|menu|if)|comment|source)\b")
_PROMPT = re.compile(r"(bool|tristate|int|hex|string|prompt)\s+\"[^\"]*\"")
_HELP = re.compile(r"(?:help|---help---)\s*\Z")


@dataclass(slots=True)
class _Open:
    """A brace: what it opens, and under which ``#if``s; "" for what has no members."""

    kind: str
    name: str


def members(text: bytes) -> Mapping[str, str]:
    """Return what is in structures, as "struct page.flags", and the constants of enums by name.

    A member of what has no name belongs to what that is in.
    """
    found: dict[str, list[str]] = {}
    for name, declared in _members(blank(text)):
        found.setdefault(name, []).append(declared)
    return {name: "; ".join(several) for name, several in found.items()}


def _members(code: bytes) -> Iterator[tuple[str, str]]:
    inside: list[_Open] = []
    config: list[str] = []
    pending = b""
    for match in _TOKEN.finditer(code):
        token = match.group()
        directive = _DIRECTIVE.fullmatch(token)
        if directive:
            _enter(config, directive[1].decode(), squeeze(directive[2]))
        elif token == b"{":
            inside.append(_opened(pending, inside))
            pending = b""
        elif token in (b";", b"}"):
            here = inside[-1] if inside else _Open("", "")
            if here.kind == "enum" and token == b"}":
                yield from _constants(squeeze(pending))
            elif here.name and here.kind != "enum" and token == b";":
                conditions = [one for one in config if one.strip("!")]
                under = f" #if {' && '.join(conditions)}" if conditions else ""
                for name in _declared(squeeze(pending)):
                    yield f"{here.kind} {here.name}.{name}", f"{squeeze(pending)}{under}"
            if token == b"}" and inside:
                inside.pop()
            pending = b""
        else:
            pending += token


def _enter(config: list[str], word: str, condition: str) -> None:
    """Take a directive into account; what keeps a header from being read twice says nothing."""
    if word == "ifndef" and _ONCE.fullmatch(condition):
        condition = ""
    if word in ("if", "ifdef", "ifndef"):
        config.append(f"!{condition}" if word == "ifndef" else condition)
    elif word in ("elif", "else") and config:
        config[-1] = condition or f"!({config[-1]})"
    elif word == "endif" and config:
        config.pop()


def _opened(pending: bytes, inside: list[_Open]) -> _Open:
    match = _TYPE.search(pending)
    if match is None:
        return _Open("", "")
    name = (match[2] or b"").decode()
    around = inside[-1] if inside else None
    if name or around is None or not around.kind or match[1] == b"enum":
        return _Open(match[1].decode(), name)
    return around


def _declared(text: str) -> Iterator[str]:
    """Yield the names that a declaration in a structure declares."""
    pointer = _POINTER.search(text)
    if pointer:
        yield pointer[1]
        return
    for one in _ARRAY.sub("", text).split(","):
        match = _LAST.search(_WIDTH.sub("", one))
        if match:
            yield match[1]


def _constants(text: str) -> Iterator[tuple[str, str]]:
    for one in text.split(","):
        match = _CONSTANT.match(one)
        if match and match[2]:  # what only counts on may be pushed along
            yield match[1], match[2].strip()


# --------------------------------------------------------------- definitions


def defined(text: bytes, names: Collection[str]) -> Mapping[str, str]:
    """Return what functions and macros of these names are defined as, and members so called."""
    found: dict[str, list[str]] = {}
    for function in functions(text):
        if function.name in names:
            found.setdefault(function.name, []).append(squeeze(blank(function.text)))
    code = blank(text)
    for match in _TOKEN.finditer(code):
        directive = _DIRECTIVE.fullmatch(match.group())
        macro = _DEFINE.match(directive[0].lstrip(b" \t#")) if directive else None
        if macro and macro[1].decode() in names:
            found.setdefault(macro[1].decode(), []).append(squeeze(macro[2].replace(b"\\\n", b" ")))
    for name, declared in _members(code):
        if name.rpartition(".")[2] in names:
            found.setdefault(name, []).append(declared)
    return {name: "; ".join(several) for name, several in found.items()}


# -------------------------------------------------------------------- Kconfig


def is_options(path: str) -> bool:
    """Tell whether a file is one of Kconfig's."""
    return PurePosixPath(path).name.startswith("Kconfig")


def options(text: bytes) -> Mapping[str, str]:
    """Return what each option is declared as, as "config KSM"; help and prompts do not count."""
    found: dict[str, list[str]] = {}
    around: list[str] = []
    name, help_at = "", -1
    for line in text.decode("utf-8", "replace").splitlines():
        stripped = line.strip()
        indent = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        if not stripped or stripped.startswith("#"):
            continue
        if help_at >= 0:
            help_at = indent if help_at == 0 else help_at
            if indent >= help_at > 0:
                continue
            help_at = -1
        if indent == 0 and _ENTRY.match(stripped):
            option = _OPTION.match(stripped)
            name = option[1] if option else ""
            if name:
                found.setdefault(f"config {name}", []).extend(around)
            elif stripped.startswith("if "):
                around.append(stripped)
            elif stripped.startswith("endif") and around:
                around.pop()
        elif name and _HELP.match(stripped):
            help_at = 0
        elif name:
            found[f"config {name}"].append(_PROMPT.sub(r"\1", stripped))
    return {option: "; ".join(lines) for option, lines in found.items()}
