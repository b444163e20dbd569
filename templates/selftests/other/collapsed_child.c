/* piece
 * name    = "collapsed_child"
 * says    = "the range was made one huge page (MADV_COLLAPSE), and then a child shares it"
 * needs   = ["shared/collapse", "shared/sharing"]
 * memory  = ["thp_pte"]
 * state   = { size = "pmd", my_maps = 1, other_maps = 1, exclusive = false }
 * missing = "MADV_COLLAPSE (Linux v6.1)"
 * through = ["MADV_COLLAPSE"]
 */
static void collapsed_child_make(struct testpage *p)
{
	collapse(p);
	collapse_check(p);
	start_peer(p, new_peer(p), keep_mapping);
}

static const struct other other_collapsed_child = {
	.name = "collapsed-child",
	.make = collapsed_child_make,
	.check = sharing_check,
};
