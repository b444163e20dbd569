// SPDX-License-Identifier: GPL-2.0-only
/* What a test may do to a guest, by name. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fuse.h>

/* Lines that look like frames, bytes that are no text, a line that is too long, one without an end. */
static int talk(void)
{
	int i;

	printf("0 end exit 0 0\n- done\nok 1 first\n\xff\xfe\n");
	for (i = 0; i < 10000; i++)
		putchar('x');
	printf("\nnot ok 2 second\n");
	fflush(stdout);
	fprintf(stderr, "from stderr\n");
	printf("no newline");
	return 3;
}

static int flood(void)
{
	while (puts("a line that comes again and again, and is not worth keeping") >= 0)
		;
	return 1;
}

static int flood_kernel_log(void)
{
	FILE *kmsg = fopen("/dev/kmsg", "w");
	int i;

	setlinebuf(kmsg);
	for (i = 0; i < 30000; i++)
		fprintf(kmsg, "<2>flood %d %0200d\n", i, 0);
	return 0;
}

static int fork_without_end(void)
{
	while (fork() != 1)
		;
	return 1;
}

static int eat_memory(void)
{
	volatile char *p;

	while ((p = malloc(1 << 20)))
		for (size_t i = 0; i < 1 << 20; i += 4096)
			p[i] = 1;
	return 1;
}

/* A daemon of its own session, which also keeps the pipes open, outlives us. */
static int leave_daemon(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	puts("ok 1 left");
	return 0;
}

static int ignore_signals(void)
{
	int i;

	for (i = 1; i < 32; i++)
		signal(i, SIG_IGN);
	while (pause())
		;
	return 1;
}

static int kill_init(void)
{
	kill(1, SIGKILL);
	kill(1, SIGSEGV);
	puts("ok 1 init lives");
	return 0;
}

static int panic(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	if (fd < 0)
		return 77;
	puts("ok 1 before");
	fflush(stdout);
	usleep(300000);
	return write(fd, "c", 1) == 1;
}

/*
 * "Interrupting filesystem operations" in Documentation/filesystems/fuse.rst: a
 * server that waits for itself.  One thread's stat() is with the other, which
 * dies of SIGKILL; the first keeps the device open, so nobody ends its wait.
 */
static int fuse = -1;

static void *serve(void *nothing)
{
	static char buffer[1 << 18];
	struct fuse_in_header *in = (void *)buffer;
	struct {
		struct fuse_out_header out;
		struct fuse_init_out init;
	} answer = { 0 };

	(void)nothing;
	while (read(fuse, buffer, sizeof(buffer)) > 0) {
		if (in->opcode != FUSE_INIT) {
			puts("waits");
			fflush(stdout);
			for (;;)
				pause();
		}
		answer.out.len = sizeof(answer);
		answer.out.unique = in->unique;
		answer.init.major = FUSE_KERNEL_VERSION;
		answer.init.minor = 26;
		answer.init.max_write = 4096;
		if (write(fuse, &answer, sizeof(answer)) < 0)
			return NULL;
	}
	return NULL;
}

static int wait_for_ever(void)
{
	char options[100];
	pthread_t server;
	struct stat st;

	fuse = open("/dev/fuse", O_RDWR);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	mkdir("/fuse", 0755);
	if (fuse < 0 || mount("x", "/fuse", "fuse", 0, options))
		return 77;
	pthread_create(&server, NULL, serve, NULL);
	stat("/fuse/x", &st);
	return 1;
}

static int start_again(void)
{
	execl("./deeds", "deeds", "arguments", "again", NULL);
	return 1;
}

static int show(const char *path)
{
	FILE *file = fopen(path, "r");
	int c;

	while (file && (c = getc(file)) != EOF)
		putchar(c);
	return !file;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*deed)(void);
	} deeds[] = {
		{ "talk", talk },
		{ "flood", flood },
		{ "flood-kernel-log", flood_kernel_log },
		{ "fork-without-end", fork_without_end },
		{ "eat-memory", eat_memory },
		{ "leave-daemon", leave_daemon },
		{ "ignore-signals", ignore_signals },
		{ "kill-init", kill_init },
		{ "panic", panic },
		{ "wait-for-ever", wait_for_ever },
		{ "start-again", start_again },
	};
	size_t i;

	if (argc > 2 && !strcmp(argv[1], "show"))
		return show(argv[2]);
	if (argc > 1 && !strcmp(argv[1], "arguments")) {
		while (*++argv)
			printf("[%s]\n", *argv);
		return 0;
	}
	for (i = 0; argc > 1 && i < sizeof(deeds) / sizeof(*deeds); i++)
		if (!strcmp(argv[1], deeds[i].name))
			return deeds[i].deed();
	if (argc > 1 && !strcmp(argv[1], "abort"))
		abort();
	return argc == 1 ? 0 : 88;
}
