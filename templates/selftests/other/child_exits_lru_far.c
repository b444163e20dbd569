/* piece
 * name    = "child_exits_lru_far"
 * says    = "a child shared the page and is gone; the page is in an LRU batch of another CPU"
 * needs   = ["shared/lru_batch"]
 * memory  = ["anon"]
 * state   = { lru_refs = "remote", exclusive = false }
 * missing = "a second CPU"
 */
static void child_exits_lru_far_make(struct testpage *p)
{
	lru_make(p, 1);
}

static const struct other other_child_exits_lru_far = {
	.name = "child-exits-lru-far",
	.make = child_exits_lru_far_make,
	.check = lru_check,
};
