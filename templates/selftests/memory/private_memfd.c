/* piece
 * name    = "private_memfd"
 * says    = "a private mapping of a memfd"
 * needs   = ["shared/private_file"]
 * state   = { size = "small", anonymous = false, my_maps = 1, other_maps = 1 }
 */
static void private_memfd_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC);
	private_map(p, base_page());
}

static const struct memory memory_private_memfd = {
	.name = "private-memfd",
	.map = private_memfd_map,
	.check = private_check,
	.unchanged = private_unchanged,
};
