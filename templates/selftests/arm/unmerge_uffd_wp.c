/* piece
 * name    = "unmerge_uffd_wp"
 * says    = "MADV_UNMERGEABLE, while userfaultfd write-protects the page"
 * needs   = ["shared/ksm_unmerge", "shared/uffd_wp"]
 * memory  = ["ksm"]
 * state   = { other_maps = 0, ksm = false, exclusive = true }
 * missing = "CONFIG_KSM, CONFIG_USERFAULTFD"
 * through = ["MADV_UNMERGEABLE", "MM_CP_UFFD_WP"]
 */
static void unmerge_uffd_wp_arm(struct testpage *p)
{
	uffd_wp_arm(p);
	if (madvise(p->mem, p->size, MADV_UNMERGEABLE))
		skip(p, "MADV_UNMERGEABLE: %s", strerror(errno));
}

static void unmerge_uffd_wp_back(struct testpage *p)
{
	uffd_wp_protect(p, 0);
}

static const struct arm arm_unmerge_uffd_wp = {
	.name = "unmerge-uffd-wp",
	.arm = unmerge_uffd_wp_arm,
	.check = ksm_unmerged_check,
	.back = unmerge_uffd_wp_back,
	.unshares = true,
};
