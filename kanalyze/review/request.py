"""``review``: from mails, a diff or a range of commits to what there is to say about them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from kanalyze.errors import InputError
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.patched import Change, DoesNotApply, Patched, base_of, patched
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import CommitId, to_text
from kanalyze.history.scan import ScanRequest
from kanalyze.progress import Silent
from kanalyze.review.examine import examine
from kanalyze.review.mail import mails
from kanalyze.review.model import PatchReview, Review
from kanalyze.review.partial import from_hunks
from kanalyze.review.series import Series, series

_HINT = "kanalyze review TREE series.mbox, or --range A..B"
# How a base is known.
_NAMED = "named with --base"
_TOLD = "the mails' base-commit"
# So many releases are tried, newest first, when nothing says what a series is for.
_TAGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """What to review, and with what.

    ``mail`` is a mailbox, a mail or a diff, and ``where`` how messages name it; or
    ``range`` is ``A..B``.  ``base`` is the revision that a series is for; without it
    a ``base-commit:`` line counts, or else the newest revision on which it applies.
    ``every`` adds what was there before and is left alone.
    """

    scan: ScanRequest
    mail: bytes | None = None
    where: str = ""
    range: str = ""
    base: str = ""
    every: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A series as commits on top of its base, in a repository that is there for a while.

    That is the tree's own, or one beside it.  ``tip`` has all of it, ``how`` says why
    this base, and ``left_out`` are files of the patches that the base does not have.
    """

    repository: str
    base: CommitId
    tip: CommitId
    how: str
    patches: tuple[PatchReview, ...]
    left_out: tuple[str, ...] = ()


@contextmanager
def opened(request: ReviewRequest) -> Iterator[Opened]:
    """Give the series of a request, for the length of the block.

    Raises DoesNotApply for one that applies to nothing that was tried, and otherwise
    as :func:`review` does.
    """
    tree = open_tree(request.scan.tree)
    if request.mail is None:
        yield _range(request, tree)
        return
    with _mails(request, tree, series(mails(request.mail), request.where)) as found:
        yield found


def review(request: ReviewRequest) -> Review:
    """Return what a series does to the decisions of a tree.

    Of a series that does not apply only the hunks are read, and the review is partial.
    Raises InputError for input that holds no patch, a base that is not there, and a
    patch that leads out of the tree; EnvironmentFailure when git or the disk fails.
    """
    tree = open_tree(request.scan.tree)
    if request.mail is None:
        return _of_range(request, tree)
    found = series(mails(request.mail), request.where)
    try:
        return _of_mails(request, tree, found)
    except DoesNotApply as error:
        return _of_hunks(request, found, error)


def _of_mails(request: ReviewRequest, tree: GitTree | PlainTree, found: Series) -> Review:
    with _mails(request, tree, found) as done:
        own = replace(request.scan, tree=done.repository, revision=done.tip)
        examined = examine(own, done.base, done.patches, every=request.every)
        base = _described(tree, done.base)
    notes = list(found.notes)
    if found.base and done.how not in (_NAMED, _TOLD) and isinstance(tree, GitTree):
        notes.append(f"not on the base-commit of the mails, {found.base[:12]}: it is not here")
    if done.left_out:
        notes.append(f"not in this tree, and left out: {', '.join(done.left_out)}")
    return Review(
        tree=request.scan.tree,
        title=found.title or "a diff without a title",
        version=found.version,
        base=done.base if isinstance(tree, GitTree) else "",
        base_describe=base,
        base_how=done.how,
        patches=examined.patches,
        findings=examined.findings,
        differences=examined.differences,
        cover=found.cover,
        notes=tuple(notes),
    )


def _of_hunks(request: ReviewRequest, found: Series, error: DoesNotApply) -> Review:
    """Return what can be told of a series that applies to nothing that was tried."""
    patches = _from_mail(found, [""] * len(found.patches))
    files = request.scan.files or tuple(request.scan.config.files.default)
    rules = request.scan.config.rules
    return Review(
        tree=request.scan.tree,
        title=found.title or "a diff without a title",
        version=found.version,
        base="",
        base_describe="",
        base_how="",
        patches=tuple(patches),
        findings=tuple(
            one for patch in patches for one in from_hunks(patch.number, patch.diff, rules, files)
        ),
        cover=found.cover,
        partial=True,
        notes=(*found.notes, f"only the hunks were read: {error}"),
    )


# ----------------------------------------------------------------------- a range


def _of_range(request: ReviewRequest, tree: GitTree | PlainTree) -> Review:
    found = _range(request, tree)
    own = replace(request.scan, revision=found.tip)
    examined = examine(own, found.base, found.patches, every=request.every)
    several = f"{len(found.patches)} commits"
    return Review(
        tree=request.scan.tree,
        title=found.patches[0].title if len(found.patches) == 1 else several,
        version=1,
        base=found.base,
        base_describe=_described(tree, found.base),
        base_how=found.how,
        patches=examined.patches,
        findings=examined.findings,
        differences=examined.differences,
    )


def _range(request: ReviewRequest, tree: GitTree | PlainTree) -> Opened:
    if not request.range:
        raise InputError("nothing to review", hint=_HINT)
    if not isinstance(tree, GitTree):
        raise InputError("a plain directory has no commits", where=request.scan.tree, hint=_HINT)
    limits = tree.parse_range(request.range)
    patches = _from_git(tree, limits.old, limits.new)
    if not patches:
        raise InputError("no commits in this range", where=request.range)
    base = CommitId(to_text(tree.git.output("merge-base", limits.old, limits.new)).strip())
    return Opened(
        repository=request.scan.tree,
        base=base,
        tip=limits.new,
        how="the range begins there",
        patches=tuple(patches),
    )


def _from_git(tree: GitTree, old: CommitId, new: CommitId) -> list[PatchReview]:
    """Return the commits of a range as patches, oldest first; merges are followed into."""
    listed = tree.git.output(
        *("log", "--reverse", "--topo-order", "--no-merges", "-z", "--format=%H%n%an <%ae>%n%s"),
        *("--end-of-options", f"{old}..{new}"),
    )
    patches = []
    for number, entry in enumerate((one for one in to_text(listed).split("\0") if one), 1):
        commit, author, title = (entry.split("\n", 2) + ["", ""])[:3]
        diff = tree.git.output(
            *("diff-tree", "-p", "--no-ext-diff", "--no-textconv", "--root", "--no-commit-id"),
            *("--end-of-options", commit),
        )
        patches.append(
            PatchReview(
                number=number,
                title=title,
                commit=commit,
                author=author,
                diff=to_text(diff),
                touches=(),
            )
        )
    return patches


# ------------------------------------------------------------------------ mails


def _from_mail(found: Series, commits: Sequence[str]) -> list[PatchReview]:
    return [
        PatchReview(
            number=number,
            title=patch.title,
            commit=commit,
            author=patch.mail.sender,
            diff=patch.diff,
            touches=(),
            mail=patch.mail,
        )
        for number, (patch, commit) in enumerate(zip(found.patches, commits, strict=True), 1)
    ]


@contextmanager
def _mails(request: ReviewRequest, tree: GitTree | PlainTree, found: Series) -> Iterator[Opened]:
    with _applied(request, tree, found) as (done, how):
        yield Opened(
            repository=done.repository,
            base=done.base,
            tip=done.commits[-1],
            how=how,
            patches=tuple(_from_mail(found, done.commits)),
            left_out=done.left_out,
        )


@contextmanager
def _applied(
    request: ReviewRequest, tree: GitTree | PlainTree, found: Series
) -> Iterator[tuple[Patched, str]]:
    """Give a series on the base that was named, or on the first that takes it."""
    changes = [
        Change(
            title=patch.title or "a diff without a title",
            message=patch.message,
            diff=patch.diff,
            author=patch.mail.sender,
            date=patch.mail.date,
        )
        for patch in found.patches
    ]
    progress = request.scan.progress or Silent()
    progress.stage("applying patches", None)
    paths = request.scan.files or tuple(request.scan.config.files.default)
    refused: DoesNotApply | None = None
    with ExitStack() as stack:
        for base, how in _bases(request, tree, found):
            try:
                done = stack.enter_context(patched(tree, base, changes, paths))
            except DoesNotApply as error:
                refused = refused or error
                continue
            yield done, how
            return
    assert refused is not None
    raise refused


def _bases(
    request: ReviewRequest, tree: GitTree | PlainTree, found: Series
) -> Iterator[tuple[CommitId | None, str]]:
    """Yield what the series may be for, the surest first, and how that is known."""
    if not isinstance(tree, GitTree):
        yield None, "the directory as it is"
        return
    if request.base:
        yield tree.resolve(request.base), _NAMED
        return
    tip = tree.resolve(request.scan.revision)
    if found.base:
        with suppress(InputError):
            yield tree.resolve(found.base), _TOLD
    exact = base_of(tree, tip, [patch.diff for patch in found.patches])
    if exact is not None:
        yield exact, "the newest commit with the files that the patches name"
    yield tip, "the newest revision on which it applies"
    for tag in _tags(tree):
        yield tree.resolve(tag), "the newest release on which it applies"


def _tags(tree: GitTree) -> Sequence[str]:
    listed = tree.git.output(
        "for-each-ref", f"--count={_TAGS}", "--sort=-version:refname",
        "--format=%(refname)", "refs/tags",
    )  # fmt: skip
    return to_text(listed).split()


def _described(tree: GitTree | PlainTree, base: CommitId) -> str:
    return tree.describe(base) if isinstance(tree, GitTree) else "the directory"
