/* piece
 * says    = "rows of pins while another process forks, aimed at where fork() begins to copy"
 * needs   = ["shared/fork_race"]
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
