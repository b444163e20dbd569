"""Made kernels with a history, and what the steps in it meant."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

# The kernels that are made for tests of history.
sys.path.append(str(Path(__file__).parents[1] / "history"))

from gitrepo import git  # noqa: E402
from kernelish import CONFIG, MEMORY, Kernel, fault, helper, source  # noqa: E402

from kanalyze.history.model import Event, History, Lifeline, Revision, Step  # noqa: E402
from kanalyze.history.scan import ScanRequest  # noqa: E402
from kanalyze.review import with_meanings  # noqa: E402

__all__ = ["CONFIG", "MEMORY", "Kernel", "fault", "git", "helper", "source"]


def fork(armed: bool = True) -> str:
    """Return a function that copies an entry at fork, write-protected or not."""
    protect = "ptep_set_wrprotect(src_mm, addr, src_pte);\n\tpte = pte_wrprotect(pte);"
    return f"""
static void copy_one_pte(struct mm_struct *dst_mm, struct mm_struct *src_mm,
		pte_t *dst_pte, pte_t *src_pte, struct vm_area_struct *vma, unsigned long addr)
{{
	pte_t pte = *src_pte;
	struct page *page;

	{protect if armed else ""}
	page = vm_normal_page(vma, addr, pte);
	if (page) {{
		get_page(page);
		page_dup_rmap(page);
	}}
	set_pte_at(dst_mm, addr, dst_pte, pte);
}}
"""


def event(commit: str, function: str = "do_wp_page", **fields: Any) -> Event:
    """Return what a commit did to a decision; ``fields`` say what is not as usual."""
    usual = Event(
        commit=commit,
        date="2011-01-01",
        author="A U Thor",
        subject="change",
        kind="changed",
        id=f"{function}.0123",
        role="decision",
        file=MEMORY,
        function=function,
        before="",
        after="",
        reason="",
    )
    return replace(usual, **fields)


def history(tree: Path, events: Iterable[Event]) -> History:
    """Return a history in which every event is a life of its own."""
    return History(
        tree=str(tree),
        revision=Revision(),
        wanted="",
        lifelines=tuple(
            Lifeline(
                id=one.id,
                role=one.role,
                file=one.file,
                function=one.function,
                predicate=one.predicate,
                policy=one.policy,
                alive=True,
                steps=(Step(event=one),),
            )
            for one in events
        ),
    )


def asked(tree: Path, db: Path, *events: Event, jobs: int = 1, **options: Any) -> list[str]:
    """Return what each event meant."""
    request = ScanRequest(tree=str(tree), config=CONFIG, db=db, jobs=jobs, **options)
    told = with_meanings(history(tree, events), request)
    return [life.steps[0].meaning for life in told.lifelines]


def meant(kernel: Kernel, *events: Event, **options: Any) -> list[str]:
    return asked(kernel.path, kernel.db, *events, **options)


def events(kernel: Kernel, commit: str) -> list[Event]:
    """Return what a scan sees that a commit did to decisions and arming sites."""
    return kernel.events(commit, roles=("decision", "arm", "pin-check"))
