/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as JSON text. Blocks come by the hundred thousand, so what is plain (numbers, words of the
 * kernel) is written as it comes, an object of json-c's for each of them took longer than reading the
 * block did; texts that need more than quotes are json-c's. Writes to its stream and nowhere else.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "clean.h"
#include "render-json-text.h"

void json_flush(struct json_text_writer *writer)
{
	fwrite(writer->text, 1, writer->used, writer->out);
	writer->used = 0;
}

static void put_bytes(struct json_text_writer *writer, const char *bytes, size_t len)
{
	if (len > sizeof(writer->text) - writer->used) {
		json_flush(writer);
		if (len > sizeof(writer->text)) {
			fwrite(bytes, 1, len, writer->out);
			return;
		}
	}
	memcpy(writer->text + writer->used, bytes, len);
	writer->used += len;
}

void json_put(struct json_text_writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

/* ------------------------------------------------------------------------------------- strings */

/* What the command line brings need not be UTF-8; JSON has to be. */
static struct json_object *text_object(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const char *from = text;
	struct json_object *object;
	char *clean, *to;

	clean = malloc(strlen(text) * (sizeof(replacement) - 1) + 1);
	if (clean == NULL)
		return NULL;
	for (to = clean; *from != '\0';) {
		size_t len = character_length(from);

		memcpy(to, len > 0 ? from : replacement, len > 0 ? len : sizeof(replacement) - 1);
		to += len > 0 ? len : sizeof(replacement) - 1;
		from += len > 0 ? len : 1;
	}
	object = json_object_new_string_len(clean, (int)(to - clean));
	free(clean);
	return object;
}

/* Whether quotes are all that TEXT wants. */
static bool is_plain(const char *text, size_t *ret_len)
{
	const char *at;

	for (at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			return false;
	*ret_len = (size_t)(at - text);
	return true;
}

static void put_quoted(struct json_text_writer *writer, const char *text, size_t len)
{
	put_bytes(writer, "\"", 1);
	put_bytes(writer, text, len);
	put_bytes(writer, "\"", 1);
}

void json_put_string(struct json_text_writer *writer, const char *text)
{
	struct json_object *object;
	size_t len;

	if (text == NULL) {
		put_bytes(writer, "null", 4);
	} else if (is_plain(text, &len)) {
		put_quoted(writer, text, len);
	} else {
		object = text_object(text);
		json_put(writer,
			 json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	}
}

void json_put_key(struct json_text_writer *writer, const char *before, const char *key)
{
	json_put(writer, before);
	put_quoted(writer, key, strlen(key));
	put_bytes(writer, ":", 1);
}

/* -------------------------------------------------------------------------------------- values */

static void put_unsigned(struct json_text_writer *writer, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put_bytes(writer, digits + at, sizeof(digits) - at);
}

static void put_signed(struct json_text_writer *writer, int64_t number)
{
	if (number < 0)
		put_bytes(writer, "-", 1);
	put_unsigned(writer, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

/* Not to seventeen digits: what is shown so is measured in thousandths at best. */
static void put_double(struct json_text_writer *writer, double real)
{
	char text[352];

	if (isfinite(real))
		snprintf(text, sizeof(text), "%.3f", real);
	json_put(writer, isfinite(real) ? text : "null");
}

void json_put_value(struct json_text_writer *writer, const struct memhp_value *value)
{
	switch (value->type) {
	case MEMHP_TYPE_BOOL:
		json_put(writer, value->boolean ? "true" : "false");
		return;
	case MEMHP_TYPE_INT:
		put_signed(writer, value->number);
		return;
	case MEMHP_TYPE_UINT:
		put_unsigned(writer, value->unsigned_number);
		return;
	case MEMHP_TYPE_DOUBLE:
		put_double(writer, value->real);
		return;
	case MEMHP_TYPE_STRING:
		json_put_string(writer, value->string);
		return;
	case MEMHP_TYPE_OBJECT:
		json_put_object(writer, &value->object, NULL);
		return;
	case MEMHP_TYPE_NULL:
	case MEMHP_TYPE_LIST:
		break;
	}
	json_put(writer, "null");
}

void json_put_field(struct json_text_writer *writer, const struct memhp_field *field,
		    const struct memhp_object *object)
{
	struct memhp_value value, item;
	size_t i;

	if (memhp_field_get(field, object, &value) < 0)
		value.type = MEMHP_TYPE_NULL;
	if (value.type != MEMHP_TYPE_LIST) {
		json_put_value(writer, &value);
		return;
	}
	json_put(writer, "[");
	for (i = 0; i < value.count; i++) {
		if (memhp_field_get_item(field, object, i, &item) < 0)
			item.type = MEMHP_TYPE_NULL;
		json_put(writer, i == 0 ? "" : ",");
		json_put_value(writer, &item);
	}
	json_put(writer, "]");
}

/* A column that was named twice is one member. */
static bool is_repeated(const struct columns *columns, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (columns->fields[i] == columns->fields[index])
			return true;
	return false;
}

static void put_columns(struct json_text_writer *writer, const struct memhp_object *object,
			const struct columns *columns)
{
	size_t i;

	for (i = 0; i < columns->count; i++) {
		if (is_repeated(columns, i))
			continue;
		json_put_key(writer, i == 0 ? "" : ",", memhp_field_get_key(columns->fields[i]));
		json_put_field(writer, columns->fields[i], object);
	}
}

void json_put_object(struct json_text_writer *writer, const struct memhp_object *object,
		     const struct columns *columns)
{
	const struct memhp_field *first = memhp_field_get_first(object->kind), *field;

	json_put(writer, "{");
	if (columns != NULL)
		put_columns(writer, object, columns);
	for (field = first; columns == NULL && field != NULL; field = memhp_field_get_next(field)) {
		json_put_key(writer, field == first ? "" : ",", memhp_field_get_key(field));
		json_put_field(writer, field, object);
	}
	json_put(writer, "}");
}
