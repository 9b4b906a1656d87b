/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gigantic-pages: 1 GiB pages are in use here, and cannot form in what goes to Movable (but for kernels
 * with vm.movable_gigantic_pages, 7.2) or describes itself block by block; or stand in the way of what
 * goes offline. Of a machine without such pages nothing is said.
 */
#include <errno.h>

#include "../memmap.h"
#include "../rule.h"

#define GIGANTIC (UINT64_C(1) << 30)

static uint64_t pool(const struct memhp_snapshot *snapshot)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < snapshot->node_count; i++) {
		if (snapshot->nodes[i].gigantic_pages > 0)
			pages += (uint64_t)snapshot->nodes[i].gigantic_pages;
	}
	return pages;
}

static const char *why_not(const struct memhp_plan *plan, const struct memhp_block *block)
{
	if (memmap_describes_itself(plan->predicted, block) &&
	    plan->before->machine.block_size < 2 * GIGANTIC)
		return "1 GiB pages cannot form in memory that describes itself block by block";
	if (block->zones == ZONE_BIT(ZONE_MOVABLE) &&
	    plan->before->machine.movable_gigantic != TRI_YES)
		return "1 GiB pages cannot form in Movable";
	return NULL;
}

/* What stands in the way of a block that goes offline: those of its node, wherever they are there. */
static const char *why_in_the_way(const struct memhp_plan *plan, const struct memhp_block *block)
{
	const struct memhp_node *node = snapshot_node(plan->before, block->node);

	if (node == NULL || node->gigantic_pages <= 0)
		return NULL;
	return "its node has 1 GiB pages: what of them lies here must find its like elsewhere";
}

static const char *why_of(const struct memhp_plan *plan, const struct memhp_step *step)
{
	const struct memhp_block *block;

	if (step->kind != STEP_BLOCK)
		return NULL;
	block = snapshot_block(step->to == MEMHP_STATE_ONLINE ? plan->predicted : plan->before,
			       step->block);
	if (block == NULL)
		return NULL;
	return step->to == MEMHP_STATE_ONLINE ? why_not(plan, block) : why_in_the_way(plan, block);
}

static int add(struct findings *findings, uint32_t first, uint32_t last, uint64_t pages,
	       const char *why)
{
	struct memhp_finding *finding = finding_add(findings, &rule_gigantic_pages);

	if (finding == NULL)
		return -ENOMEM;
	finding_subject(finding, MIN(first, last), MAX(first, last));
	finding_measure(finding, pages, 0, "pages");
	text_copy(finding->message, sizeof(finding->message), why);
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "keep 1 GiB pages in kernel zones of memory that stays");
	return 0;
}

/* One finding for each run of blocks that go the same way. */
static int check(const struct memhp_plan *plan, struct findings *findings)
{
	uint64_t pages = pool(plan->before);
	const char *open = NULL;
	uint32_t first = 0, last = 0;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && pages > 0 && i < plan->step_count; i++) {
		const char *why = why_of(plan, &plan->steps[i]);
		uint32_t number = plan->steps[i].block;

		if (open != NULL && why == open && (number == last + 1 || number + 1 == last)) {
			last = number;
			continue;
		}
		if (open != NULL)
			rc = add(findings, first, last, pages, open);
		open = why;
		first = last = number;
	}
	return rc == 0 && open != NULL ? add(findings, first, last, pages, open) : rc;
}

const struct rule rule_gigantic_pages = {
	.name = "gigantic-pages",
	.severity = MEMHP_SEVERITY_INFO,
	.forceable = FORCE_NOT_APPLICABLE,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "1 GiB pages cannot form in the block, or stand in the way",
	.check = check,
};
