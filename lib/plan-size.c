/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As much of a target as --size says: how many blocks more, which devices are added for it, and with
 * --contiguous which run of blocks. What is there already counts. Pure.
 */
#include "planner.h"

#include <errno.h>

#include "rule.h"

/* ---- counting ---- */

static void count_down(size_t *left, size_t count)
{
	*left -= MIN(*left, count);
}

static size_t count_blocks(const struct planner *planner,
			   bool (*fn)(const struct planner *planner,
				      const struct memhp_block *block))
{
	const struct memhp_snapshot *snapshot = planner->plan->predicted;
	size_t count = 0, i, j;
	uint32_t number;

	for (i = 0; i < planner->units.count; i++) {
		for (j = 0; unit_block(planner->plan->before, &planner->units.items[i], j, &number);
		     j++) {
			const struct memhp_block *block = snapshot_block(snapshot, number);

			count += block != NULL &&
				 block_is_wanted(planner, &planner->units.items[i], block) &&
				 fn(planner, block);
		}
	}
	return count;
}

static bool is_in_place(const struct planner *planner, const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_ONLINE && !in_wrong_zone(planner, block);
}

static bool is_offline(const struct planner *planner, const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_OFFLINE;
}

static int too_large(struct planner *planner, const char *what, size_t blocks)
{
	char size[32];

	size_to_text(blocks * planner->plan->before->machine.block_size, size, sizeof(size));
	return error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, "size", "%s is %s", what,
			 size);
}

/* ---- devices ---- */

/* Of units that are to be added, those that KEEPS says are needed; all others stay. */
static void drop_adds(struct planner *planner, bool (*keeps)(size_t *left, size_t length),
		      size_t *left, size_t *ret_dropped)
{
	struct units *units = &planner->units;
	size_t kept = 0, i;

	for (i = 0; i < units->count; i++) {
		const struct unit *unit = &units->items[i];
		size_t length = unit_length(planner, unit);

		if (needs_add(planner, unit) && !keeps(left, length)) {
			*ret_dropped = *ret_dropped == 0 ? length : MIN(*ret_dropped, length);
			continue;
		}
		units->items[kept++] = *unit;
	}
	units->count = kept;
}

static bool is_still_needed(size_t *left, size_t length)
{
	bool needed = *left > 0;

	count_down(left, length);
	return needed;
}

/* A device is added as a whole. */
static bool fits(size_t *left, size_t length)
{
	if (length > *left)
		return false;
	*left -= length;
	return true;
}

static bool is_there(const struct planner *planner, const struct memhp_block *block)
{
	return true;
}

static int limit_add(struct planner *planner, size_t wanted)
{
	size_t dropped = 0, left = wanted;

	count_down(&left, count_blocks(planner, is_there));
	drop_adds(planner, fits, &left, &dropped);
	if (left == 0 || dropped == 0)
		return 0;
	return too_large(planner,
			 "devices are added as a whole, and the least that could still be added",
			 dropped);
}

static void limit_online(struct planner *planner, size_t wanted)
{
	size_t left, dropped = 0;

	planner->blocks_left = wanted;
	count_down(&planner->blocks_left, count_blocks(planner, is_in_place));
	left = planner->blocks_left;
	count_down(&left, count_blocks(planner, is_offline));
	drop_adds(planner, is_still_needed, &left, &dropped);
	planner->moves_left = left;
}

/* ---- one run of blocks ---- */

/* What it costs to have a block where it is wanted; the sum over a run is what is compared. */
enum cost {
	COST_NONE = 0,
	COST_ONLINE = 1,
	COST_ADD = 4,
	COST_MOVE = 64,
	COST_KERNEL_ZONE = 1024, /* to empty: may well be impossible */
	COST_NEVER = -1,
};

static int cost_of_online(const struct planner *planner, const struct unit *unit,
			  const struct memhp_block *block)
{
	if (block_is_kept(planner, unit, block))
		return COST_NEVER;
	if (block->state == MEMHP_STATE_OFFLINE)
		return block->zones_errno == 0 && block->candidates != ZONES_NONE &&
				       (block->candidates & block_zones_asked(planner, block)) ==
					       0 ?
			       COST_NEVER :
			       COST_ONLINE;
	if (block->state != MEMHP_STATE_ONLINE)
		return COST_NEVER;
	if (!in_wrong_zone(planner, block))
		return COST_NONE;
	return block_may_leave_zone(planner, unit, block) ? COST_MOVE : COST_NEVER;
}

static int cost_of_offline(const struct planner *planner, const struct unit *unit,
			   const struct memhp_block *block)
{
	if (block->state == MEMHP_STATE_OFFLINE)
		return COST_NONE;
	if (block_is_protected(planner, unit, block))
		return COST_NEVER;
	return block->zones == ZONE_BIT(ZONE_MOVABLE) ? COST_ONLINE : COST_KERNEL_ZONE;
}

static int cost_of(const struct planner *planner, const struct unit *unit, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(planner->plan->predicted, number);

	if (block == NULL)
		return needs_add(planner, unit) ? COST_ADD : COST_NEVER;
	if (!block_is_wanted(planner, unit, block))
		return COST_NEVER;
	return options_of(planner)->operation == MEMHP_OPERATION_ONLINE ?
		       cost_of_online(planner, unit, block) :
		       cost_of_offline(planner, unit, block);
}

/* One block that may be part of a run. */
struct spot {
	uint32_t number;
	uint32_t cost;
};

struct spots {
	struct spot *items;
	size_t count;
	size_t capacity;
};

static int collect_spots(const struct planner *planner, struct spots *spots)
{
	uint32_t number;
	size_t i, j;

	for (i = 0; i < planner->units.count; i++) {
		const struct unit *unit = &planner->units.items[i];

		for (j = 0; unit_block(planner->plan->before, unit, j, &number); j++) {
			int cost = cost_of(planner, unit, number);

			if (cost == COST_NEVER)
				continue;
			if (array_reserve(&spots->items, spots->count, &spots->capacity,
					  sizeof(*spots->items)) < 0)
				return -ENOMEM;
			spots->items[spots->count++] =
				(struct spot){ .number = number, .cost = (uint32_t)cost };
		}
	}
	return 0;
}

static int compare_spots(const void *a, const void *b)
{
	const struct spot *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

/* The cheapest run of LENGTH numbers, the lowest of several; RET_LONGEST: what there is at most. */
static bool find_run(const struct spots *spots, size_t length, struct block_run *ret_run,
		     size_t *ret_longest)
{
	uint64_t sum = 0, best = UINT64_MAX;
	size_t run = 0, i;

	*ret_longest = 0;
	for (i = 0; i < spots->count; i++) {
		const struct spot *spot = &spots->items[i];

		if (run > 0 && spot->number != spot[-1].number + 1)
			run = sum = 0;
		run++;
		sum += spot->cost;
		if (run > length)
			sum -= spots->items[i - length].cost;
		*ret_longest = MAX(*ret_longest, run);
		if (run < length || sum >= best)
			continue;
		best = sum;
		*ret_run = (struct block_run){ .first = spot->number - (uint32_t)(length - 1),
					       .last = spot->number };
	}
	return best != UINT64_MAX;
}

/* Units outside of the run are as if nobody had named them. */
static void keep_window(struct planner *planner)
{
	struct units *units = &planner->units;
	size_t kept = 0, i, j;
	uint32_t number;

	for (i = 0; i < units->count; i++) {
		for (j = 0; unit_block(planner->plan->before, &units->items[i], j, &number); j++) {
			if (number < planner->window.first || number > planner->window.last)
				continue;
			units->items[kept++] = units->items[i];
			break;
		}
	}
	units->count = kept;
}

/* How many blocks UNIT has if they begin at FIRST and are one run; 0 if not. */
static size_t length_from(const struct planner *planner, const struct unit *unit, uint32_t first)
{
	size_t length = unit_length(planner, unit);
	uint32_t number;

	if (length == 0 || unit->first != first)
		return 0;
	unit_block(planner->plan->before, unit, length - 1, &number);
	return number - first + 1 == length ? length : 0;
}

/* A device is added as a whole: those that lie one after another and are just that large. */
static int choose_devices(struct planner *planner, size_t wanted)
{
	const struct units *units = &planner->units;
	size_t i, j, sum, length;

	for (i = 0; i < units->count; i++) {
		uint32_t first = units->items[i].first;

		for (j = i, sum = 0; j < units->count && sum < wanted; j++, sum += length) {
			length = length_from(planner, &units->items[j], first + (uint32_t)sum);
			if (length == 0)
				break;
		}
		if (sum != wanted)
			continue;
		planner->window = (struct block_run){ first, first + (uint32_t)(wanted - 1) };
		keep_window(planner);
		return 0;
	}
	return error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, "size",
			 "devices are added as a whole, and none that lie one after another are "
			 "just that large");
}

static int choose_run(struct planner *planner, size_t wanted)
{
	struct spots spots = { .items = NULL };
	size_t longest = 0;
	bool found = false;
	int rc = collect_spots(planner, &spots);

	if (rc == 0 && spots.count > 0) {
		qsort(spots.items, spots.count, sizeof(*spots.items), compare_spots);
		found = find_run(&spots, wanted, &planner->window, &longest);
	}
	free(spots.items);
	if (rc < 0)
		return error_memory(planner->error);
	if (!found)
		return too_large(planner, "the longest run of blocks that could be had", longest);
	keep_window(planner);
	return 0;
}

/* ---- */

int limit_to_size(struct planner *planner)
{
	uint64_t size = options_of(planner)->amount,
		 block = planner->plan->before->machine.block_size;
	size_t wanted;

	planner->blocks_left = planner->moves_left = SIZE_MAX;
	planner->window = (struct block_run){ .first = 0, .last = UINT32_MAX };
	/* What is made has a size of its own, and no blocks yet. */
	if (size == 0 || block == 0 || options_of(planner)->operation == MEMHP_OPERATION_CREATE)
		return 0;
	wanted = size / block + (size % block != 0);
	if (options_of(planner)->operation == MEMHP_OPERATION_ADD)
		return has_flag(planner, MEMHP_REQUEST_CONTIGUOUS) ?
			       choose_devices(planner, wanted) :
			       limit_add(planner, wanted);
	if (has_flag(planner, MEMHP_REQUEST_CONTIGUOUS))
		return choose_run(planner, wanted);
	if (options_of(planner)->operation == MEMHP_OPERATION_ONLINE) {
		limit_online(planner, wanted);
		return 0;
	}
	planner->blocks_left = wanted;
	count_down(&planner->blocks_left, count_blocks(planner, is_offline));
	return 0;
}
