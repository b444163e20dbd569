"""What was put in other words, or went into a helper, is told by where it stood."""

from pathlib import Path

from kernelish import Kernel, helper

from kanalyze.history.model import Event

_SCAN = """
static int scan_one(struct page *page, struct vm_area_struct *vma)
{
	int result = 0;

	if (!trylock_page(page))
		return -EBUSY;
	count_scanned(page);
%s
	isolate_page(page);
	unlock_page(page);
	return result;
}
"""


def scan_one(text: str) -> str:
    return _SCAN % text


def told(kernel: Kernel, old: list[str], new: list[str]) -> dict[str, Event]:
    """Return the events of a commit that puts new functions in the place of old ones."""
    kernel.memory(*old)
    found = kernel.events(kernel.memory(*new))
    return {event.before.split(" | ")[0] or event.after.split(" | ")[0]: event for event in found}


_GIVES_UP = "\tif (%s) {\n\t\tunlock_page(page);\n\t\treturn -EBUSY;\n\t}"
_WHOLE = helper("\treturn page_count(page) == 1 + page_mapcount(page);", "all_known")


def test_what_a_helper_asked_is_asked_in_its_place(tmp_path: Path) -> None:
    old = [_WHOLE, scan_one(_GIVES_UP % "!all_known(page)")]
    new = [scan_one(_GIVES_UP % "page_expected(page) != page_count(page)")]
    event = told(Kernel(tmp_path), old, new)["all_known(page)"]
    assert event.kind == "changed" and event.links[-1] == "predicate changed"
    assert event.predicate == "page_expected(page) != page_count(page)"


def test_what_asks_something_else_there_is_new(tmp_path: Path) -> None:
    old = [scan_one(_GIVES_UP % "page_mapcount(page) > 1")]
    new = [scan_one(_GIVES_UP % "page_maybe_dma_pinned(page)")]
    found = told(Kernel(tmp_path), old, new)
    assert {event.kind for event in found.values()} == {"removed", "introduced"}


def test_of_two_that_may_be_meant_none_is(tmp_path: Path) -> None:
    both = _GIVES_UP % "page_freeze(page) || page_count(page) > 2"
    old = [_WHOLE, scan_one(_GIVES_UP % "!all_known(page)")]
    new = [scan_one(both.replace("page_freeze(page)", "page_mapcount(page) > 2"))]
    assert told(Kernel(tmp_path), old, new)["all_known(page)"].kind == "removed"


_MARKS = "\tatomic_set(&vma->vm_mm->has_pinned, 1);"
_HELPER = """
static void note_pinned(unsigned long *flags)
{
	if (!test_bit(MMF_HAS_PINNED, flags))
		set_bit(MMF_HAS_PINNED, flags);
}
"""


def test_a_new_helper_does_what_stood_where_it_is_called(tmp_path: Path) -> None:
    new = [_HELPER, scan_one("\tnote_pinned(&vma->vm_mm->flags);")]
    event = told(Kernel(tmp_path), [scan_one(_MARKS)], new)[_MARKS.strip("\t;")]
    assert (event.kind, event.function) == ("moved", "note_pinned")
    assert event.predicate == "set_bit(MMF_HAS_PINNED, flags)"


def test_a_helper_that_is_called_elsewhere_does_not(tmp_path: Path) -> None:
    other = "static void other(struct mm_struct *mm)\n{\n\tnote_pinned(&mm->flags);\n}\n"
    event = told(Kernel(tmp_path), [scan_one(_MARKS)], [_HELPER, other, scan_one("")])
    assert event[_MARKS.strip("\t;")].kind == "removed"


def test_what_was_asked_together_goes_along(tmp_path: Path) -> None:
    ask = "\tif (page_count(page) == 1 && pte_write(vma->pte))\n\t\tmaybe_mkwrite(page);"
    part = f"static void reuse(struct page *page, struct vm_area_struct *vma)\n{{\n{ask}\n}}\n"
    new = [part.replace("pte_write(vma->pte)", "pte_write(pte)"), scan_one("\treuse(page, vma);")]
    event = told(Kernel(tmp_path), [scan_one(ask)], new)["pte_write(vma->pte)"]
    assert (event.kind, event.function, event.predicate) == ("moved", "reuse", "pte_write(pte)")


_STEPS = [
    f"\tif (page_{name}(page))\n\t\tprepare_{name}(page, vma->{name});\n"
    for name in ("dirty", "young", "locked", "active", "huge", "poisoned", "swapped", "mapped_by")
]
_CLEARS = (
    "\tpte = ptep_clear_flush(vma, address, pvmw.pte);\n\tset_pte_at(mm, address, ptep, pte);\n"
)


def walker(name: str, text: str) -> str:
    return (
        f"static bool {name}(struct page *page, struct vm_area_struct *vma)\n"
        f"{{\n\tpte_t pte;\n\n{text}\treturn true;\n}}\n"
    )


def test_a_function_that_gave_a_part_to_another_has_its_like_in_both(tmp_path: Path) -> None:
    old = [walker("unmap_one", "".join(_STEPS[:4]) + _CLEARS + "".join(_STEPS[4:]))]
    new = [
        walker("unmap_one", "".join(_STEPS[:4]) + _CLEARS),
        walker("migrate_one", "".join(_STEPS[2:4]) + _CLEARS + "".join(_STEPS[4:])),
    ]
    kernel = Kernel(tmp_path)
    kernel.memory(*old)
    (event,) = (e for e in kernel.events(kernel.memory(*new)) if e.function == "migrate_one")
    assert event.kind == "introduced" and event.links[0] == "split"
    assert event.from_function == "unmap_one"


def test_a_function_that_is_written_after_another_is_new(tmp_path: Path) -> None:
    whole = "".join(_STEPS[:4]) + _CLEARS + "".join(_STEPS[4:])
    kernel = Kernel(tmp_path)
    kernel.memory(walker("unmap_one", whole))
    done = kernel.memory(walker("unmap_one", whole), walker("migrate_one", whole))
    (event,) = kernel.events(done)
    assert (event.kind, event.links) == ("introduced", ())
