/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What another process does with the page.
 */
#ifndef COW_RULES_SHARING_H
#define COW_RULES_SHARING_H

/*
 * other/alone: nobody else has the page
 */

static const struct other other_alone = {
	.name = "alone",
};

/*
 * shared/sharing: the proof that others map the same page
 */

/* Compares entries of the page table: the frame where it can be seen, else "not only mine". */
static void sharing_check(struct testpage *p)
{
	__u64 same = SEEN_PRESENT | SEEN_SWAPPED | SEEN_FILE | SEEN_FRAME, mine = pagemap(p->mem);

	for (int i = 0; i < p->nr_peers; i++) {
		__u64 theirs = ask(p, &p->peers[i], ASK_PAGEMAP);

		if ((mine ^ theirs) & same)
			not_reached(p, "another process has not the same page: %#llx, I have %#llx",
				    theirs, mine);
		if (!(mine & SEEN_FRAME) && mine & SEEN_PRESENT && mine & SEEN_ALONE)
			not_reached(p, "the page is not shared");
	}
}

/*
 * other/child: a child shares the page
 */

static void child_make(struct testpage *p)
{
	start_peer(p, new_peer(p), keep_mapping);
}

static const struct other other_child = {
	.name = "child",
	.make = child_make,
	.check = sharing_check,
};

/*
 * other/child_exits: a child shared the page and is gone
 */

static void child_exits_make(struct testpage *p)
{
	struct peer *peer = start_peer(p, new_peer(p), keep_mapping);
	int status;

	ask(p, peer, ASK_EXIT);
	if (waitpid(peer->pid, &status, 0) != peer->pid || status)
		not_reached(p, "the child did not exit");
	p->nr_peers--;
}

static const struct other other_child_exits = {
	.name = "child-exits",
	.make = child_exits_make,
};

/*
 * shared/lru_batch: a page that a CPU has not yet put on a list of reclaim: a batch of the
 * CPU refers to it
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

/*
 * other/child_exits_lru: a child shared the page and is gone; the page is in an LRU batch of
 * this CPU
 */

static void child_exits_lru_make(struct testpage *p)
{
	lru_make(p, 0);
}

static const struct other other_child_exits_lru = {
	.name = "child-exits-lru",
	.make = child_exits_lru_make,
	.check = lru_check,
};

/*
 * other/child_exits_lru_far: a child shared the page and is gone; the page is in an LRU
 * batch of another CPU
 */

static void child_exits_lru_far_make(struct testpage *p)
{
	lru_make(p, 1);
}

static const struct other other_child_exits_lru_far = {
	.name = "child-exits-lru-far",
	.make = child_exits_lru_far_make,
	.check = lru_check,
};

/*
 * other/child_has_half: a child shares the first half of a huge page
 */

static bool half_unchanged(struct testpage *p)
{
	return holds(p->mem, p->size / 2, p->seed);
}

static void child_has_half_live(struct testpage *p, int sock)
{
	stand_still(p, sock, half_unchanged);
}

static void child_has_half_make(struct testpage *p)
{
	char *half = p->mem + p->size / 2;

	if (madvise(half, p->size / 2, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	start_peer(p, new_peer(p), child_has_half_live);
	if (madvise(half, p->size / 2, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

static const struct other other_child_has_half = {
	.name = "child-has-half",
	.make = child_has_half_make,
	.check = sharing_check,
};

/*
 * other/child_has_upper: a child shares the second half of a huge page
 */

static bool upper_unchanged(struct testpage *p)
{
	size_t pages = p->size / base_page();

	for (size_t nr = pages / 2; nr < pages; nr++)
		if (!holds_one(p->mem + nr * base_page(), p->seed, nr))
			return false;
	return true;
}

static void child_has_upper_live(struct testpage *p, int sock)
{
	stand_still(p, sock, upper_unchanged);
}

static void child_has_upper_make(struct testpage *p)
{
	if (madvise(p->mem, p->size / 2, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	start_peer(p, new_peer(p), child_has_upper_live);
	if (madvise(p->mem, p->size / 2, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

/* The child has not the first page; that it compares the last one shows that it has that. */
static void child_has_upper_check(struct testpage *p)
{
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the child has the first half, too");
	if (ask(p, &p->peers[0], ASK_VIEW) != UNCHANGED ||
	    pagemap(p->mem + p->size - base_page()) & SEEN_ALONE)
		not_reached(p, "the second half is not shared");
}

static const struct other other_child_has_upper = {
	.name = "child-has-upper",
	.make = child_has_upper_make,
	.check = child_has_upper_check,
};

/*
 * other/child_reads_back: a child shares the page that is swapped out, and has read it back;
 * I have not
 */

static void child_reads_back_live(struct testpage *p, int sock)
{
	touch(p->mem, p->size);
	stand_still(p, sock, memory_unchanged);
}

static void child_reads_back_make(struct testpage *p)
{
	start_peer(p, new_peer(p), child_reads_back_live);
}

static void child_reads_back_check(struct testpage *p)
{
	if (!(ask(p, &p->peers[0], ASK_PAGEMAP) & SEEN_PRESENT))
		not_reached(p, "the child has not read the page back");
	if (!(pagemap(p->mem) & SEEN_SWAPPED))
		not_reached(p, "the page is not swapped out for me any more");
}

static const struct other other_child_reads_back = {
	.name = "child-reads-back",
	.make = child_reads_back_make,
	.check = child_reads_back_check,
};

/*
 * other/child_unmaps: a child shared the page, has unmapped it, and lives on
 */

static void child_unmaps_live(struct testpage *p, int sock)
{
	if (munmap(p->mem, p->size))
		not_reached(p, "munmap: %s", strerror(errno));
	stand_still(p, sock, NULL);
}

static void child_unmaps_make(struct testpage *p)
{
	start_peer(p, new_peer(p), child_unmaps_live);
}

static void child_unmaps_check(struct testpage *p)
{
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the child still has the page");
}

static const struct other other_child_unmaps = {
	.name = "child-unmaps",
	.make = child_unmaps_make,
	.check = child_unmaps_check,
};

/*
 * shared/pipe: a reference that a pipe holds: vmsplice()
 */

#include <sys/ioctl.h>
#include <sys/uio.h>

static int pipe_ends[2];

static void pipe_open(struct testpage *p)
{
	if (pipe(pipe_ends))
		skip(p, "pipe: %s", strerror(errno));
}

/* The beginning of each base page that is looked at. */
static void pipe_take(struct testpage *p)
{
	int queued = 0;

	for (int i = 0; i < nr_samples(p); i++) {
		struct iovec stripe = { p->mem + sample(p, i) * base_page(), STRIPE };

		if (vmsplice(pipe_ends[1], &stripe, 1, 0) != STRIPE)
			skip(p, "vmsplice: %s", strerror(errno));
	}
	if (ioctl(pipe_ends[0], FIONREAD, &queued) || queued != nr_samples(p) * STRIPE)
		not_reached(p, "the pipe holds %d bytes", queued);
}

/* Can be asked once: reading takes the data out. */
static bool pipe_sees(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++)
		if (read(pipe_ends[0], stripe, STRIPE) != STRIPE ||
		    !holds_one(stripe, seed, sample(p, i)))
			return false;
	return true;
}

/*
 * shared/other_pipe: somebody else holds the page by a pipe only
 */

/* What is in the pipe is what the page was when it was put there. */
static bool pipe_unchanged(struct testpage *p)
{
	return pipe_sees(p, p->seed);
}

static void pipe_unmap(struct testpage *p)
{
	if (munmap(p->mem, p->size))
		not_reached(p, "munmap: %s", strerror(errno));
}

static void pipe_check(struct testpage *p)
{
	if (!(pagemap(p->mem) & (SEEN_PRESENT | SEEN_SWAPPED)))
		not_reached(p, "I have no page");
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the other process still maps the page");
}

/*
 * other/child_vmsplice_unmap: a child puts the page into a pipe and unmaps it
 */

static void child_vmsplice_unmap_live(struct testpage *p, int sock)
{
	pipe_take(p);
	pipe_unmap(p);
	stand_still(p, sock, pipe_unchanged);
}

static void child_vmsplice_unmap_make(struct testpage *p)
{
	pipe_open(p);
	start_peer(p, new_peer(p), child_vmsplice_unmap_live);
}

static const struct other other_child_vmsplice_unmap = {
	.name = "child-vmsplice-unmap",
	.make = child_vmsplice_unmap_make,
	.check = pipe_check,
};

/*
 * shared/collapse: how a range becomes one huge page: MADV_COLLAPSE
 */

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void collapse(struct testpage *p)
{
	/* EINVAL is also the answer of a kernel that does not know it. */
	if (madvise(p->mem, p->size, MADV_COLLAPSE) && errno == EINVAL)
		skip(p, "missing: MADV_COLLAPSE (Linux v6.1)");
}

static void collapse_check(struct testpage *p)
{
	if (!mapped_huge(p->mem))
		not_reached(p, "the range does not become a huge page");
}

/*
 * other/collapsed_child: the range was made one huge page (MADV_COLLAPSE), and then a child
 * shares it
 */

static void collapsed_child_make(struct testpage *p)
{
	collapse(p);
	collapse_check(p);
	start_peer(p, new_peer(p), keep_mapping);
}

static const struct other other_collapsed_child = {
	.name = "collapsed-child",
	.make = collapsed_child_make,
	.check = sharing_check,
};

/*
 * other/dontfork: a child was forked, but this memory left out (MADV_DONTFORK)
 */

static void dontfork_live(struct testpage *p, int sock)
{
	stand_still(p, sock, NULL);
}

static void dontfork_make(struct testpage *p)
{
	if (madvise(p->mem, p->size, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	start_peer(p, new_peer(p), dontfork_live);
	if (madvise(p->mem, p->size, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

static void dontfork_check(struct testpage *p)
{
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the child has the page");
}

static const struct other other_dontfork = {
	.name = "dontfork",
	.make = dontfork_make,
	.check = dontfork_check,
};

/*
 * shared/ksm_prctl: KSM asked to merge all that a process has
 */

#include <sys/prctl.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE	67
#define PR_GET_MEMORY_MERGE	68
#endif

static void ksm_ask(struct testpage *p, int whether)
{
	if (prctl(PR_SET_MEMORY_MERGE, whether, 0, 0, 0))
		skip(p, "missing: PR_SET_MEMORY_MERGE (Linux v6.4): %s", strerror(errno));
	if (prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) != whether)
		not_reached(p, "PR_SET_MEMORY_MERGE has no effect");
}

/*
 * shared/ksm_inherited: the proof that KSM was asked by who started me
 */

static void ksm_inherited_check(struct testpage *p)
{
	if (prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) != 1)
		not_reached(p, "what KSM was asked is not inherited");
}

/*
 * other/exec_asked_ksm: who executed me has asked KSM to merge all that it has, and so all
 * of mine
 */

#define ASKED	"KSM_ASKED_BEFORE_EXEC"
#define MAX_ARGS 8

/* This program once more: the case begins again, and comes here for the second time. */
static void exec_asked_ksm_make(struct testpage *p)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), nr = 0;
	char line[512], *args[MAX_ARGS + 1] = { NULL };
	ssize_t size;

	if (getenv(ASKED))
		return;
	ksm_ask(p, 1);
	size = read(fd, line, sizeof(line) - 1);
	line[size > 0 ? size : 0] = '\0';
	for (char *arg = line; nr < MAX_ARGS && arg < line + size; arg += strlen(arg) + 1)
		args[nr++] = arg;
	setenv(ASKED, "1", 1);
	execv("/proc/self/exe", args);
	skip(p, "execv: %s", strerror(errno));
}

static const struct other other_exec_asked_ksm = {
	.name = "exec-asked-ksm",
	.make = exec_asked_ksm_make,
	.check = ksm_inherited_check,
};

/*
 * other/grandchild: a child and its child share the page
 */

static void grandchild_live(struct testpage *p, int sock)
{
	start_peer(p, &p->peers[1], keep_mapping);
	keep_mapping(p, sock);
}

static void grandchild_make(struct testpage *p)
{
	struct peer *child = new_peer(p), *grandchild = new_peer(p);

	start_peer(p, child, grandchild_live);
	close(grandchild->theirs);
}

static const struct other other_grandchild = {
	.name = "grandchild",
	.make = grandchild_make,
	.check = sharing_check,
};

/*
 * other/parent: I am a child, my parent shares the page
 */

static void parent_make(struct testpage *p)
{
	turn_roles(p, NULL, memory_unchanged);
}

static const struct other other_parent = {
	.name = "parent",
	.make = parent_make,
	.check = sharing_check,
};

/*
 * other/parent_asked_ksm: my parent shares the page, and has asked KSM to merge all that it
 * has, and so all of mine
 */

static void parent_asked_ksm_make(struct testpage *p)
{
	ksm_ask(p, 1);
	turn_roles(p, NULL, memory_unchanged);
}

static void parent_asked_ksm_check(struct testpage *p)
{
	ksm_inherited_check(p);
	sharing_check(p);
}

static const struct other other_parent_asked_ksm = {
	.name = "parent-asked-ksm",
	.make = parent_asked_ksm_make,
	.check = parent_asked_ksm_check,
};

/*
 * other/parent_forks_vmsplices: my parent forked me, put the page into a pipe, and unmapped
 * it
 */

static void parent_forks_part(struct testpage *p)
{
	pipe_take(p);
	pipe_unmap(p);
}

static void parent_forks_make(struct testpage *p)
{
	pipe_open(p);
	turn_roles(p, parent_forks_part, pipe_unchanged);
}

static const struct other other_parent_forks_vmsplices = {
	.name = "parent-forks-vmsplices",
	.make = parent_forks_make,
	.check = pipe_check,
};

/*
 * other/parent_vmsplice_child_writes: my parent put the page into a pipe, forked me, and
 * unmapped it
 */

static void parent_vmsplice_make(struct testpage *p)
{
	pipe_open(p);
	pipe_take(p);
	turn_roles(p, pipe_unmap, pipe_unchanged);
}

static const struct other other_parent_vmsplice_child_writes = {
	.name = "parent-vmsplice-child-writes",
	.make = parent_vmsplice_make,
	.check = pipe_check,
};
#endif
