"""The guest's first and only file system: an archive that the kernel unpacks into memory.

The format is "newc" (Documentation/driver-api/early-userspace/buffer-format.rst
in the kernel).  It is not compressed: an emulated processor unpacks slowly, and
QEMU hands memory over fast.  The same contents give the same bytes.
"""

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_TRAILER = "TRAILER!!!"


@dataclass(frozen=True, slots=True)
class Device:
    """A character device that programs find before anything is mounted."""

    major: int
    minor: int


#: What is there before init has mounted anything, or where the kernel has no devtmpfs.
DEVICES: Mapping[str, Device] = {
    "dev/console": Device(5, 1),
    "dev/null": Device(1, 3),
    "dev/zero": Device(1, 5),
    "dev/kmsg": Device(1, 11),
    "dev/ttyS1": Device(4, 65),
}


def pack(
    programs: Mapping[str, bytes],
    files: Mapping[str, bytes],
    directories: Sequence[str] = (),
    devices: Mapping[str, Device] = DEVICES,
) -> bytes:
    """Return an archive; all paths are relative to its root, and programs can be executed."""
    parts: list[bytes] = []
    number = 0

    def add(path: str, mode: int, data: bytes = b"", device: Device | None = None) -> None:
        nonlocal number
        number += 1
        parts.append(_member(number, path, mode, data, device))

    for path in _directories((*programs, *files, *devices), directories):
        add(path, stat.S_IFDIR | 0o755)
    for path, device in sorted(devices.items()):
        add(path, stat.S_IFCHR | 0o600, device=device)
    for path, data in sorted(programs.items()):
        add(path, stat.S_IFREG | 0o755, data)
    for path, data in sorted(files.items()):
        add(path, stat.S_IFREG | 0o644, data)
    add(_TRAILER, 0)
    return b"".join(parts)


def _directories(paths: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the directories that are wanted or needed, parents first."""
    found = set(wanted)
    for path in (*paths, *wanted):
        found.update(str(parent) for parent in PurePosixPath(path).parents)
    return sorted(found - {"."})


def _member(number: int, path: str, mode: int, data: bytes, device: Device | None) -> bytes:
    name = path.encode() + b"\0"
    node = device or Device(0, 0)
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, node.major, node.minor, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + name) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
