/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy of a case: each statement is a line of a policy file, and goes the way of such files.
 */
#include "case-private.h"

#include <stdio.h>

#include "../lib/policy-file.h"

/* The section of a statement, and at which word its key stands. */
static size_t find_section(const struct case_line *line, char *section, size_t size)
{
	if (case_word_is(line, 1, "rule") || case_word_is(line, 1, "device")) {
		text_format(section, size, "[%s %s]", line->words[1], case_word(line, 2));
		return 3;
	}
	text_copy(section, size, "[policy]");
	return 1;
}

static void keep_line(struct test_case *test_case, const struct case_line *line)
{
	char section[128], text[1024];
	size_t at = find_section(line, section, sizeof(section)), i;

	text_format(text, sizeof(text), "%s\n%s =", section, case_word(line, at));
	for (i = at + 1; i < line->count; i++)
		text_format(text + strlen(text), sizeof(text) - strlen(text), " %s",
			    line->words[i]);
	CASE_APPEND(test_case->policy_lines, test_case->policy_line_count, strdup(text));
}

static bool same_section(const char *a, const char *b)
{
	size_t len = strcspn(a, "\n");

	return len == strcspn(b, "\n") && strncmp(a, b, len) == 0;
}

/* All lines as one file: a section stands in it once. */
static char *make_text(const struct test_case *test_case)
{
	size_t size = 1, i, j;
	char *text;

	for (i = 0; i < test_case->policy_line_count; i++)
		size += strlen(test_case->policy_lines[i]) + 2;
	text = calloc(1, size);
	assert_non_null(text);
	for (i = 0; i < test_case->policy_line_count; i++) {
		const char *first = test_case->policy_lines[i];

		for (j = 0; j < i && !same_section(test_case->policy_lines[j], first); j++)
			;
		if (j < i)
			continue;
		strcat(strncat(text, first, strcspn(first, "\n")), "\n");
		for (j = i; j < test_case->policy_line_count; j++) {
			if (same_section(test_case->policy_lines[j], first))
				strcat(strcat(text, strchr(test_case->policy_lines[j], '\n') + 1),
				       "\n");
		}
	}
	return text;
}

void case_say_policy(struct test_case *test_case, const struct case_line *line)
{
	struct policy_entries entries;
	struct memhp_error error;
	char *text;

	keep_line(test_case, line);
	text = make_text(test_case);
	policy_clear(&test_case->policy);
	assert_int_equal(policy_entries_init(&entries), 0);
	if (policy_text_read("policy", text, strlen(text), &error, &entries) < 0 ||
	    policy_new(&entries, &error, &test_case->policy) < 0)
		case_bad(line, error.message);
	policy_entries_clear(&entries);
	free(text);
}
