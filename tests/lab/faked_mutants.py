"""A kernel with mutants, faked: what its guests tell of, and what is known before."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faked_guests import LOSSES

from kanalyze.lab.events import Booted, Ended, GuestEvent, Line, Lost, Started
from kanalyze.lab.guest import GuestEnd, GuestRequest
from kanalyze.lab.mutant_model import Baseline, CaseCount, Suspect

_Counts = dict[str, dict[int, tuple[int, int]]]

#: Cases of the generated program, and by which mutants each comes: reached, otherwise.
COUNTS: _Counts = {
    "anon a R1": {1: (9, 2), 2: (5, 5)},
    "anon b R3": {1: (9, 9)},
    "thp a R1": {1: (9, 1), 3: (4, 0)},
}


@dataclass
class FakedKernel:
    """Stands in for run_guest: a kernel with mutants, and what a case does under each.

    ``fates`` has (mutant, case) -> what happens, each time it is run: as in
    faked_guests, or "warn" (the kernel complains), "error" (the case hangs, and those
    behind it are skipped) and "silent" (the program ends and tells nothing).  Mutant 0
    is the unchanged kernel.  Under those of ``hung`` no program names its cases.
    """

    fates: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    counts: _Counts = field(default_factory=lambda: COUNTS)
    boots: list[str] = field(default_factory=list)
    error: str = ""
    tree: tuple[str, ...] = ("t1", "t2")
    guests: list[list[tuple[int, tuple[str, ...]]]] = field(default_factory=list)
    patient: list[bool] = field(default_factory=list)
    reached: int = 3
    hung: tuple[int, ...] = ()
    deadlines: list[int] = field(default_factory=list)

    def __call__(
        self,
        request: GuestRequest,
        on_event: Callable[[GuestEvent], None],
        stop: threading.Event | None = None,
    ) -> GuestEnd:
        console = request.workdir / "console.log"
        self._console: list[str] = []
        self.guests.append([])
        why = self.boots.pop(0) if self.boots else ""
        lost = Lost(why=why, reason=f"lost: {why}") if why else None  # type: ignore[arg-type]
        if lost is None:
            on_event(Booted(seconds=1.0, release="6.12"))
            for index, program in enumerate(request.programs):
                on_event(Started(index=index))
                self.deadlines.append(program.deadline)
                lost = self._run(index, program.arguments, on_event)
                if lost is not None:
                    break
        if lost is not None:
            on_event(lost)
        console.write_text("\n".join(self._console))
        return GuestEnd(console=console, release="6.12", ready=1.0, seconds=1.0, lost=lost)

    def _run(
        self, index: int, arguments: tuple[str, ...], on_event: Callable[[GuestEvent], None]
    ) -> Lost | None:
        def say(*texts: str) -> None:
            for text in texts:
                on_event(Line(index=index, text=text))

        def end(**how: Any) -> None:
            on_event(Ended(index=index, seconds=1.0, **how))

        if self.error:
            say(f"@error {self.error}")
            end(status=3)
            return None
        if arguments[0] == "count":
            for at, (name, counts) in enumerate(self.counts.items(), 1):
                fate = self._fate(0, name)
                say("TAP version 13", f"1..{len(self.counts)}")
                say(f"{'not ok' if fate == 'fail' else 'ok'} {at} {name}")
                told = (f" {number}:{one[0]}:{one[1]}" for number, one in counts.items())
                say(f"@counts {at}{''.join(told)}")
                if fate == "timeout":
                    end(timeout=True)
                    return None
            end(status=0)
            return None
        whole = arguments[0] == "whole"
        if whole:
            arguments = ("mutant", "0", "0", *arguments[1:])
        mutant, program, options = int(arguments[1]), Path(arguments[3]).name, arguments[4:]
        names = self.tree
        if program == "rules":
            numbers = options[options.index("--only") + 1].split(",")
            every = enumerate(self.counts, 1)
            names = tuple(name for at, name in every if str(at) in numbers)
            if mutant:
                self.patient.append("--one-hang" not in options)
        self.guests[-1].append((mutant, names))
        if mutant in self.hung:
            say(f"@hung {mutant}", f"@mutant {mutant} 9 9")
            end(status=0)
            return None
        say("TAP version 13", f"1..{len(names)}")
        hung = False
        for number, name in enumerate(names, 1):
            fate = self._fate(mutant, name)
            if fate == "silent":
                break
            say(f"# starting {name}")
            if fate in LOSSES:
                return Lost(why=LOSSES[fate], reason=f"lost: {fate}")
            if fate in ("timeout", "die"):
                end(**({"timeout": True} if fate == "timeout" else {"signal": 11}))
                return None
            if fate == "warn":
                self._console += [
                    f"[    1.000000] kanalyze: program {index} result {number - 1}",
                    f"[    1.000001] cow_rules_case: {name}",
                    "[    1.000002] ------------[ cut here ]------------",
                    "[    1.000003] WARNING: CPU: 0 PID: 9 at mm/memory.c:1 do_wp_page+0x1/0x2",
                    "[    1.000004] ---[ end trace 0000000000000000 ]---",
                ]
            if hung:
                say(f"ok {number} # SKIP {name}")
                continue
            if fate == "error":
                hung = True
                say(f"# {name}: timeout after 20 s", f"not ok {number} # error {name}")
                continue
            say(f"{'not ok' if fate == 'fail' else 'ok'} {number} {name}")
        say("@counts 0 1:3:1" if whole else f"@mutant {mutant} {self.reached} 1")
        end(status=0)
        return None

    def _fate(self, mutant: int, case: str) -> str:
        queue = self.fates.get((mutant, case), [])
        return queue.pop(0) if queue else "pass"


def of(number: int, **more: Any) -> Suspect:
    return Suspect(id=f"m{number}", number=number, **more)


def known(counts: _Counts) -> Baseline:
    """Return the baseline of a kernel with these counts, all of whose cases pass."""
    return Baseline(
        cases=tuple(
            CaseCount(
                program="rules", case=name, number=at, outcome="pass",
                counts=tuple((number, *one) for number, one in by_mutant.items()),
            )
            for at, (name, by_mutant) in enumerate(counts.items(), 1)
        )
    )  # fmt: skip


KNOWN = known(COUNTS)
TREE = Baseline(
    cases=tuple(
        CaseCount(program="cow", case=case, number=0, outcome="pass", counts=((1, 3, 1),))
        for case in ("t1", "t2")
    )
)
