// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a guest: follows the orders in /orders, one a line, words separated
 * by tabs, and tells the host over the channel what happens:
 *
 *	channel DEVICE			where to tell; comes first
 *	mount TYPE DIRECTORY [OPTIONS]
 *	module FILE [PARAMETERS]
 *	write FILE TEXT			a setting
 *	count FILE NUMBER		a setting that may be met in part
 *	swap DEVICE			make it swap space, and use it
 *	run SECONDS PROGRAM [ARGUMENT...]
 *
 * A frame on the channel is a line "INDEX KIND TEXT"; INDEX counts the run
 * orders from 0, and is "-" for the guest itself.  What a test prints comes
 * through pipes and stands behind INDEX and KIND, so it cannot look like a
 * frame.
 *
 * Marks in the kernel's log tell which test its messages belong to:
 * "kanalyze: program INDEX result N" when N results have been printed, and
 * "kanalyze: program INDEX ended".
 *
 * The kernel's copy-on-write may be broken, that is what is tested.  So this
 * process never forks, and mlockall() gives it private copies of all its pages
 * before the first test, after which it has nothing left to copy.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <linux/fs.h>

#define ORDERS	"/orders"
#define VERSION	"1"
#define WORDS	256		/* in an order */
#define LINE	4000		/* bytes of a test's line; the rest of it is left out */
#define PRINTED	(8 << 20)	/* bytes that a test may print */
#define MARKS	20000		/* that one test gets */
#define DYING	10000		/* ms without a death after SIGKILL */
#define BEAT	1000		/* ms between signs of life */

/* What a test writes to one of its descriptors, as far as it is no whole line yet. */
struct stream {
	const char *kind;
	int fd;
	size_t length;
	char line[LINE];
};

static int channel = -1;
static int kmsg = -1;
static int test = -1;		/* that runs; -1: none */
static int results;		/* that it has printed */
static size_t printed;
static long long last_beat, last_read;
static char orders[1 << 20];
static char frame_line[LINE + 256];
static struct stream out = { .kind = "out" }, err = { .kind = "err" };

static long long now(void)	/* ms */
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void write_all(int fd, const char *text, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(fd, text, length);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0) {
			text += n;
			length -= n;
		}
	}
}

static void frame(const char *kind, const char *text, size_t length)
{
	int n;

	if (test < 0)
		n = snprintf(frame_line, sizeof(frame_line), "- %s ", kind);
	else
		n = snprintf(frame_line, sizeof(frame_line), "%d %s ", test, kind);
	memcpy(frame_line + n, text, length);
	frame_line[n + length] = '\n';
	write_all(channel, frame_line, n + length + 1);
	last_beat = now();
}

__attribute__((format(printf, 2, 3)))
static void say(const char *kind, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	frame(kind, text, n);
}

__attribute__((format(printf, 1, 2)))
static void mark(const char *format, ...)
{
	char text[64];
	va_list arguments;
	int n;

	n = snprintf(text, sizeof(text), "<2>kanalyze: program %d ", test);
	va_start(arguments, format);
	n += vsnprintf(text + n, sizeof(text) - n, format, arguments);
	va_end(arguments);
	write_all(kmsg, text, n);
}

static __attribute__((noreturn)) void end(void)
{
	tcdrain(channel);
	reboot(RB_AUTOBOOT);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/*
 * Orders
 */

static void order_channel(char **word)
{
	struct utsname name;
	struct termios settings;
	int i;

	/* A port of virtio may come a moment later than we do. */
	for (i = 0; i < 500 && channel < 0; i++) {
		channel = open(word[1], O_WRONLY | O_NOCTTY | O_CLOEXEC);
		if (channel < 0)
			usleep(10000);
	}
	if (channel < 0) {
		dprintf(STDERR_FILENO, "kanalyze: %s: %s\n", word[1], strerror(errno));
		end();
	}
	if (!tcgetattr(channel, &settings)) {
		cfmakeraw(&settings);
		cfsetspeed(&settings, B115200);
		tcsetattr(channel, TCSANOW, &settings);
	}
	unlink(word[1]);	/* ours alone */
	uname(&name);
	say("hello", VERSION " %s", name.release);
}

static void order_mount(char **word)
{
	mkdir(word[2], 0755);
	if (mount(word[1], word[2], word[1], 0, word[3]))
		say("note", "%s at %s: %s", word[1], word[2], strerror(errno));
}

static void order_module(char **word)
{
	int fd = open(word[1], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, word[2] ? word[2] : "", 0) && errno != EEXIST))
		say("note", "module %s: %s", word[1], strerror(errno));
	close(fd);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = strlen(text);
	bool done = fd >= 0 && write(fd, text, length) == length;
	int why = errno;

	close(fd);
	errno = why;
	return done;
}

static ssize_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, length = 0;

	if (fd < 0)
		return -1;
	while ((size_t)length < size - 1 && (n = read(fd, buffer + length, size - 1 - length)) > 0)
		length += n;
	close(fd);
	buffer[length] = 0;
	return n < 0 ? -1 : length;
}

static void order_write(char **word)
{
	if (!write_file(word[1], word[2]))
		say("note", "%s to %s: %s", word[2], word[1], strerror(errno));
}

static void order_count(char **word)
{
	char text[64];

	if (!write_file(word[1], word[2]) || read_file(word[1], text, sizeof(text)) < 0)
		say("note", "%s to %s: %s", word[2], word[1], strerror(errno));
	else if (atoll(text) < atoll(word[2]))
		say("note", "%s to %s: got %lld", word[2], word[1], atoll(text));
}

/* The header that mkswap would write: version 1, no bad pages. */
static bool write_swap_header(int fd, uint64_t bytes)
{
	static char page[1 << 16];
	size_t size = sysconf(_SC_PAGESIZE);
	uint32_t info[3] = { 1, bytes / size - 1, 0 };

	memcpy(page + 1024, info, sizeof(info));
	memcpy(page + size - 10, "SWAPSPACE2", 10);
	return pwrite(fd, page, size, 0) == (ssize_t)size && !fsync(fd);
}

static void order_swap(char **word)
{
	uint64_t bytes = 0;
	int fd = open(word[1], O_RDWR | O_CLOEXEC);
	bool written = fd >= 0 && !ioctl(fd, BLKGETSIZE64, &bytes) && write_swap_header(fd, bytes);
	int why = errno;

	close(fd);
	errno = why;
	if (!written || swapon(word[1], 0))
		say("note", "swap on %s: %s", word[1], strerror(errno));
}

/*
 * A test
 */

static bool begins(const struct stream *s, const char *word)
{
	size_t length = strlen(word);

	return s->length >= length && !memcmp(s->line, word, length);
}

static void line_done(struct stream *s)
{
	frame(s->kind, s->line, s->length);
	if (s == &out && results < MARKS && (begins(s, "ok ") || begins(s, "not ok ")))
		mark("result %d", ++results);
	s->length = 0;
}

/* Pass on what has been written.  Return false at the end of it. */
static bool pass_on(struct stream *s)
{
	static char bytes[16384];
	ssize_t i, n = read(s->fd, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	last_read = now();
	for (i = 0; i < n && printed < PRINTED; i++) {
		printed++;
		if (bytes[i] == '\n')
			line_done(s);
		else if (s->length < LINE)
			s->line[s->length++] = bytes[i];
	}
	if (i < n && printed == PRINTED) {
		printed++;
		say("note", "it printed more than %d bytes, the rest is left out", PRINTED);
	}
	return true;
}

static void close_stream(struct stream *s)
{
	if (s->fd < 0)
		return;
	if (s->length)
		line_done(s);
	close(s->fd);
	s->fd = -1;
}

/* Wait a little for output or for the end of a process, and give signs of life. */
static void watch(int ms)
{
	struct pollfd fds[] = {
		{ .fd = out.fd, .events = POLLIN }, { .fd = err.fd, .events = POLLIN },
	};
	struct timespec timeout = { .tv_nsec = ms * 1000000L };
	sigset_t none;

	sigemptyset(&none);	/* SIGCHLD interrupts, and comes only here */
	if (ppoll(fds, 2, &timeout, &none) > 0) {
		if (fds[0].revents && !pass_on(&out))
			close_stream(&out);
		if (fds[1].revents && !pass_on(&err))
			close_stream(&err);
	}
	if (now() - last_beat >= BEAT)
		say("beat", "%lld", now());
}

/* Reap and count the dead; *status is that of pid, *left whether anybody is not dead. */
static int reap(pid_t pid, int *status, bool *left)
{
	int s, count = 0;
	pid_t dead;

	for (; (dead = waitpid(-1, &s, WNOHANG | __WALL)) > 0; count++)
		if (dead == pid)
			*status = s;
	*left = dead == 0;
	return count;
}

/* Something survived SIGKILL: have the kernel tell where it is, and trust it no more. */
static void tell_stuck(void)
{
	write_file("/proc/sys/kernel/printk", "8");
	write_file("/proc/sysrq-trigger", "w");
	say("stuck", "a process survived SIGKILL");
}

/*
 * Kill everything but us.  kill(-1) is atomic: no fork escapes it.  Thousands
 * need their time to die; only when nobody does any more, something is stuck.
 */
static bool kill_all(pid_t pid, int *status)
{
	long long until = now() + DYING;
	bool left;

	kill(-1, SIGKILL);
	do {
		if (reap(pid, status, &left))
			until = now() + DYING;
		if (!left)
			return true;
		watch(20);
	} while (now() < until);
	return false;
}

static bool make_pipe(struct stream *s, int *far)
{
	int fds[2];

	s->length = 0;
	if (pipe2(fds, O_CLOEXEC))
		return false;
	s->fd = fds[0];
	*far = fds[1];
	return !fcntl(s->fd, F_SETFL, O_NONBLOCK);
}

static int start(char **argv, pid_t *pid)
{
	static char *environment[] = { "PATH=/bin", "HOME=/tmp", "TMPDIR=/tmp", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	int far[2] = { -1, -1 };
	int error;

	if (!make_pipe(&out, &far[0]) || !make_pipe(&err, &far[1]))
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, far[0], 1);
	posix_spawn_file_actions_adddup2(&actions, far[1], 2);
	posix_spawnattr_init(&attributes);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attributes, &set);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK);
	error = posix_spawn(pid, argv[0], &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(far[0]);
	close(far[1]);
	return error;
}

static void tell_end(int status, bool in_time, long long ms)
{
	if (!in_time)
		say("end", "timeout 0 %lld", ms);
	else if (WIFSIGNALED(status))
		say("end", "signal %d %lld", WTERMSIG(status), ms);
	else
		say("end", "exit %d %lld", WEXITSTATUS(status), ms);
}

/* Let it run until its end or deadline.  Return whether nothing of it is left. */
static bool attend(pid_t pid, int seconds)
{
	const int running = -1;
	long long begin = now();
	int status = running;
	bool in_time, dead, left;

	while (status == running && now() < begin + seconds * 1000LL) {
		watch(200);
		reap(pid, &status, &left);
	}
	in_time = status != running;
	dead = kill_all(pid, &status);
	/* Nobody writes any more, but a slow channel takes its time. */
	last_read = now();
	while (dead && (out.fd >= 0 || err.fd >= 0) && now() < last_read + DYING)
		watch(20);
	close_stream(&out);
	close_stream(&err);
	if (!dead)
		tell_stuck();
	mark("ended");
	tell_end(status, in_time, now() - begin);
	return dead;
}

/* Kernel selftests are run where they lie, and may start themselves as ./NAME. */
static void stand_in_tmp(const char *program)
{
	const char *name = strrchr(program, '/');

	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);	/* what it leaves there goes with it */
	if (chdir("/tmp") || (name && symlink(program, name + 1) && errno != EEXIST))
		say("note", "/tmp: %s", strerror(errno));
}

static void order_run(char **word)
{
	static int tests;
	int error;
	pid_t pid;

	test = tests++;
	results = 0;
	printed = 0;
	stand_in_tmp(word[2]);
	mark("result 0");
	say("start", "%s", word[2]);
	error = start(word + 2, &pid);
	if (error) {
		close_stream(&out);
		close_stream(&err);
		mark("ended");
		say("end", "error %d 0", error);
	} else if (!attend(pid, atoi(word[1]))) {
		end();
	}
	if (chdir("/"))
		say("note", "/: %s", strerror(errno));
	umount2("/tmp", MNT_DETACH);
	test = -1;
}

static void follow(char **word, int words)
{
	static const struct {
		const char *name;
		int words;
		void (*follow)(char **word);
	} known[] = {
		{ "channel", 2, order_channel }, { "mount", 3, order_mount },
		{ "module", 2, order_module },	 { "write", 3, order_write },
		{ "count", 3, order_count },	 { "swap", 2, order_swap },
		{ "run", 3, order_run },
	};
	static bool ready;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(word[0], known[i].name) || words < known[i].words)
			continue;
		if (known[i].follow == order_run && !ready) {
			ready = true;
			say("ready", "%lld", now());
		}
		known[i].follow(word);
		return;
	}
	say("note", "order %s", word[0]);
}

static void ignore(int signal)
{
	(void)signal;
}

/* Nothing that a test does may keep us from running, or change our memory. */
static void stand_apart(void)
{
	struct sched_param priority = { .sched_priority = 50 };
	struct sigaction action = { .sa_handler = ignore };
	sigset_t child;

	mlockall(MCL_CURRENT | MCL_FUTURE);
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	reboot(RB_DISABLE_CAD);
}

int main(void)
{
	char *word[WORDS + 1], *line, *rest = orders;
	int words;

	if (getpid() != 1)
		return 1;
	stand_apart();
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	out.fd = err.fd = -1;
	read_file(ORDERS, orders, sizeof(orders));
	while ((line = strsep(&rest, "\n"))) {
		for (words = 0; words < WORDS && (word[words] = strsep(&line, "\t")); words++)
			;
		word[words] = NULL;
		if (*word[0])
			follow(word, words);
	}
	say("done", "%lld", now());
	end();
}
