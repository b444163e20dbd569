"""Derived signals are found by what they rest on, so a new name is no hiding place."""

from pathlib import Path
from textwrap import dedent

import pytest

from kanalyze.config import load
from kanalyze.history.model import Scan
from kanalyze.history.scan import ScanRequest, scan


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree" / "mm").mkdir(parents=True)
    return tmp_path / "tree"


def scanned(tree: Path, text: str) -> Scan:
    (tree / "mm" / "memory.c").write_text(dedent(text).lstrip("\n"))
    database = tree.parent / "facts.db"
    request = ScanRequest(tree=str(tree), config=load(), history=False, db=database, jobs=1)
    return scan(request)


def derived(tree: Path, text: str) -> dict[str, tuple[str, ...]]:
    return {one.name: one.groups for one in scanned(tree, text).derived}


OURS = """
    static bool {name}(struct page *page)
    {{
        return page_count(page) == 1 && !PageKsm(page);
    }}
"""


@pytest.mark.parametrize("name", ["reuse_swap_page", "a_name_nobody_has_thought_of"])
def test_a_helper_is_found_whatever_its_name(name: str, tree: Path) -> None:
    assert derived(tree, OURS.format(name=name)) == {name: ("ksm", "refcount")}


def test_who_asks_a_helper_decides_by_its_evidence(tree: Path) -> None:
    caller = """
        static vm_fault_t fault(struct vm_fault *vmf)
        {
            if (!ours(vmf->page))
                goto copy;
            wp_page_reuse(vmf);
            return 0;
        copy:
            return wp_page_copy(vmf);
        }
    """
    found = scanned(tree, dedent(OURS.format(name="ours")) + dedent(caller))
    (site,) = [one for one in found.sites if one.predicate == "ours(vmf->page)"]
    assert (site.role, site.policy, site.derived) == ("decision", "refcount", ("ours",))
    assert site.outcomes and (site.outcomes.true, site.outcomes.false) == ("reuse", "copy")


def test_a_wrapper_answers_by_what_it_wraps(tree: Path) -> None:
    wrapper = """
        bool may_reuse(struct vm_area_struct *vma, struct page *page)
        {
            if (vma->vm_flags & VM_LOCKED)
                return false;
            return ours(page);
        }
    """
    found = derived(tree, dedent(wrapper) + dedent(OURS.format(name="ours")))
    assert found["may_reuse"] == ("ksm", "refcount")


def test_an_errno_answers_for_its_function(tree: Path) -> None:
    text = """
        static int try_dup(struct page *page, struct vm_area_struct *vma)
        {
            if (PageAnonExclusive(page) && page_maybe_dma_pinned(page))
                return -EBUSY;
            return 0;
        }
    """
    assert derived(tree, text) == {"try_dup": ("exclusive-bit", "pin")}


def test_an_errno_does_not_climb_unless_it_is_handed_on(tree: Path) -> None:
    text = """
        static int try_dup(struct page *page)
        {
            if (page_maybe_dma_pinned(page))
                return -EBUSY;
            return 0;
        }
        int handed_on(struct page *page)
        {
            return try_dup(page);
        }
        int one_of_many_that_fail(struct page *page)
        {
            int err = try_dup(page);

            if (err)
                return -EIO;
            return 0;
        }
    """
    assert set(derived(tree, text)) == {"try_dup", "handed_on"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "static bool f(unsigned long a)\n{\n\treturn page_count(virt_to_page(a)) == 1;\n}\n",
            id="about no page",
        ),
        pytest.param(
            "static bool f(struct page *p)\n{\n\tVM_BUG_ON(!page_count(p));\n\treturn true;\n}\n",
            id="asserts only",
        ),
        pytest.param(
            "static void f(struct page *page)\n{\n\tif (page_count(page))\n\t\tg();\n}\n",
            id="no answer",
        ),
        pytest.param(
            "static int f(struct page *page)\n{\n\treturn page_count(page) + 1;\n}\n",
            id="a count",
        ),
        pytest.param(
            "static bool f(struct page *p)\n{\n\tpage_count(p);\n\treturn PageAnon(p);\n}\n",
            id="reads it and answers by something else",
        ),
    ],
)
def test_what_is_no_answer_about_a_page_is_no_derived_signal(text: str, tree: Path) -> None:
    assert "f" not in derived(tree, text)


def test_a_macro_is_not_read(tree: Path) -> None:
    text = "#define ours(page) (page_count(page) == 1)\nvoid f(void)\n{\n}\n"
    assert derived(tree, text) == {}


def test_one_of_two_definitions_is_enough(tree: Path) -> None:
    text = """
        #ifdef CONFIG_SWAP
        static bool ours(struct page *page)
        {
            return page_swapcount(page) == 1;
        }
        #else
        static inline bool ours(struct page *page)
        {
            return true;
        }
        #endif
    """
    assert derived(tree, text) == {"ours": ("swap-count",)}


def test_helpers_that_ask_each_other_come_to_an_end(tree: Path) -> None:
    text = """
        static bool one(struct page *page)
        {
            return two(page);
        }
        static bool two(struct page *page)
        {
            return page_count(page) == 1 || one(page);
        }
    """
    assert derived(tree, text) == {"one": ("refcount",), "two": ("refcount",)}


IS_COW = """
    static inline bool cow_by_flags({flags})
    {{
        return vma_flags_test(flags, VMA_MAYWRITE_BIT) && !vma_flags_test(flags, VMA_SHARED_BIT);
    }}
    static inline bool cow_by_mapping(const struct vm_area_struct *vma)
    {{
        return cow_by_flags({given});
    }}
    static void fork_one(struct vm_area_struct *vma, pte_t *pte)
    {{
        if (cow_by_mapping(vma))
            ptep_set_wrprotect(vma->vm_mm, 0, pte);
    }}
"""


@pytest.mark.parametrize(
    ("flags", "given"),
    [
        ("const vma_flags_t *flags", "&vma->flags"),
        ("vma_flags_t *vma_flags", "&vma->flags"),
        ("vm_flags_t flags", "vma->vm_flags"),
        ("unsigned long vm_flags", "vma->vm_flags"),
        ("const unsigned long flags", "vma->vm_flags"),
    ],
)
def test_what_a_mapping_allows_is_asked_through_a_second_name(
    flags: str, given: str, tree: Path
) -> None:
    found = scanned(tree, IS_COW.format(flags=flags, given=given))
    names = {one.name: one.groups for one in found.derived}
    assert names["cow_by_flags"] == names["cow_by_mapping"] == ("mapping",)
    (site,) = [one for one in found.sites if one.predicate == "cow_by_mapping(vma)"]
    assert (site.function, site.derived) == ("fork_one", ("cow_by_mapping",))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return cow_by_flags(&vma->flags) && vma->vm_file;", id="and more"),
        pytest.param("return cow_by_flags(&vma->flags) | other(vma);", id="two at once"),
        pytest.param("might_sleep();\n\treturn cow_by_flags(&vma->flags);", id="does more"),
        pytest.param("return !cow_by_flags(&vma->flags);", id="the contrary"),
        pytest.param("if (vma)\n\t\treturn cow_by_flags(&vma->flags);\n\treturn 0;", id="at times"),
    ],
)
def test_who_does_more_than_to_call_it_is_no_second_name(body: str, tree: Path) -> None:
    text = IS_COW.format(flags="const vma_flags_t *flags", given="&vma->flags")
    text += f"    static bool more(struct vm_area_struct *vma)\n    {{\n\t{body}\n    }}\n"
    assert "more" not in {one.name for one in scanned(tree, text).derived}


@pytest.mark.parametrize(
    "flags",
    ["struct vma *flags", "const vma_flags_t *flags, int write", "void *flags", "vma_flags_t set"],
)
def test_what_is_not_handed_flags_alone_answers_nothing_by_them(flags: str, tree: Path) -> None:
    found = derived(tree, IS_COW.format(flags=flags, given="&vma->flags"))
    assert "cow_by_flags" not in found
