/* piece
 * name    = "swap_cache"
 * says    = "one small anonymous page, swapped out and read back: still in the swap cache"
 * needs   = ["shared/anon", "shared/swap"]
 * state   = { size = "small", anonymous = true, my_maps = 1, swap_cache = true, exclusive = true }
 * missing = "swap"
 */
static const char *swap_cache_prepare(size_t unit)
{
	(void)unit;
	return swap_prepare();
}

static void swap_cache_map(struct testpage *p)
{
	anon_map(p);
	swap_out(p);
	swap_check(p);
	touch(p->mem, p->size);
}

static void swap_cache_check(struct testpage *p)
{
	if (!(page_flags(p->mem) & FLAG_SWAPCACHE))
		not_reached(p, "not in the swap cache any more, or not to be seen");
}

static const struct memory memory_swap_cache = {
	.name = "swap-cache",
	.prepare = swap_cache_prepare,
	.map = swap_cache_map,
	.check = swap_cache_check,
};
