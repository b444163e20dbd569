"""C text in, facts out: the only room that knows C.

A file is cut into functions, each function is masked, parsed and turned into a
control-flow graph, and from the graph come the sites (with role, guards, locks
and outcomes), the seqcount sections and what the parser did not understand.
Nothing here knows git, files or the network: bytes come in, records go out.
"""

from kanalyze.source.analyse import facts, summary
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
from kanalyze.source.rules import Rules, word_pattern
from kanalyze.source.summary import Known, derive

__all__ = [
    "Function",
    "FunctionFacts",
    "Known",
    "Outcomes",
    "PieceCache",
    "Problem",
    "Role",
    "Rules",
    "Section",
    "Side",
    "Site",
    "Summary",
    "derive",
    "facts",
    "functions",
    "summary",
    "word_pattern",
]
