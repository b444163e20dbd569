/* piece
 * name    = "anon"
 * says    = "one small anonymous page, written once"
 * needs   = ["shared/anon"]
 * state   = { size = "small", anonymous = true, my_maps = 1, exclusive = true }
 */
static void anon_check(struct testpage *p)
{
	__u64 entry = pagemap(p->mem), flags = page_flags(p->mem);

	if (!(entry & SEEN_PRESENT) || entry & SEEN_FILE)
		not_reached(p, "no anonymous page is mapped");
	if (flags && (flags & (FLAG_ANON | FLAG_THP)) != FLAG_ANON)
		not_reached(p, "the page is not a small anonymous one");
}

static const struct memory memory_anon = {
	.name = "anon",
	.map = anon_map,
	.check = anon_check,
};
