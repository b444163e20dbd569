/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case is put together from, and what its pieces may use.
 *
 * A case is one page (or range of pages) and six pieces, in the order in which
 * they act:
 *
 *	memory		how the page comes to be, and the proof that it did
 *	other		what another process does with it
 *	reference	what reference or pin I take
 *	arm		what happens to my mapping before I access it
 *	access		how I access it
 *	observe		what one of the three rules promises about the result
 *
 * "I" am the process that accesses the page.  A piece that cannot do its part
 * calls skip() or not_reached(), one that sees a rule broken calls fail().
 * None of them cleans up: a case ends by killing all its processes, and what
 * was changed on the machine is put back by the harness.
 */
#ifndef COW_RULES_PIECE_H
#define COW_RULES_PIECE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ksft.h"

#ifndef __printf
#define __printf(...)	/* an older tree does without */
#endif

#ifndef __noreturn
#include <stdnoreturn.h>
#define __noreturn noreturn
#endif

#define MAX_SIZES	16	/* of huge pages, in one kernel */
#define MAX_PEERS	4
#define MAX_SAMPLES	16	/* base pages that are looked at through a pin */
#define STRIPE		64	/* bytes of a base page that are written and compared */

/* What the page holds: before, after my access, and after a write through the pin. */
#define BEFORE		0x41
#define MINE		0x82
#define THROUGH_PIN	0xc3
#define ZEROS		0

struct testpage;

struct memory {
	const char *name;
	/* Settings of the machine; in the harness.  Returns what is missing, or NULL. */
	const char *(*prepare)(size_t unit);
	/* The sizes of page that this kernel has, for one case each. */
	int (*sizes)(size_t sizes[MAX_SIZES]);
	void (*map)(struct testpage *p);
	void (*check)(struct testpage *p);
	/* Whether the file, the zero page, the twin of a merge are as they were. */
	bool (*unchanged)(struct testpage *p);
	bool refuses_longterm;		/* a longterm pin for writing may fail: Linux v6.5 */
};

struct other {
	const char *name;
	void (*make)(struct testpage *p);
	void (*check)(struct testpage *p);
};

struct reference {
	const char *name;
	const char *(*prepare)(void);
	void (*setup)(struct testpage *p);	/* before there is a page */
	void (*take)(struct testpage *p);
	/* Whether who uses the reference finds this pattern in the page. */
	bool (*sees)(struct testpage *p, unsigned char seed);
	/* Write the pattern through the pin, as a device would. */
	void (*put)(struct testpage *p, unsigned char seed);
};

struct arm {
	const char *name;
	const char *(*prepare)(void);
	void (*arm)(struct testpage *p);
	/* Prove it; on a page of the same kind without a pin, where p has one. */
	void (*check)(struct testpage *p);
	/* What has to be undone so that the access can succeed. */
	void (*back)(struct testpage *p);
	/* Whether what it made me share the page with is as it was. */
	bool (*unchanged)(struct testpage *p);
	bool unshares;			/* the page is mine alone afterwards */
};

struct access {
	const char *name;
	const char *(*prepare)(void);
	void (*setup)(struct testpage *p);	/* before there is a page */
	void (*access)(struct testpage *p);
};

struct observe {
	const char *name;
	void (*before)(struct testpage *p);	/* just before the access */
	void (*observe)(struct testpage *p);
};

/* Two things at a time, again and again, instead of all but the memory. */
struct race {
	const char *name;
	const char *(*prepare)(void);
	void (*run)(struct testpage *p);
	unsigned int deadline;		/* seconds, or 0 for the common one */
};

struct testcase {
	const struct memory *memory;
	const struct other *other;
	const struct reference *reference;
	const struct arm *arm;
	const struct access *access;
	const struct observe *observe;
	const struct race *race;	/* or NULL */
	const char *xfail;		/* where upstream says that it knows, or NULL */
};

/* Lines of the table: pieces by name, and then what else is to be said. */
#define CASE(m, o, r, a, x, v, ...)		\
{						\
	.memory = &memory_##m,			\
	.other = &other_##o,			\
	.reference = &reference_##r,		\
	.arm = &arm_##a,			\
	.access = &access_##x,			\
	.observe = &observe_##v,		\
	##__VA_ARGS__				\
}

#define RACE(m, r, ...)				\
{						\
	.memory = &memory_##m,			\
	.race = &race_##r,			\
	##__VA_ARGS__				\
}

struct peer {
	pid_t pid;
	int mine;
	int theirs;
};

/* Lies in shared memory, so that nothing in it depends on what is tested. */
struct testpage {
	const struct testcase *test;
	size_t unit;			/* size of page that the case is for, or 0 */
	char *mem;			/* what is tested */
	size_t size;
	size_t page;			/* bytes that one entry of the page table maps */
	unsigned char seed;		/* pattern that was in it first */
	int fd;				/* the file behind it, or -1 */
	char *partner;			/* what is shared with p->mem in its own way */
	struct testpage *twin;		/* a page of the same kind without a reference */
	__u64 frame;			/* scratch of the arm: where it was */
	struct peer peers[MAX_PEERS];
	int nr_peers;
	int report;
	void (*go_on)(struct testpage *p);
};

/* -- results -------------------------------------------------------------- */

struct report {
	int result;			/* KSFT_PASS, KSFT_FAIL, KSFT_SKIP; NOTE: not the last */
	char text[240];
};

#define NOTE (-1)

__printf(3, 0)
static inline void report_text(struct testpage *p, int result, const char *format, va_list args)
{
	struct report report = { .result = result };

	vsnprintf(report.text, sizeof(report.text), format, args);
	if (write(p->report, &report, sizeof(report)) != sizeof(report))
		_exit(KSFT_FAIL);
}

__printf(2, 3)
static inline void note(struct testpage *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_text(p, NOTE, format, args);
	va_end(args);
}

/* The first of these ends the case, in whichever of its processes. */
__printf(3, 4)
static inline __noreturn void end(struct testpage *p, int result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_text(p, result, format, args);
	va_end(args);
	_exit(0);
}

#define pass(p, format, ...) end(p, KSFT_PASS, format, ##__VA_ARGS__)
#define fail(p, format, ...) end(p, KSFT_FAIL, format, ##__VA_ARGS__)
#define skip(p, format, ...) end(p, KSFT_SKIP, format, ##__VA_ARGS__)
#define not_reached(p, format, ...) skip(p, "not reached: " format, ##__VA_ARGS__)

/* A pin cannot be had; where the kernel may refuse one, that is as it should be. */
static inline __noreturn void refused(struct testpage *p, const char *what)
{
	if (p->test->memory->refuses_longterm)
		pass(p, "as it may be, there is no pin: %s: %s", what, strerror(errno));
	skip(p, "missing: %s: %s", what, strerror(errno));
}

/* -- patterns ------------------------------------------------------------- */

static inline size_t base_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

static inline unsigned char pattern(unsigned char seed, size_t nr, size_t i)
{
	return seed ? seed ^ (nr * 29) ^ i : 0;
}

/* Write the beginning of one base page, the nr-th of its range. */
static inline void fill_one(char *base, unsigned char seed, size_t nr)
{
	for (size_t i = 0; i < STRIPE; i++)
		base[i] = pattern(seed, nr, i);
}

static inline bool holds_one(const char *base, unsigned char seed, size_t nr)
{
	for (size_t i = 0; i < STRIPE; i++)
		if ((unsigned char)base[i] != pattern(seed, nr, i))
			return false;
	return true;
}

static inline void fill(char *mem, size_t size, unsigned char seed)
{
	for (size_t nr = 0; nr < size / base_page(); nr++)
		fill_one(mem + nr * base_page(), seed, nr);
}

static inline bool holds(const char *mem, size_t size, unsigned char seed)
{
	for (size_t nr = 0; nr < size / base_page(); nr++)
		if (!holds_one(mem + nr * base_page(), seed, nr))
			return false;
	return true;
}

/* Fault every base page in for reading. */
static inline void touch(const char *mem, size_t size)
{
	for (size_t at = 0; at < size; at += base_page())
		asm volatile("" : : "r" (mem[at]));
}

static inline int nr_samples(const struct testpage *p)
{
	size_t pages = p->size / base_page();

	return pages < MAX_SAMPLES ? pages : MAX_SAMPLES;
}

/* The number of the i-th base page that is looked at: evenly spread, with both ends. */
static inline size_t sample(const struct testpage *p, int i)
{
	size_t pages = p->size / base_page();

	return nr_samples(p) == 1 ? 0 : i * (pages - 1) / (nr_samples(p) - 1);
}
#endif
