"""What the steps of lifelines meant: the code before and after, held against each other.

A commit is evaluated once for all steps that it is in, and what came of it is
kept in the fact store.  What cannot be told is no error: the step says nothing.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace

from kanalyze.history import codec
from kanalyze.history.blobs import UnreadableBlob
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.model import Event, History, Lifeline
from kanalyze.history.runner import CommitId, to_text
from kanalyze.history.scan import ScanRequest
from kanalyze.history.store import Store
from kanalyze.history.workers import workers
from kanalyze.progress import Silent
from kanalyze.semantics.version import evaluator_version
from kanalyze.source.version import analyser_version

#: The roles whose steps have a meaning: the others do not say who keeps a page.
ROLES = frozenset({"decision", "arm", "pin-check"})

# Fewer commits than these are evaluated sooner than workers are started.
_WORTH_SPREADING = 4
# So many commits are named on one command line of git.
_AT_ONCE = 500

Place = tuple[str, str]
"""A file and a function in it."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What one commit did to one function; ``before`` and ``after`` differ if it was moved."""

    commit: str
    before: Place
    after: Place


def with_meanings(history: History, request: ScanRequest) -> History:
    """Return a history whose steps say what they meant, wherever that can be told.

    ``request`` is what the history was made with; its revision and range do not
    matter.  Raises EnvironmentFailure when git, the disk or a worker fails.
    """
    tree = open_tree(request.tree)
    if not isinstance(tree, GitTree):
        return history
    questions = {
        question: None
        for life in history.lifelines
        for step in life.steps
        if (question := _question(life, step.event)) is not None
    }
    told = _Meanings(tree, request).told(questions)
    return replace(
        history, lifelines=tuple(_with_meanings(life, told) for life in history.lifelines)
    )


def _with_meanings(life: Lifeline, told: Mapping[_Question, str]) -> Lifeline:
    steps = []
    for step in life.steps:
        question = _question(life, step.event)
        meaning = told.get(question, "") if question else ""
        steps.append(replace(step, meaning=meaning) if meaning else step)
    return replace(life, steps=tuple(steps))


def _question(life: Lifeline, event: Event) -> _Question | None:
    """Return what has to be found out for an event; None if it has no meaning of its own.

    A merge is no step from one parent to it: what it brings is told where it was made.
    """
    if event.merge or not {life.role, event.role} & ROLES:
        return None
    return _Question(
        commit=event.commit,
        before=(event.from_file or event.file, event.from_function or event.function),
        after=(event.into_file or event.file, event.into_function or event.function),
    )


class _Meanings:
    """Answers from the store, and evaluation for what is not in there."""

    def __init__(self, tree: GitTree, request: ScanRequest) -> None:
        self._tree = tree
        self._request = request
        self._progress = request.progress or Silent()
        config = request.config
        self._paths = request.files or tuple(config.files.default)
        self._analysis = f"{analyser_version()}-{config.rules.hash}-{evaluator_version()}"

    def told(self, questions: Collection[_Question]) -> dict[_Question, str]:
        """Return the answer to each question that has one, be it that nothing can be told."""
        with Store(self._request.db, self._analysis) as store:
            rows = store.meanings({one.commit for one in questions})
            found: dict[_Question, str] = {}
            waiting: dict[str, list[_Question]] = {}
            for one in questions:
                known = rows.get((one.commit, self._key(one)))
                if known is None:
                    waiting.setdefault(one.commit, []).append(one)
                else:
                    found[one] = known
            for answered in self._evaluated(waiting):
                store.add_meanings(
                    (one.commit, self._key(one), text) for one, text in answered.items()
                )
                found.update(answered)
        return found

    def _key(self, question: _Question) -> bytes:
        """Return the digest of what an answer depends on, besides the commit and our code."""
        limit = self._request.config.files.max_bytes
        asked = codec.encode([self._paths, limit, question.before, question.after])
        return hashlib.blake2b(asked, digest_size=16).digest()

    def _evaluated(
        self, waiting: Mapping[str, Sequence[_Question]]
    ) -> Iterator[dict[_Question, str]]:
        """Yield the answers to all questions about a commit, one commit after the other."""
        if not waiting:
            return
        work = []
        for commit, parents in self._parents(list(waiting)).items():
            if len(parents) == 1:
                work.append((parents[0], waiting[commit]))
            elif commit not in self._tree.shallow:
                yield dict.fromkeys(waiting[commit], "")
        self._progress.stage("evaluating changes", len(work))
        for answered in self._spread(work):
            self._progress.step()
            yield answered

    def _spread(
        self, work: Sequence[tuple[CommitId, Sequence[_Question]]]
    ) -> Iterator[dict[_Question, str]]:
        # What a worker is sent must not know who watches.
        request = replace(self._request, progress=None, jobs=1)
        if self._request.jobs == 1 or len(work) < _WORTH_SPREADING:
            for parent, questions in work:
                yield _answers(self._tree, request, parent, questions)
            return
        with workers(self._request.jobs) as executor:
            futures = [executor().submit(_answers, self._tree, request, *each) for each in work]
            for future in as_completed(futures):
                yield future.result()

    def _parents(self, commits: Sequence[str]) -> dict[str, list[CommitId]]:
        """Return the parents of each commit that the repository has."""
        found: dict[str, list[CommitId]] = {}
        for start in range(0, len(commits), _AT_ONCE):
            named = commits[start : start + _AT_ONCE]
            listed = self._tree.git.output("rev-list", "--no-walk", "--parents", *named)
            for line in to_text(listed).splitlines():
                commit, *parents = line.split()
                found[commit] = [CommitId(parent) for parent in parents]
        return found


def _answers(
    tree: GitTree, request: ScanRequest, parent: CommitId, questions: Sequence[_Question]
) -> dict[_Question, str]:
    """Return the answers about one commit; none if a file of it or its parent is missing."""
    # Not at the top: what is in the store is told without numpy.
    from kanalyze.review.sides import sides
    from kanalyze.semantics.meaning import FunctionIn, Versions

    try:
        with sides(tree, request) as read:
            versions = Versions.of(read(parent), read(CommitId(questions[0].commit)))
    except UnreadableBlob:  # the next time it may be there
        return {}
    return {
        one: versions.meaning(FunctionIn(*one.before), FunctionIn(*one.after)) for one in questions
    }
