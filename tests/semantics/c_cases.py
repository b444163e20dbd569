"""Which functions of which kernels are run as C, and in what role.

A case names functions only; their text is taken from the repository with the
releases when a test needs it.
"""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from c_model import Model, compile_model, compiler

from kanalyze.semantics.states import Size, Trigger
from kanalyze.source import functions

_MM = "include/linux/mm.h"
_SIZES: tuple[Size, ...] = ("small", "large", "pmd", "hugetlb")
_MAPPED_BY_PTE = _SIZES[:2]

# What a call leaves open.  Each bit doubles the number of runs.
_MAPPING = "vma->vm_flags = open_bits({})"
_GUP = "open_bits(FOLL_WRITE | FOLL_PIN | FOLL_LONGTERM)"
_FAULT = "open_bits(FAULT_FLAG_WRITE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision function of one release series, for one trigger and size.

    ``extra`` are the functions that it calls whose own text is compiled too
    (file, name), callees first.  ``call`` is C: see ``compile_model``.
    ``code_refs`` is how many references the caller has where it calls this.
    """

    release: str
    file: str
    entry: str
    trigger: Trigger
    size: Size
    call: str
    extra: tuple[tuple[str, str], ...] = ()
    code_refs: int = 0

    @property
    def id(self) -> str:
        return f"{self.entry}-{self.release}-{self.size}"


class Models:
    """Models of cases, each compiled once; a case that this machine cannot have is skipped."""

    def __init__(self, repository: Path, tag_of: Callable[[str], str], workdir: Path) -> None:
        self._repository = repository
        self._tag_of = tag_of
        self._workdir = workdir
        self._files: dict[tuple[str, str], bytes] = {}
        self._models: dict[tuple[object, ...], Model] = {}

    def __call__(self, case: Case) -> Model:
        if compiler() is None:
            pytest.skip("no C compiler: `make check` installs gcc")
        key = (case.release, case.file, case.entry, case.call, case.extra, case.code_refs)
        if key not in self._models:
            wanted = (*case.extra, (case.file, case.entry))
            texts = [function_text(self._text(case.release, file), name) for file, name in wanted]
            call = f"code_holds({case.code_refs}); {case.call}"
            place = self._workdir / str(len(self._models))
            self._models[key] = compile_model(texts, case.entry, call, place)
        return self._models[key]

    def _text(self, release: str, file: str) -> bytes:
        if (release, file) not in self._files:
            name = f"{self._tag_of(release)}:{file}"
            command = ["git", f"--git-dir={self._repository}", "cat-file", "blob", name]
            done = subprocess.run(command, capture_output=True, check=True)
            self._files[release, file] = done.stdout
        return self._files[release, file]


def function_text(text: bytes, name: str) -> str:
    """Return the text of function ``name`` in a file, as compiled when every option is on."""
    found = [function for function in functions(text) if function.name == name]
    found = [one for one in found if not any(term.startswith("!") for term in one.config)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} functions {name}, not one: has it moved?")
    return found[0].text.decode()


def cases() -> tuple[Case, ...]:
    """Return every case that is compared; to look at others, make them like these."""
    return (*_write_faults(), *_swap_ins(), *_pins(), *_gup())


def _write_faults() -> Iterator[Case]:
    """Yield ``do_wp_page``, and the predicate that it asks from 6.12 on."""
    file, predicate = "mm/memory.c", "wp_can_reuse_anon_folio"
    large = (file, "__wp_can_reuse_large_anon_folio")
    callees: dict[str, tuple[tuple[str, str], ...]] = {
        "5.10": (),
        "6.1": (),
        "6.12": ((file, predicate),),
        "7.2": (large, (file, predicate)),
        "7.3": (large, (file, predicate)),
    }
    for release, extra in callees.items():
        # In 5.10 the mapcount of one page of a large one decides, which a state does not say.
        sizes: tuple[Size, ...] = ("small",) if release == "5.10" else ("small", "large")
        for size in sizes:
            yield Case(
                release=release,
                file=file,
                entry="do_wp_page",
                extra=extra,
                trigger="write-fault",
                size=size,
                call="do_wp_page(vmf)",
            )
            if extra:
                yield Case(
                    release=release,
                    file=file,
                    entry=predicate,
                    extra=extra[:-1],
                    trigger="write-fault",
                    size=size,
                    call=f"returns({predicate}(folio, vma))",
                )


def _swap_ins() -> Iterator[Case]:
    """Yield what ``do_swap_page`` asks about a page that it has just found or read.

    Up to 6.12 it holds a reference of its own then; that of 7.2 has mapped the
    page already, and says by ``extra_refs`` how often.  In 7.3 it says whether
    the page is exclusive.
    """
    yield Case(
        release="5.10",
        file="mm/swapfile.c",
        entry="reuse_swap_page",
        extra=(("mm/swapfile.c", "page_trans_huge_map_swapcount"),),
        trigger="swap-in",
        size="small",
        call="si->flags = open_bits(SWP_STABLE_WRITES); returns(reuse_swap_page(page, NULL))",
        code_refs=1,
    )
    entry = "should_try_to_free_swap"
    flags = "vma->vm_flags |= open_bits(VM_LOCKED); si->flags = open_bits(SWP_SYNCHRONOUS_IO)"
    for release, arguments, code_refs in (
        ("6.1", f"folio, vma, {_FAULT}", 1),
        ("6.12", f"folio, vma, {_FAULT}", 1),
        ("7.2", f"si, folio, vma, 1, {_FAULT}", 0),
        ("7.3", f"si, folio, vma, 1, {_FAULT}", 0),
    ):
        for size in _MAPPED_BY_PTE:
            yield Case(
                release=release,
                file="mm/memory.c",
                entry=entry,
                trigger="swap-in",
                size=size,
                call=f"{flags}; returns({entry}({arguments}))",
                code_refs=code_refs,
            )


def _pins() -> Iterator[Case]:
    """Yield the two questions about pins, under the names of their time."""
    page = (_MM, "page_maybe_dma_pinned")
    folio = (_MM, "folio_maybe_dma_pinned")
    has = (_MM, "folio_has_pincount")
    names = ("hpage_pincount_available", "head_compound_pincount", "compound_pincount")
    count = tuple((_MM, name) for name in names)
    for release, extra, entry, arguments in (
        ("5.10", count, page[1], "page"),
        ("6.1", (), folio[1], "folio"),
        ("6.1", (folio,), page[1], "page"),
        ("6.1", (folio, page), "page_needs_cow_for_dma", "vma, page"),
        ("6.12", (), folio[1], "folio"),
        ("6.12", (folio,), "folio_needs_cow_for_dma", "vma, folio"),
        ("7.2", (has,), folio[1], "folio"),
        ("7.3", (has,), folio[1], "folio"),
        ("7.2", (has, folio), "folio_needs_cow_for_dma", "vma, folio"),
        ("7.3", (has, folio), "folio_needs_cow_for_dma", "vma, folio"),
    ):
        for size in _SIZES:
            yield Case(
                release=release,
                file=_MM,
                entry=entry,
                extra=extra,
                trigger="fork",
                size=size,
                call=f"returns({entry}({arguments}))",
            )


def _gup() -> Iterator[Case]:
    """Yield what GUP asks before it takes a page, with every flag that is looked at open."""
    entry = "gup_must_unshare"
    mapping = _MAPPING.format("VM_SHARED | VM_MAYWRITE")
    for release, file, arguments in (
        ("6.1", _MM, f"{_GUP}, page"),
        ("6.12", "mm/internal.h", f"choose() ? vma : NULL, {_GUP}, page"),
        ("7.2", "mm/internal.h", f"choose() ? vma : NULL, {_GUP}, page"),
        ("7.3", "mm/internal.h", f"choose() ? vma : NULL, {_GUP}, page"),
    ):
        for size in _MAPPED_BY_PTE:
            yield Case(
                release=release,
                file=file,
                entry=entry,
                trigger="other",
                size=size,
                call=f"{mapping}; returns({entry}({arguments}))",
            )
    entry = "can_follow_write_pte"
    mapping = _MAPPING.format("VM_SHARED | VM_MAYSHARE | VM_MAYWRITE | VM_WRITE")
    common = (("mm/gup.c", "can_follow_write_common"),)
    for release, extra in (("6.1", ()), ("6.12", ()), ("7.2", common), ("7.3", common)):
        for size in _MAPPED_BY_PTE:
            yield Case(
                release=release,
                file="mm/gup.c",
                entry=entry,
                extra=extra,
                trigger="other",
                size=size,
                call=f"{mapping}; returns({entry}(*vmf->pte, page, vma, open_bits(FOLL_FORCE)))",
            )
