"""The configuration: the defaults of config.toml, the user's own over them.

Tables are merged key by key, lists and values replaced whole.  Every error
names the file and the key.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kanalyze.errors import InputError
from kanalyze.resources import default_config_path
from kanalyze.source.rules import (
    LockRule,
    OutcomeRules,
    ParseRules,
    RoleRules,
    Rules,
    SeqcountNames,
    Vocabulary,
)

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Which files of a tree are read."""

    default: list[str]
    extensions: list[str]
    max_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The configuration, checked and typed."""

    files: Files
    rules: Rules


def user_config_path() -> Path:
    """Return where the user's own configuration would be."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "kanalyze" / "config.toml"


def load(path: Path | None = None) -> Config:
    """Return the defaults with the user's file over them, and ``path`` over both.

    Raises InputError, naming file and key, for what cannot be read or used.
    """
    default = default_config_path()
    merged = _read(default)
    origin = default
    for extra in [user_config_path()] if path is None else [user_config_path(), path]:
        if extra == path or extra.exists():
            overlay = _read(extra)
            _check_keys(overlay, merged, extra, "")
            merged = _merge(merged, overlay)
            origin = extra
    return _typed(merged, origin)


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not valid TOML: {error}", where=str(path)) from error


# Tables whose keys are the user's to choose: groups of names.
_OPEN = re.compile(
    r"vocabulary\.(evidence|context|arm|grant|seqcount\.implied)(\..*)?|outcomes\.(names|labels)"
)


def _check_keys(table: Table, known: Table, path: Path, prefix: str) -> None:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if key not in known:
            if _OPEN.fullmatch(prefix.rstrip(".")):
                continue
            raise InputError(f"unknown key '{name}'", where=str(path), hint=_nearest(key, known))
        if isinstance(known[key], dict):
            if not isinstance(value, dict):
                raise InputError(f"key '{name}' must be a table", where=str(path))
            _check_keys(value, known[key], path, f"{name}.")


def _nearest(key: str, known: Table) -> str:
    import difflib  # only for the error

    close = difflib.get_close_matches(key, list(known), n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"


def _merge(base: Table, over: Table) -> Table:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _typed(table: Table, origin: Path) -> Config:
    vocabulary = table["vocabulary"]
    sequence = vocabulary["seqcount"]
    names = dict[str, list[str]]
    try:
        rules = Rules(
            vocabulary=Vocabulary(
                evidence=_convert(vocabulary["evidence"], names, "vocabulary.evidence"),
                context=_convert(vocabulary["context"], names, "vocabulary.context"),
                arm=_convert(vocabulary["arm"], names, "vocabulary.arm"),
                grant=_convert(vocabulary["grant"], names, "vocabulary.grant"),
                seqcount=_convert(
                    {key.replace("-", "_"): value for key, value in sequence.items()},
                    SeqcountNames,
                    "vocabulary.seqcount",
                ),
            ),
            parse=_convert(table["parse"], ParseRules, "parse"),
            outcomes=_convert(table["outcomes"], OutcomeRules, "outcomes"),
            roles=_convert(table["roles"], RoleRules, "roles"),
            locks=tuple(
                _lock(row, f"locks[{number}]")
                for number, row in enumerate(_convert(table["locks"], list[Table], "locks"), 1)
            ),
        )
        _compile(rules.parse.loops, "parse.loops")
        return Config(files=_convert(table["files"], Files, "files"), rules=rules)
    except _BadValue as error:
        raise InputError(f"key {error}", where=str(origin)) from error


class _BadValue(Exception):
    """A value that cannot be used; the message begins with its key."""


Typed = TypeVar("Typed")


def _convert(value: object, kind: type[Typed], key: str) -> Typed:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        raise _BadValue(f"'{key}{place.rstrip('`')}': {what}") from error


def _compile(patterns: Iterable[str], key: str) -> None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise _BadValue(f"'{key}': {pattern!r} is no regular expression: {error}") from error


def _lock(row: Table, key: str) -> LockRule:
    known = {"name", "acquire", "try", "release", "assert", "argument"}
    unknown = sorted(set(row) - known)
    if unknown:
        raise _BadValue(f"'{key}.{unknown[0]}': unknown (known: {', '.join(sorted(known))})")
    renamed = {f"{name}_" if name in ("try", "assert") else name: row[name] for name in row}
    rule = _convert(renamed, LockRule, key)
    _compile([rule.argument], f"{key}.argument")
    return rule
