/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two files behind --zone balanced share: the blocks to choose from. */
#ifndef MEMHP_BALANCE_H
#define MEMHP_BALANCE_H

#include "planner.h"

typedef unsigned __int128 wide;

/* What it takes for a block to be in a kernel zone, the least first. */
enum cost {
	COST_NOTHING, /* it is there already */
	COST_ONLINE,
	COST_MOVE,
	COST_SETTLED, /* the kernel offers it nothing else: not for us to choose */
};

struct balanced {
	uint32_t number;
	int16_t node;
	uint8_t cost;
	bool kernel;	    /* what was chosen */
	uint32_t usable;    /* pages, without what describes them if that is in the block */
	uint32_t distance;  /* in blocks, from what its node has in kernel zones otherwise */
	uint32_t node_rank; /* nodes that have kernel zones first, then the lowest */
};

/* The kernel-zone blocks of one node that stay, whatever is chosen. */
struct anchor {
	int16_t node;
	bool any;
	uint32_t first, last;
	uint32_t lowest; /* of the blocks to choose from */
};

/* Pages as they will be, the blocks to choose from not counted. */
struct weights {
	wide kernel;
	wide movable;
};

struct balancer {
	struct planner *planner;
	struct weights rest;
	size_t left; /* blocks that --size still lets in */
	struct anchor *anchors;
	size_t anchor_count;
	size_t anchor_capacity;
};

static inline const struct memhp_snapshot *snapshot_of(const struct balancer *balancer)
{
	return balancer->planner->plan->predicted;
}

/* plan-balance.c: whether memory that is added by this plan will describe itself. */
bool balanced_describes_itself(const struct planner *planner, const struct memhp_device *device);

/* plan-balance-place.c: how well each block is placed; they ascend by number. */
int balance_place(struct balancer *balancer);

#endif
