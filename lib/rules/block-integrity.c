/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * block-integrity: the kernel refuses to offline a block that spans nodes or zones, that has holes,
 * or that shares a section with persistent memory (mm/memory_hotplug.c:offline_pages).
 */
#include "../rule.h"

static bool spans_zones(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return (block->zones & ZONE_SPANS) != 0;
}

static bool spans_nodes(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return !spans_zones(plan, block) && block->nodes != 0;
}

static bool has_holes(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return !spans_zones(plan, block) && block->nodes == 0 &&
	       (block->flags & (BLOCK_HOLES | BLOCK_SHARES_PMEM)) == BLOCK_HOLES;
}

static bool shares_pmem(const struct memhp_plan *plan, const struct memhp_block *block)
{
	return !spans_zones(plan, block) && block->nodes == 0 &&
	       (block->flags & BLOCK_SHARES_PMEM) != 0;
}

static const struct {
	block_matches_fn matches;
	const char *why;
} causes[] = {
	{ spans_zones, "this memory spans several zones, so the kernel never offlines it" },
	{ spans_nodes, "this memory lies on several nodes, so the kernel never offlines it" },
	{ has_holes, "this memory has holes, so the kernel never offlines it" },
	{ shares_pmem, "this memory shares a section with persistent memory" },
};

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAY_SIZE(causes); i++)
		rc = findings_of_offlined(plan, findings, &rule_block_integrity, causes[i].matches,
					  causes[i].why, "leave it online");
	return rc;
}

const struct rule rule_block_integrity = {
	.name = "block-integrity",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "a block spans nodes or zones, has holes, or shares a section with persistent "
		   "memory",
	.check = check,
};
