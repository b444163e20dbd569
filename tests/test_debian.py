"""Finding Debian in apt's configuration, and kernel sources in Debian."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from debian_machine import debian_machine

from kanalyze.cli.kernels import command
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import debian
from kanalyze.lab.apt_sources import (
    AptEntry,
    DebianArchive,
    find_debian,
    parse_list,
    parse_sources,
    read_entries,
)
from kanalyze.lab.build_source import named_source
from kanalyze.lab.private_apt import Package, PrivateApt, configuration_text, sources_text

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ONE_LINE = f"""\
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # trailing words
deb [arch=amd64 signed-by={KEYRING}] http://mirror.example/debian bookworm-updates main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security/ bookworm-security main
this is no entry
"""
DEB822 = f"""\
Types: deb deb-src
# URIs: http://commented.example/debian
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main non-free-firmware
Signed-By: {KEYRING}

Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main
Signed-By:
 {KEYRING}

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: trixie
Components: main
"""
# What others put beside it: Debian's suite names, with and without a key.
OTHERS = """\
deb [signed-by=/usr/share/keyrings/tool.gpg] http://tool.example/apt bookworm main
deb http://cloud.example/apt cloud-sdk-bookworm main
deb http://engine.example/linux/debian bookworm stable
deb http://database.example/apt bookworm-pgdg main
deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main
"""


def test_one_line_style() -> None:
    entries = list(parse_list(ONE_LINE))
    assert entries == [
        AptEntry("http://mirror.example/debian", "bookworm", ("main", "contrib")),
        AptEntry("http://mirror.example/debian", "bookworm-updates", ("main",), KEYRING),
        AptEntry("http://mirror.example/debian-security/", "bookworm-security", ("main",)),
    ]


def test_deb822_style() -> None:
    entries = list(parse_sources(DEB822))
    assert [(entry.uri, entry.suite) for entry in entries] == [
        ("http://mirror.example/debian", "trixie"),
        ("http://mirror.example/debian", "trixie-updates"),
        ("http://mirror.example/debian-security", "trixie-security"),
    ]
    assert {entry.signed_by for entry in entries} == {KEYRING}
    assert entries[0].components == ("main", "non-free-firmware")


def test_a_key_inside_the_file() -> None:
    text = "Types: deb\nURIs: http://x.example/\nSuites: sid\nSigned-By:\n -----BEGIN"
    assert [entry.signed_by for entry in parse_sources(text)] == ["-----BEGIN"]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "no colon", "Types: deb\n", "\0\xff", "deb\n", "deb [\n"]
)
def test_files_that_hold_nothing(text: str) -> None:
    assert list(parse_sources(text)) == list(parse_list(text)) == []


def test_debian_is_told_from_others() -> None:
    found = find_debian([*parse_list(OTHERS), *parse_list(ONE_LINE)])
    assert found.main == "http://mirror.example/debian"
    assert found.security == "http://mirror.example/debian-security"
    assert found.suites == {"bookworm", "bookworm-updates", "bookworm-security"}


def test_one_signed_entry_beats_many_unsigned() -> None:
    signed = f"deb [signed-by={KEYRING}] http://mirror.example/debian sid main\n"
    unsigned = "".join(
        f"deb http://other.example/debian {suite} main\n" for suite in ("sid", "bookworm", "trixie")
    )
    assert find_debian(parse_list(unsigned + signed)).main == "http://mirror.example/debian"


def test_without_security_there_is_none() -> None:
    assert find_debian(parse_list("deb http://mirror.example/d sid main")).security == ""


def test_other_distributions() -> None:
    with pytest.raises(EnvironmentFailure, match="apt knows no Debian archive"):
        find_debian(parse_list(OTHERS + "deb http://u.example/ubuntu noble main"), where="/etc/apt")


def test_files_of_both_styles_are_read(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / "a.list").write_text(ONE_LINE)
    (parts / "debian.sources").write_text(DEB822)
    (parts / "ignored.bak").write_text(ONE_LINE)
    (parts / "directory.list").mkdir()
    assert len(read_entries(tmp_path / "none", parts)) == 6


def test_sources_have_all_suites_once_and_the_key() -> None:
    archive = DebianArchive("http://m.example/d", "http://m.example/s", frozenset({"sid", "duke"}))
    lines = sources_text(archive, Path(KEYRING)).splitlines()
    assert len(lines) == len(set(lines))
    assert all(f"signed-by={KEYRING}" in line for line in lines)
    assert [line.split()[-2] for line in lines if "/d duke" in line] == ["duke"]
    assert any("/s bullseye-security" in line for line in lines)
    assert "signed-by" not in sources_text(archive, None)
    assert "security" not in sources_text(
        DebianArchive("http://m.example/d", "", frozenset()), None
    )


def test_configuration_keeps_the_network_and_drops_hooks(tmp_path: Path) -> None:
    machine = (
        'Acquire::http::Proxy "http://proxy.example:3128";\n'
        'Acquire::AllowInsecureRepositories "true";\n'
        'APT::Update::Post-Invoke:: "touch /tmp/hooked";\n'
        'DPkg::Post-Invoke:: "true";\n'
    )
    text = configuration_text(tmp_path, machine)
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in text
    assert "Post-Invoke" not in text
    # the last one counts
    assert text.rindex('InsecureRepositories "false"') > text.rindex('InsecureRepositories "true"')
    assert f'Dir::State::lists "{tmp_path}/lists";' in text


# ------------------------------------------------- an archive that is no archive
@pytest.fixture
def machine(tmp_path: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose archive is a directory of .deb files."""
    return debian_machine(tmp_path, monkeypatch, ONE_LINE)


def offer(machine: Path, release: str, version: str, inside: str | None = None) -> Path:
    """Put a real, small package into the archive."""
    root = machine / f"build-{release}-{version}"
    source = root / "usr/src"
    source.mkdir(parents=True)
    name = f"linux-source-{release}"
    (source / (inside or f"{name}.tar.xz")).write_text(f"the source of {version}")
    (source / "linux-patch.xz").write_text("something else")
    (root / "DEBIAN").mkdir()
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
    control += "Maintainer: n <n@example.org>\nDescription: x\n"
    (root / "DEBIAN/control").write_text(control)
    deb = machine / f"archive/{name}_{version}.deb"
    subprocess.run(["dpkg-deb", "--build", str(root), str(deb)], check=True, capture_output=True)
    return deb


def downloads(machine: Path) -> int:
    return sum("download linux" in line for line in (machine / "log").read_text().splitlines())


def test_fetch(machine: Path) -> None:
    offer(machine, "6.12", "6.12.9-1")
    offer(machine, "6.12", "6.12.10-1~deb12u1")
    offer(machine, "6.1", "6.1.100-1")
    seen: list[tuple[str, int, int]] = []
    path = debian.fetch_source("6.12", lambda *step: seen.append(step))
    assert path.name == "linux-source-6.12_6.12.10-1~deb12u1.tar.xz"
    assert path.read_text() == "the source of 6.12.10-1~deb12u1"
    assert path.is_relative_to(machine / "home/.cache/kanalyze")
    assert any(step[0] == "linux-source-6.12" and step[2] == 1000 for step in seen)
    assert [p.name for p in path.parent.iterdir()] == [path.name]

    assert debian.fetch_source("6.12") == path
    assert downloads(machine) == 1
    listing = debian.list_sources()
    assert [(s.release, s.offered, s.cached) for s in listing] == [
        ("6.1", "6.1.100-1", ""),
        ("6.12", "6.12.10-1~deb12u1", "6.12.10-1~deb12u1"),
    ]


def test_a_newer_version_takes_the_place_of_the_older(machine: Path) -> None:
    offer(machine, "6.1", "6.1.99-1")
    old = debian.fetch_source("6.1")
    offer(machine, "6.1", "6.1.100-1")
    new = debian.fetch_source("6.1")
    assert new.name == "linux-source-6.1_6.1.100-1.tar.xz"
    assert not old.exists()


def test_one_release_is_kept_beside_the_newest(machine: Path) -> None:
    for version in ("6.12.9-1", "6.12.9-1~deb12u1", "6.12.10-1", "6.12.11-1"):
        offer(machine, "6.12", version)
    old = debian.fetch_source("6.12.9")
    assert old.read_text() == "the source of 6.12.9-1"
    assert debian.cached_sources() == {}  # it is not what the series means
    new = debian.fetch_source("6.12")
    other = debian.fetch_source("6.12.10")
    assert debian.fetch_source("6.12.9") == old
    assert debian.fetch_source("6.12.11") == new
    assert downloads(machine) == 3
    assert all(path.exists() for path in (old, other, new))
    assert named_source("6.12.9", "").identity == hashlib.sha256(old.read_bytes()).hexdigest()
    (machine / "offline").touch()
    with pytest.raises(InputError, match=r"source 6.12.8 \(it has 6.12.9, 6.12.10, 6.12.11;"):
        debian.fetch_source("6.12.8")


def test_of_old_versions_that_were_left_the_newest_is_meant(machine: Path) -> None:
    offer(machine, "6.12", "6.12.9-1")
    path = debian.fetch_source("6.12")
    path.with_name("linux-source-6.12_6.12.10-1.tar.xz").write_text("newer, though 9 is after 1")
    assert debian.cached_sources()["6.12"].cached == "6.12.10-1"


def test_what_has_left_the_archive(machine: Path) -> None:
    offer(machine, "6.1", "6.1.100-1")
    offer(machine, "6.12", "6.12.1-1")
    with pytest.raises(InputError, match=r"no kernel source 5.10 \(it has 6.1, 6.12\)"):
        debian.fetch_source("5.10")
    path = debian.fetch_source("6.1")
    (machine / "archive/linux-source-6.1_6.1.100-1.deb").unlink()
    assert debian.fetch_source("6.1") == path
    assert [(s.release, s.offered) for s in debian.list_sources()][0] == ("6.1", "")


def test_suites_that_cannot_be_read_are_mentioned(machine: Path) -> None:
    offer(machine, "6.1", "6.1.100-1")
    debian.fetch_source("6.1")
    (machine / "offline").touch()  # the lists from before are still there
    with pytest.raises(InputError, match=r"has 6\.1; not all .* be read: Could not resolve"):
        debian.fetch_source("6.12")


def test_without_the_network(machine: Path) -> None:
    offer(machine, "6.1", "6.1.100-1")
    (machine / "offline").touch()
    with pytest.raises(EnvironmentFailure, match="apt-get update failed: Could not resolve"):
        debian.fetch_source("6.1")
    (machine / "offline").unlink()
    path = debian.fetch_source("6.1")
    (machine / "offline").touch()
    offer(machine, "6.1", "6.1.101-1")
    assert debian.fetch_source("6.1") == path


def test_lists_that_promise_what_is_gone(machine: Path) -> None:
    deb = offer(machine, "6.1", "6.1.100-1")
    apt = PrivateApt(machine / "apt")
    with apt.locked():
        assert apt.is_stale()
        assert apt.find("linux-source-.*") == {}
        apt.update(lambda *step: None)
        deb.unlink()
        with pytest.raises(EnvironmentFailure, match="apt-get download failed"):
            apt.download(Package("linux-source-6.1", "6.1.100-1"), machine, lambda *step: None)


@pytest.mark.parametrize("inside", ["linux-source-6.12.tar.xz", "README"])
def test_a_package_without_the_source(machine: Path, inside: str) -> None:
    offer(machine, "6.1", "6.1.100-1", inside)
    with pytest.raises(EnvironmentFailure, match="holds no kernel source"):
        debian.fetch_source("6.1")
    assert list((machine / "home/.cache/kanalyze/sources").iterdir()) == []


def test_a_damaged_package(machine: Path) -> None:
    deb = offer(machine, "6.1", "6.1.100-1")
    deb.write_bytes(deb.read_bytes()[:-60])
    with pytest.raises(EnvironmentFailure):
        debian.fetch_source("6.1")
    assert list((machine / "home/.cache/kanalyze/sources").iterdir()) == []


@pytest.mark.parametrize("release", ["6", "-6.1", "6.1.2.3", "6.1.", "x", "6.1;id", ".*"])
def test_what_is_no_release(release: str) -> None:
    with pytest.raises(InputError, match="no kernel release"):
        debian.fetch_source(release)


def test_elsewhere(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(private_home))
    with pytest.raises(EnvironmentFailure, match="kanalyze import"):
        debian.fetch_source("6.1")


def test_command(machine: Path) -> None:
    offer(machine, "6.1", "6.1.100-1")
    fetched = CliRunner().invoke(command, ["fetch", "6.1"], catch_exceptions=False)
    assert Path(fetched.output.strip()).read_text() == "the source of 6.1.100-1"
    listed = CliRunner().invoke(command, ["list", "--format", "json"], catch_exceptions=False)
    assert '"schema": "kanalyze.kernels/1"' in listed.output
    assert "6.1.100-1" in CliRunner().invoke(command, ["list"]).output


def test_two_at_once_wait_for_each_other(machine: Path) -> None:
    apt = PrivateApt(machine / "apt")
    script = (
        "import sys; from pathlib import Path; from kanalyze.lab.private_apt import PrivateApt\n"
        "with PrivateApt(Path(sys.argv[1])).locked(): print('in')"
    )
    with apt.locked():
        command_line = [sys.executable, "-c", script, str(machine / "apt")]
        with subprocess.Popen(command_line, stdout=subprocess.PIPE) as other:
            time.sleep(0.4)
            assert other.poll() is None
            other.kill()
