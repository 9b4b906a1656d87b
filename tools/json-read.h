/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of JSON that takes any bytes: value after value, in the order in which they stand, in no more
 * memory than what is asked for. The first thing that is wrong ends it, and stays known.
 */
#ifndef MEMHP_JSON_READ_H
#define MEMHP_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_reader {
	const char *start;
	const char *at;
	const char *end;
	const char *wrong;	/* what is, in a few words; NULL: nothing so far */
	unsigned int depth;	/* of objects and arrays that are open */
};

enum json_type {
	JSON_END,		/* of the text, or something is wrong */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

void json_open(struct json_reader *reader, const char *text, size_t len);
/* json_peek - what the next value is. */
enum json_type json_peek(struct json_reader *reader);
/* json_fail - keeps WHAT unless something was wrong before; false. */
bool json_fail(struct json_reader *reader, const char *what);
/* json_line - the line of the text where the reader stands, from 1. */
unsigned int json_line(const struct json_reader *reader);

/*
 * An object: json_enter(), then json_next() and its value until that says false; an array likewise, with
 * KEY NULL. A key that is longer than its room is empty.
 */
bool json_enter(struct json_reader *reader, enum json_type type);
bool json_next(struct json_reader *reader, bool *first, char *key, size_t size);
/* Nothing but blanks is left. */
bool json_close(struct json_reader *reader);

/* Values. Each says false, with something wrong, where the next value is another kind. */
bool json_take_string(struct json_reader *reader, char **ret_text);	/* to be freed; no NUL in it */
bool json_take_number(struct json_reader *reader, uint64_t *ret_number);	/* a whole one */
bool json_take_bool(struct json_reader *reader, bool *ret_value);
/* json_pass - passes over a value that is no object, and has none in it. */
bool json_pass(struct json_reader *reader);

#endif
