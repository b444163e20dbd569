/* piece
 * name    = "alone"
 * says    = "nobody else has the page"
 */
static const struct other other_alone = {
	.name = "alone",
};
