"""Building kernels: from which sources, with which options, and when not again."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_kernels import bzimage

from kanalyze.cli.kernels import command
from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.lab import (
    BuildFailed,
    build_kernel,
    build_source,
    build_tools,
    built_kernels,
    find_kernel,
)
from kanalyze.lab.build_config import CONFIGS, Wanted, wanted_config

pytestmark = pytest.mark.usefixtures("private_home", "has_tools")

# A kernel as far as its make goes: options that it does not know are dropped.
MAKEFILE = """\
VERSION = 6
PATCHLEVEL = 1
SUBLEVEL = 5
all: bzImage
tinyconfig:
	printf 'CONFIG_64BIT=y\\nCONFIG_KERNEL_XZ=y\\n# CONFIG_SMP is not set\\n' > $(O)/.config
olddefconfig:
	sed -i '/CONFIG_GUP_BENCHMARK/d; s/CONFIG_KSM=y/# CONFIG_KSM is not set/' $(O)/.config
bzImage:
	mkdir -p $(O)/arch/x86/boot $(O)/include/config $(O)/mm
	@echo "  CC      mm/memory.o"
	@grep -q sound $(CURDIR)/memory.c || { echo "mm/memory.c:3:1: error: expected ';'"; exit 1; }
	echo built >> TIMES
	cp $(CURDIR)/memory.c $(O)/mm/memory.o
	cp $(CURDIR)/image $(O)/arch/x86/boot/bzImage
	echo 6.1.5-small$(LOCALVERSION) > $(O)/include/config/kernel.release
	touch $(O)/System.map
"""


@pytest.fixture
def has_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what a real kernel needs, though this one needs only make, and this architecture."""
    for program in ("make", "gcc"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    monkeypatch.setattr(build_tools, "missing_tools", lambda arch: ())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "linux"
    directory.mkdir()
    (directory / "Makefile").write_text(MAKEFILE.replace("TIMES", str(tmp_path / "times")))
    (directory / "Kconfig").touch()
    (directory / "memory.c").write_text("sound\n")
    (directory / "image").write_bytes(bzimage("6.1.5-small"))
    return directory


def times_built(source: Path) -> int:
    times = source.parent / "times"
    return len(times.read_text().splitlines()) if times.exists() else 0


def test_a_directory(source: Path, private_home: Path) -> None:
    built = build_kernel(str(source), arch="x86-64")
    assert built.kernel.name == "6.1.5-small"
    assert built.kernel.image.is_relative_to(private_home / ".cache/kanalyze/kernels")
    assert built.refused == ("CONFIG_KSM=y", "CONFIG_GUP_BENCHMARK=y")
    options = dict(built.kernel.options)
    assert options["CONFIG_SMP"] == options["CONFIG_SWAP"] == "y"
    assert "CONFIG_KSM" not in options
    assert "mm/memory.o" in built.log.read_text()
    assert find_kernel("6.1-small").image == find_kernel("6.1.5-small").image == built.kernel.image


def test_what_was_built_is_not_built_again(source: Path) -> None:
    first = build_kernel(str(source), arch="x86-64")
    again = build_kernel(str(source), arch="x86-64")
    assert (first.reused, again.reused) == (False, True)
    assert again.kernel == first.kernel
    assert again.refused == first.refused
    assert times_built(source) == 1


def test_a_change_is_built_where_the_objects_are(source: Path) -> None:
    first = build_kernel(str(source), arch="x86-64")
    (source / "memory.c").write_text("sound, and changed\n")
    second = build_kernel(str(source), arch="x86-64")
    assert not second.reused
    assert second.kernel.image == first.kernel.image
    assert (second.log.parent / "mm/memory.o").read_text() == "sound, and changed\n"


def test_each_configuration_and_compiler_has_a_place_of_its_own(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {build_kernel(str(source), name, arch="x86-64").log.parent for name in CONFIGS}
    monkeypatch.setattr(build_tools, "version_line", lambda compiler: "gcc 99")
    places.add(build_kernel(str(source), arch="x86-64").log.parent)
    assert len(places) == len(CONFIGS) + 1


def test_an_error_is_one_line(source: Path) -> None:
    (source / "memory.c").write_text("broken\n")
    with pytest.raises(BuildFailed) as caught:
        build_kernel(str(source), arch="x86-64")
    said = str(caught.value)
    assert "does not build: mm/memory.c:3:1: error: expected ';' (all of it: /" in said
    assert "\n" not in said
    (source / "memory.c").write_text("sound again\n")
    assert not build_kernel(str(source), arch="x86-64").reused


def test_a_full_disk_is_no_fault_of_the_source(source: Path) -> None:
    makefile = (source / "Makefile").read_text()
    said = "fatal error: cannot write x.s: No space left on device"
    (source / "Makefile").write_text(makefile.replace("error: expected ';'", said))
    (source / "memory.c").write_text("broken\n")
    with pytest.raises(EnvironmentFailure, match="No space left on device"):
        build_kernel(str(source), arch="x86-64")


def test_after_a_failure_nothing_counts_as_built(source: Path) -> None:
    build_kernel(str(source), arch="x86-64")
    (source / "memory.c").write_text("broken\n")
    with pytest.raises(BuildFailed):
        build_kernel(str(source), arch="x86-64")
    with pytest.raises(InputError, match=r"no kernel 6\.1-small"):
        find_kernel("6.1-small")


def test_a_tarball(
    source: Path, tmp_path: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tarball = tmp_path / "linux-6.1.5.tar.xz"
    subprocess.run(["tar", "-C", str(tmp_path), "-cJf", str(tarball), "linux"], check=True)
    built = build_kernel(str(tarball), arch="x86-64")
    directory = built.log.parent
    kept = sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())
    assert kept == [
        ".config",
        "System.map",
        "arch/x86/boot/bzImage",
        "build.log",
        "done",
        "include/config/kernel.release",
        "lock",
    ]
    assert [p.name for p in directory.parent.iterdir()] == [directory.name]
    monkeypatch.setattr(build_source, "_pipe", lambda *_: pytest.fail("it is unpacked again"))
    assert build_kernel(str(tarball), arch="x86-64").reused
    sources = private_home / ".cache/kanalyze/sources"
    sources.mkdir()
    tarball.rename(sources / "linux-source-6.1_6.1.5-1.tar.xz")
    assert build_kernel("6.1", arch="x86-64").reused


def git(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    subprocess.run(["git", "-C", str(directory), *identity, *arguments], check=True)


def test_a_revision(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(source, "init", "--quiet")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "--message=one")
    git(source, "tag", "v6.1.5")
    (source / "memory.c").write_text("broken\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))  # as in a hook
    assert not build_kernel(str(source), revision="v6.1.5", arch="x86-64").reused
    monkeypatch.delenv("GIT_DIR")
    git(source, "commit", "--quiet", "--allow-empty", "--message=the same tree")
    with monkeypatch.context() as nothing:
        nothing.setattr(build_source, "_pipe", lambda *_: pytest.fail("it is unpacked again"))
        assert build_kernel(str(source), revision="HEAD", arch="x86-64").reused
    with pytest.raises(InputError, match="linux"):
        build_kernel(str(source), revision="v9", arch="x86-64")


def revision(source: Path, memory: str) -> str:
    """Commit the source with another memory.c, and return the commit's id."""
    (source / "memory.c").write_text(memory)
    git(source, "init", "--quiet")
    git(source, "add", ".")
    git(source, "commit", "--quiet", f"--message={memory}")
    command = ["git", "-C", str(source), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_revisions_are_built_where_the_objects_are(source: Path, private_home: Path) -> None:
    one, two = revision(source, "sound\n"), revision(source, "sound, and changed\n")
    first, second = (build_kernel(str(source), revision=r, arch="x86-64") for r in (one, two))
    assert first.kernel.image != second.kernel.image
    assert first.kernel.image.exists() and not second.reused
    assert build_kernel(str(source), revision=one, arch="x86-64").reused
    (kept,) = (private_home / ".cache/kanalyze/checkouts").glob("*/small-x86-64-*/mm/memory.o")
    assert kept.read_text() == "sound, and changed\n"
    assert not (second.log.parent / "mm").exists()


def test_what_fails_with_objects_of_another_revision_is_built_anew(
    source: Path, private_home: Path
) -> None:
    makefile = source / "Makefile"
    guard = "\ttest ! -e $(O)/mm/memory.o\n"
    makefile.write_text(makefile.read_text().replace("bzImage:\n", f"bzImage:\n{guard}"))
    one, two = revision(source, "sound\n"), revision(source, "sound, and changed\n")
    for commit in (one, two):
        assert not build_kernel(str(source), revision=commit, arch="x86-64").reused
    broken = revision(source, "broken\n")
    with pytest.raises(BuildFailed, match="expected"):
        build_kernel(str(source), revision=broken, arch="x86-64")


def test_a_repository_with_a_part_of_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "memory.c").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "memory.c")
    git(tmp_path, "commit", "--quiet", "--message=one")
    with pytest.raises(InputError, match=r"HEAD has no whole kernel .*kanalyze import"):
        build_kernel(str(tmp_path), revision="HEAD")


def test_sources_that_are_none(source: Path, tmp_path: Path, private_home: Path) -> None:
    with pytest.raises(InputError, match="no such source"):
        build_kernel(str(tmp_path / "none"))
    with pytest.raises(InputError, match="not a kernel's whole source"):
        build_kernel(str(tmp_path))
    with pytest.raises(InputError, match=r"no kernel source 6\.3 was fetched"):
        build_kernel("6.3")
    (tmp_path / "x.tar").write_bytes(b"no tarball")
    with pytest.raises(InputError, match="cannot be unpacked"):
        build_kernel(str(tmp_path / "x.tar"))
    (source / "include/config").mkdir(parents=True)
    with pytest.raises(InputError, match="built inside this source .*mrproper"):
        build_kernel(str(source))
    assert list((private_home / ".cache/kanalyze/kernels").iterdir()) == []


def test_the_environment_does_not_meddle(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALVERSION", "-mine")
    monkeypatch.setenv("O", "/nowhere")
    monkeypatch.setenv("MAKEFLAGS", "--dry-run")
    built = build_kernel(str(source), arch="x86-64")
    release = built.log.parent / "include/config/kernel.release"
    assert release.read_text() == "6.1.5-small\n"


def test_an_interrupt_ends_what_was_started(source: Path, tmp_path: Path) -> None:
    makefile = source / "Makefile"
    text = MAKEFILE.replace(
        "\techo built", f"\techo $$PPID > {tmp_path}/pid; sleep 60\n\techo built"
    )
    makefile.write_text(text)

    class Interrupted:
        def stage(self, text: str, total: int | None) -> None:
            pass

        def step(self, n: int = 1) -> None:
            deadline = time.monotonic() + 20
            while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_kernel(str(source), arch="x86-64", progress=Interrupted())
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("make still runs")


def test_command(source: Path) -> None:
    done = CliRunner().invoke(command, ["build", str(source), "--arch", "x86-64"])
    assert done.exit_code == 0
    assert "not in this release: KSM=y, GUP_BENCHMARK=y" in done.output
    assert "6.1.5-small  /" in done.output


def test_builds_are_listed(source: Path) -> None:
    path = build_kernel(str(source), arch="x86-64").log.parent
    assert [(b.release.name, b.path) for b in built_kernels()] == [("6.1.5-small", path)]


# -------------------------------------------------------------- configurations
@pytest.mark.parametrize("arch", ["x86-64", "arm64"])
@pytest.mark.parametrize("name", CONFIGS)
def test_configurations_have_what_tests_need(name: str, arch: str) -> None:
    options = wanted_config(name, arch).options
    for option in ("SWAP", "ZRAM", "KSM", "IO_URING", "GUP_TEST", "USERFAULTFD", "HUGETLBFS"):
        assert options[f"CONFIG_{option}"] == "y"
    assert options["CONFIG_LOCALVERSION"] == f'"-{name}"'
    assert ("CONFIG_SERIAL_AMBA_PL011" in options) == (arch == "arm64")


def test_options_take_the_place_of_others() -> None:
    wanted = Wanted("x", {"CONFIG_A": "y", "CONFIG_B": "n", "CONFIG_C": '"c"'})
    text = wanted.over("# comment\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_AB=y\n")
    assert text.splitlines() == [
        "# comment",
        "CONFIG_AB=y",
        "CONFIG_A=y",
        "# CONFIG_B is not set",
        'CONFIG_C="c"',
    ]
    assert wanted.refused(text) == ()
    assert wanted.refused("CONFIG_B=m\nCONFIG_A=m\n") == (
        "CONFIG_A=y",
        "CONFIG_B=n",
        'CONFIG_C="c"',
    )


def test_an_unknown_configuration() -> None:
    with pytest.raises(InputError, match=r"no kernel configuration 'big' \(there are small, debug"):
        wanted_config("big", "x86-64")
