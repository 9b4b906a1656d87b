/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal: what a run has changed for its own time only, as a text under run/memhp. Text to value
 * and back; who reads and saves it is scan and apply.
 */
#ifndef MEMHP_JOURNAL_H
#define MEMHP_JOURNAL_H

#include "model.h"

#define JOURNAL_PATH "run/memhp/journal"
/* Room for the text of any journal. */
#define JOURNAL_TEXT_SIZE 8192

/*
 * journal_parse - any bytes at all. -EINVAL: this is no journal, or one of a later release; what is
 * in RET_JOURNAL is then untouched.
 */
int journal_parse(const char *text, size_t len, struct journal *ret_journal);
void journal_format(const struct journal *journal, char text[JOURNAL_TEXT_SIZE]);

/*
 * journal_add_run - these blocks are not others'. Ascending or descending: what is next to the run that was
 * added last takes no room. False: there is no more.
 */
bool journal_add_run(struct journal *journal, uint32_t first, uint32_t last);
/* Whether a block is others': in none of the runs, if there are any. */
bool journal_is_new(const struct journal *journal, uint32_t block);

/* The place of an equal bracket in a journal; journal->count: it is not there. */
size_t journal_find(const struct journal *journal, const struct bracket *bracket);
/* The first of a kind; NULL: there is none. */
const struct bracket *journal_find_kind(const struct journal *journal, enum bracket_kind kind);
/* -ENOSPC: a journal has only so much room. One that is in it already is not put in again. */
int journal_add(struct journal *journal, const struct bracket *bracket);
void journal_remove(struct journal *journal, size_t index);

#endif
