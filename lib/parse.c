/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers, ranges, lists, sizes and lines: what parse.h says but the words, which are tables in
 * parse-word.c, and the tables of proc, which are in parse-proc.c. Pure; any bytes will do.
 */
#include <errno.h>
#include <string.h>

#include "parse.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool piece_is(struct piece piece, const char *text)
{
	return piece.len == strlen(text) && memcmp(piece.text, text, piece.len) == 0;
}

bool piece_starts_with(struct piece piece, const char *prefix)
{
	size_t len = strlen(prefix);

	return piece.len >= len && memcmp(piece.text, prefix, len) == 0;
}

bool parse_line(struct cursor *cursor, struct piece *ret_line)
{
	size_t left = (size_t)(cursor->end - cursor->at);
	const char *newline;

	if (left == 0)
		return false;
	newline = memchr(cursor->at, '\n', left);
	ret_line->text = cursor->at;
	ret_line->len = newline == NULL ? left : (size_t)(newline - cursor->at);
	cursor->at = newline == NULL ? cursor->end : newline + 1;
	return true;
}

bool parse_word(struct cursor *cursor, struct piece *ret_word)
{
	while (cursor->at < cursor->end && is_blank(*cursor->at))
		cursor->at++;
	if (cursor->at == cursor->end)
		return false;
	ret_word->text = cursor->at;
	while (cursor->at < cursor->end && !is_blank(*cursor->at))
		cursor->at++;
	ret_word->len = (size_t)(cursor->at - ret_word->text);
	return true;
}

bool parse_name(struct cursor *cursor, char *name, size_t size)
{
	struct piece word;

	if (!parse_word(cursor, &word) || word.len >= size)
		return false;
	memcpy(name, word.text, word.len);
	name[word.len] = '\0';
	return true;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 255;
}

/* One or more digits at the cursor; leaves it at the first character that is none. */
static int take_digits(struct cursor *cursor, unsigned int base, uint64_t *ret_value)
{
	const char *start = cursor->at;
	bool too_big = false;
	uint64_t value = 0;

	for (; cursor->at < cursor->end && digit_value(*cursor->at) < base; cursor->at++) {
		too_big |= __builtin_mul_overflow(value, base, &value);
		too_big |= __builtin_add_overflow(value, digit_value(*cursor->at), &value);
	}
	if (cursor->at == start)
		return -EINVAL;
	if (too_big)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

static int take_number(struct cursor *cursor, unsigned int base, uint64_t *ret_value)
{
	bool prefixed = cursor->end - cursor->at > 2 && cursor->at[0] == '0' &&
			(cursor->at[1] == 'x' || cursor->at[1] == 'X');

	if (prefixed && base != 10) {
		cursor->at += 2;
		base = 16;
	}
	return take_digits(cursor, base == 0 ? 10 : base, ret_value);
}

static struct cursor trimmed(const char *text, size_t len)
{
	struct cursor cursor = cursor_of(text, len);

	while (cursor.at < cursor.end && is_blank(*cursor.at))
		cursor.at++;
	while (cursor.end > cursor.at && is_blank(cursor.end[-1]))
		cursor.end--;
	return cursor;
}

int parse_uint(const char *text, size_t len, unsigned int base, uint64_t *ret_value)
{
	struct cursor cursor = trimmed(text, len);
	uint64_t value;
	int rc = take_number(&cursor, base, &value);

	if (cursor.at != cursor.end)
		return -EINVAL;
	if (rc < 0)
		return rc;
	*ret_value = value;
	return 0;
}

int parse_int(const char *text, size_t len, int64_t *ret_value)
{
	struct cursor cursor = trimmed(text, len);
	bool negative = cursor.at < cursor.end && *cursor.at == '-';
	uint64_t value;
	int rc;

	if (negative)
		cursor.at++;
	rc = take_digits(&cursor, 10, &value);
	if (cursor.at != cursor.end)
		return -EINVAL;
	if (rc < 0)
		return rc;
	if (value > (uint64_t)INT64_MAX)
		return -ERANGE;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int parse_range(const char *text, size_t len, unsigned int base, uint64_t *ret_first,
		uint64_t *ret_last)
{
	struct cursor cursor = trimmed(text, len);
	uint64_t first, last;
	int rc = take_number(&cursor, base, &first);

	if (rc < 0)
		return rc;
	if (cursor.at == cursor.end || *cursor.at != '-')
		return -EINVAL;
	cursor.at++;
	rc = take_number(&cursor, base, &last);
	if (rc < 0)
		return rc;
	if (cursor.at != cursor.end || first > last)
		return -EINVAL;
	*ret_first = first;
	*ret_last = last;
	return 0;
}

/* "7" or "0-3" at the cursor. */
static int take_item(struct cursor *cursor, uint64_t *ret_first, uint64_t *ret_last)
{
	uint64_t first, last;
	int rc = take_digits(cursor, 10, &first);

	if (rc < 0)
		return rc;
	last = first;
	if (cursor->at < cursor->end && *cursor->at == '-') {
		cursor->at++;
		rc = take_digits(cursor, 10, &last);
		if (rc < 0)
			return rc;
	}
	if (first > last)
		return -EINVAL;
	*ret_first = first;
	*ret_last = last;
	return 0;
}

int parse_list(const char *text, size_t len, int (*fn)(void *data, uint64_t first, uint64_t last),
	       void *data)
{
	struct cursor cursor = trimmed(text, len);

	while (cursor.at < cursor.end) {
		uint64_t first, last;
		int rc = take_item(&cursor, &first, &last);

		if (rc < 0)
			return rc;
		if (cursor.at < cursor.end && (*cursor.at != ',' || cursor.at + 1 == cursor.end))
			return -EINVAL;
		cursor.at += cursor.at < cursor.end;
		rc = fn(data, first, last);
		if (rc != 0)
			return rc;
	}
	return 0;
}

bool parse_numbered(const char *name, const char *prefix, uint32_t *ret_number)
{
	const char *digits = name;
	uint64_t value = 0;
	size_t count;

	while (*prefix != '\0') {
		if (*digits++ != *prefix++)
			return false;
	}
	if (digits[0] == '0' && digits[1] != '\0')
		return false;
	for (count = 0; digits[count] >= '0' && digits[count] <= '9' && count < 11; count++)
		value = value * 10 + (uint64_t)(digits[count] - '0');
	if (count == 0 || digits[count] != '\0' || value > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)value;
	return true;
}

static size_t digit_run(const char *text)
{
	return strspn(text, "0123456789");
}

int name_compare(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		size_t a_len = digit_run(a), b_len = digit_run(b);
		int order;

		if (a_len == 0 || b_len == 0) {
			if (*a != *b)
				break;
			a++;
			b++;
			continue;
		}
		for (; a_len > 1 && *a == '0'; a_len--)
			a++;
		for (; b_len > 1 && *b == '0'; b_len--)
			b++;
		if (a_len != b_len)
			return a_len < b_len ? -1 : 1;
		order = memcmp(a, b, a_len);
		if (order != 0)
			return order;
		a += a_len;
		b += b_len;
	}
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

enum tristate parse_bool(const char *text, size_t len)
{
	struct cursor cursor = trimmed(text, len);

	if (cursor.end - cursor.at != 1)
		return TRI_UNKNOWN;
	switch (*cursor.at) {
	case 'Y':
	case 'y':
	case '1':
		return TRI_YES;
	case 'N':
	case 'n':
	case '0':
		return TRI_NO;
	default:
		return TRI_UNKNOWN;
	}
}

/* The power of 1024 of a suffix (K, KB, KiB, and so on), or -1. */
static int suffix_power(struct cursor cursor)
{
	static const char letters[] = "KMGTP";
	size_t len = (size_t)(cursor.end - cursor.at);
	const char *letter;

	if (len == 0)
		return 0;
	letter = memchr(letters, *cursor.at & ~0x20, sizeof(letters) - 1);
	if (letter == NULL || !((*cursor.at | 0x20) >= 'a' && (*cursor.at | 0x20) <= 'z'))
		return -1;
	if (len == 1 || (len == 2 && cursor.at[1] == 'B') ||
	    (len == 3 && cursor.at[1] == 'i' && cursor.at[2] == 'B'))
		return (int)(letter - letters) + 1;
	return -1;
}

EXPORT int memhp_size_from_string(const char *text, uint64_t *ret_bytes)
{
	struct cursor cursor = cursor_of(text, strlen(text));
	uint64_t value = 0;
	int rc = take_number(&cursor, 0, &value);
	int power = suffix_power(cursor);

	if (rc == -EINVAL || power < 0)
		return -EINVAL;
	if (rc < 0)
		return rc;
	for (; power > 0; power--) {
		if (__builtin_mul_overflow(value, (uint64_t)1024, &value))
			return -ERANGE;
	}
	*ret_bytes = value;
	return 0;
}
