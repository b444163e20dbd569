"""Runs made by hand, for the tests of the reports on them."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from scans import HOSTILE

from kanalyze.lab.agreement import held_against
from kanalyze.lab.model import (
    Boot,
    CaseResult,
    Copies,
    Evidence,
    Kernel,
    LabRun,
    Outcome,
    Prediction,
    TestProgram,
)

WORDS = (
    *HOSTILE,
    '<script>alert("x")</script>',
    "]]>&amp;'\"",
    "a\ufffeb\uffffc",
    "--><b>",
    "a # b",
)

OLD, NEW, OWN = "5.10.0-46-cloud-amd64", "7.2.13+deb14-cloud-amd64", "7.2-debug"
REUSE, COPIES, PINS = "cow_rules_reuse", "cow_rules_copies", "cow_rules_pins"

_SPLAT = (
    "[   12.345678] ------------[ cut here ]------------",
    "[   12.345690] WARNING: CPU: 1 PID: 201 at mm/memory.c:3642 do_wp_page+0x5d2/0x9a0",
    "[   12.345702] Call Trace:",
    "[   12.345710]  <TASK>",
    "[   12.345722]  __handle_mm_fault+0x8d1/0xfa0",
    "[   12.345731]  </TASK>",
    "[   12.345740] ---[ end trace 0000000000000000 ]---",
)
_PANIC = (
    "[   20.100000] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
    "[   20.100100] CPU: 0 UID: 0 PID: 1 Comm: init Tainted: G        W",
)


def kernel(name: str, **changes: Any) -> Kernel:
    base = Kernel(
        name=name,
        given=f"{name}.deb",
        image=Path("/cache/kernels") / name / "vmlinuz",
        arch="x86_64",
        release=name,
        options=(("CONFIG_KSM", "y"), ("CONFIG_SWAP", "y")),
    )
    return replace(base, **changes)


def result(kernel: str, program: str, case: str, outcome: Outcome, **more: Any) -> CaseResult:
    suite = "tree" if program in ("cow", "mkdirty") else "generated"
    if "evidence" not in more and case:
        ok = "not ok" if outcome in ("fail", "timeout") else "ok"
        said = (f"# {case}: {more['reason']}",) if more.get("reason") else ()
        more["evidence"] = Evidence(ktap=(*said, f"{ok} 1 {case}"), log=f"logs/{kernel}.txt")
    return CaseResult(
        kernel=kernel, suite=suite, program=program, case=case, outcome=outcome, **more
    )


def program(name: str, **changes: Any) -> TestProgram:
    suite = "tree" if name in ("cow", "mkdirty") else "generated"
    return replace(TestProgram(name=name, path=Path("/out") / name, suite=suite), **changes)


def run(**changes: Any) -> LabRun:
    """Return a run with every outcome, attempts that differ, and predictions."""
    leak = "anon child-vmsplice-unmap none none write R1"
    swap = "swapped child none pageout read-then-write R1"
    pinned = "thp-pmd-2048kB child uring-fixed swap write R3"
    spurious = "thp-pte-2048kB child-exits none none write R2"
    upstream = "vmsplice() + unmap in child ... with THP (2048 kB)"
    results = (
        result(OLD, REUSE, "anon child none none write R1", "pass"),
        result(NEW, REUSE, "anon child none none write R1", "pass"),
        result(OWN, REUSE, "anon child none none write R1", "pass"),
        result(OLD, REUSE, leak, "fail", reason="the child sees what the parent wrote"),
        result(OLD, REUSE, leak, "pass", attempt=2),
        result(NEW, REUSE, leak, "pass"),
        result(
            OWN,
            REUSE,
            leak,
            "kernel-warning",
            reason="pass, and the kernel said: WARNING: CPU: 1 PID: 201 at mm/memory.c:3642",
            evidence=Evidence(ktap=(f"ok 2 {leak}",), console=_SPLAT, log="logs/own.txt"),
        ),
        result(OLD, REUSE, swap, "skip", reason="missing: swap"),
        result(NEW, REUSE, swap, "timeout", reason="timeout after 20 s"),
        result(OWN, REUSE, swap, "xfail", reason="expected to fail: mm/memory.c, do_swap_page()"),
        result(OLD, COPIES, spurious, "pass", reason="spurious copies: 512 of 512 pages",
               copies=Copies(copied=512, pages=512)),
        result(NEW, COPIES, spurious, "pass", reason="spurious copies: 0 of 512 pages",
               copies=Copies(copied=0, pages=512)),
        result(OWN, COPIES, spurious, "not-run", reason=f"the guest was lost in {PINS}: {pinned}"),
        result(OLD, COPIES, "anon alone none none write R2", "pass",
               reason="spurious copies: 0 of 1 pages", copies=Copies(copied=0, pages=1)),
        result(OLD, PINS, pinned, "lost-vm", reason="QEMU ended"),
        result(NEW, PINS, pinned, "fail", reason="the pin does not see what I wrote"),
        result(
            OWN,
            PINS,
            pinned,
            "kernel-panic",
            reason="Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
            evidence=Evidence(console=_PANIC, log="logs/own.txt"),
        ),
        result(OLD, "cow", upstream, "fail", reason="Leak from parent into child"),
        result(NEW, "cow", upstream, "pass"),
        result("6.1-broken", "", "", "boot-failure",
               reason="the kernel did not come to the first test",
               evidence=Evidence(console=("[    0.000000] Linux version 6.1",), log="logs/b.txt")),
    )  # fmt: skip
    predictions = (
        Prediction(kernel=OLD, program=REUSE, case=leak, expected="pass", function="do_wp_page",
                   why="page_count(page) is 2: the other mapping is counted"),
        Prediction(kernel=NEW, program=REUSE, case=leak, expected="pass"),
        Prediction(kernel=NEW, program=PINS, case=pinned, expected="pass",
                   function="folio_try_share_anon_rmap_pmd", why="the pin is seen at fork"),
        Prediction(kernel=OLD, program=COPIES, case=spurious, expected="copy"),
        Prediction(kernel=OWN, program=PINS, case=pinned, expected="pass"),
    )  # fmt: skip
    base = LabRun(
        kernels=(kernel(OLD), kernel(NEW), kernel(OWN), kernel("6.1-broken")),
        programs=(program(REUSE), program(COPIES), program(PINS), program("cow")),
        results=results,
        predictions=held_against(predictions, results),
        boots=(
            Boot(kernel=OLD, release=OLD, accelerator="tcg", ready=2.4, seconds=31.2),
            Boot(kernel="6.1-broken", release="", accelerator="tcg", ready=None, seconds=60.0),
        ),
        machine=(("qemu", "7.2.22"), ("accelerator", "tcg: a guest under KVM did not answer")),
        notes=("6.1-broken never came to a test",),
    )
    return replace(base, **changes)


def hostile() -> LabRun:
    """Return runs in which everything that a guest or a user names is hostile."""
    kernels = tuple(kernel(f"{number} {word}", given=word) for number, word in enumerate(WORDS))
    outcomes: tuple[Outcome, ...] = ("fail", "pass", "skip", "kernel-panic", "not-run")
    results = tuple(
        CaseResult(
            kernel=one.name,
            suite="generated",
            program=f"program {word}",
            case=f"case {word}",
            outcome=outcomes[(number + place) % len(outcomes)],
            reason=word,
            evidence=Evidence(ktap=(word, f"not ok 1 {word}"), console=(word, word), log=word),
        )
        for number, one in enumerate(kernels)
        for place, word in enumerate(WORDS)
    )
    predictions = tuple(
        Prediction(kernel=one.kernel, program=one.program, case=one.case, expected="pass",
                   function=one.reason, why=one.reason)
        for one in results
    )  # fmt: skip
    return LabRun(
        kernels=kernels,
        programs=tuple(program(f"program {word}") for word in WORDS),
        results=results,
        predictions=held_against(predictions, results),
        boots=tuple(Boot(kernel=word, release=word, accelerator=word, ready=1.0, seconds=2.0)
                    for word in WORDS),
        machine=tuple((word, word) for word in WORDS),
        notes=WORDS,
    )  # fmt: skip


_MEMORIES = ("anon", "thp-pmd-2048kB", "thp-pte-2048kB", "hugetlb-2048kB", "swapped",
             "shared-memfd", "swapped-thp-pte-2048kB", "private-tmpfs", "ksm", "zero")  # fmt: skip
_OTHERS = ("alone", "child", "child-exits", "child-vmsplice-unmap", "child-has-half", "grandchild",
           "parent-unmaps")  # fmt: skip
_REFERENCES = ("none", "uring", "gup-read", "gup-write", "vmsplice", "odirect")
_ARMS = ("none", "pageout", "swap", "soft-dirty")
_RULES = {"R1": REUSE, "R2": COPIES, "R3": PINS}


def many(cases: int = 1400, kernels: int = 5, *, broken: bool = False) -> LabRun:
    """Return a big run; ``broken``: everything fails on all kernels but the first."""
    names = [f"{5 + index}.{10 + index}.{100 + index}-cloud-amd64" for index in range(kernels)]
    parts = product(_RULES, _MEMORIES, _OTHERS, _REFERENCES, _ARMS)
    results = []
    for number, (rule, memory, other, reference, arm) in enumerate(parts):
        if number == cases:
            break
        case = f"{memory} {other} {reference} {arm} write {rule}"
        for index, name in enumerate(names):
            bad = broken and index or (number * 7 + index) % 97 == 0
            outcome: Outcome = "fail" if bad else "skip" if (number + index) % 9 == 0 else "pass"
            reason = {"fail": "the other one sees what I wrote at byte 4095 of page 17",
                      "skip": "missing: swap"}.get(outcome, "")  # fmt: skip
            copies = Copies(copied=number % 3, pages=512) if rule == "R2" else None
            results.append(result(name, _RULES[rule], case, outcome, reason=reason, copies=copies))
    return LabRun(
        kernels=tuple(kernel(name) for name in names),
        programs=tuple(program(name) for name in _RULES.values()),
        results=tuple(results),
    )
