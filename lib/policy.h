/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The policy in force, as plain data. policy-file.c reads it from files, policy.c gives defaults and
 * finds the section of a device.
 */
#ifndef MEMHP_POLICY_H
#define MEMHP_POLICY_H

#include <memhp/libmemhp.h>

struct policy {
	enum memhp_zone_choice zone;
	bool move;
	enum memhp_memmap_choice memmap_on_memory;
	enum memhp_on_error on_error;
	/* MOVABLE to kernel memory, in hundredths of a percent: 3.5 is 35000. At the limit is within. */
	uint64_t movable_ratio_warn;
	uint64_t movable_ratio_deny;
	bool kernel_reserve_is_size;
	uint64_t kernel_reserve;		/* bytes, or hundredths of a percent of kernel memory */
};

/* policy_default - what holds where no file says otherwise. */
void policy_default(struct policy *ret_policy);
/* policy_reserve_bytes - the reserve of KERNEL_BYTES of managed memory, rounded up to a page. */
uint64_t policy_reserve_bytes(const struct policy *policy, uint64_t kernel_bytes, uint64_t page_size);

#endif
