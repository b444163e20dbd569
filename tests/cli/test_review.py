"""``kanalyze review`` as a user meets it: exit status, messages, formats."""

import email
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from work_trees import begin, commit, git

import kanalyze.report
import kanalyze.review
from kanalyze.cli.review import command
from kanalyze.review.model import Evidence, Review
from kanalyze.review.on_kernels import OnKernels

TOP = Path(__file__).resolve().parent.parent.parent
SCHEMAS = Path(kanalyze.report.__file__).parent / "schemas"

REFS = """\
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
MAPS = REFS.replace("page_count", "page_mapcount")
COMMENT = REFS.replace("copy:\n", "copy:\n\t/* a comment */\n")
SENDER = ("--from", "R. E. Viewer <viewer@example.org>")
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose branch "wrong" asks the wrong count, and "comment" adds a comment."""
    place = tmp_path_factory.mktemp("tree") / "linux"
    (place / "mm").mkdir(parents=True)
    (place / "mm/memory.c").write_text(REFS)
    begin(place)
    for branch, text in (("wrong", MAPS), ("comment", COMMENT)):
        git(place, "checkout", "--quiet", "-b", branch, "master")
        commit(place, {"mm/memory.c": text}, f"mm: {branch}")
    git(place, "checkout", "--quiet", "master")
    return place


def mail(tree: Path, branch: str) -> str:
    return git(
        tree, "format-patch", "--stdout", "--thread", "--to=linux-mm@kvack.org", f"master..{branch}"
    )


def review(tree: Path, *arguments: str, stdin: str = "") -> Done:
    store = ("--db", str(tree.parent / "facts.sqlite"), "--jobs", "1")
    return subprocess.run(
        [sys.executable, "-m", "kanalyze", "review", str(tree), *arguments, *store],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=tree.parent,
    )


def test_a_wrong_patch_is_told_and_is_status_1(tree: Path) -> None:
    done = review(tree, "-", stdin=mail(tree, "wrong"))
    assert done.returncode == 1, done.stderr
    assert "This patch breaks rule 1 in do_wp_page() (by analysis)." in done.stdout
    assert done.stderr == ""


def test_a_comment_is_one_line_and_status_0(tree: Path) -> None:
    done = review(tree, "--range", "master..comment")
    assert done.returncode == 0, done.stderr
    assert "touches no decision about reuse or copy" in " ".join(done.stdout.split())


def test_programs_get_what_they_can_read(tree: Path) -> None:
    text = mail(tree, "wrong")

    def shown(shape: str) -> str:
        done = review(tree, "-", "--format", shape, "--url", "https://ci.example.org/1", stdin=text)
        assert (done.returncode, done.stderr) == (1, "")
        return done.stdout

    schema = json.loads((SCHEMAS / "review-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(shown("json")))
    (check,) = json.loads(shown("b4"))
    assert (check["status"], check["url"]) == ("fail", "https://ci.example.org/1")
    assert json.loads(shown("patchwork"))["state"] == "fail"
    sarif = json.loads(shown("sarif"))["runs"][0]["results"]
    where = sarif[0]["locations"][0]["physicalLocation"]
    assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == ("mm/memory.c", 5)
    assert "::error file=mm/memory.c,line=5,title=" in shown("github")
    assert int(ET.fromstring(shown("junit")).attrib["failures"]) >= 1
    assert shown("markdown").startswith("# Review: mm: wrong\n")
    assert shown("html").startswith("<!DOCTYPE html>")


def test_the_page_has_the_lives_of_what_is_touched_when_asked(tree: Path) -> None:
    done = review(tree, "--range", "master..wrong", "--format", "html", "--lives")
    assert done.returncode == 1, done.stderr
    assert "The lives of what it touches" in done.stdout
    assert "(&#34;mm: begin&#34;)" in done.stdout
    assert "(&#34;mm: wrong&#34;)" not in done.stdout


def test_a_reply_is_a_mail(tree: Path) -> None:
    done = review(tree, "-", "--format", "mail", *SENDER, stdin=mail(tree, "wrong"))
    assert done.returncode == 1, done.stderr
    reply = email.message_from_string(done.stdout)
    assert reply["Subject"] == "Re: [PATCH] mm: wrong"
    assert reply["From"] == '"R. E. Viewer" <viewer@example.org>'
    assert "> +\tif (PageKsm(page) || page_mapcount(page) != 1)" in done.stdout


def test_replies_go_into_a_directory(tree: Path, tmp_path: Path) -> None:
    place = tmp_path / "replies"
    arguments = ("--format", "mail", *SENDER, "-o", str(place))
    done = review(tree, "-", *arguments, stdin=mail(tree, "wrong"))
    assert done.returncode == 1, done.stderr
    assert done.stdout.split() == [str(place / "reply-0001.eml")]
    first = email.message_from_bytes((place / "reply-0001.eml").read_bytes())
    again = review(tree, "-", *arguments, stdin=mail(tree, "wrong"))
    assert again.returncode == 1
    other = email.message_from_bytes((place / "reply-0001.eml").read_bytes())
    assert first["Message-ID"] != other["Message-ID"]
    (tmp_path / "file").write_text("")
    arguments = ("--format", "mail", *SENDER, "-o", str(tmp_path / "file"))
    assert review(tree, "-", *arguments, stdin=mail(tree, "wrong")).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give either a mailbox or --range"),
        (("-", "--range", "a..b"), "give either a mailbox or --range"),
        (("-", "--format", "mail"), "--format mail needs --from"),
        (("-", "--from", "a@b.org"), "--from and --output are for --format mail"),
        (("-", "--lives"), "--lives is for --format html"),
        (("-", "--logs", "logs"), "--logs, --mutate and --suite are for --run"),
        (("-", "--mutate"), "--logs, --mutate and --suite are for --run"),
        (("-", "--suite", "tree"), "--logs, --mutate and --suite are for --run"),
        (("-", "--run", "--test", "cow"), "need --suite tree"),
        (("-", "--run"), "holds only a part of a kernel's source"),
        (("-", "--run", "--logs", "."), ".: is not empty (name another with --logs)"),
        (("-", "--with-tests", "offered", "--author", "x"), "'x': not of the form"),
        (
            ("-", "--with-tests", "offered", "--author", "A <a@b.org>"),
            "has no memory selftests",
        ),
        (("-", "--url", "javascript:alert(1)"), "--url takes an address"),
        (("-", "--format", "mail", "--from", "nobody"), "nobody: is no mail address"),
        (("no-such-file",), "no-such-file: cannot be read"),
        (("--range", "master..nowhere"), "nowhere"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(
    tree: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = review(tree, *arguments, stdin=mail(tree, "wrong"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in re.sub(r"\s+", " ", done.stderr)
    assert "Traceback" not in done.stderr


def test_what_is_no_patch_is_no_check_result(tree: Path) -> None:
    """b4 takes a status without JSON for a check that could not run."""
    done = review(tree, "-", "--format", "b4", stdin="Subject: hello\n\nno patch\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "holds no patch" in done.stderr


def test_what_a_run_shows_is_in_the_report_and_the_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = Review(
        tree="t", title="mm: x", version=1, base="", base_describe="", base_how="",
        patches=(), findings=(),
    )  # fmt: skip
    asked: list[OnKernels] = []

    def with_runs(found: Review, request: object, how: OnKernels) -> Review:
        asked.append(how)
        case = Evidence(case="a R1", kernel="7.2", before="pass", after="fail")
        return replace(found, evidence=(case,))

    monkeypatch.setattr(kanalyze.review, "review", lambda request: said, raising=False)
    monkeypatch.setattr(kanalyze.review, "with_runs", with_runs, raising=False)
    (tmp_path / "a.diff").write_text("")
    arguments = ["t", str(tmp_path / "a.diff"), "--run", "--mutate", "--memory", "512", "-q"]
    arguments += ["--suite", "tree", "--test", "cow"]
    shown = ["--format", "json", "--build-config", "debug-vm", "--logs", str(tmp_path / "logs")]
    result = CliRunner().invoke(command, [*arguments, *shown], standalone_mode=False)
    assert result.exception is None, result.output
    assert result.return_value == 1
    assert json.loads(result.output)["evidence"][0]["after"] == "fail"
    (how,) = asked
    assert how.mutating and how.memory_mb == 512 and how.config == "debug-vm"
    assert how.logs == tmp_path / "logs"
    assert how.suites == ("tree",) and how.tree_tests == ("cow",)
