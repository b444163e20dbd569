/* piece
 * says    = "how a page is offered to KSM, with one of the same content"
 * needs   = ["shared/ksm_twin"]
 * through = ["MADV_MERGEABLE"]
 */
static void ksm_offer(struct testpage *p)
{
	ksm_partner(p);
	if (madvise(p->mem, p->size, MADV_MERGEABLE) ||
	    madvise(p->partner, p->size, MADV_MERGEABLE))
		skip(p, "MADV_MERGEABLE: %s", strerror(errno));
}
