/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands for many directories at once, out of the text of a dump: lists of names with runs of
 * numbers in braces, and tables. The lines around them are io-dump-parse.c's.
 */
#include <errno.h>
#include <string.h>

#include "io-dump-line.h"

static int wrong(struct dump_parser *parser, const char *what)
{
	return error_set(parser->error, MEMHP_ERROR_USAGE, -EINVAL, parser->name, "line %u: %s",
			 parser->line, what);
}

/* "5" or "5-9" at AT; RET_END is behind it. */
static bool parse_run(const char *at, uint32_t *ret_first, uint32_t *ret_last, const char **ret_end)
{
	if (!dump_number(at, ret_first, ret_end))
		return false;
	*ret_last = *ret_first;
	return **ret_end != '-' ||
	       (dump_number(*ret_end + 1, ret_last, ret_end) && *ret_last >= *ret_first);
}

static int count_names(struct dump_parser *parser, uint32_t first, uint32_t last)
{
	parser->name_count += (uint64_t)last - first + 1;
	return parser->name_count > DUMP_NAMES_MAX ?
		       wrong(parser, "more names than a machine has") :
		       0;
}

/* ---- names ---- */

static int add_name(struct dump_parser *parser, size_t *count, const struct dump_name *name)
{
	int rc = count_names(parser, name->first, name->last);

	if (rc < 0)
		return rc;
	if (array_reserve(&parser->names, *count, &parser->name_capacity, sizeof(*name)) < 0)
		return error_memory(parser->error);
	parser->names[(*count)++] = *name;
	return 0;
}

/* PREFIX{RUN,RUN...}; NUMBERS is behind the brace. */
static int add_numbered(struct dump_parser *parser, size_t *count, const char *prefix,
			const char *numbers)
{
	struct dump_name name = { .prefix = prefix, .numbered = true };
	const char *at = numbers;
	int rc;

	for (;;) {
		if (!parse_run(at, &name.first, &name.last, &at))
			return wrong(parser, "numbers in braces that make no sense");
		rc = add_name(parser, count, &name);
		if (rc < 0)
			return rc;
		if (*at == '}' && at[1] == '\0')
			return 0;
		if (*at++ != ',')
			return wrong(parser, "numbers in braces that make no sense");
	}
}

static int parse_name(struct dump_parser *parser, size_t *count, char *text, size_t len)
{
	char *brace = memchr(text, '{', len);
	struct dump_name name = { .prefix = text };
	size_t prefix = brace == NULL ? len : (size_t)(brace - text);

	text[len] = '\0';
	if (dump_unescape(text, prefix, &prefix, NULL) < 0)
		return wrong(parser, "a backslash that says nothing");
	if (strlen(text) != prefix || prefix >= IO_PATH_MAX / 2 || strchr(text, '/') != NULL ||
	    (brace == NULL && !dump_path_is_good(text, prefix)))
		return wrong(parser, "a name that cannot be");
	if (brace != NULL)
		return add_numbered(parser, count, text, brace + 1);
	return add_name(parser, count, &name);
}

/* The first name of a run, or the last. */
static void spell(const struct dump_name *name, bool last, char text[IO_PATH_MAX])
{
	if (name->numbered)
		text_format(text, IO_PATH_MAX, "%s%u", name->prefix,
			    last ? name->last : name->first);
	else
		text_copy(text, IO_PATH_MAX, name->prefix);
}

static int name_order(const void *a, const void *b)
{
	char left[IO_PATH_MAX], right[IO_PATH_MAX];

	spell(a, false, left);
	spell(b, false, right);
	return path_compare(left, right);
}

int dump_sort_names(struct dump_name *names, size_t count)
{
	char before[IO_PATH_MAX], after[IO_PATH_MAX];
	size_t i;

	if (count > 0)
		qsort(names, count, sizeof(*names), name_order);
	for (i = 1; i < count; i++) {
		spell(&names[i - 1], true, before);
		spell(&names[i], false, after);
		if (path_compare(before, after) >= 0)
			return -EINVAL;
	}
	return 0;
}

int dump_parse_names(struct dump_parser *parser, struct dump_entry *entry, char *operator,
		     char * text, size_t len)
{
	struct dump_name *names;
	size_t count = 0;
	int rc;

	while (len > 0) {
		const char *blank = memchr(text, ' ', len);
		size_t one = blank == NULL ? len : (size_t)(blank - text);

		rc = one == 0 ? 0 : parse_name(parser, &count, text, one);
		if (rc < 0)
			return rc;
		one += blank != NULL;
		text += one;
		len -= one;
	}
	if (dump_sort_names(parser->names, count) < 0)
		return wrong(parser, "a name that was told twice");
	names = arena_alloc(parser->dump->arena, count * sizeof(*names) + 1);
	if (names == NULL)
		return error_memory(parser->error);
	if (count > 0)
		memcpy(names, parser->names, count * sizeof(*names));
	entry->names = names;
	entry->count = count;
	return 0;
}

/* ---- tables ---- */

/* The next piece of a line between bars, without the blanks around it; false at the end. */
static bool next_piece(char **at, char **ret_piece, size_t *ret_len)
{
	char *start = *at, *bar;
	size_t len;

	if (start == NULL)
		return false;
	bar = strchr(start, '|');
	len = bar == NULL ? strlen(start) : (size_t)(bar - start);
	*at = bar == NULL ? NULL : bar + 1;
	while (len > 0 && *start == ' ') {
		start++;
		len--;
	}
	while (len > 0 && start[len - 1] == ' ')
		len--;
	start[len] = '\0';
	*ret_piece = start;
	*ret_len = len;
	return true;
}

/* A path ends in a star only where a table begins: in others it is escaped. */
bool dump_is_table(const char *text, size_t len)
{
	const char *blank = memchr(text, ' ', len);

	return blank != NULL && blank > text && blank[-1] == '*';
}

static int add_column(struct dump_parser *parser, struct dump_table *table, char *piece, size_t len)
{
	if (table->file_count == DUMP_COLUMNS_MAX)
		return wrong(parser, "a table of too many columns");
	if (dump_unescape(piece, len, &len, NULL) < 0 || !dump_path_is_good(piece, len))
		return wrong(parser, "a column that cannot be");
	table->files[table->file_count++] = piece;
	return 0;
}

/* PREFIX* at the beginning of a line, terminated; NULL: it cannot be one. */
static char *parse_prefix(char *text, const char *star)
{
	size_t len;

	if (dump_unescape(text, (size_t)(star - text), &len, NULL) < 0 ||
	    strchr(text, '*') != NULL || !dump_path_is_good(text, len))
		return NULL;
	return text;
}

/* PREFIX* | FILE | FILE... */
int dump_parse_table(struct dump_parser *parser, char *text, size_t len)
{
	char *blank = memchr(text, ' ', len), *at = blank + 1, *prefix, *piece;
	struct dump_table *table;
	size_t piece_len, i;
	int rc = 0;

	text[len] = '\0';
	prefix = parse_prefix(text, blank - 1);
	if (prefix == NULL)
		return wrong(parser, "a path that cannot be");
	for (i = 0; i < parser->dump->table_count; i++) {
		if (strcmp(parser->dump->tables[i].prefix, prefix) == 0)
			return wrong(parser, "a table that was told before");
	}
	if (*at++ != '|')
		return wrong(parser, "a table without columns");
	table = dump_add_table(parser->dump, prefix);
	if (table == NULL)
		return wrong(parser, "more tables than there can be");
	while (rc == 0 && next_piece(&at, &piece, &piece_len))
		rc = add_column(parser, table, piece, piece_len);
	parser->open = OPEN_TABLE;
	return rc;
}

static int parse_cell(struct dump_parser *parser, struct dump_cell *cell, char *text, size_t len)
{
	int error;

	if (strcmp(text, "-") == 0) {
		cell->error = ENOENT;
		return 0;
	}
	if (text[0] == '!') {
		error = dump_errno_from_name(text + 1);
		cell->error = (uint8_t)error;
		return error == 0 ? wrong(parser, "an error that has no such name") : 0;
	}
	if (dump_unescape(text, len, &len, NULL) < 0)
		return wrong(parser, "a backslash that says nothing");
	cell->text = text;
	cell->len = len;
	return 0;
}

static int parse_cells(struct dump_parser *parser, const struct dump_table *table,
		       struct dump_cell *cells, char *at)
{
	char *piece;
	size_t len, i;
	int rc = 0;

	for (i = 0; rc == 0 && next_piece(&at, &piece, &len); i++) {
		if (i == table->file_count)
			return wrong(parser, "more cells than the table has columns");
		rc = parse_cell(parser, &cells[i], piece, len);
	}
	if (rc == 0 && i < table->file_count)
		return wrong(parser, "fewer cells than the table has columns");
	return rc;
}

int dump_parse_row(struct dump_parser *parser, char *text, size_t len)
{
	struct dump_table *table = &parser->dump->tables[parser->dump->table_count - 1];
	struct dump_cell *cells;
	uint32_t first, last;
	char *piece, *at = text;
	const char *end;
	size_t piece_len;
	int rc;

	text[len] = '\0';
	if (!next_piece(&at, &piece, &piece_len) || !parse_run(piece, &first, &last, &end) ||
	    *end != '\0')
		return wrong(parser, "a row that does not begin with a number, or FIRST-LAST");
	if (table->row_count > 0 && first <= table->rows[table->row_count - 1].last)
		return wrong(parser, "a row that does not come after the one before it");
	rc = count_names(parser, first, last);
	if (rc < 0)
		return rc;
	cells = arena_alloc(parser->dump->arena, table->file_count * sizeof(*cells));
	if (cells == NULL)
		return error_memory(parser->error);
	rc = parse_cells(parser, table, cells, at);
	if (rc < 0)
		return rc;
	return dump_add_row(table, first, last, cells) < 0 ? error_memory(parser->error) : 0;
}
