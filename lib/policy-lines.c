/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pass over the lines of a policy file: which keys stand where, and everything refused that iniparser
 * would join, hide, read otherwise than it looks, or complain of. Gives no values; knows no key.
 */
#include "policy-entry.h"

#include <errno.h>
#include <string.h>

#include "parse.h"

/* One file under way. */
struct reader {
	const char *file;
	unsigned int line;
	const char *section; /* NULL: before the first one */
	size_t first;	     /* of the file's entries */
	struct memhp_error *error;
	struct policy_entries *entries;
};

static int junk(const struct reader *reader, const char *what)
{
	return policy_error(reader->error, reader->file, reader->line, "%s", what);
}

/* ---- letters ---- */

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\t';
}

static bool is_comment(char letter)
{
	return letter == '#' || letter == ';';
}

static bool is_quote(char letter)
{
	return letter == '"' || letter == '\'';
}

static bool is_upper(char letter)
{
	return letter >= 'A' && letter <= 'Z';
}

static bool is_name(char letter)
{
	return (letter >= 'a' && letter <= 'z') || is_upper(letter) ||
	       (letter >= '0' && letter <= '9') || (letter != '\0' && strchr("-_.+@", letter));
}

static struct piece trim(struct piece piece)
{
	while (piece.len > 0 && is_blank(piece.text[0])) {
		piece.text++;
		piece.len--;
	}
	while (piece.len > 0 && is_blank(piece.text[piece.len - 1]))
		piece.len--;
	return piece;
}

/* iniparser knows no case in names, so neither do we. */
static char *lower_copy(const struct reader *reader, struct piece piece)
{
	char *copy = arena_copy_text(reader->entries->arena, piece.text, piece.len), *at;

	for (at = copy; at != NULL && *at != '\0'; at++) {
		if (is_upper(*at))
			*at = (char)(*at - 'A' + 'a');
	}
	return copy;
}

/* ---- our own pass ---- */

static int add(const struct reader *reader, const char *key)
{
	int rc = policy_entries_add(reader->entries, (struct policy_entry){
							     .section = reader->section,
							     .key = key,
							     .file = reader->file,
							     .line = reader->line,
						     });

	if (rc == -E2BIG)
		return junk(reader, "there are too many lines in the policy's files");
	return rc < 0 ? error_memory(reader->error) : 0;
}

/* The line of this file on which the section, or the key in it, stood before; 0: none. */
static unsigned int seen_before(const struct reader *reader, const char *section, const char *key)
{
	size_t i;

	for (i = reader->first; i < reader->entries->count; i++) {
		const struct policy_entry *entry = &reader->entries->items[i];

		if (strcmp(entry->section, section) != 0)
			continue;
		if (key == NULL || (entry->key != NULL && strcmp(entry->key, key) == 0))
			return entry->line;
	}
	return 0;
}

/* Words of name letters, one blank between them. */
static bool is_section_name(struct piece name)
{
	size_t i;

	for (i = 0; i < name.len; i++) {
		if (!is_name(name.text[i]) && !(name.text[i] == ' ' && name.text[i - 1] != ' '))
			return false;
	}
	return name.len > 0;
}

static int take_section(struct reader *reader, struct piece line)
{
	struct piece name = { line.text + 1, line.len - 1 };
	unsigned int before;
	char *section;

	if (name.len == 0 || name.text[name.len - 1] != ']')
		return junk(reader, "a section is its name in brackets and nothing else: "
				    "[device 20-cxl]; a comment takes a line of its own");
	name.len--;
	name = trim(name);
	if (!is_section_name(name))
		return junk(reader, "a section's name is made of words of letters, digits and "
				    "-_.+@, with one blank between them");
	section = lower_copy(reader, name);
	if (section == NULL)
		return error_memory(reader->error);
	before = seen_before(reader, section, NULL);
	if (before != 0)
		return policy_error(reader->error, reader->file, reader->line,
				    "section [%s] stands on line %u already", section, before);
	reader->section = section;
	return add(reader, NULL);
}

/* What stands between quotes, and nothing but a comment behind it. */
static int check_quoted(const struct reader *reader, struct piece value)
{
	const char *end = memchr(value.text + 1, value.text[0], value.len - 1);
	struct piece rest;

	if (end == NULL)
		return junk(reader, "a quote is not closed");
	if (end == value.text + 1)
		return junk(reader, "the key has no value");
	if (memchr(value.text, '\\', (size_t)(end - value.text)) != NULL)
		return junk(reader, "there is no backslash in quotes");
	rest = trim((struct piece){ end + 1, value.len - (size_t)(end + 1 - value.text) });
	if (rest.len > 0 && !is_comment(rest.text[0]))
		return junk(reader, "something stands behind the quoted value");
	return 0;
}

static int check_value(const struct reader *reader, struct piece value)
{
	size_t i;

	if (value.len > 0 && is_quote(value.text[0]))
		return check_quoted(reader, value);
	for (i = 0; i < value.len && !is_comment(value.text[i]); i++) {
		if (is_quote(value.text[i]))
			return junk(reader, "a quote stands within the value");
	}
	return i == 0 ? junk(reader, "the key has no value") : 0;
}

/* Bytes that are not ASCII are for comments. */
static bool is_ascii(struct piece line)
{
	char quote = '\0';
	size_t i;

	for (i = 0; i < line.len; i++) {
		if (quote == '\0' && is_comment(line.text[i]))
			return true;
		if (is_quote(line.text[i]) && (quote == '\0' || quote == line.text[i]))
			quote = quote == '\0' ? line.text[i] : '\0';
		if ((unsigned char)line.text[i] >= 0x80)
			return false;
	}
	return true;
}

static int take_key(struct reader *reader, struct piece line)
{
	const char *equals = memchr(line.text, '=', line.len);
	struct piece name, value;
	unsigned int before;
	char *key;
	size_t i;
	int rc;

	if (equals == NULL)
		return junk(reader, "this is neither a section, nor a key with a value, nor a "
				    "comment");
	name = trim((struct piece){ line.text, (size_t)(equals - line.text) });
	for (i = 0; i < name.len && is_name(name.text[i]); i++)
		;
	if (i == 0 || i < name.len || !is_ascii(line))
		return junk(reader, "there is something in this line that no key or value has");
	if (reader->section == NULL)
		return junk(reader, "this key stands before the first section");
	value = (struct piece){ equals + 1, line.len - (size_t)(equals + 1 - line.text) };
	rc = check_value(reader, trim(value));
	if (rc < 0)
		return rc;
	key = lower_copy(reader, name);
	if (key == NULL)
		return error_memory(reader->error);
	before = seen_before(reader, reader->section, key);
	if (before != 0)
		return policy_error(reader->error, reader->file, reader->line,
				    "%s stands on line %u of the same section already", key,
				    before);
	return add(reader, key);
}

static bool has_control(struct piece line)
{
	size_t i;

	for (i = 0; i < line.len; i++) {
		if (((unsigned char)line.text[i] < ' ' && line.text[i] != '\t') ||
		    line.text[i] == 0x7f)
			return true;
	}
	return false;
}

static int take_line(struct reader *reader, struct piece line)
{
	if (line.len > 0 && line.text[line.len - 1] == '\r')
		line.len--;
	if (line.len > POLICY_LINE_MAX)
		return junk(reader, "this line is longer than 1000 bytes");
	if (has_control(line))
		return junk(reader, "there is a control character in this line");
	line = trim(line);
	if (line.len > 0 && line.text[line.len - 1] == '\\')
		return junk(reader, "a line cannot be continued by a backslash");
	if (line.len == 0 || is_comment(line.text[0]))
		return 0;
	return line.text[0] == '[' ? take_section(reader, line) : take_key(reader, line);
}

int policy_lines_read(const char *file, const char *text, size_t len, struct memhp_error *error,
		      struct policy_entries *entries)
{
	struct reader reader = {
		.file = file, .first = entries->count, .error = error, .entries = entries
	};
	struct cursor cursor = cursor_of(text, len);
	struct piece line;
	int rc = 0;

	while (rc == 0 && parse_line(&cursor, &line)) {
		reader.line++;
		rc = take_line(&reader, line);
	}
	return rc;
}
