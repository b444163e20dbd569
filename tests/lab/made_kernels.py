"""Kernels, modules, packages and sources as small as they can be."""

import struct
import subprocess
from pathlib import Path


def module(**fields: str) -> bytes:
    """Return an ELF file with nothing but a .modinfo section that has ``fields``."""
    info = b"".join(f"{key}={value}\0".encode() for key, value in fields.items())
    names = b"\0.modinfo\0.shstrtab\0"
    info_at, names_at = 64, 64 + len(info)
    table = names_at + len(names)
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, table, 0, 64, 0, 0, 64, 3, 2
    )

    def section(name: int, kind: int, offset: int, size: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, offset, size, 0, 0, 1, 0)

    sections = (
        section(0, 0, 0, 0),
        section(1, 1, info_at, len(info)),
        section(10, 3, names_at, len(names)),
    )
    return head + info + names + b"".join(sections)


def write_module(path: Path, **fields: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(module(**fields))


def bzimage(release: str, *, protocol: int = 0x20F) -> bytes:
    """Return what an x86 image begins with."""
    image = bytearray(0x2000)
    image[0x202:0x206] = b"HdrS"
    image[0x206:0x208] = struct.pack("<H", protocol)
    image[0x20E:0x210] = struct.pack("<H", 0x1000)
    text = f"{release} (somebody@somewhere) #1 SMP\0".encode()
    image[0x1200 : 0x1200 + len(text)] = text
    return bytes(image)


def arm64_image(release: str) -> bytes:
    """Return an arm64 Image with nothing but its header and its banner."""
    image = bytearray(0x200)
    image[0x38:0x3C] = b"ARM\x64"
    return bytes(image) + f"Linux version {release} (somebody@somewhere)\0".encode()


def make_deb(
    directory: Path, package: str, version: str, files: dict[str, bytes], depends: str = ""
) -> Path:
    """Build a real package with ``files`` in it."""
    root = directory / f"made-{package}-{version}"
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    control = f"Package: {package}\nVersion: {version}\nArchitecture: amd64\n"
    control += f"Depends: {depends}\n" if depends else ""
    control += "Maintainer: n <n@example.org>\nDescription: x\n"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text(control)
    deb = directory / f"{package}_{version}_amd64.deb"
    command = ["dpkg-deb", "-Znone", "--build", str(root), str(deb)]
    subprocess.run(command, check=True, capture_output=True)
    return deb
