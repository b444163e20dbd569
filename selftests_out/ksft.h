/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for the kselftest.h of a kernel tree: the part of its interface
 * that these programs use, with the same KTAP on standard output.  Only the
 * stand-alone build takes it; inside a tree the tree's own header is used.
 */
#ifndef KSFT_H
#define KSFT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define KSFT_PASS 0
#define KSFT_FAIL 1
#define KSFT_SKIP 4

#define KSFT_ATTRIBUTE __attribute__
#define __noreturn KSFT_ATTRIBUTE((noreturn))
#define __printf(a, b) KSFT_ATTRIBUTE((format(printf, a, b)))

enum ksft_outcome { KSFT_PASSED, KSFT_FAILED, KSFT_XFAILED, KSFT_SKIPPED, KSFT_ERROR, KSFT_KINDS };

static unsigned int ksft_planned;
static unsigned int ksft_counts[KSFT_KINDS];

static inline unsigned int ksft_test_num(void)
{
	unsigned int sum = 0;

	for (int i = 0; i < KSFT_KINDS; i++)
		sum += ksft_counts[i];
	return sum;
}

static inline void ksft_inc_xskip_cnt(void)
{
	ksft_counts[KSFT_SKIPPED]++;
}

static inline void ksft_print_header(void)
{
	/* A line that is out is out: a crash later does not take it back. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!getenv("KSFT_TAP_LEVEL"))
		puts("TAP version 13");
}

static inline void ksft_set_plan(unsigned int plan)
{
	ksft_planned = plan;
	printf("1..%u\n", plan);
}

static inline __printf(1, 2) void ksft_print_msg(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stdout);
	vprintf(format, args);
	va_end(args);
}

static inline __printf(2, 0) void ksft_print_result(enum ksft_outcome outcome, const char *format,
						    va_list args)
{
	static const char * const directives[] = {
		[KSFT_PASSED] = "",
		[KSFT_FAILED] = "",
		[KSFT_XFAILED] = "# XFAIL ",
		[KSFT_SKIPPED] = "# SKIP ",
		[KSFT_ERROR] = "# error ",
	};
	bool bad = outcome == KSFT_FAILED || outcome == KSFT_ERROR;

	ksft_counts[outcome]++;
	printf("%s %u %s", bad ? "not ok" : "ok", ksft_test_num(), directives[outcome]);
	vprintf(format, args);
}

#define KSFT_DEFINE_RESULT(name, outcome)					\
static inline __printf(1, 2) void ksft_test_result_##name(const char *format, ...) \
{										\
	va_list args;								\
										\
	va_start(args, format);							\
	ksft_print_result(outcome, format, args);				\
	va_end(args);								\
}

KSFT_DEFINE_RESULT(pass, KSFT_PASSED)
KSFT_DEFINE_RESULT(fail, KSFT_FAILED)
KSFT_DEFINE_RESULT(xfail, KSFT_XFAILED)
KSFT_DEFINE_RESULT(skip, KSFT_SKIPPED)
KSFT_DEFINE_RESULT(error, KSFT_ERROR)

static inline void ksft_print_cnts(void)
{
	if (ksft_counts[KSFT_SKIPPED])
		printf("# %u skipped test(s) detected. %s\n", ksft_counts[KSFT_SKIPPED],
		       "Consider enabling relevant config options to improve coverage.");
	if (ksft_planned != ksft_test_num())
		printf("# Planned tests != run tests (%u != %u)\n", ksft_planned, ksft_test_num());
	printf("# Totals: pass:%u fail:%u xfail:%u xpass:0 skip:%u error:%u\n",
	       ksft_counts[KSFT_PASSED], ksft_counts[KSFT_FAILED], ksft_counts[KSFT_XFAILED],
	       ksft_counts[KSFT_SKIPPED], ksft_counts[KSFT_ERROR]);
}

static inline __noreturn __printf(1, 2) void ksft_exit_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("1..0 # SKIP ");
	vprintf(format, args);
	va_end(args);
	exit(KSFT_SKIP);
}
#endif
