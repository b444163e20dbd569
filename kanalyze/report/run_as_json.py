"""A run for programs: one document of the schema ``kanalyze.run/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from kanalyze.report.json_lines import list_text, value_text

if TYPE_CHECKING:
    from kanalyze.lab.model import LabRun

#: Lists with a record a line, so that runs can be grepped and compared.
_LONG = ("results", "predictions")


def run_json(run: "LabRun") -> Iterator[str]:
    """Yield the document, to be written as UTF-8: one result a line."""
    yield f'{{"schema": {value_text(run.schema)}'
    for name in ("kernels", "programs", "boots", "machine", "notes"):
        # paths are text to a reader
        value: Any = msgspec.to_builtins(getattr(run, name), enc_hook=str)
        yield f',\n"{name}": {list_text(tuple(value))}'
    for name in _LONG:
        yield f',\n"{name}": {list_text(getattr(run, name))}'
    yield "}\n"
