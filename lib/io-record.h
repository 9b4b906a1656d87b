/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An io that records, and how it keeps an answer. Private to io-record*.c.
 */
#ifndef MEMHP_IO_RECORD_H
#define MEMHP_IO_RECORD_H

#include "io-dump.h"

struct io_record {
	struct io io;
	struct io *inner;
	struct dump *dump;
	uint32_t count; /* of answers: later ones replace earlier ones */
	bool failed;	/* no memory to keep one: the next question says so */
	const char *words_path; /* a file of words, or NULL */
	uint64_t words_passing; /* bits of these that are not kept */
	bool words_full;
};

static inline struct io_record *record_of(struct io *io)
{
	return (struct io_record *)io;
}

/* record_keep - room for an answer about PATH; NULL: no memory, which is also kept in mind. */
struct dump_entry *record_keep(struct io_record *record, enum dump_kind kind, const char *path, int error);
void record_keep_text(struct io_record *record, enum dump_kind kind, const char *path, int rc,
		      const char *text, size_t len);
/* record_words - a read of the file of words. */
int record_words(struct io_record *record, uint64_t offset, void *buffer, size_t size, size_t *ret_len);

#endif
