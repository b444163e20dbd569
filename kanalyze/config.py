"""The configuration: the defaults of config.toml, the user's own over them.

Tables are merged key by key, lists and values replaced whole.  Every error
names the file and the key.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kanalyze.errors import InputError
from kanalyze.resources import default_config_path
from kanalyze.source.rules import (
    ImpliedSeqcount,
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
    try:
        return Config(
            files=msgspec.convert(table["files"], Files),
            rules=Rules(
                vocabulary=Vocabulary(
                    **{
                        kind: msgspec.convert(vocabulary[kind], dict[str, list[str]])
                        for kind in ("evidence", "context", "arm", "grant")
                    },
                    seqcount=SeqcountNames(
                        **{
                            name.replace("-", "_"): msgspec.convert(names, list[str])
                            for name, names in sequence.items()
                            if name != "implied"
                        },
                        implied=msgspec.convert(sequence["implied"], dict[str, ImpliedSeqcount]),
                    ),
                ),
                parse=msgspec.convert(table["parse"], ParseRules),
                outcomes=msgspec.convert(table["outcomes"], OutcomeRules),
                roles=msgspec.convert(table["roles"], RoleRules),
                locks=tuple(_lock(row, number) for number, row in enumerate(table["locks"], 1)),
            ),
        )
    except (msgspec.ValidationError, re.error, TypeError) as error:
        raise InputError(f"bad value: {error}", where=str(origin)) from error


def _lock(row: Table, number: int) -> LockRule:
    known = {"name", "acquire", "try", "release", "assert", "argument"}
    unknown = set(row) - known if isinstance(row, dict) else {"not a table"}
    if unknown:
        raise msgspec.ValidationError(f"locks[{number}]: {', '.join(sorted(unknown))}")
    renamed = {f"{key}_" if key in ("try", "assert") else key: row[key] for key in row}
    rule = msgspec.convert(renamed, LockRule)
    re.compile(rule.argument)
    return rule
