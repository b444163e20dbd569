"""Which modules a guest has to load for what a test wants, and in which order.

Debian's packages come without modules.dep: depmod writes it where a kernel is
installed, from what the modules say of themselves.  So here the modules are
asked, and packages, build directories and /lib/modules are the same.
"""

import gzip
import hashlib
import lzma
import os
import re
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure, InputError

_FILE = re.compile(r"(?P<name>[\w-]+)\.ko(?:\.(?P<packing>xz|zst|gz))?")
_LARGEST = 64 << 20  # bytes of a module


@dataclass(frozen=True, slots=True)
class Feature:
    """What can be wanted of a kernel: its option, and the module that it may be.

    ``helpers`` are modules that it asks modprobe for, which no guest has: they
    go first, where there are any.
    """

    option: str
    module: str
    helpers: tuple[str, ...] = ()


#: By the names under which the lab wants them.
FEATURES: Mapping[str, Feature] = {
    "virtio-pci": Feature("CONFIG_VIRTIO_PCI", "virtio_pci"),
    "virtio-blk": Feature("CONFIG_VIRTIO_BLK", "virtio_blk"),
    "virtio-console": Feature("CONFIG_VIRTIO_CONSOLE", "virtio_console"),
    "zram": Feature("CONFIG_ZRAM", "zram", ("lzo", "lzo_rle")),
    "brd": Feature("CONFIG_BLK_DEV_RAM", "brd"),
    "fuse": Feature("CONFIG_FUSE_FS", "fuse"),
    "ext4": Feature("CONFIG_EXT4_FS", "ext4", ("crc32c_generic",)),
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """Modules in the order in which they load, and the features that there are not."""

    modules: tuple[Path, ...]
    lacks: tuple[str, ...]


def resolve(
    directory: Path | None, options: Mapping[str, str], wanted: Sequence[str], keep: Path
) -> Resolved:
    """Return what to load for the ``wanted`` features of a kernel.

    ``directory`` holds its modules, at any depth, and perhaps modules.builtin;
    ``options`` is its configuration, empty where it is not known.  What is
    compressed is unpacked below ``keep``: not every kernel can do that itself.
    A feature is lacking when it is known to be neither built in nor there.

    Raises InputError on a feature that has no name here and on a module that is
    none, EnvironmentFailure when one cannot be read or unpacked.
    """
    unknown = [name for name in wanted if name not in FEATURES]
    if unknown:
        raise InputError(f"no feature {unknown[0]!r}", hint=f"there are {', '.join(FEATURES)}")
    shelf = _Shelf(directory, keep)
    listed = _built_in(directory)
    built_in = listed or ()
    lacks = []
    for name in wanted:
        feature = FEATURES[name]
        if options.get(feature.option) == "y" or feature.module in built_in:
            continue
        if feature.module in shelf:
            shelf.load((*feature.helpers, feature.module))
        elif listed is not None or options:  # else it may be built in
            lacks.append(name)
    return Resolved(tuple(shelf.loaded.values()), tuple(lacks))


class _Shelf:
    """The modules of one kernel; ``loaded`` are those asked for, by name, in order."""

    def __init__(self, directory: Path | None, keep: Path) -> None:
        self.loaded: dict[str, Path] = {}
        self._keep = keep
        self._files: dict[str, Path] = {}
        self._begun: set[str] = set()
        for path in sorted(directory.rglob("*.ko*")) if directory else ():
            match = _FILE.fullmatch(path.name)
            if match and path.is_file():
                self._files.setdefault(_normal(match["name"]), path)

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def load(self, names: Iterable[str]) -> None:
        """Add ``names``, each behind what it depends on; what is not here is built in."""
        for name in map(_normal, names):
            if name not in self._files or name in self._begun:
                continue
            self._begun.add(name)
            content = _content(self._files[name])
            self.load(_needs(content, self._files[name]))
            self.loaded[name] = self._plain(name, content)

    def _plain(self, name: str, content: bytes) -> Path:
        """Return a file with the module as the kernel takes it."""
        path = self._files[name]
        if path.suffix == ".ko":
            return path
        directory = self._keep / hashlib.sha256(content).hexdigest()[:20]
        final = directory / f"{name}.ko"
        if not final.exists():
            write_whole(final, content)
        return final


def modules_needed(path: Path) -> tuple[str, ...]:
    """Return the names of the modules that the one at ``path`` says have to be there first.

    Raises InputError when it is no module, EnvironmentFailure when it cannot be read.
    """
    return tuple(map(_normal, _needs(_content(path), path)))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of the cache so that it is there whole, or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(name).rename(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(path)) from error


def _normal(name: str) -> str:
    """Return a module's name as the kernel has it: files may have dashes."""
    return name.strip().replace("-", "_")


def _built_in(directory: Path | None) -> frozenset[str] | None:
    """Return the modules that are built in; None where that is not known."""
    try:
        text = (directory / "modules.builtin").read_text("utf-8", "replace") if directory else None
    except OSError:
        return None
    if text is None:
        return None
    return frozenset(_normal(Path(line).name.removesuffix(".ko")) for line in text.splitlines())


def _content(path: Path) -> bytes:
    """Return a module's ELF file, unpacked."""
    try:
        packed = path.read_bytes()
        if path.suffix == ".xz":
            return lzma.LZMADecompressor().decompress(packed, _LARGEST)
        if path.suffix == ".gz":
            return gzip.decompress(packed)
        return _unzstd(packed) if path.suffix == ".zst" else packed
    except (lzma.LZMAError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"damaged module: {error}", where=str(path)) from error
    except OSError as error:
        raise EnvironmentFailure(error.strerror or str(error), where=str(path)) from error


def _unzstd(packed: bytes) -> bytes:
    command = ("zstd", "--decompress", "--stdout", "--quiet")
    try:
        done = subprocess.run(command, input=packed, capture_output=True, check=False)
    except FileNotFoundError as error:
        hint = "apt install zstd"
        raise EnvironmentFailure("modules are packed with zstd", hint=hint) from error
    if done.returncode:
        raise EOFError(done.stderr.decode("utf-8", "replace").strip() or "zstd cannot unpack it")
    return done.stdout


def _needs(module: bytes, path: Path) -> list[str]:
    """Return what a module says has to be loaded first."""
    try:
        section = _section(module, b".modinfo")
    except (struct.error, ValueError, OverflowError) as error:
        raise InputError("no kernel module", where=str(path)) from error
    needed: list[str] = []
    for field in section.split(b"\0"):
        key, _, value = field.decode("utf-8", "replace").partition("=")
        if key == "softdep":  # "pre: a b post: c"
            match = re.search(r"\bpre:\s*((?:[\w-]+(?!\S)\s*)*)", value)
            needed += match[1].split() if match else []
        elif key == "depends":
            needed += [name for name in value.split(",") if name]
    return needed


def _section(elf: bytes, wanted: bytes) -> bytes:
    """Return the section of a 64-bit little-endian ELF file with the name ``wanted``."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no ELF file")
    table, entry_size, count, names_at = (
        struct.unpack_from("<Q", elf, 0x28)[0],
        *struct.unpack_from("<HHH", elf, 0x3A),
    )

    def header(index: int) -> tuple[int, int, int]:
        at = table + index * entry_size
        offset, size = struct.unpack_from("<QQ", elf, at + 0x18)
        return struct.unpack_from("<I", elf, at)[0], offset, size

    names = header(names_at)[1]
    for index in range(count):
        name, offset, size = header(index)
        end = elf.index(b"\0", names + name)
        if elf[names + name : end] == wanted:
            return elf[offset : offset + size]
    raise ValueError("no such section")
