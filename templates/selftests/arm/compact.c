/* piece
 * name    = "compact"
 * says    = "memory is compacted, and that moves the page"
 * missing = "CONFIG_COMPACTION"
 * through = ["migrate_pages"]
 * untold  = "migration empties the LRU batches, and may split what it moves"
 */
#define COMPACT "/proc/sys/vm/compact_memory"

static const char *compact_prepare(void)
{
	return access(COMPACT, W_OK) ? "CONFIG_COMPACTION, or the right to compact" : NULL;
}

static void compact_arm(struct testpage *p)
{
	p->frame = frame(p->mem);
	write_text(COMPACT, "1");
}

static void compact_check(struct testpage *p)
{
	if (!p->frame || frame(p->mem) == p->frame)
		not_reached(p, "the page is where it was, or that is not to be seen");
}

static const struct arm arm_compact = {
	.name = "compact",
	.prepare = compact_prepare,
	.arm = compact_arm,
	.check = compact_check,
};
