/* piece
 * name    = "parent_asked_ksm"
 * says    = "my parent shares the page, and has asked KSM to merge all that it has, and so all of mine"
 * needs   = ["shared/sharing", "shared/ksm_inherited"]
 * memory  = ["anon"]
 * state   = { other_maps = "+my_maps", other_swaps = "+my_swaps", exclusive = false }
 * missing = "CONFIG_KSM, PR_SET_MEMORY_MERGE (Linux v6.4)"
 */
static void parent_asked_ksm_make(struct testpage *p)
{
	ksm_ask(p, 1);
	turn_roles(p, NULL, memory_unchanged);
}

static void parent_asked_ksm_check(struct testpage *p)
{
	ksm_inherited_check(p);
	sharing_check(p);
}

static const struct other other_parent_asked_ksm = {
	.name = "parent-asked-ksm",
	.make = parent_asked_ksm_make,
	.check = parent_asked_ksm_check,
};
