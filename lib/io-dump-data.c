/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a dump holds, in order, and how it is found there: answers by path, runs of directories whose
 * files are alike, and links followed within. Knows no text and asks no machine.
 */
#include <errno.h>
#include <string.h>

#include "io-dump.h"

/* As many links as the kernel follows (include/linux/namei.h:MAXSYMLINKS, 6.12). */
#define LINKS_MAX 40
/* A link that leads through a link is one round more; recorded machines need two. */
#define RESOLVE_ROUNDS 4

int dump_new(struct dump **ret_dump)
{
	struct dump *dump = calloc(1, sizeof(*dump));

	if (dump == NULL)
		return -ENOMEM;
	dump->arena = arena_new();
	if (dump->arena == NULL) {
		free(dump);
		return -ENOMEM;
	}
	*ret_dump = dump;
	return 0;
}

void dump_free(struct dump *dump)
{
	size_t i;

	if (dump == NULL)
		return;
	for (i = 0; i < dump->table_count; i++)
		free(dump->tables[i].rows);
	free(dump->runs);
	free(dump->entries);
	free(dump->text);
	arena_free(dump->arena);
	free(dump);
}

void dump_cleanup(struct dump **dump)
{
	dump_free(*dump);
}

struct dump_entry *dump_add(struct dump *dump, enum dump_kind kind, const char *path, uint32_t line)
{
	struct dump_entry *entry;

	if (array_reserve(&dump->entries, dump->entry_count, &dump->entry_capacity,
			  sizeof(*dump->entries)) < 0)
		return NULL;
	entry = &dump->entries[dump->entry_count++];
	*entry = (struct dump_entry){ .path = path, .line = line, .kind = (uint8_t)kind };
	return entry;
}

struct dump_table *dump_add_table(struct dump *dump, const char *prefix)
{
	struct dump_table *table;

	if (dump->table_count == DUMP_TABLES_MAX)
		return NULL;
	table = &dump->tables[dump->table_count++];
	*table = (struct dump_table){ .prefix = prefix };
	return table;
}

bool dump_cells_equal(const struct dump_table *table, const struct dump_cell *a,
		      const struct dump_cell *b)
{
	size_t i;

	for (i = 0; i < table->file_count; i++) {
		if (a[i].error != b[i].error || a[i].len != b[i].len ||
		    (a[i].len > 0 && memcmp(a[i].text, b[i].text, a[i].len) != 0))
			return false;
	}
	return true;
}

int dump_add_row(struct dump_table *table, uint32_t first, uint32_t last,
		 const struct dump_cell *cells)
{
	struct dump_row *row = table->row_count == 0 ? NULL : &table->rows[table->row_count - 1];

	if (row != NULL && row->last + 1 == first && dump_cells_equal(table, row->cells, cells)) {
		row->last = last;
		return 0;
	}
	if (array_reserve(&table->rows, table->row_count, &table->row_capacity,
			  sizeof(*table->rows)) < 0)
		return -ENOMEM;
	table->rows[table->row_count++] = (struct dump_row){ first, last, cells };
	return 0;
}

/* ---- order ---- */

static size_t digit_count(const char *text)
{
	return strspn(text, "0123456789");
}

/* Two runs of digits as numbers; of equal ones the one with fewer zeroes in front comes first. */
static int digits_compare(const char **a, const char **b)
{
	size_t a_zeroes = strspn(*a, "0"), b_zeroes = strspn(*b, "0");
	size_t a_len = digit_count(*a + a_zeroes), b_len = digit_count(*b + b_zeroes);
	int order;

	*a += a_zeroes;
	*b += b_zeroes;
	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	order = memcmp(*a, *b, a_len);
	*a += a_len;
	*b += b_len;
	if (order == 0 && a_zeroes != b_zeroes)
		order = a_zeroes < b_zeroes ? -1 : 1;
	return order;
}

/* '/' before everything else, so that nothing comes between a directory and what is in it. */
static int letter_order(char letter)
{
	return letter == '\0' ? 0 : letter == '/' ? 1 : 1 + (int)(unsigned char)letter;
}

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

int path_compare(const char *a, const char *b)
{
	while (*a != '\0' || *b != '\0') {
		int order;

		if (is_digit(*a) && is_digit(*b)) {
			order = digits_compare(&a, &b);
			if (order != 0)
				return order;
			continue;
		}
		order = letter_order(*a) - letter_order(*b);
		if (order != 0)
			return order;
		a++;
		b++;
	}
	return 0;
}

static int question_compare(const struct dump_entry *a, const struct dump_entry *b)
{
	int order = path_compare(a->path, b->path);

	return order != 0 ? order : (int)a->kind - (int)b->kind;
}

static int entry_compare(const void *a, const void *b)
{
	const struct dump_entry *left = a, *right = b;
	int order = question_compare(left, right);

	if (order != 0)
		return order;
	return left->line < right->line ? -1 : left->line > right->line;
}

void dump_order(struct dump *dump)
{
	if (dump->entry_count > 0)
		qsort(dump->entries, dump->entry_count, sizeof(*dump->entries), entry_compare);
}

void dump_sort(struct dump *dump)
{
	size_t i, kept = 0;

	dump_order(dump);
	for (i = 0; i < dump->entry_count; i++) {
		if (kept > 0 && question_compare(&dump->entries[kept - 1], &dump->entries[i]) == 0)
			kept--;
		dump->entries[kept++] = dump->entries[i];
	}
	dump->entry_count = kept;
}

/* ---- look-up ---- */

/* The first answer that does not come before this question. */
static size_t lower_bound(const struct dump *dump, const char *path, enum dump_kind kind)
{
	struct dump_entry wanted = { .path = path, .kind = (uint8_t)kind };
	size_t low = 0, high = dump->entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (question_compare(&dump->entries[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t dump_index(const struct dump *dump, const char *path)
{
	return lower_bound(dump, path, DUMP_LINK);
}

const struct dump_entry *dump_find(const struct dump *dump, const char *path, enum dump_kind kind)
{
	size_t index = lower_bound(dump, path, kind);
	const struct dump_entry *entry = &dump->entries[index];

	if (index == dump->entry_count || entry->kind != kind || strcmp(entry->path, path) != 0)
		return NULL;
	return entry;
}

bool dump_number(const char *text, uint32_t *ret_number, const char **ret_end)
{
	uint64_t number = 0;
	size_t len = digit_count(text), i;

	if (len == 0 || len > 10 || (len > 1 && text[0] == '0'))
		return false;
	for (i = 0; i < len; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	if (number > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)number;
	*ret_end = text + len;
	return true;
}

static const struct dump_row *row_of_number(const struct dump_table *table, uint32_t number)
{
	size_t low = 0, high = table->row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->rows[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == table->row_count || table->rows[low].first > number)
		return NULL;
	return &table->rows[low];
}

const struct dump_row *dump_find_row(const struct dump_table *table, const char *path,
				     const char **ret_file)
{
	size_t len = strlen(table->prefix);
	const struct dump_row *row;
	const char *end;
	uint32_t number;

	if (strncmp(path, table->prefix, len) != 0 || !dump_number(path + len, &number, &end) ||
	    (*end != '/' && *end != '\0'))
		return NULL;
	row = row_of_number(table, number);
	if (row != NULL)
		*ret_file = *end == '/' ? end + 1 : end;
	return row;
}

/* NAME held against the first name of a run. */
static int name_order(const char *name, const struct dump_name *item)
{
	char first[IO_PATH_MAX];

	if (!item->numbered)
		return path_compare(name, item->prefix);
	text_format(first, sizeof(first), "%s%u", item->prefix, item->first);
	return path_compare(name, first);
}

bool dump_has_name(const struct dump_entry *list, const char *name)
{
	size_t low = 0, high = list->count, len;
	const struct dump_name *item;
	const char *end;
	uint32_t number;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (name_order(name, &list->names[middle]) >= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	item = &list->names[low - 1];
	if (!item->numbered)
		return strcmp(item->prefix, name) == 0;
	len = strlen(item->prefix);
	return strncmp(name, item->prefix, len) == 0 && dump_number(name + len, &number, &end) &&
	       *end == '\0' && number >= item->first && number <= item->last;
}

/* ---- links ---- */

/* Takes the last component off PATH; the root stays the root. */
static void drop_component(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		slash = path;
	*slash = '\0';
}

static int add_component(char whole[IO_PATH_MAX], const char *name, size_t len)
{
	size_t used = strlen(whole);

	if (used + len + 2 > IO_PATH_MAX)
		return -ENAMETOOLONG;
	if (used > 0)
		whole[used++] = '/';
	memcpy(whole + used, name, len);
	whole[used + len] = '\0';
	return 0;
}

/* REST becomes what the link at WHOLE says, and what was left behind it. */
static int follow(const struct dump_entry *link, const char *left, char whole[IO_PATH_MAX],
		  char rest[IO_PATH_MAX])
{
	char together[2 * IO_PATH_MAX];

	if (link->count + 1 + strlen(left) >= IO_PATH_MAX)
		return -ENAMETOOLONG;
	text_format(together, sizeof(together), "%s/%s", link->text, left);
	text_copy(rest, IO_PATH_MAX, together);
	if (rest[0] == '/')
		whole[0] = '\0';
	else
		drop_component(whole);
	return 0;
}

int dump_walk(const struct dump *dump, const char *path, bool last, char whole[IO_PATH_MAX])
{
	char rest[IO_PATH_MAX];
	const char *at = rest;
	unsigned int links = 0;

	if (strlen(path) >= IO_PATH_MAX)
		return -ENAMETOOLONG;
	text_copy(rest, sizeof(rest), path);
	whole[0] = '\0';
	for (at += strspn(at, "/"); *at != '\0'; at += strspn(at, "/")) {
		const struct dump_entry *link;
		size_t len = strcspn(at, "/");
		int rc = 0;

		if (len == 2 && strncmp(at, "..", 2) == 0)
			drop_component(whole);
		else if (len != 1 || *at != '.')
			rc = add_component(whole, at, len);
		if (rc < 0)
			return rc;
		at += len;
		if (!last && at[strspn(at, "/")] == '\0')
			break;
		link = dump_find(dump, whole, DUMP_LINK);
		if (link == NULL || link->error != 0)
			continue;
		if (++links > LINKS_MAX)
			return -ELOOP;
		rc = follow(link, at, whole, rest);
		if (rc < 0)
			return rc;
		at = rest;
	}
	return 0;
}

/* One round: new paths are worked out from the old ones before any is changed. */
static int resolve_once(struct dump *dump, const char **paths, bool *ret_changed)
{
	char whole[IO_PATH_MAX];
	size_t i;

	*ret_changed = false;
	for (i = 0; i < dump->entry_count; i++) {
		/* What a link holds is what is there where it leads to. */
		bool last = dump->entries[i].kind != DUMP_LINK;

		paths[i] = dump->entries[i].path;
		/* What leads nowhere nobody can ask for, and to the root no name leads. */
		if (dump_walk(dump, paths[i], last, whole) < 0 || whole[0] == '\0' ||
		    strcmp(whole, paths[i]) == 0)
			continue;
		paths[i] = arena_copy(dump->arena, whole);
		if (paths[i] == NULL)
			return -ENOMEM;
		*ret_changed = true;
	}
	for (i = 0; i < dump->entry_count; i++)
		dump->entries[i].path = paths[i];
	if (*ret_changed)
		dump_sort(dump);
	return 0;
}

int dump_resolve(struct dump *dump)
{
	_cleanup_free_ const char **paths = calloc(dump->entry_count + 1, sizeof(*paths));
	bool changed = true;
	unsigned int round;
	int rc = 0;

	if (paths == NULL)
		return -ENOMEM;
	for (round = 0; rc == 0 && changed && round < RESOLVE_ROUNDS; round++)
		rc = resolve_once(dump, paths, &changed);
	return rc;
}
