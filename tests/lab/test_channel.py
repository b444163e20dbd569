"""What is read from a guest's channel and console, and what goes into its initramfs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kanalyze.errors import InputError
from kanalyze.lab.arch import ARM64, X86_64
from kanalyze.lab.channel import Beat, ChannelReader, Done, GarbledChannel, Greeted, Told
from kanalyze.lab.console import ConsoleLog
from kanalyze.lab.events import Booted, Ended, Line, Noted, Started
from kanalyze.lab.initramfs import pack
from kanalyze.lab.settings import Settings, orders
from kanalyze.resources import templates_dir

_HELLO = b"- hello 1 6.1.0\n"


def _told(data: bytes, programs: int = 2) -> list[Told]:
    return list(ChannelReader(programs).feed(data, 1.5))


def test_a_whole_guest() -> None:
    said = b"- ready 5\n0 start /a\n0 out ok 1 x\n0 err  y\n0 end exit 3 250\n- note n\n- done 9\n"
    assert _told(_HELLO + said) == [
        Greeted("6.1.0"),
        Booted(seconds=1.5, release="6.1.0"),
        Started(index=0),
        Line(index=0, text="ok 1 x"),
        Line(index=0, text=" y", stream="err"),
        Ended(index=0, seconds=0.25, status=3),
        Noted(text="n"),
        Done(),
    ]


def test_pieces_make_the_same_frames() -> None:
    whole = _HELLO + b"0 start /a\n0 out \xc3\xa4\xff\n0 end signal 9 1\n- beat 1\n"
    reader = ChannelReader(1)
    told = [one for byte in whole for one in reader.feed(bytes([byte]), 1.5)]
    assert told == _told(whole)
    assert told[2:] == [
        Line(index=0, text="ä\udcff"),
        Ended(index=0, seconds=0.001, signal=9),
        Beat(),
    ]


def test_what_firmware_prints_before_is_no_matter() -> None:
    assert _told(b"SeaBIOS\n0 start\n" + _HELLO) == [Greeted("6.1.0")]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"garbage",
        b"- start /a",
        b"0 out before its start",
        b"0 end exit 0 0",
        b"2 start /third-of-two",
        b"-1 start /a",
        b"x start /a",
        b"0 start /a\n1 start /b",
        b"0 start /a\n1 out x",
        b"0 start /a\n0 end maybe 0 0",
        b"0 start /a\n0 end exit 0",
        b"0 start /a\n0 end exit 0 0\n0 out late",
        b"0 start /a\n0 out " + b"x" * 9000,
    ],
)
def test_what_init_never_says_is_an_error(frame: bytes) -> None:
    with pytest.raises(GarbledChannel):
        _told(_HELLO + frame + (b"" if len(frame) > 8000 else b"\n"))


def test_another_init_is_an_error() -> None:
    with pytest.raises(GarbledChannel, match="version '2'"):
        _told(b"- hello 2 6.1.0\n")


def test_a_short_console_is_kept_as_it_is(tmp_path: Path) -> None:
    with ConsoleLog(tmp_path / "log") as console:
        console.feed(b"one\r\ntw")
        console.feed(b"o\n[ 1.0] kanalyze: program 0 result 0\nrest")
    assert (tmp_path / "log").read_bytes().endswith(b"result 0\nrest")
    assert console.tail() == ("one", "two", "rest")
    assert console.panic == ""


def test_a_long_console_keeps_both_ends(tmp_path: Path) -> None:
    with ConsoleLog(tmp_path / "log", limit=1000) as console:
        for number in range(100000):
            console.feed(b"line %d\n" % number)
    kept = (tmp_path / "log").read_bytes()
    assert len(kept) < 70000
    assert kept.startswith(b"line 0\nline 1\n") and kept.endswith(b"line 99999\n")
    assert b" bytes left out ...]\n" in kept
    left_out = int(kept.partition(b"[... ")[2].partition(b" ")[0])
    assert len(kept.replace(b"\n[... %d bytes left out ...]\n" % left_out, b"")) == (
        console.size - left_out
    )


def test_panics_are_seen(tmp_path: Path) -> None:
    with ConsoleLog(tmp_path / "log") as console:
        console.feed(b"[ 8.1] Oops: int3: 0000 [#1] SMP\n[ 8.2] Kernel panic - not sync")
        assert (console.panic, console.int3) == ("", True)
        console.feed(b"ing: Fatal exception\n[ 8.3] Kernel panic - not syncing: another\n")
    assert console.panic == "Kernel panic - not syncing: Fatal exception"


def test_an_initramfs_is_what_cpio_reads(tmp_path: Path) -> None:
    archive = pack({"init": b"\x7fELF", "tests/0/a": b"abc"}, {"orders": b"x\n"}, ["proc"])
    assert archive == pack({"tests/0/a": b"abc", "init": b"\x7fELF"}, {"orders": b"x\n"}, ["proc"])
    if shutil.which("cpio") is None:
        pytest.skip("there is no cpio")
    listing = subprocess.run(
        ("cpio", "-itv", "--numeric-uid-gid"), input=archive, capture_output=True, check=True
    )
    lines = [line.split() for line in listing.stdout.decode().splitlines()]
    modes = {words[-1]: words[0] for words in lines}
    assert modes["init"] == modes["tests/0/a"] == "-rwxr-xr-x"
    assert modes["orders"] == "-rw-r--r--"
    assert modes["proc"] == modes["tests"] == modes["tests/0"] == modes["dev"] == "drwxr-xr-x"
    assert modes["dev/console"] == "crw-------"
    names = [words[-1] for words in lines]
    assert names.index("tests") < names.index("tests/0") < names.index("tests/0/a")


def test_what_no_order_can_say_is_refused() -> None:
    for word in ("two\twords", "two\nlines", "", "\0"):
        with pytest.raises(InputError):
            orders(X86_64, Settings(), (), [(1, ("/tests/0/a", word))])


def test_more_words_than_an_order_has_are_refused() -> None:
    orders(X86_64, Settings(), (), [(1, ("/tests/0/a", *["x"] * 253))])
    with pytest.raises(InputError, match="/tests/0/a: has too many arguments"):
        orders(X86_64, Settings(), (), [(1, ("/tests/0/a", *["x"] * 254))])


def test_more_orders_than_init_reads_are_refused() -> None:
    with pytest.raises(InputError, match="too many programs"):
        orders(X86_64, Settings(), (), [(1, ("/tests/0/a", "x" * 1000))] * 1100)


@pytest.mark.parametrize("compiler", ["gcc", "clang", "aarch64-linux-gnu-gcc"])
def test_init_compiles_without_warnings(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    flags = ("-std=gnu11", "-O2", "-static", "-Wall", "-Wextra", "-Wshadow", "-Werror")
    source = templates_dir() / "lab/init.c"
    subprocess.run((compiler, *flags, "-o", str(tmp_path / "init"), str(source)), check=True)


def test_images_are_told_apart(tmp_path: Path) -> None:
    x86, arm = tmp_path / "bzImage", tmp_path / "Image"
    x86.write_bytes(bytes(0x202) + b"HdrS" + bytes(2000))
    arm.write_bytes(bytes(0x38) + b"ARM\x64" + bytes(2000))
    X86_64.check_image(x86)
    ARM64.check_image(arm)
    with pytest.raises(InputError, match="is no kernel for x86-64"):
        X86_64.check_image(arm)
    with pytest.raises(InputError, match="No such file"):
        ARM64.check_image(tmp_path / "none")
