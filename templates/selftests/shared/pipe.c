/* piece
 * says    = "a reference that a pipe holds: vmsplice()"
 */
#include <sys/ioctl.h>
#include <sys/uio.h>

static int pipe_ends[2];

static void pipe_open(struct testpage *p)
{
	if (pipe(pipe_ends))
		skip(p, "pipe: %s", strerror(errno));
}

/* The beginning of each base page that is looked at. */
static void pipe_take(struct testpage *p)
{
	int queued = 0;

	for (int i = 0; i < nr_samples(p); i++) {
		struct iovec stripe = { p->mem + sample(p, i) * base_page(), STRIPE };

		if (vmsplice(pipe_ends[1], &stripe, 1, 0) != STRIPE)
			skip(p, "vmsplice: %s", strerror(errno));
	}
	if (ioctl(pipe_ends[0], FIONREAD, &queued) || queued != nr_samples(p) * STRIPE)
		not_reached(p, "the pipe holds %d bytes", queued);
}

/* Can be asked once: reading takes the data out. */
static bool pipe_sees(struct testpage *p, unsigned char seed)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++)
		if (read(pipe_ends[0], stripe, STRIPE) != STRIPE ||
		    !holds_one(stripe, seed, sample(p, i)))
			return false;
	return true;
}
