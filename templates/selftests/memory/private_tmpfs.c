/* piece
 * name    = "private_tmpfs"
 * says    = "a private mapping of a file on a tmpfs"
 * needs   = ["shared/private_file"]
 * state   = { size = "small", anonymous = false, my_maps = 1, other_maps = 1 }
 * missing = "a tmpfs"
 */
static const char *private_tmpfs_prepare(size_t unit)
{
	(void)unit;
	return directory(true) ? NULL : "a tmpfs";
}

static void private_tmpfs_map(struct testpage *p)
{
	p->fd = open(directory(true), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	private_map(p, base_page());
}

static const struct memory memory_private_tmpfs = {
	.name = "private-tmpfs",
	.prepare = private_tmpfs_prepare,
	.map = private_tmpfs_map,
	.check = private_check,
	.unchanged = private_unchanged,
};
