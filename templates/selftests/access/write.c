/* piece
 * name    = "write"
 * says    = "I write to the page"
 */
static void write_access(struct testpage *p)
{
	fill(p->mem, p->size, MINE);
}

static const struct access access_write = {
	.name = "write",
	.access = write_access,
};
