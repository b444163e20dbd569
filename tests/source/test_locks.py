"""Locks: those held on every way to a place, and those that were held before."""

import pytest
from snippets import in_function, site

PTL, FOLIO = "page-table lock", "folio lock"


def locks(body: str, head: str = "static void f(struct page *page)") -> list[str]:
    text = in_function(body.replace("here()", "page_count(page)"), head)
    return list(site(text, "page_count(page)").locks)


CASES = {
    "taken": ("lock_page(page);\nhere();", [FOLIO]),
    "dropped": ("lock_page(page);\nunlock_page(page);\nhere();", []),
    "taken on one way only": ("if (a)\n\tlock_page(page);\nhere();\nif (a)\n\tg();", []),
    "taken on both ways": (
        "if (a)\n\tlock_page(page);\nelse\n\tfolio_lock(page);\nhere();",
        [FOLIO],
    ),
    "tried, and got": ("if (!trylock_page(page))\n\treturn;\nhere();", [FOLIO]),
    "tried, and not got": ("if (!trylock_page(page)) {\n\there();\n\treturn;\n}", []),
    "tried, one way or the other": (
        "if (!trylock_page(page))\n\tlock_page(page);\nhere();",
        [FOLIO],
    ),
    "tried into a variable": ("ok = trylock_page(page);\nif (!ok)\n\treturn;\nhere();", [FOLIO]),
    "killable, and got": ("if (lock_page_killable(page))\n\treturn;\nhere();", [FOLIO]),
    "killable, and killed": ("if (lock_page_killable(page))\n\there();", []),
    "a page-table lock by its name": ("spin_lock(vmf->ptl);\nhere();", [PTL]),
    "one of 2005": ("spin_lock(&mm->page_table_lock);\nhere();", [PTL]),
    "mapped and locked": ("pte = pte_offset_map_lock(mm, pmd, addr, &ptl);\nhere();", [PTL]),
    "mapping failed": (
        "pte = pte_offset_map_lock(mm, pmd, addr, &ptl);\nif (!pte)\n\there();",
        [],
    ),
    "mapping did not fail": (
        "pte = pte_offset_map_lock(mm, pmd, addr, &ptl);\nif (!pte)\n\treturn;\nhere();",
        [PTL],
    ),
    "unmapped": (
        "pte = pte_offset_map_lock(mm, pmd, addr, &ptl);\npte_unmap_unlock(pte, ptl);\nhere();",
        [],
    ),
    "two of a kind": (
        "spin_lock(dst_ptl);\nspin_lock_nested(src_ptl, 1);\nspin_unlock(src_ptl);\nhere();",
        [PTL],
    ),
    "for reading": ("mmap_read_lock(mm);\nhere();", ["mmap lock (read)"]),
    "for writing, of 2010": ("down_write(&mm->mmap_sem);\nhere();", ["mmap lock (write)"]),
    "interrupts": ("local_irq_save(flags);\nhere();", ["irqs off"]),
    "some other lock": ("spin_lock(&zone->lock);\nhere();", ["zone->lock"]),
    "given up in a loop": (
        "lock_page(page);\nwhile (a) {\n\there();\n\tunlock_page(page);\n\tlock_page(page);\n}",
        [FOLIO],
    ),
    "behind goto": (
        "lock_page(page);\nif (a)\n\tgoto out;\nunlock_page(page);\nreturn;\nout:\n\there();",
        [FOLIO],
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_is_held(what: str) -> None:
    body, expected = CASES[what]
    assert locks(body) == expected


AT_ENTRY = {
    "dropped without having been taken": ("here();\nspin_unlock(vmf->ptl);", [PTL]),
    "dropped on one way, the other leaves": (
        "here();\nif (a)\n\treturn;\nspin_unlock(vmf->ptl);",
        [PTL],
    ),
    "asserted": ("mmap_assert_write_locked(mm);\nhere();", ["mmap lock (write)"]),
    "asserted by its flag": ("VM_BUG_ON_PAGE(!PageLocked(page), page);\nhere();", [FOLIO]),
    "dropped and taken again": (
        "here();\nspin_unlock(ptl);\ng();\nspin_lock(ptl);",
        [PTL],
    ),
    "taken first": ("spin_lock(ptl);\nspin_unlock(ptl);\nhere();", []),
}


@pytest.mark.parametrize("what", AT_ENTRY)
def test_what_was_held_at_entry(what: str) -> None:
    body, expected = AT_ENTRY[what]
    assert locks(body) == expected


def test_a_declaration_says_what_was_held_at_entry() -> None:
    head = "static void f(struct vm_fault *vmf)\n\t__releases(vmf->ptl)"
    assert locks("here();", head) == [PTL]


def test_a_site_says_how_its_locks_were_taken() -> None:
    text = in_function("if (!trylock_page(page))\n\treturn;\npage_count(page);")
    assert site(text, "page_count(page)").locked_by == ("trylock_page(page)",)
