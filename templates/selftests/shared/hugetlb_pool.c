/* piece
 * says    = "how many hugetlb pages a case takes"
 * needs   = ["shared/hugetlb"]
 */
/* For the page, its copy, and a twin with its copy. */
static const char *hugetlb_prepare(size_t unit)
{
	return hugetlb_free(unit, 4);
}
