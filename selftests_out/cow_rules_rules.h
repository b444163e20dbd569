/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rules promise about the result.
 */
#ifndef COW_RULES_RULES_H
#define COW_RULES_RULES_H

/*
 * shared/views: what others see of the page
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

/*
 * observe/r1: what others see of the page is what it was before my access
 */

static void r1_observe(struct testpage *p)
{
	if (!holds(p->mem, p->size, MINE))
		fail(p, "what I wrote is lost");
	if (!check_views(p))
		not_reached(p, "nobody else sees the page");
}

static const struct observe observe_r1 = {
	.name = "R1",
	.observe = r1_observe,
};

/*
 * observe/r2: whether a page that is only mine was copied nevertheless: a count, not a
 * failure
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

/*
 * observe/r3: who holds the pin and I still see each other's writes
 */

static void r3_before(struct testpage *p)
{
	if (!p->test->reference->sees && !p->test->reference->put)
		not_reached(p, "there is no pin to look through");
}

static void r3_observe(struct testpage *p)
{
	const struct reference *pin = p->test->reference;

	if (!holds(p->mem, p->size, MINE))
		fail(p, "what I wrote is lost");
	if (pin->sees && !pin->sees(p, MINE))
		fail(p, "the pinned page does not get what I write");
	if (!pin->put)
		return;
	pin->put(p, THROUGH_PIN);
	for (int i = 0; i < nr_samples(p); i++)
		if (!holds_one(p->mem + sample(p, i) * base_page(), THROUGH_PIN, sample(p, i)))
			fail(p, "I do not get what is written to the pinned page");
}

static const struct observe observe_r3 = {
	.name = "R3",
	.before = r3_before,
	.observe = r3_observe,
};
#endif
