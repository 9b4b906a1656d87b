/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files that make steps share: the plan under way, and how steps are added to it. Blocks,
 * drivers and operations stand in a file each.
 */
#ifndef MEMHP_PLANNER_H
#define MEMHP_PLANNER_H

#include "plan-steps.h"

struct planner {
	struct memhp_plan *plan;
	struct units units;
	const struct lessons *lessons;
	struct memhp_error *error;
	enum online_word parked; /* what auto_online_blocks said before, WORD_UNKNOWN: not parked */
	size_t binds_left; /* units whose driver is still to change: then auto-online goes back */
	/* --size: how many blocks more are to be brought where they are asked, and how many of them moved. */
	size_t blocks_left;
	size_t moves_left;
	struct block_run window; /* --contiguous: the blocks that were chosen; else all */
	bool movable_only; /* a pass over blocks that are cheap to empty */
	/* --zone balanced: the blocks to choose from, ascending, and what was chosen. */
	struct balanced *balanced;
	size_t balanced_count;
	size_t balanced_capacity;
};

static inline const struct memhp_request *options_of(const struct planner *planner)
{
	return &planner->plan->request.options;
}

static inline bool has_flag(const struct planner *planner, enum memhp_request_flags flag)
{
	return (options_of(planner)->flags & flag) != 0;
}

static inline struct memhp_device *device_of(const struct planner *planner, const struct unit *unit)
{
	return &planner->plan->predicted->devices[unit->device];
}

/* plan-steps.c */
int planner_add_step(struct planner *planner, struct memhp_step step);

/* plan-costs.c: what STEP will ask of memory, before it is simulated; NULL: after the last one. */
int planner_note_costs(struct planner *planner, const struct memhp_step *step);

/* plan-drivers.c */
int recover(struct planner *planner);
bool needs_add(const struct planner *planner, const struct unit *unit);
int check_addable(struct planner *planner, const struct unit *unit);
int add_device(struct planner *planner, const struct unit *unit);
/* Every block is offline by now; unbind's looks hold that again. */
int take_from_kmem(struct planner *planner, const struct unit *unit);
/* Of an ACPI device: blocks offline, then out. An empty slot is done already. */
int eject_device(struct planner *planner, const struct unit *unit);
int give_to_device_dax(struct planner *planner, uint16_t index);
int unpark(struct planner *planner);
/* The policy's word for auto_online_blocks, or the one that it took the place of. */
int plan_auto_online(struct planner *planner);

/* plan-blocks.c */
typedef int (*block_fn)(struct planner *planner, const struct unit *unit,
			const struct memhp_block *block);
/* The existing blocks of a unit, from either end. */
int each_block(struct planner *planner, const struct unit *unit, bool descending, block_fn fn);
int offline_one(struct planner *planner, const struct unit *unit, const struct memhp_block *block);
int offline_wrong_zone(struct planner *planner, const struct unit *unit,
		       const struct memhp_block *block);
int online_one(struct planner *planner, const struct unit *unit, const struct memhp_block *block);
/* kmem passes over a range that it cannot add: of that, the user is told. */
int refuse_missing(struct planner *planner, const struct unit *unit);
int remove_part(struct planner *planner, const struct unit *unit, const struct memhp_block *block);
bool in_wrong_zone(const struct planner *planner, const struct memhp_block *block);
bool block_is_wanted(const struct planner *planner, const struct unit *unit,
		     const struct memhp_block *block);
/* Of what is to be online: the policy keeps this offline, or the set left it out. */
bool block_is_kept(const struct planner *planner, const struct unit *unit,
		   const struct memhp_block *block);
/* Of a set named as a whole, a rule protects this block from being taken offline. */
bool block_is_protected(const struct planner *planner, const struct unit *unit,
			const struct memhp_block *block);
/* An online block may be moved by this plan, if it is in the wrong zone. */
bool block_may_leave_zone(const struct planner *planner, const struct unit *unit,
			  const struct memhp_block *block);
/* The zones that would satisfy the request. */
zone_set block_zones_asked(const struct planner *planner, const struct memhp_block *block);
size_t unit_length(const struct planner *planner, const struct unit *unit);

/* plan-geometry.c: dax devices that are made, and taken away. */
int plan_create(struct planner *planner);
int plan_destroy(struct planner *planner);

/* plan-known.c: what must be known of the targets for a plan to be made. */
int check_known(struct planner *planner);
/* ... and, once its steps are made, for it to be carried out. */
int check_noted(struct planner *planner);
/* Refuses what is asked of DEVICE, which is leaving. */
int not_gone_yet(struct planner *planner, const struct memhp_device *device);

/* plan-size.c: how many blocks, of which devices, and (--contiguous) which. */
int limit_to_size(struct planner *planner);

/* plan-place.c: which units there is a place for, and for how many of their blocks. */
int place(struct planner *planner);

/* plan-balance.c: chooses, before any step. */
int balance(struct planner *planner);
/* ZONES_KERNEL or Movable; ZONES_NONE: a block stays where it is. */
zone_set balanced_zones(const struct planner *planner, uint32_t number);
/* The order in which units are onlined: as many indices as there are units. */
int balanced_order(struct planner *planner, size_t *order);

#endif
