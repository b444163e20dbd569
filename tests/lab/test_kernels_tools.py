"""What a machine lacks for building kernels is named, all at once."""

from pathlib import Path

import pytest

from kanalyze.errors import EnvironmentFailure
from kanalyze.lab.arch import find_arch
from kanalyze.lab.build_tools import missing_tools, toolchain


def test_a_machine_with_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = missing_tools(find_arch("x86-64"))
    assert {"make", "gcc", "binutils", "flex", "bison", "bc"} <= set(missing)
    with pytest.raises(EnvironmentFailure, match=r"are missing \(apt install make gcc binutils"):
        toolchain(find_arch("x86-64"))


def test_headers_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("make", "gcc", "ld", "flex", "bison", "bc", "perl", "gzip"):
        (tmp_path / program).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert missing_tools(find_arch("x86-64")) == ("libelf-dev",)
    assert missing_tools(find_arch("arm64")) == ("gcc-aarch64-linux-gnu",)


def test_a_cross_compiler_is_named_to_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = ("make", "gcc", "ld", "flex", "bison", "bc", "perl", "gzip", "aarch64-linux-gnu-gcc")
    for program in programs:
        (tmp_path / program).write_text("#!/bin/sh\necho cross 12\necho more\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    tools = toolchain(find_arch("arm64"))
    assert tools.arguments == ("ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-", "Image")
    assert tools.image == "arch/arm64/boot/Image"
    assert tools.compiler == "cross 12"
