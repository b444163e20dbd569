"""A plan for one tree: what is installed, put together with what the tree decides."""

from kanalyze.resources import templates_dir
from kanalyze.selftests.cases import Plan
from kanalyze.selftests.choose import choose
from kanalyze.selftests.coverage import read_coverage
from kanalyze.selftests.known import read_known
from kanalyze.selftests.pieces import Pieces, read_pieces
from kanalyze.selftests.scope import Scope
from kanalyze.semantics.given import Tree
from kanalyze.semantics.reading import read


def installed_pieces() -> Pieces:
    """Return the pieces of this installation.

    Raises EnvironmentFailure for one that is damaged.
    """
    return read_pieces(templates_dir() / "selftests")


def plan(tree: Tree, pieces: Pieces, scope: Scope) -> Plan:
    """Return what is to be tested on a tree, and what cannot be.

    Raises InputError as :func:`kanalyze.selftests.scope.things` does.
    """
    place = templates_dir() / "selftests"
    always = read_coverage(place).cases  # what the tree's own tests do is not lost
    return choose(read(tree), pieces, read_known(place), scope, always=always)
