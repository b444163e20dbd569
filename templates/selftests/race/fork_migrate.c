/* piece
 * name    = "fork_migrate"
 * says    = "pages registered with io_uring (FOLL_PIN) are to move to another node while a fork copies them"
 * needs   = ["shared/uring_row", "shared/nodes"]
 * memory  = ["anon_many", "thp_many", "hugetlb_many"]
 * state   = { trigger = "fork" }
 * missing = "io_uring, a second NUMA node, a second CPU"
 * through = ["sys_move_pages"]
 */
#define FORK_MIGRATE_MS		4000
#define FORK_MIGRATE_ENOUGH	200	/* forks */
#define FORK_MIGRATE_MOST	500	/* with a huge page behind them still one batch */

/* What is to move, in one call: others, which can, and behind them a page that is pinned. */
static struct {
	void *pages[FORK_MIGRATE_MOST + 1];
	int to[FORK_MIGRATE_MOST + 1];
	int on[FORK_MIGRATE_MOST + 1];
	int others;
	int moved;
} moving;

static bool fork_migrate_move(int first, int nr, int *to)
{
	return syscall(__NR_move_pages, 0, (long)nr, moving.pages + first, to, moving.on + first,
		       MOVE) >= 0;
}

/* See on which nodes the others are.  What NUMA balancing has unmapped may not be seen. */
static void fork_migrate_look(struct testpage *p, int nr)
{
	for (int i = 0; i < nr; i++)
		touch(moving.pages[i], 1);
	if (syscall(__NR_move_pages, 0, (long)nr, moving.pages, NULL, moving.on, 0))
		skip(p, "move_pages: %s", strerror(errno));
}

/*
 * Called where other races pin.  The kernel unmaps a whole batch of pages
 * before it moves the first, but hugetlb pages one by one.  The pinned one
 * stays where it was, and is to move again, until the fork is over.
 */
static bool fork_migrate_all(struct testpage *p, char * const places[], int nr)
{
	(void)p;
	(void)places;
	do {
		if (!fork_migrate_move(0, moving.others + nr, moving.to))
			return false;
	} while (!race_has(&race->done, race->round));
	return true;
}

static const struct pinning fork_migrate_pinning = {
	.most = 1,
	.pin = fork_migrate_all,
	.unpin = uring_row_unpin,
	.differs = uring_row_differs,
};

/* The page becomes mine alone again, and as large as it was, and is where the others are. */
static void fork_migrate_renew(struct testpage *p, bool huge)
{
	int *from = moving.on, *own = moving.on + moving.others;

	if (huge)	/* fork() has split it */
		madvise(p->mem, p->page, MADV_DONTNEED);
	fill_one(p->mem, BEFORE, 0);
	fork_migrate_look(p, 1);
	if (*from < 0)
		not_reached(p, "where pages are is not to be seen: %s", strerror(-*from));
	if (!fork_migrate_move(moving.others, 1, from) || *own != *from)
		not_reached(p, "a page that is not pinned does not move: %s", strerror(errno));
	for (int i = 0; i <= moving.others; i++)
		moving.to[i] = !*from;
}

static void fork_migrate_count(struct testpage *p)
{
	race_count();
	fork_migrate_look(p, moving.others);
	for (int i = 0; i < moving.others; i++)
		moving.moved += moving.on[i] == moving.to[i];
}

static void fork_migrate_tell(struct testpage *p)
{
	note(p, "%u of %u forks met a page that was to move; %d others moved", race->met,
	     race->forks, moving.moved);
}

static bool fork_migrate_child_sees(char *place)
{
	char stripe[STRIPE];
	struct iovec here = { stripe, STRIPE }, there = { place, STRIPE };

	return process_vm_readv(race->child, &here, 1, &there, 1, 0) == STRIPE &&
	       holds_one(stripe, MINE, 0);
}

/* What is pinned stays mine alone: fork() gives the child another page. */
static void fork_migrate_check(struct testpage *p, char *place)
{
	fill_one(place, MINE, 0);
	if (uring_row_differs(p, &place, 1, MINE) >= 0) {
		fork_migrate_tell(p);
		fail(p, "the pinned page does not get what I write");
	}
	if (fork_migrate_child_sees(place)) {
		fork_migrate_tell(p);
		fail(p, "the child sees what I write to the pinned page");
	}
}

static void fork_migrate_round(struct testpage *p, bool huge)
{
	__u64 took = race->pin_time.ended - race->pin_time.began;
	char *place = p->mem;

	fork_migrate_renew(p, huge);
	if (!uring_row_pin(p, &place, 1))
		skip(p, "missing: such pins: %s", strerror(errno));
	race->wait_job = took ? rand() % took : 0;
	race_begin(p, &fork_migrate_pinning, &place, 1);
	fork_migrate_count(p);
	fork_migrate_check(p, place);
	race_end(p, &fork_migrate_pinning);
}

/* A hugetlb page has another one beside it, all else the ballast. */
static void fork_migrate_choose(struct testpage *p)
{
	if (p->page != base_page()) {
		moving.pages[moving.others++] = p->mem + p->page;
	} else {
		race_map_ballast(p);
		while (moving.others < FORK_MIGRATE_MOST) {
			moving.pages[moving.others] = race_ballast + moving.others * base_page();
			moving.others++;
		}
	}
	moving.pages[moving.others] = p->mem;
}

static void fork_migrate_run(struct testpage *p)
{
	bool huge = smaps_kb(p->mem, "AnonHugePages") > 0;
	size_t one = huge ? pmd_size() : p->page;
	__u64 until;

	madvise(p->mem + one, p->size - one, MADV_DONTFORK);
	fork_migrate_choose(p);
	p->page = one;
	uring_open(p, 1);
	race_start(p);
	race->job = race_fork;
	until = race_now() + FORK_MIGRATE_MS * 1000000ULL;
	while (race->forks < FORK_MIGRATE_ENOUGH && race_now() < until)
		fork_migrate_round(p, huge);
	fork_migrate_tell(p);
	if (!race->met || !moving.moved)
		not_reached(p, "no page moved, or none while I forked");
}

static const char *fork_migrate_prepare(void)
{
	const char *lack = race_prepare();

	return lack ? lack : nodes_prepare();
}

static const struct race race_fork_migrate = {
	.name = "fork-migrate",
	.prepare = fork_migrate_prepare,
	.run = fork_migrate_run,
	.deadline = RACE_DEADLINE,
};
