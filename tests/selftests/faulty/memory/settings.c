/* piece
 * name    = "settings"
 * says    = "a page for which the machine is changed: KSM runs, swap is on, huge pages are there"
 * needs   = ["shared/anon"]
 */
static const char *settings_prepare(size_t unit)
{
	size_t sizes[MAX_SIZES];

	(void)unit;
	set_number("/proc/sys/vm/stat_interval", 7);
	ksm_runs();
	swap_ready();
	if (huge_sizes(HUGETLB, 0, sizes))
		hugetlb_free(sizes[0], 2);
	return NULL;
}

static const struct memory memory_settings = {
	.name = "settings",
	.prepare = settings_prepare,
	.map = anon_map,
};
