/* piece
 * says    = "how userfaultfd write-protects memory"
 */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#define USER_MODE_ONLY	1	/* UFFD_USER_MODE_ONLY, Linux v5.11: needs no privilege */

static int uffd = -1;

static void uffd_wp_protect(struct testpage *p, __u64 mode)
{
	struct uffdio_writeprotect protect = {
		.range = { .start = (uintptr_t)p->mem, .len = p->size },
		.mode = mode,
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &protect))
		skip(p, "missing: UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

/* One for the whole process: for the page, and for its twin. */
static void uffd_open(struct testpage *p)
{
	struct uffdio_api api = { .api = UFFD_API };

	uffd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (uffd < 0 && errno == EPERM)
		uffd = syscall(__NR_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		skip(p, "missing: userfaultfd: %s", strerror(errno));
}

static void uffd_wp_arm(struct testpage *p)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)p->mem, .len = p->size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (uffd < 0)
		uffd_open(p);
	if (ioctl(uffd, UFFDIO_REGISTER, &range))
		skip(p, "missing: userfaultfd-wp for such memory: %s", strerror(errno));
	uffd_wp_protect(p, UFFDIO_WRITEPROTECT_MODE_WP);
}
