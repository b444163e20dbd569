/* piece
 * name    = "collapse"
 * says    = "the range is to become one huge page (MADV_COLLAPSE)"
 * needs   = ["shared/collapse"]
 * memory  = ["thp_pte"]
 * state   = { size = "pmd", my_maps = 1 }
 * missing = "MADV_COLLAPSE (Linux v6.1)"
 * through = ["MADV_COLLAPSE"]
 */
static const struct arm arm_collapse = {
	.name = "collapse",
	.arm = collapse,
	.check = collapse_check,
};
