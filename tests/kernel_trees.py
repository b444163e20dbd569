"""Small kernel releases for the tests of importing."""

import io
import subprocess
import tarfile
from pathlib import Path


def makefile(version: str) -> bytes:
    numbers, _, extra = version.partition("-")
    v, p, s = (*numbers.split("."), "0")[:3]
    tail = f"-{extra}" if extra else ""
    text = f"VERSION = {v}\nPATCHLEVEL = {p}\nSUBLEVEL = {s}\nEXTRAVERSION ={tail}\nNAME = x\n"
    return text.encode()


def kernel_files(version: str, **more: bytes) -> dict[str, bytes]:
    return {
        "Makefile": makefile(version),
        "drivers/net/unwanted.c": b"int nic;\n",
        "mm/memory.c": f"/* {version} */\n".encode(),
        **more,
    }


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), 0o644, 1_600_000_000
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def write_tar(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def kernel_tar(
    path: Path,
    version: str,
    extra: list[tuple[tarfile.TarInfo, bytes]] | None = None,
    top: str = "linux/",
    mode: str = "w:xz",
) -> Path:
    members = [member(top.rstrip("/"), type=tarfile.DIRTYPE, mode=0o755)] if top else []
    members += [member(top + name, text) for name, text in kernel_files(version).items()]
    return write_tar(path, members + (extra or []), mode)


def git(repository: Path, *arguments: str) -> str:
    line = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def left_behind(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if "import" in path.name)
