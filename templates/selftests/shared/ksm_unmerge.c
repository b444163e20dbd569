/* piece
 * says    = "the proof that a page is no longer merged"
 */
static void ksm_unmerged_check(struct testpage *p)
{
	__u64 nr = frame(p->mem);

	if (!nr || page_flags(p->mem) & FLAG_KSM || nr == frame(p->partner))
		not_reached(p, "the page is still merged, or that is not to be seen");
}
