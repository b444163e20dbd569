"""Where the files that are not code lie: the default configuration and the templates.

They stand at the top of the repository, where people look for them, and are
copied into the package as ``kanalyze/data/`` when a wheel is built (setup.py).
"""

from pathlib import Path

from kanalyze.errors import EnvironmentFailure

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "data", _PACKAGE.parent)


def _find(name: str) -> Path:
    """Return the path of resource ``name``: the wheel's own copy, else the checkout's."""
    for place in _PLACES:
        path = place / name
        if path.exists():
            return path
    raise EnvironmentFailure(
        f"{name} is missing from the installation", where=str(_PACKAGE), hint="install it again"
    )


def default_config_path() -> Path:
    """Return the path of the default ``config.toml``.

    Raises EnvironmentFailure when the installation lacks it.
    """
    return _find("config.toml")


def templates_dir() -> Path:
    """Return the directory that holds ``selftests/`` and ``reports/`` templates.

    Raises EnvironmentFailure when the installation lacks it.
    """
    return _find("templates")
