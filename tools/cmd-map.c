/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map: the physical address space of each node, block by block, as a drawing.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "map.h"

/* The fields that a block's letters are made of. */
struct letter_fields {
	const struct memhp_field *state;
	const struct memhp_field *zone;
	const struct memhp_field *device;
	const struct memhp_field *origin;
};

static const char *string_of(const struct memhp_field *field, const struct memhp_object *object,
			     struct memhp_value *value)
{
	if (memhp_field_get(field, object, value) < 0 || value->type != MEMHP_TYPE_STRING)
		return NULL;
	return value->string;
}

static bool is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Of an online block its zone, of others their state. */
static char letter_of(const struct letter_fields *fields, const struct memhp_object *block)
{
	struct memhp_value state_value, zone_value;
	const char *state = string_of(fields->state, block, &state_value);
	const char *zone = NULL;
	const struct map_letter *row;
	size_t i;

	if (is_same(state, "online"))
		zone = string_of(fields->zone, block, &zone_value);
	for (i = 0; (row = map_letter(i)) != NULL; i++) {
		if (zone != NULL ? is_same(row->zone, zone) : is_same(row->state, state))
			return row->letter;
	}
	return MAP_UNKNOWN;
}

/* Devices get letters in the order in which their memory lies. */
static char letter_of_device(struct map *map, const char *device)
{
	size_t i;

	for (i = 0; i < map->owner_count; i++) {
		if (strcmp(map->owners[i], device) == 0)
			return map_owner_letter(i);
	}
	if (i < MAP_OWNERS) {
		map->owners[i] = device;
		map->owner_count++;
	}
	return map_owner_letter(i);
}

static char owner_of(struct map *map, const struct letter_fields *fields,
		     const struct memhp_object *block)
{
	struct memhp_value value;
	const char *device = string_of(fields->device, block, &value);

	if (device != NULL)
		return letter_of_device(map, device);
	return is_same(string_of(fields->origin, block, &value), "boot") ? MAP_BOOT : MAP_UNKNOWN;
}

static bool add_block(struct map *map, const struct letter_fields *fields,
		      const struct memhp_object *object)
{
	const struct memhp_block *block = object->item;
	struct map_block *grown;

	if (map->count == map->capacity) {
		map->capacity = map->capacity == 0 ? 1024 : map->capacity * 2;
		grown = realloc(map->blocks, map->capacity * sizeof(*grown));
		if (grown == NULL)
			return false;
		map->blocks = grown;
	}
	map->blocks[map->count++] = (struct map_block){
		.number = memhp_block_get_number(block),
		.node = (int16_t)memhp_block_get_node(block),
		.letter = letter_of(fields, object),
		.owner = owner_of(map, fields, object),
	};
	return true;
}

static bool is_empty(const struct memhp_snapshot *snapshot, enum memhp_kind kind)
{
	struct memhp_cursor cursor;
	struct memhp_object object;

	memhp_cursor_init(&cursor, snapshot, kind);
	return !memhp_cursor_next(&cursor, &object);
}

static bool gather(struct map *map, const struct memhp_snapshot *snapshot,
		   const struct memhp_selection *selection)
{
	const struct letter_fields fields = {
		.state = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "state"),
		.zone = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "zone"),
		.device = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "device"),
		.origin = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "origin"),
	};
	struct memhp_cursor cursor;
	struct memhp_object block;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_BLOCK);
	memhp_cursor_select(&cursor, selection);
	while (memhp_cursor_next(&cursor, &block)) {
		if (!add_block(map, &fields, &block))
			return false;
	}
	map_sort(map);
	return true;
}

/* To a program, a map is the ranges that it is drawn from. */
static void map_json(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		     const struct memhp_selection *selection)
{
	struct render *render = &invocation->render;
	struct memhp_cursor cursor;

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_RANGE);
	memhp_cursor_select(&cursor, selection);
	json_begin(render, invocation->command->name, NULL, snapshot);
	json_array(render, "ranges", &cursor, NULL);
	json_end(render);
	invocation->answered = true;
}

static void map_text(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		     const struct memhp_selection *selection)
{
	struct map map = {
		.block_size = memhp_snapshot_get_block_size(snapshot),
		/* Where something could not be read, it may have been that. */
		.without_nodes =
			is_empty(snapshot, MEMHP_KIND_NODE) && is_empty(snapshot, MEMHP_KIND_ERROR),
	};

	if (gather(&map, snapshot, selection)) {
		render_map(&invocation->render, &map);
		render_errors(&invocation->render, snapshot);
	} else {
		failure_set(&invocation->failure, EXIT_SYSTEM, "system", "", "out of memory");
	}
	free(map.blocks);
}

static void draw(struct invocation *invocation, struct memhp_snapshot *snapshot)
{
	const char *target = invocation->options->target;
	struct memhp_selection *selection = NULL;
	int rc = 0;

	if (target != NULL)
		rc = memhp_selection_new(invocation->ctx, snapshot, target, &selection);
	if (rc < 0)
		failure_of(&invocation->failure, invocation->ctx, rc);
	else if (invocation->render.json)
		map_json(invocation, snapshot, selection);
	else
		map_text(invocation, snapshot, selection);
	memhp_selection_unref(selection);
}

void command_map(struct invocation *invocation)
{
	struct memhp_snapshot *snapshot;
	int rc;

	if (invocation->arguments[0] != NULL) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", invocation->arguments[0],
			    "map takes no arguments");
		failure_hint(&invocation->failure, "--target %s draws a part",
			     invocation->arguments[0]);
		return;
	}
	rc = memhp_snapshot_new(invocation->ctx, &snapshot);
	if (rc < 0) {
		failure_of(&invocation->failure, invocation->ctx, rc);
		return;
	}
	draw(invocation, snapshot);
	memhp_snapshot_unref(snapshot);
}
