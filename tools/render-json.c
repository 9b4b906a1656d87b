/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON object on standard output, member by member. Each object of a list is written as it is
 * walked over: a tree of all blocks of a big machine would take half a gigabyte.
 */
#include "render-json-text.h"

#define SCHEMA 1

const char *json_separator(const struct render *render)
{
	return render->lines ? "," : ",\n";
}

static void put_failure(struct json_text_writer *writer, const struct failure *failure)
{
	const struct {
		const char *key;
		const char *text;
	} members[] = {
		{ "kind", failure->kind },
		{ "object", failure->object[0] != '\0' ? failure->object : NULL },
		{ "message", failure->message },
		{ "hint", failure->hint[0] != '\0' ? failure->hint : NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		json_put_key(writer, i == 0 ? "{" : ",", members[i].key);
		json_put_string(writer, members[i].text);
	}
	json_put(writer, "}");
}

void json_begin(struct render *render, const char *command, const struct failure *failure,
		const struct memhp_snapshot *snapshot)
{
	struct json_text_writer writer;
	struct memhp_cursor cursor;

	fprintf(render->out, "{\"schema\":%d", SCHEMA);
	json_text(render, "command", command);
	fprintf(render->out, "%s\"exit\":%d", json_separator(render),
		failure != NULL ? (int)failure->code : EXIT_DONE);
	json_put_key(json_start(&writer, render->out), json_separator(render), "error");
	if (failure == NULL || failure->code == EXIT_DONE)
		json_put_string(&writer, NULL);
	else
		put_failure(&writer, failure);
	json_flush(&writer);
	if (snapshot == NULL) {
		fprintf(render->out, "%s\"errors\":[]", json_separator(render));
		return;
	}
	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_ERROR);
	json_array(render, "errors", &cursor, NULL);
}

void json_text(struct render *render, const char *key, const char *text)
{
	struct json_text_writer writer;

	json_put_key(json_start(&writer, render->out), json_separator(render), key);
	json_put_string(&writer, text);
	json_flush(&writer);
}

void json_member(struct render *render, const char *key, const struct memhp_object *object)
{
	struct json_text_writer writer;

	json_put_key(json_start(&writer, render->out), json_separator(render), key);
	json_put_object(&writer, object, NULL);
	json_flush(&writer);
}

void json_put_objects(struct json_text_writer *writer, const struct render *render,
		      struct memhp_cursor *cursor, const struct columns *columns, bool *any)
{
	struct memhp_object object;

	while (memhp_cursor_next(cursor, &object)) {
		json_put(writer, *any ? json_separator(render) : (render->lines ? "" : "\n"));
		json_put_object(writer, &object, columns);
		*any = true;
	}
}

void json_array(struct render *render, const char *key, const struct memhp_cursor *cursor,
		const struct columns *columns)
{
	struct memhp_cursor walk = *cursor;
	struct json_text_writer writer;
	bool any = false;

	json_put_key(json_start(&writer, render->out), json_separator(render), key);
	json_put(&writer, "[");
	json_put_objects(&writer, render, &walk, columns, &any);
	json_put(&writer, "]");
	json_flush(&writer);
}

/* A list of objects has a line for each of them; anything else is one line. */
static void put_field(const struct render *render, struct json_text_writer *writer,
		      const struct memhp_field *field, const struct memhp_object *object)
{
	struct memhp_value value, item;
	size_t i;

	json_put_key(writer, json_separator(render), memhp_field_get_key(field));
	if (memhp_field_get_type(field) != MEMHP_TYPE_LIST ||
	    memhp_field_get_item_type(field) != MEMHP_TYPE_OBJECT ||
	    memhp_field_get(field, object, &value) < 0 || value.type != MEMHP_TYPE_LIST) {
		json_put_field(writer, field, object);
		return;
	}
	json_put(writer, "[");
	for (i = 0; i < value.count; i++) {
		if (memhp_field_get_item(field, object, i, &item) < 0)
			item.type = MEMHP_TYPE_NULL;
		json_put(writer, i == 0 ? (render->lines ? "" : "\n") : json_separator(render));
		json_put_value(writer, &item);
	}
	json_put(writer, "]");
}

void json_fields(struct render *render, const struct memhp_object *object)
{
	const struct memhp_field *field = memhp_field_get_first(object->kind);
	struct json_text_writer writer;

	json_start(&writer, render->out);
	for (; field != NULL; field = memhp_field_get_next(field))
		put_field(render, &writer, field, object);
	json_flush(&writer);
}

void json_end(struct render *render)
{
	fputs("}\n", render->out);
}
