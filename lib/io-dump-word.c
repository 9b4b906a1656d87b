/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes and what stands for them in a dump, names of errors, and a text that grows. A dump is plain
 * ASCII without trailing blanks, so that mail and editors leave it alone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io-dump.h"

#define ERRNO_MAX 255

/* Errors that files of the kernel and of file systems give; numbers differ between architectures. */
static const struct errno_name {
	int error;
	const char *name;
} errno_names[] = {
	{ EPERM, "EPERM" },
	{ ENOENT, "ENOENT" },
	{ EINTR, "EINTR" },
	{ EIO, "EIO" },
	{ ENXIO, "ENXIO" },
	{ E2BIG, "E2BIG" },
	{ EAGAIN, "EAGAIN" },
	{ ENOMEM, "ENOMEM" },
	{ EACCES, "EACCES" },
	{ EBUSY, "EBUSY" },
	{ ENODEV, "ENODEV" },
	{ ENOTDIR, "ENOTDIR" },
	{ EISDIR, "EISDIR" },
	{ EINVAL, "EINVAL" },
	{ EMFILE, "EMFILE" },
	{ ENOSPC, "ENOSPC" },
	{ EROFS, "EROFS" },
	{ ERANGE, "ERANGE" },
	{ ENAMETOOLONG, "ENAMETOOLONG" },
	{ ENOSYS, "ENOSYS" },
	{ ELOOP, "ELOOP" },
	{ ENODATA, "ENODATA" },
	{ EOVERFLOW, "EOVERFLOW" },
	{ EOPNOTSUPP, "EOPNOTSUPP" },
	{ ESTALE, "ESTALE" },
	{ EHWPOISON, "EHWPOISON" },
};

const char *dump_errno_name(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errno_names); i++) {
		if (errno_names[i].error == error)
			return errno_names[i].name;
	}
	return NULL;
}

int dump_errno_from_name(const char *name)
{
	size_t i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE(errno_names); i++) {
		if (strcmp(errno_names[i].name, name) == 0)
			return errno_names[i].error;
	}
	for (; *name >= '0' && *name <= '9' && error <= ERRNO_MAX; name++)
		error = error * 10 + (*name - '0');
	return *name == '\0' && error <= ERRNO_MAX ? error : 0;
}

bool dump_is_word(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";

	return text[0] != '\0' && text[strspn(text, letters)] == '\0';
}

/* ---- bytes ---- */

static int hex_digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	return -1;
}

/* What follows a backslash; gives how much of it was used, 0 if it makes no sense. */
static size_t unescape_one(const char *text, size_t len, char *ret_byte)
{
	static const char letters[] = "nt\\", bytes[] = "\n\t\\";
	const char *found;
	int high, low;

	if (len == 0)
		return 0;
	found = memchr(letters, text[0], sizeof(letters) - 1);
	if (found != NULL) {
		*ret_byte = bytes[found - letters];
		return 1;
	}
	if (text[0] != 'x' || len < 3)
		return 0;
	high = hex_digit(text[1]);
	low = hex_digit(text[2]);
	if (high < 0 || low < 0)
		return 0;
	*ret_byte = (char)(high << 4 | low);
	return 3;
}

int dump_unescape(char *text, size_t len, size_t *ret_len, bool *ret_cut)
{
	size_t from = 0, to = 0;
	bool cut = false;

	while (from < len) {
		size_t used;

		if (text[from] != '\\') {
			text[to++] = text[from++];
			continue;
		}
		from++;
		if (from < len && text[from] == 'e') {
			from++;
			continue;
		}
		cut = ret_cut != NULL && from + 1 == len && text[from] == 'c';
		if (cut)
			break;
		used = unescape_one(text + from, len - from, &text[to]);
		if (used == 0)
			return -EINVAL;
		to++;
		from += used;
	}
	text[to] = '\0';
	*ret_len = to;
	if (ret_cut != NULL)
		*ret_cut = cut;
	return 0;
}

/* ---- a text that grows ---- */

void dump_put(struct dump_text *out, const char *text, size_t len)
{
	size_t size = out->size == 0 ? 65536 : out->size;
	char *grown;

	if (out->failed)
		return;
	while (size - out->len <= len) {
		if (size > SIZE_MAX / 2) {
			out->failed = true;
			return;
		}
		size *= 2;
	}
	if (size != out->size) {
		grown = realloc(out->text, size);
		out->failed = grown == NULL;
		if (grown == NULL)
			return;
		out->text = grown;
		out->size = size;
	}
	memcpy(out->text + out->len, text, len);
	out->len += len;
	out->text[out->len] = '\0';
}

void dump_print(struct dump_text *out, const char *format, ...)
{
	char line[256];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	dump_put(out, line, MIN((size_t)len, sizeof(line) - 1));
}

static bool must_escape(enum dump_place place, const char *text, size_t len, size_t at)
{
	char letter = text[at];
	bool is_end = at + 1 == len;

	if (letter < ' ' || letter > '~' || letter == '\\')
		return true;
	switch (place) {
	case DUMP_IN_PATH:
		return letter == ' ' || letter == '*' || letter == '|' ||
		       (at == 0 && letter == '#');
	case DUMP_IN_NAME:
		return letter == ' ' || letter == '{';
	case DUMP_IN_CELL:
		return letter == '|' || (letter == ' ' && (is_end || at == 0)) ||
		       (letter == '!' && at == 0) || (letter == '-' && len == 1);
	case DUMP_IN_LINE:
		return letter == ' ' && is_end;
	}
	return true;
}

void dump_escape(struct dump_text *out, enum dump_place place, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t at, plain = 0;

	for (at = 0; at < len; at++) {
		char code[4] = { '\\', 'x', hex[(unsigned char)text[at] >> 4], hex[text[at] & 15] };

		if (!must_escape(place, text, len, at))
			continue;
		dump_put(out, text + plain, at - plain);
		plain = at + 1;
		if (text[at] == '\\')
			dump_put(out, "\\\\", 2);
		else if (text[at] == '\t' || text[at] == '\n')
			dump_put(out, text[at] == '\t' ? "\\t" : "\\n", 2);
		else
			dump_put(out, code, sizeof(code));
	}
	dump_put(out, text + plain, len - plain);
}
