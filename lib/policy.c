/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policy that holds where nobody has said otherwise. Pure. */
#include "policy.h"

void policy_default(struct policy *ret_policy)
{
	*ret_policy = (struct policy){
		.zone = MEMHP_ZONE_MOVABLE,
		.move = false,
		.memmap_on_memory = MEMHP_MEMMAP_AUTO,
		.on_error = MEMHP_ON_ERROR_ROLLBACK,
		.movable_ratio_warn = 30000,
		.movable_ratio_deny = 40000,
		.kernel_reserve = 500,
	};
}

uint64_t policy_reserve_bytes(const struct policy *policy, uint64_t kernel_bytes,
			      uint64_t page_size)
{
	unsigned __int128 bytes = policy->kernel_reserve;

	if (!policy->kernel_reserve_is_size)
		bytes = (bytes * kernel_bytes + 9999) / 10000;
	if (page_size > 0)
		bytes = (bytes + page_size - 1) / page_size * page_size;
	return bytes > UINT64_MAX ? UINT64_MAX : (uint64_t)bytes;
}
