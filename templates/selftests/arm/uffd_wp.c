/* piece
 * name    = "uffd_wp"
 * says    = "userfaultfd write-protects my mapping, and takes that back"
 * needs   = ["shared/uffd_wp"]
 * missing = "CONFIG_USERFAULTFD"
 * through = ["MM_CP_UFFD_WP"]
 */
/* That it succeeded is the proof; pagemap tells it, too, where it can be scanned for it. */
static void uffd_wp_check(struct testpage *p)
{
	if (scan(p->mem, SCAN_HUGE) >= 0 && !(pagemap(p->mem) & SEEN_UFFD_WP))
		not_reached(p, "the page is not write-protected");
}

static void uffd_wp_back(struct testpage *p)
{
	uffd_wp_protect(p, 0);
}

static const struct arm arm_uffd_wp = {
	.name = "uffd-wp",
	.arm = uffd_wp_arm,
	.check = uffd_wp_check,
	.back = uffd_wp_back,
};
