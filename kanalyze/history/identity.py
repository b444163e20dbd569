"""Who signs patches off: whom the user names, or else whom git knows the user as."""

import os
import re
import subprocess

from kanalyze.errors import InputError
from kanalyze.history.runner import start_failure, to_text

_FORM = re.compile(r"\s*([^<>]*[^<>\s])\s*<([^<>\s]+)>\s*")


def identity(author: str | None = None) -> tuple[str, str]:
    """Return a name and an address: those given as ``NAME <MAIL>``, or git's for the user.

    The environment that git looks at counts, then the user's own configuration;
    that of a repository does not, for it may be anybody's.
    Raises InputError for anything of another form, and where nobody is known.
    """
    if author is not None:
        match = _FORM.fullmatch(author)
        if not match:
            raise InputError("not of the form 'NAME <MAIL>'", where=repr(author))
        return match[1], match[2]
    name = os.environ.get("GIT_AUTHOR_NAME") or _configured("user.name")
    email = os.environ.get("GIT_AUTHOR_EMAIL") or _configured("user.email")
    if not name or not email:
        raise InputError(
            "nobody is known who would sign the patches off",
            hint="--author 'NAME <MAIL>', or git config --global user.name and user.email",
        )
    return name, email


def _configured(key: str) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "--global", "--get", key],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise start_failure(error) from error
    return to_text(done.stdout).strip()
