/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of a plan's steps and of the changes that they come to. How a step is shown is derived
 * from the step by step.c.
 */
#include <string.h>

#include "fields.h"

/* -------------------------------------------------------------------------------------- steps */

static const struct memhp_step *step_of(const struct memhp_object *object)
{
	return object->item;
}

/* The machine that a step's device index belongs to. */
static const struct memhp_snapshot *machine_of(const struct memhp_object *object)
{
	return ((const struct memhp_plan *)object->owner)->before;
}

static const char *const action_words[] = {
	[ACTION_WRITE] = "write",
	[ACTION_LOAD] = "load",
	[ACTION_WAIT] = "wait",
};

GETTER(get_number)
{
	const struct memhp_plan *plan = object->owner;

	value_uint(ret_value, (uint64_t)(step_of(object) - plan->steps) + 1);
}

GETTER(get_action)
{
	value_text(ret_value, action_words[step_action(step_of(object))]);
}

/* A path can be longer than a value's own room; the kernel's are not, and what is cut is marked. */
GETTER(get_path)
{
	char path[IO_PATH_MAX];
	size_t size = sizeof(ret_value->buffer);

	step_path(machine_of(object), step_of(object), path);
	text_copy(ret_value->buffer, size, path);
	if (strlen(path) >= size)
		memcpy(ret_value->buffer + size - 4, "...", 4);
	value_text(ret_value, ret_value->buffer);
}

typedef void (*step_text_fn)(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			     char text[IO_NAME_MAX]);

static void step_text(const struct memhp_object *object, step_text_fn text,
		      struct memhp_value *ret_value)
{
	_Static_assert(sizeof(ret_value->buffer) >= IO_NAME_MAX, "a step's words fit in a value");
	text(machine_of(object), step_of(object), ret_value->buffer);
	value_text(ret_value, ret_value->buffer[0] != '\0' ? ret_value->buffer : NULL);
}

GETTER(get_value)
{
	step_text(object, step_value, ret_value);
}

GETTER(get_expect)
{
	step_text(object, step_expect, ret_value);
}

GETTER(get_undo)
{
	step_text(object, step_undo, ret_value);
}

GETTER(get_step_block)
{
	if (step_of(object)->kind == STEP_BLOCK)
		value_uint(ret_value, step_of(object)->block);
	else
		value_null(ret_value);
}

GETTER(get_step_device)
{
	step_device(machine_of(object), step_of(object), ret_value->buffer);
	value_text(ret_value, ret_value->buffer[0] != '\0' ? ret_value->buffer : NULL);
}

const struct memhp_field step_fields[] = {
	ROW("step", "STEP", UINT, NONE, SHOWN, get_number, 0, "its number in the plan, from 1"),
	ROW("action", "ACTION", STRING, NONE, SHOWN, get_action, 0, "write, load or wait"),
	ROW("path", "PATH", STRING, NONE, SHOWN, get_path, 0,
	    "the file written or waited on, or the module loaded"),
	ROW("value", "VALUE", STRING, NONE, SHOWN, get_value, 0, "what is written"),
	ROW("expect", "EXPECT", STRING, NONE, SHOWN, get_expect, 0, "what must hold afterwards"),
	ROW("undo", "UNDO", STRING, NONE, HIDDEN, get_undo, 0,
	    "what would be written to undo it; null: nothing can"),
	ROW("block", "BLOCK", UINT, NONE, SHOWN, get_step_block, 0, "block that it is about"),
	ROW("device", "DEVICE", STRING, NONE, SHOWN, get_step_device, 0, "device that it is about"),
	END_ROW
};

/* ------------------------------------------------------------------------------------ changes */

#define C(member) AT(struct memhp_change, member)

GETTER(get_state)
{
	value_text(ret_value,
		   memhp_state_to_string(*((const uint8_t *)object->item + field->offset)));
}

static zone_set change_zones(const struct memhp_field *field, const struct memhp_object *object)
{
	return *((const zone_set *)object->item + field->offset);
}

/* One zone is a word; several, where the kernel will choose, are a list of words. */
GETTER(get_zones)
{
	zone_set zones = change_zones(field, object);

	if (!(zones & ZONE_SPANS) && __builtin_popcount(zones) > 1 && zones != ZONES_UNKNOWN)
		value_list(ret_value, (size_t)__builtin_popcount(zones));
	else
		value_text(ret_value, zone_set_word(zones));
}

static void get_zones_item(zone_set zones, size_t index, struct memhp_value *ret_value)
{
	unsigned int bits = zones;

	for (; index > 0; index--)
		bits &= bits - 1;
	value_text(ret_value, zone_name((enum zone_index)__builtin_ctz(bits)));
}

ITEM_GETTER(get_from_zones_item)
{
	get_zones_item(((const struct memhp_change *)object->item)->from_zones, index, ret_value);
}

ITEM_GETTER(get_to_zones_item)
{
	get_zones_item(((const struct memhp_change *)object->item)->to_zones, index, ret_value);
}

#define ZONES_ROW(key_, column_, member_, item_, summary_)                                      \
	{                                                                                       \
		.key = key_, .column = column_, .type = MEMHP_TYPE_STRING, .is_default = SHOWN, \
		.get = get_zones, .offset = C(member_), .item_type = MEMHP_TYPE_STRING,         \
		.item_kind = MEMHP_KIND_COUNT, .get_item = item_, .summary = summary_           \
	}

const struct memhp_field change_fields[] = {
	ROW("first_block", "FIRST", UINT, NONE, SHOWN, field_uint32, C(first_block),
	    "number of the first block"),
	ROW("last_block", "LAST", UINT, NONE, SHOWN, field_uint32, C(last_block),
	    "number of the last block"),
	ROW("from_state", "FROM", STRING, NONE, SHOWN, get_state, C(from_state), "state before"),
	ROW("to_state", "TO", STRING, NONE, SHOWN, get_state, C(to_state), "state after"),
	ZONES_ROW("from_zone", "FROM-ZONE", from_zones, get_from_zones_item, "zone before"),
	ZONES_ROW("to_zone", "TO-ZONE", to_zones, get_to_zones_item,
		  "zone after; a list where the kernel will choose"),
	END_ROW
};
