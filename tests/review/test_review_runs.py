"""A series on kernels: what is built, in which state of the source, and what is told of it."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kanalyze import config
from kanalyze.errors import InputError
from kanalyze.history.scan import ScanRequest
from kanalyze.lab.build import BuildFailed, Built
from kanalyze.lab.model import CaseResult, Copies, Evidence, Kernel, LabRun, Outcome, TestProgram
from kanalyze.lab.mutant_model import Baseline, Kill, MutantResult, SuiteVerdict
from kanalyze.lab.run import RunRequest
from kanalyze.mutants import PLACEBO, Mutant
from kanalyze.mutants.model import Verdict
from kanalyze.places import user_cache_dir
from kanalyze.review import evidence_kernels, evidence_mutants, on_kernels
from kanalyze.review.model import Review
from kanalyze.review.mutation import Mutation, MutationRequest
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


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path) -> Machine:
    return Machine(tmp_path / "kernels", monkeypatch)


def whole(place: Path) -> Path:
    (place / "mm").mkdir(parents=True)
    (place / "mm/memory.c").write_text(CODE)
    (place / "Makefile").write_text(MAKEFILE)
    (place / "Kconfig").write_text("")
    return place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return whole(tmp_path / "linux")


def diff(changes: Mapping[str, tuple[str, str]]) -> bytes:
    """Return a diff between texts of files; "" is a file that is not there."""
    import difflib

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


def test_a_wrong_patch_is_shown_by_the_case_that_fails(source: Path, machine: Machine) -> None:
    before = files(source)
    found = reviewed(source, MAPCOUNT)
    assert files(source) == before
    assert sorted(machine.built) == sorted([CODE, WRONG])
    first, second = found.evidence
    assert (first.case, first.before, first.after) == (
        "anon child none none write R1", "pass", "fail",
    )  # fmt: skip
    assert (first.kernel, first.config, first.log) == ("7.2.1-small", "small", "logs/1")
    assert first.lines == ("fail 1 anon child none none write R1",)
    assert second.pages == 512 and second.copied_before != second.copied_after
    finding = next(one for one in found.findings if one.status == "introduced")
    assert finding.guards == ("anon child none none write R1",)
    facts = dict(found.facts)
    assert facts["config"] == "small" and facts["built with"] == "gcc 13"
    (request,) = machine.requests
    assert [one.name for one in request.kernels] == ["base", "with the series"]
    assert request.repeat > 1 and request.most_repeated


def test_the_base_is_built_once_for_several_reviews(source: Path, machine: Machine) -> None:
    reviewed(source, MAPCOUNT)
    other = CODE.replace("!= 1", "> 2")
    reviewed(source, diff({"mm/memory.c": (CODE, other)}))
    assert machine.built == [WRONG, CODE, other]
    assert len(set(machine.copies)) == 1
    # A base that was changed is built anew.
    (source / "mm/memory.c").write_text("/* new */\n" + CODE)
    reviewed(source, diff({"mm/memory.c": ("/* new */\n" + CODE, "/* new */\n" + WRONG)}))
    assert machine.built[3:] == ["/* new */\n" + WRONG, "/* new */\n" + CODE]


def test_files_come_and_go_with_the_series(source: Path, machine: Machine) -> None:
    seen: list[dict[str, bool]] = []

    def look(text: str) -> bool:
        place = machine.copies[-1]
        seen.append({one: (place / one).exists() for one in ("mm/new.c", "mm/old.c")})
        return False

    (source / "mm/old.c").write_text("int old;\n")
    machine.fails_to_build = look
    changes = {
        "mm/memory.c": (CODE, WRONG),
        "mm/new.c": ("", "int new;\n"),
        "mm/old.c": ("int old;\n", ""),
    }
    reviewed(source, diff(changes))
    assert seen == [{"mm/new.c": True, "mm/old.c": False}, {"mm/new.c": False, "mm/old.c": True}]


def test_a_series_that_does_not_build_is_said_so(source: Path, machine: Machine) -> None:
    machine.fails_to_build = lambda text: "mapcount" in text
    found = reviewed(source, MAPCOUNT)
    (one,) = found.evidence
    assert (one.case, one.before, one.after) == ("the kernel builds", "pass", "build-failed")
    assert all(finding.guards for finding in found.findings if finding.status == "introduced")
    assert one.lines == ("does not build: mm/memory.c:7: error: no",)
    assert one.log == "/log" and one.suite == ""
    assert not machine.requests


def test_a_base_that_does_not_build_is_an_error(source: Path, machine: Machine) -> None:
    machine.fails_to_build = lambda text: True
    with pytest.raises(InputError, match="the base does not build"):
        reviewed(source, MAPCOUNT)


def test_a_series_that_does_not_boot_is_said_so(source: Path, machine: Machine) -> None:
    machine.boots = lambda text: "mapcount" not in text
    (one,) = reviewed(source, MAPCOUNT).evidence
    assert (one.case, one.after) == ("the kernel boots", "boot-failure")
    assert one.lines == ("panic",) and one.reason == "it said nothing"


def test_a_base_that_does_not_boot_is_an_error(source: Path, machine: Machine) -> None:
    machine.boots = lambda text: False
    with pytest.raises(InputError, match="the base does not boot"):
        reviewed(source, MAPCOUNT)


def test_what_failed_before_is_kept_as_that(source: Path, machine: Machine) -> None:
    machine.judge = lambda case, text: "fail" if case.endswith("R1") else "pass"
    first = reviewed(source, MAPCOUNT).evidence[0]
    assert (first.before, first.after) == ("fail", "fail")


def test_a_repository_with_a_part_of_the_source(tmp_path: Path, machine: Machine) -> None:
    tree = whole(tmp_path / "linux")
    (tree / "Kconfig").unlink()
    commits(tree)
    with pytest.raises(InputError, match="only a part of a kernel's source") as error:
        reviewed(tree, range="HEAD~1..HEAD")
    assert "unpacked source" in error.value.hint
    assert not machine.built


def commits(tree: Path) -> None:
    """Make a repository of a tree, with a wrong commit on top."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(tree), *who, *arguments], check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=master")
    git("add", ".")
    git("commit", "--quiet", "--message", "mm: begin")
    (tree / "mm/memory.c").write_text(WRONG)
    git("commit", "--quiet", "--all", "--message", "mm: wrong")


def test_commits_of_a_repository(source: Path, machine: Machine) -> None:
    commits(source)
    (source / "mm/memory.c").write_text("what lies in the work tree does not count")
    found = reviewed(source, range="HEAD~1..HEAD")
    assert machine.built == [WRONG, CODE]
    assert found.evidence[0].after == "fail"
    assert reviewed(source, MAPCOUNT, base="HEAD~1").evidence == found.evidence
    assert machine.built == [WRONG, CODE, WRONG]


def test_nothing_is_built_for_what_touches_nothing(source: Path, machine: Machine) -> None:
    comment = CODE.replace("copy:\n", "copy:\n\t/* a comment */\n")
    found = reviewed(source, diff({"mm/memory.c": (CODE, comment)}))
    assert not machine.built and not found.evidence
    assert found.notes[-1] == "nothing was run: it touches no decision"
    found = reviewed(source, diff({"mm/memory.c": (WRONG, CODE)}))
    assert found.partial and found.notes[-1] == "nothing was run: it does not apply"


def test_a_patch_behind_a_link_is_refused(source: Path, tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "outside").mkdir()
    (source / "link").symlink_to(tmp_path / "outside")
    changes = {"mm/memory.c": (CODE, WRONG), "link/evil.c": ("", "int evil;\n")}
    with pytest.raises(InputError, match="behind a link"):
        reviewed(source, diff(changes))
    assert not list((tmp_path / "outside").iterdir())


def test_a_review_that_was_killed_leaves_nothing_behind(
    source: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kanalyze.review.evidence_source import PrivateSource

    with monkeypatch.context() as killed:
        killed.setattr(PrivateSource, "restore", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            machine.fails_to_build = interrupt
            reviewed(source, diff({"mm/memory.c": (CODE, WRONG), "mm/new.c": ("", "int new;\n")}))
    (copy,) = (user_cache_dir() / "review").glob("*/source")
    assert (copy / "mm/new.c").exists()
    machine.fails_to_build = lambda text: False
    reviewed(source, MAPCOUNT)
    assert machine.built[1:] == [WRONG, CODE]
    assert not (copy / "mm/new.c").exists()
    assert files(copy) == {str(copy / name): files(source)[str(source / name)]
                           for name in ("Makefile", "Kconfig", "mm/memory.c")}  # fmt: skip


def interrupt(text: str) -> bool:
    raise KeyboardInterrupt


def test_the_trees_own_tests_are_those_of_the_series(source: Path, machine: Machine) -> None:
    how = OnKernels(suites=("tree",), tree_tests=("cow",))
    found = reviewed(source, MAPCOUNT, how)
    assert [one.name for one in machine.requests[0].programs] == ["cow"]
    assert "asked for cow" in found.notes and found.evidence
    assert "test cases" not in dict(found.facts)
    reviewed(source, MAPCOUNT, replace(how, suites=("generated", "tree")))
    assert [one.suite for one in machine.requests[1].programs][-2:] == ["generated", "tree"]


# ----------------------------------------------------------------------- mutants


def mutant(name: str, operator: str = "force-reuse", verdict: Verdict = "distinct") -> Mutant:
    return Mutant(
        id=name, operator=operator, function="do_wp_page", file="mm/memory.c", line=7, text="x",
        ids=(), verdict=verdict, why="the same in every state", diff="",
        edits=(), choices=(), witness=None, group=(),
    )  # fmt: skip


def test_mutants_are_made_on_the_series(
    source: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[MutationRequest] = []

    def campaign(request: MutationRequest, executors: object) -> Mutation:
        asked.append(request)
        assert (Path(request.scan.tree) / "mm/memory.c").read_text() == WRONG
        assert request.tests is not None and list(request.tests.glob("*.c"))
        (request.directory / "generated").mkdir(parents=True)
        kill = Kill(suite="generated", program="p", case="a R1", outcome="fail")
        return Mutation(
            tree="", describe="", baseline=Baseline(cases=()), facts=(), notes=("noted",),
            mutants=(mutant("placebo", PLACEBO), mutant("a"), mutant("b"),
                     mutant("c", verdict="equivalent")),
            results=(
                MutantResult(id="a", verdicts=(SuiteVerdict(
                    suite="generated", outcome="killed-by-assertion", ran=2, kills=(kill, kill)),)),
                MutantResult(id="b", verdicts=(SuiteVerdict(
                    suite="generated", outcome="survived", ran=3),)),
                MutantResult(id="c", verdicts=(SuiteVerdict(
                    suite="", outcome="equivalent", ran=0),)),
            ),
        )  # fmt: skip

    monkeypatch.setattr(evidence_mutants, "mutate", campaign)
    found = reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    assert [(one.id, one.outcome, one.cases, one.reason) for one in found.mutants] == [
        ("a", "killed-by-assertion", ("a R1",), ""),
        ("b", "survived", (), "3 cases come by it, and none notices"),
        ("c", "equivalent", (), "the same in every state"),
    ]
    assert "do_wp_page" in asked[0].wanted
    assert found.notes[-1] == "noted" and found.evidence
    # What a campaign knows of other cases is of no use to the next one.
    reviewed(source, MAPCOUNT, OnKernels(mutating=True))
    assert len(asked) == 2


def test_nothing_is_mutated_in_what_does_not_build(source: Path, machine: Machine) -> None:
    machine.fails_to_build = lambda text: "mapcount" in text
    assert reviewed(source, MAPCOUNT, OnKernels(mutating=True)).mutants == ()
