/* piece
 * name    = "leaky_file"
 * says    = "a mapping of a file that should be private and is not"
 * needs   = ["shared/private_file"]
 */
static void leaky_file_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC);
	private_map(p, base_page());
	p->mem = p->partner;
}

static const struct memory memory_leaky_file = {
	.name = "leaky-file",
	.map = leaky_file_map,
	.check = private_check,
	.unchanged = private_unchanged,
};
