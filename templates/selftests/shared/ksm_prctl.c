/* piece
 * says    = "KSM asked to merge all that a process has"
 */
#include <sys/prctl.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE	67
#define PR_GET_MEMORY_MERGE	68
#endif

static void ksm_ask(struct testpage *p, int whether)
{
	if (prctl(PR_SET_MEMORY_MERGE, whether, 0, 0, 0))
		skip(p, "missing: PR_SET_MEMORY_MERGE (Linux v6.4): %s", strerror(errno));
	if (prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) != whether)
		not_reached(p, "PR_SET_MEMORY_MERGE has no effect");
}
