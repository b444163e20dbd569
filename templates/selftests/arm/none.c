/* piece
 * name    = "none"
 * says    = "nothing happens to my mapping"
 */
static const struct arm arm_none = {
	.name = "none",
};
