"""A series looked at from all sides: what each patch does, and what was so before."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from kanalyze.history.diffs import names, parts
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.model import Event, SectionRecord
from kanalyze.history.runner import CommitId
from kanalyze.history.scan import ScanRequest, scan
from kanalyze.progress import Silent
from kanalyze.review.anchors import Anchors
from kanalyze.review.arming import audited_alike, changed_arms, standing_arms, without_guard
from kanalyze.review.decisions import changed_decisions, standing, with_arms
from kanalyze.review.declared import Texts, changed_declarations
from kanalyze.review.events import in_words
from kanalyze.review.lasting import lasting
from kanalyze.review.macros import changed_macros
from kanalyze.review.meaning import ROLES
from kanalyze.review.model import Finding, PatchReview, Touch
from kanalyze.review.rechecks import with_rechecks
from kanalyze.review.sections import changed_sections
from kanalyze.review.sides import sides
from kanalyze.review.versions import Step, Version
from kanalyze.semantics.meaning import FunctionIn
from kanalyze.semantics.model import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What came of a series: its patches with what they touch, and the findings."""

    patches: tuple[PatchReview, ...]
    findings: tuple[Finding, ...]
    differences: tuple[Difference, ...]


def examine(
    request: ScanRequest, base: CommitId, patches: Sequence[PatchReview], *, every: bool
) -> Examined:
    """Return what the patches do, which are commits on top of ``base`` in ``request.tree``.

    With ``every`` the findings that were there before, and that the series leaves
    alone, are among them.  Raises InputError or EnvironmentFailure as scan does.
    """
    tree = open_tree(request.tree)
    assert isinstance(tree, GitTree)
    with sides(tree, request) as read:
        known: dict[CommitId, Version] = {}

        def version(commit: CommitId, like: Version | None = None) -> Version:
            if commit not in known:
                found = read(commit)
                sections = tuple(s for s in found.sections if isinstance(s, SectionRecord))
                known[commit] = Version(found, sections, like)
            return known[commit]

        return _Examination(request, base, patches, version, partial(_others, tree), every).run()


def _others(tree: GitTree, old: CommitId, new: CommitId, paths: Collection[str]) -> Texts:
    """Return files as they were and are, those that are there on both sides."""
    if not paths:
        return {}
    was, now = tree.ls(old, paths), tree.ls(new, paths)
    with tree.blobs() as reader:
        return {
            path: (reader.read(was[path]), reader.read(now[path])) for path in was if path in now
        }


class _Examination:
    """One series on its base."""

    def __init__(
        self,
        request: ScanRequest,
        base: CommitId,
        patches: Sequence[PatchReview],
        version: Callable[..., Version],
        others: Callable[[CommitId, CommitId, Collection[str]], Texts],
        every: bool,
    ) -> None:
        self._request = request
        self._base = base
        self._patches = patches
        self._version = version
        self._others = others
        self._every = every
        self._progress = request.progress or Silent()

    def run(self) -> Examined:
        events = self._events()
        self._progress.stage("examining patches", len(self._patches) + 1)
        found: list[Finding] = []
        reviewed = []
        first = before = self._version(self._base)
        for patch in self._patches:
            after = self._version(CommitId(patch.commit), before)
            step = Step(before, after)
            own = events.get(patch.commit, [])
            anchors = Anchors(patch.number, patch.diff, step)
            changes = [*self._changes(step, own), *self._declarations(step, [patch])]
            found.extend(anchors.anchored(one) for one in changes)
            reviewed.append(replace(patch, touches=tuple(self._touches(step, own))))
            before = after
            self._progress.step()
        whole = Step(first, before)
        if len(self._patches) > 1:
            every = [event for patch in self._patches for event in events.get(patch.commit, [])]
            found = lasting(found, self._changes(whole, every))
        standing = list(self._standing(whole))
        self._progress.step()
        return Examined(
            patches=tuple(reviewed),
            findings=(*found, *standing),
            differences=whole.comparison.differences if whole.changed else (),
        )

    def _events(self) -> Mapping[str, list[Event]]:
        """Return the events of the series, by commit."""
        tip = self._patches[-1].commit
        found = scan(
            replace(self._request, revision=tip, range=f"{self._base}..{tip}", history=False)
        )
        by_commit: dict[str, list[Event]] = {}
        for event in found.events:
            by_commit.setdefault(event.commit, []).append(event)
        return by_commit

    # ---------------------------------------------------------------- one patch

    def _changes(self, step: Step, events: Sequence[Event]) -> list[Finding]:
        """Return what a step does, without the places in a patch."""
        if step.before.tree.files == step.after.tree.files:
            return []
        found: list[Finding] = []
        if step.changed:
            decisions = list(changed_decisions(step, step.comparison.differences))
            found += with_rechecks(step, with_arms(step, decisions, changed_arms(step, events)))
        found += changed_sections(step)
        found += changed_macros(step)
        told = {one.function for one in found}
        found += [one for one in without_guard(step, events) if one.function not in told]
        found += self._untold(step, events, found)
        return found

    def _declarations(self, step: Step, patches: Sequence[PatchReview]) -> Iterator[Finding]:
        """Yield what patches do to declarations, in the files that are read and in others."""
        paths = {path for one in patches for part in parts(one.diff) for path in names(part)}
        old, new = (CommitId(side.tree.commit) for side in (step.before, step.after))
        others = self._others(old, new, sorted(paths - step.before.tree.files.keys()))
        yield from changed_declarations(step, others)

    def _untold(
        self, step: Step, events: Sequence[Event], found: Sequence[Finding]
    ) -> Iterator[Finding]:
        """Yield what changed in a decision or pin check and that evaluation says nothing of."""
        told = {one.function for one in found}
        told |= {name for one in found for name in step.concerned(one.function)}
        for event in events:
            name = event.into_function or event.function
            if name in told or not _matters(event) or self._meaning(step, event):
                continue
            told.add(name)
            pins = event.role == "pin-check" and event.kind == "changed"
            if pins and audited_alike(step, name):
                continue
            verb = {"introduced": "gets", "removed": "loses"}.get(event.kind, "changes")
            what = "pin check" if event.role == "pin-check" else "decision"
            yield Finding(
                status="introduced",
                effect="unknown",
                about="pin-check" if event.role == "pin-check" else "decision",
                patch=0,
                function=name,
                file=event.file,
                what=f"{name}() {verb} a {what}: {event.predicate}",
                why=(
                    *([f"before: {in_words(event.before)}"] if event.before else []),
                    *([f"after: {in_words(event.after)}"] if event.after else []),
                    "what it comes to over page states was not evaluated",
                ),
                ids=(event.id,),
            )

    def _touches(self, step: Step, events: Sequence[Event]) -> Iterator[Touch]:
        for event in events:
            yield Touch(event=event, meaning=self._meaning(step, event))

    def _meaning(self, step: Step, event: Event) -> str:
        if event.role not in ROLES or event.merge:
            return ""
        return step.versions.meaning(
            FunctionIn(event.from_file or event.file, event.from_function or event.function),
            FunctionIn(event.into_file or event.file, event.into_function or event.function),
        )

    # ------------------------------------------------------------------ before

    def _standing(self, whole: Step) -> Iterator[Finding]:
        names = whole.after.explainer.decisions()
        if whole.changed or self._every:
            yield from standing(whole, names, every=self._every)
            yield from standing_arms(whole, every=self._every)


def _matters(event: Event) -> bool:
    """Tell whether an event may have changed who keeps a page, or where a pin counts.

    A condition that only ends a walk, or counts something, does not.
    """
    if event.kind == "moved" and "predicate changed" not in event.links:
        return False
    told = f"{event.before} {event.after}"
    return event.role == "pin-check" or (
        event.role == "decision" and any(f": {outcome}" in told for outcome in _KEEPS)
    )


_KEEPS = ("reuse", "copy", "unshare")
