/* piece
 * name    = "still_writable"
 * says    = "says that it write-protects the mapping, and does nothing"
 */
static void still_writable_check(struct testpage *p)
{
	if (may_write(p->mem))
		not_reached(p, "the mapping is still writable");
}

static const struct arm arm_still_writable = {
	.name = "still-writable",
	.check = still_writable_check,
};
