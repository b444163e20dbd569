/* piece
 * name    = "shared_memfd_hugetlb"
 * says    = "a shared mapping of a memfd of hugetlb pages"
 * needs   = ["shared/hugetlb_pool", "shared/shared_file"]
 * shared  = true
 * state   = { size = "hugetlb", anonymous = false, my_maps = 1 }
 * missing = "hugetlb pages"
 */
static void shared_memfd_hugetlb_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB | HUGETLB_LOG2(p->unit));
	shared_map(p, p->unit);
}

static void shared_memfd_hugetlb_check(struct testpage *p)
{
	hugetlb_check(p);
	shared_check(p);
}

static const struct memory memory_shared_memfd_hugetlb = {
	.name = "shared-memfd-hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = shared_memfd_hugetlb_map,
	.check = shared_memfd_hugetlb_check,
};
