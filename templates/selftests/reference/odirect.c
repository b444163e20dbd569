/* piece
 * name    = "odirect"
 * says    = "a direct read into the page is under way (FOLL_PIN since v6.5, of FUSE since v6.9)"
 * needs   = ["shared/fuse"]
 * state   = { trigger = "write-fault", my_maps = "+my_swaps", my_swaps = 0, my_pins = "+1", exclusive = true }
 * missing = "CONFIG_FUSE_FS"
 * through = ["pin_user_pages_fast", "get_user_pages_fast"]
 * untold  = "whether direct I/O takes FOLL_PIN or FOLL_GET is up to file systems and block devices"
 */
#include <sys/uio.h>

static struct {
	int fd;
	int nr;
	struct iovec stripes[MAX_SAMPLES];
	char stack[64 * 1024];
	pid_t pid;
} direct;

/* Shares my memory; all that it does is to wait for the read. */
static int odirect_read(void *arg)
{
	(void)arg;
	syscall(__NR_preadv, direct.fd, direct.stripes, direct.nr, 0, 0);
	syscall(__NR_exit, 0);
	return 0;
}

static void odirect_take(struct testpage *p)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD;
	unsigned int came;

	direct.fd = open(FUSE_DEVICE, O_RDONLY | O_DIRECT);
	if (direct.fd < 0)
		skip(p, "missing: direct I/O of FUSE: %s", strerror(errno));
	direct.nr = nr_samples(p);
	for (int i = 0; i < direct.nr; i++)
		direct.stripes[i] = (struct iovec){ p->mem + sample(p, i) * base_page(), STRIPE };
	direct.pid = clone(odirect_read, direct.stack + sizeof(direct.stack), flags, NULL);
	if (direct.pid < 0 || recv(fuse_sock, &came, sizeof(came), MSG_WAITALL) != sizeof(came))
		not_reached(p, "the read does not come to the file system");
}

/* The data arrive: the read ends, and with it the reference. */
static void odirect_put(struct testpage *p, unsigned char seed)
{
	char data[MAX_SAMPLES * STRIPE];
	unsigned int size = direct.nr * STRIPE;
	int status;

	for (int i = 0; i < direct.nr; i++)
		fill_one(data + i * STRIPE, seed, sample(p, i));
	if (send(fuse_sock, &size, sizeof(size), MSG_NOSIGNAL) != sizeof(size) ||
	    send(fuse_sock, data, size, MSG_NOSIGNAL) != (ssize_t)size ||
	    waitpid(direct.pid, &status, 0) != direct.pid)
		not_reached(p, "the read does not end");
}

static const struct reference reference_odirect = {
	.name = "odirect",
	.setup = fuse_setup,
	.take = odirect_take,
	.put = odirect_put,
};
