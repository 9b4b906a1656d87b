/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What steps an operation takes: a fold over the units of a request. Each step is simulated on the
 * plan's predicted machine as it is added, so the next choice sees the machine as it will then be.
 */
#include <errno.h>
#include <string.h>

#include "memmap.h"
#include "planner.h"

/* ---- adding steps ---- */

int planner_add_step(struct planner *planner, struct memhp_step step)
{
	struct memhp_plan *plan = planner->plan;
	int rc;

	rc = planner_note_costs(planner, &step);
	if (rc < 0)
		return rc;
	rc = array_reserve(&plan->steps, plan->step_count, &plan->step_capacity,
			   sizeof(*plan->steps));
	if (rc == 0)
		rc = simulate_step(plan->predicted, &step);
	if (rc < 0)
		return error_memory(planner->error);
	plan->steps[plan->step_count++] = step;
	plan->block_step_count += step.kind == STEP_BLOCK;
	return 0;
}

/* ---- operations ---- */

static int bind_is_over(struct planner *planner)
{
	return --planner->binds_left == 0 ? unpark(planner) : 0;
}

static bool has_kernel_blocks(const struct planner *planner, const struct unit *unit)
{
	size_t i = 0;
	uint32_t number;

	while (unit_block(planner->plan->before, unit, i++, &number)) {
		const struct memhp_block *block = snapshot_block(planner->plan->predicted, number);

		if (block != NULL && in_wrong_zone(planner, block) && (block->zones & ZONES_KERNEL))
			return true;
	}
	return false;
}

/*
 * The struct pages of a device that was added later lie in kernel-zone memory of its node, or of the
 * nearest that has any, so maybe in blocks of an earlier one, which then cannot be emptied until the later
 * one is removed. Where both are to leave the kernel zone, the later one is taken out and added again.
 */
static bool must_be_added_again(const struct planner *planner, size_t index)
{
	const struct unit *unit = &planner->units.items[index];
	const struct memhp_device *device;
	int node, host;
	size_t i;

	if (unit->device == NO_DEVICE || unit->whole)
		return false;
	device = device_of(planner, unit);
	if (device->driver != DRIVER_KMEM || device->target_node == NODE_NONE ||
	    !has_kernel_blocks(planner, unit))
		return false;
	host = memmap_host(planner->plan->before, unit->device);
	for (i = 0; i < index; i++) {
		const struct unit *earlier = &planner->units.items[i];

		if (earlier->device == NO_DEVICE || earlier->whole ||
		    device_of(planner, earlier)->driver != DRIVER_KMEM)
			continue;
		node = device_of(planner, earlier)->target_node;
		if (node != NODE_NONE && (node == device->target_node || node == host) &&
		    has_kernel_blocks(planner, earlier))
			return true;
	}
	return false;
}

static int clear_the_way(struct planner *planner, const struct unit *unit)
{
	int rc = each_block(planner, unit, true, unit->again ? offline_one : offline_wrong_zone);

	return rc == 0 && unit->again ? take_from_kmem(planner, unit) : rc;
}

/* Which units have to be added: decided before a module that is loaded takes some of them. */
static int find_adds(struct planner *planner)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < planner->units.count; i++) {
		struct unit *unit = &planner->units.items[i];

		unit->add = needs_add(planner, unit);
		if (unit->add)
			rc = check_addable(planner, unit);
		planner->binds_left += unit->add;
	}
	return rc;
}

static int add_unit(struct planner *planner, const struct unit *unit)
{
	int rc = add_device(planner, unit);

	return rc == 0 ? bind_is_over(planner) : rc;
}

static int plan_add(struct planner *planner)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < planner->units.count; i++) {
		const struct unit *unit = &planner->units.items[i];

		if (unit->device == NO_DEVICE)
			return error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, "add",
					 "this takes dax devices, and blocks are no such thing");
		if (device_of(planner, unit)->leaked)
			return check_addable(planner, unit);
	}
	rc = find_adds(planner);
	for (i = 0; rc == 0 && i < planner->units.count; i++) {
		if (planner->units.items[i].add)
			rc = add_unit(planner, &planner->units.items[i]);
	}
	return rc;
}

/* Of a leaked device, the blocks that the kernel kept can still be onlined. */
static bool is_lost(const struct planner *planner, const struct unit *unit)
{
	size_t i = 0;
	uint32_t number;

	if (unit->device == NO_DEVICE || !device_of(planner, unit)->leaked)
		return false;
	while (unit_block(planner->plan->before, unit, i++, &number)) {
		if (snapshot_block(planner->plan->before, number) != NULL)
			return false;
	}
	return true;
}

/* Which units are taken out and added again: where that changes what a block holds, it counts. */
static int find_agains(struct planner *planner)
{
	bool any = false;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < planner->units.count; i++) {
		struct unit *unit = &planner->units.items[i];

		if (is_lost(planner, unit))
			rc = check_addable(planner, unit);
		unit->again = must_be_added_again(planner, i);
		planner->binds_left += unit->again;
		any |= unit->again;
	}
	return rc == 0 && any ? balance(planner) : rc;
}

static int online_unit(struct planner *planner, const struct unit *unit)
{
	int rc = 0;

	if (options_of(planner)->operation == MEMHP_OPERATION_PLACE)
		planner->blocks_left = unit->limit;
	if (unit->add || unit->again)
		rc = add_unit(planner, unit);
	if (rc == 0)
		rc = each_block(planner, unit, false, online_one);
	return rc == 0 ? refuse_missing(planner, unit) : rc;
}

static int online_units(struct planner *planner)
{
	_cleanup_free_ size_t *order = calloc(planner->units.count + 1, sizeof(*order));
	size_t i;
	int rc = 0;

	if (order == NULL)
		return error_memory(planner->error);
	rc = balanced_order(planner, order);
	for (i = 0; rc == 0 && i < planner->units.count; i++)
		rc = online_unit(planner, &planner->units.items[order[i]]);
	return rc;
}

static int plan_online(struct planner *planner)
{
	size_t i;
	int rc = find_adds(planner);

	if (rc == 0)
		rc = balance(planner);
	if (rc == 0)
		rc = find_agains(planner);
	for (i = planner->units.count; rc == 0 && i-- > 0;)
		rc = clear_the_way(planner, &planner->units.items[i]);
	return rc == 0 ? online_units(planner) : rc;
}

static int plan_place(struct planner *planner)
{
	int rc = place(planner);

	return rc == 0 ? plan_online(planner) : rc;
}

static int offline_units(struct planner *planner)
{
	size_t i;
	int rc = 0;

	for (i = planner->units.count; rc == 0 && i-- > 0;)
		rc = each_block(planner, &planner->units.items[i], true, offline_one);
	return rc;
}

/* Where not all is to go, what is in Movable goes first: it is the cheapest to empty. */
static int plan_offline(struct planner *planner)
{
	int rc = 0;

	if (planner->blocks_left != SIZE_MAX) {
		planner->movable_only = true;
		rc = offline_units(planner);
		planner->movable_only = false;
	}
	return rc == 0 ? offline_units(planner) : rc;
}

static int remove_device(struct planner *planner, const struct unit *unit)
{
	const struct memhp_device *device = device_of(planner, unit);
	int rc;

	if (device->kind == MEMHP_DEVICE_ACPI)
		return eject_device(planner, unit);
	if (device->leaving)
		return not_gone_yet(planner, device);
	if (device->leaked)
		return error_set(
			planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, device->name,
			"the kernel has kept this device's memory after an earlier unbind; "
			"only a reboot takes it out");
	if (device->driver == DRIVER_KMEM) {
		rc = each_block(planner, unit, true, offline_one);
		if (rc == 0)
			rc = take_from_kmem(planner, unit);
	} else {
		rc = 0;
		if (device->driver != DRIVER_NONE || device->mapping_count == 0)
			return 0;
	}
	if (rc == 0)
		rc = give_to_device_dax(planner, unit->device);
	return rc;
}

static bool is_in_a_run(const struct planner *planner, uint32_t first, uint32_t last)
{
	size_t i;

	for (i = 0; i < planner->units.count; i++) {
		const struct unit *unit = &planner->units.items[i];

		if (unit->device == NO_DEVICE && unit->run.first <= first && last <= unit->run.last)
			return true;
	}
	return false;
}

/* Whether the request names all blocks of a device. Those of its mappings need not be neighbours. */
static bool covers_device(const struct planner *planner, uint16_t index)
{
	const struct memhp_snapshot *snapshot = planner->plan->before;
	const struct memhp_device *device = &snapshot->devices[index];
	bool any = false;
	uint32_t first, last;
	size_t i;

	for (i = 0; i < device->mapping_count; i++) {
		if (!snapshot_mapping_blocks(snapshot, device, i, &first, &last))
			continue;
		if (!is_in_a_run(planner, first, last))
			return false;
		any = true;
	}
	return any;
}

static bool has_remover(const struct memhp_device *device)
{
	return device->kind == MEMHP_DEVICE_DAX ||
	       (device->kind == MEMHP_DEVICE_ACPI && device->ejectable);
}

/* Runs that hold whole devices are taken as these devices; the rest has no remover. */
static int remove_run(struct planner *planner, const struct unit *unit)
{
	struct memhp_plan *plan = planner->plan;
	uint32_t number = unit->run.last;
	int rc = 0;

	for (;; number--) {
		const struct memhp_block *block = snapshot_block(plan->predicted, number);

		if (block != NULL && block->device != NO_DEVICE &&
		    has_remover(&plan->before->devices[block->device]) &&
		    covers_device(planner, block->device))
			rc = remove_device(planner, &(struct unit){ .device = block->device });
		else if (block != NULL)
			rc = remove_part(planner, unit, block);
		if (rc < 0 || number == unit->run.first)
			return rc;
	}
}

static int plan_remove(struct planner *planner)
{
	size_t i;
	int rc = 0;

	for (i = planner->units.count; rc == 0 && i-- > 0;) {
		const struct unit *unit = &planner->units.items[i];

		rc = unit->device != NO_DEVICE ? remove_device(planner, unit) :
						 remove_run(planner, unit);
	}
	return rc == 0 ? unpark(planner) : rc;
}

/* --from-policy: a device that no section wants online is as if nobody had named it. */
static void drop_unwanted(struct planner *planner)
{
	struct units *units = &planner->units;
	size_t kept = 0, i;

	for (i = 0; i < units->count; i++) {
		if (units->items[i].device == NO_DEVICE ||
		    plan_wants_device(planner->plan, device_of(planner, &units->items[i])))
			units->items[kept++] = units->items[i];
	}
	units->count = kept;
}

/* It has been done already, as before every operation. */
static int plan_recover(struct planner *planner)
{
	return 0;
}

int plan_make_steps(struct memhp_plan *plan, const struct lessons *lessons,
		    struct memhp_error *error)
{
	static int (*const operations[])(struct planner * planner) = {
		[MEMHP_OPERATION_ADD] = plan_add,
		[MEMHP_OPERATION_ONLINE] = plan_online,
		[MEMHP_OPERATION_OFFLINE] = plan_offline,
		[MEMHP_OPERATION_REMOVE] = plan_remove,
		[MEMHP_OPERATION_RECOVER] = plan_recover,
		[MEMHP_OPERATION_PLACE] = plan_place,
		[MEMHP_OPERATION_AUTO_ONLINE] = plan_auto_online,
		[MEMHP_OPERATION_CREATE] = plan_create,
		[MEMHP_OPERATION_DESTROY] = plan_destroy,
	};
	struct planner planner = { .plan = plan, .lessons = lessons, .error = error };
	int rc;

	rc = units_collect(plan, error, &planner.units);
	if (rc == 0)
		rc = check_known(&planner);
	drop_unwanted(&planner);
	if (rc == 0)
		rc = limit_to_size(&planner);
	if (rc == 0)
		rc = recover(&planner);
	if (rc == 0)
		rc = operations[plan->request.options.operation](&planner);
	if (rc == 0)
		rc = check_noted(&planner);
	if (rc == 0)
		rc = planner_note_costs(&planner, NULL);
	free(planner.units.items);
	free(planner.balanced);
	return rc;
}
