"""``generate``: from the decisions of a tree, and what its history says of them, to tests."""

from dataclasses import dataclass
from pathlib import Path

from kanalyze.history.files_at import date_of, files_at
from kanalyze.history.identity import identity
from kanalyze.history.importer import AUTHOR
from kanalyze.history.scan import ScanRequest, scan
from kanalyze.review.scanned import tree_of
from kanalyze.selftests import TARGET_PATHS, Author, write_files
from kanalyze.selftests.cases import Generated, generated
from kanalyze.selftests.generated import generate as files_of
from kanalyze.selftests.plan import installed_pieces, plan
from kanalyze.selftests.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """What to generate tests for, and where they go.

    ``wanted`` names decisions by id or function (none: all, or those of the range).
    Without a ``directory`` tests are planned and not written.  ``author`` ("NAME
    <MAIL>", None: as git knows the user) signs the patches off; with ``force`` files
    that somebody edited are overwritten.
    """

    scan: ScanRequest
    wanted: tuple[str, ...] = ()
    directory: Path | None = None
    author: str | None = None
    force: bool = False


def generate(request: GenerationRequest) -> Generated:
    """Return the tests for a tree: what is tested, what is not, and the files if any.

    Raises InputError as scan does, for what is wanted and not there, for an author that
    is none, for a tree without memory selftests and for files that somebody edited.
    """
    scanned = scan(request.scan)
    tree = tree_of(scanned, request.scan.config.rules)
    if request.scan.progress:
        request.scan.progress.stage("evaluating decisions", None)
    pieces = installed_pieces()
    scope = Scope(
        range=scanned.range, wanted=request.wanted, events=scanned.events, importer=AUTHOR
    )
    planned = plan(tree, pieces, scope)
    name = request.scan.tree
    if request.directory is None:
        return generated(name, planned)
    who, address = identity(request.author)
    files = files_of(
        planned,
        pieces,
        files_at(name, scanned.revision, TARGET_PATHS),
        Author(who, address, date_of(name, scanned.revision)),
        base=scanned.revision.commit,
        where=name,
    )
    written = write_files(request.directory, files, force=request.force)
    return generated(name, planned, str(request.directory), written)
