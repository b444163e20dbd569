/* piece
 * says    = "a longterm pin taken through the kernel's gup_test device"
 * needs   = ["shared/gup_device"]
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
