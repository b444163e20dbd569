/* piece
 * name    = "shared_file"
 * says    = "a shared mapping of a file on a disk"
 * needs   = ["shared/shared_file"]
 * shared  = true
 * state   = { size = "small", anonymous = false, my_maps = 1 }
 * missing = "a file system that is not in memory"
 */
static const char *shared_file_prepare(size_t unit)
{
	(void)unit;
	return directory(false) ? NULL : "a file system that is not in memory";
}

static void shared_file_map(struct testpage *p)
{
	p->fd = open(directory(false), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	shared_map(p, base_page());
}

static const struct memory memory_shared_file = {
	.name = "shared-file",
	.prepare = shared_file_prepare,
	.map = shared_file_map,
	.check = shared_check,
	.refuses_longterm = true,
};
