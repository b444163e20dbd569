"""Why arming a pinned page does no harm, where it does none.

Asked of the tree itself: what a write fault, or a swap-in, would do with the
page afterwards is what the tree's own decisions do with it.
"""

import re

from kanalyze.semantics.entries import Entry
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.given import SiteLike
from kanalyze.semantics.states import Trigger
from kanalyze.semantics.values import Mask

# Entries that stand for a page in memory, until the next fault maps it again.
_STAYS = re.compile(r"make_\w*device_exclusive\w*")
_SWAP_BIT = re.compile(r"p[tm][ed]_swp_clear_exclusive")
# What takes a page out of a page table for good.
_DROPS = re.compile(r"\w*remove_rmap\w*|_*tlb_remove_page\w*|free_swap_and_cache\w*|\w*zap_\w+")
_FREED = re.compile(r"free_\w*(?:page|folio)\w*|destroy_\w*")
# What makes an entry for a page, and is given none.
_MAKES = re.compile(
    rb"(?:static\s+|inline\s+)*p(?:te|md|ud)_t\s+\w+\s*\((?!.*\bp(?:te|md|ud)_t\b)", re.DOTALL
)
_WALK = re.compile(rb"\.rmap_one\s*=\s*(\w+)")
_FILTER = re.compile(rb"\.invalid_vma\s*=\s*(\w+)")


class Aftermath:
    """What happens after a site of one tree has armed a page that is pinned."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._reused: dict[tuple[Trigger, str], tuple[str, bool]] = {}

    def without_evaluation(self, site: SiteLike) -> str:
        """Return why a site never sees a page of a private mapping that stays mapped."""
        code = self._explainer.code
        gathers = b"mmu_gather" in code.header(site.function)
        if gathers and any(_DROPS.fullmatch(word) for word in code.words(site.function)):
            return "the mapping is taken down for its owner"
        if "poison" in site.function:
            return "the page has a hardware error: nobody may use it any more"
        arming = [name for name in site.signals if _SWAP_BIT.match(name)]
        if arming and self._explainer.features.pins_stay_mapped:
            return "only a swap entry loses the bit, and what I have pinned has none"
        if _FREED.match(site.function):
            return "the page is being freed: nobody maps it any more"
        if "PVMW_MIGRATION" in code.words(site.function):
            return "the entry was taken for migration, which gives up where there are pins"
        if _MAKES.match(code.header(site.function)):
            return "a new entry is made: none that was there is armed"
        filtered = self._left_out(site.function)
        if filtered:
            return f"only called for shared mappings: {filtered}() leaves private ones out"
        return ""

    def harmless(self, evaluation: Evaluation, armed: Mask) -> str:
        """Return why the next fault does not copy the pages that were armed; empty if it may."""
        if evaluation.entry.trigger == "fork" or not evaluation.keeps_exclusive(armed):
            return ""
        words = self._explainer.code.words(evaluation.program.name)
        if any(_STAYS.fullmatch(word) for word in words):
            return "the entry that replaces mine still names the page, which stays exclusive"
        name, reused = self._reuses("write-fault", evaluation.entry.size)
        if not reused or not evaluation.only_write_protected(armed):
            return ""
        return f"the exclusive bit stays set, and {name}() reuses the page at the next write"

    def harm(self, site: SiteLike, kind: str) -> str:
        """Return what is wrong with arming a pinned page there."""
        if kind == "unmap":
            name, reused = self._reuses("swap-in", "small")
            checks = ", ".join(self._checks_above(site))
            above = f"; callers with a pin check: {checks}" if checks else ""
            return f"a pinned page is unmapped and comes back by a fault{above}"
        if kind == "clear-exclusive":
            return "a pinned page loses the exclusive bit: the next write copies it"
        return "a pinned page is write-protected: the next write copies it"

    # ------------------------------------------------------------- the tree

    def _reuses(self, trigger: Trigger, size: str) -> tuple[str, bool]:
        """Return the decision for a trigger, and whether it never copies a page of mine alone."""
        key = (trigger, size)
        if key not in self._reused:
            self._reused[key] = self._asked(trigger, size)
        return self._reused[key]

    def _asked(self, trigger: Trigger, size: str) -> tuple[str, bool]:
        for name in self._explainer.decisions():
            for evaluation in self._explainer.evaluations(name):
                if (evaluation.entry.trigger, evaluation.entry.size) != (trigger, size):
                    continue
                columns = evaluation.universe.columns
                pinned = ~columns.shared & (columns.my_pins > 0)
                copied = evaluation.possible("copy") & pinned
                reused = evaluation.possible("reuse") & pinned
                return name, bool(reused.any()) and not bool(copied.any())
        return "", False

    def _checks_above(self, site: SiteLike) -> list[str]:
        """Return the pin checks in functions that lead to the site, as function (file:line)."""
        code = self._explainer.code
        return [
            f"{one.function}() ({one.file}:{one.line})"
            for one in self._explainer.tree.sites
            if one.role == "pin-check"
            and one.function != site.function
            and code.leads_to(one.function, site.function)
        ][:4]

    def _left_out(self, function: str) -> str:
        """Return the filter that keeps private mappings from a function called by an rmap walk."""
        code = self._explainer.code
        for one in (function, *code.callers(function)):
            for name in code.mentions(one):
                text = code.text(name)
                walked = {match.decode() for match in _WALK.findall(text)}
                if one in walked:
                    filters = [match.decode() for match in _FILTER.findall(text)]
                    return next((each for each in filters if self._always(each)), "")
        return ""

    def _always(self, predicate: str) -> bool:
        """Tell whether a predicate over a mapping is true of every private one."""
        code = self._explainer.code
        program = code.program(predicate)
        if program is None:
            return False
        entry = Entry("other", "small", "")
        found = Evaluation(code, program, entry, self._explainer.features, answers=True)
        return set(found.outcomes) == {"return true"}
