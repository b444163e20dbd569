/* piece
 * name    = "swap"
 * says    = "the page is swapped out, and my access swaps it in"
 * needs   = ["shared/swap"]
 * memory  = ["anon", "thp_pmd", "thp_pte", "thp_part", "thp_one", "thp_moved", "mthp"]
 * state   = { my_maps = 0, my_swaps = "my_maps" }
 * missing = "swap"
 */
static const struct arm arm_swap = {
	.name = "swap",
	.prepare = swap_prepare,
	.arm = swap_out,
	.check = swap_check,
};
