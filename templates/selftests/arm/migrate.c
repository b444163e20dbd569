/* piece
 * name    = "migrate"
 * says    = "the page is moved to another NUMA node"
 * needs   = ["shared/nodes"]
 * missing = "a second NUMA node"
 * through = ["sys_move_pages"]
 * untold  = "migration empties the LRU batches, and may split what it moves"
 */
/* A huge page moves as a whole, or not at all: a call for each part of it takes seconds. */
static bool migrate_asks(struct testpage *p, size_t at)
{
	return !at || !(page_flags(p->mem + at) & FLAG_TAIL);
}

static bool migrate_node_is_there(int node)
{
	char name[sizeof(NODES) + 12];

	snprintf(name, sizeof(name), NODES "%d", node);
	return !access(name, F_OK);
}

static void migrate_arm(struct testpage *p)
{
	p->frame = frame(p->mem);
	for (int node = 0; migrate_node_is_there(node) && frame(p->mem) == p->frame; node++)
		for (size_t at = 0; at < p->size; at += p->page) {
			void *page = p->mem + at;
			int status;

			if (migrate_asks(p, at))
				syscall(__NR_move_pages, 0, 1UL, &page, &node, &status, MOVE);
		}
}

static void migrate_check(struct testpage *p)
{
	if (!p->frame || frame(p->mem) == p->frame)
		not_reached(p, "the page is where it was, or that is not to be seen");
}

static const struct arm arm_migrate = {
	.name = "migrate",
	.prepare = nodes_prepare,
	.arm = migrate_arm,
	.check = migrate_check,
};
