"""Where on a machine things of the user's are kept."""

import os
from pathlib import Path

from kanalyze.errors import EnvironmentFailure


def user_cache_dir() -> Path:
    """Return the directory for what can be fetched or computed again; it may not exist yet.

    Raises EnvironmentFailure when the user has no home and names no other place.
    """
    base = os.environ.get("XDG_CACHE_HOME") or ""
    if base.startswith("/"):  # the specification says that a relative path is to be ignored
        return Path(base) / "kanalyze"
    try:
        return Path.home() / ".cache" / "kanalyze"
    except RuntimeError as error:
        raise EnvironmentFailure(
            "there is no home directory", hint="set HOME or XDG_CACHE_HOME"
        ) from error
