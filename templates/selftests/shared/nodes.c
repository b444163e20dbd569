/* piece
 * says    = "NUMA nodes that pages can be moved between"
 */
#define MOVE	2	/* MPOL_MF_MOVE of linux/mempolicy.h */
#define NODES "/sys/devices/system/node/node"

static const char *nodes_prepare(void)
{
	return access(NODES "1", F_OK) ? "a second NUMA node" : NULL;
}
