/* piece
 * name    = "uffd_wp"
 * says    = "userfaultfd write-protects my mapping, and takes that back"
 * missing = "CONFIG_USERFAULTFD"
 * through = ["MM_CP_UFFD_WP"]
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

	/* That this succeeds is the proof: pagemap tells it only since Linux v5.14. */
	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &protect))
		skip(p, "missing: UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

static void uffd_wp_arm(struct testpage *p)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)p->mem, .len = p->size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_api api = { .api = UFFD_API };

	uffd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (uffd < 0 && errno == EPERM)
		uffd = syscall(__NR_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		skip(p, "missing: userfaultfd: %s", strerror(errno));
	if (ioctl(uffd, UFFDIO_REGISTER, &range))
		skip(p, "missing: userfaultfd-wp for such memory: %s", strerror(errno));
	uffd_wp_protect(p, UFFDIO_WRITEPROTECT_MODE_WP);
}

static void uffd_wp_back(struct testpage *p)
{
	uffd_wp_protect(p, 0);
}

static const struct arm arm_uffd_wp = {
	.name = "uffd-wp",
	.arm = uffd_wp_arm,
	.back = uffd_wp_back,
};
