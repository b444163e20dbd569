"""What a function is evaluated as, read off its own words."""

import pytest
from trees import tree_of

from kanalyze.semantics.entries import own_entries
from kanalyze.semantics.explainer import Explainer

FAULT = b"""
static int made_fault(struct vm_fault *vmf)
{
	struct page *page = %b;

	if (page_count(page) == 1) {
		wp_page_reuse(vmf);
		return 0;
	}
	return wp_page_copy(vmf);
}
"""


def triggers(page: bytes) -> set[str]:
    explainer = Explainer(tree_of({"mm/memory.c": FAULT % page}))
    return {one.trigger for one in own_entries(explainer.code, "made_fault", explainer.features)}


def test_a_page_that_is_mapped_is_decided_about() -> None:
    assert triggers(b"vm_normal_page(vmf->vma, vmf->address, vmf->orig_pte)") == {"write-fault"}


# The page that a file hands over is not mapped yet, as in the __do_fault() of 2.6.37
# and the do_no_page() of 2.6.12, which copied it for a private mapping.
@pytest.mark.parametrize("page", [b"vmf->vma->vm_ops->fault(vmf)", b"vma->vm_ops->nopage(vma, 0)"])
def test_a_page_that_is_only_brought_is_not(page: bytes) -> None:
    assert triggers(page) == set()
