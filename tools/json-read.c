/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259) from any bytes. json-c would build a tree of a file before anything of it is known to be
 * of use: a hostile one takes a hundred times its size so. Knows no key.
 */
#include "json-read.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32

void json_open(struct json_reader *reader, const char *text, size_t len)
{
	*reader = (struct json_reader){ .start = text, .at = text, .end = text + len };
}

bool json_fail(struct json_reader *reader, const char *what)
{
	if (reader->wrong == NULL)
		reader->wrong = what;
	return false;
}

unsigned int json_line(const struct json_reader *reader)
{
	unsigned int line = 1;
	const char *at;

	for (at = reader->start; at < reader->at; at++)
		line += *at == '\n';
	return line;
}

static void skip_blanks(struct json_reader *reader)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' ||
					    *reader->at == '\n' || *reader->at == '\r'))
		reader->at++;
}

/* One character of structure, blanks before it passed over. */
static bool take(struct json_reader *reader, char letter)
{
	skip_blanks(reader);
	if (reader->at == reader->end || *reader->at != letter)
		return false;
	reader->at++;
	return true;
}

enum json_type json_peek(struct json_reader *reader)
{
	skip_blanks(reader);
	if (reader->wrong != NULL || reader->at == reader->end)
		return JSON_END;
	switch (*reader->at) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return *reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9') ?
			       JSON_NUMBER :
			       JSON_END;
	}
}

/* ---- strings ---- */

/* Where a string's bytes go: nowhere, a buffer, or (SIZE unlimited) memory that is large enough. */
struct sink {
	char *text;
	size_t size;
	size_t len;
};

static void put(struct sink *sink, char byte)
{
	if (sink->len < sink->size)
		sink->text[sink->len] = byte;
	sink->len++;
}

static void put_character(struct sink *sink, uint32_t code)
{
	if (code < 0x80) {
		put(sink, (char)code);
	} else if (code < 0x800) {
		put(sink, (char)(0xc0 | code >> 6));
		put(sink, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		put(sink, (char)(0xe0 | code >> 12));
		put(sink, (char)(0x80 | (code >> 6 & 0x3f)));
		put(sink, (char)(0x80 | (code & 0x3f)));
	} else {
		put(sink, (char)(0xf0 | code >> 18));
		put(sink, (char)(0x80 | (code >> 12 & 0x3f)));
		put(sink, (char)(0x80 | (code >> 6 & 0x3f)));
		put(sink, (char)(0x80 | (code & 0x3f)));
	}
}

static int digit_of(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

/* Four digits behind \u. */
static bool take_unit(struct json_reader *reader, uint32_t *ret_unit)
{
	uint32_t unit = 0;
	int i;

	for (i = 0; i < 4; i++) {
		int digit = reader->at < reader->end ? digit_of(*reader->at) : -1;

		if (digit < 0)
			return json_fail(reader, "a \\u without four digits");
		unit = unit << 4 | (uint32_t)digit;
		reader->at++;
	}
	*ret_unit = unit;
	return true;
}

static bool take_code(struct json_reader *reader, struct sink *sink)
{
	uint32_t code, low;

	if (!take_unit(reader, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		if (reader->end - reader->at < 6 || reader->at[0] != '\\' || reader->at[1] != 'u')
			return json_fail(reader, "half a character");
		reader->at += 2;
		if (!take_unit(reader, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return json_fail(reader, "half a character");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return json_fail(reader, "half a character");
	}
	if (code == 0)
		return json_fail(reader, "a NUL in a string");
	put_character(sink, code);
	return true;
}

static bool take_escape(struct json_reader *reader, struct sink *sink)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char bytes[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (reader->at == reader->end)
		return json_fail(reader, "a string without an end");
	if (*reader->at == 'u') {
		reader->at++;
		return take_code(reader, sink);
	}
	letter = *reader->at != '\0' ? strchr(letters, *reader->at) : NULL;
	if (letter == NULL)
		return json_fail(reader, "a \\ before what needs none");
	put(sink, bytes[letter - letters]);
	reader->at++;
	return true;
}

static bool take_text(struct json_reader *reader, struct sink *sink)
{
	if (!take(reader, '"'))
		return json_fail(reader, "no string where one should be");
	while (reader->at < reader->end) {
		unsigned char byte = (unsigned char)*reader->at++;

		if (byte == '"')
			return true;
		if (byte < 0x20)
			return json_fail(reader, "a control character in a string");
		if (byte != '\\')
			put(sink, (char)byte);
		else if (!take_escape(reader, sink))
			return false;
	}
	return json_fail(reader, "a string without an end");
}

bool json_take_string(struct json_reader *reader, char **ret_text)
{
	struct json_reader again = *reader;
	struct sink sink = { .size = 0 };
	char *text;

	if (!take_text(&again, &sink)) {
		*reader = again;
		return false;
	}
	text = malloc(sink.len + 1);
	if (text == NULL)
		return json_fail(reader, "out of memory");
	sink = (struct sink){ .text = text, .size = sink.len };
	(void)take_text(reader, &sink);
	text[sink.len] = '\0';
	*ret_text = text;
	return true;
}

/* ---- numbers and words ---- */

static bool take_digits(struct json_reader *reader, uint64_t *number, bool *too_big)
{
	const char *start = reader->at;

	for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
		*too_big |= __builtin_mul_overflow(*number, 10, number);
		*too_big |= __builtin_add_overflow(*number, (uint64_t)(*reader->at - '0'), number);
	}
	return reader->at > start;
}

/* WHOLE: whether it is one that fits. */
static bool take_number(struct json_reader *reader, uint64_t *ret_number, bool *ret_whole)
{
	bool negative, too_big = false, exact = true, ignored_size = false;
	uint64_t number = 0, ignored = 0;
	const char *start;

	skip_blanks(reader);
	negative = take(reader, '-');
	start = reader->at;
	if (!take_digits(reader, &number, &too_big) || (*start == '0' && reader->at - start > 1))
		return json_fail(reader, "no number where one should be");
	if (reader->at < reader->end && *reader->at == '.') {
		exact = false;
		reader->at++;
		if (!take_digits(reader, &ignored, &ignored_size))
			return json_fail(reader, "a number without digits behind its point");
		exact = false;
	}
	if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
		reader->at++;
		if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-'))
			reader->at++;
		if (!take_digits(reader, &ignored, &ignored_size))
			return json_fail(reader, "a number without digits in its exponent");
		exact = false;
	}
	*ret_number = number;
	*ret_whole = exact && !negative && !too_big;
	return true;
}

bool json_take_number(struct json_reader *reader, uint64_t *ret_number)
{
	uint64_t number;
	bool whole;

	if (!take_number(reader, &number, &whole))
		return false;
	if (!whole)
		return json_fail(reader, "a number that is not whole, or too big");
	*ret_number = number;
	return true;
}

static bool take_word(struct json_reader *reader, const char *word)
{
	size_t len = strlen(word);

	skip_blanks(reader);
	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return json_fail(reader, "a word that is not JSON");
	reader->at += len;
	return true;
}

bool json_take_bool(struct json_reader *reader, bool *ret_value)
{
	switch (json_peek(reader)) {
	case JSON_TRUE:
		*ret_value = true;
		return take_word(reader, "true");
	case JSON_FALSE:
		*ret_value = false;
		return take_word(reader, "false");
	default:
		return json_fail(reader, "neither true nor false");
	}
}

/* ---- objects and arrays ---- */

bool json_enter(struct json_reader *reader, enum json_type type)
{
	if (reader->wrong != NULL)
		return false;
	if (!take(reader, type == JSON_OBJECT ? '{' : '['))
		return json_fail(reader, type == JSON_OBJECT ? "no object where one should be" :
							       "no array where one should be");
	if (++reader->depth > DEPTH_MAX)
		return json_fail(reader, "too many objects within one another");
	return true;
}

static bool take_key(struct json_reader *reader, char *key, size_t size)
{
	struct sink sink = { .text = key, .size = size };

	if (!take_text(reader, &sink))
		return false;
	if (!take(reader, ':'))
		return json_fail(reader, "a key without a value");
	key[sink.len < size ? sink.len : 0] = '\0';
	return true;
}

bool json_next(struct json_reader *reader, bool *first, char *key, size_t size)
{
	if (reader->wrong != NULL)
		return false;
	if (take(reader, key != NULL ? '}' : ']')) {
		reader->depth--;
		return false;
	}
	if (!*first && !take(reader, ','))
		return json_fail(reader, "no comma between two values");
	*first = false;
	return key != NULL ? take_key(reader, key, size) : true;
}

bool json_close(struct json_reader *reader)
{
	skip_blanks(reader);
	if (reader->wrong == NULL && reader->at < reader->end)
		return json_fail(reader, "something behind the object");
	return reader->wrong == NULL;
}

static bool pass_array(struct json_reader *reader)
{
	bool first = true;

	if (!json_enter(reader, JSON_ARRAY))
		return false;
	while (json_next(reader, &first, NULL, 0)) {
		if (!json_pass(reader))
			return false;
	}
	return reader->wrong == NULL;
}

bool json_pass(struct json_reader *reader)
{
	struct sink nowhere = { .size = 0 };
	uint64_t number;
	bool value;

	switch (json_peek(reader)) {
	case JSON_STRING:
		return take_text(reader, &nowhere);
	case JSON_NUMBER:
		return take_number(reader, &number, &value);
	case JSON_TRUE:
	case JSON_FALSE:
		return json_take_bool(reader, &value);
	case JSON_NULL:
		return take_word(reader, "null");
	case JSON_ARRAY:
		return pass_array(reader);
	default:
		return json_fail(reader, "no plain value where one should be");
	}
}
