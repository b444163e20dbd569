"""README.md against the program and the repository: a command in it must work."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kanalyze.cli.main import cli

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text()


def code_blocks() -> Iterator[str]:
    """Yield the lines of indented blocks."""
    yield from (line[4:] for line in README.splitlines() if line.startswith("    "))


def commands(program: str) -> list[str]:
    """Return the command lines of ``program``, from blocks and from running text."""
    found = []
    inline = (" ".join(one.split()) for one in re.findall(r"`([^`]+)`", README))
    for line in [*code_blocks(), *inline]:
        text = line.removeprefix("$ ").removeprefix(".venv/bin/")
        if text.startswith(f"{program} "):
            found.append(text.partition(" #")[0].partition(" > ")[0].strip())
    return sorted(set(found))


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow subcommands; return the last and the words that are left."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"no such command: {words[0]}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize("line", commands("kanalyze"))
def test_every_kanalyze_command_can_be_given(line: str) -> None:
    command, words = resolved(shlex.split(line)[1:])
    if words and "--help" not in words:  # else the command is only named
        # Parses every option and argument, checks values, and runs nothing.
        command.make_context("kanalyze", words)
    options = {name for parameter in command.params for name in parameter.opts}
    options |= {name for parameter in command.params for name in parameter.secondary_opts}
    assert {w for w in words if w.startswith("--")} <= {*options, "--help"}


@pytest.mark.parametrize("line", commands("make"))
def test_every_make_command_has_its_target(line: str) -> None:
    makefile = (TOP / "Makefile").read_text()
    for word in shlex.split(line)[1:]:
        if "=" not in word:
            assert re.search(rf"^{re.escape(word)}:", makefile, flags=re.MULTILINE), word


def test_there_are_commands_to_check() -> None:
    for name in ("scan", "import", "kernels list", "kernels fetch", "doctor"):
        assert any(line.startswith(f"kanalyze {name}") for line in commands("kanalyze")), name
    assert {"make demo", "make check"} <= set(commands("make"))


def test_every_subcommand_is_in_it() -> None:
    for name in cli.list_commands(click.Context(cli)):
        assert f"kanalyze {name}" in README


@pytest.mark.parametrize(
    "option", re.findall(r"`(--?[a-z][\w-]*)(?: [\w.]+)?`", README), ids=lambda option: str(option)
)
def test_every_option_that_the_text_names_exists(option: str) -> None:
    commands = [resolved([name])[0] for name in cli.list_commands(click.Context(cli))]
    parameters = [one for command in commands for one in command.params]
    assert any(option in (*one.opts, *one.secondary_opts) for one in parameters)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (TOP / link).is_file()] == []


def layout() -> list[str]:
    """Return the paths of the listing under "Source", rooms as kanalyze/room/."""
    text = README.partition("\n## Source\n")[2].partition("\n## ")[0]
    found: list[str] = []
    for line in text.splitlines():
        match = re.match(r"    (  )?([\w.]+/?)  ", line)
        if match:
            found.append(f"kanalyze/{match[2]}" if match[1] else match[2])
    return found


def test_the_layout_is_what_is_there() -> None:
    command = ["git", "ls-files", "--cached", "*/*"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    paths = [path.split("/") for path in done.stdout.splitlines()]
    directories = {f"{path[0]}/" for path in paths}
    rooms = {f"kanalyze/{path[1]}/" for path in paths if path[0] == "kanalyze" and len(path) > 2}
    assert {path for path in layout() if path.endswith("/")} == directories | rooms
    assert [path for path in layout() if not (TOP / path).exists()] == []


def test_the_environment_variables_are_those_of_the_tests() -> None:
    sources = "".join(path.read_text() for path in (TOP / "tests").glob("conftest.py"))
    used = set(re.findall(r"KANALYZE_[A-Z_]+", sources + (TOP / "Makefile").read_text()))
    assert set(re.findall(r"KANALYZE_[A-Z_]+", README)) == used


def test_it_can_be_read_in_a_terminal() -> None:
    lines = README.splitlines()
    assert len(lines) <= 350
    prose = [line for line in lines if not line.startswith(("|", "    ", "["))]
    assert [line for line in prose if len(line) > 100] == []
