/* piece
 * name    = "r1"
 * says    = "what others see of the page is what it was before my access"
 * needs   = ["shared/views"]
 */
static void r1_observe(struct testpage *p)
{
	if (!holds(p->mem, p->size, MINE))
		fail(p, "what I wrote is lost");
	if (!check_views(p))
		not_reached(p, "nobody else sees the page");
}

static const struct observe observe_r1 = {
	.name = "R1",
	.observe = r1_observe,
};
