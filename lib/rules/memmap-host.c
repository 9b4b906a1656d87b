/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memmap-host: what describes memory that was added later was taken from kernel zones of its node, or of
 * the nearest that has any, so from an earlier device that was online there; such pages never move. That
 * the kernel does not show. It is told where it follows: where nothing else on that node can hold them.
 */
#include <errno.h>

#include "../memmap.h"
#include "../rule.h"

/* Kernel-zone memory of one node, in pages. */
struct host {
	uint64_t used; /* before, by what cannot move */
	uint64_t all;
};

static struct host look_at_host(const struct memhp_snapshot *before, int node)
{
	struct host host = { 0 };
	size_t i;

	for (i = 0; i < before->block_count; i++) {
		if (memmap_can_lie_in(&before->blocks[i], node))
			host.all += snapshot_block_pages(before);
	}
	for (i = 0; i < before->zone_count; i++) {
		const struct memhp_zone *zone = &before->zones[i];

		if (zone->node == node && zone->zone < ZONE_MOVABLE)
			host.used += zone->managed -
				     MIN(zone->managed,
					 zone->free + zone->at_hand + zone->file + zone->programs);
	}
	return host;
}

/* Blocks of NODE that go while the later device is there; false: what stays can hold what describes it. */
static bool find_leaving(const struct memhp_plan *plan, uint16_t later, int node, uint64_t pages,
			 uint32_t *ret_first, uint32_t *ret_last)
{
	struct host host = look_at_host(plan->before, node);
	uint64_t remaining = host.all;
	size_t i;

	*ret_first = UINT32_MAX;
	*ret_last = 0;
	for (i = 0; i < plan->step_count; i++) {
		const struct memhp_step *step = &plan->steps[i];
		const struct memhp_block *block;

		if (step->kind == STEP_UNBIND && step->device == later)
			break;
		if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_OFFLINE)
			continue;
		block = snapshot_block(plan->before, step->block);
		if (block == NULL || !memmap_can_lie_in(block, node))
			continue;
		remaining -= MIN(remaining, snapshot_block_pages(plan->before));
		if (block->device >= later)
			continue;
		*ret_first = MIN(*ret_first, step->block);
		*ret_last = MAX(*ret_last, step->block);
	}
	return host.used >= pages && remaining < pages && *ret_first <= *ret_last;
}

/* Whether to name the later one too would do: it is then taken out for as long, if it is to move itself. */
static bool both_would_do(const struct memhp_plan *plan, uint16_t later)
{
	struct device_walk walk = { .device = later };
	const struct memhp_block *block;

	while ((block = device_block_next(plan->before, &walk)) != NULL) {
		if (memmap_can_lie_in(block, block->node))
			return plan->request.options.operation != MEMHP_OPERATION_OFFLINE;
	}
	return plan->request.options.operation == MEMHP_OPERATION_REMOVE;
}

static int add(const struct memhp_plan *plan, struct findings *findings, uint32_t first,
	       uint32_t last, uint16_t later, uint64_t pages)
{
	struct memhp_finding *finding = finding_add(findings, &rule_memmap_host);
	const char *name = snapshot_device_name(plan->before, later);

	if (finding == NULL)
		return -ENOMEM;
	finding_subject(finding, first, last);
	finding_measure(finding, pages * plan->before->machine.page_size, 0, "bytes");
	text_format(finding->message, sizeof(finding->message),
		    "it holds what describes %s, which was added later, and that never moves",
		    name);
	text_format(finding->remedy, sizeof(finding->remedy),
		    both_would_do(plan, later) ?
			    "remove %s first, or name both: it then goes in the order that works" :
			    "remove %s first; it can be onlined again afterwards",
		    name);
	return 0;
}

static int check_later(const struct memhp_plan *plan, struct findings *findings, uint16_t later)
{
	const struct memhp_device *device = &plan->before->devices[later];
	uint64_t pages = memmap_of_blocks(plan->before, later).pages;
	uint32_t first, last;
	int node;

	if (device->driver != DRIVER_KMEM || pages == 0)
		return 0;
	node = memmap_host(plan->before, later);
	if (node == NODE_NONE || !find_leaving(plan, later, node, pages, &first, &last))
		return 0;
	return add(plan, findings, first, last, later, pages);
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	uint16_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->before->device_count; i++)
		rc = check_later(plan, findings, i);
	return rc;
}

const struct rule rule_memmap_host = {
	.name = "memmap-host",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "the block holds the memmap of memory added later; that must be removed first",
	.check = check,
};
