/* piece
 * says    = "how pages are swapped out"
 * through = ["MADV_PAGEOUT"]
 */
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static const char *swap_prepare(void)
{
	return swap_ready();
}

static bool swapped_out(struct testpage *p)
{
	for (size_t at = 0; at < p->size; at += p->page)
		if (!(pagemap(p->mem + at) & SEEN_SWAPPED))
			return false;
	return true;
}

/* More than once: the page may sit in the LRU cache of another CPU, or be under writeback. */
static void swap_out(struct testpage *p)
{
	for (int i = 0; i < 100 && !swapped_out(p); i++) {
		if (madvise(p->mem, p->size, MADV_PAGEOUT))
			skip(p, "missing: MADV_PAGEOUT (Linux v5.4): %s", strerror(errno));
		sched_yield();
	}
}

static void swap_check(struct testpage *p)
{
	if (!swapped_out(p))
		not_reached(p, "the page stays in memory");
}
