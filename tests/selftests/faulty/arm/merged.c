/* piece
 * name    = "merged"
 * says    = "the page is merged with another one, and what I write shows there"
 */
static void merged_arm(struct testpage *p)
{
	p->partner = mremap(p->mem, 0, p->size, MREMAP_MAYMOVE);	/* the same once more */
	if (p->partner == MAP_FAILED)
		skip(p, "mremap: %s", strerror(errno));
}

static bool merged_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, p->seed);
}

static const struct arm arm_merged = {
	.name = "merged",
	.arm = merged_arm,
	.unchanged = merged_unchanged,
};
