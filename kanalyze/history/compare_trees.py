"""``history --against``: a tree held against another, such as a stable tree against mainline."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.history.against import Held, Means, Side, held
from kanalyze.history.differences import differences
from kanalyze.history.gather import Groups
from kanalyze.history.git import GitTree, open_tree
from kanalyze.history.lone import Lone, lone_commits
from kanalyze.history.model import Against, Event, Revision, Spot, TreeAt
from kanalyze.history.plain import PlainTree
from kanalyze.history.runner import CommitId
from kanalyze.history.scan import ScanRequest
from kanalyze.history.snapshot import files_of, none_of_the_files, revision_of
from kanalyze.history.store import Store
from kanalyze.history.things import Link, Thing
from kanalyze.history.workers import workers
from kanalyze.progress import Silent
from kanalyze.source.version import analyser_version


def against(
    request: ScanRequest,
    other: str,
    revision: str = "HEAD",
    wanted: str = "",
    roles: frozenset[str] = frozenset(),
) -> Against:
    """Return how the revision of a request differs from one of another tree.

    Here is the request's tree, there is ``other`` at ``revision``; either may be
    a plain directory, both may be one repository.  ``wanted`` is an id or a
    function as for :func:`kanalyze.history.lives.lives`, of either side, empty
    for all; ``roles`` narrows to these roles.

    Raises InputError for a tree, revision, file or name that cannot be used,
    EnvironmentFailure when git, the disk or a worker fails.
    """
    opened = [_Opened(request.tree, request.revision), _Opened(other, revision)]
    paths = request.files or tuple(request.config.files.default)
    for one in opened:
        one.read(paths)
    _check(request, opened)
    analysis = f"{analyser_version()}-{request.config.rules.hash}"
    with Store(request.db, analysis) as store, workers(request.jobs) as executor:
        means = Means(
            store,
            request.config.rules,
            executor,
            request.config.files.max_bytes,
            request.progress or Silent(),
        )
        found = held(opened[0].side, opened[1].side, means)
        _check_read(found, opened)
        choice = _Choice(wanted, roles)
        same, differing = differences(choice.links(found.links), paths)
        lone = choice.commits(_lone(opened, paths, found.derived, means))
    return Against(
        here=TreeAt(tree=opened[0].named, revision=opened[0].revision),
        there=TreeAt(tree=opened[1].named, revision=opened[1].revision),
        wanted=wanted,
        same=same,
        differences=differing,
        commits=lone.commits,
        matched=lone.matched,
        notes=(*_unread(found), *lone.notes),
    )


class _Opened:
    """One of two trees."""

    def __init__(self, named: str, revision: str) -> None:
        self.named = named
        self.tree: GitTree | PlainTree = open_tree(named)
        self.revision: Revision = revision_of(self.tree, revision)
        self.side = Side(self.tree, {})

    def read(self, paths: Sequence[str]) -> None:
        """Find the files."""
        self.side = Side(self.tree, files_of(self.tree, self.revision, paths))


def _check(request: ScanRequest, opened: Sequence[_Opened]) -> None:
    """Refuse sides without files; one that is asked for needs to be on one side only."""
    there = {path for one in opened for path in one.side.files}
    missing = [path for path in request.files if path not in there]
    if missing:
        raise InputError("no such file in either tree", where=", ".join(missing))
    for one in opened:
        if not one.side.files and not request.files:
            raise none_of_the_files(one.named)


def _check_read(found: Held, opened: Sequence[_Opened]) -> None:
    """Refuse a side of which no file is in the repository, as in a partial clone."""
    missing = {one.blob: one for one in found.unread if one.missing}
    for one in opened:
        blobs = set(one.side.files.values())
        if blobs and blobs <= missing.keys():
            first = missing[min(blobs)]
            raise EnvironmentFailure(first.why, where=one.named, hint=first.hint)


def _lone(
    opened: Sequence[_Opened], paths: Sequence[str], derived: Mapping[str, Groups], means: Means
) -> Lone:
    """Return what the histories say, or a note that a side has none."""
    sides = [
        (one.tree, CommitId(one.revision.commit)) for one in opened if isinstance(one.tree, GitTree)
    ]
    if len(sides) == len(opened):
        return lone_commits(sides[0], sides[1], paths, derived, means)
    plain = dict.fromkeys(one.named for one in opened if isinstance(one.tree, PlainTree))
    told = " and ".join(plain)
    return Lone(notes=(f"commits are not compared: no history in a plain directory, {told}",))


def _unread(found: Held) -> list[str]:
    told = {one.path: f"{one.path} is not compared: {one.why}" for one in found.unread}
    return list(told.values())


# ------------------------------------------------------------------- what is wanted


class _Choice:
    """What a user wants to hear about: everything of one name, and of some roles."""

    def __init__(self, wanted: str, roles: frozenset[str]) -> None:
        self._wanted = wanted
        self._roles = roles

    def links(self, every: Sequence[Link]) -> list[Link]:
        """Return those that are meant; InputError for a name that neither side has."""
        named = [link for link in every if any(self._is_named(one) for one in _ends(link))]
        if not named and self._wanted:
            raise self._unknown(every)
        return [link for link in named if any(self._is_of(one.role) for one in _ends(link))]

    def commits(self, lone: Lone) -> Lone:
        """Return the commits that did something to what is meant."""
        kept = []
        for one in lone.commits:
            events = tuple(filter(self._event, one.events))
            if events:
                kept.append(replace(one, events=events))
        return replace(lone, commits=tuple(kept))

    def _event(self, event: Event) -> bool:
        """Tell whether an event is about what is meant."""
        origin = Spot(id=event.from_id, file=event.from_file, function=event.from_function)
        named = self._is_named(event) or self._is_named(origin)
        return named and self._is_of(event.role)

    def _is_of(self, role: str) -> bool:
        return not self._roles or role in self._roles

    def _is_named(self, one: Thing | Event | Spot) -> bool:
        names = (one.id, one.function, f"{one.file}:{one.function}")
        return not self._wanted or self._wanted in names

    def _unknown(self, every: Sequence[Link]) -> InputError:
        names = {name for link in every for one in _ends(link) for name in (one.id, one.function)}
        near = difflib.get_close_matches(self._wanted, sorted(names), n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "without a name, all are compared"
        return InputError(
            "no such function, site or section in either tree", where=self._wanted, hint=hint
        )


def _ends(link: Link) -> list[Thing]:
    return [one for one in (link.old, link.new) if one]
