/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as udev's rules: gone through to their end, and what is found lies in them.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "parse-udev.h"

struct text {
	const char *start;
	size_t len;
	unsigned int lines;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static int check_deed(void *data, const struct udev_deed *deed)
{
	const struct text *text = data;

	must(deed->text.text >= text->start &&
	     deed->text.text + deed->text.len <= text->start + text->len);
	must(deed->line >= 1 && deed->line <= text->lines);
	must(deed->is_state || deed->words == 0);
	return 0;
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
	struct text text = { (const char *)bytes, size, 1 };
	size_t i;

	for (i = 0; i < size; i++)
		text.lines += bytes[i] == '\n';
	must(parse_udev(text.start, size, &event, check_deed, &text) == 0);
	return 0;
}
