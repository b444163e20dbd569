/* piece
 * says    = "the sizes of folio that this kernel has for anonymous memory"
 */
/* All that are smaller than a PMD: mTHP, Linux v6.8. */
static int mthp_sizes(size_t sizes[MAX_SIZES])
{
	int nr = huge_sizes(THP, pmd_size(), sizes), kept = 0;
	char file[128];

	/* Some sizes are for shmem only. */
	for (int i = 0; i < nr; i++) {
		snprintf(file, sizeof(file), THP "hugepages-%zukB/enabled", sizes[i] / 1024);
		if (!access(file, F_OK))
			sizes[kept++] = sizes[i];
	}
	return kept;
}
