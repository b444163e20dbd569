/* piece
 * name    = "uring"
 * says    = "a registered buffer of io_uring pins the page for writing (FOLL_PIN, longterm)"
 * needs   = ["shared/uring"]
 * state   = { trigger = "write-fault", my_maps = "+my_swaps", my_swaps = 0, my_pins = "+1", exclusive = true }
 * missing = "io_uring"
 * through = ["IORING_REGISTER_BUFFERS", "pin_user_pages", "pin_user_pages_fast"]
 */
static void uring_samples(struct testpage *p, int opcode)
{
	char *places[MAX_SAMPLES];

	for (int i = 0; i < nr_samples(p); i++)
		places[i] = p->mem + sample(p, i) * base_page();
	uring_move(p, opcode, places, nr_samples(p), false);
}

static bool uring_sees(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	uring_samples(p, IORING_OP_WRITE_FIXED);
	for (int i = 0; i < nr_samples(p); i++)
		if (pread(ring.file, stripe, STRIPE, i * STRIPE) != STRIPE ||
		    !holds_one(stripe, seed, sample(p, i)))
			return false;
	return true;
}

static void uring_put(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++) {
		fill_one(stripe, seed, sample(p, i));
		if (pwrite(ring.file, stripe, STRIPE, i * STRIPE) != STRIPE)
			skip(p, "memfd: %s", strerror(errno));
	}
	uring_samples(p, IORING_OP_READ_FIXED);
}

static void uring_take(struct testpage *p)
{
	struct iovec buffer = { p->mem, p->size };

	uring_open(p, MAX_SAMPLES);
	if (!uring_register(&buffer, 1))
		refused(p, "registered buffers of io_uring");
	if (!uring_sees(p, p->seed))
		not_reached(p, "the registered buffer is not the page");
}

static const struct reference reference_uring = {
	.name = "uring",
	.take = uring_take,
	.sees = uring_sees,
	.put = uring_put,
};
