/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of udev without what onlines memory: the text of a file that stands in for another one of its name.
 * Everything else in it stays as it is, on the same lines but one. Knows no rule's meaning.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse-udev.h"

#define MARK "# memhp-stand-in:"
#define HEAD                                                                                       \
	MARK " rules of the file of this name, which leave memory blocks to memhp until the next " \
	     "boot\n"
/* With a dot, it is not kept in udev's notes. */
#define PROPERTY "ENV{.MEMHP_LEFT}"

bool udev_is_stand_in(const char *text, size_t len)
{
	return len >= strlen(MARK) && memcmp(text, MARK, strlen(MARK)) == 0;
}

/* Behind a key: properties cannot be assigned for good, and udev would say so. */
static char *copy_operator(char *to, const char **from, const char *end)
{
	while (*from < end && (**from == ' ' || **from == '\t'))
		*to++ = *(*from)++;
	if (*from < end && **from == ':')
		(*from)++;
	return to;
}

char *udev_stand_in(const char *text, size_t len, const struct piece *keys, size_t count)
{
	size_t room = strlen(HEAD) + len + count * strlen(PROPERTY) + 1, i;
	const char *from = text;
	char *copy = malloc(room), *to = copy;

	if (copy == NULL)
		return NULL;
	to = stpcpy(to, HEAD);
	for (i = 0; i < count; i++) {
		to = mempcpy(to, from, (size_t)(keys[i].text - from));
		to = stpcpy(to, PROPERTY);
		from = keys[i].text + keys[i].len;
		to = copy_operator(to, &from, text + len);
	}
	to = mempcpy(to, from, (size_t)(text + len - from));
	*to = '\0';
	return copy;
}
