/* piece
 * says    = "a file whose reads are answered when we want them to be: FUSE, direct I/O"
 */
#include <linux/fuse.h>
#include <sys/mount.h>

#define FUSE_DEVICE	"/dev/fuse"
#define FUSE_MOST	8192	/* no request and no answer is longer */

static int fuse_fd, fuse_sock;

static void fuse_answer(__u64 unique, int error, const void *data, size_t size)
{
	char buffer[FUSE_MOST];
	struct fuse_out_header header = {
		.len = sizeof(header) + size,
		.error = error,
		.unique = unique,
	};

	memcpy(buffer, &header, sizeof(header));
	if (size)
		memcpy(buffer + sizeof(header), data, size);
	/* Fails if whoever asked is gone. */
	if (write(fuse_fd, buffer, header.len) < 0)
		return;
}

/* A read has come: say so, and answer it with what comes back. */
static void fuse_hold(int sock, __u64 unique)
{
	char data[MAX_SAMPLES * STRIPE];
	unsigned int size = 0;

	if (send(sock, &size, sizeof(size), MSG_NOSIGNAL) == sizeof(size) &&
	    recv(sock, &size, sizeof(size), MSG_WAITALL) == sizeof(size) &&
	    size <= sizeof(data) && recv(sock, data, size, MSG_WAITALL) == (ssize_t)size)
		fuse_answer(unique, 0, data, size);
}

static void fuse_serve(struct testpage *p, int sock)
{
	static char request[FUSE_MOST];
	const struct fuse_in_header *in = (void *)request;
	const struct fuse_init_in *hello = (void *)(in + 1);
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_attr_out attr = { .attr = { .ino = 1, .mode = 0100600, .nlink = 1,
						.size = FUSE_MOST } };
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION, .max_write = 4096 };

	(void)p;
	while (read(fuse_fd, request, sizeof(request)) > 0)
		switch (in->opcode) {
		case FUSE_INIT:
			init.minor = hello->minor < 31 ? hello->minor : 31;
			fuse_answer(in->unique, 0, &init, sizeof(init));
			break;
		case FUSE_GETATTR:
			fuse_answer(in->unique, 0, &attr, sizeof(attr));
			break;
		case FUSE_OPEN:
			fuse_answer(in->unique, 0, &opened, sizeof(opened));
			break;
		case FUSE_READ:
			fuse_hold(sock, in->unique);
			break;
		case FUSE_FORGET:
		case FUSE_INTERRUPT:
			break;
		default:
			fuse_answer(in->unique, -EOPNOTSUPP, NULL, 0);
		}
}

/* In a mount namespace of its own: it goes when the case does. */
static void fuse_setup(struct testpage *p)
{
	char options[80];
	int ends[2];

	fuse_fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", fuse_fd);
	if (fuse_fd < 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("test", FUSE_DEVICE, "fuse", MS_NOSUID | MS_NODEV, options))
		skip(p, "missing: FUSE: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		skip(p, "a way to talk to the file system");
	fuse_sock = ends[0];
	fork_to(p, fuse_serve, ends[1]);
	/* Nobody else may have the device: when the server dies, who waits for it is let go. */
	close(fuse_fd);
	close(ends[1]);
}
