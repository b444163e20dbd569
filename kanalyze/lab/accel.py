"""Whether guests can use the processor itself (KVM) or have to be emulated (TCG).

That /dev/kvm opens says little: there are machines, mostly virtual ones, where
it does and a guest then spins for ever.  So a guest is tried, once for each boot
of the machine and version of QEMU.
"""

import hashlib
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import Accelerator, Arch, find_arch
from kanalyze.lab.guest import GuestRequest, run_guest
from kanalyze.lab.model import Kernel
from kanalyze.places import user_cache_dir

Wanted = Literal["auto", "kvm", "tcg"]

_KVM = Path("/dev/kvm")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_KVM_DEADLINE = 15.0  # seconds; a guest that really runs takes one or two


@dataclass(frozen=True, slots=True)
class Choice:
    """What guests run under, and why, in words."""

    accelerator: Accelerator
    why: str


def choose_accelerator(
    wanted: Wanted,
    kernel: Kernel,
    *,
    cache: Path | None = None,
    on_trial: Callable[[], None] = lambda: None,
) -> Choice:
    """Return what ``kernel`` is to run under; ``on_trial`` is told when a guest is tried.

    EnvironmentFailure when QEMU is missing.
    """
    arch = find_arch(kernel.arch)
    if wanted != "auto":
        return Choice(wanted, "as wanted")
    obstacle = _obstacle(arch)
    if obstacle:
        return Choice("tcg", obstacle)
    directory = cache or user_cache_dir() / "lab"
    known = directory / f"kvm-{_key(arch)}"
    try:
        answer = known.read_text()
    except OSError:
        on_trial()
        answer = _try(kernel)
        if answer:
            _remember(known, answer)
    if answer == "works":
        return Choice("kvm", "a guest runs under it")
    return Choice("tcg", answer or "KVM could not be tried: the kernel does not boot without it")


def _obstacle(arch: Arch) -> str:
    """Return why there is nothing to be tried, or nothing."""
    if platform.machine() not in arch.machine_names:
        return f"this machine is no {arch.name}"
    try:
        os.close(os.open(_KVM, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"{_KVM}: {error.strerror}"
    return ""


def _key(arch: Arch) -> str:
    """Return what stands for this machine, since it was started, with this QEMU."""
    version = subprocess.run(
        (arch.find_qemu(), "--version"), capture_output=True, check=False, stdin=subprocess.DEVNULL
    ).stdout
    try:
        boot = _BOOT_ID.read_bytes()
    except OSError:
        boot = platform.release().encode()
    return f"{arch.name}-{hashlib.sha256(boot + version).hexdigest()[:16]}"


def _try(kernel: Kernel) -> str:
    """Return "works", or why not, or nothing where the kernel does not boot anyway."""
    with tempfile.TemporaryDirectory(prefix="kanalyze-kvm-") as directory:
        request = GuestRequest(
            kernel=replace(kernel, modules=()),
            programs=(),
            workdir=Path(directory),
            accelerator="kvm",
            boot_deadline=_KVM_DEADLINE,
        )
        problem = _problem(request)
        if not problem:
            return "works"
        emulated = replace(request, accelerator="tcg", boot_deadline=8 * _KVM_DEADLINE)
        if _problem(emulated):
            return ""
        return f"KVM is there, but a guest does not run under it: {problem}"


def _problem(request: GuestRequest) -> str:
    try:
        lost = run_guest(request, lambda event: None).lost
    except EnvironmentFailure as failure:  # this QEMU may not know KVM, or not be let
        if request.accelerator == "kvm":
            return str(failure)
        raise
    return lost.reason if lost is not None else ""


def _remember(known: Path, answer: str) -> None:
    """Keep ``answer``; that it cannot be kept costs the next one a trial, and no more."""
    try:
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(answer)
    except OSError:
        known.unlink(missing_ok=True)
