"""tree-sitter reads the kernel's macros, because it never sees them."""

import pytest
from snippets import RULES, analysed, function, in_function, site

HEADS = [
    "static int __init f(struct page *page)",
    "asmlinkage int f(struct page __user *page)",
    "static noinline_for_stack int f(struct page *page)",
    "int __must_check f(struct page *page) __releases(ptl) __acquires(ptl)",
    "static __always_inline int f(struct page *page)",
    "SYSCALL_DEFINE3(f, unsigned long, start, size_t, len, struct page __user *, page)",
    "static vm_fault_t f(struct page *page)\n\t__must_hold(&page->lock)",
    "static int\nf(struct page *page)",
    "__setup_f int f(struct page *page)",
    "static int f(struct page *page, int (*walk)(pte_t *, struct mm_walk *))",
]

BODIES = [
    "struct page __user *u;",
    "int err __maybe_unused;",
    "struct page *page __free(put_page) = NULL;",
    "static DEFINE_RATELIMIT_STATE(rs, 5, 10);",
    "for_each_sg(sgl, sg, n, i)\n\tg();",
    "list_for_each_entry_safe(a, b, &head, list) {\n\tg();\n}",
    "for_each_process(p)\n\tif (p->mm)\n\t\tg();",
    "do_each_thread(g, p) {\n\th();\n} while_each_thread(g, p);",
    "scoped_guard(rcu)\n\tg();",
    "scoped_guard(mutex, &lock) {\n\tg();\n}",
    "guard(mutex)(&lock);",
    "p = container_of(x, struct page, lru);",
    "p = kmalloc_array(n, sizeof(struct page), GFP_KERNEL);",
    "x = (__force int)y;",
    "a = list_first_entry(&h, struct page, lru);",
    "n = min_t(unsigned long, a, b);",
    "if (a) b(); else if (c) d();",
    'asm volatile("" : : : "memory");',
    "void *p = ({ int y = 1; y; });",
    "x = y ?: z;",
    "switch (x) {\ncase 1 ... 3:\n\tg();\n}",
]


@pytest.mark.parametrize("head", HEADS)
def test_a_declaration_is_no_obstacle(head: str) -> None:
    found = analysed(f"{head}\n{{\n\tpage_count(page);\n}}\n")
    assert not found.problems
    assert [site.predicate for site in found.sites] == ["page_count(page)"]


@pytest.mark.parametrize("body", BODIES)
def test_a_macro_is_no_obstacle(body: str) -> None:
    found = analysed(in_function(f"{body}\npage_count(page);"))
    assert not found.problems
    assert "page_count" in {name for site in found.sites for name in site.signals}


@pytest.mark.parametrize(
    "text", [f"{h}\n{{\n}}\n" for h in HEADS] + [in_function(b) for b in BODIES]
)
def test_masking_moves_nothing(text: str) -> None:
    one = function(text)
    masked = RULES.masker.mask(one.text, one.body)
    assert len(masked) == len(one.text)
    assert masked.count(b"\n") == one.text.count(b"\n")
    assert masked.find(b"{") == one.body


def test_a_range_of_cases_is_a_guard_as_written() -> None:
    text = in_function("switch (x) {\ncase 1 ... 3:\n\tpage_count(page);\n}")
    assert site(text, "page_count(page)").guards == ("x == 1 ... 3",)


def test_a_loop_macro_repeats_what_stands_in_it() -> None:
    text = in_function("for_each_sg(sgl, sg, n, i)\n\ta = g();\nif (a)\n\tpage_count(page);")
    assert site(text, "page_count(page)").guards == ("a",)
