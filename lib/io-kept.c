/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps descriptors open: which there are, of what, and how many there may be. Opens and reads nothing,
 * and leaves it to those who read to find out that a file is gone.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io-kept.h"

/*
 * The caller's program has files of its own. A new descriptor is the lowest number that is free, so if
 * only the lower half of them is kept, the upper half is there for others whatever they have open.
 */
#define SHARE 2

struct kept_file {
	char *path;
	int fd;
	bool used; /* since kept_begin() */
};

struct kept {
	struct kept_file *files; /* ascending by path */
	size_t file_count;
	size_t file_capacity;
	char sweep_dir[IO_PATH_MAX]; /* the one sweep of which rows are kept */
	struct kept_row *rows;	     /* ascending by number */
	size_t row_count;
	int limit; /* of numbers */
};

struct kept *kept_new(void)
{
	return calloc(1, sizeof(struct kept));
}

static void close_row(struct kept_row *row)
{
	size_t i;

	for (i = 0; i < KEPT_FILES_MAX; i++) {
		if (row->fds[i] >= 0)
			close(row->fds[i]);
	}
}

static void close_rows(struct kept *kept)
{
	size_t i;

	for (i = 0; i < kept->row_count; i++)
		close_row(&kept->rows[i]);
	free(kept->rows);
	kept->rows = NULL;
	kept->row_count = 0;
}

static void close_file(struct kept_file *file)
{
	close(file->fd);
	free(file->path);
}

void kept_free(struct kept *kept)
{
	size_t i;

	if (kept == NULL)
		return;
	close_rows(kept);
	for (i = 0; i < kept->file_count; i++)
		close_file(&kept->files[i]);
	free(kept->files);
	free(kept);
}

void kept_begin(struct kept *kept)
{
	struct rlimit limit;
	size_t i;

	kept->limit = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		kept->limit = (int)(MIN(limit.rlim_cur, (rlim_t)INT32_MAX) / SHARE);
	for (i = 0; i < kept->file_count; i++)
		kept->files[i].used = false;
}

void kept_end(struct kept *kept)
{
	size_t i, count = 0;

	for (i = 0; i < kept->file_count; i++) {
		if (kept->files[i].used)
			kept->files[count++] = kept->files[i];
		else
			close_file(&kept->files[i]);
	}
	kept->file_count = count;
}

bool kept_may_keep(const struct kept *kept, int fd)
{
	return fd < kept->limit;
}

/* ---- by path ---- */

/* The index of PATH, or of the first file behind it. */
static size_t file_index(const struct kept *kept, const char *path)
{
	size_t low = 0, high = kept->file_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(kept->files[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct kept_file *find_file(const struct kept *kept, const char *path)
{
	size_t index = file_index(kept, path);

	if (index == kept->file_count || strcmp(kept->files[index].path, path) != 0)
		return NULL;
	return &kept->files[index];
}

int kept_find(struct kept *kept, const char *path)
{
	struct kept_file *file = find_file(kept, path);

	if (file == NULL)
		return -1;
	file->used = true;
	return file->fd;
}

bool kept_add(struct kept *kept, const char *path, int fd)
{
	size_t index = file_index(kept, path);
	char *copy;

	if (!kept_may_keep(kept, fd) ||
	    array_reserve(&kept->files, kept->file_count, &kept->file_capacity,
			  sizeof(*kept->files)) < 0)
		return false;
	copy = strdup(path);
	if (copy == NULL)
		return false;
	memmove(&kept->files[index + 1], &kept->files[index],
		(kept->file_count - index) * sizeof(*kept->files));
	kept->files[index] = (struct kept_file){ .path = copy, .fd = fd, .used = true };
	kept->file_count++;
	return true;
}

void kept_drop(struct kept *kept, const char *path)
{
	struct kept_file *file = find_file(kept, path);

	if (file == NULL)
		return;
	close_file(file);
	kept->file_count--;
	memmove(file, file + 1,
		(kept->file_count - (size_t)(file - kept->files)) * sizeof(*kept->files));
}

/* ---- by rows ---- */

/* Rows in which nothing is open yet. */
static struct kept_row *new_rows(const struct io_sweep *sweep)
{
	struct kept_row *rows = malloc(sweep->count * sizeof(*rows));
	size_t i;

	for (i = 0; rows != NULL && i < sweep->count; i++) {
		rows[i] = (struct kept_row){
			.number = sweep->number(sweep->data, i),
			.fds = { -1, -1 },
		};
	}
	return rows;
}

/* What is open of the old rows goes to the new ones of the same numbers, or is closed. */
static void hand_over(struct kept *kept, struct kept_row *rows, size_t count)
{
	size_t old, new = 0;

	for (old = 0; old < kept->row_count; old++) {
		while (new < count && rows[new].number < kept->rows[old].number)
			new ++;
		if (new < count && rows[new].number == kept->rows[old].number)
			rows[new] = kept->rows[old];
		else
			close_row(&kept->rows[old]);
	}
	free(kept->rows);
	kept->rows = rows;
	kept->row_count = count;
}

/* Where hardly any of them has room, to keep those costs more than it saves. */
static bool has_room(const struct kept *kept, size_t count)
{
	return count / 8 <= (size_t)kept->limit;
}

struct kept_row *kept_rows(struct kept *kept, const struct io_sweep *sweep)
{
	struct kept_row *rows;

	if (!has_room(kept, sweep->count))
		close_rows(kept);
	if (!has_room(kept, sweep->count) || sweep->file_count > KEPT_FILES_MAX ||
	    strlen(sweep->dir) >= sizeof(kept->sweep_dir))
		return NULL;
	if (strcmp(kept->sweep_dir, sweep->dir) != 0) {
		close_rows(kept);
		text_copy(kept->sweep_dir, sizeof(kept->sweep_dir), sweep->dir);
	}
	rows = new_rows(sweep);
	if (rows != NULL)
		hand_over(kept, rows, sweep->count);
	return rows;
}
