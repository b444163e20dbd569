/* piece
 * name    = "thp_pte"
 * says    = "a transparent huge page, mapped by PTEs"
 * needs   = ["shared/thp_ptes"]
 * state   = { size = "large", anonymous = true, my_maps = 4, exclusive = true }
 * missing = "CONFIG_TRANSPARENT_HUGEPAGE"
 */
static const struct memory memory_thp_pte = {
	.name = "thp-pte",
	.prepare = thp_prepare,
	.map = thp_map_by_ptes,
	.check = thp_check_ptes,
};
