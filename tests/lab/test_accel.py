"""KVM counts only where a guest really runs; guests here are played, but for the last test."""

from pathlib import Path

import pytest
from guests import kernel_to_boot

from kanalyze.lab import accel
from kanalyze.lab.accel import choose_accelerator
from kanalyze.lab.events import Lost
from kanalyze.lab.guest import GuestEnd, GuestRequest
from kanalyze.lab.model import Kernel

_KERNEL = Kernel(name="k", given="k", image=Path("/nowhere"), arch="x86-64")


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Play a machine whose KVM can be opened, and return what was tried on it."""
    done: list[str] = []

    def play(request: GuestRequest, on_event: object) -> GuestEnd:
        done.append(request.accelerator)
        bad = request.accelerator == "kvm" or request.kernel.given == "bad"
        lost = Lost(why="boot", reason="it spins") if bad else None
        return GuestEnd(console=Path(), release="", ready=None, seconds=1, lost=lost)

    monkeypatch.setattr(accel, "run_guest", play)
    monkeypatch.setattr(accel, "_KVM", tmp_path)
    monkeypatch.setattr(accel, "_obstacle", lambda arch: "")
    monkeypatch.setattr(accel, "_key", lambda arch: "key")
    return done


def test_what_is_wanted_is_not_tried(tried: list[str], tmp_path: Path) -> None:
    assert choose_accelerator("kvm", _KERNEL, cache=tmp_path).accelerator == "kvm"
    assert choose_accelerator("tcg", _KERNEL, cache=tmp_path).accelerator == "tcg"
    assert tried == []


def test_a_guest_that_spins_under_kvm_is_tried_once(tried: list[str], tmp_path: Path) -> None:
    told: list[int] = []
    for _ in range(2):
        choice = choose_accelerator(
            "auto", _KERNEL, cache=tmp_path, on_trial=lambda: told.append(1)
        )
        assert choice.accelerator == "tcg"
        assert choice.why.endswith("a guest does not run under it: it spins")
    assert tried == ["kvm", "tcg"]
    assert told == [1]


def test_a_kernel_that_boots_nowhere_tells_nothing_of_kvm(tried: list[str], tmp_path: Path) -> None:
    bad = Kernel(name="b", given="bad", image=Path("/nowhere"), arch="x86-64")
    choice = choose_accelerator("auto", bad, cache=tmp_path)
    assert choice.accelerator == "tcg" and "could not be tried" in choice.why
    assert not list(tmp_path.glob("kvm-*"))


def test_another_architecture_is_emulated(tmp_path: Path) -> None:
    other = Kernel(name="k", given="k", image=Path("/nowhere"), arch="arm64")
    choice = choose_accelerator("auto", other, cache=tmp_path)
    if choice.why != "this machine is no arm64":
        pytest.skip("this machine is arm64")
    assert choice.accelerator == "tcg"


@pytest.mark.slow
def test_this_machine_has_an_answer(tmp_path: Path) -> None:
    choice = choose_accelerator("auto", kernel_to_boot(), cache=tmp_path)
    again = choose_accelerator("auto", kernel_to_boot(), cache=tmp_path)
    assert choice == again
    assert choice.why
