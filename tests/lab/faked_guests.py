"""Guests that need no QEMU: programs with cases, and what happens to the guest in each."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kanalyze.lab.events import Booted, Ended, GuestEvent, Line, Loss, Lost, Noted, Started
from kanalyze.lab.guest import GuestEnd, GuestProgram, GuestRequest
from kanalyze.lab.model import Kernel, TestProgram

KERNEL = Kernel(name="6.12", given="6.12", image=Path("vmlinuz"), arch="x86-64")
#: Ways in which a case takes its guest along.
LOSSES: dict[str, Loss] = {
    "panic": "panic",
    "hang": "hang",
    "qemu-died": "qemu-died",
    "emulator": "emulator",
    "channel": "channel",
}


def generated(name: str = "rules", *, deadline: int = 600) -> TestProgram:
    return TestProgram(name=name, path=Path(name), suite="generated", deadline=deadline)


def upstream(name: str = "cow") -> TestProgram:
    return TestProgram(name=name, path=Path(name), suite="tree")


@dataclass
class FakedGuests:
    """Stands in for run_guest.

    ``programs`` has the cases of each, in order.  ``fates`` says what becomes of a
    case, each time that it is run: "pass" (also when the list is used up), "fail",
    "skip", "timeout" (of the program), "die" (of a signal), or one of LOSSES; "untold" is
    one whose words are lost, and "late-panic" what lost them.
    ``boots`` has what becomes of each guest: "" or why it is lost before any test.
    """

    programs: dict[str, tuple[str, ...]]
    fates: dict[str, list[str]] = field(default_factory=dict)
    boots: list[Loss | str] = field(default_factory=list)
    broken_lists: list[str] = field(default_factory=list)
    requests: list[GuestRequest] = field(default_factory=list)
    before: Callable[[GuestRequest, threading.Event | None], None] = lambda request, stop: None
    note: str = ""
    _console: list[str] = field(default_factory=list)

    def __call__(
        self,
        request: GuestRequest,
        on_event: Callable[[GuestEvent], None],
        stop: threading.Event | None = None,
    ) -> GuestEnd:
        self.requests.append(request)
        self.before(request, stop)
        console = request.workdir / "console.log"
        self._console = ["Linux version"]
        lost = self._boot(on_event)
        if lost is None:
            on_event(Booted(seconds=2.0, release="6.12.1"))
            if self.note:
                on_event(Noted(text=self.note))
            for index, program in enumerate(request.programs):
                on_event(Started(index=index))
                lost = self._run(index, program, on_event)
                if lost is not None:
                    break
        if lost is not None:
            on_event(lost)
        console.write_text("\n".join(self._console) + "\n")
        ready = None if lost and lost.why == "boot" else 2.0
        return GuestEnd(console=console, release="6.12.1", ready=ready, seconds=9.0, lost=lost)

    def arguments(self) -> list[list[tuple[str, ...]]]:
        """Return with what the programs of each guest were called."""
        return [[one.arguments for one in request.programs] for request in self.requests]

    def _boot(self, on_event: Callable[[GuestEvent], None]) -> Lost | None:
        why = self.boots.pop(0) if self.boots else ""
        return Lost(why=why, reason=f"lost: {why}") if why else None  # type: ignore[arg-type]

    def _run(
        self, index: int, program: GuestProgram, on_event: Callable[[GuestEvent], None]
    ) -> Lost | None:
        def say(text: str) -> None:
            on_event(Line(index=index, text=text))

        def end(**how: int | bool) -> None:
            on_event(Ended(index=index, seconds=1.0, **how))  # type: ignore[arg-type]

        asked, options, words = _understood(program.arguments)
        cases = [one for one in self.programs[program.path.name] if all(w in one for w in words)]
        if "--list" in asked:
            whole = program.path.name not in self.broken_lists
            for name in cases if whole else cases[:1]:
                say(name)
            end(status=0) if whole else end(signal=11)
            return None
        say("TAP version 13")
        say(f"1..{len(cases)}")
        for number, name in enumerate(cases, 1):
            if number < int(options.get("--from", "1")):
                continue
            if "--only" in options and str(number) not in options["--only"].split(","):
                continue
            queue = self.fates.get(name, [])
            fate = queue.pop(0) if queue else "pass"
            if fate == "untold":
                continue
            if fate == "late-panic":
                self._console += [
                    f"[    9.000000] kanalyze: program {index} result 0",
                    f"[    9.000001] cow_rules_case: {name}",
                    "[    9.000002] Kernel panic - not syncing: sysrq triggered crash",
                ]
                return Lost(why="panic", reason="Kernel panic - not syncing")
            say(f"# starting {name}")
            if fate in LOSSES:
                return Lost(why=LOSSES[fate], reason=f"lost: {fate}")
            if fate == "timeout":
                end(timeout=True)
                return None
            if fate == "die":
                end(signal=11)
                return None
            ok = {"pass": "ok", "fail": "not ok", "skip": "ok"}[fate]
            say(f"{ok} {number} {'# SKIP ' if fate == 'skip' else ''}{name}")
        end(status=0)
        return None


def _understood(arguments: Sequence[str]) -> tuple[set[str], dict[str, str], list[str]]:
    """Return a program's flags, its options with values, and its words."""
    flags, options, words = set(), {}, []
    left = list(arguments)
    while left:
        one = left.pop(0)
        if one in ("--from", "--only"):
            options[one] = left.pop(0)
        elif one.startswith("--"):
            flags.add(one)
        else:
            words.append(one)
    return flags, options, words
