"""What is publicly known about real releases comes out of the analysis, and nothing is put in.

Each test names where its truth is from: a CVE, or the commit that changed it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from real_explainers import Explainers

from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.judge import results
from kanalyze.semantics.model import Rule, RuleResult
from kanalyze.semantics.states import Features, PageState, Size, Trigger

RELEASES = ("5.10", "6.1", "6.12", "7.2")
# Since the exclusive bit: Linux kernel commit 6c287605fd56 (in v5.19).
LATER = RELEASES[1:]
HUGETLB_FAULT = {"5.10": "hugetlb_cow"}

Read = Callable[[str], Explainer]


@pytest.fixture(scope="module")
def releases(explainers: Explainers) -> Read:
    """Give a function from a series to its release, as `kanalyze explain` reads it."""
    return explainers.read


def evaluated(release: Explainer, function: str, trigger: Trigger, size: Size) -> Evaluation:
    """Return a decision as the tool found it; it must be complete."""
    found = [
        one
        for one in release.evaluations(function)
        if (one.entry.trigger, one.entry.size) == (trigger, size)
    ]
    assert len(found) == 1, f"{function} for {trigger}, {size}: {len(found)} evaluations"
    assert not found[0].partial
    return found[0]


def number(evaluation: Evaluation, state: PageState) -> int:
    """Return the number that a state has in the universe of an evaluation."""
    states = evaluation.universe
    return next(at for at in range(states.size) if states.state(at) == state)


def judged(evaluation: Evaluation, rule: Rule) -> RuleResult:
    return next(one for one in results(evaluation) if one.rule == rule)


# --------------------------------------------------- CVE-2020-29374: vmsplice and fork

FAULTS: list[tuple[str, Trigger, Size]] = [
    ("do_wp_page", "write-fault", "small"),
    ("do_swap_page", "swap-in", "small"),
    ("do_huge_pmd_wp_page", "write-fault", "pmd"),
    ("hugetlb", "write-fault", "hugetlb"),
]


def fault(series: str, function: str) -> str:
    return HUGETLB_FAULT.get(series, "hugetlb_wp") if function == "hugetlb" else function


def left_in_a_pipe(trigger: Trigger, size: Size) -> PageState:
    """Return the state: the other one filled a pipe from the page and unmapped it."""
    if trigger == "swap-in":
        return PageState(size=size, my_swaps=1, swap_cache=True, other_refs=1)
    return PageState(size=size, my_maps=1, other_refs=1)


@pytest.mark.parametrize("series", RELEASES)
@pytest.mark.parametrize(("function", "trigger", "size"), FAULTS)
def test_a_page_that_another_process_left_in_a_pipe(
    releases: Read, series: str, function: str, trigger: Trigger, size: Size
) -> None:
    """CVE-2020-29374: the map count does not see the reference that vmsplice() holds.

    Fixed for do_wp_page() by 09854ba94c6a ("mm: do_wp_page() simplification") (in
    v5.9); in do_swap_page() by c145e0b47c77 ("mm: streamline COW logic in
    do_swap_page()") and in do_huge_pmd_wp_page() by 3bff7e3f1f16 ("mm/huge_memory:
    streamline COW logic in do_huge_pmd_wp_page()") (both in v5.18).  hugetlb still
    goes by the map count; selftests/mm/cow.c expects its vmsplice cases to fail.
    """
    leaks = function == "hugetlb" or (series == "5.10" and function != "do_wp_page")
    release = releases(series)
    name = fault(series, function)
    found = evaluated(release, name, trigger, size)
    state = number(found, left_in_a_pipe(trigger, size))
    assert found.universe.columns.shared[state]
    assert bool(found.possible("reuse")[state]) is leaks
    assert found.of(state)
    assert (judged(found, "R1").verdict == "broken") is leaks


@pytest.mark.parametrize("series", RELEASES)
def test_the_pipe_is_what_the_report_names_for_hugetlb(releases: Read, series: str) -> None:
    """CVE-2020-29374 as a user reads it: the witness is the reference of another process."""
    name = HUGETLB_FAULT.get(series, "hugetlb_wp")
    found = evaluated(releases(series), name, "write-fault", "hugetlb")
    groups = judged(found, "R1").groups
    pipe = next(one for one in groups if "vmsplice" in one.words and "another" in one.words)
    assert pipe.witness.state.other_refs
    assert pipe.witness.outcome == "reuse"
    assert any("mapcount" in step.text for step in pipe.witness.path)


@pytest.mark.parametrize("series", RELEASES)
def test_a_page_that_a_child_still_maps_is_never_reused(releases: Read, series: str) -> None:
    """What COW is for: no release is known that leaks a page both processes still map."""
    for function, trigger, size in FAULTS:
        release = releases(series)
        found = evaluated(release, fault(series, function), trigger, size)
        columns = found.universe.columns
        assert not (found.possible("reuse") & (columns.other_maps > 0)).any(), function


# ------------------------------------------------------------ R3: the page that is pinned

PINNED = PageState(my_maps=1, my_pins=1)


def test_a_pinned_page_of_my_own_is_copied_in_5_10(releases: Read) -> None:
    """Since 09854ba94c6a ("mm: do_wp_page() simplification") (in v5.9) any reference copies.

    A pin is one.  Mended by 6c287605fd56 ("mm: remember exclusively mapped
    anonymous pages with PG_anon_exclusive") (in v5.19).
    """
    found = evaluated(releases("5.10"), "do_wp_page", "write-fault", "small")
    state = number(found, PINNED)
    assert "copy" in found.of(state)
    assert "reuse" not in found.of(state)
    broken = judged(found, "R3")
    assert (broken.verdict, broken.states) == ("broken", broken.of)
    assert broken.groups[0].witness.state == PINNED
    assert ("page_count", 1025) in broken.groups[0].witness.counters


@pytest.mark.parametrize("series", LATER)
def test_a_pinned_page_of_my_own_stays_since_the_exclusive_bit(releases: Read, series: str) -> None:
    """6c287605fd56 ("mm: remember exclusively mapped anonymous pages with PG_anon_exclusive")."""
    found = evaluated(releases(series), "do_wp_page", "write-fault", "small")
    state = number(found, replace(PINNED, exclusive=True))
    assert "reuse" in found.of(state)
    assert "copy" not in found.of(state)
    assert judged(found, "R3").verdict == "holds"


# --------------------------------------------------------------- small anonymous pages


@pytest.mark.parametrize("series", ["7.2", "7.3"])
@pytest.mark.parametrize(
    ("function", "trigger"), [("do_wp_page", "write-fault"), ("do_swap_page", "swap-in")]
)
def test_newer_releases_keep_the_rules_for_small_anonymous_pages(
    releases: Read, series: str, function: str, trigger: Trigger
) -> None:
    """selftests/mm/cow.c: of the anonymous cases only those of hugetlb are expected to fail."""
    found = evaluated(releases(series), function, trigger, "small")
    columns = found.universe.columns
    anonymous = columns.anonymous > 0
    pinned = ~columns.shared & (columns.my_pins > 0)
    assert (found.possible("reuse") & anonymous).any()
    assert not (found.possible("reuse") & anonymous & columns.shared).any()
    assert not (found.possible("copy") & pinned).any()
    assert judged(found, "R1").verdict == "holds"
    # What is pinned has no swap entry: feb889fb40fa (in v5.11) keeps it mapped.
    expected = "not-asked" if trigger == "swap-in" else "holds"
    assert judged(found, "R3").verdict == expected


def test_swap_in_is_the_same_from_7_2_to_7_3(releases: Read) -> None:
    """34f6c8932e11 (in v7.3) drops the reference count from do_swap_page()."""
    before = evaluated(releases("7.2"), "do_swap_page", "swap-in", "small")
    after = evaluated(releases("7.3"), "do_swap_page", "swap-in", "small")
    assert before.universe.size == after.universe.size
    for outcome in before.outcomes.keys() | after.outcomes.keys():
        differ = np.flatnonzero(before.possible(outcome) ^ after.possible(outcome))
        states = [before.universe.state(int(at)) for at in differ[:3]]
        assert not states, (outcome, len(differ), states)


# ------------------------------------------------------------------------ the features


@pytest.mark.parametrize("series", [*RELEASES, "7.3"])
def test_the_features_of_a_release(releases: Read, series: str) -> None:
    """What each field of Features cites: the bit is of v5.19, the rest older than v5.10.

    That pins stay mapped follows from feb889fb40fa (in v5.11); asked only of
    trees with the bit, because without it migration unmaps pinned pages too.
    """
    later = series != "5.10"
    assert releases(series).features == Features(
        exclusive_bit=later,
        pin_bias=True,
        pin_counter=True,
        large_folios=True,
        pins_stay_mapped=later,
        ksm=True,
    )
