// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a test program with one of the kernel's decisions changed.
 *
 *   conduct count PROGRAM [ARGUMENT...]
 *       Runs the cases of PROGRAM one by one and tells behind each how long it
 *       took, in milliseconds, and which decisions it came by:
 *       "@took MS" and "@counts CASE N:REACHED:INFECTED ..."
 *   conduct whole PROGRAM [ARGUMENT...]
 *       Runs PROGRAM once and tells at its end which decisions it came by:
 *       "@counts 0 N:REACHED:INFECTED ..."
 *   conduct mutant N DELAY PROGRAM [ARGUMENT...]
 *       Runs PROGRAM with decision N changed, and at its end
 *       "@mutant N REACHED INFECTED".
 *   conduct cases N DELAY PROGRAM [ARGUMENT...]
 *       The same for a program that has cases.  Where it does not even get to
 *       naming them it is not run, which would take its whole deadline:
 *       "@hung N".
 *
 * The decision is changed only while PROGRAM runs: what prepares it, and what
 * tells about it, does not depend on a kernel that is broken on purpose.  There
 * is no fork meanwhile: the kernel may not be able to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PARAMETERS "/sys/module/kanalyze/parameters/"
#define COUNTS "/proc/kanalyze"
#define START 20	/* seconds until a program has named its cases */

extern char **environ;

static void die(const char *what)
{
	printf("@error %s: %s\n", what, strerror(errno));
	exit(3);
}

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(name);
	close(fd);
}

/* Returns how it ended, as wait() tells it. */
static int ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	return status;
}

/* Run a program, with its output in a file if one is named; returns how it ended. */
static int run(char **argv, const char *out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	fflush(stdout);
	posix_spawn_file_actions_init(&actions);
	if (out)
		posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY, 0);
	errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	return ended(pid);
}

/*
 * Start somebody who takes the change back where we do not say in time that a
 * program has started: we may hang in the kernel ourselves, and so may it.
 * Started before anything is changed.  Closing the returned end says so.
 */
static int watch(pid_t *watcher)
{
	struct pollfd told = { .events = POLLIN };
	int ends[2];

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	*watcher = fork();
	if (*watcher < 0)
		die("fork");
	if (*watcher) {
		close(ends[0]);
		return ends[1];
	}
	close(ends[1]);
	told.fd = ends[0];
	if (poll(&told, 1, START * 1000))
		_exit(0);
	put(PARAMETERS "mutant", "0");
	_exit(1);
}

/* Whether the program gets as far as to its cases, with the change. */
static bool starts(char *program, const char *number)
{
	char *list[] = { program, "--list", NULL };
	pid_t watcher;
	int end = watch(&watcher);

	put(PARAMETERS "mutant", number);
	run(list, "/dev/null");
	close(end);
	return !ended(watcher);
}

/* How many cases the program has here. */
static int listed(char **argv)
{
	char *list[64] = { argv[0], "--list" };
	int ends[2], count = 0;
	char text[4096];
	ssize_t got;
	pid_t pid;

	for (int i = 1; argv[i] && i < 60; i++)
		list[i + 1] = argv[i];
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	errno = posix_spawn(&pid, list[0], &actions, NULL, list, environ);
	if (errno)
		die(list[0]);
	close(ends[1]);
	while ((got = read(ends[0], text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++)
			count += text[i] == '\n';
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return count;
}

/* Tell the counts that are not zero. */
static void tell_counts(int nr)
{
	FILE *counts = fopen(COUNTS, "re");
	long number, reached, infected;

	if (!counts)
		die(COUNTS);
	printf("@counts %d", nr);
	while (fscanf(counts, "%ld %ld %ld %*[^\n]", &number, &reached, &infected) == 3)
		if (reached)
			printf(" %ld:%ld:%ld", number, reached, infected);
	puts("");
	fclose(counts);
}

static void tell_mutant(long wanted)
{
	FILE *counts = fopen(COUNTS, "re");
	long number, reached, infected;

	if (!counts)
		die(COUNTS);
	while (fscanf(counts, "%ld %ld %ld %*[^\n]", &number, &reached, &infected) == 3)
		if (number == wanted)
			printf("@mutant %ld %ld %ld\n", number, reached, infected);
	fclose(counts);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int count(char **argv)
{
	char *one[64] = { argv[0], "--only" };
	int cases = listed(argv);
	char number[16];

	one[2] = number;
	for (int i = 1; argv[i] && i < 60; i++)
		one[i + 2] = argv[i];
	put(PARAMETERS "count", "1");
	for (int nr = 1; nr <= cases; nr++) {
		long long start = now_ms();

		snprintf(number, sizeof(number), "%d", nr);
		put(COUNTS, "0");
		run(one, NULL);
		printf("@took %lld\n", now_ms() - start);
		tell_counts(nr);
	}
	put(PARAMETERS "count", "0");
	return 0;
}

/* End as a program ended. */
static int end_as(int status)
{
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}

static int whole(char **argv)
{
	int status;

	put(PARAMETERS "count", "1");
	put(COUNTS, "0");
	status = run(argv, NULL);
	tell_counts(0);
	put(PARAMETERS "count", "0");
	return end_as(status);
}

static int mutant(const char *number, const char *delay, char **argv, bool cases)
{
	int status = 0;
	bool hung;

	put(COUNTS, "0");
	put(PARAMETERS "delay", delay);
	hung = cases && !starts(argv[0], number);
	if (!hung) {
		put(PARAMETERS "mutant", number);
		status = run(argv, NULL);
	}
	put(PARAMETERS "mutant", "0");
	put(PARAMETERS "delay", "0");
	if (hung)
		printf("@hung %s\n", number);
	tell_mutant(atol(number));
	return end_as(status);
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "count"))
		return count(argv + 2);
	if (argc >= 3 && !strcmp(argv[1], "whole"))
		return whole(argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "mutant"))
		return mutant(argv[2], argv[3], argv + 4, false);
	if (argc >= 5 && !strcmp(argv[1], "cases"))
		return mutant(argv[2], argv[3], argv + 4, true);
	fprintf(stderr, "conduct count|whole PROGRAM... | conduct mutant|cases N DELAY PROGRAM...\n");
	return 2;
}
