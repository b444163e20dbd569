/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How I access the page.
 */
#ifndef COW_RULES_ACCESSES_H
#define COW_RULES_ACCESSES_H

/*
 * access/foll_force: I write through /proc/self/mem, while the page is mapped read-only
 * (FOLL_FORCE)
 */

static void foll_force_access(struct testpage *p)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char stripe[STRIPE];

	if (fd < 0 || mprotect(p->mem, p->size, PROT_READ))
		skip(p, "/proc/self/mem: %s", strerror(errno));
	for (size_t nr = 0; nr < p->size / base_page(); nr++) {
		char *base = p->mem + nr * base_page();

		fill_one(stripe, MINE, nr);
		if (pwrite(fd, stripe, STRIPE, (uintptr_t)base) != STRIPE)
			skip(p, "missing: writes through /proc/PID/mem to such memory: %s",
			     strerror(errno));
	}
	close(fd);
}

static const struct access access_foll_force = {
	.name = "foll-force",
	.access = foll_force_access,
};

/*
 * access/ptrace_poke: a tracer writes to the page, while it is mapped read-only (FOLL_FORCE)
 */

#include <sys/ptrace.h>

struct poke {
	pid_t pid;
	char *mem;
	size_t size;
};

static int tracer_sock;

static int poke_all(const struct poke *poke)
{
	for (size_t nr = 0; nr < poke->size / base_page(); nr++) {
		char *base = poke->mem + nr * base_page();
		long stripe[STRIPE / sizeof(long)];

		fill_one((char *)stripe, MINE, nr);
		for (size_t i = 0; i < STRIPE / sizeof(long); i++)
			if (ptrace(PTRACE_POKEDATA, poke->pid, base + i * sizeof(long), stripe[i]))
				return errno;
	}
	return 0;
}

/* Answers one request with an errno; was forked before there was a page. */
static void tracer_live(struct testpage *p, int sock)
{
	struct poke poke;
	int status, error = 0;

	(void)p;
	if (recv(sock, &poke, sizeof(poke), MSG_WAITALL) != sizeof(poke))
		return;
	if (ptrace(PTRACE_ATTACH, poke.pid, 0, 0) || waitpid(poke.pid, &status, __WALL) < 0)
		error = errno;
	else
		error = poke_all(&poke);
	ptrace(PTRACE_DETACH, poke.pid, 0, 0);
	send(sock, &error, sizeof(error), MSG_NOSIGNAL);
}

static void ptrace_poke_setup(struct testpage *p)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		skip(p, "a way to talk to the tracer");
	tracer_sock = ends[0];
	fork_to(p, tracer_live, ends[1]);
	close(ends[1]);
}

static void ptrace_poke_access(struct testpage *p)
{
	struct poke poke = { getpid(), p->mem, p->size };
	int error;

	if (mprotect(p->mem, p->size, PROT_READ))
		skip(p, "mprotect: %s", strerror(errno));
	if (send(tracer_sock, &poke, sizeof(poke), MSG_NOSIGNAL) != sizeof(poke) ||
	    recv(tracer_sock, &error, sizeof(error), MSG_WAITALL) != sizeof(error))
		not_reached(p, "the tracer died");
	if (error)
		skip(p, "missing: ptrace writes to such memory: %s", strerror(error));
}

static const struct access access_ptrace_poke = {
	.name = "ptrace-poke",
	.setup = ptrace_poke_setup,
	.access = ptrace_poke_access,
};

/*
 * access/read_then_write: I read the page, then write to it
 */

static void read_then_write_access(struct testpage *p)
{
	touch(p->mem, p->size);
	fill(p->mem, p->size, MINE);
}

static const struct access access_read_then_write = {
	.name = "read-then-write",
	.access = read_then_write_access,
};

/*
 * access/write: I write to the page
 */

static void write_access(struct testpage *p)
{
	fill(p->mem, p->size, MINE);
}

static const struct access access_write = {
	.name = "write",
	.access = write_access,
};
#endif
