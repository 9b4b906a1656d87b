/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * --zone balanced: the fewest blocks in kernel zones that keep the policy's ratio of Movable to kernel
 * memory, and which blocks these are. Chosen before the first step, from what the zones will hold once
 * all blocks of the plan are where they go. Pure.
 */
#include "balance.h"

#include <errno.h>

#include "memmap.h"

/* Policy has ratios in hundredths of a percent. */
#define WHOLE 10000

/* ---- what the zones hold ---- */

static struct weights weigh_zones(const struct memhp_snapshot *snapshot)
{
	struct weights weights = { 0 };
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		const struct memhp_zone *zone = &snapshot->zones[i];

		if (zone->zone == ZONE_MOVABLE) {
			weights.movable += zone->present;
		} else if (zone->zone != ZONE_DEVICE) {
			weights.kernel += zone->managed - MIN(zone->cma, zone->managed);
			weights.movable += zone->cma;
		}
	}
	return weights;
}

static bool keeps_ratio(const struct planner *planner, struct weights weights)
{
	return weights.movable * WHOLE <= weights.kernel * planner->plan->policy.movable_ratio_deny;
}

/* Whether memory that is added by this plan will describe itself. */
bool balanced_describes_itself(const struct planner *planner, const struct memhp_device *device)
{
	enum memhp_memmap_choice choice = plan_memmap(planner->plan, device);

	return choice != MEMHP_MEMMAP_OFF &&
	       memmap_obstacle(planner->plan->predicted, device, choice == MEMHP_MEMMAP_ON) ==
		       MEMMAP_FITS;
}

static uint32_t usable_pages(const struct balancer *balancer, const struct unit *unit,
			     const struct memhp_block *block)
{
	const struct memhp_snapshot *snapshot = snapshot_of(balancer);
	bool added = unit->add || unit->again;
	bool itself = added ? balanced_describes_itself(balancer->planner,
							device_of(balancer->planner, unit)) :
			      memmap_describes_itself(snapshot, block);

	return (uint32_t)(snapshot_block_pages(snapshot) -
			  (itself ? snapshot_memmap_pages(snapshot) : 0));
}

/* A block leaves where it is, or comes to where it goes. */
static void take_out(struct balancer *balancer, const struct memhp_block *block)
{
	const struct memhp_snapshot *snapshot = snapshot_of(balancer);
	uint64_t pages = snapshot_block_pages(snapshot), usable = pages;

	if (memmap_describes_itself(snapshot, block))
		usable -= snapshot_memmap_pages(snapshot);
	if (block->zones & ZONE_BIT(ZONE_MOVABLE))
		balancer->rest.movable -= MIN(pages, balancer->rest.movable);
	else if (block->zones & ZONES_KERNEL)
		balancer->rest.kernel -= MIN(usable, balancer->rest.kernel);
}

static void put_in(struct balancer *balancer, zone_set zones, uint32_t usable)
{
	if (zones & ZONE_BIT(ZONE_MOVABLE))
		balancer->rest.movable += snapshot_block_pages(snapshot_of(balancer));
	else if (zones & ZONES_KERNEL)
		balancer->rest.kernel += usable;
}

/* ---- which blocks there are to choose from ---- */

static int add_candidate(struct balancer *balancer, const struct unit *unit,
			 const struct memhp_block *block, enum cost cost)
{
	struct planner *planner = balancer->planner;
	bool offered = block->state == MEMHP_STATE_OFFLINE && block->zones_errno == 0 &&
		       block->candidates != ZONES_NONE;
	struct balanced *item;

	if (array_reserve(&planner->balanced, planner->balanced_count, &planner->balanced_capacity,
			  sizeof(*planner->balanced)) < 0)
		return error_memory(planner->error);
	item = &planner->balanced[planner->balanced_count++];
	*item = (struct balanced){ .number = block->number,
				   .node = block->node,
				   .cost = (uint8_t)cost,
				   .usable = usable_pages(balancer, unit, block) };
	if (offered && (block->candidates & ZONES_KERNEL) == 0)
		item->cost = COST_SETTLED;
	if (offered && (block->candidates & ZONE_BIT(ZONE_MOVABLE)) == 0) {
		item->cost = COST_SETTLED;
		item->kernel = true;
	}
	if (item->cost == COST_SETTLED)
		put_in(balancer, item->kernel ? ZONES_KERNEL : ZONE_BIT(ZONE_MOVABLE),
		       item->usable);
	return 0;
}

static int refuse_unread(const struct balancer *balancer, const struct memhp_block *block)
{
	char name[32];

	text_format(name, sizeof(name), "memory%u", block->number);
	return error_system(balancer->planner->error, -block->zones_errno, name,
			    "its zone cannot be read, so nothing can be weighed");
}

/* What is online stays, unless it is for this plan to move it. With --size, what is online counts. */
static int take_online(struct balancer *balancer, const struct unit *unit,
		       const struct memhp_block *block)
{
	const struct planner *planner = balancer->planner;

	if (options_of(planner)->amount != 0 || !block_may_leave_zone(planner, unit, block))
		return 0;
	if (plan_zone(planner->plan, block) != MEMHP_ZONE_BALANCED) {
		if (!in_wrong_zone(planner, block))
			return 0;
		take_out(balancer, block);
		put_in(balancer, block_zones_asked(planner, block),
		       usable_pages(balancer, unit, block));
		return 0;
	}
	if (block->zones_errno != 0)
		return refuse_unread(balancer, block);
	if (block->zones != ZONE_BIT(ZONE_MOVABLE) &&
	    (block->zones == ZONES_NONE || (block->zones & ~ZONES_KERNEL) != 0))
		return 0;
	take_out(balancer, block);
	return add_candidate(balancer, unit, block,
			     block->zones & ZONES_KERNEL ? COST_NOTHING : COST_MOVE);
}

static int take_offline(struct balancer *balancer, const struct unit *unit,
			const struct memhp_block *block)
{
	const struct planner *planner = balancer->planner;

	if (balancer->left == 0)
		return 0;
	if (balancer->left != SIZE_MAX)
		balancer->left--;
	if (block->state != MEMHP_STATE_OFFLINE)
		return 0;
	if (plan_zone(planner->plan, block) == MEMHP_ZONE_BALANCED)
		return add_candidate(balancer, unit, block, COST_ONLINE);
	put_in(balancer, block_zones_asked(planner, block), usable_pages(balancer, unit, block));
	return 0;
}

/* A block that is not there yet, as kmem will make it. */
static struct memhp_block block_to_come(const struct planner *planner, const struct unit *unit,
					uint32_t number)
{
	return (struct memhp_block){ .number = number,
				     .device = unit->device,
				     .node = (int16_t)device_of(planner, unit)->target_node,
				     .state = MEMHP_STATE_OFFLINE,
				     .candidates = ZONES_UNKNOWN,
				     .default_zone = ZONE_INDEX_NONE,
				     .origin = MEMHP_ORIGIN_KMEM };
}

static int take_unit(struct balancer *balancer, const struct unit *unit)
{
	const struct planner *planner = balancer->planner;
	size_t length = unit_length(planner, unit), i;
	uint32_t number = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < length; i++) {
		const struct memhp_block *block;
		struct memhp_block to_come;

		unit_block(planner->plan->before, unit, i, &number);
		block = snapshot_block(planner->plan->predicted, number);
		if (block == NULL && unit->add) {
			to_come = block_to_come(planner, unit, number);
			block = &to_come;
		}
		if (block == NULL || !block_is_wanted(planner, unit, block) ||
		    block_is_kept(planner, unit, block))
			continue;
		rc = block->state == MEMHP_STATE_ONLINE ? take_online(balancer, unit, block) :
							  take_offline(balancer, unit, block);
	}
	return rc;
}

/* ---- the choice ---- */

#define COMPARE(a, b, member)                                      \
	do {                                                       \
		if ((a)->member != (b)->member)                    \
			return (a)->member < (b)->member ? -1 : 1; \
	} while (0)

static int by_number(const void *a, const void *b)
{
	const struct balanced *left = a, *right = b;

	COMPARE(left, right, number);
	return 0;
}

static int by_merit(const void *a, const void *b)
{
	const struct balanced *left = a, *right = b;

	COMPARE(left, right, cost);
	COMPARE(left, right, node_rank);
	COMPARE(left, right, distance);
	return by_number(a, b);
}

static int by_weight(const void *a, const void *b)
{
	const struct balanced *left = a, *right = b;

	COMPARE(right, left, usable);
	return by_merit(a, b);
}

static void sort(struct planner *planner, int (*compare)(const void *a, const void *b))
{
	if (planner->balanced_count > 0)
		qsort(planner->balanced, planner->balanced_count, sizeof(*planner->balanced),
		      compare);
}

/* How many, taken as they stand, keep the ratio; all of them where no number does. */
static size_t count_needed(const struct balancer *balancer)
{
	const struct planner *planner = balancer->planner;
	uint64_t pages = snapshot_block_pages(snapshot_of(balancer));
	struct weights weights = balancer->rest;
	size_t count = 0, i;

	for (i = 0; i < planner->balanced_count; i++)
		weights.movable += planner->balanced[i].cost != COST_SETTLED ? pages : 0;
	for (i = 0; i < planner->balanced_count && !keeps_ratio(planner, weights); i++) {
		if (planner->balanced[i].cost == COST_SETTLED)
			continue;
		weights.kernel += planner->balanced[i].usable;
		weights.movable -= pages;
		count++;
	}
	return count;
}

/*
 * Blocks that hold what describes them give the kernel less: where some do and some do not, the others
 * may do with fewer. Among as few, the better placed are taken.
 */
static void choose(struct balancer *balancer)
{
	struct planner *planner = balancer->planner;
	size_t fewest, count, i;

	sort(planner, by_weight);
	fewest = count_needed(balancer);
	sort(planner, by_merit);
	if (count_needed(balancer) > fewest)
		sort(planner, by_weight);
	for (i = 0, count = 0; i < planner->balanced_count && count < fewest; i++) {
		if (planner->balanced[i].cost == COST_SETTLED)
			continue;
		planner->balanced[i].kernel = true;
		count++;
	}
	sort(planner, by_number);
}

static bool any_is_balanced(const struct planner *planner)
{
	size_t i;

	if (planner->plan->request.zone_asked)
		return planner->plan->request.zone == MEMHP_ZONE_BALANCED;
	if (planner->plan->policy.zone == MEMHP_ZONE_BALANCED)
		return true;
	for (i = 0; i < planner->plan->policy.device_count; i++) {
		if (planner->plan->policy.devices[i].zone == MEMHP_ZONE_BALANCED)
			return true;
	}
	return false;
}

static int fill(struct balancer *balancer)
{
	struct planner *planner = balancer->planner;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < planner->units.count; i++)
		rc = take_unit(balancer, &planner->units.items[i]);
	if (rc < 0 || planner->balanced_count == 0)
		return rc;
	if (planner->plan->predicted->zone_count == 0)
		return error_set(planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, "balanced",
				 "what memory zones hold is not known (no /proc/zoneinfo), so "
				 "nothing can be weighed");
	sort(planner, by_number);
	rc = balance_place(balancer);
	if (rc == 0)
		choose(balancer);
	return rc;
}

int balance(struct planner *planner)
{
	struct balancer balancer = { .planner = planner,
				     .rest = weigh_zones(planner->plan->predicted),
				     .left = planner->blocks_left };
	int rc;

	planner->balanced_count = 0;
	if (!any_is_balanced(planner))
		return 0;
	rc = fill(&balancer);
	free(balancer.anchors);
	return rc;
}

zone_set balanced_zones(const struct planner *planner, uint32_t number)
{
	const struct balanced key = { .number = number }, *found = NULL;

	if (planner->balanced_count > 0)
		found = bsearch(&key, planner->balanced, planner->balanced_count, sizeof(key),
				by_number);
	if (found == NULL)
		return ZONES_NONE;
	return found->kernel ? ZONES_KERNEL : ZONE_BIT(ZONE_MOVABLE);
}
