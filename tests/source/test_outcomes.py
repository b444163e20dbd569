"""What each side of a condition really does."""

import pytest
from snippets import in_function, outcomes, site

COUNT = "page_count(page) != 1"
FAULT = "static vm_fault_t f(struct vm_fault *vmf)"
BOOL = "static bool f(struct page *page)"
ERRNO = "static int f(struct page *page)"

ON, OFF = "continue", "back-off"

# What a function without a telling result does when COUNT is true, and when it is false.
ACTS = {
    "goto copy": (
        "if (COUNT)\n\tgoto copy;\nwp_page_reuse();\nreturn 0;\ncopy:\nreturn wp_page_copy();",
        ("copy", "reuse"),
    ),
    "reuse or go on to a later decision": (
        "if (!(COUNT))\n\tpte = maybe_mkwrite(pte, vma);\nset_pte_at(mm, addr, ptep, pte);",
        (ON, "reuse"),
    ),
    "one of two": (
        "if (a || COUNT)\n\tgoto copy;\nwp_page_reuse(vmf);\nreturn;\ncopy:\nwp_page_copy();",
        ("copy", "reuse"),
    ),
    "both of two": (
        "if (a && COUNT)\n\tgoto copy;\nwp_page_reuse(vmf);\nreturn;\ncopy:\nwp_page_copy();",
        ("copy", "reuse"),
    ),
    "negated": (
        "if (!(COUNT))\n\tgoto copy;\nwp_page_reuse(vmf);\nreturn;\ncopy:\nwp_page_copy();",
        ("reuse", "copy"),
    ),
    "a negated pair": (
        "if (!(a || COUNT))\n\tgoto reuse;\nwp_page_copy();\nreturn;\nreuse:\nwp_page_reuse();",
        ("copy", "reuse"),
    ),
    "unlikely": (
        "if (unlikely(COUNT))\n\tgoto copy;\nwp_page_reuse();\nreturn;\ncopy:\nwp_page_copy();",
        ("copy", "reuse"),
    ),
    "WARN_ON_ONCE as a condition": (
        "if (WARN_ON_ONCE(COUNT))\n\treturn;\nwp_page_reuse(vmf);",
        (OFF, ON),
    ),
    "start again": ("again:\nif (COUNT) {\n\tcpu_relax();\n\tgoto again;\n}\ng();", ("retry", ON)),
    "retry later": ("if (COUNT)\n\treturn VM_FAULT_RETRY;\ng();\nreturn 0;", ("retry", ON)),
    "give up": ("if (COUNT)\n\tgoto keep_locked;\ng();\nkeep_locked:\nh();", (OFF, ON)),
    "the next page": ("while (a) {\n\tif (COUNT)\n\t\tcontinue;\n\tg();\n}", (OFF, ON)),
    "leave": ("if (COUNT)\n\treturn;\ng();", (OFF, ON)),
    "give up in the else": ("if (COUNT)\n\tg();\nelse\n\treturn;\nh();", (ON, OFF)),
    "both sides leave": (
        "while (a) {\n\tif (COUNT)\n\t\tgoto x;\n\telse\n\t\tcontinue;\n}\nx:\ng();",
        (OFF, ON),
    ),
    "done, and the other side is not": (
        "if (!(COUNT)) {\n\tunlock_page(page);\n\tgoto free_it;\n}\ng();\nfree_it:\nh();",
        (OFF, ON),
    ),
    "more or less to do": ("if (COUNT) {\n\tif (a)\n\t\treturn;\n\tg();\n}\nh();", (ON, ON)),
    "the same on both sides": (
        "if (COUNT)\n\twp_page_copy(vmf);\nelse\n\twp_page_copy(vmf);",
        (ON, ON),
    ),
    "still open": (
        "if (COUNT)\n\tg();\nif (b)\n\twp_page_copy(vmf);\nelse\n\twp_page_reuse(vmf);",
        (ON, ON),
    ),
}


@pytest.mark.parametrize("what", ACTS)
def test_a_side_is_called_what_it_does(what: str) -> None:
    body, expected = ACTS[what]
    assert outcomes(in_function(body.replace("COUNT", COUNT), FAULT), COUNT) == expected


RESULTS = {
    "true or false": (
        BOOL,
        "if (COUNT)\n\treturn false;\nreturn true;",
        ("return false", "return true"),
    ),
    "the condition itself": (BOOL, "return !(COUNT);", ("return false", "return true")),
    "one of two": (BOOL, "return a && COUNT;", ("return true", "return false")),
    "behind another": (
        BOOL,
        "if (a)\n\treturn false;\nreturn COUNT;",
        ("return true", "return false"),
    ),
    "through a variable": (
        BOOL,
        "bool ours = false;\nif (COUNT)\n\tgoto out;\nours = true;\nout:\ng();\nreturn ours;",
        ("return false", "return true"),
    ),
    "busy": (ERRNO, "if (COUNT)\n\treturn -EBUSY;\nreturn 0;", ("return -EBUSY", "return 0")),
    "an error in a variable": (
        ERRNO,
        "int err = -EFAULT;\nif (COUNT)\n\tgoto out;\nerr = 0;\nout:\nreturn err;",
        ("return -EFAULT", "return 0"),
    ),
    "a side that can still succeed": (
        ERRNO,
        "int err = -EFAULT;\nif (COUNT) {\n\tif (a)\n\t\tgoto out;\n}\nerr = 0;\nout:\nreturn err;",
        ("return -EFAULT", "return 0"),
    ),
    "both can return the same": (
        BOOL,
        "if (COUNT) {\n\tif (a)\n\t\treturn false;\n\tg();\n}\nreturn b;",
        (ON, ON),
    ),
    "a copy is called a copy": (
        ERRNO,
        "if (COUNT)\n\treturn copy_present_page(page);\nreturn 0;",
        ("copy", "return 0"),
    ),
}


@pytest.mark.parametrize("what", RESULTS)
def test_where_the_result_is_the_product_it_is_the_outcome(what: str) -> None:
    head, body, expected = RESULTS[what]
    if what == "both can return the same":
        body = body.replace("return b;", "if (b)\n\treturn false;\nreturn true;")
    assert outcomes(in_function(body.replace("COUNT", COUNT), head), COUNT) == expected


def test_an_outcome_says_by_what_it_is_known() -> None:
    body = "if (COUNT)\n\tgoto copy;\nwp_page_reuse(vmf);\nreturn;\ncopy:\nwp_page_copy();"
    found = site(in_function(body.replace("COUNT", COUNT), FAULT), COUNT).outcomes
    assert found is not None
    assert (found.true_by, found.false_by) == ("goto copy", "wp_page_reuse")


def test_each_atom_of_a_condition_is_judged_as_if_the_choice_were_its_own() -> None:
    body = "if (PageKsm(page) || page_count(page) > 3)\n\tgoto copy;\nwp_page_reuse(vmf);\nreturn;"
    text = in_function(body + "\ncopy:\nwp_page_copy(vmf);", FAULT)
    assert outcomes(text, "PageKsm(page)") == ("copy", "reuse")
    assert outcomes(text, "page_count(page) > 3") == ("copy", "reuse")


def test_the_second_side_of_a_ternary_is_a_condition_too() -> None:
    body = "if (a ? page_count(page) == 1 : page_mapcount(page) == 1)\n\tgoto reuse;\n"
    text = in_function(body + "wp_page_copy(vmf);\nreturn;\nreuse:\nwp_page_reuse(vmf);", FAULT)
    assert outcomes(text, "page_count(page) == 1") == ("reuse", "copy")
    assert outcomes(text, "page_mapcount(page) == 1") == ("reuse", "copy")


def test_a_variable_has_the_outcomes_of_the_first_condition_that_chooses_by_it() -> None:
    body = (
        "n = page_count(page);\nif (n > 7)\n\tg();\nif (n == 1)\n\tgoto reuse;\n"
        "wp_page_copy(vmf);\nreturn;\nreuse:\nwp_page_reuse(vmf);"
    )
    found = site(in_function(body, FAULT), "n = page_count(page)")
    assert found.outcomes and (found.outcomes.true, found.outcomes.false) == ("reuse", "copy")
    assert (found.role, found.condition) == ("decision", "n == 1")


def test_a_variable_assigned_again_is_not_followed() -> None:
    body = (
        "n = page_count(page);\nn = g();\nif (n == 1)\n\tgoto reuse;\nreuse:\nwp_page_reuse(vmf);"
    )
    found = site(in_function(body, FAULT), "n = page_count(page)")
    assert (found.role, found.outcomes) == ("other", None)
    assert found.reason == "stored in n, not tested here"


def test_a_loop_in_dead_code_comes_to_an_end() -> None:
    text = in_function("return;\nwhile (a) {\n\tif (page_count(page))\n\t\tg();\n}")
    assert outcomes(text, "page_count(page)") == (ON, ON)
