/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong, put together. The first that is found is the one that is told.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"

void failure_set(struct failure *failure, enum exit_code code, const char *kind, const char *object,
		 const char *format, ...)
{
	va_list arguments;

	if (failure->code != EXIT_DONE)
		return;
	failure->code = code;
	failure->kind = kind;
	snprintf(failure->object, sizeof(failure->object), "%s", object);
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof(failure->message), format, arguments);
	va_end(arguments);
	failure->hint[0] = '\0';
}

void failure_hint(struct failure *failure, const char *format, ...)
{
	va_list arguments;

	if (failure->hint[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(failure->hint, sizeof(failure->hint), format, arguments);
	va_end(arguments);
}

const char *failure_said_object(const struct failure *failure)
{
	size_t len = strlen(failure->object);

	return strncmp(failure->message, failure->object, len) == 0 ? "" : failure->object;
}
