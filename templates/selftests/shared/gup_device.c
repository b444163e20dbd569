/* piece
 * says    = "the kernel's gup_test device, which holds one pin at a time"
 */
#include <sys/ioctl.h>

#define GUP_TEST "/sys/kernel/debug/gup_test"

/* As mm/gup_test.h has them, since Linux v6.2. */
struct gup_longterm {
	__u64 addr;
	__u64 size;
	__u32 flags;
};

#define GUP_LONGTERM_START	_IOW('g', 7, struct gup_longterm)
#define GUP_LONGTERM_STOP	_IO('g', 8)
#define GUP_LONGTERM_READ	_IOW('g', 9, __u64)
#define GUP_WRITE		1
#define GUP_FAST		2

static const char *gup_prepare(void)
{
	return access(GUP_TEST, R_OK | W_OK) ? GUP_TEST " (CONFIG_GUP_TEST, debugfs)" : NULL;
}
