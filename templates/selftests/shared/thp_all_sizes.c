/* piece
 * says    = "the sizes of folio that this kernel has for anonymous memory, up to a PMD"
 * needs   = ["shared/thp_sizes"]
 */
static int thp_all_sizes(size_t sizes[MAX_SIZES])
{
	int nr = mthp_sizes(sizes);

	if (nr < MAX_SIZES && pmd_size())
		sizes[nr++] = pmd_size();
	return nr;
}
