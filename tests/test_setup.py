"""What a user installs: a wheel that works away from its sources."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kanalyze import resources
from kanalyze.errors import EnvironmentFailure

TOP = Path(__file__).resolve().parent.parent
_TRAVELS = ("kanalyze", "templates", "config.toml", "pyproject.toml", "setup.py", "COPYING")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from a copy: a build leaves things beside the sources."""
    place = tmp_path_factory.mktemp("wheel")
    sources = place / "sources"
    sources.mkdir()
    for name in _TRAVELS:
        if (TOP / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(TOP / name, sources / name, ignore=ignored)
        else:
            shutil.copy(TOP / name, sources / name)
    # setuptools is here already: nothing needs to be downloaded
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(place), str(sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed away from its sources, and without its dependencies."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-warn-script-location", "--target", str(target), str(wheel)]
    subprocess.run(command, capture_output=True, check=True)
    return target


def run(installed: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # -P and another directory: nothing of the checkout may be found by chance
    command = [sys.executable, "-P", *arguments]
    environment = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run(
        command, env=environment, cwd=installed, capture_output=True, text=True, check=False
    )


def files_below(name: str) -> set[str]:
    paths = (path for path in (TOP / name).rglob("*") if path.is_file())
    return {str(path.relative_to(TOP)) for path in paths if "__pycache__" not in path.parts}


def test_the_wheel_carries_the_package_the_templates_and_the_configuration(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"kanalyze/data/{path}" for path in (*files_below("templates"), "config.toml")}
    assert (files_below("kanalyze") | expected) - names == set()
    assert not [name for name in names if name.startswith(("tests/", "scripts/", "setup"))]


def test_it_runs(installed: Path) -> None:
    done = run(installed, "-m", "kanalyze", "--help")
    assert done.returncode == 0, done.stderr
    assert "scan" in done.stdout
    assert (installed / "bin/kanalyze").exists()


def test_it_finds_its_own_configuration_and_templates(installed: Path) -> None:
    program = (
        "from kanalyze import config, resources\n"
        "print(resources.default_config_path()); print(resources.templates_dir())\n"
        "print('mm/memory.c' in config.load().files.default)\n"
    )
    done = run(installed, "-c", program)
    assert done.returncode == 0, done.stderr
    data = installed / "kanalyze/data"
    assert done.stdout.splitlines() == [str(data / "config.toml"), str(data / "templates"), "True"]
    assert (data / "config.toml").read_bytes() == (TOP / "config.toml").read_bytes()


def test_it_scans(installed: Path, tmp_path: Path, private_home: Path) -> None:
    source = "int f(struct page *page)\n{\n\treturn page_count(page) == 1;\n}\n"
    (tmp_path / "tree/mm").mkdir(parents=True)
    (tmp_path / "tree/mm/memory.c").write_text(source)
    done = run(installed, "-m", "kanalyze", "scan", str(tmp_path / "tree"), "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "kanalyze.scan/1"
    assert [site["file"] for site in document["sites"]] == ["mm/memory.c"]


def test_the_checkout_uses_the_files_at_its_top() -> None:
    assert resources.default_config_path() == TOP / "config.toml"
    assert resources.templates_dir() == TOP / "templates"


def test_a_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "_PLACES", (tmp_path,))
    with pytest.raises(EnvironmentFailure, match=r"config\.toml is missing"):
        resources.default_config_path()
