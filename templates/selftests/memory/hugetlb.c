/* piece
 * name    = "hugetlb"
 * says    = "an anonymous hugetlb page of each size that this kernel has"
 * needs   = ["shared/hugetlb_pool", "shared/hugetlb_map"]
 * state   = { size = "hugetlb", anonymous = true, my_maps = 1, exclusive = true }
 * missing = "hugetlb pages"
 */
static void hugetlb_map(struct testpage *p)
{
	hugetlb_map_pages(p, 1);
}

static const struct memory memory_hugetlb = {
	.name = "hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = hugetlb_map,
	.check = hugetlb_check,
};
