/* piece
 * name    = "ksm"
 * says    = "a small anonymous page that KSM has merged with another one of mine"
 * needs   = ["shared/ksm", "shared/ksm_offer"]
 * state   = { size = "small", anonymous = true, my_maps = 1, other_maps = 1, ksm = true }
 * missing = "CONFIG_KSM"
 */
static const char *ksm_memory_prepare(size_t unit)
{
	(void)unit;
	return ksm_prepare();
}

static void ksm_map(struct testpage *p)
{
	anon_map(p);
	ksm_offer(p);
	ksm_wait();
}

static const struct memory memory_ksm = {
	.name = "ksm",
	.prepare = ksm_memory_prepare,
	.map = ksm_map,
	.check = ksm_check,
	.unchanged = ksm_unchanged,
};
