/* piece
 * name    = "fork_uring"
 * says    = "buffers are registered with io_uring (FOLL_PIN, GUP-fast) while a fork copies the range"
 * needs   = ["shared/fork_pins", "shared/uring_row"]
 * memory  = ["anon_many", "thp_many", "hugetlb_many"]
 * state   = { trigger = "fork" }
 * missing = "io_uring, a second CPU"
 * through = ["pin_user_pages_fast"]
 */
static void fork_uring_run(struct testpage *p)
{
	static const struct pinning pinning = {
		.most = RACE_ROW,
		.pin = uring_row_pin,
		.unpin = uring_row_unpin,
		.differs = uring_row_differs,
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
