/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hands every question on to another io and keeps what it answered. So a recording holds what was
 * asked for, whoever asks, and needs no list of it. Understands no answer.
 */
#include <errno.h>
#include <string.h>

#include "io-record.h"

struct dump_entry *record_keep(struct io_record *record, enum dump_kind kind, const char *path,
			       int error)
{
	char *copy = arena_copy(record->dump->arena, path);
	struct dump_entry *entry = NULL;

	if (copy != NULL)
		entry = dump_add(record->dump, kind, copy, record->count++);
	if (entry == NULL)
		record->failed = true;
	else
		entry->error = (uint8_t)error;
	return entry;
}

/* What is not there is kept too, for it may have been there when it was asked for before. */
void record_keep_text(struct io_record *record, enum dump_kind kind, const char *path, int rc,
		      const char *text, size_t len)
{
	struct dump_entry *entry = record_keep(record, kind, path, rc < 0 ? -rc : 0);

	if (entry == NULL || rc < 0)
		return;
	entry->text = arena_copy_text(record->dump->arena, text, len);
	entry->count = len;
	record->failed |= entry->text == NULL;
}

/* ---- files and links ---- */

/* Of files that are no words only whole ones are kept. */
static int record_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		       size_t *ret_len)
{
	struct io_record *record = record_of(io);
	size_t len = 0;
	int rc;

	if (record->words_path != NULL && strcmp(path, record->words_path) == 0)
		return record_words(record, offset, buffer, size, ret_len);
	rc = record->inner->ops->read(record->inner, path, offset, buffer, size, &len);
	if (rc == -E2BIG || rc == -ENOMEM || offset != 0)
		goto out;
	record_keep_text(record, DUMP_FILE, path, rc, buffer, len);
	if (record->failed)
		return -ENOMEM;
out:
	if (rc == 0)
		*ret_len = len;
	return rc;
}

static int record_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	struct io_record *record = record_of(io);
	int rc = record->inner->ops->readlink(record->inner, path, buffer, size);

	if (rc == -ENOMEM)
		return rc;
	record_keep_text(record, DUMP_LINK, path, rc, buffer, rc == 0 ? strlen(buffer) : 0);
	return record->failed ? -ENOMEM : rc;
}

/* ---- directories ---- */

struct name_list {
	struct io_record *record;
	struct dump_name *names;
	size_t count;
	size_t capacity;
};

static void names_cleanup(struct name_list *list)
{
	free(list->names);
}

static int add_name(void *data, const char *name, unsigned char type)
{
	struct name_list *list = data;
	char *copy;

	if (array_reserve(&list->names, list->count, &list->capacity, sizeof(*list->names)) < 0)
		return -ENOMEM;
	copy = arena_copy(list->record->dump->arena, name);
	if (copy == NULL)
		return -ENOMEM;
	list->names[list->count++] = (struct dump_name){ .prefix = copy };
	return 0;
}

/* Where the number at the end of NAME begins; its end if there is none. */
static char *number_of(char *name, uint32_t *ret_number)
{
	char *end = name + strlen(name), *at = end;
	const char *behind;

	while (at > name && at[-1] >= '0' && at[-1] <= '9')
		at--;
	while (at < end && (!dump_number(at, ret_number, &behind) || *behind != '\0'))
		at++;
	return at;
}

/* Names that differ in a number that goes on are one run. They are sorted. */
static void fold_names(struct name_list *list)
{
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++) {
		struct dump_name name = list->names[i];
		struct dump_name *last = kept == 0 ? NULL : &list->names[kept - 1];
		/* The copies are ours; cut in two, a name is its prefix and its number. */
		char *number = number_of((char *)name.prefix, &name.first);

		name.numbered = *number != '\0';
		name.last = name.first;
		*number = '\0';
		if (name.numbered && last != NULL && last->numbered &&
		    last->last + 1 == name.first && strcmp(last->prefix, name.prefix) == 0)
			last->last = name.first;
		else
			list->names[kept++] = name;
	}
	list->count = kept;
}

static int tell_names(const struct name_list *list, io_list_fn fn, void *data)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->count; i++)
		rc = fn(data, list->names[i].prefix, 0);
	return rc;
}

static int keep_names(struct io_record *record, const char *path, struct name_list *list)
{
	struct dump_entry *entry;
	struct dump_name *names;

	/* A directory that was read while it changed can name something twice. */
	if (dump_sort_names(list->names, list->count) == 0)
		fold_names(list);
	entry = record_keep(record, DUMP_LIST, path, 0);
	names = arena_alloc(record->dump->arena, list->count * sizeof(*names) + 1);
	if (entry == NULL || names == NULL)
		return -ENOMEM;
	if (list->count > 0)
		memcpy(names, list->names, list->count * sizeof(*names));
	entry->names = names;
	entry->count = list->count;
	return 0;
}

static int record_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	struct io_record *record = record_of(io);
	_cleanup_(names_cleanup) struct name_list list = { .record = record };
	int rc = record->inner->ops->list(record->inner, path, add_name, &list);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return record_keep(record, DUMP_LIST, path, -rc) == NULL ? -ENOMEM : rc;
	rc = tell_names(&list, fn, data);
	if (rc != 0)
		return rc;
	return keep_names(record, path, &list);
}

/* ---- sweeps ---- */

/* The sweep under way, as rows of a table. */
struct row_writer {
	struct io_record *record;
	struct dump_table *table;
	const struct io_sweep *sweep;
	struct dump_cell cells[DUMP_COLUMNS_MAX];
	char *texts; /* one page for each file */
};

#define CELL_SIZE 4097

/* The table of what is swept, empty; NULL: there is nothing to be in it. */
static struct dump_table *table_of(struct io_record *record, const struct io_sweep *sweep)
{
	struct dump *dump = record->dump;
	char prefix[IO_PATH_MAX];
	struct dump_table *table;
	size_t i;

	if (sweep->count == 0 || sweep->file_count > DUMP_COLUMNS_MAX)
		return NULL;
	text_format(prefix, sizeof(prefix), "%s/%s", sweep->dir, sweep->prefix);
	for (i = 0; i < dump->table_count; i++) {
		if (strcmp(dump->tables[i].prefix, prefix) == 0) {
			dump->tables[i].row_count = 0;
			return &dump->tables[i];
		}
	}
	table = dump_add_table(dump, arena_copy(dump->arena, prefix));
	for (i = 0; table != NULL && i < sweep->file_count; i++) {
		table->files[i] = arena_copy(dump->arena, sweep->files[i]);
		record->failed |= table->files[i] == NULL;
	}
	record->failed |= table != NULL && table->prefix == NULL;
	if (table != NULL)
		table->file_count = sweep->file_count;
	return record->failed ? NULL : table;
}

/* One file of one directory; whether the next one is wanted. */
static bool sweep_cell(struct row_writer *writer, size_t index, const char *name, size_t file)
{
	const struct io_sweep *sweep = writer->sweep;
	struct io *inner = writer->record->inner;
	struct dump_cell *cell = &writer->cells[file];
	char *text = writer->texts + file * CELL_SIZE;
	char path[IO_PATH_MAX];
	size_t len = 0;
	int rc;

	text_format(path, sizeof(path), "%s/%s/%s", sweep->dir, name, sweep->files[file]);
	rc = inner->ops->read(inner, path, 0, text, CELL_SIZE - 1, &len);
	if (rc < 0)
		len = 0;
	else if (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	*cell = (struct dump_cell){ .text = text, .len = len, .error = (uint8_t)-rc };
	return sweep->fn(sweep->data, index, file, rc, text, len);
}

static int keep_row(struct row_writer *writer, uint32_t number)
{
	struct dump_table *table = writer->table;
	struct arena *arena = writer->record->dump->arena;
	struct dump_row *last = table->row_count == 0 ? NULL : &table->rows[table->row_count - 1];
	struct dump_cell *cells;
	size_t i;

	if (last != NULL && dump_cells_equal(table, last->cells, writer->cells))
		return dump_add_row(table, number, number, last->cells);
	cells = arena_alloc(arena, table->file_count * sizeof(*cells));
	if (cells == NULL)
		return -ENOMEM;
	for (i = 0; i < table->file_count; i++) {
		cells[i] = writer->cells[i];
		cells[i].text = arena_copy_text(arena, cells[i].text, cells[i].len);
		if (cells[i].text == NULL)
			return -ENOMEM;
	}
	return dump_add_row(table, number, number, cells);
}

static int sweep_rows(struct row_writer *writer)
{
	const struct io_sweep *sweep = writer->sweep;
	size_t index, file;
	int rc = 0;

	for (index = 0; rc == 0 && index < sweep->count; index++) {
		char name[IO_NAME_MAX];
		bool more = true;

		io_sweep_name(sweep, index, name);
		for (file = 0; file < sweep->file_count; file++) {
			if (more)
				more = sweep_cell(writer, index, name, file);
			else
				writer->cells[file] = (struct dump_cell){ .error = ENOENT };
		}
		rc = keep_row(writer, sweep->number(sweep->data, index));
	}
	return rc;
}

/* One after the other: a recording need not be fast. */
static int record_sweep(struct io *io, const struct io_sweep *sweep)
{
	struct io_record *record = record_of(io);
	struct row_writer writer = { .record = record, .sweep = sweep };
	int rc;

	writer.table = table_of(record, sweep);
	if (record->failed)
		return -ENOMEM;
	if (writer.table == NULL)
		return io_sweep_by_read(io, sweep);
	writer.texts = malloc(sweep->file_count * CELL_SIZE);
	if (writer.texts == NULL)
		return -ENOMEM;
	rc = sweep_rows(&writer);
	free(writer.texts);
	return rc;
}

/* ---- the rest of the seam ---- */

static int record_answers(struct io *io, const char *path, uint64_t deadline)
{
	struct io_record *record = record_of(io);
	struct io *inner = record->inner;
	int rc = inner->ops->answers == NULL ? 0 : inner->ops->answers(inner, path, deadline);

	if (rc == -EBUSY)
		record_keep_text(record, DUMP_FILE, path, rc, NULL, 0);
	return record->failed ? -ENOMEM : rc;
}

static uint64_t record_now(struct io *io)
{
	return record_of(io)->inner->ops->now(record_of(io)->inner);
}

static int record_sleep(struct io *io, uint64_t nanoseconds)
{
	return record_of(io)->inner->ops->sleep(record_of(io)->inner, nanoseconds);
}

static unsigned int record_cancelled(struct io *io)
{
	return record_of(io)->inner->ops->cancelled(record_of(io)->inner);
}

static void record_free(struct io *io)
{
	free(io);
}

static const struct io_ops record_ops = {
	.read = record_read,
	.answers = record_answers,
	.list = record_list,
	.readlink = record_readlink,
	.sweep = record_sweep,
	.write = io_refuse_write,
	.load = io_refuse_load,
	.save = io_refuse_save,
	.lock = io_refuse_lock,
	.unlock = io_refuse_unlock,
	.now = record_now,
	.sleep = record_sleep,
	.cancelled = record_cancelled,
	.free = record_free,
};

int io_record_new(struct io *inner, struct dump *dump, struct io **ret_io)
{
	struct io_record *record = calloc(1, sizeof(*record));

	if (record == NULL)
		return -ENOMEM;
	record->io = (struct io){ .ops = &record_ops, .read_only = true, .facts = inner->facts };
	record->inner = inner;
	record->dump = dump;
	*ret_io = &record->io;
	return 0;
}
