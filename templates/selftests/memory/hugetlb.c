/* piece
 * name    = "hugetlb"
 * says    = "an anonymous hugetlb page of each size that this kernel has"
 * needs   = ["shared/hugetlb"]
 * state   = { size = "hugetlb", anonymous = true, my_maps = 1, exclusive = true }
 * missing = "hugetlb pages"
 */
static void hugetlb_map(struct testpage *p)
{
	p->page = p->unit;
	p->size = p->unit;
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGETLB_LOG2(p->unit), -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap of a hugetlb page: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}

static const struct memory memory_hugetlb = {
	.name = "hugetlb",
	.sizes = hugetlb_sizes,
	.prepare = hugetlb_prepare,
	.map = hugetlb_map,
	.check = hugetlb_check,
};
