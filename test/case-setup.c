/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is set up around a case's machine: boot parameters, build options, firmware, rules of udev.
 */
#include "case-private.h"

#include <stdio.h>
#include <string.h>

/* The words from FIRST on, with blanks between them, behind BEFORE; kept. */
static const char *join(struct test_case *test_case, const struct case_line *line, size_t first,
			const char *before)
{
	char text[4096];
	size_t i;

	text_copy(text, sizeof(text), before != NULL ? before : "");
	for (i = first; i < line->count; i++)
		text_format(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			    i > first ? " " : "", line->words[i]);
	return case_keep(test_case, text);
}

void case_say_command_line(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.command_line = join(test_case, line, 1, NULL);
	test_case->snapshot->setup.scanned = true;
}

void case_say_config(struct test_case *test_case, const struct case_line *line)
{
	struct setup *setup = &test_case->snapshot->setup;
	const char *before = setup->config;
	char text[4096] = "";

	setup->scanned = true;
	if (case_word_is(line, 1, "unknown"))
		return;
	if (before != NULL)
		text_format(text, sizeof(text), "%s\n", before);
	setup->config = join(test_case, line, 1, text);
	setup->config_path = "boot/config";
}

void case_say_firmware(struct test_case *test_case, const struct case_line *line)
{
	struct memhp_snapshot *snapshot = test_case->snapshot;
	const struct firmware_range range = { .start = UINT64_C(1) << 40,
					      .end = (UINT64_C(1) << 41) - 1,
					      .type = "Soft Reserved" };
	size_t i;

	snapshot->setup.scanned = true;
	for (i = 1; i < line->count; i++) {
		if (case_word_is(line, i, "cedt"))
			snapshot->setup.has_cedt = TRI_YES;
		else if (case_word_is(line, i, "efi"))
			snapshot->setup.has_efi = TRI_YES;
		else if (case_word_is(line, i, "soft-reserved"))
			CASE_APPEND(snapshot->firmware, snapshot->firmware_count, range);
		else
			case_bad(line, line->words[i]);
	}
}

static uint8_t words_of(const struct case_line *line, size_t at)
{
	const char *word = case_word(line, at);
	uint8_t words = 0;

	while (*word != '\0') {
		char name[32];
		size_t len = strcspn(word, ",");

		text_format(name, sizeof(name), "%.*s", (int)len, word);
		if (online_word_from_name(name) != WORD_UNKNOWN)
			words |= (uint8_t)(1U << online_word_from_name(name));
		else if (strcmp(name, "?") != 0)
			case_bad(line, name);
		word += len + (word[len] == ',');
	}
	return words;
}

void case_say_udev(struct test_case *test_case, const struct case_line *line)
{
	struct setup *setup = &test_case->snapshot->setup;
	struct udev_hit hit = { .named = true };
	char file[256];
	size_t text = 5;

	if (sscanf(case_word(line, 1), "%255[^:]:%u", file, &hit.line) != 2)
		case_bad(line, "not FILE:LINE");
	hit.file = case_keep(test_case, file);
	hit.is_block = case_word_is(line, 2, "block");
	hit.hidden = case_word_is(line, 3, "hidden");
	hit.is_state = hit.hidden || case_word_is(line, 3, "state");
	hit.certain = case_word_is(line, 4, "certain");
	if (hit.is_state)
		hit.words = words_of(line, text++);
	hit.text = join(test_case, line, text, NULL);
	setup->scanned = true;
	CASE_APPEND(setup->hits, setup->hit_count, hit);
}
