/* piece
 * name    = "fork_gup"
 * says    = "gup_test pins pages (FOLL_PIN, GUP-fast, to read or to write) while a fork copies the range"
 * needs   = ["shared/fork_pins", "shared/gup_device"]
 * memory  = ["anon_many", "thp_many", "hugetlb_many"]
 * state   = { trigger = "fork" }
 * missing = "CONFIG_GUP_TEST, a second CPU"
 * through = ["pin_user_pages_fast"]
 */
static int fork_gup_fd;
static char *fork_gup_copy;

static const char *fork_gup_prepare(void)
{
	const char *lack = race_prepare();

	return lack ? lack : gup_prepare();
}

/* One pin of one page: there is one at a time, and it is held until the fork is over. */
static bool fork_gup_pin(struct testpage *p, char * const places[], int nr)
{
	struct gup_longterm pin = { (uintptr_t)places[0], base_page(), GUP_FAST };

	(void)p;
	(void)nr;
	if (rand() % 2)
		pin.flags |= GUP_WRITE;
	return !ioctl(fork_gup_fd, GUP_LONGTERM_START, &pin);
}

static void fork_gup_unpin(struct testpage *p)
{
	if (ioctl(fork_gup_fd, GUP_LONGTERM_STOP))
		skip(p, GUP_TEST ": %s", strerror(errno));
}

static int fork_gup_differs(struct testpage *p, char * const places[], int nr,
			    unsigned char seed)
{
	__u64 to = (uintptr_t)fork_gup_copy;

	(void)places;
	(void)nr;
	if (ioctl(fork_gup_fd, GUP_LONGTERM_READ, &to))
		not_reached(p, "reading through the pin: %s", strerror(errno));
	return holds_one(fork_gup_copy, seed, 0) ? -1 : 0;
}

static void fork_gup_run(struct testpage *p)
{
	static const struct pinning pinning = {
		.most = 1,
		.pin = fork_gup_pin,
		.unpin = fork_gup_unpin,
		.differs = fork_gup_differs,
	};

	fork_gup_fd = open(GUP_TEST, O_RDWR | O_CLOEXEC);
	fork_gup_copy = mmap(NULL, base_page(), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fork_gup_fd < 0 || fork_gup_copy == MAP_FAILED)
		skip(p, GUP_TEST ": %s", strerror(errno));
	race_run(p, &pinning);
}

static const struct race race_fork_gup = {
	.name = "fork-gup",
	.prepare = fork_gup_prepare,
	.run = fork_gup_run,
	.deadline = RACE_DEADLINE,
};
