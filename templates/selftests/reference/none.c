/* piece
 * name    = "none"
 * says    = "I hold no reference"
 */
static const struct reference reference_none = {
	.name = "none",
};
