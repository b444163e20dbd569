/* piece
 * name    = "forgets"
 * says    = "what calls itself a pin is a copy: as where fork() has armed a pinned page"
 * needs   = ["shared/fork_pins"]
 * memory  = ["anon_many"]
 */
static char forgets_copy[STRIPE];

static bool forgets_pin(struct testpage *p, char * const places[], int nr)
{
	(void)p;
	(void)nr;
	memcpy(forgets_copy, places[0], STRIPE);
	return true;
}

static void forgets_unpin(struct testpage *p)
{
	(void)p;
}

static int forgets_differs(struct testpage *p, char * const places[], int nr, unsigned char seed)
{
	(void)p;
	(void)places;
	(void)nr;
	return holds_one(forgets_copy, seed, 0) ? -1 : 0;
}

static void forgets_run(struct testpage *p)
{
	static const struct pinning pinning = {
		.most = 1,
		.pin = forgets_pin,
		.unpin = forgets_unpin,
		.differs = forgets_differs,
	};

	race_run(p, &pinning);
}

static const struct race race_forgets = {
	.name = "forgets",
	.prepare = race_prepare,
	.run = forgets_run,
	.deadline = RACE_DEADLINE,
};
