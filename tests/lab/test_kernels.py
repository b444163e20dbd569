"""Every way to name a kernel, and what is said of those that cannot be booted."""

import gzip
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_kernels import arm64_image, bzimage, make_deb, module, write_module

from kanalyze.errors import InputError
from kanalyze.lab import built_kernels, find_kernel
from kanalyze.lab.kernels_image import ImageFacts, read_image
from kanalyze.lab.kernels_kept import parse_release
from kanalyze.lab.model import Kernel

pytestmark = pytest.mark.usefixtures("private_home")

CLOUD = "6.12.9+deb13-cloud-amd64"
CONFIG = b'CONFIG_ZRAM=m\nCONFIG_LOCALVERSION="x"\n# CONFIG_KSM is not set\n'
SPLIT = "7.2.1+deb14-amd64"


def single(directory: Path, release: str = CLOUD, version: str = "6.12.9-1") -> Path:
    files = {
        f"boot/vmlinuz-{release}": bzimage(release),
        f"boot/config-{release}": CONFIG,
        f"lib/modules/{release}/kernel/drivers/block/zram/zram.ko": module(depends="zsmalloc"),
        f"lib/modules/{release}/kernel/mm/zsmalloc.ko": module(),
        f"lib/modules/{release}/kernel/drivers/gpu/drm.ko": module(),
        f"lib/modules/{release}/modules.builtin": b"kernel/drivers/char/virtio_console.ko\n",
    }
    return make_deb(directory, f"linux-image-{release}", version, files)


def split(directory: Path) -> dict[str, Path]:
    modules = f"usr/lib/modules/{SPLIT}"
    parts = {
        "base": {f"{modules}/config": b"CONFIG_BLK_DEV_RAM=m\n"},
        "binary": {f"{modules}/vmlinuz": bzimage(SPLIT)},
        "modules": {f"{modules}/kernel/drivers/block/brd.ko": module()},
        "image": {"usr/share/doc/readme": b""},
    }
    base = f"linux-base-{SPLIT} (= 7.2.1-1)"
    depends = {
        "binary": base,
        "modules": f"kmod, {base}",
        "image": f"dracut | x, {base}, linux-binary-{SPLIT}, linux-modules-{SPLIT} (= 7.2.1-1)",
    }
    return {
        kind: make_deb(directory, f"linux-{kind}-{SPLIT}", "7.2.1-1", files, depends.get(kind, ""))
        for kind, files in parts.items()
    }


def cache(private_home: Path) -> Path:
    return private_home / ".cache/kanalyze"


def brief(kernel: Kernel) -> tuple[str, str, list[str], tuple[str, ...]]:
    return kernel.name, kernel.arch, [path.name for path in kernel.modules], kernel.lacks


# ------------------------------------------------------------------- packages
def test_a_package(tmp_path: Path, private_home: Path) -> None:
    deb = single(tmp_path)
    kernel = find_kernel(str(deb), wanted=("virtio-console", "zram", "brd"))
    assert brief(kernel) == (CLOUD, "x86-64", ["zsmalloc.ko", "zram.ko"], ("brd",))
    assert kernel.release == CLOUD
    assert kernel.given == str(deb)
    assert kernel.options == (("CONFIG_LOCALVERSION", "x"), ("CONFIG_ZRAM", "m"))
    assert kernel.image.is_relative_to(cache(private_home))
    assert kernel.image.read_bytes() == bzimage(CLOUD)
    assert not list(cache(private_home).rglob("drm.ko"))


def test_a_package_is_unpacked_once(tmp_path: Path, private_home: Path) -> None:
    deb = single(tmp_path)
    first = find_kernel(str(deb))
    stamp = first.image.stat().st_mtime_ns, first.image.stat().st_ino
    copy = tmp_path / "copy.deb"
    shutil.copyfile(deb, copy)
    second = find_kernel(str(copy))
    assert second.image == first.image
    assert (second.image.stat().st_mtime_ns, second.image.stat().st_ino) == stamp
    assert len(list((cache(private_home) / "unpacked").iterdir())) == 1


def test_another_package_of_the_same_name_is_another_kernel(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
    one = find_kernel(str(single(tmp_path / "a")))
    other = find_kernel(str(single(tmp_path / "b", version="6.12.9-2")))
    assert one.image != other.image


@pytest.mark.parametrize("given", ["binary", "modules", "image", "base"])
def test_any_part_of_a_split_kernel_names_it(tmp_path: Path, given: str) -> None:
    parts = split(tmp_path)
    kernel = find_kernel(str(parts[given]), wanted=("brd", "zram"))
    assert brief(kernel) == (SPLIT, "x86-64", ["brd.ko"], ("zram",))


@pytest.mark.parametrize(
    ("given", "missing"),
    [("binary", "modules"), ("modules", "binary"), ("image", "binary"), ("image", "modules")],
)
def test_a_missing_part_is_named(tmp_path: Path, given: str, missing: str) -> None:
    parts = split(tmp_path)
    parts[missing].unlink()
    with pytest.raises(InputError, match=rf"linux-{missing}-7.2.1\S+ in version 7.2.1-1 is miss"):
        find_kernel(str(parts[given]))


def test_without_its_base_a_kernel_has_no_configuration(tmp_path: Path) -> None:
    parts = split(tmp_path)
    parts["base"].unlink()
    kernel = find_kernel(str(parts["binary"]), wanted=("brd",))
    assert brief(kernel) == (SPLIT, "x86-64", ["brd.ko"], ())
    assert kernel.options == ()


def test_parts_of_another_version_do_not_count(tmp_path: Path) -> None:
    parts = split(tmp_path)
    parts["modules"].unlink()
    other = make_deb(tmp_path, f"linux-modules-{SPLIT}", "7.2.1-2", {"x": b""})
    with pytest.raises(InputError, match="linux-modules-"):
        find_kernel(str(parts["binary"]))
    assert other.exists()


def test_the_other_part_is_in_the_cache(tmp_path: Path, private_home: Path) -> None:
    parts = split(tmp_path)
    images = cache(private_home) / "images"
    images.mkdir(parents=True)
    for kind in ("modules", "base"):
        parts[kind].rename(images / parts[kind].name)
    assert find_kernel(str(parts["binary"])).name == SPLIT


def test_packages_that_are_no_kernels(tmp_path: Path, private_home: Path) -> None:
    other = make_deb(tmp_path, "bash", "1", {"bin/bash": b"x"})
    with pytest.raises(InputError, match="'bash' is no kernel package"):
        find_kernel(str(other))
    empty = make_deb(tmp_path, "linux-image-6.1.0-1-amd64", "1", {"etc/x": b"x"})
    with pytest.raises(InputError, match="holds no kernel image"):
        find_kernel(str(empty))
    damaged = single(tmp_path)
    damaged.write_bytes(damaged.read_bytes()[:-9000])
    with pytest.raises(InputError, match=r"linux-image-6.12.9\S+\.deb: "):
        find_kernel(str(damaged))
    assert not list((cache(private_home) / "unpacked").iterdir())


# ---------------------------------------------------------------------- names
def test_names_of_fetched_kernels(tmp_path: Path, private_home: Path) -> None:
    images = cache(private_home) / "images"
    images.mkdir(parents=True)
    for release, version in (
        (CLOUD, "6.12.9-1"),
        ("6.12.10+deb13-cloud-amd64", "6.12.10-1"),
        ("6.12.11+deb13-amd64", "6.12.11-1"),
        ("5.10.0-46-amd64", "5.10.262-1"),
    ):
        single(images, release, version)
    for kind, path in split(images).items():
        if kind == "image":
            path.unlink()
    named = {
        given: find_kernel(given).name
        for given in ("6.12", "6.12-amd64", "6.12-cloud-amd64", CLOUD, "5.10", "5.10.0-46", "7.2")
    }
    assert named == {
        "6.12": "6.12.10+deb13-cloud-amd64",
        "6.12-amd64": "6.12.11+deb13-amd64",
        "6.12-cloud-amd64": "6.12.10+deb13-cloud-amd64",
        CLOUD: CLOUD,
        "5.10": "5.10.0-46-amd64",
        "5.10.0-46": "5.10.0-46-amd64",
        "7.2": SPLIT,
    }


def test_a_name_that_is_not_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("6.3").write_bytes(bzimage("6.3.0"))
    with pytest.raises(InputError, match=r"no kernel 6\.3 .*kernels fetch 6\.3 --image"):
        find_kernel("6.3")
    assert find_kernel("./6.3").release == "6.3.0"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("6.12.9+deb13-cloud-amd64", ("6.12.9+deb13", "6.12", "cloud-amd64")),
        ("5.10.0-46-amd64", ("5.10.0-46", "5.10", "amd64")),
        ("6.1.0-0.deb11.52-rt-amd64", ("6.1.0-0.deb11.52", "6.1", "rt-amd64")),
        ("7.2.13-debug-vm", ("7.2.13", "7.2", "debug-vm")),
    ],
)
def test_parts_of_a_release(name: str, parts: tuple[str, str, str]) -> None:
    release = parse_release(name)
    assert release is not None
    assert (release.abi, release.series, release.flavour) == parts


def test_a_release_without_a_flavour() -> None:
    assert parse_release("6.12.9") is None


# ---------------------------------------------------- directories and images
def build(directory: Path, config: str, image: str, content: bytes) -> Path:
    (directory / image).parent.mkdir(parents=True)
    (directory / image).write_bytes(content)
    (directory / ".config").write_text(config)
    (directory / "include/config").mkdir(parents=True)
    (directory / "include/config/kernel.release").write_text("6.1.2-mine\n")
    return directory


def test_a_build_directory(tmp_path: Path) -> None:
    config = "CONFIG_MODULES=y\nCONFIG_BLK_DEV_RAM=m\nCONFIG_FUSE_FS=y\n"
    build(tmp_path, config, "arch/x86/boot/bzImage", bzimage("6.1.2-mine"))
    write_module(tmp_path / "drivers/block/brd.ko")
    kernel = find_kernel(str(tmp_path), wanted=("brd", "fuse", "zram"))
    assert brief(kernel) == ("6.1.2-mine", "x86-64", ["brd.ko"], ("zram",))
    image = find_kernel(str(tmp_path / "arch/x86/boot/bzImage"), wanted=("brd", "fuse", "zram"))
    assert brief(image) == brief(kernel)
    (tmp_path / "bzImage").symlink_to("arch/x86/boot/bzImage")
    assert find_kernel(str(tmp_path / "bzImage"), wanted=("zram",)).lacks == ("zram",)


def test_the_architecture_of_a_directory_is_that_of_its_configuration(tmp_path: Path) -> None:
    build(tmp_path, "CONFIG_ARM64=y\n", "arch/arm64/boot/Image", arm64_image("6.1.2"))
    (tmp_path / "arch/x86/boot").mkdir(parents=True)
    (tmp_path / "arch/x86/boot/bzImage").write_bytes(bzimage("5.0.0"))
    assert brief(find_kernel(str(tmp_path)))[:2] == ("6.1.2", "arm64")


def test_a_directory_without_a_kernel(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kernel was built in this directory"):
        find_kernel(str(tmp_path))


def test_of_builds_with_one_name_the_last_is_meant(
    private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    kernels = cache(private_home) / "kernels"
    made = {"b": ("x86", "bzImage", 2), "a": ("x86", "bzImage", 1), "c": ("arm64", "Image", 3)}
    for name, (arch, image, when) in made.items():
        place = kernels / f"6.1.2-small-{name}"
        content = bzimage("6.1.2-small") if arch == "x86" else arm64_image("6.1.2-small")
        build(place, "CONFIG_ARM64=y\n" * (arch == "arm64"), f"arch/{arch}/boot/{image}", content)
        (place / "include/config/kernel.release").write_text("6.1.2-small\n")
        (place / "done").touch()
        os.utime(place / "done", (when, when))
    for given_as, name in (
        ("6.1", "b"),
        ("6.1-small", "b"),
        ("6.1.2-small", "b"),
        ("6.1-small-arm64", "c"),
    ):
        assert f"6.1.2-small-{name}" in find_kernel(given_as, wanted=()).image.parts
    names = [f"{kept.release.series}-{kept.release.flavour}" for kept in built_kernels()]
    assert names == ["6.1-small-arm64", "6.1-small", "6.1-small"]


def test_an_installed_kernel(tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    image = tmp_path / f"boot/vmlinuz-{CLOUD}"
    image.write_bytes(bzimage(CLOUD))
    (tmp_path / f"boot/config-{CLOUD}").write_text("CONFIG_BLK_DEV_RAM=m\n")
    write_module(tmp_path / f"lib/modules/{CLOUD}/kernel/brd.ko")
    kernel = find_kernel(str(image), wanted=("brd", "zram"))
    assert brief(kernel) == (CLOUD, "x86-64", ["brd.ko"], ("zram",))


def test_what_may_be_built_in_is_not_said_to_be_lacking(tmp_path: Path) -> None:
    """A package without its linux-base-* has no configuration, and no list of what is built in."""
    modules = f"usr/lib/modules/{SPLIT}"
    files = {f"{modules}/kernel/drivers/block/brd.ko": module()}
    make_deb(tmp_path, f"linux-modules-{SPLIT}", "7.2.1-1", files)
    files = {f"{modules}/vmlinuz": bzimage(SPLIT)}
    deb = make_deb(tmp_path, f"linux-binary-{SPLIT}", "7.2.1-1", files)
    kernel = find_kernel(str(deb), wanted=("brd", "zram"))
    assert brief(kernel) == (SPLIT, "x86-64", ["brd.ko"], ())


def test_an_image_alone(tmp_path: Path) -> None:
    (tmp_path / "kernel").write_bytes(bzimage("4.19.1"))
    assert brief(find_kernel(str(tmp_path / "kernel"))) == ("4.19.1", "x86-64", [], ())
    with pytest.raises(InputError, match="no such file"):
        find_kernel(str(tmp_path / "none"))


def test_what_images_say(tmp_path: Path) -> None:
    path = tmp_path / "image"
    for content, facts in (
        (bzimage("6.1.2", protocol=0x1FF), ImageFacts("x86-64", "")),
        (arm64_image("6.1.2"), ImageFacts("arm64", "6.1.2")),
        (gzip.compress(arm64_image("6.1.3")), ImageFacts("arm64", "6.1.3")),
    ):
        path.write_bytes(content)
        assert read_image(path) == facts


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "a bzImage, or"),
        (b"\x7fELF" + bytes(999), "ELF file is not booted"),
        (b"MZ\0\0zimg" + bytes(999), "compressed EFI image"),
        (gzip.compress(b"x" * 999), "a bzImage, or"),
        (gzip.compress(arm64_image("6.1"))[:40], "a bzImage, or"),
    ],
    ids=["empty", "elf", "zboot", "gzip", "gzip-cut"],
)
def test_what_is_no_image(tmp_path: Path, content: bytes, hint: str) -> None:
    (tmp_path / "image").write_bytes(content)
    with pytest.raises(InputError, match=hint):
        read_image(tmp_path / "image")


@given(st.binary(max_size=64), st.integers(0x1F0, 0x220))
def test_damaged_headers_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("image") / "image"
    image = bzimage("6.1.2")
    path.write_bytes((image[:at] + junk + image[at + len(junk) :])[: 0x230 + len(junk)])
    try:
        assert read_image(path).arch == "x86-64"
    except InputError as error:
        assert "no kernel image" in str(error)
