/* piece
 * name    = "child_exits_lru"
 * says    = "a child shared the page and is gone; the page is in an LRU batch of this CPU"
 * needs   = ["shared/lru_batch"]
 * memory  = ["anon"]
 * state   = { lru_refs = "local", exclusive = false }
 * missing = "a second CPU"
 */
static void child_exits_lru_make(struct testpage *p)
{
	lru_make(p, 0);
}

static const struct other other_child_exits_lru = {
	.name = "child-exits-lru",
	.make = child_exits_lru_make,
	.check = lru_check,
};
