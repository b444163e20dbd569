"""A machine that builds kernels and runs guests in no time, and sources that it builds."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from work_trees import begin, commit

from kanalyze import config
from kanalyze.history.scan import ScanRequest
from kanalyze.lab.build import BuildFailed, Built
from kanalyze.lab.model import CaseResult, Copies, Evidence, Kernel, LabRun, Outcome, TestProgram
from kanalyze.lab.run import RunRequest
from kanalyze.review import evidence_kernels, on_kernels
from kanalyze.review.model import Review
from kanalyze.review.on_kernels import OnKernels, with_runs
from kanalyze.review.request import ReviewRequest, review

CODE = """\
#include <linux/mm.h>

static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vmf->page;

	if (PageKsm(page) || page_count(page) != 1)
		goto copy;
	wp_page_reuse(vmf);
	return 0;
copy:
	return wp_page_copy(vmf);
}
"""
WRONG = CODE.replace("page_count", "page_mapcount")
MAKEFILE = "VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 1\nEXTRAVERSION =\n"
KERNEL = Kernel(
    name="7.2.1-small", given="k", image=Path("i"), arch="x86-64", release="7.2.1-small",
    options=(("CONFIG_CC_VERSION_TEXT", "gcc 13"),),
)  # fmt: skip
#: What a case comes to, for a program's name and what the kernel was built of.
Judge = Callable[[str, str], Outcome]


def rule_1_breaks(case: str, text: str) -> Outcome:
    return "fail" if case.endswith("R1") and "page_mapcount" in text else "pass"


class Machine:
    """Builds kernels, and runs guests, in no time."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.built: list[str] = []
        self.copies: list[Path] = []
        self.fails_to_build: Callable[[str], bool] = lambda text: False
        self.boots: Callable[[str], bool] = lambda text: True
        self.judge: Judge = rule_1_breaks
        self.cases: list[str] = []
        self.requests: list[RunRequest] = []
        for module, name, stand_in in (
            (evidence_kernels, "build_kernel", self._build),
            (evidence_kernels, "find_kernel", lambda given: replace(KERNEL, given=given)),
            (on_kernels, "build_generated", self._tests),
            (on_kernels, "build_tree_tests", self._tree_tests),
            (on_kernels, "run_tests", self._run),
        ):
            monkeypatch.setattr(module, name, stand_in)

    def _build(self, source: str, name: str, **_: object) -> Built:
        text = (Path(source) / "mm/memory.c").read_text()
        self.built.append(text)
        self.copies.append(Path(source))
        if self.fails_to_build(text):
            raise BuildFailed("does not build: mm/memory.c:7: error: no", hint="all of it: /log")
        target = self.place / "7.2.1-small-0123"
        (target / "arch/x86/boot").mkdir(parents=True, exist_ok=True)
        (target / "arch/x86/boot/bzImage").write_text(text)
        return Built(KERNEL, (), target / "build.log", False)

    def _tests(self, directory: Path, arch: object, build: Path) -> tuple[TestProgram, ...]:
        assert build.is_dir() and not list(build.iterdir())
        names = [path.stem for path in sorted(directory.glob("*.c"))]
        return tuple(TestProgram(name=one, path=build / one, suite="generated") for one in names)

    def _tree_tests(
        self, source: Path, names: tuple[str, ...], arch: object, build: Path
    ) -> tuple[tuple[TestProgram, ...], tuple[str, ...]]:
        assert "mapcount" in (source / "mm/memory.c").read_text()
        cow = TestProgram(name="cow", path=build / "cow", suite="tree")
        return (cow,), (f"asked for {', '.join(names)}",)

    def _run(self, request: RunRequest) -> LabRun:
        self.requests.append(request)
        results: list[CaseResult] = []
        for kernel in request.kernels:
            text = (Path(kernel.given) / "arch/x86/boot/bzImage").read_text()
            if not self.boots(text):
                results.append(
                    CaseResult(
                        kernel=kernel.name, suite="", program="", case="", outcome="boot-failure",
                        reason="it said nothing", evidence=Evidence(console=("panic",)),
                    )
                )  # fmt: skip
                continue
            for case in self.cases or ["anon child none none write R1", "anon alone none none R2"]:
                outcome = self.judge(case, text)
                results.append(
                    CaseResult(
                        kernel=kernel.name, suite="generated", program="p", case=case,
                        outcome=outcome, copies=Copies(copied=len(text) % 7, pages=512),
                        evidence=Evidence(ktap=(f"{outcome} 1 {case}",), log="logs/1"),
                    )
                )  # fmt: skip
        return LabRun(kernels=request.kernels, programs=request.programs, results=tuple(results))


def a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path) -> Machine:
    """Return a machine that is there instead of this one; to be a fixture."""
    return Machine(tmp_path / "kernels", monkeypatch)


def a_source(tmp_path: Path) -> Path:
    """Return a directory that is whole enough to be built; to be a fixture."""
    return whole(tmp_path / "linux")


def whole(place: Path) -> Path:
    (place / "mm").mkdir(parents=True)
    (place / "mm/memory.c").write_text(CODE)
    (place / "Makefile").write_text(MAKEFILE)
    (place / "Kconfig").write_text("")
    return place


def commits(tree: Path) -> None:
    """Make a repository of a tree, with a wrong commit on top."""
    begin(tree)
    commit(tree, {"mm/memory.c": WRONG}, "mm: wrong")


def diff(changes: Mapping[str, tuple[str, str]]) -> bytes:
    """Return a diff between texts of files; "" is a file that is not there."""
    lines: list[str] = []
    for path, (before, after) in changes.items():
        names = f"a/{path}" if before else "/dev/null", f"b/{path}" if after else "/dev/null"
        lines.append(f"diff --git a/{path} b/{path}\n")
        lines += ["new file mode 100644\n"] * (not before)
        lines += ["deleted file mode 100644\n"] * (not after)
        lines += difflib.unified_diff(before.splitlines(True), after.splitlines(True), *names)
    return "".join(lines).encode("utf-8", "surrogateescape")


def reviewed(
    tree: Path,
    mail: bytes = b"",
    how: OnKernels | None = None,
    *,
    range: str = "",
    base: str = "",
    db: Path | None = None,
) -> Review:
    scan = ScanRequest(
        tree=str(tree), config=config.load(None), history=False,
        db=db or tree.parent / "facts.sqlite", jobs=1,
    )  # fmt: skip
    request = ReviewRequest(scan=scan, mail=mail or None, where="-", range=range, base=base)
    return with_runs(review(request), request, how or OnKernels())


def files(place: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in place.rglob("*") if one.is_file()}


MAPCOUNT = diff({"mm/memory.c": (CODE, WRONG)})
