"""What a careful reader found in four kernels, and what the analysis finds.

tests/golden/README.md has the rules by which the reader wrote; when the two
disagree, open the source: one of them is wrong.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kanalyze import config
from kanalyze.history.model import Scan, SectionRecord, SiteRecord
from kanalyze.history.scan import ScanRequest, scan

GOLDEN = Path(__file__).parent.parent / "golden"
RELEASES = ("5.10", "6.1", "6.12", "7.2")

# Compared in every release, so that a function which a golden file does not
# list, because the release has none or no signal in it, must hold no site.
DECISIONS = (
    "do_wp_page",
    "wp_can_reuse_anon_folio",
    "do_swap_page",
    "copy_present_pte",
    "copy_present_ptes",
    "copy_page_range",
    "do_huge_pmd_wp_page",
    "hugetlb_wp",
    "hugetlb_cow",
    "gup_fast",
    "internal_get_user_pages_fast",
    "lockless_pages_from_mm",
    "write_protect_page",
    "shrink_folio_list",
    "shrink_page_list",
)

Row = dict[str, Any]
Scanned = Callable[[str], Scan]


@pytest.fixture(scope="module")
def scanned(
    releases_repo: Path,
    release_tag: Callable[[str], str],
    shared_facts: Path,
) -> Scanned:
    """Give a function from a series to its scan, made once."""
    known: dict[str, Scan] = {}

    def of(series: str) -> Scan:
        if series not in known:
            request = ScanRequest(
                tree=str(releases_repo),
                config=config.load(),
                revision=release_tag(series),
                history=False,
                db=shared_facts,
                jobs=1,
            )
            known[series] = scan(request)
        return known[series]

    return of


@dataclass(frozen=True)
class Golden:
    """One golden file, by function."""

    sites: dict[str, list[Row]]
    sections: dict[str, list[Row]]


def golden(series: str) -> Golden:
    table = tomllib.loads((GOLDEN / f"decisions-{series}.toml").read_text())
    return Golden(_by_function(table["site"]), _by_function(table.get("section", [])))


def _by_function(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["function"], []).append(row)
    return found


def compared() -> Iterable[tuple[str, str]]:
    """Yield each release with each function to compare in it."""
    for series in RELEASES:
        file = golden(series)
        yield from ((series, name) for name in dict.fromkeys((*DECISIONS, *file.sites)))


# What is compared, in the words of the golden files.


def expected_site(row: Row) -> Row:
    return {
        "predicate": row["predicate"],
        "role": row["role"],
        "signals": row["signals"],
        "outcomes": row.get("outcomes"),
        "policy": row.get("policy", ""),
        "guards": sorted(row["guards"]),
        "locks": sorted(row["locks"]),
        "config": sorted(row["config"]),
    }


def found_site(site: SiteRecord, listed: set[str]) -> Row:
    names = [name for name in site.signals + site.derived if name in listed]
    outcomes = site.outcomes and {"true": site.outcomes.true, "false": site.outcomes.false}
    return {
        "predicate": site.predicate,
        "role": site.role,
        "signals": sorted(names, key=_position_in(site.predicate)),
        "outcomes": outcomes,
        "policy": site.policy,
        "guards": sorted(site.guards),
        "locks": sorted(site.locks),
        "config": sorted(site.config),
    }


def _position_in(predicate: str) -> Callable[[str], int]:
    return lambda name: re.search(rf"\b{name}\b", predicate).start()  # type: ignore[union-attr]


def listed_names(scan: Scan) -> set[str]:
    """Return the names that a reader lists: no context, and no call that merely leads somewhere."""
    rules = config.load().rules
    evidence = rules.vocabulary.evidence.keys()
    derived = {one.name for one in scan.derived if evidence & set(one.groups)}
    return derived | {name for name, kind in rules.kinds.items() if kind != "context"}


def is_listed(site: SiteRecord, listed: set[str]) -> bool:
    mere_variable = site.reason == "a variable of that name"
    return bool(listed & {*site.signals, *site.derived}) and not mere_variable


def expected_section(row: Row) -> Row:
    return {key: row[key] for key in ("seqcount", "side", "calls", "balanced")}


def found_section(section: SectionRecord) -> Row:
    return {
        "seqcount": section.seqcount,
        "side": section.side,
        "calls": list(section.calls),
        "balanced": section.balanced,
    }


@pytest.mark.parametrize(("series", "function"), list(compared()))
def test_the_analysis_finds_what_a_reader_found(
    series: str, function: str, scanned: Scanned
) -> None:
    scan = scanned(series)
    listed = listed_names(scan)
    found = [
        found_site(site, listed)
        for site in scan.sites
        if site.function == function and is_listed(site, listed)
    ]
    assert found == [expected_site(row) for row in golden(series).sites.get(function, [])]


@pytest.mark.parametrize("series", RELEASES)
def test_the_sections_are_those_that_a_reader_found(series: str, scanned: Scanned) -> None:
    expected = golden(series).sections
    for function in (*DECISIONS, *expected):
        found = [found_section(s) for s in scanned(series).sections if s.function == function]
        assert found == [expected_section(row) for row in expected.get(function, [])], function


@pytest.mark.parametrize("series", RELEASES)
def test_every_function_with_a_site_was_understood(series: str, scanned: Scanned) -> None:
    """The bar of the issue: none unhealthy."""
    assert scanned(series).health == ()


DERIVED = {
    "5.10": ("reuse_swap_page", "copy_present_page"),
    "6.1": (
        "page_needs_cow_for_dma",
        "gup_must_unshare",
        "page_try_dup_anon_rmap",
        "page_try_share_anon_rmap",
    ),
    "6.12": (
        "folio_needs_cow_for_dma",
        "wp_can_reuse_anon_folio",
        "gup_must_unshare",
        "folio_try_dup_anon_rmap_pte",
        "folio_try_dup_anon_rmap_pmd",
        "folio_try_share_anon_rmap_pte",
        "folio_try_share_anon_rmap_pmd",
    ),
    "7.2": (
        "folio_needs_cow_for_dma",
        "wp_can_reuse_anon_folio",
        "gup_must_unshare",
        "can_follow_write_common",
        "folio_try_dup_anon_rmap_ptes",
        "folio_try_dup_anon_rmap_pte",
        "folio_try_dup_anon_rmap_pmd",
        "folio_try_share_anon_rmap_pte",
        "folio_try_share_anon_rmap_pmd",
    ),
}


@pytest.mark.parametrize("series", RELEASES)
def test_helpers_that_answer_for_a_page_are_found_whatever_their_name(
    series: str, scanned: Scanned
) -> None:
    derived = {one.name for one in scanned(series).derived}
    assert set(DERIVED[series]) <= derived


def test_no_helper_is_known_by_name() -> None:
    """Found by analysis means that neither the code nor the configuration names them."""
    top = GOLDEN.parent.parent
    sources = [top / "config.toml", *(top / "kanalyze").rglob("*.py")]
    names = {name for names in DERIVED.values() for name in names} | {"can_share_swap_page"}
    known = {"copy_present_page"}  # named as what it does: an outcome, in [outcomes.names]
    for path in sources:
        words = set(re.findall(r"\w+", path.read_text()))
        assert not words & (names - known), path
