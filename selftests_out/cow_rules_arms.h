/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to my mapping before I access the page.
 */
#ifndef COW_RULES_ARMS_H
#define COW_RULES_ARMS_H

/*
 * arm/collapse: the range is to become one huge page (MADV_COLLAPSE)
 */

static const struct arm arm_collapse = {
	.name = "collapse",
	.arm = collapse,
	.check = collapse_check,
};

/*
 * arm/compact: memory is compacted, and that moves the page
 */

#define COMPACT "/proc/sys/vm/compact_memory"

static const char *compact_prepare(void)
{
	return access(COMPACT, W_OK) ? "CONFIG_COMPACTION, or the right to compact" : NULL;
}

static void compact_arm(struct testpage *p)
{
	p->frame = frame(p->mem);
	write_text(COMPACT, "1");
}

static void compact_check(struct testpage *p)
{
	if (!p->frame || frame(p->mem) == p->frame)
		not_reached(p, "the page is where it was, or that is not to be seen");
}

static const struct arm arm_compact = {
	.name = "compact",
	.prepare = compact_prepare,
	.arm = compact_arm,
	.check = compact_check,
};

/*
 * arm/fork: I fork a child that sleeps
 */

static void fork_arm(struct testpage *p)
{
	start_peer(p, new_peer(p), keep_mapping);
}

static const struct arm arm_fork = {
	.name = "fork",
	.arm = fork_arm,
};

/*
 * arm/ksm: KSM wants to merge the page with one of the same content
 */

static void ksm_arm_check(struct testpage *p)
{
	ksm_wait();
	ksm_check(p);
}

static const struct arm arm_ksm = {
	.name = "ksm",
	.prepare = ksm_prepare,
	.arm = ksm_offer,
	.check = ksm_arm_check,
	.unchanged = ksm_unchanged,
};

/*
 * arm/ksm_prctl: KSM wants to merge the page, as all of this process (PR_SET_MEMORY_MERGE)
 */

static void ksm_prctl_arm(struct testpage *p)
{
	ksm_partner(p);
	ksm_ask(p, 1);
}

static void ksm_prctl_check(struct testpage *p)
{
	ksm_wait();
	ksm_check(p);
}

static const struct arm arm_ksm_prctl = {
	.name = "ksm-prctl",
	.prepare = ksm_prepare,
	.arm = ksm_prctl_arm,
	.check = ksm_prctl_check,
	.unchanged = ksm_unchanged,
};

/*
 * arm/madv_free: I no longer need what the page holds (MADV_FREE), and reclaim takes the
 * page
 */

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static bool freed(struct testpage *p)
{
	return !(pagemap(p->mem) & (SEEN_PRESENT | SEEN_SWAPPED));
}

static void madv_free_arm(struct testpage *p)
{
	if (madvise(p->mem, p->size, MADV_FREE))
		skip(p, "MADV_FREE: %s", strerror(errno));
	for (int i = 0; i < 100 && !freed(p); i++) {
		if (madvise(p->mem, p->size, MADV_PAGEOUT))
			skip(p, "missing: MADV_PAGEOUT (Linux v5.4): %s", strerror(errno));
		sched_yield();
	}
}

static void madv_free_check(struct testpage *p)
{
	if (!freed(p))
		not_reached(p, "the page is not freed");
}

static const struct arm arm_madv_free = {
	.name = "madv-free",
	.arm = madv_free_arm,
	.check = madv_free_check,
};

/*
 * shared/nodes: NUMA nodes that pages can be moved between
 */

#define MOVE	2	/* MPOL_MF_MOVE of linux/mempolicy.h */
#define NODES "/sys/devices/system/node/node"

static const char *nodes_prepare(void)
{
	return access(NODES "1", F_OK) ? "a second NUMA node" : NULL;
}

/*
 * arm/migrate: the page is moved to another NUMA node
 */

/* A huge page moves as a whole, or not at all: a call for each part of it takes seconds. */
static bool migrate_asks(struct testpage *p, size_t at)
{
	return !at || !(page_flags(p->mem + at) & FLAG_TAIL);
}

static bool migrate_node_is_there(int node)
{
	char name[sizeof(NODES) + 12];

	snprintf(name, sizeof(name), NODES "%d", node);
	return !access(name, F_OK);
}

static void migrate_arm(struct testpage *p)
{
	p->frame = frame(p->mem);
	for (int node = 0; migrate_node_is_there(node) && frame(p->mem) == p->frame; node++)
		for (size_t at = 0; at < p->size; at += p->page) {
			void *page = p->mem + at;
			int status;

			if (migrate_asks(p, at))
				syscall(__NR_move_pages, 0, 1UL, &page, &node, &status, MOVE);
		}
}

static void migrate_check(struct testpage *p)
{
	if (!p->frame || frame(p->mem) == p->frame)
		not_reached(p, "the page is where it was, or that is not to be seen");
}

static const struct arm arm_migrate = {
	.name = "migrate",
	.prepare = nodes_prepare,
	.arm = migrate_arm,
	.check = migrate_check,
};

/*
 * arm/mprotect: my mapping becomes read-only, and writable again
 */

static void mprotect_arm(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_READ))
		skip(p, "mprotect: %s", strerror(errno));
}

static void mprotect_check(struct testpage *p)
{
	if (may_write(p->mem))
		not_reached(p, "the mapping is still writable");
}

static void mprotect_back(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

static const struct arm arm_mprotect = {
	.name = "mprotect",
	.arm = mprotect_arm,
	.check = mprotect_check,
	.back = mprotect_back,
};

/*
 * arm/none: nothing happens to my mapping
 */

static const struct arm arm_none = {
	.name = "none",
};

/*
 * arm/pageout: the page is swapped out, and read back before my access
 */

static void pageout_back(struct testpage *p)
{
	touch(p->mem, p->size);
}

static const struct arm arm_pageout = {
	.name = "pageout",
	.prepare = swap_prepare,
	.arm = swap_out,
	.check = swap_check,
	.back = pageout_back,
};

/*
 * arm/soft_dirty: the soft-dirty bits are cleared, to track writes
 */

static bool soft_dirty_cleared;

/* Once is for the whole process: for the page, and for its twin. */
static void soft_dirty_arm(struct testpage *p)
{
	if (soft_dirty_cleared)
		return;
	/* Written since the mapping began, so it is set where there is such a bit. */
	if (!(pagemap(p->mem) & SEEN_SOFT_DIRTY))
		skip(p, "missing: CONFIG_MEM_SOFT_DIRTY");
	if (!write_text("/proc/self/clear_refs", "4"))
		skip(p, "clear_refs: %s", strerror(errno));
	soft_dirty_cleared = true;
}

static void soft_dirty_check(struct testpage *p)
{
	if (pagemap(p->mem) & SEEN_SOFT_DIRTY)
		not_reached(p, "the soft-dirty bit stays");
}

static const struct arm arm_soft_dirty = {
	.name = "soft-dirty",
	.arm = soft_dirty_arm,
	.check = soft_dirty_check,
};

/*
 * arm/swap: the page is swapped out, and my access swaps it in
 */

static const struct arm arm_swap = {
	.name = "swap",
	.prepare = swap_prepare,
	.arm = swap_out,
	.check = swap_check,
};

/*
 * shared/uffd_wp: how userfaultfd write-protects memory
 */

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#define USER_MODE_ONLY	1	/* UFFD_USER_MODE_ONLY, Linux v5.11: needs no privilege */

static int uffd = -1;

static void uffd_wp_protect(struct testpage *p, __u64 mode)
{
	struct uffdio_writeprotect protect = {
		.range = { .start = (uintptr_t)p->mem, .len = p->size },
		.mode = mode,
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &protect))
		skip(p, "missing: UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

/* One for the whole process: for the page, and for its twin. */
static void uffd_open(struct testpage *p)
{
	struct uffdio_api api = { .api = UFFD_API };

	uffd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (uffd < 0 && errno == EPERM)
		uffd = syscall(__NR_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		skip(p, "missing: userfaultfd: %s", strerror(errno));
}

static void uffd_wp_arm(struct testpage *p)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)p->mem, .len = p->size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (uffd < 0)
		uffd_open(p);
	if (ioctl(uffd, UFFDIO_REGISTER, &range))
		skip(p, "missing: userfaultfd-wp for such memory: %s", strerror(errno));
	uffd_wp_protect(p, UFFDIO_WRITEPROTECT_MODE_WP);
}

/*
 * arm/uffd_wp: userfaultfd write-protects my mapping, and takes that back
 */

/* That it succeeded is the proof; pagemap tells it, too, where it can be scanned for it. */
static void uffd_wp_check(struct testpage *p)
{
	if (scan(p->mem, SCAN_HUGE) >= 0 && !(pagemap(p->mem) & SEEN_UFFD_WP))
		not_reached(p, "the page is not write-protected");
}

static void uffd_wp_back(struct testpage *p)
{
	uffd_wp_protect(p, 0);
}

static const struct arm arm_uffd_wp = {
	.name = "uffd-wp",
	.arm = uffd_wp_arm,
	.check = uffd_wp_check,
	.back = uffd_wp_back,
};

/*
 * shared/ksm_unmerge: the proof that a page is no longer merged
 */

static void ksm_unmerged_check(struct testpage *p)
{
	__u64 nr = frame(p->mem);

	if (!nr || page_flags(p->mem) & FLAG_KSM || nr == frame(p->partner))
		not_reached(p, "the page is still merged, or that is not to be seen");
}

/*
 * arm/unmerge: I no longer want the page to be merged (MADV_UNMERGEABLE)
 */

static void unmerge_arm(struct testpage *p)
{
	if (madvise(p->mem, p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static const struct arm arm_unmerge = {
	.name = "unmerge",
	.arm = unmerge_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};

/*
 * arm/unmerge_hole: MADV_UNMERGEABLE of a range in which a page beside mine was discarded
 */

static void unmerge_hole_arm(struct testpage *p)
{
	char *hole = p->mem - p->size;

	/* Nobody may use what lies there, until now. */
	if (mprotect(hole, p->size, PROT_READ | PROT_WRITE) ||
	    madvise(hole, p->size, MADV_MERGEABLE))
		skip(p, "a page beside: %s", strerror(errno));
	fill(hole, p->size, THROUGH_PIN);
	if (madvise(hole, p->size, MADV_DONTNEED) || pagemap(hole) & SEEN_PRESENT)
		not_reached(p, "the page beside is not discarded");
	if (madvise(hole, 2 * p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static const struct arm arm_unmerge_hole = {
	.name = "unmerge-hole",
	.arm = unmerge_hole_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};

/*
 * arm/unmerge_prctl: I no longer want any page to be merged (PR_SET_MEMORY_MERGE)
 */

static void unmerge_prctl_arm(struct testpage *p)
{
	ksm_ask(p, 1);
	ksm_ask(p, 0);
}

static const struct arm arm_unmerge_prctl = {
	.name = "unmerge-prctl",
	.arm = unmerge_prctl_arm,
	.check = ksm_unmerged_check,
	.unshares = true,
};

/*
 * arm/unmerge_prot_none: MADV_UNMERGEABLE, while I may not even read the page
 */

static void unmerge_prot_none_arm(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_NONE) ||
	    madvise(p->mem, p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static void unmerge_prot_none_back(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

static const struct arm arm_unmerge_prot_none = {
	.name = "unmerge-prot-none",
	.arm = unmerge_prot_none_arm,
	.check = ksm_unmerged_check,
	.back = unmerge_prot_none_back,
	.unshares = true,
};

/*
 * arm/unmerge_uffd_wp: MADV_UNMERGEABLE, while userfaultfd write-protects the page
 */

static void unmerge_uffd_wp_arm(struct testpage *p)
{
	uffd_wp_arm(p);
	if (madvise(p->mem, p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static void unmerge_uffd_wp_back(struct testpage *p)
{
	uffd_wp_protect(p, 0);
}

static const struct arm arm_unmerge_uffd_wp = {
	.name = "unmerge-uffd-wp",
	.arm = unmerge_uffd_wp_arm,
	.check = ksm_unmerged_check,
	.back = unmerge_uffd_wp_back,
	.unshares = true,
};
#endif
