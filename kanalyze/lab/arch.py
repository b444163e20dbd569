"""What differs between the architectures that guests can have: one record for each."""

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kanalyze.errors import EnvironmentFailure, InputError

Accelerator = Literal["kvm", "tcg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arch:
    """How to build for an architecture and how QEMU is told to be such a machine.

    ``name`` is what ``Kernel.arch`` says, ``machine_names`` are what uname(2)
    calls it.  ``channel`` are QEMU's arguments that make the character device
    "channel" the guest's ``channel_device``; the console is its first serial
    port.  ``parameters`` go on the kernel's command line, and ``emulated`` too where
    the processor is not real.  ``magic`` are bytes that a kernel image has at an offset.
    """

    name: str
    machine_names: tuple[str, ...]
    qemu: str
    package: str
    machine: tuple[str, ...]
    kvm_cpu: str
    tcg_cpu: str
    compilers: tuple[str, ...]
    channel: tuple[str, ...]
    channel_device: str
    magic: tuple[tuple[int, bytes], ...]
    parameters: tuple[str, ...]
    emulated: tuple[str, ...] = ()

    def find_qemu(self) -> str:
        """Return the path of QEMU; EnvironmentFailure when the machine has none."""
        return _find((self.qemu,), self.package)

    def check_image(self, image: Path) -> None:
        """Raise InputError when ``image`` cannot be a kernel for this architecture."""
        try:
            with image.open("rb") as file:
                head = file.read(1024)
        except OSError as error:
            raise InputError(error.strerror or str(error), where=str(image)) from error
        if not any(head.startswith(magic, offset) for offset, magic in self.magic):
            raise InputError(f"is no kernel for {self.name}", where=str(image))

    def find_compiler(self) -> str:
        """Return a C compiler that makes programs for it; EnvironmentFailure without one.

        The machine's own compiler counts where the machine is of this kind.
        """
        native = ("gcc", "cc", "clang") if platform.machine() in self.machine_names else ()
        return _find((*native, *self.compilers), self.compilers[0])


X86_64 = Arch(
    name="x86-64",
    machine_names=("x86_64",),
    qemu="qemu-system-x86_64",
    package="qemu-system-x86",
    # qboot does what a firmware must for -kernel, and nothing else.
    machine=("-M", "q35,hpet=off,smbus=off,sata=off,vmport=off,i8042=off", "-vga", "none"),
    kvm_cpu="host",
    # Five levels of page tables make an emulated processor walk further, and show nothing more.
    tcg_cpu="max,la57=off",
    compilers=("x86_64-linux-gnu-gcc",),
    channel=("-serial", "chardev:channel"),
    channel_device="/dev/ttyS1",
    magic=((0x202, b"HdrS"),),  # Documentation/arch/x86/boot.rst
    parameters=(
        "console=ttyS0,115200",
        "reboot=t",  # a triple fault, for which no kernel needs a driver
        "tsc=reliable",  # it is, unlike how often an emulator gets to run
        "no_timer_check",
    ),
    # How fast the TSC is, a kernel measures while it boots: one that has to wait for the
    # processor meanwhile finds it several times too slow, and its deadlines come too soon.
    emulated=("clocksource=acpi_pm",),
)

ARM64 = Arch(
    name="arm64",
    machine_names=("aarch64", "arm64"),
    qemu="qemu-system-aarch64",
    package="qemu-system-arm",
    machine=("-M", "virt,gic-version=3"),
    kvm_cpu="host",
    tcg_cpu="max,pauth-impdef=on",  # else half of the time goes into its cryptography
    compilers=("aarch64-linux-gnu-gcc",),
    channel=(
        "-device",
        "virtio-serial-pci",
        "-device",
        "virtserialport,chardev=channel,name=kanalyze",
    ),
    channel_device="/dev/vport0p1",
    # Documentation/arch/arm64/booting.rst; Image.gz; an EFI image that unpacks itself
    magic=((0x38, b"ARM\x64"), (0, b"\x1f\x8b"), (4, b"zimg")),
    parameters=("console=ttyAMA0",),
)

ARCHITECTURES = (X86_64, ARM64)


def find_arch(name: str) -> Arch:
    """Return the architecture of this name; InputError when guests cannot have it."""
    for arch in ARCHITECTURES:
        if name in (arch.name, *arch.machine_names):
            return arch
    known = ", ".join(arch.name for arch in ARCHITECTURES)
    raise InputError("is no architecture that guests can have", where=name, hint=f"known: {known}")


def _find(programs: tuple[str, ...], package: str) -> str:
    for program in programs:
        path = shutil.which(program, path=os.environ.get("PATH"))
        if path is not None:
            return path
    raise EnvironmentFailure("is missing", where=programs[-1], hint=f"apt install {package}")
