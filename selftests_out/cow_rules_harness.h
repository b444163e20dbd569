/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a table of cases, each in processes of its own.
 *
 * A case starts by executing this program again, so that nothing of the
 * harness is in memory that a kernel with broken copy-on-write could share
 * with it.  It writes its result into a pipe.  The harness waits for that, but
 * not longer than the deadline, kills whatever the case has started, puts the
 * machine back to what it was, and prints the one result line.
 */
#ifndef COW_RULES_HARNESS_H
#define COW_RULES_HARNESS_H

#include <poll.h>
#include <spawn.h>
#include <time.h>

#define LOST (-2)	/* a report that never came */
#define DEADLINE 20	/* seconds, for a case whose race has none of its own */

extern char **environ;

static sig_atomic_t stopped_by_signal;	/* read through stopped() only */

static inline int stopped(void)
{
	return __atomic_load_n(&stopped_by_signal, __ATOMIC_RELAXED);
}

/* -- inside the case ------------------------------------------------------ */

static inline bool holds_reference(const struct reference *reference)
{
	return reference->sees || reference->put;
}

/* From the reference on: in the process that will access the page. */
static inline void second_half(struct testpage *p)
{
	const struct testcase *test = p->test;

	if (holds_reference(test->reference) && test->arm->check) {
		p->twin = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		*p->twin = (struct testpage){ .test = test, .unit = p->unit, .fd = -1,
					      .report = p->report };
		test->memory->map(p->twin);
	}
	if (test->reference->take)
		test->reference->take(p);
	if (test->arm->arm) {
		test->arm->arm(p);
		if (p->twin)
			test->arm->arm(p->twin);
	}
	if (test->arm->check)
		test->arm->check(p->twin ? p->twin : p);
	if (test->arm->back)
		test->arm->back(p);
	if (test->observe->before)
		test->observe->before(p);
	test->access->access(p);
	test->observe->observe(p);
	pass(p, "%s", "");
}

static inline __noreturn void run_race(struct testpage *p)
{
	const struct memory *memory = p->test->memory;

	memory->map(p);
	if (memory->check)
		memory->check(p);
	p->test->race->run(p);
	pass(p, "%s", "");
}

static inline __noreturn void run_case(const struct testcase *test, size_t unit, int report,
				       pid_t harness)
{
	struct testpage *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	die_with(harness);
	if (p == MAP_FAILED)
		_exit(KSFT_FAIL);
	*p = (struct testpage){ .test = test, .unit = unit, .fd = -1, .report = report,
				.go_on = second_half };
	if (test->race)
		run_race(p);
	if (test->reference->setup)
		test->reference->setup(p);
	if (test->access->setup)
		test->access->setup(p);
	test->memory->map(p);
	if (test->memory->check)
		test->memory->check(p);
	if (test->other->make)
		test->other->make(p);
	if (test->other->check)
		test->other->check(p);
	second_half(p);
	_exit(0);
}

/* -- outside -------------------------------------------------------------- */

static inline void case_name(const struct testcase *test, size_t unit, char *name, size_t size)
{
	char kb[32] = "";

	if (unit)
		snprintf(kb, sizeof(kb), "-%zukB", unit / 1024);
	if (test->race)
		snprintf(name, size, "%s%s %s R3", test->memory->name, kb, test->race->name);
	else
		snprintf(name, size, "%s%s %s %s %s %s %s", test->memory->name, kb,
			 test->other->name, test->reference->name, test->arm->name,
			 test->access->name, test->observe->name);
}

/* NULL, or what is missing for this case on this machine. */
static inline const char *prepare_case(const struct testcase *test, size_t unit)
{
	const char *lack = NULL;

	if (test->memory->sizes && !unit)
		lack = "a kernel with such sizes of page";
	if (!lack && test->memory->prepare)
		lack = test->memory->prepare(unit);
	if (test->race) {
		if (!lack && test->race->prepare)
			lack = test->race->prepare();
		return lack;
	}
	if (!lack && test->reference->prepare)
		lack = test->reference->prepare();
	if (!lack && test->arm->prepare)
		lack = test->arm->prepare();
	if (!lack && test->access->prepare)
		lack = test->access->prepare();
	return lack;
}

/* This program once more, in a process group of its own; returns 0 if that fails. */
static inline pid_t start_case(int nr, size_t unit, int report)
{
	char number[16], size[32], fd[16], harness[16];
	char * const argv[] = { "/proc/self/exe", "--case", number, size, fd, harness, NULL };
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;

	snprintf(number, sizeof(number), "%d", nr);
	snprintf(size, sizeof(size), "%zu", unit);
	snprintf(fd, sizeof(fd), "%d", report);
	snprintf(harness, sizeof(harness), "%d", getpid());
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	if (posix_spawn(&pid, argv[0], NULL, &attr, argv, environ))
		pid = 0;
	posix_spawnattr_destroy(&attr);
	return pid;
}

static inline long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Wait for one report: 1: there it is, 0: deadline or signal, -1: all who could write are gone. */
static inline int next_report(int fd, struct report *report, long long until)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	while (!stopped()) {
		long long left = until - now_ms();
		struct timespec time = { left / 1000, left % 1000 * 1000000 };

		if (left <= 0)
			return 0;
		if (ppoll(&wait, 1, &time, &none) == 1)
			return read(fd, report, sizeof(*report)) == sizeof(*report) ? 1 : -1;
	}
	return 0;
}

/* Kill the case and all it has started; false if something of it does not die. */
static inline bool end_case(pid_t pid, int *status)
{
	struct timespec patience = { .tv_sec = 5 };
	sigset_t child;
	pid_t dead;
	int how;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	kill(-pid, SIGKILL);
	while ((dead = waitpid(-1, &how, WNOHANG)) >= 0) {
		if (dead == pid)
			*status = how;
		if (!dead && sigtimedwait(&child, NULL, &patience) < 0 && errno == EAGAIN)
			return false;
	}
	return true;
}

/* How many cases were not done in time. */
static int nr_hung;

static inline unsigned int deadline_of(const struct testcase *test)
{
	return test->race && test->race->deadline ? test->race->deadline : DEADLINE;
}

/* Run one case; leaves in report what it told, or what became of it. */
static inline void watch_case(const struct testcase *test, int nr, size_t unit, const char *name,
			      struct report *report)
{
	unsigned int seconds = deadline_of(test);
	long long until = now_ms() + seconds * 1000LL;
	int ends[2], status = 0, came;
	pid_t pid;

	report->result = LOST;
	snprintf(report->text, sizeof(report->text), "could not be started");
	if (pipe(ends))
		return;
	pid = start_case(nr, unit, ends[1]);
	close(ends[1]);
	if (pid) {
		do {
			came = next_report(ends[0], report, until);
			if (came == 1 && report->result == NOTE)
				ksft_print_msg("%s: %s\n", name, report->text);
		} while (came == 1 && report->result == NOTE);
		if (!end_case(pid, &status))
			ksft_print_msg("%s: left a process that does not die\n", name);
		if (came != 1)
			report->result = LOST;
		nr_hung += came == 0;
		if (came == 0)
			snprintf(report->text, sizeof(report->text), "timeout after %u s", seconds);
		else if (came < 0)
			snprintf(report->text, sizeof(report->text),
				 WIFSIGNALED(status) ? "died of signal %d" : "ended with status %d",
				 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	close(ends[0]);
}

static inline void print_result(const struct testcase *test, const char *name,
				const struct report *report)
{
	if (*report->text)
		ksft_print_msg("%s: %s\n", name, report->text);
	if (test->xfail && report->result <= KSFT_FAIL)
		ksft_print_msg("%s: expected to fail: %s\n", name, test->xfail);
	if (report->result == KSFT_PASS)
		ksft_test_result_pass("%s\n", name);
	else if (report->result == KSFT_SKIP)
		ksft_test_result_skip("%s\n", name);
	else if (report->result == KSFT_FAIL && test->xfail)
		ksft_test_result_xfail("%s\n", name);
	else if (report->result == KSFT_FAIL)
		ksft_test_result_fail("%s\n", name);
	else
		ksft_test_result_error("%s\n", name);
}

/* Returns whether the case was as it should be. */
static inline bool do_case(const struct testcase *test, int nr, size_t unit, const char *name)
{
	struct report report = { .result = KSFT_SKIP };
	const char *lack = prepare_case(test, unit);

	if (lack)
		snprintf(report.text, sizeof(report.text), "missing: %s", lack);
	else
		watch_case(test, nr, unit, name, &report);
	put_back();
	if (stopped())
		return false;
	print_result(test, name, &report);
	return report.result == KSFT_PASS || report.result == KSFT_SKIP ||
	       (report.result == KSFT_FAIL && test->xfail);
}

static inline void stop(int sig)
{
	__atomic_store_n(&stopped_by_signal, sig, __ATOMIC_RELAXED);
}

/* Signals come only while we wait for a case, and end that case first. */
static inline void take_signals(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = stop };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		sigaction(ends[i], &action, NULL);
		sigaddset(&blocked, ends[i]);
	}
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static inline __noreturn void die_of(int sig)
{
	sigset_t none;

	sigemptyset(&none);
	signal(sig, SIG_DFL);
	raise(sig);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(KSFT_FAIL);
}

/* Asked once for a memory: the table has many cases in a row with the same one. */
static inline int sizes_of(const struct memory *memory, const size_t **sizes)
{
	static const struct memory *known;
	static size_t found[MAX_SIZES];
	static int nr;

	if (memory != known) {
		known = memory;
		nr = memory->sizes ? memory->sizes(found) : 0;
		if (!nr) {
			found[0] = 0;
			nr = 1;
		}
	}
	*sizes = found;
	return nr;
}

/* Which cases are meant, and how they are run. */
struct request {
	char **words;		/* all of them in the name; without words all cases are meant */
	int from;		/* the number of the first that is run, from 1 */
	bool announce;
	bool one_size;		/* where the kernel has several sizes of page, the first */
	bool one_hang;		/* skip what is behind the first case that is not done in time */
	const char *only;	/* "3,17": these and no others; NULL: all */
};

/* Whether a number is in a list of them. */
static inline bool listed(int number, const char *list)
{
	char *end;

	for (; list && *list; list = *end ? end + 1 : end) {
		if (strtol(list, &end, 10) == number)
			return true;
		if (end == list)
			return false;
	}
	return !list;
}

static inline bool wanted(const char *name, char **words)
{
	while (*words)
		if (!strstr(name, *words++))
			return false;
	return true;
}

/* Say which case comes, where it is read even if that case takes the kernel down. */
static inline void announce(const char *name)
{
	char line[256];

	ksft_print_msg("starting %s\n", name);
	snprintf(line, sizeof(line), "cow_rules_case: %s\n", name);
	write_text("/dev/kmsg", line);
}

enum what { COUNT, LIST, RUN };

/* Go through all cases that are wanted; returns how many they are, or how many went wrong. */
static inline int for_cases(const struct testcase *cases, int nr_cases,
			    const struct request *request, enum what what)
{
	const size_t *sizes;
	char name[200];
	int wrong = 0, number = 0, left_out = 0;

	for (int i = 0; i < nr_cases; i++) {
		int nr = sizes_of(cases[i].memory, &sizes);

		if (request->one_size)
			nr = 1;
		for (int k = 0; k < nr && !stopped(); k++) {
			case_name(&cases[i], sizes[k], name, sizeof(name));
			if (!wanted(name, request->words))
				continue;
			number++;
			if (!listed(number, request->only)) {
				left_out++;
				continue;
			}
			if (what == LIST)
				puts(name);
			if (what != RUN || number < request->from)
				continue;
			if (nr_hung && request->one_hang) {
				ksft_print_msg("%s: not run: a case before it hangs\n", name);
				ksft_test_result_skip("%s\n", name);
				continue;
			}
			if (request->announce)
				announce(name);
			wrong += !do_case(&cases[i], i, sizes[k], name);
		}
	}
	return what == RUN ? wrong : number - left_out;
}

static inline int run_wanted(const struct testcase *cases, int nr_cases,
			     const struct request *request)
{
	int nr, wrong;

	/* A line that is out is out, whatever becomes of the kernel. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	nr = for_cases(cases, nr_cases, request, COUNT);
	if (!nr)
		ksft_exit_skip("no case has such a name\n");
	if (request->from > nr)
		ksft_exit_skip("there are only %d cases\n", nr);
	ksft_set_plan(nr);
	if (request->from > 1)
		ksft_print_msg("from case %d on: those before it count as skipped\n",
			       request->from);
	for (int i = 1; i < request->from; i++)
		ksft_inc_xskip_cnt();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	take_signals();
	wrong = for_cases(cases, nr_cases, request, RUN);
	if (stopped())
		die_of(stopped());
	ksft_print_cnts();
	return wrong ? KSFT_FAIL : KSFT_PASS;
}

static inline int print_usage(const char *program)
{
	static const char options[] = "[--list] [--from NUMBER] [--only NUMBER,...] [--one-size]";

	fprintf(stderr, "usage: %s %s [--one-hang] [--announce] [WORD...]\n", program, options);
	return 2;
}

/*
 * PROGRAM [WORD...]	run the cases with all these words in their names
 * --list		name them, and run none
 * --from NUMBER	leave out those before it: the numbers stay what they are
 * --only NUMBER,...	these, as --list without it counts them from 1
 * --one-size		where the kernel has several sizes of page, the first only
 * --one-hang		skip what is behind the first case that is not done in time
 * --announce		name each before it runs, also in the kernel's log
 */
static inline int run_cases(const struct testcase *cases, int nr_cases, int argc, char **argv)
{
	struct request request = { .from = 1 };
	enum what what = RUN;
	char **arg = argv + 1;

	if (argc == 6 && !strcmp(argv[1], "--case"))
		run_case(&cases[atoi(argv[2])], strtoull(argv[3], NULL, 10), atoi(argv[4]),
			 atoi(argv[5]));
	for (; *arg && !strncmp(*arg, "--", 2); arg++) {
		if (!strcmp(*arg, "--list"))
			what = LIST;
		else if (!strcmp(*arg, "--announce"))
			request.announce = true;
		else if (!strcmp(*arg, "--one-size"))
			request.one_size = true;
		else if (!strcmp(*arg, "--one-hang"))
			request.one_hang = true;
		else if (!strcmp(*arg, "--from") && arg[1] && atoi(arg[1]) > 0)
			request.from = atoi(*++arg);
		else if (!strcmp(*arg, "--only") && arg[1])
			request.only = *++arg;
		else
			return print_usage(argv[0]);
	}
	request.words = arg;
	if (what == LIST)
		return !for_cases(cases, nr_cases, &request, LIST);
	return run_wanted(cases, nr_cases, &request);
}
#endif
