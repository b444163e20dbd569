"""Which of Debian's kernels is fetched, in one package or in several."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from debian_machine import debian_machine
from hypothesis import given
from hypothesis import strategies as st
from made_kernels import bzimage, make_deb, module

from kanalyze.cli.kernels import command
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import fetch_image, find_kernel, list_images
from kanalyze.lab.versions import version_key


@pytest.fixture
def machine(tmp_path: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose archive has these kernels and nothing else."""
    made = debian_machine(tmp_path, monkeypatch, "deb http://mirror.example/debian sid main\n")
    for release, version in (
        ("6.12.9+deb13-cloud-amd64", "6.12.9-1"),
        ("6.12.10+deb12-cloud-amd64", "6.12.10-1~deb12u1"),
        ("6.12.10+deb13-cloud-amd64", "6.12.10-1"),
        ("6.12.10+deb13-amd64", "6.12.10-1"),
        ("6.12.10+deb13-rt-amd64", "6.12.10-1"),
        ("5.10.0-46-amd64", "5.10.262-1"),
    ):
        offer(
            made, f"linux-image-{release}", version, {f"boot/vmlinuz-{release}": bzimage(release)}
        )
    split, modules = "7.2.1+deb14-cloud-amd64", "usr/lib/modules/7.2.1+deb14-cloud-amd64"
    offer(made, f"linux-image-{split}", "7.2.1-1", {"x": b""})
    offer(made, f"linux-base-{split}", "7.2.1-1", {f"{modules}/config": b"CONFIG_ZRAM=m\n"})
    offer(made, f"linux-binary-{split}", "7.2.1-1", {f"{modules}/vmlinuz": bzimage(split)})
    brd = {f"{modules}/kernel/drivers/block/brd.ko": module()}
    offer(made, f"linux-modules-{split}", "7.2.1-1", brd)
    gone = "7.2.9+deb13-cloud-amd64"  # whose modules have left the archive
    offer(made, f"linux-image-{gone}", "7.2.9-1", {"x": b""})
    offer(made, f"linux-binary-{gone}", "7.2.9-1", {f"boot/vmlinuz-{gone}": bzimage(gone)})
    offer(made, "linux-image-6.12.10+deb13-cloud-amd64-unsigned", "6.12.10-1", {"x": b""})
    offer(made, "linux-image-amd64", "7.2.1-1", {"x": b""})
    return made


def offer(machine: Path, package: str, version: str, files: dict[str, bytes]) -> None:
    deb = make_deb(machine, package, version, files)
    deb.rename(machine / f"archive/{package}_{version}.deb")


def downloads(machine: Path) -> list[str]:
    lines = (machine / "log").read_text().splitlines()
    return [line.split()[-1] for line in lines if "download linux" in line]


@pytest.mark.parametrize(
    ("release", "flavour", "name"),
    [
        ("6.12", "cloud-amd64", "6.12.10+deb13-cloud-amd64"),
        ("6.12", "amd64", "6.12.10+deb13-amd64"),
        ("6.12.10", "cloud-amd64", "6.12.10+deb13-cloud-amd64"),
        ("6.12.10+deb12", "cloud-amd64", "6.12.10+deb12-cloud-amd64"),
        ("6.12.9", "cloud-amd64", "6.12.9+deb13-cloud-amd64"),
        ("6.12.9+deb13-cloud-amd64", "cloud-amd64", "6.12.9+deb13-cloud-amd64"),
        ("5.10.262", "amd64", "5.10.0-46-amd64"),
        ("5.10.0-46", "amd64", "5.10.0-46-amd64"),
    ],
)
def test_fetch(machine: Path, release: str, flavour: str, name: str) -> None:
    path = fetch_image(release, flavour)
    assert path.is_relative_to(machine / "home/.cache/kanalyze/images")
    assert find_kernel(str(path)).name == name
    assert fetch_image(release, flavour) == path
    assert len(downloads(machine)) == 1
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_kernel_in_several_packages(machine: Path) -> None:
    path = fetch_image("7.2")
    assert path.name.startswith("linux-binary-7.2.1")
    assert sorted(name.split("-")[1] for name in downloads(machine)) == [
        "base",
        "binary",
        "image",
        "modules",
    ]
    kernel = find_kernel(str(path), wanted=("brd", "zram"))
    assert [m.name for m in kernel.modules] == ["brd.ko"]
    assert kernel.lacks == ("zram",)
    assert find_kernel("7.2").image == kernel.image


def test_what_comes_in_part_is_not_kept(machine: Path) -> None:
    deb = machine / "archive/linux-modules-7.2.1+deb14-cloud-amd64_7.2.1-1.deb"
    deb.unlink()
    deb.symlink_to("nowhere")  # listed, and not to be had
    with pytest.raises(EnvironmentFailure, match="apt-get download failed"):
        fetch_image("7.2")
    assert list((machine / "home/.cache/kanalyze/images").iterdir()) == []


def test_several_versions_are_kept(machine: Path) -> None:
    old = fetch_image("6.12.9")
    new = fetch_image("6.12")
    assert old.exists()
    assert find_kernel("6.12").name == "6.12.10+deb13-cloud-amd64"
    assert find_kernel("6.12.9+deb13").name == "6.12.9+deb13-cloud-amd64"
    assert old != new


def test_what_the_archive_has_not(machine: Path) -> None:
    with pytest.raises(
        InputError, match=r"no kernel 6\.3 of flavour amd64 \(it has 5\.10, 6\.12\)"
    ):
        fetch_image("6.3", "amd64")
    with pytest.raises(InputError, match=r"no kernel 7\.2\.9 of"):
        fetch_image("7.2.9")
    with pytest.raises(InputError, match="no kernel release"):
        fetch_image("six")


def test_what_is_here_serves_without_the_network(machine: Path) -> None:
    path = fetch_image("6.12")
    (machine / "offline").touch()
    for deb in (machine / "archive").iterdir():
        deb.unlink()
    assert fetch_image("6.12") == path
    listed = [(i.series, i.flavour, i.offered, i.cached) for i in list_images()]
    assert listed == [("6.12", "cloud-amd64", "", "6.12.10-1")]
    with pytest.raises(InputError):
        fetch_image("7.2")


def test_list(machine: Path) -> None:
    path = fetch_image("6.12.9")
    listed = {f"{i.series}-{i.flavour}": (i.offered, i.cached, i.path) for i in list_images()}
    assert listed == {
        "5.10-amd64": ("5.10.262-1", "", None),
        "6.12-amd64": ("6.12.10-1", "", None),
        "6.12-cloud-amd64": ("6.12.10-1", "6.12.9-1", path),
        "7.2-cloud-amd64": ("7.2.1-1", "", None),
    }


def test_commands(machine: Path) -> None:
    run = CliRunner().invoke
    fetched = run(command, ["fetch", "6.12", "--image", "--flavour", "amd64"])
    path = Path(fetched.output.strip())
    assert path.name == "linux-image-6.12.10+deb13-amd64_6.12.10-1_amd64.deb"
    document = json.loads(run(command, ["list", "--format", "json"]).output)
    assert document["schema"] == "kanalyze.kernels/1"
    assert document["sources"] == document["builds"] == []
    assert document["images"][1] == {
        "release": "6.12",
        "flavour": "amd64",
        "name": "6.12.10+deb13-amd64",
        "offered": "6.12.10-1",
        "cached": "6.12.10-1",
        "path": str(path),
    }
    assert (
        f"6.12-amd64           6.12.10-1                {path}\n" in run(command, ["list"]).output
    )


VERSIONS = ["6.12.9-1", "6.12.10-1~deb12u1", "6.12.10-1", "6.12.10-1+b1", "1:1", "1~rc1", "1", "1a"]
PART = st.text("019az~+.", max_size=6).map(lambda text: f"1{text}")


@given(st.sampled_from(VERSIONS) | PART, st.sampled_from(VERSIONS) | PART)
def test_the_order_of_versions_is_dpkgs(one: str, other: str) -> None:
    for relation, expected in (
        ("lt", version_key(one) < version_key(other)),
        ("eq", version_key(one) == version_key(other)),
    ):
        done = subprocess.run(["dpkg", "--compare-versions", one, relation, other], check=False)
        assert (done.returncode == 0) == expected
