/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two things at a time, again and again.
 */
#ifndef COW_RULES_RACES_H
#define COW_RULES_RACES_H

/*
 * shared/fork_race: one process pins pages while another one that shares its memory forks,
 * again and again
 */

#define RACE_ROW	64	/* pins, one after the other */
#define RACE_DEADLINE	60

/* How the first base page of each of some places is pinned, in one call. */
struct pinning {
	size_t most;
	bool (*pin)(struct testpage *p, char * const places[], int nr);
	void (*unpin)(struct testpage *p);
	/* The first place where the pin does not find the pattern, or -1. */
	int (*differs)(struct testpage *p, char * const places[], int nr, unsigned char seed);
};

struct span {
	__u64 began, ended;
};

/* In shared memory, as are the stacks: nothing of it is ever copied on write. */
static struct race_state {
	pid_t me, child;
	int ready, go, done, clean;	/* the number of the round that has come so far */
	int round;
	int turn[2];			/* a pipe: what the other process blocks on */
	void (*job)(struct testpage *p);
	struct testpage *p;
	__u64 wait_job, wait_pin;
	__u64 alone;			/* a pin, with nobody in the way */
	long long typical;		/* a fork: as many take longer as shorter */
	long long aim;			/* when to pin, seen from where fork() begins */
	struct span job_time, pin_time;
	unsigned int forks, met, waited;
	char stack[STACK], child_stack[STACK];
} *race;

static __u64 race_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void race_wait(__u64 nanoseconds)
{
	__u64 until = race_now() + nanoseconds;

	while (race_now() < until)
		;
}

static void race_say(int *what, int round)
{
	__atomic_store_n(what, round, __ATOMIC_RELEASE);
}

static bool race_has(const int *what, int round)
{
	return __atomic_load_n(what, __ATOMIC_ACQUIRE) == round;
}

static void race_await(const int *what, int round)
{
	while (!race_has(what, round))
		sched_yield();
}

/* Without giving the CPU away: who is awaited knows that we do, and is quick. */
static void race_await_now(const int *what, int round)
{
	for (int i = 0; i < 1000000 && !race_has(what, round); i++)
		;
	race_await(what, round);
}

static void race_turn(struct testpage *p)
{
	if (write(race->turn[1], "", 1) != 1)
		skip(p, "pipe: %s", strerror(errno));
}

/* Sleep until it is our turn; where nobody can say so any more, it is over. */
static void race_sleep(void)
{
	char turn;

	if (read(race->turn[0], &turn, 1) != 1)
		_exit(KSFT_FAIL);
}

/* -- the other process: it does one job a round -------------------------------- */

static int race_child(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

static void race_fork(struct testpage *p)
{
	race->child = clone(race_child, race->child_stack + STACK, SIGCHLD, NULL);
	if (race->child < 0)
		skip(p, "another process: %s", strerror(errno));
}

static int race_other(void *arg)
{
	int status;

	(void)arg;
	die_with(race->me);
	for (int round = 1;; round++) {
		race_sleep();
		race_say(&race->ready, round);
		race_await_now(&race->go, round);
		race_wait(race->wait_job);
		race->job_time.began = race_now();
		race->job(race->p);
		race->job_time.ended = race_now();
		race_say(&race->done, round);
		race_sleep();
		if (race->child > 0) {
			kill(race->child, SIGKILL);
			waitpid(race->child, &status, 0);
			race->child = 0;
		}
		race_say(&race->clean, round);
	}
	return 0;
}

static void race_start(struct testpage *p)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD;

	race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (race == MAP_FAILED)
		skip(p, "memory for another process");
	race->me = getpid();
	race->p = p;
	if (pipe(race->turn) || clone(race_other, race->stack + STACK, flags, NULL) < 0)
		skip(p, "another process: %s", strerror(errno));
}

/* -- a round: one job, one row of pins, at the same time ----------------------- */

static void race_begin(struct testpage *p, const struct pinning *pinning, char * const places[],
		       int nr)
{
	race->round++;
	race_turn(p);
	race_await_now(&race->ready, race->round);
	race_say(&race->go, race->round);
	race_wait(race->wait_pin);
	race->pin_time.began = race_now();
	if (!pinning->pin(p, places, nr))
		skip(p, "missing: such pins: %s", strerror(errno));
	race->pin_time.ended = race_now();
	race_await(&race->done, race->round);
}

static void race_end(struct testpage *p, const struct pinning *pinning)
{
	pinning->unpin(p);
	race_turn(p);
	race_await(&race->clean, race->round);
}

static void race_count(void)
{
	const struct span *fork = &race->job_time, *pin = &race->pin_time;

	race->forks++;
	race->met += pin->began < fork->ended && pin->ended > fork->began;
	race->waited += pin->began < fork->ended && pin->ended > fork->ended;
}

/* -- memory beside it, which fork() leaves out ----------------------------------- */

#define BALLAST		(64UL << 20)

static char *race_ballast;

static void race_map_ballast(struct testpage *p)
{
	race_ballast = mmap(NULL, BALLAST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	if (race_ballast == MAP_FAILED || madvise(race_ballast, BALLAST, MADV_DONTFORK))
		skip(p, "mmap: %s", strerror(errno));
	madvise(race_ballast, BALLAST, MADV_NOHUGEPAGE);
	fill(race_ballast, BALLAST, BEFORE);
}

static const char *race_prepare(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) < 2 ? "a second CPU" : NULL;
}

/*
 * shared/fork_pins: rows of pins while another process forks, aimed at where fork() begins
 * to copy
 */

#define RACE_ENOUGH	1000	/* hits */
#define RACE_MS		8000
#define RACE_FIRST	8	/* pages, where fork() begins to copy */

/* -- whether such pins can be had while somebody changes the mappings ---------- */

/* One call, which takes a while: all of it with the lock on the mappings that fork() has, too. */
static void race_mprotect(struct testpage *p)
{
	static int odd;

	odd = !odd;
	if (mprotect(race_ballast, BALLAST, odd ? PROT_READ : PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

/* How long a pin takes that nobody is in the way of: the shortest of some. */
static __u64 race_pin_alone(struct testpage *p, const struct pinning *pinning)
{
	__u64 shortest = -1ULL;
	char *place = p->mem;

	for (int i = 0; i < 5; i++) {
		__u64 began = race_now();

		if (!pinning->pin(p, &place, 1))
			skip(p, "missing: such pins: %s", strerror(errno));
		if (race_now() - began < shortest)
			shortest = race_now() - began;
		pinning->unpin(p);
	}
	return shortest;
}

/*
 * GUP-fast takes no lock: without it a pin waits for fork() to end, and there
 * is no race.  Which of both a kernel does with such pins is seen here; a pin
 * that takes longer than anybody has the lock tells nothing.
 */
static void race_check_lockless(struct testpage *p, const struct pinning *pinning)
{
	const struct span *job = &race->job_time, *pin = &race->pin_time;
	int passed = 0, waited = 0;
	char *place = p->mem;
	__u64 until;

	race_map_ballast(p);
	race->job = race_mprotect;
	until = race_now() + RACE_MS * 500000ULL;
	while (!passed && waited < 20 && race_now() < until) {
		__u64 part = (job->ended - job->began) / 8;

		race->wait_pin = 3 * part;
		race_begin(p, pinning, &place, 1);
		race_end(p, pinning);
		part = (job->ended - job->began) / 8;
		if (pin->began < job->began + part || pin->began > job->ended - 3 * part)
			continue;
		if (pin->ended < job->ended - part)
			passed++;
		else if (race->alone < part)
			waited++;
	}
	munmap(race_ballast, BALLAST);
	if (waited && !passed)
		not_reached(p, "such pins wait for fork to end: they do not take GUP-fast");
}

/* -- fork() against pins ------------------------------------------------------- */

/* What fork() copies at once: the entry of a huge page, or of a page. */
static size_t race_step(struct testpage *p, long huge_kb)
{
	return huge_kb > 0 ? pmd_size() : p->page;
}

/* What was shared with a child that is gone becomes mine and writable again. */
static void race_renew(struct testpage *p, long huge_kb, size_t size)
{
	if (huge_kb > 0 && smaps_kb(p->mem, "AnonHugePages") != huge_kb) {
		madvise(p->mem, p->size, MADV_DONTNEED);	/* split: have another one */
		size = p->size;
	}
	fill(p->mem, size, p->seed);
}

/* As often near the beginning, where fork() begins to copy, as far from it. */
static size_t race_random(size_t below)
{
	size_t bits = 0;

	while (below >> (bits + 1))
		bits++;
	return rand() % ((size_t)1 << rand() % (bits + 1)) % below;
}

/*
 * Where pins begin to wait is where fork() begins to copy: aim before it, as
 * far as a pin takes, and learn from what became of the last one.
 */
static void race_aim(bool anywhere)
{
	const struct span *fork = &race->job_time, *pin = &race->pin_time;
	long long took = race->typical ? race->typical : 100000, when;

	took += (long long)(fork->ended - fork->began) > took ? took / 8 : -took / 8;
	race->typical = took;
	race->aim += pin->ended < fork->ended ? took / 8 : -took / 8;
	if (race->aim < 0 || race->aim > took)
		race->aim = took / 4;
	race->wait_job = took / 2;
	when = took / 2 + race->aim - rand() % (2 * race->alone + took / 8 + 1);
	if (anywhere)
		when = rand() % (2 * took + 1);
	race->wait_pin = when > 0 ? when : 0;
}

/* As many pins, one after the other, as there is time for in a fork. */
static size_t race_row(const struct pinning *pinning, size_t places)
{
	size_t most = 1 + race->typical / (race->alone + 1);

	if (most > pinning->most)
		most = pinning->most;
	return 1 + race_random(places < most ? places : most);
}

static void race_tell(struct testpage *p)
{
	note(p, "windows hit: pins were under way in %u of %u forks, in %u until after its end",
	     race->met, race->forks, race->waited);
}

static void race_round(struct testpage *p, const struct pinning *pinning, long huge_kb)
{
	size_t step = race_step(p, huge_kb), steps = p->size / step;
	size_t reach = 1 + race_random(steps), first;
	bool anywhere = rand() % 2;	/* else where and when fork() begins to copy */
	unsigned char seed = 1 + rand() % 255;
	char *places[RACE_ROW];
	int lost, nr;

	first = race_random(anywhere || reach < RACE_FIRST ? reach : RACE_FIRST);
	nr = race_row(pinning, reach - first);
	race_renew(p, huge_kb, reach * step);
	if (reach < steps)
		madvise(p->mem + reach * step, p->size - reach * step, MADV_DONTFORK);
	for (int i = 0; i < nr; i++)	/* towards fork(): so they meet */
		places[i] = p->mem + (first + nr - 1 - i) * step;
	race_aim(anywhere);
	race_begin(p, pinning, places, nr);
	madvise(p->mem, p->size, MADV_DOFORK);
	race_count();
	for (int i = 0; i < nr; i++)
		fill_one(places[i], seed, i);
	lost = pinning->differs(p, places, nr, seed);
	if (lost >= 0) {
		race_tell(p);
		fail(p, "page %zu of %zu in the fork: the pinned page does not get what I write",
		     first + nr - 1 - lost, reach);
	}
	race_end(p, pinning);
}

static void race_run(struct testpage *p, const struct pinning *pinning)
{
	long huge_kb = smaps_kb(p->mem, "AnonHugePages");
	__u64 until;

	race_start(p);
	race->alone = race_pin_alone(p, pinning);
	race_check_lockless(p, pinning);
	race->job = race_fork;
	race->job_time = (struct span){ 0 };
	until = race_now() + RACE_MS * 1000000ULL;
	while (race->met < RACE_ENOUGH && race_now() < until)
		race_round(p, pinning, huge_kb);
	race_tell(p);
	if (!race->met)
		not_reached(p, "no pin was under way during a fork");
}

/*
 * race/fork_gup: gup_test pins pages (FOLL_PIN, GUP-fast, to read or to write) while a fork
 * copies the range
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

/*
 * shared/uring_row: a row of pins through io_uring: a registered buffer for each place
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

/*
 * race/fork_migrate: pages registered with io_uring (FOLL_PIN) are to move to another node
 * while a fork copies them
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

/*
 * race/fork_uring: buffers are registered with io_uring (FOLL_PIN, GUP-fast) while a fork
 * copies the range
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
#endif
