"""A mutation campaign for programs: one document of the schema ``kanalyze.mutation/1``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from kanalyze.report.json_lines import document

if TYPE_CHECKING:
    from kanalyze.review.mutation import Mutation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A campaign without what only the campaign itself has a use for.

    That is how a mutant is built into a kernel, beside its diff, and by how many
    mutants' places each case comes.
    """

    schema: str
    tree: str
    describe: str
    mutants: tuple[dict[str, Any], ...]
    results: tuple[dict[str, Any], ...]
    baseline: dict[str, Any]
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def mutation_json(found: "Mutation") -> Iterator[str]:
    """Yield the document for a campaign, to be written as UTF-8."""
    cases = [_without(one, "counts") for one in found.baseline.cases]
    return document(
        _Document(
            schema=found.schema,
            tree=found.tree,
            describe=found.describe,
            mutants=tuple(_without(one, "edits", "choices") for one in found.mutants),
            results=tuple(_without(one) for one in found.results),
            baseline={"cases": cases, "notes": found.baseline.notes},
            facts=found.facts,
            notes=found.notes,
        )
    )


def _without(record: Any, *names: str) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(record)
    return {name: value for name, value in fields.items() if name not in names}
