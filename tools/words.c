/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which known word was meant by one that is not known.
 */
#include <stdio.h>
#include <string.h>

#include "words.h"

#define WORD_MAX 40

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters have to be put in, taken out or replaced. */
static unsigned int distance(const char *from, const char *to)
{
	unsigned int row[WORD_MAX + 1];
	size_t from_len = strlen(from), to_len = strlen(to);
	size_t i, j;

	if (from_len > WORD_MAX || to_len > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= to_len; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= from_len; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (j = 1; j <= to_len; j++) {
			unsigned int above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (from[i - 1] != to[j - 1]));
			diagonal = above;
		}
	}
	return row[to_len];
}

const char *word_nearest(const char *word, word_fn words, const void *data)
{
	size_t limit = strlen(word) < 4 ? 1 : 2;
	unsigned int best = (unsigned int)limit + 1;
	const char *nearest = NULL;
	const char *known;
	size_t i;

	for (i = 0; (known = words(data, i)) != NULL; i++) {
		size_t len = strlen(word);
		/* The beginning of a word is as good as a slip of the finger. */
		unsigned int found =
			len >= 2 && strncmp(word, known, len) == 0 ? 1 : distance(word, known);

		if (found < best) {
			best = found;
			nearest = known;
		}
	}
	return nearest;
}

void word_join(char *buffer, size_t size, word_fn words, const void *data)
{
	size_t used = 0;
	const char *known;
	size_t i;

	buffer[0] = '\0';
	for (i = 0; (known = words(data, i)) != NULL && used < size; i++) {
		const char *glue = i == 0 ? "" : words(data, i + 1) != NULL ? ", " : " or ";

		used += (size_t)snprintf(buffer + used, size - used, "%s%s", glue, known);
	}
}
