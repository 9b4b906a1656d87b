/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Steps that change something for the time of a run only: which closes which, what the journal notes of
 * them, and the step that closes what a killed run left open. Reads and writes no journal.
 */
#include <string.h>

#include "step.h"

bool step_opens_bracket(const struct memhp_step *step)
{
	return step->kind == STEP_GIVE_ID ||
	       (step->kind == STEP_AUTO_ONLINE && step->to == WORD_OFFLINE && !step->stands);
}

bool step_closes_bracket(const struct memhp_step *opening, const struct memhp_step *step)
{
	if (opening->kind == STEP_GIVE_ID)
		return step->kind == STEP_TAKE_ID && step->device == opening->device &&
		       step->from == opening->to;
	return opening->kind == STEP_AUTO_ONLINE && step->kind == STEP_AUTO_ONLINE &&
	       step->to == opening->from;
}

bool step_bracket(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  struct bracket *ret_bracket)
{
	if (!step_opens_bracket(step))
		return false;
	*ret_bracket = (struct bracket){ .kind = BRACKET_AUTO_ONLINE, .value = step->from };
	if (step->kind == STEP_GIVE_ID) {
		*ret_bracket = (struct bracket){ .kind = BRACKET_ID, .value = step->to };
		text_copy(ret_bracket->device, sizeof(ret_bracket->device),
			  snapshot_device_name(snapshot, step->device));
	}
	return true;
}

bool step_ends_bracket(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		       const struct bracket *bracket)
{
	if (bracket->kind == BRACKET_AUTO_ONLINE)
		return step->kind == STEP_AUTO_ONLINE && step->to == bracket->value;
	if (bracket->kind == BRACKET_OTHERS) /* many steps do, and afterwards it is over */
		return false;
	return step->kind == STEP_TAKE_ID && step->from == bracket->value &&
	       strcmp(snapshot_device_name(snapshot, step->device), bracket->device) == 0;
}

static uint16_t find_device(const struct memhp_snapshot *snapshot, const char *name)
{
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		if (snapshot->devices[i].kind == MEMHP_DEVICE_DAX &&
		    strcmp(snapshot->devices[i].name, name) == 0)
			return (uint16_t)i;
	}
	return NO_DEVICE;
}

/* What somebody has changed since is his; ids go with their driver, and mean nothing without a device. */
bool step_recover(const struct memhp_snapshot *snapshot, const struct bracket *bracket,
		  struct memhp_step *ret_step)
{
	const struct machine *machine = &snapshot->machine;
	struct memhp_step step = { .kind = STEP_AUTO_ONLINE,
				   .device = NO_DEVICE,
				   .from = WORD_OFFLINE,
				   .to = bracket->value,
				   .recovers = true };
	bool open = bracket->kind == BRACKET_AUTO_ONLINE && machine->auto_online == WORD_OFFLINE;

	if (bracket->kind == BRACKET_ID) {
		step.kind = STEP_TAKE_ID;
		step.device = find_device(snapshot, bracket->device);
		step.from = bracket->value;
		step.to = DRIVER_NONE;
		open = step.device != NO_DEVICE &&
		       (bracket->value == DRIVER_KMEM	    ? machine->has_kmem :
			bracket->value == DRIVER_DEVICE_DAX ? machine->has_device_dax :
							      true);
	}
	*ret_step = step;
	return open;
}
