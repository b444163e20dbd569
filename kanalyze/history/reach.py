"""Which commits a revision has, asked by names from commit messages."""

from collections.abc import Iterable, Iterator
from itertools import islice

from kanalyze.history.git import GitTree
from kanalyze.history.runner import OBJECT_ID, CommitId, to_text

# So many names are asked about at once: question and answer fit into the pipes.
_AT_ONCE = 500
# As many digits tell a commit of the kernel from all others.
_SHORT = 12


class Reach:
    """The commits that one revision of a repository has."""

    def __init__(self, tree: GitTree, tip: CommitId) -> None:
        self._tree = tree
        self._tip = tip

    def full(self, names: Iterable[str]) -> dict[str, str]:
        """Return name -> commit id of those ids, whole or short, that the repository knows.

        A name that it does not know, or that is ambiguous, is its own id: its first
        twelve digits.  Raises EnvironmentFailure when git fails.
        """
        found: dict[str, str] = {}
        for batch in _batches(dict.fromkeys(names)):
            asked = ("cat-file", "--batch-check=%(objectname) %(objecttype)")
            with self._tree.git.stream(*asked) as stream:
                stream.send("".join(f"{name}^{{commit}}\n" for name in batch).encode())
                answers = to_text(stream.stdout.read()).splitlines()
                failure = stream.failed()
            if failure is not None:
                raise failure
            for name, answer in zip(batch, answers, strict=True):
                known = answer.split(" ")[0]
                found[name] = known if OBJECT_ID.fullmatch(known) else name[:_SHORT]
        return found

    def within(self, ids: Iterable[str]) -> set[str]:
        """Return those of some commit ids that the revision has.

        Raises EnvironmentFailure when git fails.
        """
        wanted = {one for one in ids if OBJECT_ID.fullmatch(one)}
        found: set[str] = set()
        for batch in _batches(wanted):
            outside = self._tree.git.output("rev-list", "--end-of-options", *batch, f"^{self._tip}")
            found |= set(batch) - set(to_text(outside).split())
        return found


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch
