/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the page comes to be.
 */
#ifndef COW_RULES_MEMORY_H
#define COW_RULES_MEMORY_H

/*
 * shared/anon: how one small anonymous page is had
 */

static void anon_map(struct testpage *p)
{
	char *area;

	/* Beside it what nobody may use: no neighbour to be merged or collapsed with. */
	p->page = base_page();
	p->size = p->page;
	area = mmap(NULL, 3 * p->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || mprotect(area + p->page, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mmap: %s", strerror(errno));
	p->mem = area + p->page;
	/* Fails on a kernel without transparent huge pages, where it is not needed. */
	madvise(p->mem, p->size, MADV_NOHUGEPAGE);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

/*
 * memory/anon: one small anonymous page, written once
 */

static void anon_check(struct testpage *p)
{
	__u64 entry = pagemap(p->mem), flags = page_flags(p->mem);

	if (!(entry & SEEN_PRESENT) || entry & SEEN_FILE)
		not_reached(p, "no anonymous page is mapped");
	if (flags && (flags & (FLAG_ANON | FLAG_THP)) != FLAG_ANON)
		not_reached(p, "the page is not a small anonymous one");
}

static const struct memory memory_anon = {
	.name = "anon",
	.map = anon_map,
	.check = anon_check,
};

/*
 * memory/anon_many: many small anonymous pages in one mapping, each written once
 */

static void anon_many_map(struct testpage *p)
{
	p->page = base_page();
	p->size = 4UL << 20;
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap: %s", strerror(errno));
	madvise(p->mem, p->size, MADV_NOHUGEPAGE);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static void anon_many_check(struct testpage *p)
{
	for (size_t at = 0; at < p->size; at += p->page) {
		__u64 flags = page_flags(p->mem + at);

		if (!(pagemap(p->mem + at) & SEEN_PRESENT) || flags & FLAG_THP)
			not_reached(p, "small pages are not mapped");
	}
}

static const struct memory memory_anon_many = {
	.name = "anon-many",
	.map = anon_many_map,
	.check = anon_many_check,
};

/*
 * shared/thp: how memory for a transparent huge page is had
 */

static const char *thp_prepare(size_t unit)
{
	return thp_enabled(unit ? unit : pmd_size());
}

/* An aligned range with memory that nobody may use on both sides. */
static char *thp_range(struct testpage *p, size_t size)
{
	char *area = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *mem = (char *)(((uintptr_t)area + 2 * size - 1) & ~(size - 1));

	if (area == MAP_FAILED || mprotect(mem, size, PROT_READ | PROT_WRITE))
		skip(p, "mmap: %s", strerror(errno));
	if (madvise(mem, size, MADV_HUGEPAGE))
		skip(p, "MADV_HUGEPAGE: %s", strerror(errno));
	return mem;
}

/*
 * memory/huge_zero: anonymous memory that was only read: the huge zero page
 */

static const char *huge_zero_prepare(size_t unit)
{
	if (!set_number(THP "use_zero_page", 1))
		return "transparent_hugepage/use_zero_page";
	return thp_prepare(unit);
}

static void huge_zero_map(struct testpage *p)
{
	p->page = base_page();
	p->size = pmd_size();
	p->mem = thp_range(p, p->size);
	p->partner = thp_range(p, p->size);
	p->seed = ZEROS;
	touch(p->mem, p->size);
	touch(p->partner, p->size);
}

static void huge_zero_check(struct testpage *p)
{
	int zero = scan(p->mem, SCAN_ZERO | SCAN_HUGE);
	__u64 wanted = FLAG_ZERO | FLAG_THP;

	if (!zero || (zero < 0 && (page_flags(p->mem) & wanted) != wanted))
		not_reached(p, "the huge zero page is not mapped, or cannot be seen");
}

/* Another mapping of the huge zero page still reads zeros. */
static bool huge_zero_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, ZEROS);
}

static const struct memory memory_huge_zero = {
	.name = "huge-zero",
	.prepare = huge_zero_prepare,
	.map = huge_zero_map,
	.check = huge_zero_check,
	.unchanged = huge_zero_unchanged,
};

/*
 * shared/hugetlb: how hugetlb pages are had
 */

#define HUGETLB_LOG2(size)	((__builtin_ctzl(size)) << 26)	/* as MAP_HUGE_SHIFT */

static int hugetlb_sizes(size_t sizes[MAX_SIZES])
{
	return huge_sizes(HUGETLB, 0, sizes);
}

static void hugetlb_check(struct testpage *p)
{
	__u64 flags = page_flags(p->mem);

	if (!(pagemap(p->mem) & SEEN_PRESENT) || (flags && !(flags & FLAG_HUGETLB)))
		not_reached(p, "no hugetlb page is mapped");
}

/*
 * shared/hugetlb_pool: how many hugetlb pages a case takes
 */

/* For the page, its copy, and a twin with its copy. */
static const char *hugetlb_prepare(size_t unit)
{
	return hugetlb_free(unit, 4);
}

/*
 * shared/hugetlb_map: how anonymous hugetlb pages are had
 */

static void hugetlb_map_pages(struct testpage *p, int nr)
{
	p->page = p->unit;
	p->size = nr * p->unit;
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGETLB_LOG2(p->unit), -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap of hugetlb pages: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

/*
 * memory/hugetlb: an anonymous hugetlb page of each size that this kernel has
 */

static void hugetlb_map(struct testpage *p)
{
	hugetlb_map_pages(p, 1);
}

static const struct memory memory_hugetlb = {
	.name = "hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = hugetlb_map,
	.check = hugetlb_check,
};

/*
 * memory/hugetlb_many: some anonymous hugetlb pages in one mapping, of each size up to a PMD
 */

#define HUGETLB_MANY 4

static int hugetlb_many_sizes(size_t sizes[MAX_SIZES])
{
	int nr = hugetlb_sizes(sizes), kept = 0;

	for (int i = 0; i < nr; i++)
		if (sizes[i] <= 32UL << 20)
			sizes[kept++] = sizes[i];
	return kept;
}

/* For the pages, for the child's copies of what is pinned, and for mine of the others. */
static const char *hugetlb_many_prepare(size_t unit)
{
	return hugetlb_free(unit, 3 * HUGETLB_MANY);
}

static void hugetlb_many_map(struct testpage *p)
{
	hugetlb_map_pages(p, HUGETLB_MANY);
}

static const struct memory memory_hugetlb_many = {
	.name = "hugetlb-many",
	.sizes = hugetlb_many_sizes,
	.prepare = hugetlb_many_prepare,
	.map = hugetlb_many_map,
	.check = hugetlb_check,
};

/*
 * shared/ksm: how KSM is started and waited for
 */

#define KSM_PATIENCE	8	/* seconds: less than a case has */

static const char *ksm_prepare(void)
{
	return ksm_runs();
}

/* Three scans: one takes the checksum, one finds it unchanged, one may be half done. */
static void ksm_wait(void)
{
	struct timespec moment = { .tv_nsec = 1000000 }, now, until;
	long scans = read_number(KSM "full_scans") + 3;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += KSM_PATIENCE;
	do {
		nanosleep(&moment, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (read_number(KSM "full_scans") < scans && now.tv_sec < until.tv_sec);
}

/*
 * shared/ksm_twin: what KSM merges a page with: one of the same content
 */

static void ksm_partner(struct testpage *p)
{
	struct testpage same = *p;

	anon_map(&same);
	p->partner = same.mem;
	fill(p->partner, p->size, p->seed);
}

static void ksm_check(struct testpage *p)
{
	if (!(page_flags(p->mem) & FLAG_KSM) || frame(p->mem) != frame(p->partner))
		not_reached(p, "KSM does not merge the page");
}

/* Who has the same content keeps it. */
static bool ksm_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, p->seed);
}

/*
 * shared/ksm_offer: how a page is offered to KSM, with one of the same content
 */

static void ksm_offer(struct testpage *p)
{
	ksm_partner(p);
	if (madvise(p->mem, p->size, MADV_MERGEABLE) ||
	    madvise(p->partner, p->size, MADV_MERGEABLE))
		skip(p, "MADV_MERGEABLE: %s", strerror(errno));
}

/*
 * memory/ksm: a small anonymous page that KSM has merged with another one of mine
 */

static const char *ksm_memory_prepare(size_t unit)
{
	(void)unit;
	return ksm_prepare();
}

static void ksm_map(struct testpage *p)
{
	anon_map(p);
	ksm_offer(p);
	ksm_wait();
}

static const struct memory memory_ksm = {
	.name = "ksm",
	.prepare = ksm_memory_prepare,
	.map = ksm_map,
	.check = ksm_check,
	.unchanged = ksm_unchanged,
};

/*
 * memory/ksm_zero: a page full of zeros, for which KSM has mapped the zero page
 */

static const char *ksm_zero_prepare(size_t unit)
{
	const char *lack = ksm_prepare();

	(void)unit;
	if (!lack && !set_number(KSM "use_zero_pages", 1))
		lack = KSM "use_zero_pages";
	return lack;
}

static void ksm_zero_map(struct testpage *p)
{
	anon_map(p);
	p->seed = ZEROS;
	fill(p->mem, p->size, p->seed);
	p->partner = mmap(NULL, p->size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->partner == MAP_FAILED || madvise(p->mem, p->size, MADV_MERGEABLE))
		skip(p, "MADV_MERGEABLE: %s", strerror(errno));
	touch(p->partner, p->size);
	ksm_wait();
}

static void ksm_zero_check(struct testpage *p)
{
	__u64 nr = frame(p->mem);

	if (!(page_flags(p->mem) & FLAG_ZERO) || nr != frame(p->partner))
		not_reached(p, "KSM does not map the zero page, or that is not to be seen");
}

/* Another mapping of the zero page still reads zeros. */
static bool ksm_zero_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, ZEROS);
}

static const struct memory memory_ksm_zero = {
	.name = "ksm-zero",
	.prepare = ksm_zero_prepare,
	.map = ksm_zero_map,
	.check = ksm_zero_check,
	.unchanged = ksm_zero_unchanged,
};

/*
 * shared/private_file: a private mapping of a file, read but not written
 */

static void private_map(struct testpage *p, size_t page)
{
	p->page = page;
	p->size = page;
	if (p->fd < 0 || ftruncate(p->fd, p->size))
		skip(p, "a file: %s", strerror(errno));
	p->partner = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, p->fd, 0);
	if (p->partner == MAP_FAILED || p->mem == MAP_FAILED)
		skip(p, "mmap of a file: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->partner, p->size, p->seed);
	touch(p->mem, p->size);
}

static void private_check(struct testpage *p)
{
	__u64 wanted = SEEN_PRESENT | SEEN_FILE;

	if ((pagemap(p->mem) & wanted) != wanted || frame(p->mem) != frame(p->partner))
		not_reached(p, "the page of the file is not mapped");
}

/* The file, seen through read() and through another mapping. */
static bool private_unchanged(struct testpage *p)
{
	char stripe[STRIPE];

	for (size_t at = 0; at < p->size; at += base_page())
		if (pread(p->fd, stripe, STRIPE, at) != STRIPE ||
		    !holds_one(stripe, p->seed, at / base_page()))
			return false;
	return holds(p->partner, p->size, p->seed);
}

/*
 * memory/memfd_hugetlb: a private mapping of a memfd of hugetlb pages
 */

static void memfd_hugetlb_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB | HUGETLB_LOG2(p->unit));
	private_map(p, p->unit);
}

static void memfd_hugetlb_check(struct testpage *p)
{
	hugetlb_check(p);
	private_check(p);
}

static const struct memory memory_memfd_hugetlb = {
	.name = "memfd-hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = memfd_hugetlb_map,
	.check = memfd_hugetlb_check,
	.unchanged = private_unchanged,
};

/*
 * shared/thp_map: how one transparent huge page comes to be
 */

/* One huge page, mapped by a PMD if it is so large, with the first pattern in it. */
static void thp_map(struct testpage *p)
{
	p->page = base_page();
	p->size = p->unit ? p->unit : pmd_size();
	p->mem = thp_range(p, p->size);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

/*
 * shared/thp_sizes: the sizes of folio that this kernel has for anonymous memory
 */

/* All that are smaller than a PMD: mTHP, Linux v6.8. */
static int mthp_sizes(size_t sizes[MAX_SIZES])
{
	int nr = huge_sizes(THP, pmd_size(), sizes), kept = 0;
	char file[128];

	/* Some sizes are for shmem only. */
	for (int i = 0; i < nr; i++) {
		snprintf(file, sizeof(file), THP "hugepages-%zukB/enabled", sizes[i] / 1024);
		if (!access(file, F_OK))
			sizes[kept++] = sizes[i];
	}
	return kept;
}

/*
 * memory/mthp: a large folio of each size that this kernel has, smaller than a PMD
 */

static void mthp_check(struct testpage *p)
{
	size_t pages = p->size / p->page;

	for (size_t i = 0; i < pages; i++) {
		__u64 flags = page_flags(p->mem + i * p->page);

		if (!(flags & FLAG_THP) || !(flags & (i ? FLAG_TAIL : FLAG_HEAD)))
			not_reached(p, "no folio of this size, or not to be seen");
	}
	if (frame(p->mem) % pages)
		not_reached(p, "the folio is a larger one");
}

static const struct memory memory_mthp = {
	.name = "mthp",
	.sizes = mthp_sizes,
	.prepare = thp_prepare,
	.map = thp_map,
	.check = mthp_check,
};

/*
 * memory/private_file: a private mapping of a file on a disk
 */

static const char *private_file_prepare(size_t unit)
{
	(void)unit;
	return directory(false) ? NULL : "a file system that is not in memory";
}

static void private_file_map(struct testpage *p)
{
	p->fd = open(directory(false), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	private_map(p, base_page());
}

static const struct memory memory_private_file = {
	.name = "private-file",
	.prepare = private_file_prepare,
	.map = private_file_map,
	.check = private_check,
	.unchanged = private_unchanged,
};

/*
 * memory/private_memfd: a private mapping of a memfd
 */

static void private_memfd_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC);
	private_map(p, base_page());
}

static const struct memory memory_private_memfd = {
	.name = "private-memfd",
	.map = private_memfd_map,
	.check = private_check,
	.unchanged = private_unchanged,
};

/*
 * memory/private_tmpfs: a private mapping of a file on a tmpfs
 */

static const char *private_tmpfs_prepare(size_t unit)
{
	(void)unit;
	return directory(true) ? NULL : "a tmpfs";
}

static void private_tmpfs_map(struct testpage *p)
{
	p->fd = open(directory(true), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	private_map(p, base_page());
}

static const struct memory memory_private_tmpfs = {
	.name = "private-tmpfs",
	.prepare = private_tmpfs_prepare,
	.map = private_tmpfs_map,
	.check = private_check,
	.unchanged = private_unchanged,
};

/*
 * shared/shared_file: a shared mapping of a file: never copied, but pinned like the others
 */

static void shared_map(struct testpage *p, size_t page)
{
	p->page = page;
	p->size = page;
	if (p->fd < 0 || ftruncate(p->fd, p->size))
		skip(p, "a file: %s", strerror(errno));
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap of a file: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static void shared_check(struct testpage *p)
{
	__u64 wanted = SEEN_PRESENT | SEEN_FILE;

	if ((pagemap(p->mem) & wanted) != wanted)
		not_reached(p, "the page of the file is not mapped");
}

/*
 * memory/shared_file: a shared mapping of a file on a disk
 */

static const char *shared_file_prepare(size_t unit)
{
	(void)unit;
	return directory(false) ? NULL : "a file system that is not in memory";
}

static void shared_file_map(struct testpage *p)
{
	p->fd = open(directory(false), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	shared_map(p, base_page());
}

static const struct memory memory_shared_file = {
	.name = "shared-file",
	.prepare = shared_file_prepare,
	.map = shared_file_map,
	.check = shared_check,
	.refuses_longterm = true,
};

/*
 * memory/shared_memfd: a shared mapping of a memfd
 */

static void shared_memfd_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC);
	shared_map(p, base_page());
}

static const struct memory memory_shared_memfd = {
	.name = "shared-memfd",
	.map = shared_memfd_map,
	.check = shared_check,
};

/*
 * memory/shared_memfd_hugetlb: a shared mapping of a memfd of hugetlb pages
 */

static void shared_memfd_hugetlb_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB | HUGETLB_LOG2(p->unit));
	shared_map(p, p->unit);
}

static void shared_memfd_hugetlb_check(struct testpage *p)
{
	hugetlb_check(p);
	shared_check(p);
}

static const struct memory memory_shared_memfd_hugetlb = {
	.name = "shared-memfd-hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = shared_memfd_hugetlb_map,
	.check = shared_memfd_hugetlb_check,
};

/*
 * memory/shared_tmpfs: a shared mapping of a file on a tmpfs
 */

static const char *shared_tmpfs_prepare(size_t unit)
{
	(void)unit;
	return directory(true) ? NULL : "a tmpfs";
}

static void shared_tmpfs_map(struct testpage *p)
{
	p->fd = open(directory(true), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	shared_map(p, base_page());
}

static const struct memory memory_shared_tmpfs = {
	.name = "shared-tmpfs",
	.prepare = shared_tmpfs_prepare,
	.map = shared_tmpfs_map,
	.check = shared_check,
};

/*
 * shared/swap: how pages are swapped out
 */

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static const char *swap_prepare(void)
{
	return swap_ready();
}

static bool swapped_out(struct testpage *p)
{
	for (size_t at = 0; at < p->size; at += p->page)
		if (!(pagemap(p->mem + at) & SEEN_SWAPPED))
			return false;
	return true;
}

/* More than once: the page may sit in the LRU cache of another CPU, or be under writeback. */
static void swap_out(struct testpage *p)
{
	for (int i = 0; i < 100 && !swapped_out(p); i++) {
		if (madvise(p->mem, p->size, MADV_PAGEOUT))
			skip(p, "missing: MADV_PAGEOUT (Linux v5.4): %s", strerror(errno));
		sched_yield();
	}
}

static void swap_check(struct testpage *p)
{
	if (!swapped_out(p))
		not_reached(p, "the page stays in memory");
}

/*
 * memory/swap_cache: one small anonymous page, swapped out and read back: still in the swap
 * cache
 */

static const char *swap_cache_prepare(size_t unit)
{
	(void)unit;
	return swap_prepare();
}

static void swap_cache_map(struct testpage *p)
{
	anon_map(p);
	swap_out(p);
	swap_check(p);
	touch(p->mem, p->size);
}

static void swap_cache_check(struct testpage *p)
{
	if (!(page_flags(p->mem) & FLAG_SWAPCACHE))
		not_reached(p, "not in the swap cache any more, or not to be seen");
}

static const struct memory memory_swap_cache = {
	.name = "swap-cache",
	.prepare = swap_cache_prepare,
	.map = swap_cache_map,
	.check = swap_cache_check,
};

/*
 * memory/swapped: one small anonymous page, swapped out
 */

static const char *swapped_prepare(size_t unit)
{
	(void)unit;
	return swap_prepare();
}

static void swapped_map(struct testpage *p)
{
	anon_map(p);
	swap_out(p);
}

static const struct memory memory_swapped = {
	.name = "swapped",
	.prepare = swapped_prepare,
	.map = swapped_map,
	.check = swap_check,
};

/*
 * shared/thp_ptes: how a transparent huge page comes to be mapped by PTEs
 */

/* One folio of p->unit bytes, or the size of a PMD, mapped by PTEs. */
static void thp_map_by_ptes(struct testpage *p)
{
	thp_map(p);
	if (p->size < pmd_size())
		return;
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
	if (mprotect(p->mem, p->page, PROT_READ) ||
	    mprotect(p->mem, p->page, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

/* The range is a part of one huge page, mapped by PTEs. */
static void thp_check_ptes(struct testpage *p)
{
	__u64 first = frame(p->mem);

	if (smaps_kb(p->mem, "AnonHugePages"))
		not_reached(p, "a PMD still maps the huge page");
	for (size_t at = 0; at < p->size; at += p->page) {
		__u64 flags = page_flags(p->mem + at);

		if (!(flags & FLAG_THP) || frame(p->mem + at) != first + at / p->page)
			not_reached(p, "not one huge page any more, or not to be seen");
	}
}

/*
 * memory/swapped_thp_one: one page of a transparent huge page, swapped out when the rest was
 * unmapped
 */

static const char *swapped_thp_one_prepare(size_t unit)
{
	const char *lack = thp_prepare(unit);

	return lack ? lack : swap_prepare();
}

static void swapped_thp_one_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	if (munmap(p->mem + p->page, p->size - p->page))
		skip(p, "munmap: %s", strerror(errno));
	p->size = p->page;
	thp_check_ptes(p);
	swap_out(p);
}

static const struct memory memory_swapped_thp_one = {
	.name = "swapped-thp-one",
	.prepare = swapped_thp_one_prepare,
	.map = swapped_thp_one_map,
	.check = swap_check,
};

/*
 * memory/swapped_thp_pmd: a transparent huge page, swapped out while a PMD mapped it
 */

static const char *swapped_thp_pmd_prepare(size_t unit)
{
	const char *lack = thp_prepare(unit);

	return lack ? lack : swap_prepare();
}

static void swapped_thp_pmd_map(struct testpage *p)
{
	thp_map(p);
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
	swap_out(p);
}

static const struct memory memory_swapped_thp_pmd = {
	.name = "swapped-thp-pmd",
	.prepare = swapped_thp_pmd_prepare,
	.map = swapped_thp_pmd_map,
	.check = swap_check,
};

/*
 * memory/swapped_thp_pte: a transparent huge page, swapped out while PTEs mapped it
 */

static const char *swapped_thp_pte_prepare(size_t unit)
{
	const char *lack = thp_prepare(unit);

	return lack ? lack : swap_prepare();
}

static void swapped_thp_pte_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	thp_check_ptes(p);
	swap_out(p);
}

static const struct memory memory_swapped_thp_pte = {
	.name = "swapped-thp-pte",
	.prepare = swapped_thp_pte_prepare,
	.map = swapped_thp_pte_map,
	.check = swap_check,
};

/*
 * memory/thp_many: many transparent huge pages in one mapping, each mapped by one PMD
 */

#define THP_MANY 4

static void thp_many_map(struct testpage *p)
{
	p->page = base_page();
	p->size = THP_MANY * pmd_size();
	p->mem = thp_range(p, p->size);
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static void thp_many_check(struct testpage *p)
{
	if (smaps_kb(p->mem, "AnonHugePages") != (long)(p->size / 1024))
		not_reached(p, "not so many huge pages were there to be had");
}

static const struct memory memory_thp_many = {
	.name = "thp-many",
	.prepare = thp_prepare,
	.map = thp_many_map,
	.check = thp_many_check,
};

/*
 * shared/thp_all_sizes: the sizes of folio that this kernel has for anonymous memory, up to
 * a PMD
 */

static int thp_all_sizes(size_t sizes[MAX_SIZES])
{
	int nr = mthp_sizes(sizes);

	if (nr < MAX_SIZES && pmd_size())
		sizes[nr++] = pmd_size();
	return nr;
}

/*
 * memory/thp_moved: the first half of a huge page of each size, the rest is mapped elsewhere
 */

static void thp_moved_map(struct testpage *p)
{
	char *place;

	thp_map_by_ptes(p);
	p->size /= 2;
	place = mmap(NULL, p->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p->partner = mremap(p->mem + p->size, p->size, p->size, MREMAP_MAYMOVE | MREMAP_FIXED,
			    place);
	if (p->partner == MAP_FAILED)
		skip(p, "mremap: %s", strerror(errno));
}

static const struct memory memory_thp_moved = {
	.name = "thp-moved",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_moved_map,
	.check = thp_check_ptes,
};

/*
 * memory/thp_once_shared: a huge page of each size, of which a child that is gone has shared
 * the first page only
 */

static void thp_once_shared_live(struct testpage *p, int sock)
{
	stand_still(p, sock, NULL);
}

static void thp_once_shared_map(struct testpage *p)
{
	struct peer *peer;
	int status;

	thp_map_by_ptes(p);
	if (madvise(p->mem + p->page, p->size - p->page, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	peer = start_peer(p, new_peer(p), thp_once_shared_live);
	if (!(ask(p, peer, ASK_PAGEMAP) & SEEN_PRESENT))
		not_reached(p, "the child has not the first page");
	ask(p, peer, ASK_EXIT);
	if (waitpid(peer->pid, &status, 0) != peer->pid || status)
		not_reached(p, "the child did not exit");
	p->nr_peers--;
	if (madvise(p->mem, p->size, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

static const struct memory memory_thp_once_shared = {
	.name = "thp-once-shared",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_once_shared_map,
	.check = thp_check_ptes,
};

/*
 * memory/thp_one: one page of a huge page of each size, the rest is unmapped
 */

static void thp_one_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	if (munmap(p->mem + p->page, p->size - p->page))
		skip(p, "munmap: %s", strerror(errno));
	p->size = p->page;
}

static const struct memory memory_thp_one = {
	.name = "thp-one",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_one_map,
	.check = thp_check_ptes,
};

/*
 * memory/thp_part: the first half of a huge page of each size, the rest is unmapped
 */

static void thp_part_map(struct testpage *p)
{
	thp_map_by_ptes(p);
	p->size /= 2;
	if (munmap(p->mem + p->size, p->size))
		skip(p, "munmap: %s", strerror(errno));
}

static const struct memory memory_thp_part = {
	.name = "thp-part",
	.sizes = thp_all_sizes,
	.prepare = thp_prepare,
	.map = thp_part_map,
	.check = thp_check_ptes,
};

/*
 * memory/thp_pmd: a transparent huge page, mapped by one PMD
 */

static void thp_pmd_check(struct testpage *p)
{
	if (!mapped_huge(p->mem))
		not_reached(p, "no huge page was there to be had");
}

static const struct memory memory_thp_pmd = {
	.name = "thp-pmd",
	.prepare = thp_prepare,
	.map = thp_map,
	.check = thp_pmd_check,
};

/*
 * memory/thp_pte: a transparent huge page, mapped by PTEs
 */

static const struct memory memory_thp_pte = {
	.name = "thp-pte",
	.prepare = thp_prepare,
	.map = thp_map_by_ptes,
	.check = thp_check_ptes,
};

/*
 * memory/zero: anonymous memory that was only read: the zero page
 */

static void zero_map(struct testpage *p)
{
	p->page = base_page();
	p->size = p->page;
	p->mem = mmap(NULL, 2 * p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap: %s", strerror(errno));
	p->partner = p->mem + p->size;
	madvise(p->mem, 2 * p->size, MADV_NOHUGEPAGE);
	p->seed = ZEROS;
	touch(p->mem, 2 * p->size);
}

static void zero_check(struct testpage *p)
{
	int zero = scan(p->mem, SCAN_ZERO);

	if (!zero || (zero < 0 && !(page_flags(p->mem) & FLAG_ZERO)))
		not_reached(p, "the zero page is not mapped, or cannot be seen");
}

/* Another mapping of the zero page still reads zeros. */
static bool zero_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, ZEROS);
}

static const struct memory memory_zero = {
	.name = "zero",
	.map = zero_map,
	.check = zero_check,
	.unchanged = zero_unchanged,
};
#endif
