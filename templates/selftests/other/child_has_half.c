/* piece
 * name    = "child_has_half"
 * says    = "a child shares the first half of a huge page"
 * needs   = ["shared/sharing"]
 * memory  = ["thp_pmd", "thp_pte", "mthp"]
 * state   = { size = "large", other_maps = "+my_maps/2", exclusive = false }
 */
static bool half_unchanged(struct testpage *p)
{
	return holds(p->mem, p->size / 2, p->seed);
}

static void child_has_half_live(struct testpage *p, int sock)
{
	stand_still(p, sock, half_unchanged);
}

static void child_has_half_make(struct testpage *p)
{
	char *half = p->mem + p->size / 2;

	if (madvise(half, p->size / 2, MADV_DONTFORK))
		skip(p, "MADV_DONTFORK: %s", strerror(errno));
	start_peer(p, new_peer(p), child_has_half_live);
	if (madvise(half, p->size / 2, MADV_DOFORK))
		skip(p, "MADV_DOFORK: %s", strerror(errno));
}

static const struct other other_child_has_half = {
	.name = "child-has-half",
	.make = child_has_half_make,
	.check = sharing_check,
};
