/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What policy files say, key by key, with file and line: what policy-file.c hands to policy.c. Also
 * the one way to complain about a line. Knows no key and no value.
 */
#ifndef MEMHP_POLICY_ENTRY_H
#define MEMHP_POLICY_ENTRY_H

#include "error.h"

/* One line, sections and keys in lower case. A section's own line has neither key nor value. */
struct policy_entry {
	const char *section;	/* "policy", "rule owner", "device 20-cxl" */
	const char *key;
	const char *value;
	const char *file;	/* as the user would name it */
	unsigned int line;
};

/* In the order of files and lines; all text lives in the arena. */
struct policy_entries {
	struct arena *arena;
	struct policy_entry *items;
	size_t count;
	size_t capacity;
};

int policy_entries_init(struct policy_entries *entries);
void policy_entries_clear(struct policy_entries *entries);	/* zeroed ones are fine */
/* policy_entries_add - ENTRY as it is: its texts live long enough already. */
int policy_entries_add(struct policy_entries *entries, struct policy_entry entry);

/* iniparser takes lines of up to 1022 bytes. */
#define POLICY_LINE_MAX 1000
/*
 * policy_lines_read - adds the sections and keys of TEXT, which is called FILE (kept, not copied),
 * without their values. Any bytes will do.
 */
int policy_lines_read(const char *file, const char *text, size_t len, struct memhp_error *error,
		      struct policy_entries *entries);

/* policy_error - a line that cannot be used: always -EINVAL, MEMHP_ERROR_POLICY, about FILE:LINE. */
int policy_error(struct memhp_error *error, const char *file, unsigned int line, const char *format, ...)
	PRINTF(4, 5);

#endif
