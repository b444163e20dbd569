/* piece
 * says    = "somebody else holds the page by a pipe only"
 * needs   = ["shared/pipe"]
 */
/* What is in the pipe is what the page was when it was put there. */
static bool pipe_unchanged(struct testpage *p)
{
	return pipe_sees(p, p->seed);
}

static void pipe_unmap(struct testpage *p)
{
	if (munmap(p->mem, p->size))
		not_reached(p, "munmap: %s", strerror(errno));
}

static void pipe_check(struct testpage *p)
{
	if (!(pagemap(p->mem) & (SEEN_PRESENT | SEEN_SWAPPED)))
		not_reached(p, "I have no page");
	if (ask(p, &p->peers[0], ASK_PAGEMAP) & (SEEN_PRESENT | SEEN_SWAPPED))
		not_reached(p, "the other process still maps the page");
}
