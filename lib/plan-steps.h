/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts that plan.c puts together: units of work, their steps, and a plan's names. */
#ifndef MEMHP_PLAN_STEPS_H
#define MEMHP_PLAN_STEPS_H

#include "plan.h"

/*
 * What is worked on as one: a dax device with all its mappings, or a run of blocks named otherwise.
 */
struct unit {
	uint16_t device;		/* a dax device, or NO_DEVICE */
	bool whole;			/* comes from sets named as a whole only */
	struct block_run run;		/* without a device */
	uint32_t first;			/* lowest block: the order of units */
	bool add;			/* its memory is to be added */
	size_t limit;			/* placing: how many of its blocks go online; SIZE_MAX: all */
	bool again;			/* ... after it was taken out, to free what describes it */
};

struct units {
	struct unit *items;
	size_t count;
	size_t capacity;
};

/* units_collect - the units of a plan's targets, ascending; no block is in two of them. */
int units_collect(struct memhp_plan *plan, struct memhp_error *error, struct units *units);

/*
 * unit_block - number INDEX of a unit, ascending; false past the last. Blocks of a device whose
 * memory is not added yet are numbered as they will be.
 */
bool unit_block(const struct memhp_snapshot *snapshot, const struct unit *unit, size_t index,
		uint32_t *ret_number);

/* plan_make_steps - fills steps, predicted, refused, left_out and pieces for the plan's request. */
int plan_make_steps(struct memhp_plan *plan, const struct lessons *lessons, struct memhp_error *error);

/* plan_budget_nodes - the budgets of single nodes, once all steps are there. -ENOMEM. */
int plan_budget_nodes(struct memhp_plan *plan);

/* plan_make_ids - fingerprint and plan_id of a plan whose targets are resolved. */
int plan_make_ids(struct memhp_plan *plan, struct memhp_error *error);

#endif
