/* piece
 * name    = "shared_memfd"
 * says    = "a shared mapping of a memfd"
 * needs   = ["shared/shared_file"]
 * shared  = true
 * state   = { size = "small", anonymous = false, my_maps = 1 }
 */
static void shared_memfd_map(struct testpage *p)
{
	p->fd = memfd_create("test", MFD_CLOEXEC);
	shared_map(p, base_page());
}

static const struct memory memory_shared_memfd = {
	.name = "shared-memfd",
	.map = shared_memfd_map,
	.check = shared_check,
};
