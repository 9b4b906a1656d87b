/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is different between two snapshots, by runs of blocks: for previews, for the proof that a plan
 * came out as predicted, and for events. Pure.
 */
#include <errno.h>

#include "plan.h"

struct side {
	uint8_t state;
	zone_set zones;
};

static struct side side_of(const struct memhp_block *block)
{
	if (block == NULL)
		return (struct side){ .state = MEMHP_STATE_ABSENT };
	return (struct side){ .state = block->state, .zones = block->zones };
}

static bool zones_differ(zone_set a, zone_set b)
{
	return a != b && (a & b) == 0;
}

static bool sides_differ(struct side a, struct side b)
{
	return a.state != b.state || zones_differ(a.zones, b.zones);
}

static int add(struct changes *changes, uint32_t number, struct side from, struct side to)
{
	struct memhp_change *last = changes->count > 0 ? &changes->items[changes->count - 1] : NULL;
	int rc;

	if (last != NULL && last->last_block + 1 == number && last->from_state == from.state &&
	    last->to_state == to.state && last->from_zones == from.zones &&
	    last->to_zones == to.zones) {
		last->last_block = number;
		return 0;
	}
	rc = array_reserve(&changes->items, changes->count, &changes->capacity,
			   sizeof(*changes->items));
	if (rc < 0)
		return rc;
	changes->items[changes->count++] = (struct memhp_change){
		.first_block = number,
		.last_block = number,
		.from_state = from.state,
		.to_state = to.state,
		.from_zones = from.zones,
		.to_zones = to.zones,
	};
	return 0;
}

int diff(const struct memhp_snapshot *before, const struct memhp_snapshot *after,
	 struct changes *changes)
{
	size_t i = 0, j = 0;
	int rc;

	while (i < before->block_count || j < after->block_count) {
		const struct memhp_block *a = i < before->block_count ? &before->blocks[i] : NULL;
		const struct memhp_block *b = j < after->block_count ? &after->blocks[j] : NULL;
		uint32_t number;

		if (a != NULL && b != NULL && a->number < b->number)
			b = NULL;
		else if (a != NULL && b != NULL && b->number < a->number)
			a = NULL;
		number = a != NULL ? a->number : b->number;
		i += a != NULL;
		j += b != NULL;
		if (!sides_differ(side_of(a), side_of(b)))
			continue;
		rc = add(changes, number, side_of(a), side_of(b));
		if (rc < 0)
			return rc;
	}
	return 0;
}
