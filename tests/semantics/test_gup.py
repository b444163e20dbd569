"""What get_user_pages() follows, with every page state: by its flags, release by release."""

from collections.abc import Iterator

import numpy as np
import pytest
from real_explainers import Explainers
from trees import tree_of

from kanalyze.semantics.compare import compare
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.judge import results
from kanalyze.semantics.model import Rule
from kanalyze.semantics.states import GUP, Trigger

# A kernel's GUP in few words: what asks, what it is asked for, and what it takes.
_GUP = b"""
static inline bool gup_must_unshare(struct vm_area_struct *vma, unsigned int flags,
		struct page *page)
{
	if ((flags & (FOLL_WRITE | FOLL_PIN)) != FOLL_PIN)
		return false;
	if (!PageAnon(page))
		return (flags & FOLL_LONGTERM) && is_cow_mapping(vma->vm_flags);
	return !PageAnonExclusive(page);
}

static inline bool can_follow_write_pte(pte_t pte, struct page *page,
					struct vm_area_struct *vma, unsigned int flags)
{
	if (pte_write(pte))
		return true;
	if (!(flags & FOLL_FORCE))
		return false;
	if (vma->vm_flags & (VM_MAYSHARE | VM_SHARED | VM_WRITE))
		return false;
	return page && PageAnon(page) && PageAnonExclusive(page);
}

static struct page *follow_page_pte(struct vm_area_struct *vma, unsigned long address,
		pmd_t *pmd, unsigned int flags)
{
	struct page *page;
	pte_t pte = ptep_get(pte_offset(pmd, address));

	page = vm_normal_page(vma, address, pte);
	if ((flags & FOLL_WRITE) && !can_follow_write_pte(pte, page, vma, flags))
		return NULL;
	if (!pte_write(pte) && gup_must_unshare(vma, flags, page))
		return ERR_PTR(-EMLINK);
	if (try_grab_folio(page_folio(page), 1, flags))
		return ERR_PTR(-ENOMEM);
	return page;
}

static int gup_fast_pte_range(pmd_t *pmdp, unsigned long addr, unsigned long end,
		unsigned int flags, struct page **pages, int *nr)
{
	pte_t pte = ptep_get_lockless(pte_offset_map(pmdp, addr));
	struct page *page;

	if (!pte_access_permitted(pte, flags & FOLL_WRITE))
		return 0;
	page = pte_page(pte);
	if (!folio_try_get(page))
		return 0;
	if (!pte_write(pte) && gup_must_unshare(NULL, flags, page)) {
		folio_put(page);
		return 0;
	}
	pages[*nr] = page;
	(*nr)++;
	return 1;
}
"""
_NEVER: dict[Trigger, Rule] = {
    "gup-write": "R1", "gup-forced-write": "R1", "gup-read-pin": "R3", "gup-long-pin": "R3",
}  # fmt: skip


def _explainer(text: bytes = _GUP) -> Explainer:
    return Explainer(tree_of({"mm/gup.c": text}))


def _by_trigger(explainer: Explainer, name: str) -> dict[Trigger, Evaluation]:
    return {
        one.entry.trigger: one
        for one in explainer.evaluations(name)
        if one.entry.size in ("small", "hugetlb")
    }


def test_who_follows_an_entry_is_read_off_its_words() -> None:
    explainer = _explainer()
    assert explainer.decisions() == ("follow_page_pte", "gup_fast_pte_range")
    slow = _by_trigger(explainer, "follow_page_pte")
    assert slow.keys() == GUP
    # FOLL_FORCE is left to the slow way.
    fast = _by_trigger(explainer, "gup_fast_pte_range")
    assert fast.keys() == GUP - {"gup-forced-write"}


def test_what_is_only_asked_is_asked_for_what_its_callers_do() -> None:
    explainer = _explainer()
    found = _by_trigger(explainer, "can_follow_write_pte")
    assert found.keys() == GUP
    forced = found["gup-forced-write"]
    exclusive = forced.universe.columns.exclusive > 0
    assert (forced.possible("return true") == exclusive).all()
    # Without FOLL_FORCE it takes a writable entry, which no page has that others have.
    assert not (found["gup-write"].possible("return true") & ~exclusive).any()


@pytest.mark.parametrize("trigger", sorted(GUP))
def test_code_that_asks_for_all_of_it_breaks_nothing(trigger: Trigger) -> None:
    evaluation = _by_trigger(_explainer(), "follow_page_pte")[trigger]
    assert {one.rule: one.verdict for one in results(evaluation)} == {_NEVER[trigger]: "holds"}
    columns = evaluation.universe.columns
    followed = evaluation.possible("follow")
    if trigger == "gup-read-pin":  # a short pin of a page of a file may see an older copy
        assert (followed == ((columns.exclusive > 0) | (columns.anonymous == 0))).all()
    else:
        assert (followed == (columns.exclusive > 0)).all()
    otherwise = "fault" if "write" in trigger else "unshare"
    assert (evaluation.possible(otherwise) | followed).all()


Edit = tuple[bytes, bytes]
_WEAKER: dict[str, tuple[Edit, str, Trigger, str]] = {
    "FOLL_FORCE does not ask who has the page": (
        (b" && PageAnonExclusive(page)", b""),
        "follow_page_pte", "gup-forced-write",
        "mapped by me and another process, FOLL_FORCE write to a read-only mapping",
    ),
    "a write does not ask for a writable entry": (
        (b"if (pte_write(pte))\n\t\treturn true;", b"return true;"),
        "follow_page_pte", "gup-write",
        "mapped by me and another process, FOLL_WRITE and FOLL_PIN",
    ),
    "a pin to read does not unshare": (
        (b"!pte_write(pte) && gup_must_unshare(vma, flags, page)", b"0"),
        "follow_page_pte", "gup-read-pin", "mine alone, FOLL_PIN to read",
    ),
    "a page of a file is pinned for long": (
        (b"is_cow_mapping(vma->vm_flags)", b"false"),
        "follow_page_pte", "gup-long-pin",
        "file page, mapped by me only, FOLL_PIN and FOLL_LONGTERM to read",
    ),
    "GUP-fast does not look at what it took": (
        (b"!pte_write(pte) && gup_must_unshare(NULL, flags, page)", b"0"),
        "gup_fast_pte_range", "gup-read-pin", "mine alone, FOLL_PIN to read",
    ),
    "GUP-fast writes through read-only entries": (
        (b"flags & FOLL_WRITE)", b"0)"),
        "gup_fast_pte_range", "gup-write",
        "mapped by me and another process, FOLL_WRITE and FOLL_PIN",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _WEAKER)
def test_what_is_left_out_breaks_the_rule_that_it_is_there_for(name: str) -> None:
    (old, new), function, trigger, witness = _WEAKER[name]
    before, after = _GUP.rpartition(old), _GUP.replace(old, new)
    assert before[1]
    if function == "gup_fast_pte_range":  # the last one of these
        after = before[0] + new + before[2]
    found = compare(tree_of({"mm/gup.c": _GUP}), tree_of({"mm/gup.c": after}), function)
    broken = {
        (one.trigger, group.breaks): group.witness_after.words
        for one in found.differences
        if one.size == "small"
        for group in reversed(one.groups)
        if group.breaks
    }
    assert broken[trigger, (_NEVER[trigger],)] == witness


def test_a_flag_that_is_not_asked_any_more_is_still_given() -> None:
    """A tree that has FOLL_FORCE elsewhere forces, though this function does not know it."""
    forced = b"\n\tif (!(flags & FOLL_FORCE))\n\t\treturn false;"
    elsewhere = b"int check_vma_flags(int flags)\n{\n\treturn flags & FOLL_FORCE;\n}\n"
    after = _GUP.replace(forced, b"\n\treturn false;") + elsewhere
    found = compare(tree_of({"mm/gup.c": _GUP}), tree_of({"mm/gup.c": after}), "follow_page_pte")
    changed = {one.trigger for one in found.differences if one.states}
    assert changed == {"gup-forced-write"}


# ----------------------------------------------------------------------- releases


@pytest.fixture(scope="module")
def releases(explainers: Explainers) -> Explainers:
    return explainers


_UNSHARES = ("6.1", "6.12", "7.2", "7.3")


def _broken(explainer: Explainer, name: str) -> Iterator[tuple[str, Trigger]]:
    for evaluation in explainer.evaluations(name):
        for result in results(evaluation):
            if result.verdict == "broken":
                yield result.rule, evaluation.entry.trigger


@pytest.mark.parametrize("series", _UNSHARES)
def test_a_pin_to_read_unshares_first(series: str, releases: Explainers) -> None:
    """Linux kernel commit a7f226604170 ("mm/gup: trigger FAULT_FLAG_UNSHARE when
    R/O-pinning a possibly shared anonymous page") (in v5.19).
    """  # noqa: D205, D209
    explainer = releases(series)
    found = _by_trigger(explainer, "follow_page_pte")["gup-read-pin"]
    columns = found.universe.columns
    inclusive = (columns.anonymous > 0) & (columns.exclusive == 0)
    assert (found.possible("unshare") == inclusive).all()
    assert not (found.possible("follow") & inclusive).any()


@pytest.mark.parametrize(("series", "kept"), [("6.1", False), ("6.12", True), ("7.2", True)])
def test_a_pin_that_stays_is_of_no_page_of_a_file(
    series: str, kept: bool, releases: Explainers
) -> None:
    """Linux kernel commit 84209e87c696 ("mm/gup: reliable R/O long-term pinning in COW
    mappings") (in v6.2).
    """  # noqa: D205, D209
    found = _by_trigger(releases(series), "follow_page_pte")
    if "gup-long-pin" not in found:
        pytest.fail(f"Linux {series} has FOLL_LONGTERM")
    file_page = found["gup-long-pin"].universe.columns.anonymous == 0
    assert (found["gup-long-pin"].possible("follow") & file_page).any() == (not kept)


@pytest.mark.parametrize("series", _UNSHARES)
def test_foll_force_writes_only_to_what_is_exclusive(series: str, releases: Explainers) -> None:
    """Linux kernel commit 5535be309971 ("mm/gup: fix FOLL_FORCE COW security issue and
    remove FOLL_COW") (in v6.0).
    """  # noqa: D205, D209
    found = _by_trigger(releases(series), "follow_page_pte")["gup-forced-write"]
    assert (found.possible("follow") == (found.universe.columns.exclusive > 0)).all()


def test_before_there_was_an_exclusive_bit_a_fault_said_that_it_had_copied(
    releases: Explainers,
) -> None:
    """Linux kernel commit 19be0eaffa3a ("mm: remove gup_flags FOLL_WRITE games from
    __get_user_pages()") (in v4.9): FOLL_COW, and a dirty entry.
    """  # noqa: D205, D209
    explainer = releases("5.10")
    found = _by_trigger(explainer, "follow_page_pte")
    forced = found["gup-forced-write"]
    assert (forced.possible("follow") == ~forced.universe.columns.shared).all()
    assert forced.possible("fault").all()
    # A pin to read is taken of whatever is there.
    assert found["gup-read-pin"].possible("follow").all()
    assert ("R3", "gup-read-pin") in set(_broken(explainer, "follow_page_pte"))


@pytest.mark.parametrize("series", _UNSHARES)
def test_no_access_breaks_a_rule_where_the_bit_is(series: str, releases: Explainers) -> None:
    explainer = releases(series)
    accessing = [
        name
        for name in explainer.decisions()
        if {one.entry.trigger for one in explainer.evaluations(name)} & GUP
    ]
    assert len(accessing) >= 5
    broken = {(name, *one) for name in accessing for one in _broken(explainer, name)}
    # See test_a_pin_that_stays_is_of_no_page_of_a_file.
    assert {one[2] for one in broken} <= ({"gup-long-pin"} if series == "6.1" else set())


@pytest.mark.parametrize("series", _UNSHARES)
def test_gup_fast_backs_off_from_what_the_slow_way_unshares(
    series: str, releases: Explainers
) -> None:
    explainer = releases(series)
    fast = [
        one
        for name in explainer.decisions()
        for one in explainer.evaluations(name)
        if one.entry.trigger in GUP and "back-off" in one.outcomes
    ]
    assert {one.entry.size for one in fast} >= {"small", "large", "pmd"}
    for one in fast:
        inclusive = (one.universe.columns.exclusive == 0) & (one.universe.columns.anonymous > 0)
        assert not (one.possible("follow") & inclusive).any()
        assert np.count_nonzero(one.possible("follow"))
