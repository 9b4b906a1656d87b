/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* boot-memory: memory that was there at boot, or may have been, would be offlined or removed. */
#include <errno.h>

#include "../rule.h"

static bool is_boot(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_BOOT;
}

static bool may_be_boot(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_UNKNOWN;
}

/* A set named as a whole left some out: that is told, and denies nothing. */
static int tell_left_out(const struct memhp_plan *plan, struct findings *findings)
{
	const struct left_out *left_out = &plan->left_out[LEFT_OUT_BOOT_MEMORY];
	struct memhp_finding *finding;

	if (left_out->block_count == 0)
		return 0;
	finding = finding_add(findings, &rule_boot_memory);
	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	finding_subject(finding, left_out->first, left_out->last);
	finding_measure(finding, left_out->block_count, 0, "blocks");
	text_copy(finding->message, sizeof(finding->message),
		  "left out: this was there at boot, or may have been");
	text_copy(finding->remedy, sizeof(finding->remedy), "say --boot-memory to take it too");
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	int rc;

	rc = findings_of_offlined(plan, findings, &rule_boot_memory, is_boot,
				  "this memory was there at boot; the kernel lives in it",
				  "leave it online, or say --boot-memory if you are sure");
	if (rc == 0)
		rc = findings_of_offlined(plan, findings, &rule_boot_memory, may_be_boot,
					  "it cannot be told whether this memory was there at boot",
					  "run as root so that /proc/iomem can be read, or say "
					  "--boot-memory if you are sure");
	return rc == 0 ? tell_left_out(plan, findings) : rc;
}

const struct rule rule_boot_memory = {
	.name = "boot-memory",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_BY_BOOT_MEMORY,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "boot memory would be offlined or removed",
	.check = check,
};
