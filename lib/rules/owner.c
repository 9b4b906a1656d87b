/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * owner: virtio_mem plugs and unplugs its blocks by itself; whoever takes them offline makes it
 * retry for ever, or stop plugging (drivers/virtio/virtio_mem.c).
 */
#include "../rule.h"

#define REMEDY "change requested-size of the virtio-mem device in the hypervisor instead"

static bool is_virtio_mem(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_VIRTIO_MEM;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	int rc = findings_of_offlined(plan, findings, &rule_owner, is_virtio_mem,
				      "virtio_mem manages this memory", REMEDY);

	if (rc < 0)
		return rc;
	return findings_of_left_out(findings, &rule_owner, &plan->left_out[LEFT_OUT_OWNER],
				    "virtio_mem manages this memory", REMEDY);
}

const struct rule rule_owner = {
	.name = "owner",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "another driver manages the block (virtio_mem)",
	.check = check,
};
