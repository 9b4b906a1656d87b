/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where kernel blocks are best, of those that --zone balanced has to choose from: near what is in kernel
 * zones already. Decides nothing about how many. Pure.
 */
#include "balance.h"

static struct anchor *anchor_of(struct balancer *balancer, int16_t node)
{
	size_t i;

	for (i = 0; i < balancer->anchor_count; i++) {
		if (balancer->anchors[i].node == node)
			return &balancer->anchors[i];
	}
	if (array_reserve(&balancer->anchors, balancer->anchor_count, &balancer->anchor_capacity,
			  sizeof(*balancer->anchors)) < 0)
		return NULL;
	balancer->anchors[balancer->anchor_count] =
		(struct anchor){ .node = node, .lowest = UINT32_MAX };
	return &balancer->anchors[balancer->anchor_count++];
}

static int extend_anchor(struct balancer *balancer, int16_t node, uint32_t number)
{
	struct anchor *anchor = anchor_of(balancer, node);

	if (anchor == NULL)
		return error_memory(balancer->planner->error);
	anchor->first = anchor->any ? MIN(anchor->first, number) : number;
	anchor->last = anchor->any ? MAX(anchor->last, number) : number;
	anchor->any = true;
	return 0;
}

static bool holds_kernel_memory(const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_ONLINE && (block->zones & ZONE_BIT(ZONE_MOVABLE)) == 0 &&
	       (block->zones & (ZONES_KERNEL | ZONE_SPANS)) != 0;
}

/* Kernel-zone blocks that are not to choose from. Both arrays ascend. */
static int find_anchors(struct balancer *balancer)
{
	const struct memhp_snapshot *snapshot = snapshot_of(balancer);
	const struct planner *planner = balancer->planner;
	size_t i, j = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		while (j < planner->balanced_count && planner->balanced[j].number < block->number)
			j++;
		if (j < planner->balanced_count && planner->balanced[j].number == block->number)
			continue;
		if (holds_kernel_memory(block))
			rc = extend_anchor(balancer, block->node, block->number);
	}
	for (j = 0; rc == 0 && j < planner->balanced_count; j++) {
		struct anchor *anchor = anchor_of(balancer, planner->balanced[j].node);

		if (anchor == NULL)
			return error_memory(planner->error);
		anchor->lowest = MIN(anchor->lowest, planner->balanced[j].number);
	}
	return rc;
}

static uint32_t distance_from(const struct anchor *anchor, uint32_t number)
{
	if (!anchor->any)
		return 0;
	if (number < anchor->first)
		return anchor->first - number;
	return number > anchor->last ? number - anchor->last : 0;
}

/* Of the blocks whose cost is COST, or is not. */
static int rank(struct balancer *balancer, enum cost cost, bool is)
{
	struct planner *planner = balancer->planner;
	size_t i;

	for (i = 0; i < planner->balanced_count; i++) {
		struct balanced *item = &planner->balanced[i];
		const struct anchor *anchor;

		if ((item->cost == cost) != is)
			continue;
		anchor = anchor_of(balancer, item->node);
		if (anchor == NULL)
			return error_memory(planner->error);
		item->distance = distance_from(anchor, item->number);
		item->node_rank = anchor->any ? 0 : 1 + MIN(anchor->lowest, UINT32_MAX - 1);
	}
	return 0;
}

/*
 * Near what is in kernel zones already, so that zones stay in one piece (or, on a node without any, the
 * lowest): first of the blocks that are there, then of all others, which are near those as well.
 */
int balance_place(struct balancer *balancer)
{
	struct planner *planner = balancer->planner;
	size_t i;
	int rc = find_anchors(balancer);

	if (rc == 0)
		rc = rank(balancer, COST_NOTHING, true);
	for (i = 0; rc == 0 && i < planner->balanced_count; i++) {
		const struct balanced *item = &planner->balanced[i];

		if (item->cost == COST_NOTHING || (item->cost == COST_SETTLED && item->kernel))
			rc = extend_anchor(balancer, item->node, item->number);
	}
	return rc == 0 ? rank(balancer, COST_NOTHING, false) : rc;
}
