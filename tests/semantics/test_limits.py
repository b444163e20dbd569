"""Bad input: it costs a bounded time, raises nothing, and what was given up is named."""

import functools
import re
import time

import numpy as np
import pytest

from kanalyze import config
from kanalyze.semantics.code import Code
from kanalyze.semantics.entries import Entry
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.states import Features
from kanalyze.source.program import Program

RULES = config.load().rules
FEATURES = Features(
    exclusive_bit=True, pin_bias=True, pin_counter=True, large_folios=True, ksm=True
)
STATES = 1431

# A single function may cost this much on a machine that is busy; a real one takes 0.3 s.
SECONDS = 20

# What is decided in the end, in every function here.
DECIDES = "if (page_count(page) == 1) wp_page_reuse(vmf); else wp_page_copy(vmf); return 0;"
DECIDED = {"reuse": 3, "copy": STATES - 3}
_PARAMETERS = "struct vm_fault *vmf, struct page *page"


def function(name: str, body: str, returns: str = "int") -> str:
    return f"static {returns} {name}({_PARAMETERS})\n{{\n{body}\n}}\n"


def read(body: str, helpers: str = "") -> tuple[Code, Program | None]:
    code = Code({"made.c": (helpers + function("decide", body)).encode()}, RULES)
    return code, code.program("decide")


@functools.cache
def evaluated(body: str, helpers: str = "") -> Evaluation:
    """Evaluate a function in time, and tell the way to each of its outcomes."""
    begun = time.process_time()
    code, program = read(body, helpers)
    assert program is not None
    entry = Entry("write-fault", "small", "page")
    evaluation = Evaluation(code, program, entry, FEATURES, answers=False)
    for outcome, mask in evaluation.outcomes.items():
        assert evaluation.witness(evaluation.universe.smallest(mask), outcome).words
    assert time.process_time() - begun < SECONDS
    return evaluation


def outcomes(evaluation: Evaluation) -> dict[str, int]:
    return {name: int(mask.sum()) for name, mask in evaluation.outcomes.items()}


def lost(evaluation: Evaluation) -> int:
    """Return how many states came to nothing at all, not even to ``none``."""
    found = np.zeros(evaluation.universe.size, np.bool_)
    for mask in evaluation.outcomes.values():
        found |= mask
    return int((~found).sum())


# ---------------------------------------------------------- followed completely

WHOLE = {
    "a loop that nobody bounds": "int i = 0;\nwhile (i < unknown())\n\ti++;\n" + DECIDES,
    "a long loop": "int i;\nfor (i = 0; i < 100000; i++)\n\twork(i);\n" + DECIDES,
    "a loop that nobody understands": "for_each_thing(thing, things)\n\twork();\n" + DECIDES,
    "do once": "do {\n\twork();\n\tif (unknown())\n\t\tbreak;\n} while (0);\n" + DECIDES,
    "back for another try": "again:\nif (unknown()) {\n\twork();\n\tgoto again;\n}\n" + DECIDES,
    "into a loop": "int i = 0;\ngoto in;\nwhile (i < 3) {\n\twork();\nin:\n\ti++;\n}\n" + DECIDES,
    "a loop in a loop": "while (unknown(1))\n\twhile (unknown(2))\n\t\tif (unknown(3))\n"
    "\t\t\tbreak;\n" + DECIDES,
    "one question after the other": "".join(f"if (u({i}))\n\twork({i});\n" for i in range(500))
    + DECIDES,
    "the same questions again": "".join(f"if (u({i}))\n\twork();\n" for i in range(30)) * 2
    + DECIDES,
    "arithmetic that C forbids": "int a = 1 / 0, b = 1 % 0, c = 1 << 99, d = 0x7fffffff * 3;\n"
    "int e = 99999999999999999, f = a + b - c * d ^ ~e;\nwork(f << -1);\n" + DECIDES,
}  # fmt: skip


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE.keys())
def test_nothing_is_given_up(body: str) -> None:
    evaluation = evaluated(body)
    assert outcomes(evaluation) == DECIDED
    assert evaluation.partial == ()


def test_a_loop_that_counts_references_may_have_counted_any_number() -> None:
    evaluation = evaluated("while (unknown())\n\tget_page(page);\n" + DECIDES)
    assert evaluation.possible("copy").all()
    assert int(evaluation.possible("reuse").sum()) >= 3
    assert evaluation.outcomes.keys() == {"reuse", "copy"}


def test_going_back_with_a_changed_page() -> None:
    body = "again:\nif (PageSwapCache(page)) {\n\tdelete_from_swap_cache(page);\n\tgoto again;\n}\n"
    evaluation = evaluated(body + DECIDES)
    swapped = evaluation.universe.columns.swap_cache > 0
    assert (evaluation.possible("reuse") & swapped).any()
    assert evaluation.partial == ()


def test_a_function_of_unknown_things_comes_to_nothing() -> None:
    body = """foo bar = baz(qux);
        if (bar->x & y(z))
            frob(bar, &vmf);
        else if (*a[b(c)]++ == d.e->f)
            goto out;
        return bar ? baz : q(1, 2)->r;
        out: return -3;"""
    evaluation = evaluated(body)
    assert outcomes(evaluation) == {"none": STATES}
    assert evaluation.partial == ()


def test_a_function_that_never_returns_is_named() -> None:
    evaluation = evaluated("for (;;)\n\tget_page(page);\n" + DECIDES)
    assert outcomes(evaluation) == {"none": STATES}
    assert "does not come to an end" in " ".join(evaluation.partial)


FALLS_THROUGH = f"""switch (page_count(page)) {{
    case 1:
        if (PageKsm(page))
            break;
        fallthrough;
    case 3:
        wp_page_reuse(vmf);
        return 0;
    case 2:
    default:
        break;
    }}
    {DECIDES.replace("== 1", "== 77")}"""


def test_a_switch_that_falls_through() -> None:
    evaluation = evaluated(FALLS_THROUGH)
    world = evaluation.world
    count = world.count(world.begin()).data
    ksm = evaluation.universe.columns.ksm > 0
    assert (evaluation.only("reuse") == ((count == 1) & ~ksm | (count == 3))).all()
    assert (evaluation.only("copy") == ~evaluation.only("reuse")).all()


def test_a_switch_over_a_range() -> None:
    evaluation = evaluated(FALLS_THROUGH.replace("case 3:", "case 3 ... 5:"))
    count = evaluation.world.count(evaluation.world.begin()).data
    # Every state that the range holds is among those that it may hold.
    assert evaluation.possible("reuse")[(count >= 3) & (count <= 5)].all()
    assert evaluation.possible("copy")[count == 2].all()


def test_a_switch_over_a_range_is_exact() -> None:
    evaluation = evaluated(FALLS_THROUGH.replace("case 3:", "case 3 ... 5:"))
    count = evaluation.world.count(evaluation.world.begin()).data
    assert not evaluation.possible("reuse")[count > 5].any()


# --------------------------------------------------------------------- given up

TOO_MUCH = {
    "choices that multiply": "int " + ", ".join(f"v{i} = 0" for i in range(300)) + ";\n"
    + "".join(f"if (u({i}))\n\tv{i} = 1;\n" for i in range(300))
    + "".join(f"if (v{i})\n\twork();\n" for i in range(300)) + DECIDES,
    "references that add up": "".join(f"if (u({i}))\n\tget_page(page);\n" for i in range(300))
    + DECIDES,
    "one condition": "if (" + " && ".join(f"u({i})" for i in range(2500)) + ")\n\twork();\n"
    + DECIDES,
}  # fmt: skip


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_is_too_much_is_named(body: str) -> None:
    evaluation = evaluated(body)
    assert any(one.startswith("decide") for one in evaluation.partial)


def levels(count: int, call: str) -> str:
    """Return functions that each ask about the page and call the next, the last one decides."""
    asks = "if (page_count(page) == 77)\n\treturn 1;\n"
    bodies = [asks + call.format(f"level_{at + 1}(vmf, page)") for at in range(count)]
    named = (function(f"level_{at}", body) for at, body in enumerate((*bodies, DECIDES)))
    return "".join(named)


def test_calls_that_multiply_are_named() -> None:
    call = "{0};\n{0};\n{0};\nreturn {0};"
    evaluation = evaluated("return level_0(vmf, page);", levels(7, call))
    assert any(re.match(r"level_\d", one) for one in evaluation.partial)


def test_calls_are_followed_some_levels_down() -> None:
    evaluation = evaluated("return level_0(vmf, page);", levels(5, "return {};"))
    assert outcomes(evaluation) == DECIDED
    assert evaluation.partial == ()


DEEP = ("return level_0(vmf, page);", levels(12, "return {};"))
RECURSIVE = ("if (PageKsm(page))\n\treturn decide(vmf, page);\n" + DECIDES, "")
MUTUAL = (
    "return other(vmf, page);",
    function("other", "if (PageKsm(page))\n\treturn decide(vmf, page);\n" + DECIDES),
)


@pytest.mark.parametrize("code", [DEEP, RECURSIVE, MUTUAL], ids=["deep", "itself", "each other"])
def test_calls_that_are_not_followed_lose_no_state(code: tuple[str, str]) -> None:
    assert lost(evaluated(*code)) == 0


@pytest.mark.parametrize("code", [DEEP, RECURSIVE, MUTUAL], ids=["deep", "itself", "each other"])
def test_calls_that_are_not_followed_are_named(code: tuple[str, str]) -> None:
    assert evaluated(*code).partial


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_no_state_is_lost_where_paths_are_given_up(body: str) -> None:
    assert lost(evaluated(body)) == 0


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_what_is_given_up_has_a_line(body: str) -> None:
    assert all(re.match(r"\w+:\d+: ", one) for one in evaluated(body).partial)


# --------------------------------------------------------------- helpers of a line


def test_a_helper_that_takes_a_reference_counts() -> None:
    helper = function("take", "get_page(page);", "void")
    expected = outcomes(evaluated("get_page(page);\n" + DECIDES))
    assert outcomes(evaluated("take(vmf, page);\n" + DECIDES, helper)) == expected


def test_a_helper_that_asks_for_flags_is_known() -> None:
    helper = function("writes", "return vmf->flags & FAULT_FLAG_WRITE;", "bool")
    body = "if (writes(vmf, page)) wp_page_reuse(vmf); else wp_page_copy(vmf); return 0;"
    assert outcomes(evaluated(body, helper)) == {"reuse": STATES}


# ------------------------------------------------------------------ what is no C

BROKEN = {
    "brackets": "if (page_count(page) == 1 {{\n\twp_page_reuse(vmf);\n} else ]\n\twork();",
    "words": "if if (page_count(page) ==) else else wp_page_reuse(vmf) wp_page_copy(vmf;",
    "half a statement": "wp_page_reuse(",
    "labels": "goto nowhere;\ncase 3:\nnowhere: nowhere: break; continue;\n" + DECIDES,
    "macros": "FOO(a, b)\nIF(CONFIG_X, if (page_count(page) == 1)) wp_page_reuse(vmf);\n"
    "list_for_each_entry(a, b, c) { wp_page_copy(vmf); }\nTHING(x) = { .a = ({ int b; b; }) };",
    "conditional braces": "#ifdef A\nif (a) {\n#else\nif (b) {\n#endif\n" + DECIDES + "\n}",
    "assembler": 'asm volatile("1: jmp %l[out]" :: "r"(page) : "memory" : out);\n'
    + DECIDES + "\nout: return 1;",
    "no text": "\x00\xff\u2028\\",
}  # fmt: skip


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_c_raises_nothing(body: str) -> None:
    _, program = read(body)
    if program is not None:
        evaluated(body)


def test_what_was_not_understood_is_named() -> None:
    assert evaluated(BROKEN["brackets"]).partial


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("".join(f"if (u({i}))\n\twork();\n" for i in range(4000)), id="long"),
        pytest.param("if (u()) {" * 400 + "}" * 400, id="deep"),
    ],
)
def test_what_is_refused_is_no_program(body: str) -> None:
    begun = time.process_time()
    _, program = read(body + DECIDES)
    assert program is None
    assert time.process_time() - begun < SECONDS


def test_a_callee_that_is_refused_is_named() -> None:
    helper = function("deep", "if (page_count(page)) {" * 400 + "}" * 400)
    evaluation = evaluated("deep(vmf, page);\n" + DECIDES, helper)
    assert evaluation.partial == ("deep:1: could not be read",)
    assert outcomes(evaluation) == DECIDED
