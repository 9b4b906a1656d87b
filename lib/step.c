/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One row per kind of step: what is read to see where its subject stands, what is written to move it
 * on, what must hold then. Paths and words only; apply does the reading and the writing.
 */
#include "step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "step-row.h"

const struct step_row step_rows[STEP_KIND_COUNT] = {
	[STEP_AUTO_ONLINE] = { .action = ACTION_WRITE,
			       .path = MEMORY_DIR "/auto_online_blocks",
			       .look = look_auto_online,
			       .observe = observe_auto_online },
	[STEP_LOAD_MODULE] = { .action = ACTION_LOAD,
			       .path = "%s",
			       .path_of_driver = true,
			       .look = look_module,
			       .observe = observe_module },
	[STEP_MEMMAP] = { .action = ACTION_WRITE,
			  .path = DAX_DIR "/devices/%s/memmap_on_memory",
			  .look = look_memmap,
			  .observe = observe_memmap },
	[STEP_UNBIND] = { .action = ACTION_WRITE,
			  .path = DAX_DIR "/drivers/%s/unbind",
			  .path_of_driver = true,
			  .look = look_unbind,
			  .observe = observe_unbind },
	[STEP_GIVE_ID] = { .action = ACTION_WRITE,
			   .path = DAX_DIR "/drivers/%s/new_id",
			   .path_of_driver = true,
			   .blind = true,
			   .look = look_driver,
			   .observe = observe_driver },
	[STEP_BIND] = { .action = ACTION_WRITE,
			.path = DAX_DIR "/drivers/%s/bind",
			.path_of_driver = true,
			.look = look_driver,
			.observe = observe_driver },
	[STEP_TAKE_ID] = { .action = ACTION_WRITE,
			   .path = DAX_DIR "/drivers/%s/remove_id",
			   .path_of_driver = true,
			   .blind = true,
			   .can_always_start = true,
			   .look = look_driver,
			   .observe = observe_driver },
	[STEP_WAIT_BLOCKS] = { .action = ACTION_WAIT,
			       .path = DAX_DIR "/devices/%s",
			       .can_always_start = true,
			       .look = look_blocks,
			       .observe = observe_wait_blocks },
	[STEP_BLOCK] = { .action = ACTION_WRITE,
			 .path = MEMORY_DIR "/memory%s/state",
			 .look = look_block,
			 .observe = observe_block },
	[STEP_EJECT] = { .action = ACTION_WRITE,
			 .path = ACPI_DIR "/%s/eject",
			 .blind = true,
			 .look = look_blocks,
			 .observe = observe_eject },
	[STEP_WAIT_EJECTED] = { .action = ACTION_WAIT,
				.path = ACPI_DIR "/%s",
				.can_always_start = true,
				.look = look_blocks,
				.observe = observe_ejected },
	[STEP_WAIT_GONE] = { .action = ACTION_WAIT,
			     .path = DAX_DIR "/devices/%s",
			     .can_always_start = true,
			     .look = look_gone,
			     .observe = observe_gone },
	[STEP_CREATE] = { .action = ACTION_WRITE,
			  .path = DEVICES_DIR "/%s/dax_region/create",
			  .path_of_region = true,
			  .look = look_created,
			  .observe = observe_created },
	[STEP_ALIGN] = { .action = ACTION_WRITE,
			 .path = DAX_DIR "/devices/%s/align",
			 .look = look_amount,
			 .observe = observe_amount },
	[STEP_SIZE] = { .action = ACTION_WRITE,
			.path = DAX_DIR "/devices/%s/size",
			.look = look_amount,
			.observe = observe_amount },
	[STEP_DELETE] = { .action = ACTION_WRITE,
			  .path = DEVICES_DIR "/%s/dax_region/delete",
			  .path_of_region = true,
			  .look = look_deleted,
			  .observe = observe_deleted },
};

static enum driver driver_of(const struct memhp_step *step)
{
	return step->to != DRIVER_NONE ? step->to : step->from;
}

/* ---- devices ---- */

static bool has_id(const struct memhp_snapshot *snapshot, unsigned int region, unsigned int id)
{
	char name[IO_NAME_MAX];
	size_t i;

	text_format(name, sizeof(name), "dax%u.%u", region, id);
	for (i = 0; i < snapshot->device_count; i++) {
		if (strcmp(snapshot->devices[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A region gives its devices the lowest number that is free (drivers/dax/bus.c:alloc_dev_dax_id, 6.1 to 7.2). */
void step_device(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		 char name[IO_NAME_MAX])
{
	const char *device = snapshot_device_name(snapshot, step->device);
	/* Where one is made again in the place of another, candidate 0 is that. */
	unsigned int region, id, left = step->fresh ? step->candidate : step->candidate - 1U;

	text_copy(name, IO_NAME_MAX, device != NULL ? device : "");
	if ((!step->fresh && step->candidate == 0) || sscanf(name, "dax%u.%u", &region, &id) != 2)
		return;
	for (id = 0; has_id(snapshot, region, id) || left-- > 0; id++)
		;
	text_format(name, IO_NAME_MAX, "dax%u.%u", region, id);
}

unsigned int step_device_number(const struct memhp_snapshot *snapshot,
				const struct memhp_step *step)
{
	char name[IO_NAME_MAX];
	unsigned int region, id;

	step_device(snapshot, step, name);
	return sscanf(name, "dax%u.%u", &region, &id) == 2 ? id : 0;
}

/* What holds the devices of the step's region, below sys/devices. */
static void region_path(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			char path[IO_PATH_MAX])
{
	const char *whole = snapshot->devices[step->device].path;
	char *slash;

	text_copy(path, IO_PATH_MAX, whole != NULL ? whole : "");
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
}

/* ---- how a step is shown ---- */

enum step_action step_action(const struct memhp_step *step)
{
	return step_rows[step->kind].action;
}

void step_path(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
	       char path[IO_PATH_MAX])
{
	const struct step_row *row = &step_rows[step->kind];
	char number[16], device[IO_NAME_MAX], region[IO_PATH_MAX];
	const char *subject;

	text_format(number, sizeof(number), "%u", step->block);
	step_device(snapshot, step, device);
	if (row->path_of_region)
		region_path(snapshot, step, region);
	subject = row->path_of_driver	   ? driver_name(driver_of(step)) :
		  row->path_of_region	   ? region :
		  step->kind == STEP_BLOCK ? number :
					     device;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_format(path, IO_PATH_MAX, row->path, subject != NULL ? subject : "");
#pragma GCC diagnostic pop
}

void step_value(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		char value[IO_NAME_MAX])
{
	const char *text = "";
	char number[32], device[IO_NAME_MAX];

	step_device(snapshot, step, device);
	text_format(number, sizeof(number), "%llu", (unsigned long long)step->to_amount);
	if (step->kind == STEP_AUTO_ONLINE)
		text = online_word_name(step->to);
	else if (step->kind == STEP_BLOCK)
		text = online_word_name(step->word);
	else if (step->kind == STEP_MEMMAP)
		text = step->to == TRI_YES ? "1" : "0";
	else if (step->kind == STEP_EJECT || step->kind == STEP_CREATE)
		text = "1";
	else if (step->kind == STEP_SIZE || step->kind == STEP_ALIGN)
		text = number;
	else if (step_rows[step->kind].action == ACTION_WRITE)
		text = device;
	text_copy(value, IO_NAME_MAX, text != NULL ? text : "");
}

static void show_block(uint8_t state, zone_set zones, char text[IO_NAME_MAX])
{
	char names[IO_NAME_MAX];

	if (state != MEMHP_STATE_ONLINE) {
		text_copy(text, IO_NAME_MAX, memhp_state_to_string(state));
		return;
	}
	zones_to_text(zones, '|', names, sizeof(names));
	text_format(text, IO_NAME_MAX, "online %.48s", names);
}

void step_expect(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		 char expect[IO_NAME_MAX])
{
	const char *name;

	switch (step->kind) {
	case STEP_BLOCK:
		show_block(step->to, step->to_zones, expect);
		return;
	case STEP_WAIT_BLOCKS:
		text_copy(expect, IO_NAME_MAX, "every block is there");
		return;
	case STEP_WAIT_EJECTED:
	case STEP_WAIT_GONE:
		text_copy(expect, IO_NAME_MAX, "no block is left");
		return;
	case STEP_UNBIND:
		text_copy(expect, IO_NAME_MAX, "no driver");
		return;
	case STEP_CREATE:
		step_device(snapshot, step, expect);
		return;
	case STEP_DELETE:
		text_copy(expect, IO_NAME_MAX, "no such device");
		return;
	case STEP_GIVE_ID:
	case STEP_TAKE_ID:
	case STEP_EJECT:
		expect[0] = '\0';
		return;
	case STEP_LOAD_MODULE:
	case STEP_BIND:
		name = driver_name(step->to);
		text_copy(expect, IO_NAME_MAX, name != NULL ? name : "");
		return;
	default:
		step_value(snapshot, step, expect);
	}
}

/* By the kind alone: what the undoing write is called where there is one. */
void step_undo(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
	       char undo[IO_NAME_MAX])
{
	const char *name = driver_name(driver_of(step));
	char device[IO_NAME_MAX];

	step_device(snapshot, step, device);
	undo[0] = '\0';
	switch (step->kind) {
	case STEP_AUTO_ONLINE:
		text_copy(undo, IO_NAME_MAX, online_word_name(step->from));
		break;
	case STEP_MEMMAP:
		text_copy(undo, IO_NAME_MAX, step->from == TRI_YES ? "1" : "0");
		break;
	case STEP_BLOCK:
		show_block(step->from, step->from_zones, undo);
		break;
	case STEP_UNBIND:
	case STEP_TAKE_ID:
		text_format(undo, IO_NAME_MAX, "%s %.16s %.16s",
			    step->kind == STEP_UNBIND ? "bind" : "new_id", name, device);
		break;
	case STEP_BIND:
	case STEP_GIVE_ID:
		text_format(undo, IO_NAME_MAX, "%s %.16s %.16s",
			    step->kind == STEP_BIND ? "unbind" : "remove_id", name, device);
		break;
	case STEP_SIZE:
	case STEP_ALIGN:
		if (step->from_amount != 0 || step->kind == STEP_SIZE)
			text_format(undo, IO_NAME_MAX, "%llu",
				    (unsigned long long)step->from_amount);
		break;
	case STEP_CREATE:
	case STEP_DELETE:
		text_format(undo, IO_NAME_MAX, "%s %.32s",
			    step->kind == STEP_CREATE ? "delete" : "create", device);
		break;
	default:
		break;
	}
}

void step_subject(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  char subject[IO_NAME_MAX])
{
	if (step->kind == STEP_BLOCK)
		text_format(subject, IO_NAME_MAX, "memory%u", step->block);
	else if (step->kind == STEP_AUTO_ONLINE)
		text_copy(subject, IO_NAME_MAX, "auto_online_blocks");
	else if (step->kind == STEP_LOAD_MODULE)
		text_copy(subject, IO_NAME_MAX, driver_name(step->to));
	else
		step_device(snapshot, step, subject);
}

/* ---- looking ---- */

bool step_look(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
	       struct look *ret_look)
{
	return step_rows[step->kind].look(snapshot, step, index, ret_look);
}

/* A block that is not online is in no zone. */
bool step_look_tells(const struct memhp_step *step, size_t index, const struct seen *seen)
{
	return step->kind != STEP_BLOCK || index == 0 || seen->value == MEMHP_STATE_ONLINE;
}

void step_seen_init(struct seen *seen)
{
	*seen = (struct seen){ 0 };
}

void step_observe(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  size_t index, int rc, const char *text, struct seen *seen)
{
	step_rows[step->kind].observe(snapshot, step, index, rc, text, seen);
}

bool step_is_done(const struct memhp_step *step, const struct seen *seen)
{
	if (seen->rc < 0 || step->kind == STEP_TAKE_ID)
		return false;
	if (step_rows[step->kind].action == ACTION_WAIT)
		return seen->pending == 0 && !seen->iomem_left;
	if (seen->value != step->to)
		return false;
	if (step->kind == STEP_CREATE) /* the one that is empty is the one that was made */
		return seen->empty == 1;
	return step->kind != STEP_BLOCK || step->to != MEMHP_STATE_ONLINE ||
	       (seen->zones & step->to_zones) != 0;
}

bool step_can_start(const struct memhp_step *step, const struct seen *seen)
{
	if (step_rows[step->kind].can_always_start)
		return true;
	if (seen->rc < 0 || seen->pending > 0)
		return false;
	if (seen->value != step->from)
		return false;
	return step->kind != STEP_BLOCK || step->from != MEMHP_STATE_ONLINE ||
	       step->from_zones == ZONES_NONE || (seen->zones & step->from_zones) != 0;
}

bool step_is_own(const struct memhp_step *step)
{
	return step->kind == STEP_CREATE ||
	       (step->kind == STEP_SIZE && step->to_amount > step->from_amount);
}

bool step_ejects(const struct memhp_step *step)
{
	return step->kind == STEP_EJECT || step->kind == STEP_WAIT_EJECTED;
}

bool step_is_blind(const struct memhp_step *step)
{
	return step_rows[step->kind].blind;
}
