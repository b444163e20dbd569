"""Small repositories for tests, built by git itself."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# A test's git is the user's git on a machine without configuration.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A U Thor",
    "GIT_AUTHOR_EMAIL": "author@localhost",
    "GIT_COMMITTER_NAME": "C O Mitter",
    "GIT_COMMITTER_EMAIL": "committer@localhost",
    "LC_ALL": "C",
}
AUTHOR = b"A U Thor <author@localhost>"


def git(where: Path, *arguments: str, data: bytes = b"") -> str:
    """Run git in ``where``; return its output without the last newline."""
    command = ["git", "-c", "protocol.file.allow=always", "-c", "safe.directory=*", *arguments]
    done = subprocess.run(command, cwd=where, input=data, capture_output=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


class Repo:
    """A bare repository whose commits have predictable, growing dates."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True)
        self.path = path
        self._time = 1_200_000_000
        git(path, "init", "--quiet", "--bare", "--initial-branch=master", ".")

    def git(self, *arguments: str, data: bytes = b"") -> str:
        return git(self.path, *arguments, data=data)

    def blob(self, data: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", data=data)

    def commit(
        self,
        files: Mapping[str, bytes | tuple[str, str] | None],
        message: bytes = b"change\n",
        *,
        branch: str = "master",
        parents: Sequence[str] | None = None,
        author: bytes = AUTHOR,
        zone: bytes = b"+0100",
        encoding: str = "",
    ) -> str:
        """Commit ``files`` (bytes, (mode, id), or None for gone) and return the id.

        Without ``parents`` the branch grows; with some, files start from the first's.
        """
        self._time += 3600
        when = b"%d %s" % (self._time, zone)
        stream = [b"commit refs/heads/" + branch.encode()]
        stream.append(b"author " + author + b" " + when)
        stream.append(b"committer C O Mitter <committer@localhost> " + when)
        if encoding:
            stream.append(b"encoding " + encoding.encode())
        stream.append(b"data %d\n" % len(message) + message)
        if parents is None:
            exists = self.git("for-each-ref", f"refs/heads/{branch}")
            parents = [f"refs/heads/{branch}^0"] if exists else []
        words = [b"from ", *[b"merge "] * len(parents)]
        stream += [word + parent.encode() for word, parent in zip(words, parents, strict=False)]
        for path, content in files.items():
            name = path.replace("\n", "\\n").encode("utf-8", "surrogateescape")
            name = b'"' + name + b'"' if b"\\n" in name else name
            if content is None:
                stream.append(b"D " + name)
            elif isinstance(content, tuple):
                stream.append(b"M %s %s " % (content[0].encode(), content[1].encode()) + name)
            else:
                stream.append(b"M 100644 inline " + name + b"\ndata %d\n" % len(content) + content)
        data = b"\n".join(stream) + b"\n"
        self.git("fast-import", "--quiet", "--force", "--date-format=raw-permissive", data=data)
        return self.git("rev-parse", f"refs/heads/{branch}")

    def clone(self, path: Path, *options: str) -> Path:
        git(self.path, "clone", "--quiet", *options, f"file://{self.path}", str(path))
        return path
