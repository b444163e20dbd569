/* piece
 * name    = "ptrace_poke"
 * says    = "a tracer writes to the page, while it is mapped read-only (FOLL_FORCE)"
 * missing = "the right to trace a process"
 * through = ["access_remote_vm"]
 * untold  = "the tracer may run on the CPU whose LRU batch has the page, and empties it there"
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
