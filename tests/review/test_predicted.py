"""What the source says of each case: which source it is, and under which names cases ran."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kanalyze import config
from kanalyze.errors import InputError
from kanalyze.history.scan import ScanRequest
from kanalyze.lab.model import Boot, CaseResult, Kernel, LabRun, Outcome, Prediction
from kanalyze.review import predicted
from kanalyze.review.predicted import check_predictable, with_predictions

CASES = ("anon child R1", "thp child R1", "hugetlb child R3")


def git(place: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=n", "-c", "user.email=n@localhost")
    subprocess.run(("git", *identity, *arguments), cwd=place, check=True, capture_output=True)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository with tags as Linux has them."""
    place = tmp_path_factory.mktemp("releases")
    git(place, "init", "-q")
    git(place, "commit", "-q", "--allow-empty", "-m", "all of them")
    for tag in ("v6.1", "v6.1.9", "v6.1.10", "v6.1.192", "v6.12", "v6.12.3", "v5.10-rc3", "v7.2"):
        git(place, "tag", tag)
    return place


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    place = tmp_path / "linux-6.1"
    place.mkdir()
    (place / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\nEXTRAVERSION =\n")
    return place


class Source:
    """Stands in for what the source says, and remembers of which revision it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, cases: object, request: ScanRequest) -> list[tuple[str, Prediction]]:
        self.asked.append(request.revision)
        return [
            (name, Prediction(kernel="", program="p", case=name, expected="pass", why=request.tree))
            for name in CASES
        ]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    source = Source()
    monkeypatch.setattr(predicted, "read_cases", lambda place: ())
    monkeypatch.setattr(predicted, "_predicted", source)
    return source


def kernel(release: str) -> Kernel:
    return Kernel(name=f"k{release}", given="k", image=Path("i"), arch="x86-64", release=release)


def result(
    of: Kernel, case: str, outcome: Outcome = "pass", suite: str = "generated"
) -> CaseResult:
    return CaseResult(kernel=of.name, suite=suite, program="rules", case=case, outcome=outcome)


def of_kernels(*releases: str) -> LabRun:
    kernels = tuple(kernel(release) for release in releases)
    return LabRun(
        kernels=kernels, programs=(), results=tuple(result(one, CASES[0]) for one in kernels)
    )


def asked(tree: Path) -> ScanRequest:
    return ScanRequest(tree=str(tree), config=config.load(None), history=False)


@pytest.mark.parametrize(
    ("release", "tag", "noted"),
    [
        ("6.1.10", "v6.1.10", False),
        ("6.1.9+deb12-amd64", "v6.1.9", False),
        ("6.1.0-44-cloud-amd64", "v6.1.192", True),  # Debian's, whichever it is
        ("6.1.50", "v6.1.192", True),
        ("6.12.3-small", "v6.12.3", False),
        ("7.2.13", "v7.2", True),
    ],
)
def test_a_kernel_has_the_source_of_its_version(
    releases: Path, source: Source, release: str, tag: str, noted: bool
) -> None:
    found = with_predictions(of_kernels(release), Path("tests"), asked(releases))
    assert source.asked == [tag]
    assert [one.kernel for one in found.predictions] == [f"k{release}"]
    note = f"k{release} is held against the source of {tag}"
    assert found.notes == ((note,) if noted else ())


@pytest.mark.parametrize("release", ["5.10.0", "4.19.1", "6.100.1", "", "next-20260101"])
def test_a_kernel_without_a_source_is_noted(releases: Path, source: Source, release: str) -> None:
    found = with_predictions(of_kernels(release), Path("tests"), asked(releases))
    assert (source.asked, found.predictions) == ([], ())
    assert found.notes == (f"{releases} has no source of k{release}: nothing is predicted",)


def test_what_the_guest_says_of_itself_counts(releases: Path, source: Source) -> None:
    run = of_kernels("6.12.3")
    boot = Boot(kernel="k6.12.3", release="6.1.9", accelerator="tcg", ready=1.0, seconds=2.0)
    with_predictions(replace(run, boots=(boot,)), Path("tests"), asked(releases))
    assert source.asked == ["v6.1.9"]


def test_a_kernel_that_was_built_of_a_revision_is_held_against_that(
    releases: Path, source: Source
) -> None:
    run = of_kernels("6.1.9", "6.12.3-small")
    built = replace(run.kernels[1], revision="v6.1.9")
    found = with_predictions(replace(run, kernels=(built,)), Path("tests"), asked(releases))
    assert (source.asked, found.notes) == (["v6.1.9"], ())


def test_a_source_is_read_once_for_all_its_kernels(releases: Path, source: Source) -> None:
    run = of_kernels("6.1.9", "6.1.9-debug", "6.12.3", "6.1.9+own")
    found = with_predictions(run, Path("tests"), asked(releases))
    assert source.asked == ["v6.1.9", "v6.12.3"]
    assert len(found.predictions) == 4


def test_a_directory_is_for_kernels_of_its_own_series(directory: Path, source: Source) -> None:
    run = of_kernels("6.1.7", "6.12.3", "6.10.1")
    found = with_predictions(run, Path("tests"), asked(directory))
    assert [one.kernel for one in found.predictions] == ["k6.1.7"]
    assert len(found.notes) == 2


def test_a_directory_that_is_no_kernel(tmp_path: Path, source: Source) -> None:
    with pytest.raises(InputError, match="Makefile"):
        with_predictions(of_kernels("6.1.7"), Path("tests"), asked(tmp_path))


def test_cases_are_found_under_the_names_that_they_have_where_they_run(
    directory: Path, source: Source
) -> None:
    own = kernel("6.1.7")
    run = LabRun(
        kernels=(own,), programs=(),
        results=(
            result(own, "anon child R1"),
            result(own, "thp-2048kB child R1", "fail"),
            result(own, "thp-64kB child R1", "skip"),
            result(own, "hugetlb-1048576kB child R3"),
            result(own, "hugetlb-1048576kB child R3"),
            result(own, "unknown R1"),
            result(own, ""),
            result(own, "anon child R1", suite="tree"),
        ),
    )  # fmt: skip
    found = with_predictions(run, Path("tests"), asked(directory))
    assert [(one.case, one.program, one.agreement) for one in found.predictions] == [
        ("anon child R1", "rules", "agrees"),
        ("thp-2048kB child R1", "rules", "disagrees"),
        ("thp-64kB child R1", "rules", "untested"),
        ("hugetlb-1048576kB child R3", "rules", "agrees"),
    ]


def test_what_cannot_be_predicted_is_known_beforehand(tmp_path: Path, directory: Path) -> None:
    with pytest.raises(InputError, match=r"cases\.json"):
        check_predictable(tmp_path, str(directory))
