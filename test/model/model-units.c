/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the targets of a request to what is worked on: dax devices, and runs of other blocks, ascending. */
#include "model-planner.h"

int unit_blocks(const struct planner *planner, const struct unit *unit, int *numbers)
{
	const struct world *world = &planner->outcome->before;
	int count = 0, first, last;

	if (unit->device < 0) {
		for (int number = unit->first; number <= unit->last; number++)
			numbers[count++] = number;
		return count;
	}
	for (size_t i = 0; i < world->devices[unit->device].range_count; i++) {
		if (!device_blocks(world, &world->devices[unit->device], i, &first, &last))
			continue;
		for (int number = first; number <= last; number++)
			numbers[count++] = number;
	}
	return count;
}

static void mark_device(const struct world *world, int index, bool whole, char *devices)
{
	(void)world;
	if (!whole || devices[index] == 0)
		devices[index] = whole ? 'w' : 'n';
}

/* 'n': named as such; 'w': by a set named as a whole. */
static void mark_targets(const struct planner *planner, char *devices, char *blocks)
{
	const struct world *world = planner->world;

	for (size_t i = 0; i < planner->request->target_count; i++) {
		const struct target *target = &planner->request->targets[i];
		bool whole = target->kind == 'n' || target->kind == 'a';

		if (target->kind == 'd' && world->devices[target->first].kind == DAX)
			mark_device(world, target->first, false, devices);
		for (int number = 0; number < BLOCKS; number++) {
			const struct block *block = &world->blocks[number];
			const struct device *owner =
				block->device >= 0 ? &world->devices[block->device] : NULL;
			bool in = false;

			if (block->state == ABSENT)
				continue;
			if (target->kind == 'd')
				in = owner != NULL && owner->kind != DAX &&
				     block->device == target->first;
			else if (target->kind == 'b')
				in = number >= target->first && number <= target->last;
			else if (target->kind == 'n')
				in = block->node == target->first ||
				     block->other_node == target->first;
			else
				in = block->origin != FROM_BOOT && block->origin != FROM_UNKNOWN &&
				     (owner == NULL || owner->kind != DAX || owner->driver != KMEM);
			if (in && blocks[number] != 'n')
				blocks[number] = whole ? 'w' : 'n';
		}
		for (int j = 0; target->kind == 'a' && j < (int)world->device_count; j++) {
			if (world->devices[j].kind == DAX && world->devices[j].driver == KMEM)
				mark_device(world, j, true, devices);
		}
	}
}

static void insert_unit(struct planner *planner, struct unit unit)
{
	size_t i = planner->unit_count++;

	while (i > 0 && planner->units[i - 1].first > unit.first) {
		planner->units[i] = planner->units[i - 1];
		i--;
	}
	planner->units[i] = unit;
}

void collect_units(struct planner *planner)
{
	const struct world *world = planner->world;
	char devices[DEVICES] = { 0 }, blocks[BLOCKS] = { 0 };

	mark_targets(planner, devices, blocks);
	for (int i = 0; i < BLOCKS; i++) {
		int owner = world->blocks[i].device;

		planner->outcome->named[i] = blocks[i] != 0 || (owner >= 0 && devices[owner] != 0);
	}
	for (int i = 0; i < (int)world->device_count; i++) {
		struct unit unit = { .device = i, .whole = devices[i] == 'w' };
		int numbers[BLOCKS];

		if (devices[i] == 0 || !wants_device(planner->policy, planner->request, world, i))
			continue;
		if (unit_blocks(planner, &unit, numbers) > 0)
			unit.first = numbers[0];
		insert_unit(planner, unit);
	}
	for (int i = 0; i < BLOCKS; i++) {
		int owner = world->blocks[i].device;
		struct unit *last = NULL;

		if (blocks[i] == 0 || (owner >= 0 && devices[owner] != 0))
			continue;
		for (size_t j = 0; j < planner->unit_count; j++) {
			if (planner->units[j].device < 0 && planner->units[j].last == i - 1 &&
			    planner->units[j].whole == (blocks[i] == 'w'))
				last = &planner->units[j];
		}
		if (last != NULL)
			last->last = i;
		else
			insert_unit(planner, (struct unit){ .device = NOWHERE,
							    .first = i,
							    .last = i,
							    .whole = blocks[i] == 'w' });
	}
}
