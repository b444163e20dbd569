"""Usage: pydriller_walk.py REPOSITORY COMMITS FILE... - reads what commits did to files.

COMMITS is a file with a commit id a line.  What is read of each: the
message, and of those files that it changed the text before and after and the
diff, which is what one needs before any analysis can begin.
PyDriller writes to the configuration of a repository, so give it a copy.
"""

import sys
from pathlib import Path

from pydriller import Git


def walk(repository: str, paths: frozenset[str], commits: list[str]) -> int:
    """Return the number of characters that were seen."""
    seen = 0
    git = Git(repository)
    for name in commits:
        commit = git.get_commit(name)
        seen += len(commit.msg)
        for one in commit.modified_files:
            if one.new_path in paths or one.old_path in paths:
                for text in (one.source_code_before, one.source_code, one.diff):
                    seen += len(text or "")
    return seen


if __name__ == "__main__":
    print(walk(sys.argv[1], frozenset(sys.argv[3:]), Path(sys.argv[2]).read_text().split()))
