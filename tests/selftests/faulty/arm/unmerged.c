/* piece
 * name    = "unmerged"
 * says    = "is said to end a merge, and what I write still shows in the other page"
 */
static void unmerged_arm(struct testpage *p)
{
	p->partner = mremap(p->mem, 0, p->size, MREMAP_MAYMOVE);	/* the same once more */
	if (p->partner == MAP_FAILED)
		skip(p, "mremap: %s", strerror(errno));
}

static bool unmerged_unchanged(struct testpage *p)
{
	return holds(p->partner, p->size, p->seed);
}

static const struct arm arm_unmerged = {
	.name = "unmerged",
	.arm = unmerged_arm,
	.unchanged = unmerged_unchanged,
	.unshares = true,
};
