/* piece
 * says    = "a row of pins through io_uring: a registered buffer for each place"
 * needs   = ["shared/fork_race", "shared/uring"]
 */
/* One call, but one pin for each buffer. */
static bool uring_row_pin(struct testpage *p, char * const places[], int nr)
{
	struct iovec buffers[RACE_ROW];

	(void)p;
	for (int i = 0; i < nr; i++)
		buffers[i] = (struct iovec){ places[i], base_page() };
	return uring_register(buffers, nr);
}

static void uring_row_unpin(struct testpage *p)
{
	if (syscall(__NR_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0))
		skip(p, "io_uring: %s", strerror(errno));
}

static int uring_row_differs(struct testpage *p, char * const places[], int nr,
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
