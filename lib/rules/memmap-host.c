/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memmap-host: what describes memory that was added later was taken from kernel zones of its node, or of
 * the nearest that has any, so from an earlier device that was online there; such pages never move. That
 * the kernel does not show. It is told where it follows: where nothing else on that node can hold them.
 */
#include <errno.h>

#include "../memmap.h"
#include "../rule.h"

/* What of NODE's kernel-zone memory is used by what cannot move, in pages. */
static uint64_t used_pages(const struct memhp_snapshot *before, int node)
{
	uint64_t used = 0;
	size_t i;

	for (i = 0; i < before->zone_count; i++) {
		const struct memhp_zone *zone = &before->zones[i];

		if (zone->node == node && zone->zone < ZONE_MOVABLE)
			used += zone->managed -
				MIN(zone->managed,
				    zone->free + zone->at_hand + zone->file + zone->programs);
	}
	return used;
}

/* Blocks in kernel zones of one node: those that go while the later device is there, and what stays. */
struct leaving {
	uint32_t first, last;
	uint64_t staying; /* pages */
	uint64_t
		staying_earlier; /* ... of devices before it: its own came after what describes it */
};

static struct leaving look_at(const struct memhp_snapshot *before, int node, uint16_t later)
{
	struct leaving leaving = { .first = UINT32_MAX };
	size_t i;

	for (i = 0; i < before->block_count; i++) {
		if (!memmap_can_lie_in(&before->blocks[i], node))
			continue;
		leaving.staying += snapshot_block_pages(before);
		if (before->blocks[i].device < later)
			leaving.staying_earlier += snapshot_block_pages(before);
	}
	return leaving;
}

static struct leaving find_leaving(const struct memhp_plan *plan, int node, uint16_t later)
{
	struct leaving leaving = look_at(plan->before, node, later);
	uint64_t pages = snapshot_block_pages(plan->before);
	size_t i;

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
		leaving.staying -= MIN(leaving.staying, pages);
		if (block->device >= later)
			continue;
		leaving.staying_earlier -= MIN(leaving.staying_earlier, pages);
		leaving.first = MIN(leaving.first, step->block);
		leaving.last = MAX(leaving.last, step->block);
	}
	return leaving;
}

/* Certain where nothing that stays can hold what is used; where the later one's own blocks could, likely. */
static enum memhp_severity judge(const struct leaving *leaving, uint64_t used, uint64_t pages)
{
	if (used < pages || leaving->first > leaving->last || leaving->staying_earlier >= pages)
		return MEMHP_SEVERITY_OFF;
	return leaving->staying < pages ? MEMHP_SEVERITY_DENY : MEMHP_SEVERITY_WARN;
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

static int add(const struct memhp_plan *plan, struct findings *findings,
	       const struct leaving *leaving, uint16_t later, uint64_t pages,
	       enum memhp_severity severity)
{
	struct memhp_finding *finding = finding_add(findings, &rule_memmap_host);
	const char *name = snapshot_device_name(plan->before, later);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = severity;
	finding_subject(finding, leaving->first, leaving->last);
	finding_measure(finding, pages * plan->before->machine.page_size, 0, "bytes");
	text_format(
		finding->message, sizeof(finding->message),
		severity == MEMHP_SEVERITY_DENY ?
			"it holds what describes %s, which was added later, and that never moves" :
			"it seems to hold what describes %s, which was added later: that never "
			"moves",
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
	enum memhp_severity severity;
	struct leaving leaving;
	int node;

	if (device->driver != DRIVER_KMEM || pages == 0)
		return 0;
	node = memmap_host(plan->before, later);
	if (node == NODE_NONE)
		return 0;
	leaving = find_leaving(plan, node, later);
	severity = judge(&leaving, used_pages(plan->before, node), pages);
	return severity != MEMHP_SEVERITY_OFF ?
		       add(plan, findings, &leaving, later, pages, severity) :
		       0;
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
	.summary = "the block holds, or may hold, the memmap of memory added later; that must be "
		   "removed first",
	.check = check,
};
