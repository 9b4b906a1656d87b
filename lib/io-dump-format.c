/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dump as text: the same dump always gives the same text, and what did not change in the machine
 * does not change in it. Leaves out what the rest tells already.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "config.h"
#include "io-dump.h"

static void put_text(struct dump_text *out, const char *text)
{
	dump_put(out, text, strlen(text));
}

static void put_path(struct dump_text *out, const char *path)
{
	dump_escape(out, DUMP_IN_PATH, path, strlen(path));
}

static void put_error(struct dump_text *out, int error)
{
	const char *name = dump_errno_name(error);

	if (name != NULL)
		put_text(out, name);
	else
		dump_print(out, "%d", error);
}

/* ---- files and links ---- */

/* A line of a file. A file that does not end in a newline says so. */
static void put_line(struct dump_text *out, const char *text, size_t len, bool newline)
{
	dump_escape(out, DUMP_IN_LINE, text, len);
	if (!newline)
		put_text(out, "\\c");
}

static void put_lines(struct dump_text *out, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end == NULL ? len : (size_t)(end - text);

		put_text(out, line == 0 ? "\n\t\\e" : "\n\t");
		put_line(out, text, line, end != NULL);
		line += end != NULL;
		text += line;
		len -= line;
	}
}

static void put_file(struct dump_text *out, const struct dump_entry *entry)
{
	const char *end = entry->count == 0 ? NULL : memchr(entry->text, '\n', entry->count);
	size_t len = end == NULL ? entry->count : (size_t)(end - entry->text);

	if (end != NULL && len + 1 < entry->count) {
		put_text(out, " <<");
		put_lines(out, entry->text, entry->count);
		return;
	}
	put_text(out, len == 0 && end != NULL ? " =" : " = ");
	put_line(out, entry->text, len, end != NULL);
}

static void put_link(struct dump_text *out, const struct dump_entry *entry)
{
	put_text(out, " -> ");
	put_line(out, entry->text, entry->count, true);
}

/* ---- directories ---- */

/* Whether an answer about PATH, or below it, makes it known that PATH is there. */
static bool is_implied(const struct dump *dump, const char *path)
{
	size_t index = dump_index(dump, path), len = strlen(path), i;
	const char *file;

	if (index < dump->entry_count && strncmp(dump->entries[index].path, path, len) == 0 &&
	    (dump->entries[index].path[len] == '/' || dump->entries[index].path[len] == '\0'))
		return true;
	for (i = 0; i < dump->table_count; i++) {
		const struct dump_table *table = &dump->tables[i];

		if (dump_find_row(table, path, &file) != NULL && *file == '\0')
			return true;
		if (table->row_count > 0 && strncmp(table->prefix, path, len) == 0 &&
		    table->prefix[len] == '/')
			return true;
	}
	return false;
}

/* Names of a list on their way out: a run of numbers is held back until it ends. */
struct name_writer {
	const struct dump *dump;
	const char *dir;
	struct dump_text *out;
	const char *prefix; /* of the braces that are open; NULL: none */
	uint32_t first;	    /* the run that is held back */
	uint32_t last;
	bool held;
	bool several; /* runs within these braces */
	size_t count;
};

static void put_run(struct name_writer *writer)
{
	if (!writer->held)
		return;
	put_text(writer->out, writer->several ? "," : "");
	dump_print(writer->out, "%" PRIu32, writer->first);
	if (writer->last > writer->first)
		dump_print(writer->out, "-%" PRIu32, writer->last);
	writer->held = false;
	writer->several = true;
}

static void close_braces(struct name_writer *writer)
{
	put_run(writer);
	if (writer->prefix != NULL)
		put_text(writer->out, "}");
	writer->prefix = NULL;
}

static void put_number(struct name_writer *writer, const struct dump_name *name, uint32_t number)
{
	if (writer->prefix != NULL && strcmp(writer->prefix, name->prefix) != 0)
		close_braces(writer);
	if (writer->held && writer->last + 1 == number) {
		writer->last = number;
		return;
	}
	put_run(writer);
	if (writer->prefix == NULL) {
		put_text(writer->out, " ");
		dump_escape(writer->out, DUMP_IN_NAME, name->prefix, strlen(name->prefix));
		put_text(writer->out, "{");
		writer->prefix = name->prefix;
		writer->several = false;
	}
	writer->first = writer->last = number;
	writer->held = true;
	writer->count++;
}

static void put_numbers(struct name_writer *writer, const struct dump_name *name)
{
	char path[2 * IO_PATH_MAX];
	uint64_t number;

	for (number = name->first; number <= name->last; number++) {
		text_format(path, sizeof(path), "%s/%s%" PRIu64, writer->dir, name->prefix, number);
		if (!is_implied(writer->dump, path))
			put_number(writer, name, (uint32_t)number);
	}
}

static void put_name(struct name_writer *writer, const struct dump_name *name)
{
	char path[2 * IO_PATH_MAX];

	if (name->numbered) {
		put_numbers(writer, name);
		return;
	}
	text_format(path, sizeof(path), "%s/%s", writer->dir, name->prefix);
	if (is_implied(writer->dump, path))
		return;
	close_braces(writer);
	put_text(writer->out, " ");
	dump_escape(writer->out, DUMP_IN_NAME, name->prefix, strlen(name->prefix));
	writer->count++;
}

/* A directory all of whose names are known from elsewhere needs no line of its own. */
static void put_list(const struct dump *dump, struct dump_text *out, const struct dump_entry *entry)
{
	struct name_writer writer = { .dump = dump, .dir = entry->path, .out = out };
	size_t start = out->len, i;

	put_path(out, entry->path);
	put_text(out, "/ :");
	for (i = 0; i < entry->count; i++)
		put_name(&writer, &entry->names[i]);
	close_braces(&writer);
	if (writer.count == 0 && entry->count > 0 && !out->failed)
		out->len = start;
	else
		put_text(out, "\n");
}

static void put_entry(const struct dump *dump, struct dump_text *out,
		      const struct dump_entry *entry)
{
	static const char *const refusals[] = { [DUMP_LINK] = " ->! ",
						[DUMP_FILE] = " ! ",
						[DUMP_LIST] = "/ ! ",
						[DUMP_WORDS] = " ! " };

	if (entry->error == 0 && entry->kind == DUMP_LIST) {
		put_list(dump, out, entry);
		return;
	}
	put_path(out, entry->path);
	if (entry->error != 0) {
		put_text(out, refusals[entry->kind]);
		put_error(out, entry->error);
	} else if (entry->kind == DUMP_LINK) {
		put_link(out, entry);
	} else if (entry->kind == DUMP_WORDS) {
		dump_put_words(out, dump, entry);
	} else {
		put_file(out, entry);
	}
	put_text(out, "\n");
}

/* ---- tables ---- */

static void put_cell(struct dump_text *out, const struct dump_cell *cell)
{
	if (cell->error == ENOENT) {
		put_text(out, "-");
	} else if (cell->error != 0) {
		put_text(out, "!");
		put_error(out, cell->error);
	} else if (cell->len == 0) {
		put_text(out, "\\e");
	} else {
		dump_escape(out, DUMP_IN_CELL, cell->text, cell->len);
	}
}

static void put_table(struct dump_text *out, const struct dump_table *table)
{
	size_t i, file;

	if (table->row_count == 0)
		return;
	put_path(out, table->prefix);
	put_text(out, "*");
	for (file = 0; file < table->file_count; file++) {
		put_text(out, " | ");
		put_path(out, table->files[file]);
	}
	put_text(out, "\n");
	for (i = 0; i < table->row_count; i++) {
		const struct dump_row *row = &table->rows[i];

		dump_print(out, "\t%" PRIu32, row->first);
		if (row->last > row->first)
			dump_print(out, "-%" PRIu32, row->last);
		for (file = 0; file < table->file_count; file++) {
			put_text(out, " | ");
			put_cell(out, &row->cells[file]);
		}
		put_text(out, "\n");
	}
}

/* ---- the whole ---- */

/* What of two paths has to be the same for them to stand in one paragraph. */
#define PARAGRAPH_COMPONENTS 3

static bool same_paragraph(const char *a, const char *b)
{
	unsigned int component;

	for (component = 0; component < PARAGRAPH_COMPONENTS; component++) {
		size_t a_len = strcspn(a, "/"), b_len = strcspn(b, "/");

		/* Files side by side belong together. */
		if (a[a_len] == '\0' && b[b_len] == '\0')
			return true;
		if (a_len != b_len || strncmp(a, b, a_len) != 0 || a[a_len] == '\0' ||
		    b[b_len] == '\0')
			return false;
		a += a_len + 1;
		b += b_len + 1;
	}
	return true;
}

static void put_header(const struct dump *dump, struct dump_text *out)
{
	const struct io_facts *facts = &dump->facts;

	dump_print(out, DUMP_MAGIC " %d\n", DUMP_VERSION);
	put_text(out, "recorded-by: memhp " MEMHP_VERSION "\n");
	if (dump_is_word(facts->arch))
		dump_print(out, "arch: %s\n", facts->arch);
	if (facts->page_size != 0)
		dump_print(out, "page-size: %" PRIu64 "\n", facts->page_size);
	if (facts->struct_page_size != 0)
		dump_print(out, "struct-page-size: %" PRIu64 "\n", facts->struct_page_size);
}

/* Tables stand where their paths would. They are few, so that they need not be sorted. */
static void put_tables(const struct dump *dump, struct dump_text *out, const char *after,
		       const char *until, const char **previous)
{
	size_t i;

	for (i = 0; i < dump->table_count; i++) {
		const struct dump_table *table = &dump->tables[i];

		if (table->row_count == 0 ||
		    (after != NULL && path_compare(table->prefix, after) <= 0) ||
		    (until != NULL && path_compare(table->prefix, until) > 0))
			continue;
		if (*previous == NULL || !same_paragraph(*previous, table->prefix))
			put_text(out, "\n");
		put_table(out, table);
		*previous = table->prefix;
	}
}

/* An answer, behind a blank line where it is about something else than the one before it. */
static void put_paragraph(const struct dump *dump, struct dump_text *out,
			  const struct dump_entry *entry, const char **previous)
{
	size_t start = out->len, after_blank;

	if (*previous == NULL || !same_paragraph(*previous, entry->path))
		put_text(out, "\n");
	after_blank = out->len;
	put_entry(dump, out, entry);
	if (out->len == after_blank)
		out->len = start;
	else
		*previous = entry->path;
}

int dump_format(const struct dump *dump, struct dump_text *out)
{
	const char *previous = NULL, *after = NULL;
	size_t i;

	put_header(dump, out);
	for (i = 0; i < dump->entry_count; i++) {
		const struct dump_entry *entry = &dump->entries[i];

		put_tables(dump, out, after, entry->path, &previous);
		after = entry->path;
		put_paragraph(dump, out, entry, &previous);
	}
	put_tables(dump, out, after, NULL, &previous);
	put_text(out, "\nend\n");
	return out->failed ? -ENOMEM : 0;
}
