/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that read a case's machine share. */
#ifndef TEST_CASE_PRIVATE_H
#define TEST_CASE_PRIVATE_H

#include "case.h"

#include <stdlib.h>
#include <string.h>

/* One more at the end of a snapshot's array. */
#define CASE_APPEND(array, count, item)                                       \
	do {                                                                  \
		(array) = realloc((array), ((count) + 1) * sizeof(*(array))); \
		assert_non_null(array);                                       \
		(array)[(count)++] = (item);                                  \
	} while (0)

static inline bool case_word_is(const struct case_line *line, size_t index, const char *word)
{
	return index < line->count && strcmp(line->words[index], word) == 0;
}

/* A copy that lives as long as the machine. */
static inline const char *case_keep(struct test_case *test_case, const char *text)
{
	const char *copy = arena_copy(test_case->snapshot->arena, text);

	assert_non_null(copy);
	return copy;
}

static inline bool yes_or_no(const struct case_line *line, size_t index)
{
	if (!case_word_is(line, index, "yes") && !case_word_is(line, index, "no"))
		case_bad(line, "neither yes nor no");
	return case_word_is(line, index, "yes");
}

/* case-block.c: statements */
void case_say_device(struct test_case *test_case, const struct case_line *line);
void case_say_blocks(struct test_case *test_case, const struct case_line *line);

/* case-setup.c: statements about the kernel and the system around it */
void case_say_command_line(struct test_case *test_case, const struct case_line *line);
void case_say_config(struct test_case *test_case, const struct case_line *line);
void case_say_firmware(struct test_case *test_case, const struct case_line *line);
void case_say_udev(struct test_case *test_case, const struct case_line *line);

/* case-policy.c */
void case_say_policy(struct test_case *test_case, const struct case_line *line);

#endif
