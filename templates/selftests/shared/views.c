/* piece
 * says    = "what others see of the page"
 */
/* Whoever can see the page sees what was in it before; returns how many they are. */
static int check_views(struct testpage *p)
{
	const struct testcase *test = p->test;
	int views = 0;

	for (int i = 0; i < p->nr_peers; i++) {
		enum view view = ask(p, &p->peers[i], ASK_VIEW);

		if (view == CHANGED)
			fail(p, "another process sees what I wrote");
		views += view == UNCHANGED;
	}
	if (test->memory->unchanged) {
		if (!test->memory->unchanged(p))
			fail(p, "what my page was copied from has changed");
		views++;
	}
	if (test->arm->unchanged) {
		if (!test->arm->unchanged(p))
			fail(p, "what my page was merged with has changed");
		views++;
	}
	return views;
}
