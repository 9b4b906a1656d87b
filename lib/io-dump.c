/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recorded machine out of a dump: answers the questions of the seam as the machine did, and opens
 * nothing at all. What was not recorded is not there; what would write is refused.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io-dump.h"

struct io_dump {
	struct io io;
	struct dump *dump;
};

static const struct dump *dump_of(struct io *io)
{
	return ((struct io_dump *)io)->dump;
}

/* ---- what lies below a directory ---- */

static bool lies_below(const char *path, const char *dir, size_t dir_len)
{
	if (dir_len == 0)
		return true;
	return strncmp(path, dir, dir_len) == 0 && path[dir_len] == '/';
}

/* The component of PATH, which lies below a directory, that is in the directory itself. */
static size_t component_of(const char *path, size_t dir_len, const char **ret_start)
{
	*ret_start = path + dir_len + (dir_len > 0);
	return strcspn(*ret_start, "/");
}

static bool is_directory(const struct dump *dump, const char *path)
{
	size_t len = strlen(path), index = dump_index(dump, path), i;
	const char *file;

	for (; index < dump->entry_count && strcmp(dump->entries[index].path, path) == 0; index++) {
		if (dump->entries[index].kind == DUMP_LIST)
			return true;
	}
	if (index < dump->entry_count && lies_below(dump->entries[index].path, path, len))
		return true;
	for (i = 0; i < dump->table_count; i++) {
		const struct dump_table *table = &dump->tables[i];

		if (table->row_count > 0 && lies_below(table->prefix, path, len))
			return true;
		if (dump_find_row(table, path, &file) != NULL && *file == '\0')
			return true;
	}
	return false;
}

/* A walk over a directory's names; each is told once. */
struct name_walk {
	const struct dump *dump;
	const char *dir;
	size_t dir_len;
	const struct dump_entry *list; /* or NULL */
	io_list_fn fn;
	void *data;
};

static int tell_listed(const struct name_walk *walk)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && walk->list != NULL && i < walk->list->count; i++) {
		const struct dump_name *name = &walk->list->names[i];
		char text[IO_PATH_MAX];
		uint64_t number;

		if (!name->numbered)
			rc = walk->fn(walk->data, name->prefix, DT_UNKNOWN);
		for (number = name->first; name->numbered && rc == 0 && number <= name->last;
		     number++) {
			text_format(text, sizeof(text), "%s%u", name->prefix, (unsigned int)number);
			rc = walk->fn(walk->data, text, DT_UNKNOWN);
		}
	}
	return rc;
}

static int tell_once(const struct name_walk *walk, const char *name)
{
	if (walk->list != NULL && dump_has_name(walk->list, name))
		return 0;
	return walk->fn(walk->data, name, DT_UNKNOWN);
}

/* Answers stand in order, so those of one name stand together. */
static int tell_answered(const struct name_walk *walk)
{
	size_t index = walk->dir_len == 0 ? 0 : dump_index(walk->dump, walk->dir);
	char before[IO_PATH_MAX] = "", name[IO_PATH_MAX];
	int rc = 0;

	for (; rc == 0 && index < walk->dump->entry_count; index++) {
		const char *path = walk->dump->entries[index].path, *start;
		size_t len;

		if (strcmp(path, walk->dir) == 0)
			continue;
		if (!lies_below(path, walk->dir, walk->dir_len))
			break;
		len = component_of(path, walk->dir_len, &start);
		text_format(name, sizeof(name), "%.*s", (int)len, start);
		if (strcmp(name, before) == 0)
			continue;
		rc = tell_once(walk, name);
		text_copy(before, sizeof(before), name);
	}
	return rc;
}

/* Whether an answer has told of NAME in the walk's directory already. */
static bool was_answered(const struct name_walk *walk, const char *name)
{
	char path[2 * IO_PATH_MAX];
	size_t index, len;

	text_format(path, sizeof(path), "%s%s%s", walk->dir, walk->dir_len > 0 ? "/" : "", name);
	index = dump_index(walk->dump, path);
	len = strlen(path);
	return index < walk->dump->entry_count &&
	       (strcmp(walk->dump->entries[index].path, path) == 0 ||
		lies_below(walk->dump->entries[index].path, path, len));
}

static int tell_rows(const struct name_walk *walk, const struct dump_table *table,
		     const char *prefix)
{
	char name[IO_PATH_MAX];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < table->row_count; i++) {
		const struct dump_row *row = &table->rows[i];
		uint64_t number;

		for (number = row->first; rc == 0 && number <= row->last; number++) {
			text_format(name, sizeof(name), "%s%u", prefix, (unsigned int)number);
			if (!was_answered(walk, name))
				rc = tell_once(walk, name);
		}
	}
	return rc;
}

/* A table's directories are in its own directory; in one above it, it makes known one name. */
static int tell_table(const struct name_walk *walk, size_t index)
{
	const struct dump_table *table = &walk->dump->tables[index];
	char name[IO_PATH_MAX];
	const char *start;
	size_t len, i;

	if (table->row_count == 0 || !lies_below(table->prefix, walk->dir, walk->dir_len))
		return 0;
	len = component_of(table->prefix, walk->dir_len, &start);
	if (start[len] == '\0')
		return tell_rows(walk, table, start);
	text_format(name, sizeof(name), "%.*s", (int)len, start);
	for (i = 0; i < index; i++) {
		const struct dump_table *other = &walk->dump->tables[i];

		if (other->row_count > 0 && strncmp(other->prefix, table->prefix,
						    (size_t)(start - table->prefix) + len + 1) == 0)
			return 0;
	}
	return was_answered(walk, name) ? 0 : tell_once(walk, name);
}

static int tell_names(const struct name_walk *walk)
{
	size_t i;
	int rc = tell_listed(walk);

	if (rc == 0)
		rc = tell_answered(walk);
	for (i = 0; rc == 0 && i < walk->dump->table_count; i++)
		rc = tell_table(walk, i);
	return rc;
}

static bool is_file(const struct dump *dump, const char *path)
{
	return dump_find(dump, path, DUMP_FILE) != NULL ||
	       dump_find(dump, path, DUMP_WORDS) != NULL;
}

static int dump_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	char whole[IO_PATH_MAX];
	struct name_walk walk = { .dump = dump_of(io), .dir = whole, .fn = fn, .data = data };
	int rc = dump_walk(walk.dump, path, true, whole);

	if (rc < 0)
		return rc;
	walk.dir_len = strlen(whole);
	walk.list = dump_find(walk.dump, whole, DUMP_LIST);
	if (walk.list != NULL && walk.list->error != 0)
		return -(int)walk.list->error;
	if (walk.list == NULL && walk.dir_len > 0 && !is_directory(walk.dump, whole))
		return is_file(walk.dump, whole) ? -ENOTDIR : -ENOENT;
	return tell_names(&walk);
}

/* ---- files and links ---- */

/* Text of a file: all of it, or what stands in a table, where its newline is left out. */
struct found {
	const char *text;
	size_t len;
	bool newline;
	int error;
};

static bool find_cell(const struct dump *dump, const char *path, struct found *ret_found)
{
	size_t i, file;

	for (i = 0; i < dump->table_count; i++) {
		const struct dump_table *table = &dump->tables[i];
		const struct dump_row *row;
		const char *name;

		row = dump_find_row(table, path, &name);
		for (file = 0; row != NULL && file < table->file_count; file++) {
			const struct dump_cell *cell = &row->cells[file];

			if (strcmp(table->files[file], name) != 0)
				continue;
			*ret_found = (struct found){ cell->text, cell->len, true, cell->error };
			return true;
		}
	}
	return false;
}

static bool find_text(const struct dump *dump, const char *path, struct found *ret_found)
{
	const struct dump_entry *entry;

	if (find_cell(dump, path, ret_found))
		return true;
	entry = dump_find(dump, path, DUMP_FILE);
	if (entry != NULL)
		*ret_found = (struct found){ entry->text, entry->count, false, entry->error };
	return entry != NULL;
}

/* The bytes from OFFSET, as one open of a file gives them. */
static int give(const struct found *found, uint64_t offset, char *buffer, size_t size,
		size_t *ret_len)
{
	size_t whole = found->len + found->newline, len, plain;

	if (found->error != 0)
		return -found->error;
	offset = MIN(offset, (uint64_t)whole);
	len = MIN(whole - (size_t)offset, size);
	plain = offset < found->len ? MIN(found->len - (size_t)offset, len) : 0;
	if (plain > 0)
		memcpy(buffer, found->text + offset, plain);
	if (len > plain)
		buffer[plain] = '\n';
	if (len == size)
		return -E2BIG;
	*ret_len = len;
	return 0;
}

static int dump_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		     size_t *ret_len)
{
	const struct dump *dump = dump_of(io);
	const struct dump_entry *words;
	char whole[IO_PATH_MAX];
	struct found found;
	int rc;

	/* What is there under this name needs no links followed: theirs have been. */
	if (find_text(dump, path, &found))
		return give(&found, offset, buffer, size, ret_len);
	rc = dump_walk(dump, path, true, whole);
	if (rc < 0)
		return rc;
	if (find_text(dump, whole, &found))
		return give(&found, offset, buffer, size, ret_len);
	words = dump_find(dump, whole, DUMP_WORDS);
	if (words != NULL)
		return dump_read_words(dump, words, offset, buffer, size, ret_len);
	return is_directory(dump, whole) ? -EISDIR : -ENOENT;
}

/* As it was found when it was recorded. */
static int dump_answers(struct io *io, const char *path, uint64_t deadline)
{
	char text[64];
	size_t len;

	return dump_read(io, path, 0, text, sizeof(text), &len) == -EBUSY ? -EBUSY : 0;
}

static int dump_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	const struct dump *dump = dump_of(io);
	const struct dump_entry *entry;
	char whole[IO_PATH_MAX];
	struct found found;
	int rc = dump_walk(dump, path, false, whole);

	if (rc < 0)
		return rc;
	entry = dump_find(dump, whole, DUMP_LINK);
	if (entry == NULL)
		return find_text(dump, whole, &found) || is_file(dump, whole) ||
				       is_directory(dump, whole) ?
			       -EINVAL :
			       -ENOENT;
	if (entry->error != 0)
		return -(int)entry->error;
	if (entry->count >= size)
		return -ENAMETOOLONG;
	text_copy(buffer, size, entry->text);
	return 0;
}

static void dump_io_free(struct io *io)
{
	dump_free(((struct io_dump *)io)->dump);
	free(io);
}

static const struct io_ops dump_ops = {
	.read = dump_read,
	.answers = dump_answers,
	.list = dump_list,
	.readlink = dump_readlink,
	.sweep = io_sweep_by_read,
	.write = io_refuse_write,
	.load = io_refuse_load,
	.save = io_refuse_save,
	.lock = io_refuse_lock,
	.unlock = io_refuse_unlock,
	.now = io_still_now,
	.sleep = io_still_sleep,
	.cancelled = io_still_cancelled,
	.free = dump_io_free,
};

int io_dump_new(struct dump *dump, struct io **ret_io)
{
	struct io_dump *self = calloc(1, sizeof(*self));

	if (self == NULL) {
		dump_free(dump);
		return -ENOMEM;
	}
	self->io = (struct io){ .ops = &dump_ops, .read_only = true, .facts = dump->facts };
	self->dump = dump;
	*ret_io = &self->io;
	return 0;
}
