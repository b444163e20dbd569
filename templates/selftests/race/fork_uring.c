/* piece
 * name    = "fork_uring"
 * says    = "buffers are registered with io_uring (FOLL_PIN, GUP-fast) while a fork copies the range"
 * needs   = ["shared/fork_race", "shared/uring"]
 * memory  = ["anon_many", "thp_many", "hugetlb_many"]
 * state   = { trigger = "fork" }
 * missing = "io_uring, a second CPU"
 * through = ["pin_user_pages_fast"]
 */
/* One call, but one pin for each buffer. */
static bool fork_uring_pin(struct testpage *p, char * const places[], int nr)
{
	struct iovec buffers[RACE_ROW];

	(void)p;
	for (int i = 0; i < nr; i++)
		buffers[i] = (struct iovec){ places[i], base_page() };
	return uring_register(buffers, nr);
}

static void fork_uring_unpin(struct testpage *p)
{
	if (syscall(__NR_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0))
		skip(p, "io_uring: %s", strerror(errno));
}

static int fork_uring_differs(struct testpage *p, char * const places[], int nr,
			      unsigned char seed)
{
	char stripe[STRIPE];

	uring_move(p, IORING_OP_WRITE_FIXED, places, nr, true);
	for (int i = 0; i < nr; i++)
		if (pread(ring.file, stripe, STRIPE, i * STRIPE) != STRIPE ||
		    !holds_one(stripe, seed, i))
			return i;
	return -1;
}

static void fork_uring_run(struct testpage *p)
{
	static const struct pinning pinning = {
		.most = RACE_ROW,
		.pin = fork_uring_pin,
		.unpin = fork_uring_unpin,
		.differs = fork_uring_differs,
	};

	uring_open(p, RACE_ROW);
	race_run(p, &pinning);
}

static const struct race race_fork_uring = {
	.name = "fork-uring",
	.prepare = race_prepare,
	.run = fork_uring_run,
	.deadline = RACE_DEADLINE,
};
