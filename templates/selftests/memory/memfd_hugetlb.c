/* piece
 * name    = "memfd_hugetlb"
 * says    = "a private mapping of a memfd of hugetlb pages"
 * needs   = ["shared/hugetlb_pool", "shared/private_file"]
 * state   = { size = "hugetlb", anonymous = false, my_maps = 1, other_maps = 1 }
 * missing = "hugetlb pages"
 */
static void memfd_hugetlb_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB | HUGETLB_LOG2(p->unit));
	private_map(p, p->unit);
}

static void memfd_hugetlb_check(struct testpage *p)
{
	hugetlb_check(p);
	private_check(p);
}

static const struct memory memory_memfd_hugetlb = {
	.name = "memfd-hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = memfd_hugetlb_map,
	.check = memfd_hugetlb_check,
	.unchanged = private_unchanged,
};
