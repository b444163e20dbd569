"""``cases.json``: what the programs beside it test.

Who runs them, or mutates the kernel under them, reads there which decision a
result is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from kanalyze.errors import InputError
from kanalyze.selftests.cases import CaseFields, CaseRecord, Covered, Covers, Plan, records
from kanalyze.selftests.model import OutputFile
from kanalyze.semantics.states import Size, Trigger

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: The file in the output directory.
CASES = "cases.json"
Schema = Literal["kanalyze.cases/1"]
SCHEMA: Schema = "kanalyze.cases/1"

T = TypeVar("T", bound="DataclassInstance")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """Something that cases are about, said once."""

    id: str
    kind: Covers
    function: str
    file: str
    predicate: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """When cases get to things."""

    trigger: Trigger
    size: Size
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case(CaseFields[tuple[tuple[int, int], ...]]):
    """A case as it is written: what it covers are pairs, the numbers of thing and moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    schema: Schema
    describe: str
    commit: str
    range: str
    things: tuple[_Thing, ...]
    moments: tuple[_Moment, ...]
    cases: tuple[_Case, ...]


def cases_file(plan: Plan) -> OutputFile:
    """Return the file that says what the programs of a plan test."""
    cases = records(plan)
    things = {one.id: one for case in cases for one in case.covers}
    places = {key: place for place, key in enumerate(sorted(things))}
    met = dict.fromkeys(_of(_Moment, one) for case in cases for one in case.covers)
    moments = {moment: place for place, moment in enumerate(met)}
    written = (
        _of(
            _Case,
            case,
            covers=tuple((places[one.id], moments[_of(_Moment, one)]) for one in case.covers),
        )
        for case in cases
    )
    head = {
        "schema": SCHEMA,
        "describe": plan.describe,
        "commit": plan.commit,
        "range": plan.range,
    }
    parts = [f'"{key}": {_json(value)}' for key, value in head.items()]
    parts.append(f'"things": {_lines(_of(_Thing, things[key]) for key in places)}')
    parts.append(f'"moments": {_lines(moments)}')
    parts.append(f'"cases": {_lines(written)}')
    text = "{" + ",\n".join(parts) + "}\n"
    return OutputFile(CASES, text.encode())


def read_cases(directory: Path) -> tuple[CaseRecord, ...]:
    """Return what the programs in a directory test, as they were generated.

    Raises InputError where the file is not there, or is not kanalyze's.
    """
    place = directory / CASES
    try:
        found = msgspec.json.decode(place.read_bytes(), type=_File)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "name a directory that `kanalyze generate` wrote"
        raise InputError(f"cannot be read: {reason}", where=str(place), hint=hint) from error
    except msgspec.MsgspecError as error:
        raise InputError(f"is not as kanalyze wrote it: {error}", where=str(place)) from error
    try:
        return tuple(_read(case, found) for case in found.cases)
    except IndexError:
        raise InputError("a case covers what is not in it", where=str(place)) from None


def _read(case: _Case, found: _File) -> CaseRecord:
    """Return a case with what it covers; IndexError where that is not in the file."""
    pairs = ((found.things[thing], found.moments[moment]) for thing, moment in case.covers)
    covers = tuple(Covered(**_fields(thing), **_fields(moment)) for thing, moment in pairs)
    return CaseRecord(**{**_fields(case), "covers": covers})


def _of(kind: type[T], one: object, **given: object) -> T:
    """Return the fields of a record that another kind has too, but for those given."""
    names = [field.name for field in fields(kind)]
    return kind(**{name: given[name] if name in given else getattr(one, name) for name in names})


def _fields(one: "DataclassInstance") -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _lines(values: Iterable[object]) -> str:
    """Return a list, one record a line, so that it can be grepped and compared."""
    return "[\n" + ",\n".join(_json(value) for value in values) + "\n]"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
