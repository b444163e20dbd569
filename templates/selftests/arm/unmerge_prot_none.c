/* piece
 * name    = "unmerge_prot_none"
 * says    = "MADV_UNMERGEABLE, while I may not even read the page"
 * needs   = ["shared/ksm_unmerge"]
 * memory  = ["ksm"]
 * state   = { other_maps = 0, ksm = false, exclusive = true }
 * missing = "CONFIG_KSM"
 * through = ["MADV_UNMERGEABLE"]
 */
static void unmerge_prot_none_arm(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_NONE) ||
	    madvise(p->mem, p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static void unmerge_prot_none_back(struct testpage *p)
{
	if (mprotect(p->mem, p->size, PROT_READ | PROT_WRITE))
		skip(p, "mprotect: %s", strerror(errno));
}

static const struct arm arm_unmerge_prot_none = {
	.name = "unmerge-prot-none",
	.arm = unmerge_prot_none_arm,
	.check = ksm_unmerged_check,
	.back = unmerge_prot_none_back,
	.unshares = true,
};
