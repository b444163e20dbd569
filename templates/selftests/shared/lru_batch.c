/* piece
 * says    = "a page that a CPU has not yet put on a list of reclaim: a batch of the CPU refers to it"
 */
static int lru_cpus[2], lru_child;

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

static void lru_live(struct testpage *p, int sock)
{
	lru_go_to(p, lru_child);
	keep_mapping(p, sock);
}

/*
 * Have a new page in the batch of one of two CPUs, and a child that dies on the
 * other one: who dies puts all that is in batches of their CPU on the lists.
 */
static void lru_make(struct testpage *p, int which)
{
	struct peer *peer;
	int status;

	lru_find_cpus(p);
	lru_child = !which;
	lru_go_to(p, which);
	if (madvise(p->mem, p->size, MADV_DONTNEED))
		skip(p, "MADV_DONTNEED: %s", strerror(errno));
	fill(p->mem, p->size, p->seed);
	lru_go_to(p, 0);
	peer = start_peer(p, new_peer(p), lru_live);
	ask(p, peer, ASK_EXIT);
	if (waitpid(peer->pid, &status, 0) != peer->pid || status)
		not_reached(p, "the child did not exit");
	p->nr_peers--;
}

static void lru_check(struct testpage *p)
{
	__u64 flags = page_flags(p->mem);

	if (!(flags & FLAG_ANON) || flags & FLAG_LRU)
		not_reached(p, "the page is not in a batch any more, or that is not to be seen");
}
