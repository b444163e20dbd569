/* piece
 * says    = "a longterm pin taken through the kernel's gup_test device"
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
#define GUP_LONGTERM_READ	_IOW('g', 9, __u64)
#define GUP_WRITE		1
#define GUP_FAST		2

static struct {
	int fd;
	char *copy;
} gup;

static const char *gup_prepare(void)
{
	return access(GUP_TEST, R_OK | W_OK) ? GUP_TEST " (CONFIG_GUP_TEST, debugfs)" : NULL;
}

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
