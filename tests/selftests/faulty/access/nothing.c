/* piece
 * name    = "nothing"
 * says    = "a write that gets lost"
 */
static void nothing_access(struct testpage *p)
{
	(void)p;
}

static const struct access access_nothing = {
	.name = "nothing",
	.access = nothing_access,
};
