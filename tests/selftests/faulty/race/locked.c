/* piece
 * name    = "locked"
 * says    = "pins that wait for whoever changes the mappings: as where GUP-fast is not used"
 * needs   = ["shared/fork_pins"]
 * memory  = ["anon_many"]
 */
static char *locked_other;

static bool locked_pin(struct testpage *p, char * const places[], int nr)
{
	(void)p;
	(void)places;
	(void)nr;
	return !madvise(locked_other, base_page(), MADV_DOFORK);
}

static void locked_unpin(struct testpage *p)
{
	(void)p;
}

static int locked_differs(struct testpage *p, char * const places[], int nr, unsigned char seed)
{
	(void)p;
	(void)places;
	(void)nr;
	(void)seed;
	return -1;
}

static void locked_run(struct testpage *p)
{
	static const struct pinning pinning = {
		.most = 1,
		.pin = locked_pin,
		.unpin = locked_unpin,
		.differs = locked_differs,
	};

	locked_other = mmap(NULL, base_page(), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	race_run(p, &pinning);
}

static const struct race race_locked = {
	.name = "locked",
	.prepare = race_prepare,
	.run = locked_run,
	.deadline = RACE_DEADLINE,
};
