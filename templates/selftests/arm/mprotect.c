/* piece
 * name    = "mprotect"
 * says    = "my mapping becomes read-only, and writable again"
 * through = ["sys_mprotect"]
 */
static void mprotect_arm(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_READ))
		skip(p, "mprotect: %s", strerror(errno));
}

static void mprotect_check(struct testpage *p)
{
	if (may_write(p->mem))
		not_reached(p, "the mapping is still writable");
}

static void mprotect_back(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

static const struct arm arm_mprotect = {
	.name = "mprotect",
	.arm = mprotect_arm,
	.check = mprotect_check,
	.back = mprotect_back,
};
