/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What reference or pin I take.
 */
#ifndef COW_RULES_REFERENCES_H
#define COW_RULES_REFERENCES_H

/*
 * shared/gup_device: the kernel's gup_test device, which holds one pin at a time
 */

#include <sys/ioctl.h>

#define GUP_TEST "/sys/kernel/debug/gup_test"

/* As mm/gup_test.h has them, since Linux v6.2. */
struct gup_longterm {
	__u64 addr;
	__u64 size;
	__u32 flags;
};

#define GUP_LONGTERM_START	_IOW('g', 7, struct gup_longterm)
#define GUP_LONGTERM_STOP	_IO('g', 8)
#define GUP_LONGTERM_READ	_IOW('g', 9, __u64)
#define GUP_WRITE		1
#define GUP_FAST		2

static const char *gup_prepare(void)
{
	return access(GUP_TEST, R_OK | W_OK) ? GUP_TEST " (CONFIG_GUP_TEST, debugfs)" : NULL;
}

/*
 * shared/gup_test: a longterm pin taken through the kernel's gup_test device
 */

static struct {
	int fd;
	char *copy;
} gup;

static bool gup_sees(struct testpage *p, unsigned char seed)
{
	__u64 to = (uintptr_t)gup.copy;

	if (ioctl(gup.fd, GUP_LONGTERM_READ, &to))
		not_reached(p, "reading through the pin: %s", strerror(errno));
	return holds(gup.copy, p->size, seed);
}

/* For reading, the page is pinned while it is mapped read-only. */
static void gup_take(struct testpage *p, __u32 flags)
{
	struct gup_longterm pin = { (uintptr_t)p->mem, p->size, flags };
	bool write = flags & GUP_WRITE;

	gup.copy = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	gup.fd = open(GUP_TEST, O_RDWR | O_CLOEXEC);
	if (gup.fd < 0 || gup.copy == MAP_FAILED ||
	    (!write && mprotect(p->mem, p->size, PROT_READ)))
		skip(p, GUP_TEST ": %s", strerror(errno));
	if (ioctl(gup.fd, GUP_LONGTERM_START, &pin))
		refused(p, "longterm pins of gup_test (Linux v6.2)");
	if (!write && mprotect(p->mem, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
	if (!gup_sees(p, p->seed))
		not_reached(p, "what is pinned is not the page");
}

/*
 * reference/gup_ro_fast: gup_test pins the page for reading, while it is mapped read-only
 * (FOLL_PIN, longterm, fast)
 */

static void gup_ro_fast_take(struct testpage *p)
{
	gup_take(p, GUP_FAST);
}

static const struct reference reference_gup_ro_fast = {
	.name = "gup-ro-fast",
	.prepare = gup_prepare,
	.take = gup_ro_fast_take,
	.sees = gup_sees,
};

/*
 * reference/gup_ro_slow: gup_test pins the page for reading, while it is mapped read-only
 * (FOLL_PIN, longterm, slow)
 */

static void gup_ro_slow_take(struct testpage *p)
{
	gup_take(p, 0);
}

static const struct reference reference_gup_ro_slow = {
	.name = "gup-ro-slow",
	.prepare = gup_prepare,
	.take = gup_ro_slow_take,
	.sees = gup_sees,
};

/*
 * reference/gup_rw_fast: gup_test pins the page for writing (FOLL_PIN, longterm, fast)
 */

static void gup_rw_fast_take(struct testpage *p)
{
	gup_take(p, GUP_WRITE | GUP_FAST);
}

static const struct reference reference_gup_rw_fast = {
	.name = "gup-rw-fast",
	.prepare = gup_prepare,
	.take = gup_rw_fast_take,
	.sees = gup_sees,
};

/*
 * reference/gup_rw_slow: gup_test pins the page for writing (FOLL_PIN, longterm, slow)
 */

static void gup_rw_slow_take(struct testpage *p)
{
	gup_take(p, GUP_WRITE);
}

static const struct reference reference_gup_rw_slow = {
	.name = "gup-rw-slow",
	.prepare = gup_prepare,
	.take = gup_rw_slow_take,
	.sees = gup_sees,
};

/*
 * shared/gup_short: a pin that gup_test, or gup_benchmark before Linux v5.11, takes and
 * drops at once
 */

#include <sys/ioctl.h>

#define GUP_NEW		"/sys/kernel/debug/gup_test"
#define GUP_OLD		"/sys/kernel/debug/gup_benchmark"
#define GUP_SHORT_WRITE	1	/* FOLL_WRITE */

struct gup_new {
	__u64 get_usec, put_usec, addr, size;
	__u32 nr_pages_per_call, gup_flags, test_flags, which_pages[8];
};

struct gup_old {
	__u64 get_usec, put_usec, addr, size;
	__u32 nr_pages_per_call, flags;
	__u64 expansion[10];
};

#define GUP_NEW_FAST	_IOWR('g', 2, struct gup_new)
#define GUP_NEW_SLOW	_IOWR('g', 5, struct gup_new)
#define GUP_OLD_FAST	_IOWR('g', 3, struct gup_old)
#define GUP_OLD_SLOW	_IOWR('g', 4, struct gup_old)

static const char *gup_short_prepare(void)
{
	if (!access(GUP_NEW, R_OK | W_OK) || !access(GUP_OLD, R_OK | W_OK))
		return NULL;
	return GUP_NEW " or " GUP_OLD " (CONFIG_GUP_TEST, debugfs)";
}

/* One page a call: where a pin cannot be had, the count ends. */
static void gup_short_take(struct testpage *p, bool fast, __u32 flags)
{
	struct gup_new new = { .addr = (uintptr_t)p->mem, .size = p->size,
			       .nr_pages_per_call = 1, .gup_flags = flags };
	struct gup_old old = { .addr = (uintptr_t)p->mem, .size = p->size,
			       .nr_pages_per_call = 1, .flags = flags };
	int fd = open(GUP_NEW, O_RDWR | O_CLOEXEC), failed;
	bool is_new = fd >= 0;

	if (is_new) {
		failed = ioctl(fd, fast ? GUP_NEW_FAST : GUP_NEW_SLOW, &new);
	} else {
		fd = open(GUP_OLD, O_RDWR | O_CLOEXEC);
		failed = ioctl(fd, fast ? GUP_OLD_FAST : GUP_OLD_SLOW, &old);
	}
	if (failed)
		skip(p, "missing: pins of gup_test or gup_benchmark: %s", strerror(errno));
	if ((is_new ? new.size : old.size) != p->size)
		not_reached(p, "not all of the page could be pinned");
	close(fd);
}

/*
 * reference/gup_short_ro_fast: gup_test or gup_benchmark has pinned the page for a moment
 * for reading (FOLL_PIN, fast)
 */

static void gup_short_ro_fast_take(struct testpage *p)
{
	gup_short_take(p, true, 0);
}

static const struct reference reference_gup_short_ro_fast = {
	.name = "gup-short-ro-fast",
	.prepare = gup_short_prepare,
	.take = gup_short_ro_fast_take,
};

/*
 * reference/gup_short_ro_slow: gup_test or gup_benchmark has pinned the page for a moment
 * for reading (FOLL_PIN, slow)
 */

static void gup_short_ro_slow_take(struct testpage *p)
{
	gup_short_take(p, false, 0);
}

static const struct reference reference_gup_short_ro_slow = {
	.name = "gup-short-ro-slow",
	.prepare = gup_short_prepare,
	.take = gup_short_ro_slow_take,
};

/*
 * reference/gup_short_rw_fast: gup_test or gup_benchmark has pinned the page for a moment
 * for writing (FOLL_PIN, fast)
 */

static void gup_short_rw_fast_take(struct testpage *p)
{
	gup_short_take(p, true, GUP_SHORT_WRITE);
}

static const struct reference reference_gup_short_rw_fast = {
	.name = "gup-short-rw-fast",
	.prepare = gup_short_prepare,
	.take = gup_short_rw_fast_take,
};

/*
 * reference/gup_short_rw_slow: gup_test or gup_benchmark has pinned the page for a moment
 * for writing (FOLL_PIN, slow)
 */

static void gup_short_rw_slow_take(struct testpage *p)
{
	gup_short_take(p, false, GUP_SHORT_WRITE);
}

static const struct reference reference_gup_short_rw_slow = {
	.name = "gup-short-rw-slow",
	.prepare = gup_short_prepare,
	.take = gup_short_rw_slow_take,
};

/*
 * reference/none: I hold no reference
 */

static const struct reference reference_none = {
	.name = "none",
};

/*
 * shared/fuse: a file whose reads are answered when we want them to be: FUSE, direct I/O
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

/*
 * reference/odirect: a direct read into the page is under way (FOLL_PIN since v6.5, of FUSE
 * since v6.9)
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

/*
 * reference/process_vm: process_vm_readv() has pinned the page for a moment (FOLL_PIN, read
 * only)
 */

#include <sys/uio.h>

static void process_vm_take(struct testpage *p)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++) {
		struct iovec to = { stripe, STRIPE };
		struct iovec from = { p->mem + sample(p, i) * base_page(), STRIPE };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != STRIPE)
			skip(p, "missing: process_vm_readv: %s", strerror(errno));
		if (!holds_one(stripe, p->seed, sample(p, i)))
			not_reached(p, "process_vm_readv does not read the page");
	}
}

static const struct reference reference_process_vm = {
	.name = "process-vm",
	.take = process_vm_take,
};

/*
 * shared/uring: an io_uring, and how data is moved through its registered buffers
 */

#include <linux/io_uring.h>
#include <sys/resource.h>
#include <sys/uio.h>

static struct {
	int fd;
	int file;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
} ring;

static char *uring_part(struct testpage *p, size_t size, off_t part)
{
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, part);

	if (mem == MAP_FAILED)
		skip(p, "mmap of an io_uring: %s", strerror(errno));
	return mem;
}

/* A ring, and a file that data comes from and goes to. */
static void uring_open(struct testpage *p, int entries)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct io_uring_params params = { 0 };
	char *sq, *cq;

	setrlimit(RLIMIT_MEMLOCK, &all);
	ring.file = memfd_create("through the pin", MFD_CLOEXEC);
	ring.fd = syscall(__NR_io_uring_setup, entries, &params);
	if (ring.fd < 0 || ring.file < 0)
		skip(p, "missing: io_uring: %s", strerror(errno));
	sq = uring_part(p, params.sq_off.array + params.sq_entries * sizeof(*ring.sq_array),
			IORING_OFF_SQ_RING);
	cq = uring_part(p, params.cq_off.cqes + params.cq_entries * sizeof(*ring.cqes),
			IORING_OFF_CQ_RING);
	ring.sqes = (void *)uring_part(p, params.sq_entries * sizeof(*ring.sqes), IORING_OFF_SQES);
	ring.sq_tail = (void *)(sq + params.sq_off.tail);
	ring.sq_mask = (void *)(sq + params.sq_off.ring_mask);
	ring.sq_array = (void *)(sq + params.sq_off.array);
	ring.cq_head = (void *)(cq + params.cq_off.head);
	ring.cq_mask = (void *)(cq + params.cq_off.ring_mask);
	ring.cqes = (void *)(cq + params.cq_off.cqes);
}

static bool uring_register(const struct iovec *buffers, int nr)
{
	return !syscall(__NR_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, buffers, nr);
}

/*
 * Move one stripe between each place and the file, where they lie one behind
 * the other, and wait for all.  The places are in one buffer, or have their own.
 */
static void uring_move(struct testpage *p, int opcode, char * const places[], int nr, bool own)
{
	unsigned int tail = *ring.sq_tail;

	for (int i = 0; i < nr; i++) {
		unsigned int slot = (tail + i) & *ring.sq_mask;

		ring.sqes[slot] = (struct io_uring_sqe){
			.opcode = opcode,
			.fd = ring.file,
			.addr = (uintptr_t)places[i],
			.len = STRIPE,
			.off = i * STRIPE,
			.buf_index = own ? i : 0,
		};
		ring.sq_array[slot] = slot;
	}
	__atomic_store_n(ring.sq_tail, tail + nr, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring.fd, nr, nr, IORING_ENTER_GETEVENTS, NULL, 0) != nr)
		not_reached(p, "io_uring_enter: %s", strerror(errno));
	for (int i = 0; i < nr; i++) {
		unsigned int head = *ring.cq_head;
		int moved = ring.cqes[head & *ring.cq_mask].res;

		__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
		if (moved != STRIPE)
			not_reached(p, "I/O with the registered buffer: %d", moved);
	}
}

/*
 * reference/uring: a registered buffer of io_uring pins the page for writing (FOLL_PIN,
 * longterm)
 */

static void uring_samples(struct testpage *p, int opcode)
{
	char *places[MAX_SAMPLES];

	for (int i = 0; i < nr_samples(p); i++)
		places[i] = p->mem + sample(p, i) * base_page();
	uring_move(p, opcode, places, nr_samples(p), false);
}

static bool uring_sees(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	uring_samples(p, IORING_OP_WRITE_FIXED);
	for (int i = 0; i < nr_samples(p); i++)
		if (pread(ring.file, stripe, STRIPE, i * STRIPE) != STRIPE ||
		    !holds_one(stripe, seed, sample(p, i)))
			return false;
	return true;
}

static void uring_put(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++) {
		fill_one(stripe, seed, sample(p, i));
		if (pwrite(ring.file, stripe, STRIPE, i * STRIPE) != STRIPE)
			skip(p, "memfd: %s", strerror(errno));
	}
	uring_samples(p, IORING_OP_READ_FIXED);
}

static void uring_take(struct testpage *p)
{
	struct iovec buffer = { p->mem, p->size };

	uring_open(p, MAX_SAMPLES);
	if (!uring_register(&buffer, 1))
		refused(p, "registered buffers of io_uring");
	if (!uring_sees(p, p->seed))
		not_reached(p, "the registered buffer is not the page");
}

static const struct reference reference_uring = {
	.name = "uring",
	.take = uring_take,
	.sees = uring_sees,
	.put = uring_put,
};

/*
 * reference/vmsplice: a pipe of mine holds a plain reference (FOLL_GET)
 */

static void vmsplice_take(struct testpage *p)
{
	pipe_open(p);
	pipe_take(p);
}

static const struct reference reference_vmsplice = {
	.name = "vmsplice",
	.take = vmsplice_take,
	.sees = pipe_sees,
};
#endif
