/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which section of a policy is taken for a device or a block, and why another is not. Pure. */
#include "policy.h"

struct policy_subject policy_subject_of_device(const struct memhp_snapshot *snapshot,
					       const struct memhp_device *device)
{
	return (struct policy_subject){
		.snapshot = snapshot,
		.device = device,
		.node = device->target_node,
	};
}

struct policy_subject policy_subject_of_block(const struct memhp_snapshot *snapshot,
					      const struct memhp_block *block)
{
	uint64_t size = snapshot->machine.block_size, start = block->number * size;

	return (struct policy_subject){
		.snapshot = snapshot,
		.device = block->device != NO_DEVICE ? &snapshot->devices[block->device] : NULL,
		.is_block = true,
		.range = { start, start + (size - 1) },
		.node = block->node,
	};
}

const struct policy_match *policy_mismatch(const struct policy_device *section,
					   const struct policy_subject *subject)
{
	struct policy_subject held = *subject;
	size_t i;

	/* A block of which a part is to stay offline stays offline. */
	held.partly = section->keep_offline;
	for (i = 0; i < section->match_count; i++) {
		if (!section->matches[i].key->holds(&section->matches[i], &held))
			return &section->matches[i];
	}
	return NULL;
}

/* All that is known of DEVICE is as the section wants it, and something is not known. */
static bool may_hold(const struct policy_device *section, const struct policy_subject *subject)
{
	bool unsure = false;
	size_t i;

	for (i = 0; i < section->match_count; i++) {
		const struct match_key *key = section->matches[i].key;

		if ((key->needs & subject->device->unread) != 0)
			unsure = true;
		/* Of a range (no needs), a block may lie in it where the whole device does not. */
		else if (key->needs != 0 && !key->holds(&section->matches[i], subject))
			return false;
	}
	return unsure;
}

const struct policy_device *policy_unsure(const struct policy *policy,
					  const struct memhp_snapshot *snapshot,
					  const struct memhp_device *device)
{
	struct policy_subject subject = policy_subject_of_device(snapshot, device);
	size_t i;

	for (i = 0; device->unread != 0 && i < policy->device_count; i++) {
		if (may_hold(&policy->devices[i], &subject))
			return &policy->devices[i];
		if (policy_mismatch(&policy->devices[i], &subject) == NULL)
			return NULL;
	}
	return NULL;
}

static const struct policy_device *find_section(const struct policy *policy,
						const struct policy_subject *subject)
{
	size_t i;

	for (i = 0; i < policy->device_count; i++) {
		if (policy_mismatch(&policy->devices[i], subject) == NULL)
			return &policy->devices[i];
	}
	return NULL;
}

const struct policy_device *policy_section_of_device(const struct policy *policy,
						     const struct memhp_snapshot *snapshot,
						     const struct memhp_device *device)
{
	struct policy_subject subject = policy_subject_of_device(snapshot, device);

	return find_section(policy, &subject);
}

const struct policy_device *policy_section_of_block(const struct policy *policy,
						    const struct memhp_snapshot *snapshot,
						    const struct memhp_block *block)
{
	struct policy_subject subject;

	if (policy->device_count == 0)
		return NULL;
	subject = policy_subject_of_block(snapshot, block);
	return find_section(policy, &subject);
}
