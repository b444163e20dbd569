"""The sides of commits, as ``explain`` gets a revision.

A scan would say more of each than is needed, such as how far it is from a
release, which takes git longer than all the rest; and it would keep every one.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from kanalyze.history.assemble import sections_of, sites_of, unique
from kanalyze.history.blobs import BlobReader
from kanalyze.history.gather import Gatherer
from kanalyze.history.git import GitTree
from kanalyze.history.runner import CommitId
from kanalyze.history.scan import ScanRequest
from kanalyze.history.store import Store
from kanalyze.history.workers import workers
from kanalyze.progress import Silent
from kanalyze.semantics.given import Tree
from kanalyze.source.version import analyser_version


@contextlib.contextmanager
def sides(tree: GitTree, request: ScanRequest) -> Iterator[Callable[[CommitId], Tree]]:
    """Give a function that reads a commit: its files, and what is in them.

    That one raises UnreadableBlob for a file that is missing or damaged, and
    EnvironmentFailure when git or the disk fails.
    """
    rules = request.config.rules
    analysis = f"{analyser_version()}-{rules.hash}"
    with (
        Store(request.db, analysis) as store,
        workers(request.jobs) as executor,
        tree.blobs() as reader,
    ):
        limit = request.config.files.max_bytes
        gatherer = Gatherer(tree, store, rules, executor, Silent(), limit)
        paths = request.files or tuple(request.config.files.default)

        def read(commit: CommitId) -> Tree:
            return _read(tree, reader, gatherer, paths, commit, request)

        yield read


def _read(
    tree: GitTree,
    reader: BlobReader,
    gatherer: Gatherer,
    paths: Sequence[str],
    commit: CommitId,
    request: ScanRequest,
) -> Tree:
    listed = tree.ls(commit, paths)
    blobs = {path: listed[path] for path in paths if path in listed}
    # First of all: what is known of a file that is missing would do for the rest.
    files = {path: reader.read(blob) for path, blob in blobs.items()}
    rules = request.config.rules
    places = gatherer.places({blob: path for path, blob in blobs.items()})
    names = places.names()
    facts = gatherer.facts(names, gatherer.signals(names).derived)
    found = [
        (path, place, facts[place.key])
        for path, blob in blobs.items()
        for place in places.of(blob)
        if place.key in facts
    ]
    return Tree(
        name=tree.path,
        commit=commit,
        describe="",
        files=files,
        sites=tuple(unique(site for one in found for site in sites_of(*one, rules.roles))),
        sections=tuple(unique(section for one in found for section in sections_of(*one))),
        rules=rules,
    )
