/* piece
 * says    = "how anonymous hugetlb pages are had"
 * needs   = ["shared/hugetlb"]
 */
static void hugetlb_map_pages(struct testpage *p, int nr)
{
	p->page = p->unit;
	p->size = nr * p->unit;
	p->mem = mmap(NULL, p->size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGETLB_LOG2(p->unit), -1, 0);
	if (p->mem == MAP_FAILED)
		skip(p, "mmap of hugetlb pages: %s", strerror(errno));
	p->seed = BEFORE;
	fill(p->mem, p->size, p->seed);
}
