// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test program that speaks as generated ones do; each case does what its name says.
 * With UNRULY it has cases that a guest suffers from.
 */
#ifdef UNRULY
#define main deeds
#include "deeds.c"
#undef main
#endif
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
#ifdef UNRULY
	"forks without end R1", "is next R1", "eats all memory R1", "floods the console R1",
	"hangs in the kernel R1", "is the last R1",
#else
	"passes R1", "fails R1", "skips R3", "times out R1", "kills the kernel R1",
	"passes again R3", "waits for ever R1", "is the last R1",
#endif
};
#define NR ((int)(sizeof(names) / sizeof(*names)))

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(file);
	close(fd);
}

static void suffer(const char *name)
{
#ifdef UNRULY
	if (!strncmp(name, "forks", 5))
		fork_without_end();
	else if (!strncmp(name, "eats", 4))
		eat_memory();
	else if (!strncmp(name, "floods", 6))
		flood_kernel_log();
	else if (!strncmp(name, "hangs", 5))
		wait_for_ever();
#endif
	(void)name;
}

static void run(int nr, const char *name)
{
	suffer(name);
	if (!strncmp(name, "fails", 5)) {
		printf("# %s: the child sees what I wrote\nnot ok %d %s\n", name, nr, name);
	} else if (!strncmp(name, "skips", 5)) {
		printf("# %s: missing: everything\nok %d # SKIP %s\n", name, nr, name);
	} else if (!strncmp(name, "times", 5)) {
		printf("# %s: timeout after 20 s\nnot ok %d # error %s\n", name, nr, name);
	} else if (!strncmp(name, "kills", 5)) {
		put("/proc/sys/kernel/sysrq", "1");
		put("/proc/sysrq-trigger", "c");
		printf("# %s: missing: sysrq\nok %d # SKIP %s\n", name, nr, name);
	} else {
		while (!strncmp(name, "waits", 5))
			pause();
		printf("ok %d %s\n", nr, name);
	}
}

static int chosen(const char *only, int nr)
{
	while (only && atoi(only) != nr) {
		only = strchr(only, ',');
		only = only ? only + 1 : NULL;
	}
	return only != NULL;
}

int main(int argc, char **argv)
{
	int list = 0, announce = 0, from = 1, nr = 0, i, j;
	const char *only = NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--list"))
			list = 1;
		else if (!strcmp(argv[i], "--announce"))
			announce = 1;
		else if (!strcmp(argv[i], "--from") && argv[i + 1])
			from = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--only") && argv[i + 1])
			only = argv[++i];
		else
			return 2;
	}
	if (!list)
		printf("TAP version 13\n1..%d\n", NR);
	for (int name = 0; name < NR; name++) {
		for (j = i; j < argc && strstr(names[name], argv[j]);)
			j++;
		if (j < argc)
			continue;
		nr++;
		if (list) {
			puts(names[name]);
		} else if (nr >= from && (!only || chosen(only, nr))) {
			if (announce) {
				char text[100];

				printf("# starting %s\n", names[name]);
				snprintf(text, sizeof(text), "cow_rules_case: %s", names[name]);
				put("/dev/kmsg", text);
			}
			run(nr, names[name]);
		}
	}
	return 0;
}
