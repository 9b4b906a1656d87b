/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of lines of policy files, and the complaint about one of them. Reads no file, knows no key.
 */
#include "policy-entry.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More lines than any policy has; what compares them with each other stays quick. */
#define ENTRIES_MAX 4096

int policy_entries_init(struct policy_entries *entries)
{
	*entries = (struct policy_entries){ .arena = arena_new() };
	return entries->arena == NULL ? -ENOMEM : 0;
}

void policy_entries_clear(struct policy_entries *entries)
{
	arena_free(entries->arena);
	free(entries->items);
	*entries = (struct policy_entries){ 0 };
}

int policy_entries_add(struct policy_entries *entries, struct policy_entry entry)
{
	if (entries->count >= ENTRIES_MAX)
		return -E2BIG;
	if (array_reserve(&entries->items, entries->count, &entries->capacity,
			  sizeof(*entries->items)) < 0)
		return -ENOMEM;
	entries->items[entries->count++] = entry;
	return 0;
}

/* The end of a long path says more than its beginning, and the line must not be cut off. */
static void name_line(char *buffer, size_t size, const char *file, unsigned int line)
{
	size_t len = strlen(file), room = size - sizeof("...:4294967295");

	if (len > room)
		text_format(buffer, size, "...%s:%u", file + len - room, line);
	else
		text_format(buffer, size, "%s:%u", file, line);
}

int policy_error(struct memhp_error *error, const char *file, unsigned int line, const char *format,
		 ...)
{
	char object[sizeof(((struct memhp_error *)NULL)->object)];
	char message[sizeof(((struct memhp_error *)NULL)->message)];
	va_list arguments;

	name_line(object, sizeof(object), file, line);
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_set(error, MEMHP_ERROR_POLICY, -EINVAL, object, "%s", message);
}
