/* piece
 * says    = "a pin that gup_test, or gup_benchmark before Linux v5.11, takes and drops at once"
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
