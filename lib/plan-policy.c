/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the policy makes of a request, block by block and device by device. Pure. */
#include "plan.h"

static bool from_policy(const struct memhp_plan *plan)
{
	return (plan->request.options.flags & MEMHP_REQUEST_FROM_POLICY) != 0;
}

enum memhp_zone_choice plan_zone(const struct memhp_plan *plan, const struct memhp_block *block)
{
	const struct policy_device *section;

	if (plan->request.zone_asked)
		return plan->request.zone;
	section = policy_section_of_block(&plan->policy, plan->before, block);
	return section != NULL && section->zone != MEMHP_ZONE_UNSET ? section->zone :
								      plan->policy.zone;
}

enum memhp_memmap_choice plan_memmap(const struct memhp_plan *plan,
				     const struct memhp_device *device)
{
	enum memhp_memmap_choice asked = plan->request.options.memmap_on_memory;
	const struct policy_device *section;

	if (asked != MEMHP_MEMMAP_UNSET)
		return asked;
	section = policy_section_of_device(&plan->policy, plan->before, device);
	return section != NULL && section->memmap_on_memory != MEMHP_MEMMAP_UNSET ?
		       section->memmap_on_memory :
		       plan->policy.memmap_on_memory;
}

const struct policy_device *plan_keeper(const struct memhp_plan *plan,
					const struct memhp_block *block)
{
	const struct policy_device *section =
		policy_section_of_block(&plan->policy, plan->before, block);

	return section != NULL && section->keep_offline ? section : NULL;
}

static bool wants(const struct policy_device *section)
{
	return section != NULL && section->online && !section->keep_offline;
}

bool plan_wants_device(const struct memhp_plan *plan, const struct memhp_device *device)
{
	return !from_policy(plan) ||
	       wants(policy_section_of_device(&plan->policy, plan->before, device));
}

bool plan_wants_block(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return !from_policy(plan) ||
	       wants(policy_section_of_block(&plan->policy, plan->before, block));
}
