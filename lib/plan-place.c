/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A place for all memory that is not in use: device by device, each by its section of the policy, as much
 * of it as the rules let in after those before it. Tries each on the machine that the others lead to, and
 * leaves the steps to the planner. Pure.
 */
#include "planner.h"

#include <errno.h>
#include <string.h>

#include "rule.h"

/* ---- what is not in use ---- */

static bool is_unused(const struct memhp_snapshot *snapshot, uint16_t index)
{
	const struct memhp_device *device = &snapshot->devices[index];
	size_t i;

	if (device->kind != MEMHP_DEVICE_DAX || device->size == 0 || device->leaked)
		return false;
	if (device->driver == DRIVER_NONE || device->driver == DRIVER_DEVICE_DAX)
		return true;
	for (i = 0; device->driver == DRIVER_KMEM && i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].device == index &&
		    snapshot->blocks[i].state == MEMHP_STATE_OFFLINE)
			return true;
	}
	return false;
}

/* Hot-added otherwise, and nobody's to look after but ours. */
static bool is_unused_block(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_OFFLINE && block->origin == MEMHP_ORIGIN_ACPI;
}

static int take_in_device(struct target *target, uint16_t index)
{
	if (array_reserve(&target->devices, target->device_count, &target->device_capacity,
			  sizeof(*target->devices)) < 0)
		return -ENOMEM;
	target->devices[target->device_count++] = index;
	return 0;
}

static int take_in_block(struct target *target, uint32_t number)
{
	struct block_run *last =
		target->run_count > 0 ? &target->runs[target->run_count - 1] : NULL;

	if (last != NULL && last->last + 1 == number) {
		last->last = number;
		return 0;
	}
	if (array_reserve(&target->runs, target->run_count, &target->run_capacity,
			  sizeof(*target->runs)) < 0)
		return -ENOMEM;
	target->runs[target->run_count++] = (struct block_run){ number, number };
	return 0;
}

int place_find(const struct memhp_snapshot *snapshot, struct target *target)
{
	uint16_t index;
	size_t i;
	int rc = 0;

	*target = (struct target){ .text = "", .whole = true };
	for (index = 0; rc == 0 && index < snapshot->device_count; index++) {
		if (is_unused(snapshot, index))
			rc = take_in_device(target, index);
	}
	for (i = 0; rc == 0 && i < snapshot->block_count; i++) {
		if (is_unused_block(snapshot, &snapshot->blocks[i]))
			rc = take_in_block(target, snapshot->blocks[i].number);
	}
	return rc;
}

/* ---- one after the other ---- */

struct placing {
	struct planner *planner;
	struct memhp_snapshot *machine; /* as those that were taken leave it */
};

static int note(struct planner *planner, const struct unit *unit, size_t limit,
		const struct rule *rule, const char *why)
{
	struct memhp_plan *plan = planner->plan;
	struct misfit *misfit;

	if (array_reserve(&plan->misfits, plan->misfit_count, &plan->misfit_capacity,
			  sizeof(*plan->misfits)) < 0)
		return error_memory(planner->error);
	misfit = &plan->misfits[plan->misfit_count++];
	*misfit = (struct misfit){ .rule = rule,
				   .device = unit->device,
				   .run = unit->run,
				   .blocks = unit_length(planner, unit),
				   .placed = limit };
	text_copy(misfit->why, sizeof(misfit->why), why);
	return 0;
}

static const struct memhp_finding *first_deny(const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->findings.count; i++) {
		if (plan->findings.items[i].severity == MEMHP_SEVERITY_DENY)
			return &plan->findings.items[i];
	}
	return NULL;
}

/* The plan for UNIT alone, and so many of its blocks, on the machine as it is by now. */
static int attempt(struct placing *placing, const struct unit *unit, size_t limit,
		   struct memhp_error *error, struct memhp_plan **ret_trial)
{
	const struct planner *planner = placing->planner;
	const struct place trial = { .device = unit->device, .first = unit->first, .limit = limit };
	struct lessons lessons = *planner->lessons;

	lessons.use = PLAN_TO_COMPARE;
	lessons.trial = &trial;
	error_clear(error);
	return plan_new(placing->machine, &planner->plan->policy, options_of(planner), &lessons,
			error, ret_trial);
}

/* How many blocks the policy's ratio of Movable to kernel memory still lets in. */
static size_t blocks_within_ratio(const struct memhp_plan *trial)
{
	const struct memhp_budget *budget = &trial->budget_before;
	unsigned __int128 allowed = (unsigned __int128)trial->policy.movable_ratio_deny *
				    (unsigned __int128)MAX(budget->kernel_bytes, 0) / 10000;
	uint64_t block = trial->before->machine.block_size;

	if (budget->movable_bytes < 0 || allowed <= (unsigned __int128)budget->movable_bytes)
		return 0;
	allowed = (allowed - (unsigned __int128)budget->movable_bytes) / block;
	return allowed < SIZE_MAX ? (size_t)allowed : SIZE_MAX;
}

static void take(struct placing *placing, const struct memhp_plan *trial)
{
	struct memhp_snapshot *machine = memhp_snapshot_ref(trial->predicted);

	memhp_snapshot_unref(placing->machine);
	placing->machine = machine;
}

/* As much of it as fits; RET_LIMIT: how many blocks that is. */
static int try_part(struct placing *placing, const struct unit *unit,
		    const struct memhp_plan *whole, size_t *ret_limit)
{
	const struct memhp_finding *deny = first_deny(whole);
	struct memhp_plan *trial = NULL;
	struct memhp_error error;
	size_t limit = 0;
	int rc = 0;

	if (deny->rule == &rule_movable_ratio)
		limit = MIN(blocks_within_ratio(whole), unit_length(placing->planner, unit));
	if (limit > 0)
		rc = attempt(placing, unit, limit, &error, &trial);
	if (rc == -ENOMEM)
		return error_memory(placing->planner->error);
	if (rc < 0 || trial == NULL || first_deny(trial) != NULL)
		limit = 0;
	else
		take(placing, trial);
	memhp_plan_unref(trial);
	*ret_limit = limit;
	return note(placing->planner, unit, limit, deny->rule, deny->message);
}

static int try_whole(struct placing *placing, const struct unit *unit, size_t *ret_limit)
{
	struct memhp_plan *trial = NULL;
	struct memhp_error error;
	int rc = attempt(placing, unit, SIZE_MAX, &error, &trial);

	*ret_limit = 0;
	if (rc == -ENOMEM)
		return error_memory(placing->planner->error);
	if (rc < 0)
		return note(placing->planner, unit, 0, &rule_zone_allowed, error.message);
	if (first_deny(trial) != NULL) {
		rc = try_part(placing, unit, trial, ret_limit);
	} else {
		*ret_limit = SIZE_MAX;
		take(placing, trial);
	}
	memhp_plan_unref(trial);
	return rc;
}

/* Why nobody wants it online, unless they say so; "": nothing is known against it. */
static void objection(const struct planner *planner, const struct unit *unit, char *why,
		      size_t size)
{
	const struct memhp_device *device = device_of(planner, unit);
	const struct policy_device *section =
		policy_section_of_device(&planner->plan->policy, planner->plan->before, device);

	why[0] = '\0';
	if (section != NULL && !section->online)
		text_format(why, size, "the policy does not bring it online ([%s], %s:%u)",
			    section->section, section->origin.file, section->origin.line);
	else if (section == NULL && device->provider != NULL &&
		 strcmp(device->provider, "pmem") == 0)
		text_copy(why, size,
			  "it is persistent memory, and what it holds would be lost; a section of "
			  "the policy for it says that this is meant");
}

static int place_unit(struct placing *placing, const struct unit *unit, size_t *ret_limit)
{
	char why[256] = "";

	*ret_limit = 0;
	if (unit->device != NO_DEVICE)
		objection(placing->planner, unit, why, sizeof(why));
	if (why[0] == '\0')
		return try_whole(placing, unit, ret_limit);
	return note(placing->planner, unit, 0, &rule_keep_offline, why);
}

/* The units that are placed, each with how many of its blocks are. */
static int choose(struct planner *planner)
{
	struct placing placing = { .planner = planner,
				   .machine = memhp_snapshot_ref(planner->plan->before) };
	struct units *units = &planner->units;
	size_t kept = 0, i;
	int rc = 0;

	for (i = 0; rc == 0 && i < units->count; i++) {
		struct unit unit = units->items[i];

		rc = place_unit(&placing, &unit, &unit.limit);
		if (rc == 0 && unit.limit > 0)
			units->items[kept++] = unit;
	}
	units->count = kept;
	memhp_snapshot_unref(placing.machine);
	return rc;
}

/* The one that is tried; all others are as if they were not there. */
static void keep_trial(struct planner *planner, const struct place *trial)
{
	struct units *units = &planner->units;
	size_t kept = 0, i;

	for (i = 0; i < units->count; i++) {
		if (units->items[i].device != trial->device ||
		    (trial->device == NO_DEVICE && units->items[i].first != trial->first))
			continue;
		units->items[kept] = units->items[i];
		units->items[kept++].limit = trial->limit;
	}
	units->count = kept;
}

int place(struct planner *planner)
{
	if (planner->lessons->trial == NULL)
		return choose(planner);
	keep_trial(planner, planner->lessons->trial);
	return 0;
}

/* ---- what did not fit ---- */

static int tell(const struct memhp_plan *plan, const struct misfit *misfit,
		struct findings *findings)
{
	struct memhp_finding *finding = finding_add(findings, misfit->rule);
	uint64_t block_size = plan->before->machine.block_size;
	char all[32], placed[32];

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	if (misfit->device != NO_DEVICE)
		text_copy(finding->subject, sizeof(finding->subject),
			  snapshot_device_name(plan->before, misfit->device));
	else
		finding_subject(finding, misfit->run.first, misfit->run.last);
	finding_measure(finding, misfit->blocks, misfit->placed, "blocks");
	size_to_text(misfit->blocks * block_size, all, sizeof(all));
	size_to_text(misfit->placed * block_size, placed, sizeof(placed));
	if (misfit->placed == 0)
		text_format(finding->message, sizeof(finding->message),
			    "%s of it are left out: %.200s", all, misfit->why);
	else
		text_format(finding->message, sizeof(finding->message),
			    "only %s of its %s are placed: %.180s", placed, all, misfit->why);
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "plan it by itself to see what would have to be otherwise");
	return 0;
}

int place_findings(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->misfit_count; i++)
		rc = tell(plan, &plan->misfits[i], findings);
	return rc;
}
