"""Functions rewritten in one commit, and back in the next, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from kernelish import Kernel, source

from kanalyze.history.lifelines import Name
from kanalyze.history.model import Event

Files = Mapping[str, Sequence[str]]
#: The function that is rewritten, where nothing else is said, and one beside it.
FAULT, BESIDE = "do_wp_page", "do_swap_page"


@dataclass(frozen=True)
class Step:
    """A rewrite: what was there before and after it, its events and those of its undoing."""

    label: str
    before: list[tuple[Name, str]]
    after: list[tuple[Name, str]]
    done: list[Event]
    undone: list[Event]

    def heir(self, name: Name) -> Name | None:
        """Return what something became by the rewrite; None if it went."""
        return _heirs(self.done).get(name, name)

    def reasons(self) -> set[str]:
        """Return why the ends of the links are held to be one."""
        return {reason for event in self.done + self.undone for reason in event.links}

    def births(self) -> list[Event]:
        return [event for event in self.done if event.kind == "introduced"]

    def ends(self) -> list[Event]:
        return [event for event in self.undone if event.kind == "removed"]


def _heirs(events: Sequence[Event]) -> dict[Name, Name | None]:
    found: dict[Name, Name | None] = {}
    for event in events:
        name = (event.file, event.function, event.id)
        if event.kind in ("changed", "moved"):
            was = (event.from_file or event.file, event.from_function or event.function)
            found[(*was, event.from_id or event.id)] = name
        elif event.kind == "removed":
            found[name] = None
    return found


def steps(where: Path, base: Files, others: Mapping[str, Files]) -> list[Step]:
    """Rewrite ``base`` to each of the others and back, and return what is told of it."""
    where.mkdir(exist_ok=True)
    kernel = Kernel(where)
    root = _commit(kernel, base, {})
    commits = {
        label: (_commit(kernel, files, base), _commit(kernel, base, files))
        for label, files in others.items()
    }
    events = kernel.scan().events
    before = _there(kernel, root)
    return [
        Step(
            label,
            before,
            _there(kernel, done),
            [event for event in events if event.commit == done],
            [event for event in events if event.commit == undone],
        )
        for label, (done, undone) in commits.items()
    ]


def _commit(kernel: Kernel, files: Files, before: Files) -> str:
    gone = {path: None for path in before if path not in files}
    return kernel.commit(gone | {path: source(*some) for path, some in files.items()})


def _there(kernel: Kernel, commit: str) -> list[tuple[Name, str]]:
    """Return what a revision has, as it stands there, with what it is about."""
    found = kernel.scan(revision=commit, history=False)
    sites = [((s.file, s.function, s.id), s.predicate) for s in found.sites]
    return sites + [((s.file, s.function, s.id), s.seqcount) for s in found.sections]


def everything_goes_on(step: Step) -> None:
    """Assert that each thing is still there, and comes back as itself; and that nothing else is."""
    assert not step.births() and not step.ends(), step
    everything_returns(step)


def everything_returns(step: Step) -> None:
    """Assert that what was there before is there after the undoing, each as what it was."""
    for name, said in step.before:
        assert step.heir(name), f"{step.label}: {said} of {name} is lost"
    what_is_left_returns(step)


def what_is_left_returns(step: Step) -> None:
    """Assert that what is not lost by the rewrite is what it was after the undoing."""
    back = _heirs(step.undone)
    for name, said in step.before:
        heir = step.heir(name)
        if heir:
            assert back.get(heir, heir) == name, f"{step.label}: {said} of {name} by {heir}"


def in_their_order(step: Step) -> None:
    """Assert that the first is the first and the second the second, where nothing was moved."""
    now = [name for name, _ in step.after]
    assert [step.heir(name) for name, _ in step.before] == now, step.label


# --------------------------------------------------------------- made functions

PREDICATES = (
    "page_count(page) == 1",
    "page_mapcount(page) > 1",
    "PageKsm(page)",
    "PageSwapCache(page)",
    "PageAnonExclusive(page)",
    "page_maybe_dma_pinned(page)",
    "pte_write(entry)",
    "page_count(page) != 1 + PageSwapCache(page)",
)
ASKED = st.sampled_from(PREDICATES)
GUARDS = st.sampled_from(["vma->vm_ops", "flags & FAULT_FLAG_WRITE", "nr > 3"])
STATEMENTS = st.one_of(
    st.builds("if ({})\n\t\tgoto copy;".format, ASKED),
    st.builds("if ({})\n\t\treturn -EAGAIN;".format, ASKED),
    st.builds("if ({} && {})\n\t\tgoto copy;".format, ASKED, ASKED),
    st.builds("if ({} || {}) {{\n\t\tprepare(page);\n\t\tgoto reuse;\n\t}}".format, ASKED, ASKED),
    st.builds("if ({}) {{\n\t\tnr = 1;\n\t}} else {{\n\t\tnr = 0;\n\t}}".format, ASKED),
    st.builds("if ({})\n\t\tnr++;".format, GUARDS),
    st.just("ptep_set_wrprotect(mm, addr, ptep);"),
)
NESTED = st.recursive(
    STATEMENTS,
    lambda inner: st.builds(
        lambda guard, some: f"if ({guard}) {{\n\t" + "\n\t".join(some) + "\n\t}",
        GUARDS,
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)
BODIES = st.lists(NESTED, min_size=1, max_size=5).map("\n\t".join)


def fault(body: str, name: str = FAULT) -> str:
    """Return a function that asks what ``body`` asks, and then reuses or copies a page."""
    return f"""
static int {name}(struct mm_struct *mm, struct vm_area_struct *vma,
		struct page *page, pte_t *ptep, pte_t entry, int flags)
{{
	int nr = 0;

	lock_page(page);
	{body}
	unlock_page(page);
copy:
	copy_user_highpage(page, page, 0, vma);
	return VM_FAULT_COPIED;
reuse:
	entry = maybe_mkwrite(entry, vma);
	set_pte_at(mm, 0, ptep, entry);
	return VM_FAULT_WRITE;
}}
"""


#: Two functions, the first of which is to be rewritten.
FAULTS = st.tuples(BODIES.map(fault), st.builds(fault, BODIES, st.just(BESIDE)))
