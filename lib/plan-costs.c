/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the steps of a plan ask of the machine's memory, noted before each is simulated: kernel pages
 * for what describes memory, room for what must leave a block; and the leanest moment on the way. The
 * rules judge it. Pure.
 */
#include "planner.h"

#include "displace.h"
#include "memmap.h"

/* ---- the leanest moment ---- */

static void note_lowest(struct planner *planner)
{
	struct memhp_plan *plan = planner->plan;
	struct memhp_budget budget;

	budget_compute_zones(plan->predicted, BUDGET_ALL_NODES, &budget);
	if (budget.kernel_available_bytes >= plan->budget_lowest.kernel_available_bytes)
		return;
	budget_compute(plan->predicted, &plan->budget_lowest);
}

/*
 * Blocks that go the same way one after the other only ever give, or only ever take: the moments that
 * count lie between such runs.
 */
static bool is_turn(const struct memhp_plan *plan, const struct memhp_step *step)
{
	const struct memhp_step *last;

	if (plan->step_count == 0 || step == NULL)
		return true;
	last = &plan->steps[plan->step_count - 1];
	return last->kind != STEP_BLOCK || step->kind != STEP_BLOCK || last->to != step->to ||
	       last->word != step->word;
}

/* ---- kernel pages ---- */

/* The most that the nearest nodes, however many of them, can give and still keep the reserve. */
static uint64_t room_for(const struct planner *planner, const struct memhp_device *device,
			 enum driver driver)
{
	const struct memhp_plan *plan = planner->plan;
	uint64_t page_size = plan->predicted->machine.page_size, best = 0;
	struct memmap_room sum = { 0 };
	int16_t nodes[MEMMAP_NODES_MAX];
	size_t count, i;

	count = memmap_order(plan->predicted, memmap_node(device, driver), device->numa_node, nodes,
			     ARRAY_SIZE(nodes));
	for (i = 0; i < count; i++) {
		struct memmap_room room = memmap_room(plan->predicted, nodes[i]);
		uint64_t reserve, bytes;

		sum.available += room.available;
		sum.managed += room.managed;
		reserve = policy_reserve_bytes(&plan->policy, sum.managed * page_size, page_size);
		bytes = sum.available * page_size;
		best = MAX(best, bytes > reserve ? bytes - reserve : 0);
	}
	return best;
}

static struct memmap_cost cost_of(const struct planner *planner, const struct memhp_device *device,
				  enum driver driver)
{
	if (driver == DRIVER_KMEM)
		return memmap_of_add(planner->plan->predicted, device);
	return memmap_of_driver(planner->plan->predicted, device, driver);
}

/* TAKEN: what the same step takes for others before. */
static int note_need(struct planner *planner, uint16_t index, enum driver driver, uint64_t *taken)
{
	struct memhp_plan *plan = planner->plan;
	const struct memhp_device *device = &plan->predicted->devices[index];
	struct memmap_cost cost = cost_of(planner, device, driver);
	struct memmap_need need = { .device = index, .driver = (uint8_t)driver };

	if (cost.pages == 0 || plan->predicted->zone_count == 0)
		return 0;
	if (array_reserve(&plan->needs, plan->need_count, &plan->need_capacity,
			  sizeof(*plan->needs)) < 0)
		return error_memory(planner->error);
	need.bytes = cost.pages * plan->predicted->machine.page_size;
	need.room = room_for(planner, device, driver);
	need.room -= MIN(*taken, need.room);
	*taken += need.bytes;
	plan->needs[plan->need_count++] = need;
	return 0;
}

static int note_needs(struct planner *planner, const struct memhp_step *step)
{
	const struct memhp_snapshot *predicted = planner->plan->predicted;
	uint64_t taken = 0;
	uint16_t i;
	int rc = 0;

	if (step->kind == STEP_BIND && predicted->devices[step->device].driver != step->to)
		return note_need(planner, step->device, step->to, &taken);
	for (i = 0; rc == 0 && step->kind == STEP_LOAD_MODULE && i < predicted->device_count; i++) {
		if (simulate_is_taken(&predicted->devices[i], step->to))
			rc = note_need(planner, i, step->to, &taken);
	}
	return rc;
}

/* ---- what must leave a block ---- */

static struct displacement *displacement_of(struct planner *planner, int node, bool movable)
{
	struct memhp_plan *plan = planner->plan;
	size_t i;

	for (i = 0; i < plan->displacement_count; i++) {
		if (plan->displacements[i].node == node &&
		    plan->displacements[i].movable == movable)
			return &plan->displacements[i];
	}
	if (array_reserve(&plan->displacements, plan->displacement_count,
			  &plan->displacement_capacity, sizeof(*plan->displacements)) < 0)
		return NULL;
	plan->displacements[plan->displacement_count] =
		(struct displacement){ .node = node,
				       .movable = movable,
				       .first = UINT32_MAX,
				       .room = displaced_room(plan->predicted, node, movable) *
					       plan->predicted->machine.page_size };
	return &plan->displacements[plan->displacement_count++];
}

static int note_displaced(struct planner *planner, const struct memhp_step *step)
{
	const struct memhp_snapshot *predicted = planner->plan->predicted;
	const struct memhp_block *block = snapshot_block(predicted, step->block);
	struct displacement *displacement;
	uint64_t pages;

	if (step->to != MEMHP_STATE_OFFLINE || block == NULL)
		return 0;
	pages = displaced_pages(predicted, block);
	if (pages == 0)
		return 0;
	displacement =
		displacement_of(planner, block->node, (block->zones & ZONE_BIT(ZONE_MOVABLE)) != 0);
	if (displacement == NULL)
		return error_memory(planner->error);
	displacement->bytes += pages * predicted->machine.page_size;
	displacement->first = MIN(displacement->first, step->block);
	displacement->last = MAX(displacement->last, step->block);
	return 0;
}

int planner_note_costs(struct planner *planner, const struct memhp_step *step)
{
	if (is_turn(planner->plan, step))
		note_lowest(planner);
	if (step == NULL)
		return 0;
	return step->kind == STEP_BLOCK ? note_displaced(planner, step) : note_needs(planner, step);
}
