"""A whole tree: only the files that hold a name are parsed, only the functions are analysed.

Most of a kernel tree never mentions who shares a page.  A search over the raw
bytes (Aho-Corasick, comments and strings included) leaves some hundred files of
sixty thousand; in those, a function without a name in its code is passed over.
"""

import bisect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick_rs

from kanalyze.errors import InputError
from kanalyze.history.assemble import health_of, sections_of, sites_of
from kanalyze.history.blobs import BlobTooLarge, UnreadableBlob
from kanalyze.history.gather import Groups, Place
from kanalyze.history.git import GitTree
from kanalyze.history.model import HealthRecord, SectionRecord, SiteRecord
from kanalyze.history.plain import PlainReader, PlainTree
from kanalyze.history.runner import BlobId
from kanalyze.progress import Progress
from kanalyze.source.lex import IDENTIFIER
from kanalyze.source.model import FunctionFacts
from kanalyze.source.rules import Rules, word_pattern

# So many files go to a worker at once.
_FILES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """What some files hold; ``files`` are those that were parsed."""

    files: tuple[str, ...]
    sites: tuple[SiteRecord, ...]
    sections: tuple[SectionRecord, ...]
    health: tuple[HealthRecord, ...]


def sweep(
    tree: GitTree | PlainTree,
    files: Mapping[str, BlobId] | Iterable[str],
    rules: Rules,
    derived: Mapping[str, Groups],
    max_bytes: int,
    executor: Callable[[], Executor],
    progress: Progress,
) -> Iterator[Swept]:
    """Yield what ``files`` hold, a batch at a time, in any order.

    ``files`` maps path to blob in a repository; in a plain directory it gives
    paths, which are looked at while more are found.  ``derived`` are the derived
    signals to look for besides the vocabulary.
    """
    total = len(files) if isinstance(files, Mapping) else None
    progress.stage("looking through the tree", total)
    futures: dict[Future[Swept], int] = {}
    paths = iter(files)
    while some := list(itertools.islice(paths, _FILES_AT_ONCE)):
        blobs = {path: files[path] for path in some} if isinstance(files, Mapping) else None
        work = executor().submit(_sweep, tree, some, blobs, rules, derived, max_bytes)
        futures[work] = len(some)
    for future in as_completed(futures):
        progress.step(futures[future])
        yield future.result()


def _sweep(
    tree: GitTree | PlainTree,
    paths: Sequence[str],
    blobs: Mapping[str, BlobId] | None,
    rules: Rules,
    derived: Mapping[str, Groups],
    max_bytes: int,
) -> Swept:
    """Sweep a batch; worker side."""
    names = frozenset([*rules.kinds, *derived])
    found = _needles(names)
    words = word_pattern(names)
    parsed: list[str] = []
    sites: list[SiteRecord] = []
    sections: list[SectionRecord] = []
    health: list[HealthRecord] = []
    for path, text in _texts(tree, paths, blobs, max_bytes, health):
        hits = [start for _, start, _ in found.find_matches_as_indexes(text)]
        if not hits:
            continue
        parsed.append(path)
        for place, facts in _functions(text, hits, words, rules, derived):
            sites.extend(sites_of(path, place, facts, rules.roles))
            sections.extend(sections_of(path, place, facts))
            health.extend(health_of(path, place, facts))
    return Swept(tuple(parsed), tuple(sites), tuple(sections), tuple(health))


def _texts(
    tree: GitTree | PlainTree,
    paths: Sequence[str],
    blobs: Mapping[str, BlobId] | None,
    max_bytes: int,
    health: list[HealthRecord],
) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes; what cannot be read becomes a health record."""
    with tree.blobs(blobs or {}, max_bytes) as reader:
        for path in paths:
            try:
                if isinstance(reader, PlainReader):
                    text = reader.read_path(path)
                else:
                    assert blobs is not None
                    text = reader.read(blobs[path])
            except (UnreadableBlob, BlobTooLarge, InputError) as error:
                health.append(HealthRecord(file=path, function="", line=0, problem=error.what))
                continue
            yield path, text


def _functions(
    text: bytes,
    hits: Sequence[int],
    words: re.Pattern[bytes],
    rules: Rules,
    derived: Mapping[str, Groups],
) -> Iterator[tuple[Place, FunctionFacts]]:
    """Yield the functions of a file that hold one of ``words`` in their code.

    ``hits`` are the offsets, in order, at which the search found something.
    """
    # Here and not above: only the workers parse.
    from kanalyze.source.analyse import facts
    from kanalyze.source.lex import blank
    from kanalyze.source.pieces import functions

    for one in functions(text):
        first = bisect.bisect_left(hits, one.offset + one.body)
        if first == len(hits) or hits[first] >= one.offset + len(one.text):
            continue
        if words.search(blank(one.text), one.body):
            place = Place(b"", one.name, one.offset, one.line, one.config)
            asked = {name: derived[name] for name in _called(one.text, derived)}
            yield place, facts(one.text, one.body, rules, asked)


def _called(text: bytes, derived: Mapping[str, Groups]) -> set[str]:
    return {word.decode("ascii") for word in IDENTIFIER.findall(text)} & derived.keys()


@lru_cache(maxsize=2)
def _needles(names: frozenset[str]) -> ahocorasick_rs.BytesAhoCorasick:
    """Return the search for ``names``, each as short as it can be without losing a file.

    A name that is part of another finds both.  A field such as ``_count`` ends
    too many words to be looked for alone; it is always reached with ``->`` or ``.``.
    """
    needles: set[bytes] = set()
    for name in names:
        field = name.startswith("_") and not name.startswith("__")
        needles.update([b"->" + name.encode(), b"." + name.encode()] if field else [name.encode()])
    short = [one for one in needles if not any(o in one for o in needles if o != one)]
    return ahocorasick_rs.BytesAhoCorasick(
        sorted(short), implementation=ahocorasick_rs.Implementation.DFA
    )
