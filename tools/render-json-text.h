/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as JSON text on a stream. What is put is gathered in pieces: call json_flush() before anything
 * else is written to the same stream.
 */
#ifndef MEMHP_TOOLS_RENDER_JSON_TEXT_H
#define MEMHP_TOOLS_RENDER_JSON_TEXT_H

#include "render.h"

struct json_text_writer {
	FILE *out;
	size_t used;
	char text[4096];
};

static inline struct json_text_writer *json_start(struct json_text_writer *writer, FILE *out)
{
	writer->out = out;
	writer->used = 0;
	return writer;
}
void json_flush(struct json_text_writer *writer);
/* Text as it is. */
void json_put(struct json_text_writer *writer, const char *text);
/* NULL is JSON's null. */
void json_put_string(struct json_text_writer *writer, const char *text);
/* BEFORE and the key, quoted, and a colon. */
void json_put_key(struct json_text_writer *writer, const char *before, const char *key);
void json_put_value(struct json_text_writer *writer, const struct memhp_value *value);
/* The value of FIELD in OBJECT, a list with all its items. */
void json_put_field(struct json_text_writer *writer, const struct memhp_field *field,
		    const struct memhp_object *object);
/* OBJECT with all its fields, or (COLUMNS) with those. */
void json_put_object(struct json_text_writer *writer, const struct memhp_object *object,
		     const struct columns *columns);

/* What stands between two members, or two objects of a list. */
const char *json_separator(const struct render *render);
/* json_put_objects - what CURSOR gives, as it is walked over. ANY: one has been written before; set. */
void json_put_objects(struct json_text_writer *writer, const struct render *render, struct memhp_cursor *cursor,
		      const struct columns *columns, bool *any);

#endif
