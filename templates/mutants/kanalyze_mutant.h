/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decisions that can be changed while the kernel runs: one at a time, by
 * kanalyze.mutant=N on the command line or in
 * /sys/module/kanalyze/parameters/mutant.  With 0 every condition is evaluated
 * once and means what it says.
 */
#ifndef _LINUX_KANALYZE_MUTANT_H
#define _LINUX_KANALYZE_MUTANT_H

#include <linux/compiler.h>
#include <linux/types.h>

extern unsigned int kanalyze_active;
extern unsigned int kanalyze_pause;

bool kanalyze_chosen(unsigned int number, bool differs);
void kanalyze_wait(void);

#define kanalyze_is_active()	unlikely(READ_ONCE(kanalyze_active))

/*
 * What stands in the tree, or the same with everything that can be chosen in it.
 * One of them is evaluated.
 */
#define kanalyze_select(original, chosen)				\
	(kanalyze_is_active() ? (chosen) : (original))

/* A truth value, or what mutant @number makes of it. */
#define kanalyze_condition(number, original, mutated)			\
({									\
	bool __kanalyze_now = !!(original);				\
	bool __kanalyze_then = !!(mutated);				\
									\
	kanalyze_chosen(number, __kanalyze_now != __kanalyze_then) ?	\
		__kanalyze_then : __kanalyze_now;			\
})

/* A number, or what mutant @number makes of it. */
#define kanalyze_value(number, original, mutated)			\
({									\
	__auto_type __kanalyze_now = (original);			\
	__auto_type __kanalyze_then =					\
		(__typeof__(__kanalyze_now))(mutated);			\
									\
	kanalyze_chosen(number, __kanalyze_now != __kanalyze_then) ?	\
		__kanalyze_then : __kanalyze_now;			\
})

/* A statement that mutant @number leaves out. */
#define kanalyze_statement(number, ...)					\
do {									\
	if (!kanalyze_is_active() || !kanalyze_chosen(number, true)) {	\
		__VA_ARGS__;						\
	}								\
} while (0)

/* Where a race is lost or won: waits for kanalyze.delay microseconds. */
#define kanalyze_delay()						\
do {									\
	if (unlikely(READ_ONCE(kanalyze_pause)))			\
		kanalyze_wait();					\
} while (0)

#endif /* _LINUX_KANALYZE_MUTANT_H */
