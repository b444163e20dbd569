"""How a guest's memory is set up, and the orders that make its init do so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kanalyze.errors import InputError
from kanalyze.lab.arch import Arch

Swap = Literal["none", "zram", "brd", "disk"]

_GIGANTIC = 1 << 20  # kB; pages this large can only be had while the kernel boots
# As in init.c: words in an order, bytes in all of them.
_WORDS = 256
_SIZE = 1 << 20
_ALWAYS = (
    # A test that forks without end finds an end, long before memory is used up.
    ("/proc/sys/kernel/threads-max", "1000"),
    # Init has a real-time priority and uses little; a busy host makes that look like much.
    ("/proc/sys/kernel/sched_rt_runtime_us", "-1"),
)
_MOUNTS = (
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("tmpfs", "/dev/shm"),
    ("debugfs", "/sys/kernel/debug"),
)
#: Directories that orders rely on.
DIRECTORIES = ("proc", "sys", "tmp", "modules", "tests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a guest has.

    ``hugepages`` are (size in kB, count) pairs.  ``swap`` says what the swap
    space lies on, and ``swap_mb`` its size.  ``thp`` is the mode ("always",
    "madvise", "never"; "" leaves the kernel's own).  With ``nodes`` > 1 memory
    and processors are spread over that many NUMA nodes.  ``writes`` are (file,
    text) pairs of further settings in /proc and /sys.
    """

    hugepages: tuple[tuple[int, int], ...] = ()
    swap: Swap = "none"
    swap_mb: int = 256
    thp: str = ""
    ksm: bool = False
    nodes: int = 1
    writes: tuple[tuple[str, str], ...] = ()


def kernel_parameters(settings: Settings) -> Iterator[str]:
    """Return what has to be on the kernel's command line."""
    if settings.swap == "brd":
        yield f"ramdisk_size={settings.swap_mb << 10}"  # where brd is built in
    for kilobytes, count in settings.hugepages:
        if kilobytes >= _GIGANTIC:
            yield f"hugepagesz={kilobytes >> 20}G hugepages={count}"


def orders(
    arch: Arch,
    settings: Settings,
    modules: Sequence[Path],
    runs: Sequence[tuple[int, Sequence[str]]],
) -> str:
    """Return the orders for init.c; ``runs`` are deadlines and command lines.

    InputError when something cannot be said in an order.
    """
    lines: list[tuple[str, ...]] = [("channel", arch.channel_device)]
    lines += [("mount", *mount) for mount in _MOUNTS]
    lines += [("write", *pair) for pair in _ALWAYS]
    lines += [_module(path, settings) for path in modules]
    lines += _memory(settings)
    lines += [("write", *pair) for pair in settings.writes]
    lines += [("run", str(deadline), *command) for deadline, command in runs]
    text = "".join(map(_order, lines))
    if len(text.encode()) >= _SIZE:
        raise InputError("too many programs for one guest", where=f"{len(runs)} of them")
    return text


def _module(path: Path, settings: Settings) -> tuple[str, ...]:
    if path.stem == "brd":
        return "module", f"/modules/{path.name}", f"rd_nr=1 rd_size={settings.swap_mb << 10}"
    return "module", f"/modules/{path.name}"


def _memory(settings: Settings) -> Iterator[tuple[str, ...]]:
    if settings.swap == "zram":
        yield "write", "/sys/block/zram0/disksize", f"{settings.swap_mb}M"
    device = {"zram": "/dev/zram0", "brd": "/dev/ram0", "disk": "/dev/vda"}.get(settings.swap)
    if device is not None:
        yield "swap", device
    for kilobytes, count in settings.hugepages:
        directory = f"/sys/kernel/mm/hugepages/hugepages-{kilobytes}kB"
        yield "count", f"{directory}/nr_hugepages", str(count)
    if settings.thp:
        yield "write", "/sys/kernel/mm/transparent_hugepage/enabled", settings.thp
    if settings.ksm:
        yield "write", "/sys/kernel/mm/ksm/run", "1"


def _order(words: Sequence[str]) -> str:
    if len(words) > _WORDS:
        raise InputError("has too many arguments for a guest", where=words[2])
    for word in words:
        if not word or any(character in word for character in "\t\n\0"):
            raise InputError("cannot be passed to a guest", where=repr(word))
    return "\t".join(words) + "\n"
