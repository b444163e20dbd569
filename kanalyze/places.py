"""Where on a machine things of the user's are kept."""

import os
from pathlib import Path


def user_cache_dir() -> Path:
    """Return the directory for what can be fetched or computed again; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or ""
    # the specification says that a relative path is to be ignored
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "kanalyze"
