"""What every test gets: no network, and the real kernels when they are there."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from browser import Page
    from real_explainers import Explainers

    from kanalyze.semantics.given import Tree

# A test that starts git is as slow as the machine is busy.
settings.register_profile("kanalyze", deadline=None)
settings.load_profile("kanalyze")

# Nothing listens on the discard port: a program that a test starts and that
# wants to download something fails at once instead of succeeding here only.
_NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid connections to other machines, to tests and to what they start."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            raise RuntimeError(f"a test wanted to connect to {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"):
        monkeypatch.setenv(name, _NOWHERE)
        monkeypatch.setenv(name.upper(), _NOWHERE)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)


@pytest.fixture
def private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home directory of the test's own, with the user's cache and configuration in it."""
    home = tmp_path / "home"
    for variable, name in (
        ("HOME", "."),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
    ):
        place = home / name
        place.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(variable, str(place))
    return home


def _repository(variable: str, what: str) -> Path:
    """Return the repository that an environment variable names, or skip the test."""
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set: {what}")
    path = Path(value)
    if not path.is_dir():  # set and wrong is a mistake, not a machine without kernels
        pytest.fail(f"{variable} is {value}, which is no directory")
    return path


@pytest.fixture(scope="session")
def releases_repo() -> Path:
    """Give the repository with Debian's kernel sources as releases."""
    return _repository("KANALYZE_RELEASES", "`make check` fetches Debian's kernels and sets it")


@pytest.fixture(scope="session")
def release_tag(releases_repo: Path) -> Callable[[str], str]:
    """Give a function from a series such as 6.12 to its tag; it skips when there is none."""
    command = ["git", f"--git-dir={releases_repo}", "tag", "--list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)
    tags = listing.stdout.split()

    def tag_of(series: str) -> str:
        for tag in tags:
            if tag == f"v{series}" or tag.startswith(f"v{series}."):
                return tag
        pytest.skip(f"Linux {series} is not in {releases_repo}: has it left Debian's archive?")

    return tag_of


@pytest.fixture(scope="session")
def shared_facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the fact store of this run: what was read of a real tree is not read again."""
    place = tmp_path_factory.getbasetemp()
    # Of several processes with tests each has a directory of its own in that of all.
    return (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "facts.sqlite"


@pytest.fixture(scope="session")
def explainers(
    releases_repo: Path, release_tag: Callable[[str], str], shared_facts: Path
) -> "Explainers":
    """Give the explainers of real releases, each made once."""
    from real_explainers import Explainers  # beside the tests that ask for it

    return Explainers(releases_repo, release_tag, shared_facts)


@pytest.fixture(scope="session")
def release_tree(explainers: "Explainers") -> "Callable[[str], Tree]":
    """Give a function from a series to its release, as it was scanned."""
    return lambda series: explainers(series).tree


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Page]":
    """Give a page of a headless browser, the same to all tests: each opens what it looks at."""
    from browser import browser  # beside the tests that ask for it

    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(scope="session")
def kernel_repo() -> Path:
    """Give the repository with a real kernel history."""
    return _repository("KANALYZE_KERNEL_REPO", "set it to a kernel git history")
