"""What a kernel's image file says of itself: its architecture and its release."""

import gzip
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError

_LARGEST = 256 << 20  # bytes; an unpacked arm64 Image with everything in it has 60 MB
_HEAD = 0x10000  # the strings that the x86 header points at lie in the set-up code
_RELEASE = re.compile(rb"[\w.+~-]{1,64}")


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The architecture of an image, and what ``uname -r`` will say, where it tells."""

    arch: str
    release: str


def read_image(path: Path) -> ImageFacts:
    """Return what the image at ``path`` says of itself.

    An x86 bzImage is known by the header of its boot protocol
    (Documentation/arch/x86/boot.rst), an arm64 Image by its own
    (Documentation/arch/arm64/booting.rst), also when gzip has packed it.

    Raises InputError when it is neither, and EnvironmentFailure when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head[0x202:0x206] == b"HdrS":
            return ImageFacts("x86-64", _x86_release(head))
        whole = b""
        if head[:2] == b"\x1f\x8b":
            whole = _unpacked(path)
        elif head[0x38:0x3C] == b"ARM\x64":
            with path.open("rb") as file:
                whole = file.read(_LARGEST)
        if whole[0x38:0x3C] == b"ARM\x64":
            return ImageFacts("arm64", _banner(whole))
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(path)) from error
    hint = "a bzImage, or an arm64 Image, is wanted"
    if head[:4] == b"\x7fELF":
        hint = "an ELF file is not booted: take arch/x86/boot/bzImage or arch/arm64/boot/Image"
    elif head[4:8] == b"zimg":
        hint = "a compressed EFI image: take the Image that it was made of"
    raise InputError("no kernel image that can be booted here", where=str(path), hint=hint)


def _x86_release(head: bytes) -> str:
    """Return the release that the header points at; protocol 2.00 and later have one."""
    version, offset = struct.unpack_from("<H", head, 0x206)[0], head[0x20E:0x210]
    start = int.from_bytes(offset, "little")
    if version < 0x200 or not start:
        return ""
    match = _RELEASE.match(head, start + 0x200)
    return match[0].decode("ascii", "replace") if match else ""


def _banner(image: bytes) -> str:
    """Return the release in the message that the kernel begins with."""
    match = re.search(rb"Linux version (" + _RELEASE.pattern + rb") \(", image)
    return match[1].decode("ascii", "replace") if match else ""


def _unpacked(path: Path) -> bytes:
    """Return what gzip packed; nothing where it is damaged."""
    try:
        with gzip.open(path) as file:
            return file.read(_LARGEST)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return b""
