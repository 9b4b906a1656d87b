/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hwpoison: a block with poisoned pages goes offline and does not come back: the kernel answers
 * EHWPOISON (drivers/base/memory.c:memory_block_online, 6.12 and 7.2). Which block that is, page flags
 * would say; without them it is known by node, on kernels that count so.
 */
#include <errno.h>

#include "../rule.h"

static bool is_on_node(const struct memhp_plan *plan, const struct memhp_step *step, int node)
{
	const struct memhp_block *block;

	if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_OFFLINE)
		return false;
	block = snapshot_block(plan->before, step->block);
	return block != NULL && block->node == node;
}

static int add(struct findings *findings, const struct memhp_node *node, uint32_t first,
	       uint32_t last)
{
	struct memhp_finding *finding = finding_add(findings, &rule_hwpoison);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_WARN;
	finding_subject(finding, first, last);
	finding_measure(finding, (uint64_t)node->poisoned_pages, 0, "pages");
	text_format(finding->message, sizeof(finding->message),
		    "node %d has poisoned pages, and a block that holds one does not come online "
		    "again",
		    node->id);
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "leave online what need not go offline");
	return 0;
}

static int check_node(const struct memhp_plan *plan, struct findings *findings,
		      const struct memhp_node *node)
{
	uint32_t first = UINT32_MAX, last = 0;
	bool any = false;
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (!is_on_node(plan, &plan->steps[i], node->id))
			continue;
		first = MIN(first, plan->steps[i].block);
		last = MAX(last, plan->steps[i].block);
		any = true;
	}
	return any ? add(findings, node, first, last) : 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->before->node_count; i++) {
		if (plan->before->nodes[i].poisoned_pages > 0)
			rc = check_node(plan, findings, &plan->before->nodes[i]);
	}
	return rc;
}

const struct rule rule_hwpoison = {
	.name = "hwpoison",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations =
		OPERATION_BIT(MEMHP_OPERATION_ONLINE) | OPERATION_BIT(MEMHP_OPERATION_OFFLINE),
	.summary = "poisoned pages: the block will not come back online",
	.check = check,
};
