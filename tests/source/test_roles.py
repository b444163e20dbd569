"""Every name has a role, and every condition the policy of its evidence."""

import pytest
from snippets import analysed, in_function, outcomes, site

CHOICE = "if ({})\n\tgoto copy;\nwp_page_reuse(vmf);\nreturn;\ncopy:\nwp_page_copy(vmf);"

POLICIES = {
    "page_count(page) != 1": "refcount",
    "page_mapcount(page) == 1": "mapcount",
    "page_count(page) != page_mapcount(page)": "refcount+mapcount",
    "PageAnonExclusive(page)": "exclusive-bit",
    "PageAnonExclusive(page) || page_count(page) == 1": "mixed",
    "page_swapcount(page) == 1": "swap-count",
    "page_maybe_dma_pinned(page)": "pin",
    "PageKsm(page)": "ksm",
    "PageKsm(page) || page_count(page) == 1": "refcount",
    "PageKsm(page) || PageSwapCache(page)": "ksm+swap-cache",
    "page_count(page) == 1 + PageSwapCache(page)": "refcount",
    "page_is_ours(page)": "refcount",
    "page_is_ours(page) && page_mapcount(page) == 1": "refcount+mapcount",
}


@pytest.mark.parametrize("condition", POLICIES)
def test_the_policy_is_the_evidence_of_the_whole_condition(condition: str) -> None:
    found = analysed(in_function(CHOICE.format(condition))).sites
    conditions = [one for one in found if one.outcomes]
    assert {one.policy for one in conditions} == {POLICIES[condition]}
    assert {one.condition for one in conditions} == {condition}


def test_a_variable_brings_its_evidence_into_the_condition() -> None:
    body = "exclusive = PageAnonExclusive(page);\n" + CHOICE.format(
        "!(exclusive || page_count(page) == 1)"
    )
    assert site(in_function(body), "page_count(page) == 1").policy == "mixed"


ROLES = [
    (CHOICE.format("page_count(page) != 1"), "page_count(page) != 1", "decision"),
    (CHOICE.format("page_is_ours(page)"), "page_is_ours(page)", "decision"),
    (
        "if (page_maybe_dma_pinned(page))\n\treturn;\ng();",
        "page_maybe_dma_pinned(page)",
        "pin-check",
    ),
    ("if (page_may_be_pinned(page))\n\treturn;\ng();", "page_may_be_pinned(page)", "pin-check"),
    (
        "VM_BUG_ON_PAGE(page_count(page) == 0, page);",
        "VM_BUG_ON_PAGE(page_count(page) == 0, page)",
        "assertion",
    ),
    ("WARN_ON_ONCE(page_mapped(page));", "WARN_ON_ONCE(page_mapped(page))", "assertion"),
    ("ptep_set_wrprotect(mm, addr, pte);", "ptep_set_wrprotect(mm, addr, pte)", "arm"),
    ("pte = pte_wrprotect(pte);", "pte = pte_wrprotect(pte)", "arm"),
    ("ClearPageAnonExclusive(page);", "ClearPageAnonExclusive(page)", "arm"),
    (
        "pte = ptep_clear_flush(vma, addr, ptep);\nset_pte_at(mm, addr, ptep, pte);",
        "pte = ptep_clear_flush(vma, addr, ptep)",
        "arm",
    ),
    ("SetPageAnonExclusive(page);", "SetPageAnonExclusive(page)", "other"),
    # What stands in a literal is no code, and is not quoted.
    ('pr_info("%d", page_count(page));', 'pr_info(" ", page_count(page))', "accounting"),
    ("if (page_mapped(page))\n\tcount_vm_event(X);\ng();", "page_mapped(page)", "accounting"),
    ("atomic_inc(&page->_mapcount);", "atomic_inc(&page->_mapcount)", "other"),
    ("g(page_count(page));", "g(page_count(page))", "other"),
    ("write_seqcount_begin(&s);", "write_seqcount_begin(&s)", "other"),
]


@pytest.mark.parametrize(("body", "predicate", "role"), ROLES)
def test_a_role_for_every_name(body: str, predicate: str, role: str) -> None:
    found = [one.predicate for one in analysed(in_function(body)).sites if one.role == role]
    assert predicate in found


def test_an_unmap_that_makes_room_for_the_copy_does_not_arm() -> None:
    body = (
        "cow_user_page(new, old);\nptep_clear_flush(vma, addr, pte);\nset_pte_at(mm, addr, pte, e);"
    )
    found = site(in_function(body), "ptep_clear_flush(vma, addr, pte)")
    assert (found.role, found.reason) == ("other", "replaces the page by its copy")


def test_an_unmap_for_good_does_not_arm() -> None:
    found = site(
        in_function("ptep_clear_flush(vma, addr, pte);\ng();"), "ptep_clear_flush(vma, addr, pte)"
    )
    assert (found.role, found.reason) == ("other", "unmapped for good: nothing is put back")


def test_role_other_has_a_reason() -> None:
    for body, _, role in ROLES:
        if role == "other":
            assert all(one.reason for one in analysed(in_function(body)).sites)


def test_a_variable_of_that_name_is_no_signal() -> None:
    body = "int total_mapcount;\ng(page_mapcount(page), &total_mapcount);"
    found = analysed(in_function(body)).sites
    assert [(one.signals, one.reason) for one in found] == [
        (("total_mapcount",), "a variable of that name"),
        (("page_mapcount",), "passed to g()"),
        (("total_mapcount",), "a variable of that name"),
    ]


def test_a_member_of_that_name_is_one() -> None:
    body = "int n = atomic_read(&page->_mapcount);\nif (n)\n\treturn;\ng();"
    (found,) = analysed(in_function(body)).sites
    assert (found.signals, found.role, found.policy) == (("_mapcount",), "decision", "mapcount")


def test_occurrences_add_up() -> None:
    body = "if (page_count(page) != page_count(head) + PageSwapCache(page))\n\treturn;\ng();"
    (found,) = analysed(in_function(body)).sites
    assert found.signals == ("page_count", "page_count", "PageSwapCache")


def test_context_alone_decides_nothing_about_sharing() -> None:
    found = site(
        in_function("if (vma->vm_flags & VM_SHARED)\n\treturn;\ng();"), "vma->vm_flags & VM_SHARED"
    )
    assert (found.role, found.policy) == ("other", "")


def test_a_derived_signal_called_for_its_effect_is_no_site() -> None:
    assert analysed(in_function("page_is_ours(page);")).sites == ()


def test_outcomes_of_a_derived_signal() -> None:
    assert outcomes(in_function(CHOICE.format("!page_is_ours(page)")), "page_is_ours(page)") == (
        "reuse",
        "copy",
    )
