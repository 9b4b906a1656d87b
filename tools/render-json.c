/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON object on standard output, member by member. Each object of a list is built and written
 * on its own: a tree of all blocks of a big machine would take half a gigabyte.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "render.h"

#define SCHEMA 1

/* Keys live as long as the library and are never twice in an object: no need to copy or look. */
#define ADD_FLAGS (JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY)

/* How many bytes of TEXT make one well-formed UTF-8 character; 0 if none do. */
static size_t character_length(const unsigned char *text)
{
	static const unsigned char least_second[] = { [0] = 0xa0, [4] = 0x90 };
	size_t len, i;

	if (text[0] < 0x80)
		return 1;
	len = text[0] >= 0xc2 && text[0] < 0xe0 ? 2 :
	      (text[0] & 0xf0) == 0xe0		? 3 :
	      text[0] >= 0xf0 && text[0] < 0xf5 ? 4 :
						  0;
	for (i = 1; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* Not the shortest form, a surrogate, or past the last character. */
	if ((text[0] == 0xe0 && text[1] < least_second[0]) ||
	    (text[0] == 0xed && text[1] >= 0xa0) ||
	    (text[0] == 0xf0 && text[1] < least_second[4]) || (text[0] == 0xf4 && text[1] >= 0x90))
		return 0;
	return len;
}

/* What the command line brings need not be UTF-8; JSON has to be. */
static struct json_object *text_object(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const unsigned char *from = (const unsigned char *)text;
	struct json_object *object;
	char *clean, *to;

	clean = malloc(strlen(text) * (sizeof(replacement) - 1) + 1);
	if (clean == NULL)
		return NULL;
	for (to = clean; *from != '\0';) {
		size_t len = character_length(from);

		memcpy(to, len > 0 ? (const char *)from : replacement,
		       len > 0 ? len : sizeof(replacement) - 1);
		to += len > 0 ? len : sizeof(replacement) - 1;
		from += len > 0 ? len : 1;
	}
	object = json_object_new_string_len(clean, (int)(to - clean));
	free(clean);
	return object;
}

/* Not to seventeen digits: what is shown so is measured in thousandths at best. */
static struct json_object *double_object(double real)
{
	char text[64];

	if (!isfinite(real))
		return NULL;
	snprintf(text, sizeof(text), "%.3f", real);
	return json_object_new_double_s(real, text);
}

static struct json_object *object_object(const struct memhp_object *object);

static struct json_object *plain_object(const struct memhp_value *value)
{
	switch (value->type) {
	case MEMHP_TYPE_BOOL:
		return json_object_new_boolean(value->boolean);
	case MEMHP_TYPE_INT:
		return json_object_new_int64(value->number);
	case MEMHP_TYPE_UINT:
		return json_object_new_uint64(value->unsigned_number);
	case MEMHP_TYPE_DOUBLE:
		return double_object(value->real);
	case MEMHP_TYPE_STRING:
		return text_object(value->string);
	case MEMHP_TYPE_OBJECT:
		return object_object(&value->object);
	case MEMHP_TYPE_NULL:
	case MEMHP_TYPE_LIST:
		break;
	}
	return NULL;
}

static struct json_object *value_object(const struct memhp_field *field,
					const struct memhp_object *object)
{
	struct memhp_value value, item;
	struct json_object *list;
	size_t i;

	if (memhp_field_get(field, object, &value) < 0)
		return NULL;
	if (value.type != MEMHP_TYPE_LIST)
		return plain_object(&value);
	list = json_object_new_array_ext((int)value.count);
	for (i = 0; i < value.count; i++)
		if (memhp_field_get_item(field, object, i, &item) == 0)
			json_object_array_add(list, plain_object(&item));
	return list;
}

static struct json_object *object_object(const struct memhp_object *object)
{
	struct json_object *result = json_object_new_object();
	const struct memhp_field *field;

	for (field = memhp_field_get_first(object->kind); field != NULL;
	     field = memhp_field_get_next(field))
		json_object_object_add_ex(result, memhp_field_get_key(field),
					  value_object(field, object), ADD_FLAGS);
	return result;
}

static struct json_object *columns_object(const struct memhp_object *object,
					  const struct columns *columns)
{
	struct json_object *result = json_object_new_object();
	size_t i;

	for (i = 0; i < columns->count; i++)
		json_object_object_add_ex(result, memhp_field_get_key(columns->fields[i]),
					  value_object(columns->fields[i], object),
					  JSON_C_OBJECT_ADD_CONSTANT_KEY);
	return result;
}

/* -------------------------------------------------------------------------------------- output */

/* Writes JSON and lets go of it. NULL is JSON's null. */
static void write_json(struct render *render, struct json_object *json)
{
	fputs(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE),
	      render->out);
	json_object_put(json);
}

static void write_key(struct render *render, const char *key)
{
	fprintf(render->out, ",\n\"%s\":", key);
}

static struct json_object *failure_object(const struct failure *failure)
{
	struct json_object *object;

	if (failure == NULL || failure->code == EXIT_DONE)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "kind", text_object(failure->kind));
	json_object_object_add(object, "object",
			       failure->object[0] != '\0' ? text_object(failure->object) : NULL);
	json_object_object_add(object, "message", text_object(failure->message));
	json_object_object_add(object, "hint",
			       failure->hint[0] != '\0' ? text_object(failure->hint) : NULL);
	return object;
}

void json_begin(struct render *render, const char *command, const struct failure *failure,
		const struct memhp_snapshot *snapshot)
{
	struct memhp_cursor cursor;

	fprintf(render->out, "{\"schema\":%d", SCHEMA);
	json_text(render, "command", command);
	fprintf(render->out, ",\n\"exit\":%d", failure != NULL ? (int)failure->code : EXIT_DONE);
	write_key(render, "error");
	write_json(render, failure_object(failure));
	if (snapshot == NULL) {
		fputs(",\n\"errors\":[]", render->out);
		return;
	}
	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_ERROR);
	json_array(render, "errors", &cursor, NULL);
}

void json_text(struct render *render, const char *key, const char *text)
{
	write_key(render, key);
	write_json(render, text != NULL ? text_object(text) : NULL);
}

void json_member(struct render *render, const char *key, const struct memhp_object *object)
{
	write_key(render, key);
	write_json(render, object_object(object));
}

void json_array(struct render *render, const char *key, const struct memhp_cursor *cursor,
		const struct columns *columns)
{
	struct memhp_cursor walk = *cursor;
	struct memhp_object object;
	bool first = true;

	write_key(render, key);
	fputc('[', render->out);
	while (memhp_cursor_next(&walk, &object)) {
		fputs(first ? "\n" : ",\n", render->out);
		write_json(render, columns != NULL ? columns_object(&object, columns) :
						     object_object(&object));
		first = false;
	}
	fputc(']', render->out);
}

/* A list of objects is written one by one; anything else in one go. */
static void write_field(struct render *render, const struct memhp_field *field,
			const struct memhp_object *object)
{
	struct memhp_value value, item;
	size_t i;

	write_key(render, memhp_field_get_key(field));
	if (memhp_field_get_type(field) != MEMHP_TYPE_LIST ||
	    memhp_field_get_item_type(field) != MEMHP_TYPE_OBJECT ||
	    memhp_field_get(field, object, &value) < 0 || value.type != MEMHP_TYPE_LIST) {
		write_json(render, value_object(field, object));
		return;
	}
	fputc('[', render->out);
	for (i = 0; i < value.count; i++) {
		fputs(i == 0 ? "\n" : ",\n", render->out);
		write_json(render, memhp_field_get_item(field, object, i, &item) == 0 ?
					   plain_object(&item) :
					   NULL);
	}
	fputc(']', render->out);
}

void json_fields(struct render *render, const struct memhp_object *object)
{
	const struct memhp_field *field;

	for (field = memhp_field_get_first(object->kind); field != NULL;
	     field = memhp_field_get_next(field))
		write_field(render, field, object);
}

void json_end(struct render *render)
{
	fputs("}\n", render->out);
}
