/* piece
 * name    = "foll_force"
 * says    = "I write through /proc/self/mem, while the page is mapped read-only (FOLL_FORCE)"
 * missing = "FOLL_FORCE for /proc/PID/mem"
 * through = ["access_remote_vm"]
 */
static void foll_force_access(struct testpage *p)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char stripe[STRIPE];

	if (fd < 0 || mprotect(p->mem, p->size, PROT_READ))
		skip(p, "/proc/self/mem: %s", strerror(errno));
	for (size_t nr = 0; nr < p->size / base_page(); nr++) {
		char *base = p->mem + nr * base_page();

		fill_one(stripe, MINE, nr);
		if (pwrite(fd, stripe, STRIPE, (uintptr_t)base) != STRIPE)
			skip(p, "missing: writes through /proc/PID/mem to such memory: %s",
			     strerror(errno));
	}
	close(fd);
}

static const struct access access_foll_force = {
	.name = "foll-force",
	.access = foll_force_access,
};
