/* piece
 * says    = "what KSM merges a page with: one of the same content"
 * needs   = ["shared/anon"]
 */
static void ksm_partner(struct testpage *p)
{
	struct testpage same = *p;

	anon_map(&same);
	p->partner = same.mem;
	fill(p->partner, p->size, p->seed);
}

static void ksm_check(struct testpage *p)
{
	if (!(page_flags(p->mem) & FLAG_KSM) || frame(p->mem) != frame(p->partner))
		not_reached(p, "KSM does not merge the page");
}

/* Who has the same content keeps it. */
static bool ksm_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, p->seed);
}
