/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a journal: refused, or read, written and read again to the same. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "journal.h"

static void must(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char text[JOURNAL_TEXT_SIZE], twice[JOURNAL_TEXT_SIZE];
	struct journal journal, again;
	char *copy = malloc(size);
	int rc;

	must(copy != NULL || size == 0);
	if (size > 0)
		memcpy(copy, bytes, size);
	rc = journal_parse(copy, size, &journal);
	free(copy);
	if (rc < 0) {
		must(rc == -EINVAL);
		return 0;
	}
	must(journal.count <= JOURNAL_BRACKETS_MAX);
	journal_format(&journal, text);
	must(journal_parse(text, strlen(text), &again) == 0);
	journal_format(&again, twice);
	must(strcmp(text, twice) == 0 && again.count == journal.count);
	return 0;
}
