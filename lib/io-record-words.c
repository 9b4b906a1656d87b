/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recording files of words: pieces of them are read, and kept as runs. Which files these are, and
 * which bits are worth keeping, it is told.
 */
#include <errno.h>
#include <string.h>

#include "io-record.h"

/* The answer that holds the words; made by the first of them. It is found anew: answers move. */
static struct dump_entry *words_of(struct io_record *record)
{
	struct dump *dump = record->dump;
	size_t i = dump->entry_count;

	while (i > 0) {
		struct dump_entry *entry = &dump->entries[--i];

		if (entry->kind == DUMP_WORDS && strcmp(entry->path, record->words_path) == 0)
			return entry;
	}
	return record_keep(record, DUMP_WORDS, record->words_path, 0);
}

static void keep_run(struct io_record *record, struct dump_entry *entry, const struct dump_run *run)
{
	int rc = record->words_full ? 0 : dump_add_run(record->dump, entry, run);

	record->words_full |= rc == -E2BIG;
	record->failed |= rc == -ENOMEM;
}

/* COUNT words from FIRST on, as they were read, or why they could not be. */
static void keep_words(struct io_record *record, uint64_t first, const uint64_t *words,
		       uint64_t count, int error)
{
	struct dump_entry *entry = words_of(record);
	uint64_t i;

	if (entry == NULL || count == 0)
		return;
	dump_cut_runs(record->dump, entry, first);
	if (error != 0) {
		keep_run(record, entry, &(struct dump_run){ first, first + count - 1, 0, error });
		return;
	}
	for (i = 0; i < count; i++) {
		uint64_t word = words[i] & ~record->words_passing;

		keep_run(record, entry, &(struct dump_run){ first + i, first + i, word, 0 });
	}
}

/* That the file is not there, or not for us, is told of the file. */
int record_words(struct io_record *record, uint64_t offset, void *buffer, size_t size,
		 size_t *ret_len)
{
	struct io *inner = record->inner;
	size_t len = 0;
	int rc = inner->ops->read(inner, record->words_path, offset, buffer, size, &len);
	uint64_t first = offset / sizeof(uint64_t);

	if (rc == -ENOENT || rc == -EACCES || rc == -EPERM)
		record_keep_text(record, DUMP_FILE, record->words_path, rc, NULL, 0);
	else if (rc == 0 || rc == -E2BIG)
		keep_words(record, first, buffer, (rc == 0 ? len : size) / sizeof(uint64_t), 0);
	else if (rc != -ENOMEM)
		keep_words(record, first, NULL, size / sizeof(uint64_t), -rc);
	if (record->failed)
		return -ENOMEM;
	if (rc == 0)
		*ret_len = len;
	return rc;
}

void io_record_words(struct io *recording, const char *path, uint64_t passing)
{
	record_of(recording)->words_path = path;
	record_of(recording)->words_passing = passing;
}

bool io_record_is_full(struct io *recording)
{
	return record_of(recording)->words_full;
}
