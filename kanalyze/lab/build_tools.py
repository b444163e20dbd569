"""What building a kernel needs of the machine."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import Arch
from kanalyze.lab.version_line import version_line

# Program, and the Debian package that has it.
_PROGRAMS = (
    ("make", "make"),
    ("gcc", "gcc"),
    ("ld", "binutils"),
    ("flex", "flex"),
    ("bison", "bison"),
    ("bc", "bc"),
    ("perl", "perl"),
    ("gzip", "gzip"),
)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """How the kernel's make is told to build for an architecture.

    ``compiler`` is the version that the compiler gives itself.
    """

    arguments: tuple[str, ...]
    image: str
    compiler: str


# The kernel's own name for an architecture, the prefix of cross tools, the target, the image.
_KBUILD = {
    "x86-64": ("x86_64", "x86_64-linux-gnu-", "bzImage", "arch/x86/boot/bzImage"),
    "arm64": ("arm64", "aarch64-linux-gnu-", "Image", "arch/arm64/boot/Image"),
}


def missing_tools(arch: Arch) -> tuple[str, ...]:
    """Return the Debian packages that have what is missing here to build for ``arch``."""
    missing = [package for program, package in _PROGRAMS if shutil.which(program) is None]
    compiler = f"{_prefix(arch)}gcc"
    if shutil.which(compiler) is None and compiler != "gcc":
        missing.append(f"gcc-{_prefix(arch).rstrip('-').replace('_', '-')}")
    # for objtool, which the kernel's make builds for x86-64 whatever the configuration
    if arch.name == "x86-64" and "gcc" not in missing and not _has_header("gelf.h"):
        missing.append("libelf-dev")
    return tuple(missing)


def toolchain(arch: Arch) -> Toolchain:
    """Return how to build for ``arch``; EnvironmentFailure naming all that is missing."""
    missing = missing_tools(arch)
    if missing:
        packages = " ".join(missing)
        raise EnvironmentFailure(
            f"to build a kernel, {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            "missing",
            hint=f"apt install {packages}",
        )
    name, _, target, image = _KBUILD[arch.name]
    arguments = [f"ARCH={name}", target]
    if _prefix(arch):
        arguments.insert(1, f"CROSS_COMPILE={_prefix(arch)}")
    compiler = version_line(f"{_prefix(arch)}gcc") or ""
    return Toolchain(tuple(arguments), image, compiler)


def _prefix(arch: Arch) -> str:
    return "" if platform.machine() in arch.machine_names else _KBUILD[arch.name][1]


def _has_header(name: str) -> bool:
    command = ("gcc", "-E", "-include", name, "-x", "c", os.devnull)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
