"""All that a plan becomes: a directory that builds by itself, and patches for the tree."""

from collections.abc import Iterator, Mapping

from kanalyze.errors import InputError
from kanalyze.selftests.cases import CaseRecord, Plan, records
from kanalyze.selftests.cases_json import cases_file
from kanalyze.selftests.comment import clean
from kanalyze.selftests.model import Author, OutputFile, Series, Suite
from kanalyze.selftests.pieces import Pieces
from kanalyze.selftests.render import render
from kanalyze.selftests.series import make_series
from kanalyze.selftests.standalone import standalone
from kanalyze.selftests.target import probe
from kanalyze.selftests.templating import Templates, selftest_templates
from kanalyze.selftests.wire import wire_suite

#: The directory of the patches, and beside it all of them as one mailbox.
PATCHES = "patches"
MAILBOX = "series.mbox"


def generate(
    plan: Plan,
    pieces: Pieces,
    files: Mapping[str, bytes],
    author: Author,
    *,
    base: str = "",
    where: str = "",
) -> tuple[OutputFile, ...]:
    """Return the files of an output directory, for :func:`write_files`.

    ``files`` are the tree's of TARGET_PATHS, ``base`` the full id of the commit
    that they are from, and ``where`` names the tree in errors.
    InputError for a plan without a case, and for a tree without selftests.
    """
    cases = records(plan)
    if not cases:
        raise InputError("there is no case to generate", where=where)
    series = _series(cases, pieces, files, author, base, where)
    suite = render(cases, pieces, None)
    everything = [
        *standalone(suite),
        cases_file(plan),
        _readme(plan, suite, series),
        *_patches(series),
    ]
    return tuple(sorted(everything, key=lambda file: file.path))


def _series(
    cases: tuple[CaseRecord, ...],
    pieces: Pieces,
    files: Mapping[str, bytes],
    author: Author,
    base: str,
    where: str,
) -> Series:
    target = probe(files, where)
    suite = render(cases, pieces, target)
    return make_series(suite, target, wire_suite(suite, target, files), author, base=base)


def _readme(plan: Plan, suite: Suite, series: Series) -> OutputFile:
    text = Templates(selftest_templates()).text(
        "README.j2",
        {
            "describe": clean(plan.describe),
            "range": clean(plan.range),
            "programs": suite.programs,
            "patches": series.patches,
        },
    )
    return OutputFile("README", text.encode())


def _patches(series: Series) -> Iterator[OutputFile]:
    for patch in series.patches:
        yield OutputFile(f"{PATCHES}/{patch.name}", patch.mail)
    if series.patches:
        yield OutputFile(MAILBOX, series.mbox)
