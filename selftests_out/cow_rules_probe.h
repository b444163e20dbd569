/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be seen of a page and of the machine from user space.
 *
 * Without privilege there are no frame numbers and no page flags: then these
 * functions return 0, and who needs them says that the state was not reached.
 */
#ifndef COW_RULES_PROBE_H
#define COW_RULES_PROBE_H

#include <fcntl.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef BIT_ULL
#define BIT_ULL(nr)	(1ULL << (nr))
#endif

/* Bits of /proc/PID/pagemap, Documentation/admin-guide/mm/pagemap.rst. */
#define SEEN_FRAME	(BIT_ULL(55) - 1)
#define SEEN_SOFT_DIRTY	BIT_ULL(55)
#define SEEN_ALONE	BIT_ULL(56)	/* nobody else has it mapped */
#define SEEN_UFFD_WP	BIT_ULL(57)
#define SEEN_FILE	BIT_ULL(61)
#define SEEN_SWAPPED	BIT_ULL(62)
#define SEEN_PRESENT	BIT_ULL(63)

#define PAGEMAP		"/proc/self/pagemap"

/* Bits of /proc/kpageflags, include/uapi/linux/kernel-page-flags.h. */
#define FLAG_LRU	BIT_ULL(5)
#define FLAG_ANON	BIT_ULL(12)
#define FLAG_SWAPCACHE	BIT_ULL(13)
#define FLAG_HEAD	BIT_ULL(15)
#define FLAG_TAIL	BIT_ULL(16)
#define FLAG_HUGETLB	BIT_ULL(17)
#define FLAG_KSM	BIT_ULL(21)
#define FLAG_THP	BIT_ULL(22)
#define FLAG_ZERO	BIT_ULL(24)

static inline __u64 word_at(const char *file, __u64 nr)
{
	__u64 word = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (pread(fd, &word, sizeof(word), nr * sizeof(word)) != sizeof(word))
		word = 0;
	close(fd);
	return word;
}

static inline __u64 pagemap(const void *addr)
{
	return word_at(PAGEMAP, (uintptr_t)addr / sysconf(_SC_PAGESIZE));
}

/* The number of the page frame that is mapped there, 0: none, or not to be seen. */
static inline __u64 frame(const void *addr)
{
	__u64 entry = pagemap(addr);

	return entry & SEEN_PRESENT ? entry & SEEN_FRAME : 0;
}

static inline __u64 page_flags(const void *addr)
{
	__u64 nr = frame(addr);

	return nr ? word_at("/proc/kpageflags", nr) : 0;
}

/* Fill in numbers of frames, one for each step of the range; returns how many are there. */
static inline int frames(const char *mem, size_t size, size_t step, __u64 *numbers, int max)
{
	int nr = 0, present = 0;

	for (size_t at = 0; at < size && nr < max; at += step) {
		numbers[nr] = frame(mem + at);
		present += numbers[nr++] != 0;
	}
	return present;
}

/* A number from a file of one number; -1 without it. */
static inline long read_number(const char *file)
{
	FILE *f = fopen(file, "re");
	long number = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &number) != 1)
		number = -1;
	fclose(f);
	return number;
}

/* A field of /proc/self/smaps for the mapping that has the address; -1 without it. */
static inline long smaps_kb(const void *addr, const char *field)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start = 0, end = 0;
	char line[256], name[64];
	long kb = -1, value;

	if (!f)
		return -1;
	while (kb < 0 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			continue;
		if ((uintptr_t)addr < start || (uintptr_t)addr >= end)
			continue;
		if (sscanf(line, "%63[^:]: %ld", name, &value) == 2 && !strcmp(name, field))
			kb = value;
	}
	fclose(f);
	return kb;
}

#define PMD_SIZE	"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"

/* Whether the mapping that has the address may be written to. */
static inline bool may_write(const void *addr)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start = 0, end = 0;
	char line[512], may = '-';

	while (f && fgets(line, sizeof(line), f) && (uintptr_t)addr >= end)
		if (sscanf(line, "%lx-%lx %*c%c", &start, &end, &may) != 3)
			break;
	if (f)
		fclose(f);
	return may == 'w';
}

static inline size_t pmd_size(void)
{
	long size = read_number(PMD_SIZE);

	return size > 0 ? size : 0;
}

/* Whether the range is mapped by one huge entry. */
static inline bool mapped_huge(const void *addr)
{
	size_t size = pmd_size();

	return size && smaps_kb(addr, "AnonHugePages") == (long)(size / 1024);
}

/* PAGEMAP_SCAN, Linux v6.7: tells the zero page without privilege. */
#define SCAN_ZERO	BIT_ULL(5)
#define SCAN_HUGE	BIT_ULL(6)

struct scan_region {
	__u64 start, end, categories;
};

struct scan_arg {
	__u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};

/* Whether the page is of all these kinds: 1 or 0; -1 if this kernel cannot tell. */
static inline int scan(const void *addr, __u64 kinds)
{
	struct scan_region region = { 0 };
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = (uintptr_t)addr,
		.end = (uintptr_t)addr + sysconf(_SC_PAGESIZE),
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_mask = kinds,
		.return_mask = kinds,
	};
	int fd = open(PAGEMAP, O_RDONLY | O_CLOEXEC);
	int found;

	if (fd < 0)
		return -1;
	found = ioctl(fd, _IOWR('f', 16, struct scan_arg), &arg);
	close(fd);
	return found < 0 ? -1 : found > 0;
}
#endif
