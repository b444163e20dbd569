"""What `kanalyze doctor` says of machines that have things, and of those that lack them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kanalyze.cli.doctor import command
from kanalyze.lab import Finding, examine

pytestmark = pytest.mark.usefixtures("private_home")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine()}


def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Leave nothing but ``programs``, shell scripts, on PATH."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name, body in programs.items():
        (directory / name).write_text(f"#!/bin/sh\n{body}\n")
        (directory / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))


def test_this_machine_can_scan() -> None:
    result = run()
    assert result.exit_code == 0
    assert "has all that it needs" in result.output
    assert {"python", "git", "cache"} == {f.name for f in examine() if f.needed}
    assert not any(finding.remedy for finding in examine() if finding.present)


def test_a_machine_with_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_machine(tmp_path, monkeypatch)
    result = run()
    assert result.exit_code == 3
    for package in ("git", "gcc", "clang", "qemu-system-x86", "coccinelle", "apt"):
        assert f"apt install {package}" in result.output
    assert "lacks something" in result.output


def test_every_missing_thing_has_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_machine(tmp_path, monkeypatch)
    missing = [finding for finding in examine() if not finding.present]
    assert len(missing) >= 9
    assert [finding.name for finding in missing if not finding.remedy] == []


def test_a_git_that_cannot_what_we_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.which("git")
    old = f'case "$*" in *--end-of-options*) exit 129;; esac\nexec {real} "$@"'
    bare_machine(tmp_path, monkeypatch, git=old)
    git = findings()["git"]
    assert not git.present
    assert git.detail.endswith("cannot --end-of-options")


def test_a_broken_program_is_a_missing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_machine(tmp_path, monkeypatch, gcc="exit 1", clang="kill -9 $$", spatch="true")
    found = findings()
    assert [found[name].present for name in ("gcc", "clang", "spatch")] == [False] * 3


def test_a_cache_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    result = run()
    assert result.exit_code == 3
    assert "MISSING  cache" in result.output


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", nobody)
    result = run()
    assert result.exit_code == 3
    assert "there is no home directory -> set HOME" in result.output


def test_looking_leaves_no_trace(private_home: Path) -> None:
    before = sorted(private_home.rglob("*"))
    examine()
    assert sorted(private_home.rglob("*")) == before


def test_sources_that_are_here(private_home: Path) -> None:
    assert not findings()["kernel sources"].present
    sources = private_home / ".cache/kanalyze/sources"
    sources.mkdir(parents=True)
    (sources / "linux-source-6.1_6.1.5-1.tar.xz").touch()
    (sources / "notes.txt").touch()
    assert findings()["kernel sources"].detail == "6.1.5-1"


def test_kernels_that_are_here(private_home: Path) -> None:
    assert findings()["kernel images"].remedy == "kanalyze kernels fetch 6.12 --image"
    images = private_home / ".cache/kanalyze/images"
    images.mkdir(parents=True)
    for name in ("6.12.9+deb13-amd64_6.12.9-1", "5.10.0-46-cloud-amd64_5.10.262-1"):
        (images / f"linux-image-{name}_amd64.deb").touch()
    (images / "linux-modules-7.2.1-amd64_7.2.1-1_amd64.deb").touch()  # a part of one
    found = findings()["kernel images"]
    assert (found.present, found.detail) == (True, "5.10.0-46-cloud-amd64, 6.12.9+deb13-amd64")


def test_what_kernels_are_built_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_machine(tmp_path, monkeypatch, make="true", gcc="true", ld="true", perl="true")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    builds = findings()["kernel builds"]
    assert not builds.present
    assert builds.remedy == "apt install flex bison bc gzip"


def test_json() -> None:
    document = json.loads(run("--format", "json").output)
    assert document["schema"] == "kanalyze.doctor/1"
    assert document["can_scan"] is True
    assert {"name", "present", "detail", "remedy", "needed"} == set(document["findings"][0])


def test_control_characters_stay_off_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch, gcc="printf 'gcc \\033[31m'")
    assert "\x1b" not in run().output
