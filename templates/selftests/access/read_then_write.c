/* piece
 * name    = "read_then_write"
 * says    = "I read the page, then write to it"
 */
static void read_then_write_access(struct testpage *p)
{
	touch(p->mem, p->size);
	fill(p->mem, p->size, MINE);
}

static const struct access access_read_then_write = {
	.name = "read-then-write",
	.access = read_then_write_access,
};
