/* piece
 * says    = "a page that a CPU has not yet put on a list of reclaim: a batch of the CPU refers to it"
 */
static int lru_cpus[2];

static void lru_find_cpus(struct testpage *p)
{
	cpu_set_t cpus;
	int nr = 0;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) || CPU_COUNT(&cpus) < 2)
		skip(p, "missing: a second CPU");
	for (int cpu = 0; nr < 2 && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			lru_cpus[nr++] = cpu;
}

static void lru_go_to(struct testpage *p, int which)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(lru_cpus[which], &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		skip(p, "sched_setaffinity: %s", strerror(errno));
}

static bool lru_waits(struct testpage *p)
{
	return (page_flags(p->mem) & (FLAG_ANON | FLAG_LRU)) == FLAG_ANON;
}

/*
 * Have a new page in the batch of one of two CPUs.  All else happens on the
 * other one: each page that comes into a batch, and each process that ends,
 * brings nearer that what is in it is put on the lists.
 */
static void lru_try(struct testpage *p, int which)
{
	struct peer *peer;
	int status;

	lru_go_to(p, which);
	if (madvise(p->mem, p->size, MADV_DONTNEED))
		skip(p, "MADV_DONTNEED: %s", strerror(errno));
	fill(p->mem, p->size, p->seed);
	lru_go_to(p, !which);
	peer = start_peer(p, new_peer(p), keep_mapping);
	ask(p, peer, ASK_EXIT);
	if (waitpid(peer->pid, &status, 0) != peer->pid || status)
		not_reached(p, "the child did not exit");
	close(peer->mine);
	p->nr_peers--;
	lru_go_to(p, 0);
}

/* More than once: all that runs on the machine fills batches. */
static void lru_make(struct testpage *p, int which)
{
	lru_find_cpus(p);
	for (int i = 0; i < 100 && !(i && lru_waits(p)); i++)
		lru_try(p, which);
}

static void lru_check(struct testpage *p)
{
	if (!lru_waits(p))
		not_reached(p, "the page is not in a batch any more, or that is not to be seen");
}
