/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a dump: refused with one sentence, or read, written and read again to the same text,
 * and a machine that can be scanned.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "io-dump.h"
#include "scan.h"

/* More names than this take longer to go through than a fuzzer has time. */
#define NAMES_MAX 20000
#define BLOCKS_MAX 64
#define PAGES_MAX 4096

static void must(bool good)
{
	if (!good)
		abort();
}

static struct dump *parse(const char *text, size_t len)
{
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	char *copy = malloc(len + 1);
	struct dump *dump = NULL;
	int rc;

	must(copy != NULL);
	memcpy(copy, text, len);
	rc = dump_parse("a file", copy, len, &error, &dump);
	must((rc == 0) == (dump != NULL));
	if (rc == 0)
		return dump;
	must(rc == -EINVAL && error.kind == MEMHP_ERROR_USAGE && error.message[0] != '\0');
	must(strcmp(error.object, "a file") == 0);
	return NULL;
}

static struct dump_text format(const struct dump *dump)
{
	struct dump_text text = { .text = NULL };

	must(dump_format(dump, &text) == 0);
	return text;
}

static uint64_t count_names(const struct dump *dump)
{
	uint64_t count = 0;
	size_t i, name, row;

	for (i = 0; i < dump->entry_count; i++) {
		for (name = 0; dump->entries[i].kind == DUMP_LIST && name < dump->entries[i].count;
		     name++)
			count += (uint64_t)dump->entries[i].names[name].last -
				 dump->entries[i].names[name].first + 1;
	}
	for (i = 0; i < dump->table_count; i++) {
		for (row = 0; row < dump->tables[i].row_count; row++)
			count += (uint64_t)dump->tables[i].rows[row].last -
				 dump->tables[i].rows[row].first + 1;
	}
	return count;
}

static int take_name(void *data, const char *name, unsigned char type)
{
	must(name[0] != '\0' && strchr(name, '/') == NULL);
	return 0;
}

/* Every question is answered, and answered alike by the way it stands in the dump. */
static void ask(struct io *io, const struct dump *dump)
{
	char buffer[4096];
	size_t i, len;

	(void)io->ops->list(io, "", take_name, NULL);
	for (i = 0; i < dump->entry_count; i++) {
		const struct dump_entry *entry = &dump->entries[i];

		(void)io->ops->list(io, entry->path, take_name, NULL);
		(void)io->ops->readlink(io, entry->path, buffer, sizeof(buffer));
		(void)io->ops->read(io, entry->path, i, buffer, sizeof(buffer), &len);
		(void)io->ops->read(io, entry->path, 8 * i, buffer, sizeof(buffer), &len);
		must(io->ops->list(io, entry->path, take_name, NULL) != -ENOENT ||
		     entry->kind != DUMP_LIST || entry->error == ENOENT);
	}
}

/* Page flags of machines that do not take long. */
static void scan_pages_of(struct io *io, struct memhp_snapshot *snapshot)
{
	struct memhp_snapshot *with_pages = NULL;
	struct memhp_error error;

	if (snapshot->block_count > BLOCKS_MAX || snapshot_block_pages(snapshot) > PAGES_MAX)
		return;
	must(scan_pages(io, snapshot, NULL, &error, &with_pages) == 0);
	memhp_snapshot_unref(with_pages);
}

static void scan_it(struct dump *dump)
{
	struct memhp_snapshot *snapshot = NULL;
	struct memhp_error error;
	struct io *io;

	must(io_dump_new(dump, &io) == 0);
	ask(io, dump);
	error_clear(&error);
	if (scan(io, SCAN_ALL, &error, &snapshot) < 0)
		must(error.message[0] != '\0');
	else
		scan_pages_of(io, snapshot);
	memhp_snapshot_unref(snapshot);
	io_free(io);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct dump *dump = parse((const char *)bytes, size), *again;
	struct dump_text text, twice;

	if (dump == NULL)
		return 0;
	if (count_names(dump) > NAMES_MAX) {
		dump_free(dump);
		return 0;
	}
	text = format(dump);
	again = parse(text.text, text.len);
	must(again != NULL);
	twice = format(again);
	must(text.len == twice.len && memcmp(text.text, twice.text, text.len) == 0);
	free(text.text);
	free(twice.text);
	dump_free(again);
	scan_it(dump);
	return 0;
}
