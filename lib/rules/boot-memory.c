/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* boot-memory: memory that was there at boot, or may have been, would be offlined or removed. */
#include "../rule.h"

static bool is_boot(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_BOOT;
}

static bool may_be_boot(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_UNKNOWN;
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
	if (rc < 0)
		return rc;
	return findings_of_left_out(
		findings, &rule_boot_memory, &plan->left_out[LEFT_OUT_BOOT_MEMORY],
		"this was there at boot, or may have been", "say --boot-memory to take it too");
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
