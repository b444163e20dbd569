/* piece
 * name    = "hugetlb_many"
 * says    = "some anonymous hugetlb pages in one mapping, of each size up to a PMD"
 * needs   = ["shared/hugetlb_map"]
 * state   = { size = "hugetlb" }
 * missing = "hugetlb pages"
 */
#define HUGETLB_MANY 4

static int hugetlb_many_sizes(size_t sizes[MAX_SIZES])
{
	int nr = hugetlb_sizes(sizes), kept = 0;

	for (int i = 0; i < nr; i++)
		if (sizes[i] <= 32UL << 20)
			sizes[kept++] = sizes[i];
	return kept;
}

/* For the pages, for the child's copies of what is pinned, and for mine of the others. */
static const char *hugetlb_many_prepare(size_t unit)
{
	return hugetlb_free(unit, 3 * HUGETLB_MANY);
}

static void hugetlb_many_map(struct testpage *p)
{
	hugetlb_map_pages(p, HUGETLB_MANY);
}

static const struct memory memory_hugetlb_many = {
	.name = "hugetlb-many",
	.sizes = hugetlb_many_sizes,
	.prepare = hugetlb_many_prepare,
	.map = hugetlb_many_map,
	.check = hugetlb_check,
};
