/* piece
 * name    = "dead"
 * says    = "a child that dies before it has said anything"
 */
static void dead_live(struct testpage *p, int sock)
{
	(void)p;
	(void)sock;
	raise(SIGSEGV);
}

static void dead_make(struct testpage *p)
{
	start_peer(p, new_peer(p), dead_live);
}

static const struct other other_dead = {
	.name = "dead",
	.make = dead_make,
};
