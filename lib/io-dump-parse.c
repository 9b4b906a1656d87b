/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text to a dump, line by line and in place: whatever bytes it is given, it reads nothing outside of
 * them, and says in which line something is wrong. The opposite is io-dump-format.c.
 */
#include <errno.h>
#include <string.h>

#include "io-dump.h"
#include "io-dump-line.h"

static int wrong(struct dump_parser *parser, const char *what)
{
	return error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name, "line %u: %s",
			 parser->line, what);
}

static int no_memory(struct dump_parser *parser)
{
	return error_memory(parser->error);
}

/* ---- the head ---- */

static int parse_version(struct dump_parser *parser, char *text, size_t len)
{
	const size_t magic = sizeof(DUMP_MAGIC) - 1;
	const char *end;
	uint32_t version;

	text[len] = '\0';
	if (strncmp(text, DUMP_MAGIC " ", magic + 1) != 0 ||
	    !dump_number(text + magic + 1, &version, &end) || *end != '\0') {
		error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name,
			  "is no recorded machine: neither a dump nor a directory");
		return error_hint(parser->error, "memhp dump FILE records one");
	}
	if (version == DUMP_VERSION)
		return 0;
	error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name,
		  "is a dump of format %u, and format %u is what can be read here", version,
		  DUMP_VERSION);
	return error_hint(parser->error, "use the memhp that recorded it, or a newer one");
}

static bool is_power_of_two(uint32_t number)
{
	return number != 0 && (number & (number - 1)) == 0;
}

static int take_page_size(struct io_facts *facts, const char *value)
{
	const char *end;
	uint32_t number;

	if (!dump_number(value, &number, &end) || *end != '\0' || !is_power_of_two(number) ||
	    number < 1024)
		return -EINVAL;
	facts->page_size = number;
	return 0;
}

static int take_struct_page_size(struct io_facts *facts, const char *value)
{
	const char *end;
	uint32_t number;

	if (!dump_number(value, &number, &end) || *end != '\0' || number < 32 || number > 512)
		return -EINVAL;
	facts->struct_page_size = number;
	return 0;
}

static int take_arch(struct io_facts *facts, const char *value)
{
	if (!dump_is_word(value) || strlen(value) >= sizeof(facts->arch))
		return -EINVAL;
	text_copy(facts->arch, sizeof(facts->arch), value);
	return 0;
}

static const struct head_row {
	const char *key;
	int (*take)(struct io_facts *facts, const char *value);
} head_rows[] = {
	{ "page-size: ", take_page_size },
	{ "struct-page-size: ", take_struct_page_size },
	{ "arch: ", take_arch },
};

/* Keys that are not known say nothing that this memhp could use. */
static int parse_head(struct dump_parser *parser, char *text, size_t len)
{
	size_t i, key;

	text[len] = '\0';
	if (text[0] == '#')
		return 0;
	if (memchr(text, ':', len) == NULL)
		return wrong(parser, "neither KEY: VALUE nor the blank line that ends the head");
	for (i = 0; i < ARRAY_SIZE(head_rows); i++) {
		key = strlen(head_rows[i].key);
		if (strncmp(text, head_rows[i].key, key) != 0)
			continue;
		if (head_rows[i].take(&parser->dump->facts, text + key) < 0)
			return wrong(parser, "a value that makes no sense");
	}
	return 0;
}

/* ---- what goes on over several lines ---- */

/* What was unescaped is never longer than what it stood in, and each line leaves two bytes over. */
static int parse_text_line(struct dump_parser *parser, char *text, size_t len)
{
	struct dump_entry *entry = &parser->dump->entries[parser->dump->entry_count - 1];
	char *to = parser->text_start + entry->count;
	bool cut;

	if (parser->text_cut)
		return wrong(parser, "more of a file that ended with \\c");
	if (dump_unescape(text, len, &len, &cut) < 0)
		return wrong(parser, "a backslash that says nothing");
	memmove(to, text, len);
	entry->count += len;
	if (!cut)
		parser->text_start[entry->count++] = '\n';
	parser->text_start[entry->count] = '\0';
	parser->text_cut = cut;
	return 0;
}

static int parse_more(struct dump_parser *parser, char *text, size_t len)
{
	switch (parser->open) {
	case OPEN_TEXT:
		return parse_text_line(parser, text, len);
	case OPEN_TABLE:
		return dump_parse_row(parser, text, len);
	case OPEN_WORDS:
		return dump_parse_run(parser, text, len);
	case OPEN_NOTHING:
		break;
	}
	return wrong(parser, "an indented line that goes with nothing");
}

/* ---- answers ---- */

static struct dump_entry *add_entry(struct dump_parser *parser, enum dump_kind kind,
				    const char *path)
{
	if (parser->dump->entry_count == DUMP_ENTRIES_MAX)
		return NULL;
	return dump_add(parser->dump, kind, path, parser->line);
}

/* OPERATOR is where it stands: a byte that is free for the newline that follows the value. */
static int parse_value(struct dump_parser *parser, struct dump_entry *entry, char *operator,
		       char * value, size_t len)
{
	bool cut;

	if (dump_unescape(value, len, &len, &cut) < 0)
		return wrong(parser, "a backslash that says nothing");
	memmove(operator, value, len);
	if (!cut)
		operator[len++] = '\n';
	operator[len] = '\0';
	entry->text = operator;
	entry->count = len;
	return 0;
}

static int parse_link(struct dump_parser *parser, struct dump_entry *entry, char *operator,
		      char * value, size_t len)
{
	if (dump_unescape(value, len, &len, NULL) < 0)
		return wrong(parser, "a backslash that says nothing");
	if (len == 0 || len >= IO_PATH_MAX || strlen(value) != len)
		return wrong(parser, "a link that can lead nowhere");
	entry->text = value;
	entry->count = len;
	return 0;
}

static int parse_refusal(struct dump_parser *parser, struct dump_entry *entry, char *operator,
			 char * value, size_t len)
{
	int error;

	value[len] = '\0';
	error = dump_errno_from_name(value);
	if (error == 0)
		return wrong(parser, "an error that has no such name");
	entry->error = (uint8_t)error;
	return 0;
}

static int parse_text(struct dump_parser *parser, struct dump_entry *entry, char *operator,
		      char * value, size_t len)
{
	if (len > 0)
		return wrong(parser, "something behind <<");
	parser->open = OPEN_TEXT;
	parser->text_cut = false;
	parser->text_start = operator;
	operator[0] = '\0';
	entry->text = operator;
	return 0;
}

static const struct operator_row {
	const char *operator;
	bool directory; /* the path ends in a slash */
	enum dump_kind kind;
	int (*parse)(struct dump_parser *parser, struct dump_entry *entry, char *operator,
		     char * value, size_t len);
} operator_rows[] = {
	{ "=", false, DUMP_FILE, parse_value },	    { "<<", false, DUMP_FILE, parse_text },
	{ "!", false, DUMP_FILE, parse_refusal },   { "->", false, DUMP_LINK, parse_link },
	{ "->!", false, DUMP_LINK, parse_refusal }, { ":", true, DUMP_LIST, dump_parse_names },
	{ "!", true, DUMP_LIST, parse_refusal },    { "@", false, DUMP_WORDS, dump_parse_words },
};

static const struct operator_row *find_operator(const char *text, size_t len, bool directory)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operator_rows); i++) {
		const struct operator_row *row = &operator_rows[i];

		if (row->directory == directory && strlen(row->operator) == len &&
		    strncmp(row->operator, text, len) == 0)
			return row;
	}
	return NULL;
}

bool dump_path_is_good(const char *path, size_t len)
{
	const char *at = path;

	if (len == 0 || len >= IO_PATH_MAX || strlen(path) != len)
		return false;
	for (;;) {
		size_t part = strcspn(at, "/");

		if (part == 0 || (part == 1 && at[0] == '.') ||
		    (part == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		if (at[part] == '\0')
			return true;
		at += part + 1;
	}
}

/* PATH OPERATOR VALUE */
static int parse_answer(struct dump_parser *parser, char *text, size_t len)
{
	char *blank = memchr(text, ' ', len), *operator, * value, *end = text + len;
	const struct operator_row *row;
	struct dump_entry *entry;
	bool directory;
	size_t path_len;

	if (blank == NULL || blank == text)
		return wrong(parser, "not PATH, a blank, and what is known of it");
	operator= blank + 1;
	value = memchr(operator, ' ', (size_t)(end - operator));
	value = value == NULL ? end : value;
	directory = blank[-1] == '/';
	row = find_operator(operator, (size_t)(value - operator), directory);
	if (row == NULL)
		return wrong(parser, "behind the path stands none of = << -> : ! ->! @");
	value += value < end;
	if (dump_unescape(text, (size_t)(blank - text) - directory, &path_len, NULL) < 0 ||
	    !dump_path_is_good(text, path_len))
		return wrong(parser, "a path that cannot be");
	entry = add_entry(parser, row->kind, text);
	if (entry == NULL)
		return parser->dump->entry_count == DUMP_ENTRIES_MAX ? wrong(parser, "too long") :
								       no_memory(parser);
	return row->parse(parser, entry, operator, value, (size_t)(end - value));
}

/* ---- lines ---- */

static int parse_body(struct dump_parser *parser, char *text, size_t len)
{
	if (len == 0 || text[0] == '#')
		return 0;
	if (parser->ended)
		return wrong(parser, "something behind the line \"end\"");
	if (text[0] == '\t')
		return parse_more(parser, text + 1, len - 1);
	parser->open = OPEN_NOTHING;
	if (len == 3 && strncmp(text, "end", 3) == 0) {
		parser->ended = true;
		return 0;
	}
	if (dump_is_table(text, len))
		return dump_parse_table(parser, text, len);
	return parse_answer(parser, text, len);
}

static int parse_line_of(struct dump_parser *parser, char *text, size_t len)
{
	size_t i;

	if (parser->line == 1)
		return parse_version(parser, text, len);
	for (i = 0; i < len; i++) {
		unsigned char letter = (unsigned char)text[i];

		if ((letter < ' ' && (letter != '\t' || i > 0)) || letter == 0x7f)
			return wrong(parser, "a byte that a dump never holds");
	}
	if (parser->in_body || len == 0) {
		parser->in_body = true;
		return parse_body(parser, text, len);
	}
	return parse_head(parser, text, len);
}

/*
 * Mail and editors of other systems end every line with a carriage return too. No dump holds one, so that
 * what the first line ends with is no part of what was recorded; all others must then end so as well.
 */
static int drop_carriage(struct dump_parser *parser, const char *text, bool is_whole, size_t *len)
{
	bool has_one = *len > 0 && text[*len - 1] == '\r';

	if (parser->line == 1)
		parser->carriage = has_one;
	if (parser->carriage && !has_one && is_whole) {
		wrong(parser, "lines before this one end in CR LF, and it does not");
		return error_hint(parser->error, "dos2unix gives all lines one end");
	}
	*len -= parser->carriage && has_one;
	return 0;
}

static int parse_lines(struct dump_parser *parser, char *text, size_t len)
{
	char *end = text + len, *next;
	int rc = 0;

	for (; rc == 0 && text < end; text = next + 1) {
		size_t line;

		next = memchr(text, '\n', (size_t)(end - text));
		next = next == NULL ? end : next;
		line = (size_t)(next - text);
		parser->line++;
		rc = drop_carriage(parser, text, next < end, &line);
		if (rc == 0)
			rc = parse_line_of(parser, text, line);
	}
	if (rc < 0)
		return rc;
	if (parser->line == 0)
		return parse_version(parser, text, 0);
	if (parser->ended)
		return 0;
	error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name,
		  "was cut off: its last line, \"end\", is missing");
	return error_hint(parser->error, "get a whole copy");
}

/* No question has two answers. */
static int look_for_twice(struct dump_parser *parser)
{
	const struct dump *dump = parser->dump;
	size_t i;

	for (i = 1; i < dump->entry_count; i++) {
		const struct dump_entry *entry = &dump->entries[i], *before = entry - 1;

		if (entry->kind == before->kind && strcmp(entry->path, before->path) == 0)
			return error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name,
					 "line %u: the same was told in line %u", entry->line,
					 before->line);
	}
	return 0;
}

static int parse_all(struct dump_parser *parser, char *text, size_t len)
{
	int rc = parse_lines(parser, text, len);

	if (rc < 0)
		return rc;
	dump_order(parser->dump);
	rc = look_for_twice(parser);
	if (rc < 0)
		return rc;
	return dump_resolve(parser->dump) < 0 ? no_memory(parser) : 0;
}

int dump_parse(const char *name, char *text, size_t len, struct memhp_error *error,
	       struct dump **ret_dump)
{
	_cleanup_(dump_cleanup) struct dump *dump = NULL;
	struct dump_parser parser = { .name = name, .error = error };
	int rc;

	if (dump_new(&dump) < 0) {
		free(text);
		return error_memory(error);
	}
	dump->text = text;
	parser.dump = dump;
	rc = parse_all(&parser, text, len);
	free(parser.names);
	if (rc < 0)
		return rc;
	*ret_dump = take_pointer(dump);
	return 0;
}
