/* piece
 * name    = "private_file"
 * says    = "a private mapping of a file on a disk"
 * needs   = ["shared/private_file"]
 * state   = { size = "small", anonymous = false, my_maps = 1, other_maps = 1 }
 * missing = "a file system that is not in memory"
 */
static const char *private_file_prepare(size_t unit)
{
	(void)unit;
	return directory(false) ? NULL : "a file system that is not in memory";
}

static void private_file_map(struct testpage *p)
{
	p->fd = open(directory(false), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	private_map(p, base_page());
}

static const struct memory memory_private_file = {
	.name = "private-file",
	.prepare = private_file_prepare,
	.map = private_file_map,
	.check = private_check,
	.unchanged = private_unchanged,
};
