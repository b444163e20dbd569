/* piece
 * name    = "uring"
 * says    = "a registered buffer of io_uring pins the page for writing (FOLL_PIN, longterm)"
 * state   = { my_pins = "+1", exclusive = true }
 * missing = "io_uring"
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

/* A ring of one entry, and a file that data comes from and goes to. */
static void uring_open(struct testpage *p)
{
	struct io_uring_params params = { 0 };
	char *sq, *cq;

	ring.file = memfd_create("through the pin", MFD_CLOEXEC);
	ring.fd = syscall(__NR_io_uring_setup, 1, &params);
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

/* Move one stripe between the pinned page and the file, and wait for it. */
static void uring_move(struct testpage *p, int opcode, size_t offset)
{
	unsigned int tail = *ring.sq_tail, slot = tail & *ring.sq_mask;
	int moved;

	ring.sqes[slot] = (struct io_uring_sqe){
		.opcode = opcode,
		.fd = ring.file,
		.addr = (uintptr_t)p->mem + offset,
		.len = STRIPE,
		.off = offset,
	};
	ring.sq_array[slot] = slot;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		not_reached(p, "io_uring_enter: %s", strerror(errno));
	moved = ring.cqes[*ring.cq_head & *ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, *ring.cq_head + 1, __ATOMIC_RELEASE);
	if (moved != STRIPE)
		not_reached(p, "I/O with the registered buffer: %d", moved);
}

static bool uring_sees(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++) {
		size_t offset = sample(p, i) * base_page();

		uring_move(p, IORING_OP_WRITE_FIXED, offset);
		if (pread(ring.file, stripe, STRIPE, offset) != STRIPE ||
		    !holds_one(stripe, seed, sample(p, i)))
			return false;
	}
	return true;
}

static void uring_put(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++) {
		size_t offset = sample(p, i) * base_page();

		fill_one(stripe, seed, sample(p, i));
		if (pwrite(ring.file, stripe, STRIPE, offset) != STRIPE)
			skip(p, "memfd: %s", strerror(errno));
		uring_move(p, IORING_OP_READ_FIXED, offset);
	}
}

static void uring_take(struct testpage *p)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct iovec buffer = { p->mem, p->size };

	uring_open(p);
	setrlimit(RLIMIT_MEMLOCK, &all);
	if (syscall(__NR_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1))
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
