/* piece
 * name    = "shared_tmpfs"
 * says    = "a shared mapping of a file on a tmpfs"
 * needs   = ["shared/shared_file"]
 * shared  = true
 * state   = { size = "small", anonymous = false, my_maps = 1 }
 * missing = "a tmpfs"
 */
static const char *shared_tmpfs_prepare(size_t unit)
{
	(void)unit;
	return directory(true) ? NULL : "a tmpfs";
}

static void shared_tmpfs_map(struct testpage *p)
{
	p->fd = open(directory(true), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	shared_map(p, base_page());
}

static const struct memory memory_shared_tmpfs = {
	.name = "shared-tmpfs",
	.prepare = shared_tmpfs_prepare,
	.map = shared_tmpfs_map,
	.check = shared_check,
};
