/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a plan changes a dax device's driver: added to kmem, taken from it, given back to device_dax, with
 * auto-online parked from the first change to the last. Pure.
 */
#include "planner.h"

#include <errno.h>
#include <string.h>

#include "journal.h"
#include "memmap.h"
#include "plan-story.h"

/* ---- what a killed run left open is closed before anything else ---- */

/* It came while auto-online was parked by a run that was killed, and this plan is not about it. */
static bool is_left(const struct memhp_plan *plan, const struct memhp_block *block)
{
	const struct memhp_block *then = snapshot_block(plan->predicted, block->number);

	return block->state == MEMHP_STATE_OFFLINE && then != NULL &&
	       then->state == MEMHP_STATE_OFFLINE && !plan_takes_device(plan, block->device) &&
	       !plan_offlines(plan, block) && journal_is_new(&plan->before->journal, block->number);
}

/* When all is done, and not a part of it: it is nobody's request. */
int plan_tell_left(struct memhp_plan *plan)
{
	const struct memhp_snapshot *before = plan->before;
	const struct journal *journal = &before->journal;
	size_t count = 0, i;
	char text[160];

	if (journal->alive || (journal_find_kind(journal, BRACKET_AUTO_ONLINE) == NULL &&
			       journal_find_kind(journal, BRACKET_OTHERS) == NULL))
		return 0;
	for (i = 0; i < before->block_count; i++)
		count += is_left(plan, &before->blocks[i]);
	if (count == 0)
		return 0;
	text_format(text, sizeof(text),
		    "%zu block%s appeared while a run that was killed had auto_online_blocks "
		    "changed: afterwards %s onlined as it said",
		    count, count == 1 ? "" : "s", count == 1 ? "it is" : "they are");
	return texts_add(&plan->story.reasons, text);
}

int recover(struct planner *planner)
{
	const struct memhp_snapshot *before = planner->plan->before;
	const struct journal *journal = &before->journal;
	struct memhp_step step;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && !journal->alive && i < journal->count; i++) {
		if (step_recover(before, &journal->brackets[i], &step))
			rc = planner_add_step(planner, step);
	}
	return rc;
}

/* ---- auto-online is parked from the first change of a driver to the last ---- */

static int park(struct planner *planner)
{
	enum online_word word = planner->plan->predicted->machine.auto_online;

	if (planner->parked != WORD_UNKNOWN || word == WORD_UNKNOWN || word == WORD_OFFLINE)
		return 0;
	planner->parked = word;
	return planner_add_step(planner, (struct memhp_step){ .kind = STEP_AUTO_ONLINE,
							      .device = NO_DEVICE,
							      .from = word,
							      .to = WORD_OFFLINE });
}

int unpark(struct planner *planner)
{
	enum online_word word = planner->parked;

	if (word == WORD_UNKNOWN)
		return 0;
	planner->parked = WORD_UNKNOWN;
	return planner_add_step(planner, (struct memhp_step){ .kind = STEP_AUTO_ONLINE,
							      .device = NO_DEVICE,
							      .from = WORD_OFFLINE,
							      .to = word });
}

/* A word that somebody has written since is his. */
static enum online_word word_before(const struct memhp_snapshot *snapshot)
{
	const struct arrivals *arrivals = &snapshot->arrivals;

	return arrivals->set != WORD_UNKNOWN && arrivals->set == snapshot->machine.auto_online ?
		       arrivals->replaced :
		       WORD_UNKNOWN;
}

int plan_auto_online(struct planner *planner)
{
	enum online_word wanted = planner->plan->policy.auto_online;
	const struct memhp_snapshot *machine = planner->plan->predicted;

	if (has_flag(planner, MEMHP_REQUEST_RESTORE) || wanted == WORD_UNKNOWN)
		wanted = word_before(machine);
	if (wanted == WORD_UNKNOWN || wanted == machine->machine.auto_online)
		return 0;
	if (machine->machine.auto_online == WORD_UNKNOWN)
		return error_set(planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP,
				 "auto_online_blocks",
				 "this kernel has no memory hotplug, or it cannot be read");
	return planner_add_step(planner, (struct memhp_step){ .kind = STEP_AUTO_ONLINE,
							      .device = NO_DEVICE,
							      .from = machine->machine.auto_online,
							      .to = wanted,
							      .stands = true });
}

/* ---- drivers ---- */

static int driver_step(struct planner *planner, uint16_t device, enum step_kind kind,
		       enum driver from, enum driver to)
{
	return planner_add_step(planner, (struct memhp_step){ .kind = (uint8_t)kind,
							      .device = device,
							      .from = (uint8_t)from,
							      .to = (uint8_t)to });
}

static int load_driver(struct planner *planner, enum driver driver)
{
	const struct machine *machine = &planner->plan->predicted->machine;

	if (driver == DRIVER_KMEM ? machine->has_kmem : machine->has_device_dax)
		return 0;
	return driver_step(planner, NO_DEVICE, STEP_LOAD_MODULE, DRIVER_NONE, driver);
}

static int bind_driver(struct planner *planner, uint16_t index, enum driver driver)
{
	const struct memhp_device *device = &planner->plan->predicted->devices[index];
	bool taken = device->driver ==
		     driver; /* by the module that was loaded: the step still says so */
	bool give_id =
		!taken && (planner->lessons->bind_needs_id || driver_needs_id(device, driver));
	int rc = 0;

	if (give_id)
		rc = driver_step(planner, index, STEP_GIVE_ID, DRIVER_NONE, driver);
	if (rc == 0)
		rc = driver_step(planner, index, STEP_BIND, DRIVER_NONE, driver);
	if (rc == 0 && give_id)
		rc = driver_step(planner, index, STEP_TAKE_ID, driver, DRIVER_NONE);
	return rc;
}

/*
 * Where memory cannot describe itself the kernel does not take a yes, be it to undo a no
 * (drivers/dax/bus.c:memmap_on_memory_store, 6.12 and 7.2); and a no says nothing new.
 */
static bool attribute_matters(const struct planner *planner, const struct memhp_device *device)
{
	enum memmap_obstacle obstacle = memmap_obstacle(planner->plan->predicted, device, true);

	return obstacle == MEMMAP_FITS || obstacle == MEMMAP_PARAMETER_UNKNOWN;
}

static int set_memmap(struct planner *planner, uint16_t index)
{
	const struct memhp_device *device = &planner->plan->predicted->devices[index];
	enum memhp_memmap_choice choice = plan_memmap(planner->plan, device);
	enum tristate wanted = choice == MEMHP_MEMMAP_ON ? TRI_YES : TRI_NO;

	if (choice == MEMHP_MEMMAP_AUTO || choice == MEMHP_MEMMAP_UNSET ||
	    device->memmap_on_memory == wanted || !attribute_matters(planner, device))
		return 0;
	return planner_add_step(planner,
				(struct memhp_step){ .kind = STEP_MEMMAP,
						     .device = index,
						     .from = (uint8_t)device->memmap_on_memory,
						     .to = (uint8_t)wanted });
}

/* Why kmem could not take this device: known before anything is written. */
int check_addable(struct planner *planner, const struct unit *unit)
{
	const struct memhp_device *device = device_of(planner, unit);
	uint64_t block_size = planner->plan->before->machine.block_size;
	const char *why = NULL;
	uint32_t number;

	if (device->leaving)
		return not_gone_yet(planner, device);
	if (device->leaked)
		why = "the kernel has kept this device's memory after an earlier unbind, so it "
		      "cannot be added again before a reboot";
	else if (block_size == 0)
		why = "this kernel has no memory hotplug (no block_size_bytes)";
	else if (planner->plan->before->machine.auto_online == WORD_UNKNOWN)
		why = "what the kernel would do with its new blocks is not known "
		      "(auto_online_blocks cannot be read)";
	else if (device->size == 0)
		why = "this device has no memory (its size is 0)";
	else if (!unit_block(planner->plan->before, unit, 0, &number))
		why = "no whole memory block fits in this device";
	else if (device->target_node == NODE_NONE)
		why = "this device has no target node, and kmem does not take it without";
	else if (device->driver != DRIVER_NONE && device->driver != DRIVER_DEVICE_DAX)
		why = "this device is bound to another driver; unbind it first";
	if (why == NULL)
		return 0;
	return error_set(planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, device->name, "%s",
			 why);
}

bool needs_add(const struct planner *planner, const struct unit *unit)
{
	return unit->device != NO_DEVICE && device_of(planner, unit)->driver != DRIVER_KMEM &&
	       !device_of(planner, unit)->leaked;
}

int add_device(struct planner *planner, const struct unit *unit)
{
	uint16_t index = unit->device;
	int rc;

	rc = park(planner);
	if (rc == 0)
		rc = set_memmap(planner, index);
	if (rc == 0)
		rc = load_driver(planner, DRIVER_KMEM);
	if (rc == 0 && device_of(planner, unit)->driver == DRIVER_DEVICE_DAX)
		rc = driver_step(planner, index, STEP_UNBIND, DRIVER_DEVICE_DAX, DRIVER_NONE);
	if (rc == 0)
		rc = bind_driver(planner, index, DRIVER_KMEM);
	if (rc == 0)
		rc = driver_step(planner, index, STEP_WAIT_BLOCKS, DRIVER_NONE, DRIVER_KMEM);
	return rc;
}

/* kmem is left; the blocks must all be offline by now, and unbind's looks hold that again. */
int take_from_kmem(struct planner *planner, const struct unit *unit)
{
	int rc = park(planner);

	if (rc == 0)
		rc = driver_step(planner, unit->device, STEP_UNBIND, DRIVER_KMEM, DRIVER_NONE);
	return rc == 0 ? driver_step(planner, unit->device, STEP_WAIT_GONE, DRIVER_KMEM,
				     DRIVER_NONE) :
			 rc;
}

int eject_device(struct planner *planner, const struct unit *unit)
{
	const struct memhp_device *device = device_of(planner, unit);
	int rc;

	if (device->mapping_count == 0)
		return 0;
	if (!device->ejectable)
		return each_block(planner, unit, true, remove_part);
	rc = each_block(planner, unit, true, offline_one);
	if (rc == 0)
		rc = driver_step(planner, unit->device, STEP_EJECT, DRIVER_OTHER, DRIVER_NONE);
	return rc == 0 ? driver_step(planner, unit->device, STEP_WAIT_EJECTED, DRIVER_OTHER,
				     DRIVER_NONE) :
			 rc;
}

int give_to_device_dax(struct planner *planner, uint16_t index)
{
	int rc;

	if (has_flag(planner, MEMHP_REQUEST_UNBOUND))
		return 0;
	rc = load_driver(planner, DRIVER_DEVICE_DAX);
	return rc == 0 ? bind_driver(planner, index, DRIVER_DEVICE_DAX) : rc;
}
