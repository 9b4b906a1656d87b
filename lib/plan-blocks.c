/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a plan does to single blocks: which go offline, which online and where to, which are refused or
 * left out. Pure.
 */
#include "arrivals.h"
#include "planner.h"

#include <errno.h>
#include <string.h>

/* ---- what is not done ---- */

static int refuse(struct planner *planner, struct memhp_step step)
{
	struct memhp_plan *plan = planner->plan;

	if (array_reserve(&plan->refused, plan->refused_count, &plan->refused_capacity,
			  sizeof(*plan->refused)) < 0)
		return error_memory(planner->error);
	plan->refused[plan->refused_count++] = step;
	return 0;
}

static int refuse_part(struct planner *planner, uint32_t number, uint16_t device)
{
	struct memhp_plan *plan = planner->plan;
	struct part *last = plan->part_count > 0 ? &plan->parts[plan->part_count - 1] : NULL;

	/* Blocks are gone through downwards. */
	if (last != NULL && last->device == device && last->run.first == number + 1) {
		last->run.first = number;
		return 0;
	}
	if (array_reserve(&plan->parts, plan->part_count, &plan->part_capacity,
			  sizeof(*plan->parts)) < 0)
		return error_memory(planner->error);
	plan->parts[plan->part_count++] =
		(struct part){ .run = { number, number }, .device = device };
	return 0;
}

static void leave_out(struct planner *planner, enum left_out_by by, uint32_t number)
{
	struct left_out *left_out = &planner->plan->left_out[by];

	if (left_out->block_count++ == 0)
		left_out->first = left_out->last = number;
	left_out->first = MIN(left_out->first, number);
	left_out->last = MAX(left_out->last, number);
}

/* ---- blocks ---- */

static struct memhp_step block_step(const struct memhp_block *block)
{
	return (struct memhp_step){ .kind = STEP_BLOCK,
				    .device = block->device,
				    .block = block->number,
				    .from = block->state,
				    .from_zones = block->zones };
}

static int offline_block(struct planner *planner, const struct memhp_block *block)
{
	struct memhp_step step = block_step(block);

	step.to = MEMHP_STATE_OFFLINE;
	step.word = WORD_OFFLINE;
	return planner_add_step(planner, step);
}

zone_set block_zones_asked(const struct planner *planner, const struct memhp_block *block)
{
	zone_set zones;

	switch (plan_zone(planner->plan, block)) {
	case MEMHP_ZONE_MOVABLE:
		return ZONE_BIT(ZONE_MOVABLE);
	case MEMHP_ZONE_KERNEL:
		return ZONES_KERNEL;
	case MEMHP_ZONE_BALANCED:
		zones = balanced_zones(planner, block->number);
		return zones != ZONES_NONE ? zones : ZONES_UNKNOWN;
	default:
		return ZONES_UNKNOWN;
	}
}

static enum online_word asked_word(const struct planner *planner, const struct memhp_block *block)
{
	switch (block_zones_asked(planner, block)) {
	case ZONE_BIT(ZONE_MOVABLE):
		return WORD_ONLINE_MOVABLE;
	case ZONES_KERNEL:
		return WORD_ONLINE_KERNEL;
	default:
		return WORD_ONLINE;
	}
}

static int online_block(struct planner *planner, const struct memhp_block *block)
{
	struct memhp_step step = block_step(block);

	step.to = MEMHP_STATE_ONLINE;
	step.word = (uint8_t)asked_word(planner, block);
	if (block->zones_errno == 0 && block->candidates != ZONES_NONE &&
	    (block->candidates & block_zones_asked(planner, block)) == 0) {
		step.to_zones = block_zones_asked(planner, block);
		return refuse(planner, step);
	}
	return planner_add_step(planner, step);
}

/*
 * A section's zone is for blocks that are offline yet. Where it is too late, only who said `move` has
 * agreed to what moving can come to; --from-policy has nobody before it who could.
 */
static bool zone_counts(const struct planner *planner)
{
	return planner->plan->request.zone_asked || (has_flag(planner, MEMHP_REQUEST_FROM_POLICY) &&
						     has_flag(planner, MEMHP_REQUEST_MOVE));
}

bool in_wrong_zone(const struct planner *planner, const struct memhp_block *block)
{
	enum memhp_zone_choice choice;

	if (!zone_counts(planner) || block->state != MEMHP_STATE_ONLINE)
		return false;
	choice = plan_zone(planner->plan, block);
	/* Where the kernel is to choose, or balance had nothing to choose, no zone is wrong. */
	if (choice == MEMHP_ZONE_AUTO ||
	    (choice == MEMHP_ZONE_BALANCED && balanced_zones(planner, block->number) == ZONES_NONE))
		return false;
	return (block->zones & block_zones_asked(planner, block)) == 0;
}

/* Without being asked, only what a device named as such brought is moved. */
static bool may_move(const struct planner *planner, const struct unit *unit,
		     const struct memhp_block *block)
{
	return has_flag(planner, MEMHP_REQUEST_MOVE) ||
	       (unit->device != NO_DEVICE && !unit->whole && block->origin == MEMHP_ORIGIN_KMEM);
}

/* The policy's own doing, too, leaves out what the policy keeps offline; what is named is for a rule. */
bool block_is_kept(const struct planner *planner, const struct unit *unit,
		   const struct memhp_block *block)
{
	return (unit->whole || has_flag(planner, MEMHP_REQUEST_FROM_POLICY)) &&
	       plan_keeper(planner->plan, block) != NULL;
}

static bool is_kept_offline(struct planner *planner, const struct unit *unit,
			    const struct memhp_block *block)
{
	if (!block_is_kept(planner, unit, block))
		return false;
	leave_out(planner, LEFT_OUT_KEEP_OFFLINE, block->number);
	return true;
}

/* Of a set named as a whole, what a rule protects is not touched; LEFT_OUT_COUNT: none does. */
static enum left_out_by protector_of(const struct planner *planner, const struct unit *unit,
				     const struct memhp_block *block)
{
	if (!unit->whole)
		return LEFT_OUT_COUNT;
	if (block->origin == MEMHP_ORIGIN_VIRTIO_MEM)
		return LEFT_OUT_OWNER;
	if (!has_flag(planner, MEMHP_REQUEST_BOOT_MEMORY) &&
	    (block->origin == MEMHP_ORIGIN_BOOT || block->origin == MEMHP_ORIGIN_UNKNOWN))
		return LEFT_OUT_BOOT_MEMORY;
	return LEFT_OUT_COUNT;
}

bool block_is_protected(const struct planner *planner, const struct unit *unit,
			const struct memhp_block *block)
{
	return protector_of(planner, unit, block) != LEFT_OUT_COUNT;
}

static bool is_left_out(struct planner *planner, const struct unit *unit,
			const struct memhp_block *block)
{
	enum left_out_by by = protector_of(planner, unit, block);

	if (by == LEFT_OUT_COUNT)
		return false;
	leave_out(planner, by, block->number);
	return true;
}

bool block_may_leave_zone(const struct planner *planner, const struct unit *unit,
			  const struct memhp_block *block)
{
	return zone_counts(planner) && may_move(planner, unit, block) &&
	       protector_of(planner, unit, block) == LEFT_OUT_COUNT;
}

size_t unit_length(const struct planner *planner, const struct unit *unit)
{
	size_t low = 0, high = 1;
	uint32_t number;

	while (unit_block(planner->plan->before, unit, high - 1, &number)) {
		low = high;
		high *= 2;
	}
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (unit_block(planner->plan->before, unit, middle - 1, &number))
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Of what is there: whoever has had his turn is not asked again. */
static bool is_new(const struct planner *planner, const struct memhp_block *block)
{
	const struct memhp_snapshot *before = planner->plan->before;

	return snapshot_block(before, block->number) != NULL &&
	       !arrivals_have(&before->arrivals, block->number);
}

/* Units of devices are there because the policy wants them; --contiguous wants one run and no more. */
bool block_is_wanted(const struct planner *planner, const struct unit *unit,
		     const struct memhp_block *block)
{
	if (has_flag(planner, MEMHP_REQUEST_NEW) && !is_new(planner, block))
		return false;
	return block->number >= planner->window.first && block->number <= planner->window.last &&
	       (unit->device != NO_DEVICE || plan_wants_block(planner->plan, block));
}

int each_block(struct planner *planner, const struct unit *unit, bool descending, block_fn fn)
{
	size_t length = unit_length(planner, unit), i;
	uint32_t number = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < length; i++) {
		const struct memhp_block *block;

		unit_block(planner->plan->before, unit, descending ? length - 1 - i : i, &number);
		block = snapshot_block(planner->plan->predicted, number);
		if (block != NULL && block_is_wanted(planner, unit, block))
			rc = fn(planner, unit, block);
	}
	return rc;
}

/* Takes one of what --size allows; false when there is none left. */
static bool take_one(size_t *left)
{
	if (*left == SIZE_MAX)
		return true;
	if (*left == 0)
		return false;
	(*left)--;
	return true;
}

int offline_one(struct planner *planner, const struct unit *unit, const struct memhp_block *block)
{
	if (block->state == MEMHP_STATE_OFFLINE ||
	    (planner->movable_only && block->zones != ZONE_BIT(ZONE_MOVABLE)) ||
	    is_left_out(planner, unit, block) || !take_one(&planner->blocks_left))
		return 0;
	return offline_block(planner, block);
}

int offline_wrong_zone(struct planner *planner, const struct unit *unit,
		       const struct memhp_block *block)
{
	struct memhp_step step = block_step(block);

	if (!in_wrong_zone(planner, block) || is_kept_offline(planner, unit, block) ||
	    is_left_out(planner, unit, block) || !take_one(&planner->moves_left))
		return 0;
	if (may_move(planner, unit, block))
		return offline_block(planner, block);
	step.to = MEMHP_STATE_ONLINE;
	step.word = (uint8_t)asked_word(planner, block);
	step.to_zones = block_zones_asked(planner, block);
	return refuse(planner, step);
}

int online_one(struct planner *planner, const struct unit *unit, const struct memhp_block *block)
{
	struct memhp_step step = block_step(block);

	if (block->state == MEMHP_STATE_ONLINE || is_kept_offline(planner, unit, block) ||
	    !take_one(&planner->blocks_left))
		return 0;
	if (block->state == MEMHP_STATE_OFFLINE)
		return online_block(planner, block);
	step.to = MEMHP_STATE_ONLINE; /* nobody can say what this block is doing */
	step.to_zones = block_zones_asked(planner, block);
	return refuse(planner, step);
}

int refuse_missing(struct planner *planner, const struct unit *unit)
{
	size_t i = 0;
	uint32_t number;
	int rc = 0;

	if (unit->device == NO_DEVICE)
		return 0;
	while (rc == 0 && unit_block(planner->plan->before, unit, i++, &number)) {
		const struct memhp_block block = { .number = number, .device = unit->device };

		if (snapshot_block(planner->plan->predicted, number) == NULL &&
		    block_is_wanted(planner, unit, &block))
			rc = refuse(planner, (struct memhp_step){ .kind = STEP_BLOCK,
								  .device = unit->device,
								  .block = number,
								  .from = MEMHP_STATE_ABSENT,
								  .to = MEMHP_STATE_ONLINE,
								  .to_zones = block_zones_asked(
									  planner, &block) });
	}
	return rc;
}

/* Blocks that were not named by their device: taken out only if they are all of it. */
int remove_part(struct planner *planner, const struct unit *unit, const struct memhp_block *block)
{
	if (is_left_out(planner, unit, block))
		return 0;
	return refuse_part(planner, block->number, block->device);
}
