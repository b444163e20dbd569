/* piece
 * name    = "r3"
 * says    = "who holds the pin and I still see each other's writes"
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
