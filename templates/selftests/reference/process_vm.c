/* piece
 * name    = "process_vm"
 * says    = "process_vm_readv() has pinned the page for a moment (FOLL_PIN, read only)"
 * state   = { my_maps = "+my_swaps", my_swaps = 0 }
 * through = ["pin_user_pages_remote"]
 */
#include <sys/uio.h>

static void process_vm_take(struct testpage *p)
{
	char stripe[STRIPE];

	for (int i = 0; i < nr_samples(p); i++) {
		struct iovec to = { stripe, STRIPE };
		struct iovec from = { p->mem + sample(p, i) * base_page(), STRIPE };

		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != STRIPE)
			skip(p, "missing: process_vm_readv: %s", strerror(errno));
		if (!holds_one(stripe, p->seed, sample(p, i)))
			not_reached(p, "process_vm_readv does not read the page");
	}
}

static const struct reference reference_process_vm = {
	.name = "process-vm",
	.take = process_vm_take,
};
