/* piece
 * says    = "an io_uring, and how data is moved through its registered buffers"
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
