/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Help with words that were mistyped: which of those that exist was meant. Pure.
 */
#ifndef MEMHP_WORDS_H
#define MEMHP_WORDS_H

#include <stddef.h>

/*
 * A walk over known words: INDEX counts up from 0, NULL ends it. DATA is what the caller gave.
 */
typedef const char *(*word_fn)(const void *data, size_t index);

/* The known word nearest to WORD if it is near enough to have been meant, else NULL. */
const char *word_nearest(const char *word, word_fn words, const void *data);

/* All known words into BUFFER: "a, b or c". Cut if they do not fit. */
void word_join(char *buffer, size_t size, word_fn words, const void *data);

#endif
