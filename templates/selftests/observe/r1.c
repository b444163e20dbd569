/* piece
 * name    = "r1"
 * says    = "what others see of the page is what it was before my access"
 */
static void r1_observe(struct testpage *p)
{
	int views = 0;

	if (!holds(p->mem, p->size, MINE))
		fail(p, "what I wrote is lost");
	for (int i = 0; i < p->nr_peers; i++) {
		enum view view = ask(p, &p->peers[i], ASK_VIEW);

		if (view == CHANGED)
			fail(p, "another process sees what I wrote");
		views += view == UNCHANGED;
	}
	if (p->test->memory->unchanged) {
		if (!p->test->memory->unchanged(p))
			fail(p, "what my page was copied from has changed");
		views++;
	}
	if (!views)
		not_reached(p, "nobody else sees the page");
}

static const struct observe observe_r1 = {
	.name = "R1",
	.observe = r1_observe,
};
