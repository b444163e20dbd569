/* piece
 * says    = "the proof that KSM was asked by who started me"
 * needs   = ["shared/ksm_prctl"]
 */
static void ksm_inherited_check(struct testpage *p)
{
	if (prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) != 1)
		not_reached(p, "what KSM was asked is not inherited");
}
