"""An apt of our own: Debian's other suites, without touching the machine's apt.

It lives in a directory with its own sources, lists and cache, and installs
nothing.  How to reach the network is taken from the machine's configuration
(proxies, timeouts); its hooks are not, for they would run on our updates.
Signatures and checksums are checked as apt always does, and by Debian's keys.
"""

import fcntl
import functools
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.apt_sources import DebianArchive, find_debian, read_entries

# Where kernel sources are, beside the suites that the machine uses itself.  A
# suite that has come or gone is no error; apt says so and reads the others.
_MAIN_SUITES = ("bookworm", "bookworm-backports", "trixie", "trixie-backports", "forky", "sid")
_SECURITY_SUITES = ("bullseye-security", "bookworm-security", "trixie-security", "forky-security")

_KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")
_MAX_AGE = 12 * 3600  # seconds until the lists are fetched again
_POLL = 0.2

#: Told what is downloaded, how many bytes of it are here, and how many it has (0: unknown).
FetchProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Package:
    """A package in the archive, in one version."""

    name: str
    version: str


class PrivateApt:
    """The apt below ``directory``, which is made when it is first used.

    ``left_out`` is what apt said of suites that it could not read, when it was
    last updated through this object.  Every method raises EnvironmentFailure
    when apt is missing or fails.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamp = directory / "updated"
        self.left_out = ""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other process uses this apt, and keep others out for the block."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._directory / "lock", flags, 0o600)
        except OSError as error:
            raise EnvironmentFailure(
                error.strerror or str(error), where=str(self._directory)
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def is_stale(self) -> bool:
        """Return whether the lists are missing or old."""
        try:
            return time.time() - self._stamp.stat().st_mtime > _MAX_AGE
        except OSError:
            return True

    def update(self, progress: FetchProgress) -> None:
        """Fetch the lists of packages.

        Suites that are not in the archive are left out; that nothing could be
        fetched at all is an error, unless older lists are there.
        """
        self._configure()
        process = self._start("apt-get", "--quiet=2", "update")
        said = _wait(process, lambda: progress("lists of packages", 0, 0))
        self.left_out = _complaint(said) if process.returncode else ""
        if process.returncode and not any((self._directory / "lists").glob("*Packages*")):
            raise EnvironmentFailure(f"apt-get update failed: {self.left_out}")
        if not process.returncode or self.find("linux-source-.*"):
            self._stamp.touch()

    def find(self, pattern: str) -> dict[str, Package]:
        """Return the newest version of each package whose whole name matches ``pattern``."""
        newest: dict[str, Package] = {}
        for package in self.versions(pattern):
            known = newest.setdefault(package.name, package)
            if _is_newer(package.version, known.version):
                newest[package.name] = package
        return newest

    def versions(self, pattern: str) -> list[Package]:
        """Return all versions of the packages whose whole names match ``pattern``."""
        if not (self._directory / "conf").exists():
            return []
        names = self._output("apt-cache", "pkgnames").split()
        wanted = sorted(name for name in names if re.fullmatch(pattern, name))
        if not wanted:
            return []
        lines = self._output("apt-cache", "madison", *wanted).splitlines()
        found = (tuple(field.strip() for field in line.split("|")[:2]) for line in lines)
        return [Package(*fields) for fields in dict.fromkeys(found)]

    def download(self, package: Package, directory: Path, progress: FetchProgress) -> Path:
        """Download ``package`` into ``directory``, an empty one, and return its .deb file."""
        name = f"{package.name}={package.version}"
        planned = shlex.split(self._output("apt-get", "download", "--print-uris", name))
        size = int(planned[2]) if len(planned) > 2 and planned[2].isdigit() else 0
        process = self._start("apt-get", "--quiet=2", "download", name, cwd=directory)

        def arrived() -> None:
            here = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
            progress(package.name, here, size)

        said = _wait(process, arrived)
        found = sorted(directory.glob("*.deb"))
        if process.returncode or not found:
            raise EnvironmentFailure(
                f"apt-get download failed: {_complaint(said)}", where=package.name
            )
        return found[0]

    def _configure(self) -> None:
        """Write the sources and the configuration, from the machine's as they are now."""
        archive = _machine_archive()
        keyring = next((path for path in _keyring_paths() if path.exists()), None)
        try:
            (self._directory / "lists").mkdir(parents=True, exist_ok=True)
            (self._directory / "cache").mkdir(exist_ok=True)
            (self._directory / "sources.list").write_text(sources_text(archive, keyring))
            configuration = self._directory / "conf"
            configuration.touch(mode=0o600)  # a proxy's address may hold a password
            configuration.write_text(configuration_text(self._directory, _machine_settings()))
        except OSError as error:
            raise EnvironmentFailure(
                error.strerror or str(error), where=str(error.filename or self._directory)
            ) from error

    def _environment(self) -> dict[str, str]:
        return os.environ | {"APT_CONFIG": str(self._directory / "conf"), "LC_ALL": "C.UTF-8"}

    def _start(self, *command: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
        try:
            return subprocess.Popen(
                command,
                cwd=cwd,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise _not_debian(error) from error

    def _output(self, *command: str) -> str:
        return _run(command, self._environment())


# --------------------------------------------------------------- the two files
def sources_text(archive: DebianArchive, keyring: Path | None) -> str:
    """Return the sources.list for all suites that may have kernels.

    Without ``keyring`` apt checks by the keys that the machine trusts.
    """
    options = "target=Packages lang=none"
    if keyring is not None:
        options += f" signed-by={keyring}"
    # experimental would bring kernels that no release has
    own = {suite for suite in archive.suites if suite != "experimental"}
    security = {suite for suite in own if suite.endswith(("-security", "/updates"))}
    places = [(archive.main, {*_MAIN_SUITES, *own} - security)]
    if archive.security:
        places.append((archive.security, {*_SECURITY_SUITES, *security}))
    lines = [
        f"deb [{options}] {uri} {suite} main" for uri, all_ in places for suite in sorted(all_)
    ]
    return "\n".join(lines) + "\n"


def configuration_text(directory: Path, machine: str) -> str:
    """Return the apt.conf below ``directory``; ``machine`` is what `apt-config dump` says."""
    kept = [line for line in machine.splitlines() if line.startswith("Acquire::")]
    ours = {
        # the machine's own files would bring its hooks, pins and suites
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::sourcelist": directory / "sources.list",
        "Dir::State::lists": directory / "lists",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": directory / "cache",
        # root's apt would download as a user who cannot write to this directory
        "APT::Sandbox::User": "root",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
        "Acquire::GzipIndexes": "true",
        "Acquire::PDiffs": "false",
        "Acquire::Retries": "3",
    }
    return "\n".join([*kept, *(f'{key} "{value}";' for key, value in ours.items())]) + "\n"


# ------------------------------------------------------------ the machine's apt
def _machine_archive() -> DebianArchive:
    """Return where the machine gets Debian from."""
    said = _run(
        (
            "apt-config",
            "shell",
            "LIST",
            "Dir::Etc::sourcelist/f",
            "PARTS",
            "Dir::Etc::sourceparts/d",
        ),
        os.environ,
    )
    paths = dict(part.split("=", 1) for part in shlex.split(said) if "=" in part)
    sources_list = Path(paths.get("LIST", "/etc/apt/sources.list"))
    parts = Path(paths.get("PARTS", "/etc/apt/sources.list.d"))
    return find_debian(read_entries(sources_list, parts), where=str(sources_list.parent))


@functools.cache
def _machine_settings() -> str:
    return _run(("apt-config", "dump"), os.environ)


def _keyring_paths() -> Iterator[Path]:
    for directory in ("/usr/share/keyrings", "/etc/apt/trusted.gpg.d"):
        yield from (Path(directory) / name for name in _KEYRINGS)


def _is_newer(version: str, than: str) -> bool:
    command = ("dpkg", "--compare-versions", version, "gt", than)
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError as error:
        raise _not_debian(error) from error


def _run(command: tuple[str, ...], environment: "os._Environ[str] | dict[str, str]") -> str:
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise _not_debian(error) from error
    if done.returncode:
        raise EnvironmentFailure(f"{command[0]} failed: {_complaint(done.stderr)}")
    return done.stdout


def _wait(process: "subprocess.Popen[str]", step: Callable[[], None]) -> str:
    """Wait for ``process``, calling ``step`` now and then; return what it said."""
    with process:
        try:
            while True:
                step()
                try:
                    return process.communicate(timeout=_POLL)[0]
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            process.kill()
            raise


def _complaint(said: str) -> str:
    """Return the line in which apt says what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line[3:] for line in lines if line.startswith("E: ")]
    return (errors or lines or ["it did not say why"])[0]


def _not_debian(error: OSError) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{error.filename or 'apt'}: {error.strerror}",
        hint="kernels are fetched with Debian's apt; elsewhere, download tarballs and "
        "use `kanalyze import`",
    )
