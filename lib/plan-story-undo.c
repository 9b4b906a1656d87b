/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a plan is undone: commands for whoever has to agree to it, in their order, and whether they are certain to
 * bring back what there was. Says it and does nothing; what a run does after a failure is in apply-undo.c.
 */
#include <string.h>

#include "plan-story.h"
#include "step.h"

/* As long as a command line is still one to look at. */
#define COMMAND_MAX 160

static bool is_online(uint8_t state)
{
	return state == MEMHP_STATE_ONLINE;
}

static const char *zone_word(zone_set zones)
{
	if ((zones & ~ZONES_KERNEL) == 0 && zones != ZONES_NONE)
		return "kernel";
	return zones == ZONE_BIT(ZONE_MOVABLE) ? "movable" : "auto";
}

/* What brings a run of blocks back; "": nothing that is said of blocks. */
static void undo_verb(const struct memhp_change *change, char *text, size_t size)
{
	const char *zone = zone_word(change->from_zones);

	text[0] = '\0';
	if (is_online(change->from_state) && is_online(change->to_state))
		text_format(text, size, "memhp online --zone %s --move", zone);
	else if (is_online(change->from_state))
		text_format(text, size, "memhp online --zone %s", zone);
	else if (is_online(change->to_state) && change->from_state != MEMHP_STATE_ABSENT)
		text_copy(text, size, "memhp offline");
}

/* Runs of blocks one after another that one command takes. */
struct command {
	char verb[64];
	char text[COMMAND_MAX + 64];
};

static int end_command(struct memhp_plan *plan, struct command *command)
{
	int rc = command->text[0] != '\0' ? texts_add(&plan->story.undo, command->text) : 0;

	command->text[0] = command->verb[0] = '\0';
	return rc;
}

static int take_change(struct memhp_plan *plan, struct command *command,
		       const struct memhp_change *change)
{
	char verb[64];
	size_t used;
	bool same;
	int rc = 0;

	undo_verb(change, verb, sizeof(verb));
	same = command->text[0] != '\0' && strcmp(verb, command->verb) == 0 &&
	       strlen(command->text) < COMMAND_MAX;
	if (!same) {
		rc = end_command(plan, command);
		text_copy(command->verb, sizeof(command->verb), verb);
		text_copy(command->text, sizeof(command->text), verb);
	}
	if (verb[0] == '\0')
		return rc;
	used = strlen(command->text);
	text_format(command->text + used, sizeof(command->text) - used,
		    change->first_block == change->last_block ? "%s%u" : "%s%u-%u",
		    same ? "," : " ", change->first_block, change->last_block);
	return rc;
}

/* Of a device: whether the plan brings its memory, or takes it away. */
static bool comes_or_goes(const struct memhp_plan *plan, uint16_t index, uint8_t from)
{
	uint8_t before = plan->before->devices[index].driver;
	uint8_t after = plan->predicted->devices[index].driver;

	return before != after && (from == DRIVER_KMEM ? before : after) == DRIVER_KMEM;
}

/* The last first, for a later one may be described by memory of an earlier one. */
static int undo_devices(struct memhp_plan *plan)
{
	const struct memhp_snapshot *snapshot = plan->before;
	char text[128];
	size_t i;
	int rc = 0;

	for (i = snapshot->device_count; rc == 0 && i-- > 0;) {
		const struct memhp_device *device = &snapshot->devices[i];

		if (!comes_or_goes(plan, (uint16_t)i, DRIVER_NONE))
			continue;
		text_format(text, sizeof(text), "memhp remove %s%s",
			    device->driver == DRIVER_NONE ? "--unbound " : "", device->name);
		rc = texts_add(&plan->story.undo, text);
	}
	for (i = 0; rc == 0 && i < snapshot->device_count; i++) {
		if (!comes_or_goes(plan, (uint16_t)i, DRIVER_KMEM))
			continue;
		text_format(text, sizeof(text), "memhp add %s", snapshot->devices[i].name);
		rc = texts_add(&plan->story.undo, text);
	}
	return rc;
}

static int tell_commands(struct memhp_plan *plan)
{
	struct command command = { .text = "" };
	size_t i;
	int rc = undo_devices(plan);

	for (i = 0; rc == 0 && i < plan->changes.count; i++)
		rc = take_change(plan, &command, &plan->changes.items[i]);
	return rc == 0 ? end_command(plan, &command) : rc;
}

/* What is in a kernel zone may not come out again, and some steps have no way back. */
static bool is_certain(const struct memhp_plan *plan)
{
	char text[IO_NAME_MAX];
	size_t i;

	for (i = 0; i < plan->changes.count; i++) {
		const struct memhp_change *change = &plan->changes.items[i];

		if (is_online(change->to_state) && change->to_zones != ZONE_BIT(ZONE_MOVABLE))
			return false;
	}
	for (i = 0; i < plan->step_count; i++) {
		/* Somebody has to plug it in again. */
		if (plan->steps[i].kind == STEP_EJECT)
			return false;
		if (plan->steps[i].kind != STEP_BLOCK || !is_online(plan->steps[i].from))
			continue;
		step_undo(plan->before, &plan->steps[i], text);
		if (text[0] == '\0')
			return false;
	}
	return true;
}

int plan_tell_undo(struct memhp_plan *plan)
{
	plan->story.undo_certain = is_certain(plan);
	return tell_commands(plan);
}
