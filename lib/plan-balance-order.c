/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * In which order devices are added where --zone balanced gives some of them kernel blocks. What describes
 * a device is taken before its own kernel blocks are there, so these help only what comes later. Pure.
 */
#include "balance.h"

#include "memmap.h"

/* What a unit brings to kernel zones and what it costs there first, in pages. */
struct turn {
	size_t unit;
	bool added;
	uint64_t gain;
	uint64_t cost;
};

static struct turn weigh_unit(const struct planner *planner, size_t index)
{
	const struct memhp_snapshot *snapshot = planner->plan->predicted;
	const struct unit *unit = &planner->units.items[index];
	struct turn turn = { .unit = index, .added = unit->add || unit->again };
	uint32_t number;
	bool itself;
	size_t i;

	if (!turn.added)
		return turn;
	itself = balanced_describes_itself(planner, device_of(planner, unit));
	for (i = 0; unit_block(planner->plan->before, unit, i, &number); i++) {
		turn.cost += itself ? 0 : snapshot_memmap_pages(snapshot);
		if (balanced_zones(planner, number) == ZONES_KERNEL)
			turn.gain += snapshot_block_pages(snapshot);
	}
	return turn;
}

/*
 * What is there already goes first. Then what gains goes before what loses; of those that gain the
 * cheapest is first, of the others the one that brings most: if any order fits, this one does. Alike, the
 * lower one is first.
 */
static int by_turn(const void *a, const void *b)
{
	const struct turn *left = a, *right = b;
	bool left_gains = left->gain >= left->cost && left->gain > 0;
	bool right_gains = right->gain >= right->cost && right->gain > 0;

	if (left->added != right->added)
		return left->added ? 1 : -1;
	if (left_gains != right_gains)
		return left_gains ? -1 : 1;
	if (left_gains && left->cost != right->cost)
		return left->cost < right->cost ? -1 : 1;
	if (!left_gains && left->gain != right->gain)
		return left->gain > right->gain ? -1 : 1;
	return left->unit < right->unit ? -1 : left->unit > right->unit;
}

int balanced_order(struct planner *planner, size_t *order)
{
	size_t count = planner->units.count, i;
	_cleanup_free_ struct turn *turns = NULL;

	for (i = 0; i < count; i++)
		order[i] = i;
	/* --size counts upwards */
	if (planner->balanced_count == 0 || planner->blocks_left != SIZE_MAX)
		return 0;
	turns = calloc(count, sizeof(*turns));
	if (turns == NULL)
		return error_memory(planner->error);
	for (i = 0; i < count; i++)
		turns[i] = weigh_unit(planner, i);
	qsort(turns, count, sizeof(*turns), by_turn);
	for (i = 0; i < count; i++)
		order[i] = turns[i].unit;
	return 0;
}
