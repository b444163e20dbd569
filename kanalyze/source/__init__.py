"""C text in, facts out: the only room that knows C.

A file is cut into functions, each function is masked, parsed and turned into a
control-flow graph, and from the graph come the sites (with role, guards, locks
and outcomes), the seqcount sections and what the parser did not understand.
Nothing here knows git, files or the network: bytes come in, records go out.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanalyze.source import expressions
    from kanalyze.source.analyse import facts, summary
    from kanalyze.source.convert import expression
    from kanalyze.source.derived import Known, derive
    from kanalyze.source.graph import Condition, Graph, Kind, Vertex
    from kanalyze.source.model import (
        FunctionFacts,
        Outcomes,
        Problem,
        Role,
        Section,
        Side,
        Site,
        Summary,
    )
    from kanalyze.source.pieces import Function, PieceCache, functions
    from kanalyze.source.program import Program
    from kanalyze.source.rules import Rules, word_pattern

# Public name -> its module.  A scan that finds all its facts in the store needs
# the records and not the analysis: each module is imported when it is asked for.
# The function `program` is not among them: its name here is that of its module.
_HOMES = {
    "Condition": "graph",
    "Function": "pieces",
    "FunctionFacts": "model",
    "Graph": "graph",
    "Kind": "graph",
    "Known": "derived",
    "Outcomes": "model",
    "PieceCache": "pieces",
    "Problem": "model",
    "Program": "program",
    "Role": "model",
    "Rules": "rules",
    "Section": "model",
    "Side": "model",
    "Site": "model",
    "Summary": "model",
    "Vertex": "graph",
    "derive": "derived",
    "expression": "convert",
    "facts": "analyse",
    "functions": "pieces",
    "summary": "analyse",
    "word_pattern": "rules",
}


def __getattr__(name: str) -> object:
    """Import the module of a public name (PEP 562)."""
    if name == "expressions":
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "Condition",
    "Function",
    "FunctionFacts",
    "Graph",
    "Kind",
    "Known",
    "Outcomes",
    "PieceCache",
    "Problem",
    "Program",
    "Role",
    "Rules",
    "Section",
    "Side",
    "Site",
    "Summary",
    "Vertex",
    "derive",
    "expression",
    "expressions",
    "facts",
    "functions",
    "summary",
    "word_pattern",
]
