"""What is loaded for a feature, in which order, out of packed and plain modules."""

import gzip
import lzma
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_kernels import module, write_module

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab.kernels_modules import FEATURES, resolve


def names(paths: tuple[Path, ...]) -> list[str]:
    return [path.name for path in paths]


def test_what_a_module_depends_on_goes_first(tmp_path: Path) -> None:
    write_module(tmp_path / "virtio_blk.ko", depends="virtio_ring,virtio")
    write_module(tmp_path / "deep/virtio.ko", depends="virtio_ring")
    write_module(tmp_path / "deep/virtio_ring.ko")
    found = resolve(tmp_path, {}, ["virtio-blk"], tmp_path / "keep")
    assert names(found.modules) == ["virtio_ring.ko", "virtio.ko", "virtio_blk.ko"]
    assert not (tmp_path / "keep").exists()  # what is plain is loaded where it lies


def test_soft_dependencies_and_helpers(tmp_path: Path) -> None:
    write_module(tmp_path / "zram.ko", depends="zsmalloc", softdep="pre: early not_here post: late")
    for name in ("zsmalloc", "lzo", "lzo-rle", "early", "late"):
        write_module(tmp_path / f"{name}.ko")
    found = resolve(tmp_path, {}, ["zram"], tmp_path / "keep")
    assert names(found.modules) == ["lzo.ko", "lzo-rle.ko", "zsmalloc.ko", "early.ko", "zram.ko"]


def test_a_module_is_loaded_once_for_several_features(tmp_path: Path) -> None:
    for name in ("virtio_blk", "virtio_console"):
        write_module(tmp_path / f"{name}.ko", depends="virtio")
    write_module(tmp_path / "virtio.ko")
    found = resolve(tmp_path, {}, ["virtio-console", "virtio-blk"], tmp_path / "keep")
    assert names(found.modules) == ["virtio.ko", "virtio_console.ko", "virtio_blk.ko"]


def test_modules_that_need_each_other_end(tmp_path: Path) -> None:
    write_module(tmp_path / "fuse.ko", depends="brd")
    write_module(tmp_path / "brd.ko", depends="fuse")
    found = resolve(tmp_path, {}, ["fuse"], tmp_path / "keep")
    assert names(found.modules) == ["brd.ko", "fuse.ko"]


def test_built_in_present_and_lacking(tmp_path: Path) -> None:
    write_module(tmp_path / "kernel/brd.ko")
    (tmp_path / "modules.builtin").write_text("kernel/drivers/char/virtio_console.ko\n")
    options = {"CONFIG_FUSE_FS": "y", "CONFIG_BLK_DEV_RAM": "m"}
    found = resolve(tmp_path, options, tuple(FEATURES), tmp_path / "keep")
    assert names(found.modules) == ["brd.ko"]
    assert found.lacks == ("virtio-pci", "virtio-blk", "zram", "ext4")


def test_an_image_alone_is_not_said_to_lack_anything(tmp_path: Path) -> None:
    found = resolve(None, {}, ["zram"], tmp_path)
    assert (found.modules, found.lacks) == ((), ())
    assert resolve(None, {"CONFIG_SMP": "y"}, ["zram"], tmp_path).lacks == ("zram",)


def test_a_feature_without_a_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no feature 'floppy' \(there are virtio-pci"):
        resolve(tmp_path, {}, ["floppy"], tmp_path)


@pytest.mark.parametrize("packing", ["xz", "gz", "zst"])
def test_packed_modules_are_unpacked_once(tmp_path: Path, packing: str) -> None:
    plain = module(depends="")
    if packing == "zst":
        if shutil.which("zstd") is None:
            pytest.skip("needs zstd")
        done = subprocess.run(["zstd", "-q", "-c"], input=plain, capture_output=True, check=True)
        packed = done.stdout
    else:
        packed = lzma.compress(plain) if packing == "xz" else gzip.compress(plain)
    (tmp_path / "modules").mkdir()
    (tmp_path / f"modules/brd.ko.{packing}").write_bytes(packed)
    (path,) = resolve(tmp_path / "modules", {}, ["brd"], tmp_path / "keep").modules
    assert path.read_bytes() == plain
    assert path.name == "brd.ko"
    before = path.stat().st_mtime_ns
    assert resolve(tmp_path / "modules", {}, ["brd"], tmp_path / "keep").modules == (path,)
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in path.parent.iterdir()] == ["brd.ko"]


def test_zstd_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brd.ko.zst").write_bytes(b"x")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFailure, match=r"packed with zstd \(apt install zstd\)"):
        resolve(tmp_path, {}, ["brd"], tmp_path / "keep")


@pytest.mark.parametrize("name", ["brd.ko", "brd.ko.xz", "brd.ko.gz", "brd.ko.zst"])
@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01", b"\x7fELF\x02\x01" + b"\xff" * 99])
def test_files_that_are_no_modules(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="no kernel module|damaged module"):
        resolve(tmp_path, {}, ["brd"], tmp_path / "keep")


@given(st.data())
def test_damaged_modules_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(module(depends="a,b"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    directory = tmp_path_factory.mktemp("damaged")
    (directory / "brd.ko").write_bytes(content)
    try:
        found = resolve(directory, {}, ["brd"], directory / "keep")
    except InputError:
        return
    assert names(found.modules) == ["brd.ko"]
