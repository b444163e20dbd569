"""The C model itself, on states whose outcome a reader of the kernel can tell by hand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import c_model
import pytest
from c_cases import Case, Models, cases, function_text
from c_model import ModelError, compile_model

from kanalyze.semantics.states import PageState

NEW = ("6.1", "6.12", "7.2")
CASES = {(case.entry, case.release, case.size): case for case in cases()}

REUSE, COPY = frozenset({"reuse"}), frozenset({"copy"})
TRUE, FALSE = frozenset({"return true"}), frozenset({"return false"})

needs_compiler = pytest.mark.skipif(c_model.compiler() is None, reason="no C compiler")


@pytest.fixture(scope="module")
def models(
    releases_repo: Path,
    release_tag: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Models:
    return Models(releases_repo, release_tag, tmp_path_factory.mktemp("models"))


# --------------------------------------------------------- states told by hand


class Told:
    """Expectations for one entry function, collected row by row."""

    def __init__(self, entry: str, **common: Any) -> None:
        self.entry = entry
        self.common = common
        self.rows: list[Any] = []

    def say(
        self, releases: tuple[str, ...], outcomes: frozenset[str], why: str, /, **state: Any
    ) -> "Told":
        """Expect ``outcomes`` in ``state``; ``call`` replaces the case's own."""
        fields = self.common | state
        call = fields.pop("call", None)
        for release in releases:
            case = CASES[self.entry, release, fields.get("size", "small")]
            case = replace(case, call=call or case.call)
            name = f"{case.id}: {why}"
            self.rows.append(pytest.param(case, PageState(**fields), outcomes, id=name))
        return self


# Nobody else has mapped it since it was last unmapped.
_UNSHARED = "folio->_mm_ids = 0; do_wp_page(vmf)"
WP = (
    Told("do_wp_page", my_maps=1)
    .say(("5.10", *NEW), REUSE | COPY, "mine alone, if the lock is free")
    .say(("5.10", *NEW), COPY, "mapped twice", other_maps=1)
    .say(("5.10", *NEW), COPY, "KSM", ksm=True)
    .say(("5.10", *NEW), COPY, "a file's", anonymous=False)
    .say(("5.10", *NEW), COPY, "in a pipe", other_refs=1)
    .say(("5.10", *NEW), COPY, "pinned, and not marked exclusive", my_pins=1)
    .say(("5.10",), COPY, "the swap cache counts", swap_cache=True)
    .say(("5.10",), COPY, "there is no exclusive bit", exclusive=True, my_pins=1)
    .say(("5.10",), COPY, "no drain", lru_refs="local")
    .say(NEW, REUSE, "exclusive, no question asked", exclusive=True, my_pins=1, other_refs=3)
    .say(NEW, REUSE | COPY, "the swap cache is freed", swap_cache=True)
    .say(NEW, COPY, "a swap entry needs the swap cache", swap_cache=True, other_swaps=1)
    .say(NEW, REUSE | COPY, "a swap entry without swap cache is no reference", other_swaps=1)
    .say(NEW, REUSE | COPY, "drained", lru_refs="local")
    .say(NEW, COPY, "another CPU's is not drained", lru_refs="remote")
    .say(NEW, REUSE | COPY, "three at first, then two", lru_refs="local", swap_cache=True)
    .say(NEW, COPY, "four", lru_refs="local", swap_cache=True, my_refs=1)
    .say(NEW, COPY, "three, and all in use", swap_cache=True, my_refs=1)
    .say(("6.1",), REUSE | COPY, "large, one page mapped", size="large")
    .say(("6.1",), COPY, "large, two pages mapped", size="large", my_maps=2)
    .say(("6.12",), COPY, "never a large one", size="large", my_maps=4)
    .say(("6.12", "7.2"), REUSE, "large, exclusive", size="large", exclusive=True)
    .say(("7.2",), REUSE | COPY, "large, if known to be unshared", size="large", my_maps=2)
    .say(("7.2",), REUSE, "large, no lock needed", size="large", my_maps=2, call=_UNSHARED)
    .say(("7.2",), COPY, "large, one page left", size="large")
    .say(("7.2",), COPY, "large, two processes", size="large", my_maps=2, other_maps=1)
    .say(("7.2",), COPY, "large, a reference", size="large", my_maps=2, other_refs=1)
    .say(("7.2",), REUSE | COPY, "large, swap cache", size="large", my_maps=2, swap_cache=True)
    .say(
        ("7.2",),
        COPY,
        "large, partly swapped",
        size="large",
        my_maps=2,
        my_swaps=1,
        swap_cache=True,
    )
    .say(
        NEW,
        REUSE,
        "settled: the lock is never free",
        exclusive=True,
        call="settled = 1; do_wp_page(vmf)",
    )
    .say(NEW, COPY, "settled: the lock is never free", call="settled = 1; do_wp_page(vmf)")
)

CAN_REUSE = (
    Told("wp_can_reuse_anon_folio", my_maps=1)
    .say(("6.12", "7.2"), TRUE | FALSE, "mine alone, if the lock is free")
    .say(("6.12", "7.2"), FALSE, "it does not ask the exclusive bit", exclusive=True, my_refs=1)
    .say(("6.12",), FALSE, "large", size="large", my_maps=2)
    .say(("7.2",), TRUE | FALSE, "large", size="large", my_maps=2)
)

# The swap entry that is just being brought back is still counted.
REUSE_SWAP = (
    Told("reuse_swap_page", my_swaps=1, swap_cache=True)
    .say(("5.10",), TRUE | FALSE, "mine alone, if it is not being written to stable storage")
    .say(("5.10",), FALSE, "another's swap entry", other_swaps=1)
    .say(("5.10",), FALSE, "mapped elsewhere", other_maps=1)
    .say(("5.10",), FALSE, "KSM", ksm=True)
    .say(("5.10",), TRUE | FALSE, "references do not count", other_refs=2, other_pins=1)
    .say(("5.10",), TRUE, "swap entries count in the swap cache only", swap_cache=False)
)

_FREE_SWAP = {
    "6.1": "returns(should_try_to_free_swap(folio, vma, FAULT_FLAG_WRITE))",
    "7.2": "returns(should_try_to_free_swap(si, folio, vma, 1, FAULT_FLAG_WRITE))",
}
FREE_SWAP = (
    Told("should_try_to_free_swap", swap_cache=True)
    .say(NEW, TRUE | FALSE, "swap may be full", my_refs=1)
    .say(NEW, FALSE, "nothing to free", swap_cache=False)
)
WRITE_6_1 = (
    Told("should_try_to_free_swap", swap_cache=True, call="settled = 1; " + _FREE_SWAP["6.1"])
    .say(("6.1", "6.12"), TRUE, "the swap cache's reference and the code's")
    .say(("6.1", "6.12"), FALSE, "one more", other_refs=1)
    .say(("6.1", "6.12"), FALSE, "KSM", ksm=True)
    .say(("6.1",), FALSE, "large ones have more than two", size="large")
    .say(("6.12",), TRUE, "large ones have one for every page", size="large")
)
WRITE_7_2 = (
    Told("should_try_to_free_swap", swap_cache=True, call="settled = 1; " + _FREE_SWAP["7.2"])
    .say(("7.2",), TRUE, "the swap cache's reference and that of the mapping", my_maps=1)
    .say(("7.2",), FALSE, "one more", my_maps=1, other_refs=1)
)


def pins(entry: str, *releases: str) -> Iterator[Told]:
    for size in ("small", "large", "pmd", "hugetlb"):
        told = Told(entry, size=size, my_maps=1)
        told.say(releases, TRUE, "pinned by me", my_pins=1)
        told.say(releases, FALSE, "references are no pins", my_refs=3, swap_cache=True)
        both = FALSE if "needs_cow" in entry else frozenset()
        yield told.say(releases, TRUE | both, "pinned by others", other_pins=1)


UNSHARE = (
    Told("gup_must_unshare", my_maps=1)
    .say(NEW, FALSE, "exclusive", exclusive=True)
    .say(NEW, TRUE | FALSE, "only to pin, and only to read")
    .say(("6.1",), FALSE, "6.1 takes a file's page", anonymous=False)
    .say(("6.12", "7.2"), TRUE | FALSE, "for long, and private", anonymous=False)
)
_LONG = "returns(gup_must_unshare(vma, FOLL_PIN | FOLL_LONGTERM, page))"
_SHORT = "returns(gup_must_unshare(vma, FOLL_PIN, page))"
_WRITE = "returns(gup_must_unshare(vma, FOLL_PIN | FOLL_WRITE, page))"
UNSHARE_FLAGS = (
    Told("gup_must_unshare", my_maps=1)
    .say(("6.12", "7.2"), TRUE, "a private file's page, for long", anonymous=False, call=_LONG)
    .say(("6.12", "7.2"), FALSE, "a file's page, not for long", anonymous=False, call=_SHORT)
    .say(("6.12", "7.2"), TRUE, "not exclusive", call=_SHORT)
    .say(("6.12", "7.2"), FALSE, "to write", call=_WRITE)
)

# The entry is read-only and what else a state does not say is "no".
_READ_ONLY = "settled = 1; vma->vm_flags = VM_MAYWRITE; returns(can_follow_write_pte"
_FORCE = f"{_READ_ONLY}(*vmf->pte, page, vma, FOLL_FORCE))"
_PLAIN = f"{_READ_ONLY}(*vmf->pte, page, vma, 0))"
FOLLOW = (
    Told("can_follow_write_pte", my_maps=1)
    .say(NEW, TRUE | FALSE, "the entry may be writable")
    .say(NEW, TRUE, "COW is broken", exclusive=True, call=_FORCE)
    .say(NEW, FALSE, "not exclusive", call=_FORCE)
    .say(NEW, FALSE, "a file's", anonymous=False, call=_FORCE)
    .say(NEW, FALSE, "without force", exclusive=True, call=_PLAIN)
)

ROWS = [
    row
    for told in (
        *(WP, CAN_REUSE, REUSE_SWAP, FREE_SWAP, WRITE_6_1, WRITE_7_2),
        *(UNSHARE, UNSHARE_FLAGS, FOLLOW),
        *pins("page_maybe_dma_pinned", "5.10", "6.1"),
        *pins("folio_maybe_dma_pinned", *NEW),
        *pins("page_needs_cow_for_dma", "6.1"),
        *pins("folio_needs_cow_for_dma", "6.12", "7.2"),
    )
    for row in told.rows
]


@pytest.mark.parametrize(("case", "state", "outcomes"), ROWS)
def test_a_state(models: Models, case: Case, state: PageState, outcomes: frozenset[str]) -> None:
    assert models(case).outcomes([state]) == [outcomes]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_every_state_has_an_outcome(models: Models, case: Case) -> None:
    both = (False, True)
    axes = product(both, (0, 1, 2), (0, 1), (0, 1), both, (0, 1), (0, 1), both)
    states = [
        PageState(
            size=case.size,
            anonymous=anonymous,
            my_maps=mine,
            other_maps=other,
            other_swaps=swaps,
            swap_cache=cached,
            other_refs=refs,
            my_pins=pin,
            exclusive=own,
        )
        for anonymous, mine, other, swaps, cached, refs, pin, own in axes
    ]
    words = {"reuse", "copy"} if case.trigger == "write-fault" else set()
    if "returns(" in case.call:
        words = {"return true", "return false"}
    for state, outcomes in zip(states, models(case).outcomes(states), strict=True):
        assert outcomes and outcomes <= words, state


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(cases())


# ------------------------------------------------------------ what is refused


def refused(tmp_path: Path, body: str, call: str = "returns(f(page))") -> str:
    """Return what is said about a function with this body, on a small and a large page."""
    text = f"static bool f(struct page *page)\n{{\n\t{body}\n}}\n"
    states = [PageState(my_maps=1), PageState(my_maps=1, size="large")]
    with pytest.raises(ModelError) as caught:
        compile_model([text], "f", call, tmp_path).outcomes(states)
    return str(caught.value)


@needs_compiler
@pytest.mark.parametrize(
    ("body", "name"),
    [
        pytest.param("return page_shared_somehow(page);", "page_shared_somehow", id="a function"),
        pytest.param("return PAGE_FLAG & 1;", "PAGE_FLAG", id="a name"),
        pytest.param("return page->mapping;", "mapping", id="a field"),
        pytest.param("return folio_ref_count(page) == 1;", "folio_ref_count", id="a wrong type"),
        pytest.param("return IS_ENABLED(CONFIG_NUMA);", "CONFIG_NUMA", id="an option"),
        pytest.param("#ifdef CONFIG_NUMA\n#endif\n\treturn true;", "CONFIG_NUMA", id="an #ifdef"),
        pytest.param("return page_mapcount(page) == 1;", "page_mapcount", id="a large page"),
        pytest.param("while (!trylock_page(page)) ; return true;", "too many", id="a loop"),
        pytest.param("page = NULL; return page->s.ksm;", "f ended with -", id="a fault"),
    ],
)
def test_what_is_not_known_is_named(tmp_path: Path, body: str, name: str) -> None:
    assert name in refused(tmp_path, body)


@needs_compiler
def test_code_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_model, "_ENDLESS", 1)
    assert "did not end" in refused(tmp_path, "while (page->s.my_maps) ; return true;")


@needs_compiler
def test_a_state_with_a_new_field_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(c_model, "_FIELDS", c_model._FIELDS[:-1])
    assert "PageState has changed" in refused(tmp_path, "return true;")


@needs_compiler
def test_a_run_without_an_outcome_says_so(tmp_path: Path) -> None:
    model = compile_model([], "nothing", "if (choose()) decided(COPY)", tmp_path)
    assert model.outcomes([PageState()]) == [frozenset({"copy", "neither"})]
    assert model.outcomes([]) == []


@needs_compiler
def test_every_choice_is_tried(tmp_path: Path) -> None:
    # reuse needs yes, no, yes in a row; what follows a no is asked anew
    call = "if (choose() && !choose() && choose()) decided(REUSE); else decided(COPY)"
    model = compile_model([], "choices", call, tmp_path)
    assert model.outcomes([PageState()]) == [REUSE | COPY]


def test_the_text_is_that_of_the_options_that_are_on() -> None:
    text = b"#ifdef CONFIG_A\nint f(void)\n{\n\treturn 1;\n}\n#else\nint f(void)\n{\n}\n#endif\n"
    assert "return 1" in function_text(text, "f")
    with pytest.raises(LookupError, match="0 functions g"):
        function_text(text, "g")
