/* piece
 * name    = "r2"
 * says    = "whether a page that is only mine was copied nevertheless: a count, not a failure"
 * needs   = ["shared/views"]
 */
#define R2_MAX 512

static __u64 r2_frames[R2_MAX];

/* Others may see what was once the same page. */
static bool r2_shared(struct testpage *p)
{
	const struct testcase *test = p->test;

	if (test->arm->unshares)
		return false;
	for (int i = 0; i < p->nr_peers; i++)
		if (ask(p, &p->peers[i], ASK_VIEW) != SEES_NOTHING)
			return true;
	return test->memory->unchanged || test->arm->unchanged;
}

static void r2_before(struct testpage *p)
{
	if (r2_shared(p))
		not_reached(p, "others see the page: it has to be copied");
	if (!frames(p->mem, p->size, p->page, r2_frames, R2_MAX))
		not_reached(p, "no page is mapped, or its frame not to be seen");
}

static void r2_observe(struct testpage *p)
{
	static __u64 after[R2_MAX];
	int mapped = 0, copied = 0;

	if (!holds(p->mem, p->size, MINE))
		fail(p, "what I wrote is lost");
	check_views(p);
	frames(p->mem, p->size, p->page, after, R2_MAX);
	for (int i = 0; i < R2_MAX; i++) {
		mapped += r2_frames[i] != 0;
		copied += r2_frames[i] && r2_frames[i] != after[i];
	}
	note(p, "spurious copies: %d of %d pages", copied, mapped);
}

static const struct observe observe_r2 = {
	.name = "R2",
	.before = r2_before,
	.observe = r2_observe,
};
