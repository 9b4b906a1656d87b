/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * owner: virtio_mem plugs and unplugs its blocks by itself; whoever takes them offline makes it
 * retry for ever, or stop plugging (drivers/virtio/virtio_mem.c).
 */
#include <errno.h>

#include "../rule.h"

#define REMEDY "change requested-size of the virtio-mem device in the hypervisor instead"

static bool is_virtio_mem(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_VIRTIO_MEM;
}

static int tell_left_out(const struct memhp_plan *plan, struct findings *findings)
{
	const struct left_out *left_out = &plan->left_out[LEFT_OUT_OWNER];
	struct memhp_finding *finding;

	if (left_out->block_count == 0)
		return 0;
	finding = finding_add(findings, &rule_owner);
	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	finding_subject(finding, left_out->first, left_out->last);
	finding_measure(finding, left_out->block_count, 0, "blocks");
	text_copy(finding->message, sizeof(finding->message),
		  "left out: virtio_mem manages this memory");
	text_copy(finding->remedy, sizeof(finding->remedy), REMEDY);
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	int rc = findings_of_offlined(plan, findings, &rule_owner, is_virtio_mem,
				      "virtio_mem manages this memory", REMEDY);

	return rc == 0 ? tell_left_out(plan, findings) : rc;
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
