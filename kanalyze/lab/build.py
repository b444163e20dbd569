"""Source -> kernel, with a configuration of the project's own."""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.alone import alone
from kanalyze.lab.arch import find_arch
from kanalyze.lab.build_config import Wanted, wanted_config
from kanalyze.lab.build_source import SourceTree, named_source
from kanalyze.lab.build_tools import Toolchain, toolchain
from kanalyze.lab.kernels import find_kernel
from kanalyze.lab.kernels_kept import DONE, built_dir
from kanalyze.lab.model import Kernel
from kanalyze.lab.process_group import process_group
from kanalyze.progress import Progress, Silent

_LOG = "build.log"
_STEP = re.compile(rb"  [A-Z][A-Z0-9]+ +\S")  # "  CC      mm/memory.o"
_WRONG = re.compile(rb"error:|undefined reference|\*\*\* ")
# Errors that say nothing about the source.
_MACHINE = re.compile(rb"No space left on device|Cannot allocate memory|Killed signal")
# Versions have nothing added to them.  A compiler newer than the kernel warns of
# more, which the kernel's own tools (objtool) would take for errors.
_SETTINGS = ("LOCALVERSION=", "HOSTCFLAGS=-Wno-error", "WERROR=0")
# What make would take from the environment.
_MEDDLING = re.compile(
    r"KBUILD_.*|KCONFIG_.*|KCFLAGS|KCPPFLAGS|MAKE.*|ARCH|CROSS_COMPILE|LOCALVERSION"
    r"|[VOWC]|CC|LD|HOST(?:CC|CXX|LD|CFLAGS|LDFLAGS)|WERROR"
)


class BuildFailed(InputError):
    """The source does not build; the message has the compiler's first complaint."""


@dataclass(frozen=True, slots=True)
class Built:
    """A kernel that was built, now or before (``reused``).

    ``refused`` are options that are wanted and that this release does not have,
    or not so; ``log`` is everything that make said.
    """

    kernel: Kernel
    refused: tuple[str, ...]
    log: Path
    reused: bool


def build_kernel(
    source: str,
    config: str = "small",
    *,
    revision: str = "",
    arch: str = "",
    progress: Progress | None = None,
) -> Built:
    """Build ``source`` with the configuration ``config``, or return what was built before.

    What a source may be is told at :func:`named_source`.  Objects are kept of a
    directory, which is used where it is, and of a repository, so that the next build
    takes as long as what has changed; of a tarball only the kernel is.  A build is
    known by its source, its configuration and the compiler.

    Raises BuildFailed when the source does not compile, InputError when it is
    none or the configuration unknown, EnvironmentFailure when a tool is missing
    or the disk fails.
    """
    progress = progress or Silent()
    machine = find_arch(arch or os.uname().machine)
    wanted = wanted_config(config, machine.name)
    tools = toolchain(machine)
    named = named_source(source, revision)
    parts = (wanted.fingerprint(), tools.compiler, *tools.arguments)
    suffix = f"{wanted.name}-{_digest(named.key, *parts)}"
    target = _built_before(suffix, named.identity)
    reused = target is not None
    if target is None:
        variant = f"{wanted.name}-{machine.name}", _digest(*parts)
        with named.to_build(variant, progress) as tree:
            target = built_dir() / f"{tree.release}-{suffix}"
            with alone(target):
                reused = _done(target) == named.identity  # by somebody else, just now
                if not reused:
                    _build(tree, named.identity, wanted, tools, target, progress)
    refused = wanted.refused((target / ".config").read_text("utf-8"))
    return Built(find_kernel(str(target)), refused, target / _LOG, reused)


def _digest(*parts: str) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _built_before(suffix: str, identity: str) -> Path | None:
    """Return where a source was built, if it was: its release need not be known."""
    places = built_dir().glob(f"*-{suffix}")
    return next((place for place in places if _done(place) == identity), None)


def _done(target: Path) -> str:
    """Return the identity of the source that was built in ``target``, if it was to the end."""
    try:
        return (target / DONE).read_text("ascii").strip()
    except OSError:
        return ""


def _build(
    tree: SourceTree,
    identity: str,
    wanted: Wanted,
    tools: Toolchain,
    target: Path,
    progress: Progress,
) -> None:
    objects = tree.objects or target
    try:
        (target / DONE).unlink(missing_ok=True)
        objects.mkdir(exist_ok=True)
        used = tree.objects is not None and any(objects.iterdir())
        with (target / _LOG).open("wb") as log:
            make = _Make(log.fileno(), target / _LOG, progress)
            try:
                _compile(tree, wanted, tools, objects, make, progress)
            except BuildFailed:
                if not used:
                    raise
                shutil.rmtree(objects)  # what is there of another revision may be why
                objects.mkdir()
                _compile(tree, wanted, tools, objects, make, progress)
        if tree.objects:
            _take_kernel(objects, target, tools.image)
        (target / DONE).write_text(f"{identity}\n", "ascii")
    except OSError as error:
        where = str(error.filename or target)
        raise EnvironmentFailure(error.strerror or str(error), where=where) from error


def _compile(
    tree: SourceTree,
    wanted: Wanted,
    tools: Toolchain,
    objects: Path,
    make: "_Make",
    progress: Progress,
) -> None:
    """Configure and build a source in ``objects``."""
    command = ("make", "-C", str(tree.directory), f"O={objects}", *_SETTINGS, *tools.arguments)
    progress.stage(f"configuring {tree.release} ({wanted.name})", None)
    make.run((*command[:-1], "tinyconfig"))
    config = objects / ".config"
    config.write_text(wanted.over(config.read_text("utf-8")), "utf-8")
    make.run((*command[:-1], "olddefconfig"))
    progress.stage(f"building {tree.release} ({wanted.name})", None)
    make.run((*command, f"-j{len(os.sched_getaffinity(0))}"))


class _Make:
    """Runs the kernel's make and keeps what it says."""

    def __init__(self, log: int, path: Path, progress: Progress) -> None:
        self._log = log
        self._path = path
        self._progress = progress

    def run(self, command: tuple[str, ...]) -> None:
        """Run ``command``; BuildFailed when it fails, EnvironmentFailure if memory or disk did.

        Nothing of it outlives an interrupt.
        """
        environment = {k: v for k, v in os.environ.items() if not _MEDDLING.fullmatch(k)}
        environment |= {"LC_ALL": "C", "KBUILD_BUILD_USER": "kanalyze", "KBUILD_BUILD_HOST": "lab"}
        wrong = b""
        with process_group(command, environment) as process:
            assert process.stdout is not None
            for line in process.stdout:
                os.write(self._log, line)
                if _STEP.match(line):
                    self._progress.step()
                elif not wrong and _WRONG.search(line):
                    wrong = line
            status = process.wait()
        if status:
            said = wrong.decode("utf-8", "replace").strip() or f"make ended with {status}"
            if _MACHINE.search(wrong):
                raise EnvironmentFailure(said, hint=f"all of it: {self._path}")
            raise BuildFailed(f"does not build: {said}", hint=f"all of it: {self._path}")


def _take_kernel(objects: Path, target: Path, image: str) -> None:
    """Copy a kernel, and what tells about it, from where it was built."""
    for name in (image, ".config", "include/config/kernel.release", "System.map"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(objects / name, target / name)
