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
	};
}
