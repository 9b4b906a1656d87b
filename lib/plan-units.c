/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the targets of a request to units of work: each dax device once, all other blocks in runs, in
 * ascending order and without overlaps. Pure.
 */
#include <errno.h>
#include <string.h>

#include "plan-steps.h"

/* A block named by some target; WHOLE unless some target names it as such. */
struct named {
	uint32_t number;
	bool whole;
};

struct collector {
	const struct memhp_plan *plan;
	struct units *units;
	bool *device_taken; /* by index: 1 when it is a unit */
	struct named *blocks;
	size_t block_count;
	size_t block_capacity;
};

bool unit_block(const struct memhp_snapshot *snapshot, const struct unit *unit, size_t index,
		uint32_t *ret_number)
{
	const struct memhp_device *device;
	uint32_t first, last;
	size_t i;

	if (unit->device == NO_DEVICE) {
		*ret_number = unit->run.first + (uint32_t)index;
		return index <= unit->run.last - unit->run.first;
	}
	device = &snapshot->devices[unit->device];
	for (i = 0; i < device->mapping_count; i++) {
		if (!snapshot_mapping_blocks(snapshot, device, i, &first, &last))
			continue;
		if (index <= last - first) {
			*ret_number = first + (uint32_t)index;
			return true;
		}
		index -= (size_t)(last - first) + 1;
	}
	return false;
}

static int add_unit(struct collector *collector, struct unit unit)
{
	struct units *units = collector->units;
	int rc =
		array_reserve(&units->items, units->count, &units->capacity, sizeof(*units->items));

	if (rc == 0)
		units->items[units->count++] = unit;
	return rc;
}

static int add_named(struct collector *collector, uint32_t number, bool whole)
{
	int rc = array_reserve(&collector->blocks, collector->block_count,
			       &collector->block_capacity, sizeof(*collector->blocks));

	if (rc == 0)
		collector->blocks[collector->block_count++] =
			(struct named){ .number = number, .whole = whole };
	return rc;
}

/* Named as such once is named as such, whatever set it is in besides. */
static void name_device(struct collector *collector, uint16_t index)
{
	size_t i;

	for (i = 0; i < collector->units->count; i++) {
		if (collector->units->items[i].device == index)
			collector->units->items[i].whole = false;
	}
}

/* A dax device is a unit; of any other device, and of a leaked one, its blocks are taken. */
static int collect_device(struct collector *collector, uint16_t index, bool whole)
{
	const struct memhp_snapshot *snapshot = collector->plan->before;
	const struct memhp_device *device = &snapshot->devices[index];
	struct unit unit = { .device = index, .whole = whole };
	size_t i;
	int rc = 0;

	if (device->kind == MEMHP_DEVICE_DAX) {
		if (collector->device_taken[index]) {
			if (!whole)
				name_device(collector, index);
			return 0;
		}
		collector->device_taken[index] = true;
		if (!unit_block(snapshot, &unit, 0, &unit.first))
			unit.first = 0;
		return add_unit(collector, unit);
	}
	for (i = 0; rc == 0 && i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].device == index)
			rc = add_named(collector, snapshot->blocks[i].number, whole);
	}
	return rc;
}

static int collect_runs(struct collector *collector, const struct target *target)
{
	const struct memhp_snapshot *snapshot = collector->plan->before;
	size_t i, at;
	int rc = 0;

	for (i = 0; i < target->run_count; i++) {
		at = snapshot_block_index(snapshot, target->runs[i].first);
		for (; at < snapshot->block_count &&
		       snapshot->blocks[at].number <= target->runs[i].last;
		     at++) {
			rc = add_named(collector, snapshot->blocks[at].number, target->whole);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int compare_named(const void *a, const void *b)
{
	const struct named *left = a, *right = b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return left->whole - right->whole;
}

static int compare_units(const void *a, const void *b)
{
	const struct unit *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

static bool in_device_unit(const struct collector *collector, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(collector->plan->before, number);

	return block->device != NO_DEVICE && collector->device_taken[block->device];
}

/* Sorted, each once (as explicitly named as it is anywhere), those of device units left out. */
static int make_runs(struct collector *collector)
{
	struct unit *last = NULL;
	uint32_t previous = UINT32_MAX;
	size_t i;
	int rc;

	if (collector->block_count > 0)
		qsort(collector->blocks, collector->block_count, sizeof(*collector->blocks),
		      compare_named);
	for (i = 0; i < collector->block_count; i++) {
		struct named named = collector->blocks[i];

		if (named.number == previous || in_device_unit(collector, named.number))
			continue;
		previous = named.number;
		if (last != NULL && last->run.last + 1 == named.number &&
		    last->whole == named.whole) {
			last->run.last = named.number;
			continue;
		}
		rc = add_unit(collector, (struct unit){ .device = NO_DEVICE,
							.whole = named.whole,
							.run = { named.number, named.number },
							.first = named.number });
		if (rc < 0)
			return rc;
		last = &collector->units->items[collector->units->count - 1];
	}
	return 0;
}

static int collect(struct collector *collector)
{
	const struct memhp_plan *plan = collector->plan;
	size_t i, j;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->target_count; i++) {
		const struct target *target = &plan->targets[i];

		for (j = 0; rc == 0 && j < target->device_count; j++)
			rc = collect_device(collector, target->devices[j], target->whole);
		if (rc == 0)
			rc = collect_runs(collector, target);
	}
	return rc == 0 ? make_runs(collector) : rc;
}

static bool target_has(const struct target *target, const struct memhp_block *block)
{
	size_t i;

	for (i = 0; i < target->device_count; i++) {
		if (target->devices[i] == block->device)
			return true;
	}
	for (i = 0; i < target->run_count; i++) {
		if (target->runs[i].first <= block->number && block->number <= target->runs[i].last)
			return true;
	}
	return false;
}

bool plan_offlines(const struct memhp_plan *plan, const struct memhp_block *block)
{
	bool asked = false;
	size_t i;

	if (plan->request.options.operation != MEMHP_OPERATION_OFFLINE)
		return false;
	for (i = 0; !asked && i < plan->target_count; i++)
		asked = target_has(&plan->targets[i], block);
	return asked;
}

bool plan_takes_device(const struct memhp_plan *plan, uint16_t device)
{
	size_t i, j;

	if (device == NO_DEVICE)
		return false;
	for (i = 0; i < plan->target_count; i++) {
		for (j = 0; !plan->targets[i].whole && j < plan->targets[i].device_count; j++) {
			if (plan->targets[i].devices[j] == device)
				return true;
		}
	}
	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind != STEP_BLOCK && plan->steps[i].device == device)
			return true;
	}
	return false;
}

int units_collect(struct memhp_plan *plan, struct memhp_error *error, struct units *units)
{
	struct collector collector = { .plan = plan, .units = units };
	int rc = -ENOMEM;

	collector.device_taken = calloc(plan->before->device_count + 1, sizeof(bool));
	if (collector.device_taken != NULL)
		rc = collect(&collector);
	free(collector.device_taken);
	free(collector.blocks);
	if (rc < 0)
		return error_memory(error);
	if (units->count > 0)
		qsort(units->items, units->count, sizeof(*units->items), compare_units);
	return 0;
}
