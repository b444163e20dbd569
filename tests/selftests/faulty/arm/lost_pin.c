/* piece
 * name    = "lost_pin"
 * says    = "my mapping gets another page with the same content: as after a COW of a pinned page"
 */
static void lost_pin_arm(struct testpage *p)
{
	munmap(p->mem, p->size);
	mmap(p->mem, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	fill(p->mem, p->size, p->seed);
}

static const struct arm arm_lost_pin = {
	.name = "lost-pin",
	.arm = lost_pin_arm,
};
