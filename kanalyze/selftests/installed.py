"""The data beside the templates: it came with kanalyze, so what is wrong in it is damage."""

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from kanalyze.errors import EnvironmentFailure

T = TypeVar("T", bound=msgspec.Struct)


def read_toml(place: Path, kind: type[T]) -> T:
    """Return what a TOML file holds; EnvironmentFailure where it is not there, or not so."""
    try:
        return parse_toml(place.read_text("utf-8"), kind, place)
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(place, f"cannot be read: {error}") from error


def parse_toml(text: str, kind: type[T], place: Path) -> T:
    """Return what TOML from ``place`` says; EnvironmentFailure where that makes no sense."""
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise damaged(place, str(error)) from error


def damaged(place: Path, what: str) -> EnvironmentFailure:
    """Return the error for a file that is not as it was installed."""
    return EnvironmentFailure(what, where=str(place), hint="install kanalyze again")
