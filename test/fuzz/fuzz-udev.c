/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as udev's rules: gone through to their end, and what is found lies in them; and what stands in for them
 * writes no state, and does all the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "parse-udev.h"

#define KEYS_MAX 256

struct text {
	const char *start;
	size_t len;
	unsigned int lines;
	struct piece keys[KEYS_MAX]; /* of what writes the state */
	size_t key_count;
	size_t others;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static int count_deed(void *data, const struct udev_deed *deed)
{
	struct text *text = data;

	if (!deed->is_state)
		text->others++;
	else if (text->key_count++ < KEYS_MAX)
		text->keys[text->key_count - 1] = deed->key;
	return 0;
}

static int check_deed(void *data, const struct udev_deed *deed)
{
	const struct text *text = data;

	must(deed->text.text >= text->start &&
	     deed->text.text + deed->text.len <= text->start + text->len);
	must(deed->line >= 1 && deed->line <= text->lines);
	must(deed->is_state || deed->words == 0);
	return count_deed(data, deed);
}

static void check_stand_in(const struct text *text, const struct udev_event *event)
{
	struct text left = { .len = 0 };
	char *stand_in = udev_stand_in(text->start, text->len, text->keys, text->key_count);

	must(stand_in != NULL && udev_is_stand_in(stand_in, strlen(stand_in)));
	must(parse_udev(stand_in, strlen(stand_in), event, count_deed, &left) == 0);
	must(left.key_count == 0 && left.others == text->others);
	free(stand_in);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct udev_attribute attributes[] = { { "state", "offline" } };
	static const struct udev_event event = { .subsystem = "memory",
						 .kernel = "memory42",
						 .devpath = "/devices/system/memory/memory42",
						 .arch = "x86-64",
						 .attributes = attributes,
						 .attribute_count = 1 };
	struct text text = { .start = (const char *)bytes, .len = size, .lines = 1 };
	size_t i;

	for (i = 0; i < size; i++)
		text.lines += bytes[i] == '\n';
	must(parse_udev(text.start, size, &event, check_deed, &text) == 0);
	if (text.key_count <= KEYS_MAX && memchr(bytes, '\0', size) == NULL)
		check_stand_in(&text, &event);
	return 0;
}
