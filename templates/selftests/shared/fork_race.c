/* piece
 * says    = "one process pins pages while another one that shares its memory forks, again and again"
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
