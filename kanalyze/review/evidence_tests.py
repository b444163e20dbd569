"""The selftest that a series needs: whether it brings one, and else one as patches."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from kanalyze.history.diffs import parts, touched
from kanalyze.history.files_at import date_of, files_at
from kanalyze.history.identity import identity
from kanalyze.history.model import Revision
from kanalyze.progress import Silent
from kanalyze.review.evidence import plain_name
from kanalyze.review.evidence_cases import choose_cases, concerned
from kanalyze.review.model import Review
from kanalyze.review.request import ReviewRequest, opened
from kanalyze.selftests import TARGET_PATHS, Author, make_series, probe, render, wire_suite
from kanalyze.selftests import write_files as write
from kanalyze.selftests.generated import MAILBOX
from kanalyze.selftests.model import OutputFile

#: So many cases are enough for a series: somebody has to review them.
MOST = 24
# A header, or what a test loses, tests nothing.
_TESTS = re.compile(r"tools/testing/selftests/(?:mm|vm)/[\w.+-]+\.c")
_ADDED = re.compile(r"^\+(?!\+\+ )", re.MULTILINE)


def with_tests(found: Review, request: ReviewRequest, directory: Path, author: str = "") -> Review:
    """Return a review that says whether its series brings a selftest; write one if not.

    ``directory`` gets patches for what the series touches, on what it is based on: first
    the cases that show what it does, where they ran.  ``author`` ("NAME <MAIL>") signs
    them off.  Raises InputError for a tree without memory selftests, and for an author
    that is none.
    """
    brought = selftests_in(patch.diff for patch in found.patches)
    if brought:
        return _noted(found, _of_its_own(found, brought))
    if found.partial or not found.touches_decisions:
        why = "it does not apply" if found.partial else "it touches no decision"
        return _noted(found, f"no test was made for it: {why}")
    name, email = identity(author or None)
    told = frozenset(plain_name(one.case) for one in found.evidence if one.before != one.after)
    with opened(request) as series:
        chosen = choose_cases(found, series, request.scan, None, most=MOST, first=told)
    if not chosen.cases:
        return _noted(found, "no test was made for it: no case is about what it touches")
    (request.scan.progress or Silent()).stage("writing tests", None)
    revision = Revision(commit=found.base, describe=found.base_describe)
    tree = request.scan.tree
    files = files_at(tree, revision, TARGET_PATHS)
    target = probe(files, tree)
    suite = render(chosen.cases, chosen.pieces, target)
    made = make_series(
        suite,
        target,
        wire_suite(suite, target, files),
        Author(name, email, date_of(tree, revision)),
        base=found.base,
    )
    mails = [OutputFile(patch.name, patch.mail) for patch in made.patches]
    write(directory, [*mails, OutputFile(MAILBOX, made.mbox)])
    functions = sorted({one.function for one in concerned(found) if one.function})
    about = f" for {', '.join(f'{one}()' for one in functions[:3])}" if functions else ""
    return _noted(
        found,
        f"it brings no memory selftest: {directory / MAILBOX} adds"
        f" {len(chosen.cases)} test cases{about}",
    )


def selftests_in(diffs: Iterable[str]) -> list[str]:
    """Return the memory selftests that patches add, or add something to, each once."""
    added = (part for diff in diffs for part in parts(diff) if _ADDED.search(part))
    paths = (path for part in added for path in touched(part))
    return list(dict.fromkeys(path for path in paths if _TESTS.fullmatch(path)))


def _of_its_own(found: Review, paths: Sequence[str]) -> str:
    """Return what is known of the tests that a series brings: what they came to, if they ran."""
    names = [PurePosixPath(path).stem for path in paths]
    ran = [one for one in found.evidence if one.suite == "tree" and one.program in names]
    brings = f"it brings tests of its own, and none was made: {', '.join(paths)}"
    if not ran:
        tests = " ".join(f"--test {name}" for name in names)
        return (
            f"{brings}. Whether they are about what it touches was not looked at:"
            f" --run --suite tree {tests} runs them before and after"
        )
    other = sum(one.before != one.after for one in ran)
    says = f"{other} of their {len(ran)} cases came" if other else f"all {len(ran)} cases came"
    return f"{brings}. {says} to {'something else' if other else 'the same'} behind the series"


def _noted(found: Review, note: str) -> Review:
    return replace(found, notes=(*found.notes, note))
