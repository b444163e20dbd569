"""What this machine has of what kanalyze needs, and how to get the rest.

Abilities are tried and not concluded from version numbers.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.arch import find_arch
from kanalyze.lab.build_tools import missing_tools
from kanalyze.lab.debian import cached_sources
from kanalyze.lab.kernels_kept import kept_kernels
from kanalyze.lab.version_line import version_line
from kanalyze.places import user_cache_dir

_MODULES = ("click", "rich", "tree_sitter", "tree_sitter_c", "msgspec", "ahocorasick_rs")
_ROOMY = 2 << 30  # bytes; a kernel source has 150 MB, the facts of a long history 100 MB

# Program, what it is for, and the Debian package that has it.
_PROGRAMS = (
    ("gcc", "building selftests and kernels", "gcc"),
    ("clang", "building them with the other compiler", "clang"),
    ("aarch64-linux-gnu-gcc", "building them for arm64", "gcc-aarch64-linux-gnu"),
    ("qemu-system-x86_64", "running x86-64 kernels", "qemu-system-x86"),
    ("qemu-system-aarch64", "running arm64 kernels", "qemu-system-arm"),
    ("spatch", "the comparison in `make bench`", "coccinelle"),
    ("dpkg-deb", "fetching Debian's kernel sources", "dpkg"),
    ("apt-get", "fetching Debian's kernel sources", "apt"),
)

# A repository of one commit, for trying git out.
_ONE_COMMIT = b"""\
commit refs/heads/main
committer doctor <doctor@localhost> 0 +0000
data 0
M 100644 inline f
data 2
x
done
"""
# What our git commands need beyond what every git can do.
_GIT_ABILITIES: tuple[tuple[str, tuple[str, ...], bytes], ...] = (
    ("fast-import --done", ("fast-import", "--quiet", "--done"), _ONE_COMMIT),
    ("--end-of-options", ("rev-parse", "--verify", "--end-of-options", "main"), b""),
    ("log --raw", ("log", "--raw", "-c", "-z", "--no-mailmap", "--no-show-signature", "main"), b""),
    ("cat-file --batch", ("cat-file", "--batch"), b"main:f\n"),
    ("update-ref --stdin", ("update-ref", "--stdin"), b"create refs/tags/t refs/heads/main\n"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    ``remedy`` says how to get it when it is missing.  Without what is
    ``needed`` not even a scan is possible; the rest is for other commands.
    """

    name: str
    present: bool
    detail: str
    remedy: str = ""
    needed: bool = False


def examine() -> tuple[Finding, ...]:
    """Look the machine over.  Nothing that is missing is an error here."""
    return (
        _python(),
        _git(),
        _cache(),
        *(_program(*row) for row in _PROGRAMS),
        _kvm(),
        _builds(),
        _sources(),
        _kernels(),
    )


def _python() -> Finding:
    missing = [name for name in _MODULES if importlib.util.find_spec(name) is None]
    version = platform.python_version()
    if missing:
        remedy = "install kanalyze with pip, or run `make check` in its sources"
        return Finding("python", False, f"{version} without {', '.join(missing)}", remedy, True)
    return Finding("python", True, version, needed=True)


def _git() -> Finding:
    version = version_line("git", "version")
    if version is None:
        return Finding("git", False, "reads repositories", "apt install git", True)
    try:
        lacking = _lacking_in_git()
    except OSError as error:  # no place for the trial: says nothing about git
        return Finding("git", True, f"{version}; could not be tried: {error.strerror}", needed=True)
    if lacking:
        detail = f"{version} cannot {', '.join(lacking)}"
        return Finding("git", False, detail, "apt install git, from a newer Debian", True)
    return Finding("git", True, version, needed=True)


def _lacking_in_git() -> list[str]:
    """Return which of the abilities that we need this git does not show."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    with tempfile.TemporaryDirectory(prefix="kanalyze-doctor-") as directory:

        def works(arguments: tuple[str, ...], stdin: bytes) -> bool:
            command = ("git", f"--git-dir={directory}", *arguments)
            done = subprocess.run(
                command, input=stdin, env=environment, capture_output=True, check=False
            )
            return done.returncode == 0

        if not works(("init", "--quiet", "--bare", "--template="), b""):
            return ["init --bare"]
        return [name for name, arguments, stdin in _GIT_ABILITIES if not works(arguments, stdin)]


def _cache() -> Finding:
    """Look whether facts and kernels can be kept, without leaving a trace."""
    remedy = "make it writable, or name another place with XDG_CACHE_HOME"
    try:
        directory = user_cache_dir()
    except EnvironmentFailure as error:
        return Finding("cache", False, error.what, error.hint, True)
    try:
        place = next(path for path in (directory, *directory.parents) if path.exists())
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("cache", False, f"{directory}: {error.strerror}", remedy, True)
    detail = f"{directory}, {free / (1 << 30):.1f} GB free"
    if free < _ROOMY:
        return Finding("cache", False, f"{detail}, 2 GB wanted", "make room", True)
    return Finding("cache", True, detail, needed=True)


def _program(name: str, purpose: str, package: str) -> Finding:
    version = version_line(name)
    if version is None:
        return Finding(name, False, purpose, f"apt install {package}")
    return Finding(name, True, version)


def _kvm() -> Finding:
    device = Path("/dev/kvm")
    if not device.exists():
        remedy = "none on this machine, unless virtualisation is off in its firmware or hypervisor"
        return Finding("kvm", False, "no /dev/kvm: QEMU will emulate, and be slow", remedy)
    try:
        os.close(os.open(device, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        remedy = "add yourself to the group kvm, if it is a matter of permission"
        return Finding("kvm", False, f"/dev/kvm: {error.strerror}", remedy)
    return Finding("kvm", True, "/dev/kvm opens; only booting a kernel proves that it works")


def _sources() -> Finding:
    try:
        cached = cached_sources()
    except EnvironmentFailure:  # no cache directory, which has a finding of its own
        cached = {}
    listing = ", ".join(source.cached for source in cached.values())
    if not cached:
        remedy = "kanalyze kernels fetch 6.12"
        return Finding("kernel sources", False, "real kernels to look at", remedy)
    return Finding("kernel sources", True, listing)


def _builds() -> Finding:
    try:
        missing = missing_tools(find_arch(platform.machine()))
    except InputError as error:
        return Finding("kernel builds", False, str(error), "build on x86-64 or arm64")
    if missing:
        detail = f"lacks {', '.join(missing)}"
        return Finding("kernel builds", False, detail, f"apt install {' '.join(missing)}")
    return Finding("kernel builds", True, "make, compiler, flex, bison, bc and headers are here")


def _kernels() -> Finding:
    try:
        kept = kept_kernels()
    except EnvironmentFailure:  # no cache directory, which has a finding of its own
        kept = []
    if not kept:
        remedy = "kanalyze kernels fetch 6.12 --image"
        return Finding("kernel images", False, "real kernels to run tests on", remedy)
    return Finding("kernel images", True, ", ".join(kernel.release.name for kernel in kept))
