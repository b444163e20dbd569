/* piece
 * name    = "swapped"
 * says    = "one small anonymous page, swapped out"
 * needs   = ["shared/anon", "shared/swap"]
 * state   = { size = "small", anonymous = true, my_swaps = 1, exclusive = true }
 * missing = "swap"
 */
static const char *swapped_prepare(size_t unit)
{
	(void)unit;
	return swap_prepare();
}

static void swapped_map(struct testpage *p)
{
	anon_map(p);
	swap_out(p);
}

static const struct memory memory_swapped = {
	.name = "swapped",
	.prepare = swapped_prepare,
	.map = swapped_map,
	.check = swap_check,
};
