"""Small kernels with a history, scanned; their functions were written for these tests."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gitrepo import Repo

from kanalyze.config import Config, load
from kanalyze.errors import KanalyzeError
from kanalyze.history.model import Event, Scan
from kanalyze.history.scan import ScanRequest, scan

CONFIG: Config = load()
MEMORY = "mm/memory.c"
GUP = "mm/gup.c"
#: A condition to stand above another.
KSM = "	if (PageKsm(page))\n\t\treturn 0;"


def fault(
    reuse: str = "page_count(page) == 1",
    *,
    name: str = "do_wp_page",
    above: str = "",
    lock: str = "lock_page(page);",
) -> str:
    """Return a write fault handler that reuses the page when ``reuse`` holds."""
    unlock = lock.replace("lock", "unlock", 1)
    return f"""
static int {name}(struct mm_struct *mm, struct vm_area_struct *vma,
		struct page *page, pte_t *ptep, pte_t entry)
{{
	int reuse = 0;

	{lock}
{above}
	if ({reuse}) {{
		{unlock}
		goto reuse;
	}}
	{unlock}
	copy_user_highpage(page, page, 0, vma);
	return VM_FAULT_COPIED;
reuse:
	entry = maybe_mkwrite(entry, vma);
	set_pte_at(mm, 0, ptep, entry);
	return VM_FAULT_WRITE;
}}
"""


def helper(body: str = "return page_count(page) == 1;", name: str = "page_is_ours") -> str:
    """Return a predicate about a page: a derived signal, if its answer rests on one."""
    return f"""
static bool {name}(struct page *page)
{{
	{body}
}}
"""


def unrelated(number: int = 0) -> str:
    """Return a function that no vocabulary speaks of."""
    return f"""
static int unrelated(int number)
{{
	return number + {number};
}}
"""


def protect(name: str = "protect_one", guard: str = "is_cow") -> str:
    """Return a function that arms: it write-protects a page-table entry."""
    return f"""
void {name}(struct mm_struct *mm, unsigned long addr, pte_t *ptep, int {guard})
{{
	if ({guard})
		ptep_set_wrprotect(mm, addr, ptep);
}}
"""


def source(*functions: str) -> bytes:
    """Return a file that holds ``functions``."""
    return ("#include <linux/mm.h>\n" + "".join(functions)).encode()


def scanned(tree: Path, db: Path, **options: Any) -> Scan:
    """Scan ``tree`` in this process, with the default configuration."""
    options.setdefault("jobs", 1)
    options.setdefault("config", CONFIG)
    return scan(ScanRequest(tree=str(tree), db=db, **options))


class Kernel(Repo):
    """A repository of kernel sources and the fact store of who scans it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path / "kernel.git")
        self.db = path / "facts.sqlite"

    def memory(self, *functions: str, **options: Any) -> str:
        """Commit mm/memory.c with ``functions`` and return the id."""
        return self.commit({MEMORY: source(*functions)}, **options)

    def scan(self, **options: Any) -> Scan:
        return scanned(self.path, self.db, **options)

    def cold(self, **options: Any) -> Scan:
        """Scan with a store of its own."""
        cold = self.db.with_name("cold.sqlite")
        for file in cold.parent.glob(cold.name + "*"):
            file.unlink()
        return scanned(self.path, cold, **options)

    def events(self, commit: str, *, roles: Sequence[str] = (), **options: Any) -> list[Event]:
        """Return what one commit did, by a cold scan; only to ``roles`` if there are any."""
        found = self.cold(**options).events
        return [e for e in found if e.commit == commit and (not roles or e.role in roles)]

    def told(self, commit: str, *, roles: Sequence[str] = ()) -> list[str]:
        """Return what one commit did, a line an event."""
        return [line(event) for event in self.events(commit, roles=roles)]


def line(event: Event) -> str:
    """Return an event in one line: kind, where, and what changed."""
    where = event.function
    if event.kind == "moved":
        where = f"{event.from_function} -> {event.function}"
        if event.from_file != event.file:
            where = f"{event.from_file}:{event.from_function} -> {event.file}:{event.function}"
    before, after = (text.partition(" | ")[0] for text in (event.before, event.after))
    what = before if before == after else f"{before} => {after}".strip(" =>")
    if event.kind in ("introduced", "removed"):
        what = before or after
    return f"{event.kind} {where}: {what}"


def findings(found: Scan) -> Scan:
    """Return a scan without what depends on how the tree was named."""
    return replace(found, tree="")


def replayed(events: Iterable[Event]) -> dict[str, list[str]]:
    """Return file -> the ids that are there after ``events``, in their order."""
    there: dict[str, list[str]] = {}
    for event in events:
        if event.kind in ("changed", "moved", "removed"):
            there[event.from_file or event.file].remove(event.from_id or event.id)
        if event.kind != "removed":
            there.setdefault(event.file, []).append(event.id)
    return {file: sorted(ids) for file, ids in there.items() if ids}


def predicates(found: Scan) -> list[str]:
    return sorted(f"{site.function}: {site.predicate}" for site in found.sites)


def refused(kernel: Kernel, error: type[KanalyzeError], **options: Any) -> str:
    """Return the one line with which a scan is refused."""
    with pytest.raises(error) as caught:
        kernel.cold(**options)
    line = str(caught.value)
    assert line and "\n" not in line
    return line


def there(kernel: Kernel) -> dict[str, list[str]]:
    """Return file -> ids of its sites and sections, twins under the id that they share."""
    found = kernel.cold()
    ids: dict[str, list[str]] = {}
    for site in found.sites:
        ids.setdefault(site.file, []).append(site.id.partition("~")[0])
    for section in found.sections:
        ids.setdefault(section.file, []).append(section.id.partition("~")[0])
    return {file: sorted(some) for file, some in ids.items()}


def decisions(kernel: Kernel, commit: str) -> list[str]:
    """Return what a commit did to decisions, a line an event."""
    return kernel.told(commit, roles=("decision",))
