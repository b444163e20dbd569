/* piece
 * name    = "copying"
 * says    = "a write that gets me another page: as on a kernel that always copies"
 */
static void copying_access(struct testpage *p)
{
	char *copy = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	fill(copy, p->size, MINE);
	mremap(copy, p->size, p->size, MREMAP_MAYMOVE | MREMAP_FIXED, p->mem);
}

static const struct access access_copying = {
	.name = "copying",
	.access = copying_access,
};
