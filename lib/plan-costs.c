/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the steps of a plan ask of the machine's memory, noted before each is simulated: kernel pages
 * for what describes memory, room for what must leave a block; and the leanest moment on the way. The
 * rules judge it. Pure.
 */
#include "planner.h"

#include <errno.h>

#include "displace.h"
#include "memmap.h"

/* ---- the leanest moment ---- */

/* The budgets of all nodes as they are now, into a new array. */
static int budget_nodes(const struct memhp_snapshot *snapshot, struct node_budget **ret_nodes)
{
	_cleanup_free_ struct memhp_budget *budgets =
		calloc(snapshot->node_count + 1, sizeof(*budgets));
	struct node_budget *nodes = calloc(snapshot->node_count + 1, sizeof(*nodes));
	size_t i;

	if (nodes == NULL || budgets == NULL || budget_compute_nodes(snapshot, budgets) < 0) {
		free(nodes);
		return -ENOMEM;
	}
	for (i = 0; i < snapshot->node_count; i++)
		nodes[i] =
			(struct node_budget){ .node = snapshot->nodes[i].id, .lowest = budgets[i] };
	*ret_nodes = nodes;
	return 0;
}

/* After the steps so far. Of moments alike the first is the leanest. */
static void note_lowest(struct planner *planner)
{
	struct memhp_plan *plan = planner->plan;
	struct memhp_budget budget;

	budget_compute_zones(plan->predicted, BUDGET_ALL_NODES, &budget);
	if (budget.kernel_available_bytes >= plan->budget_lowest.kernel_available_bytes)
		return;
	plan->budget_lowest.kernel_available_bytes = budget.kernel_available_bytes;
	plan->lowest_step = plan->step_count;
}

/* The machine at its leanest once more: to keep it each time would be to copy it each time. */
static int go_to_lowest(const struct memhp_plan *plan, struct memhp_snapshot **ret_machine)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *machine = NULL;
	size_t i;

	if (snapshot_copy(plan->before, &machine) < 0)
		return -ENOMEM;
	simulate_begin(machine);
	for (i = 0; i < plan->lowest_step; i++) {
		struct memhp_step step = plan->steps[i];

		if (simulate_step(machine, &step) < 0)
			return -ENOMEM;
	}
	*ret_machine = take_pointer(machine);
	return 0;
}

static int take_lowest(struct memhp_plan *plan)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *machine = NULL;

	if (go_to_lowest(plan, &machine) < 0 || budget_nodes(machine, &plan->node_lowest) < 0)
		return -ENOMEM;
	plan->node_lowest_count = machine->node_count;
	budget_compute(machine, &plan->budget_lowest);
	return 0;
}

static const struct memhp_budget *find_lowest(const struct memhp_plan *plan, int node)
{
	size_t i;

	for (i = 0; i < plan->node_lowest_count; i++) {
		if (plan->node_lowest[i].node == node)
			return &plan->node_lowest[i].lowest;
	}
	return NULL;
}

int plan_budget_nodes(struct memhp_plan *plan)
{
	const struct memhp_budget *lowest;
	size_t count = plan->predicted->node_count, i;

	if (take_lowest(plan) < 0 || budget_nodes(plan->predicted, &plan->node_budgets) < 0)
		return -ENOMEM;
	plan->node_budget_count = count;
	for (i = 0; i < count; i++) {
		struct node_budget *node = &plan->node_budgets[i];

		node->after = node->lowest;
		budget_compute_node(plan->before, node->node, &node->before);
		lowest = find_lowest(plan, node->node);
		node->lowest = lowest != NULL ? *lowest : node->before;
	}
	return 0;
}

/* ---- kernel pages ---- */

/* The most that the nearest nodes, however many of them, can give and still keep the reserve. */
static uint64_t room_for(const struct planner *planner, const struct memhp_snapshot *snapshot,
			 const struct memhp_device *device, enum driver driver)
{
	uint64_t page_size = snapshot->machine.page_size, best = 0;
	struct memmap_room sum = { 0 };
	int16_t nodes[MEMMAP_NODES_MAX];
	size_t count, i;

	count = memmap_order(snapshot, memmap_node(device, driver), device->numa_node, nodes,
			     ARRAY_SIZE(nodes));
	for (i = 0; i < count; i++) {
		struct memmap_room room = memmap_room(snapshot, nodes[i]);
		uint64_t reserve, bytes;

		sum.available += room.available;
		sum.managed += room.managed;
		reserve = policy_reserve_bytes(&planner->plan->policy, sum.managed * page_size,
					       page_size);
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

/* What a node has for the kernel, for the difference that taking makes. */
static uint64_t left_on(const struct memhp_snapshot *snapshot, int node)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (snapshot->zones[i].node == node && snapshot->zones[i].zone != ZONE_MOVABLE)
			pages += snapshot->zones[i].free + snapshot->zones[i].file;
	}
	return pages;
}

static int add_share(struct planner *planner, struct memmap_need *need, int node, uint64_t pages)
{
	struct memhp_plan *plan = planner->plan;

	if (pages == 0)
		return 0;
	if (array_reserve(&plan->shares, plan->share_count, &plan->share_capacity,
			  sizeof(*plan->shares)) < 0)
		return error_memory(planner->error);
	plan->shares[plan->share_count++] =
		(struct memmap_share){ .node = node,
				       .bytes = pages * plan->predicted->machine.page_size };
	need->share_count++;
	return 0;
}

/* Takes PAGES in TRIAL and says whose they were. */
static int find_shares(struct planner *planner, struct memhp_snapshot *trial,
		       const struct memhp_device *device, struct memmap_need *need, uint64_t pages)
{
	int16_t nodes[MEMMAP_NODES_MAX];
	_cleanup_free_ uint64_t *left = NULL;
	size_t count, i;
	int rc = 0;

	count = memmap_order(trial, memmap_node(device, need->driver), device->numa_node, nodes,
			     ARRAY_SIZE(nodes));
	left = calloc(count + 1, sizeof(*left));
	if (left == NULL)
		return error_memory(planner->error);
	for (i = 0; i < count; i++)
		left[i] = left_on(trial, nodes[i]);
	memmap_take(trial, device, need->driver, pages);
	need->share_first = planner->plan->share_count;
	for (i = 0; rc == 0 && i < count; i++)
		rc = add_share(planner, need, nodes[i], left[i] - left_on(trial, nodes[i]));
	return rc;
}

/* TRIAL: the machine, less what the same step takes for others before. */
static int note_need(struct planner *planner, struct memhp_snapshot *trial, uint16_t index,
		     enum driver driver)
{
	struct memhp_plan *plan = planner->plan;
	const struct memhp_device *device = &plan->predicted->devices[index];
	struct memmap_cost cost = cost_of(planner, device, driver);
	uint64_t page_size = plan->predicted->machine.page_size;
	struct memmap_need need = { .device = index, .driver = (uint8_t)driver };
	int rc;

	if (plan->predicted->zone_count == 0)
		plan->memmap_unweighed += cost.pages * page_size;
	if (cost.counted == 0 || plan->predicted->zone_count == 0)
		return 0;
	if (array_reserve(&plan->needs, plan->need_count, &plan->need_capacity,
			  sizeof(*plan->needs)) < 0)
		return error_memory(planner->error);
	need.bytes = cost.pages * page_size;
	if (driver == DRIVER_KMEM)
		need.on_memory_bytes = (cost.counted - cost.pages) * page_size;
	need.room = room_for(planner, trial, device, driver);
	rc = find_shares(planner, trial, device, &need, cost.pages);
	plan->needs[plan->need_count++] = need;
	return rc;
}

static void note_given(struct planner *planner, const struct memhp_step *step)
{
	struct memhp_plan *plan = planner->plan;
	const struct memhp_device *device = &plan->predicted->devices[step->device];
	bool has_blocks = step->kind == STEP_EJECT || device->driver == DRIVER_KMEM;
	struct memmap_cost cost = has_blocks ?
					  memmap_of_blocks(plan->predicted, step->device) :
					  memmap_of_driver(plan->predicted, device, device->driver);

	plan->memmap_given += cost.pages * plan->predicted->machine.page_size;
}

static int note_bound(struct planner *planner, const struct memhp_step *step)
{
	struct memhp_snapshot *predicted = planner->plan->predicted;
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *trial = NULL;
	uint16_t i;
	int rc = 0;

	if (snapshot_copy_zones(predicted, &trial) < 0)
		return error_memory(planner->error);
	if (step->kind == STEP_BIND)
		return note_need(planner, trial, step->device, step->to);
	for (i = 0; rc == 0 && i < predicted->device_count; i++) {
		if (simulate_is_taken(predicted, &predicted->devices[i], step->to))
			rc = note_need(planner, trial, i, step->to);
	}
	return rc;
}

static int note_needs(struct planner *planner, const struct memhp_step *step)
{
	const struct memhp_snapshot *predicted = planner->plan->predicted;

	if (step->kind == STEP_UNBIND || step->kind == STEP_EJECT)
		note_given(planner, step);
	if (step->kind == STEP_LOAD_MODULE ||
	    (step->kind == STEP_BIND && predicted->devices[step->device].driver != step->to))
		return note_bound(planner, step);
	return 0;
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
	note_lowest(planner);
	if (step == NULL)
		return 0;
	return step->kind == STEP_BLOCK ? note_displaced(planner, step) : note_needs(planner, step);
}
