/* piece
 * says    = "how KSM merges a page with one of the same content"
 * needs   = ["shared/anon"]
 * through = ["MADV_MERGEABLE", "KSM_RUN_MERGE"]
 */
static const char *ksm_prepare(void)
{
	return ksm_runs();
}

/* Offer the page and a partner of the same content. */
static void ksm_offer(struct testpage *p)
{
	struct testpage same = *p;

	anon_map(&same);
	p->partner = same.mem;
	fill(p->partner, p->size, p->seed);
	if (madvise(p->mem, p->size, MADV_MERGEABLE) ||
	    madvise(p->partner, p->size, MADV_MERGEABLE))
		skip(p, "MADV_MERGEABLE: %s", strerror(errno));
}

/* Three scans: one takes the checksum, one finds it unchanged, one may be half done. */
static void ksm_wait(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	long until = read_number(KSM "full_scans") + 3;

	for (int i = 0; i < 5000 && read_number(KSM "full_scans") < until; i++)
		nanosleep(&moment, NULL);
}

static void ksm_check(struct testpage *p)
{
	if (!(page_flags(p->mem) & FLAG_KSM) || frame(p->mem) != frame(p->partner))
		not_reached(p, "KSM does not merge the page");
}
