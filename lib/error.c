/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filling and reading a struct memhp_error. Makes sentences, decides nothing; never prints.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

void error_clear(struct memhp_error *error)
{
	if (error != NULL)
		memset(error, 0, sizeof(*error));
}

int error_set(struct memhp_error *error, enum memhp_error_kind kind, int rc, const char *object,
	      const char *format, ...)
{
	va_list arguments;

	if (error == NULL)
		return rc;
	error_clear(error);
	error->kind = kind;
	error->rc = rc;
	text_copy(error->object, sizeof(error->object), object);
	va_start(arguments, format);
	(void)vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return rc;
}

int error_hint(struct memhp_error *error, const char *format, ...)
{
	va_list arguments;

	if (error == NULL)
		return -EINVAL;
	va_start(arguments, format);
	(void)vsnprintf(error->hint, sizeof(error->hint), format, arguments);
	va_end(arguments);
	return error->rc;
}

int error_memory(struct memhp_error *error)
{
	return error_set(error, MEMHP_ERROR_SYSTEM, -ENOMEM, "", "out of memory");
}

int error_system(struct memhp_error *error, int rc, const char *object, const char *doing)
{
	bool privilege = rc == -EACCES || rc == -EPERM || rc == -EROFS;
	char buffer[128];

	/* The GNU strerror_r: strerror() has a buffer that threads share. */
	return error_set(error, privilege ? MEMHP_ERROR_PRIVILEGE : MEMHP_ERROR_SYSTEM, rc, object,
			 "%s%s%s: %s", object, object[0] == '\0' ? "" : ": ", doing,
			 strerror_r(-rc, buffer, sizeof(buffer)));
}

EXPORT enum memhp_error_kind memhp_error_get_kind(const struct memhp_error *error)
{
	return error != NULL ? error->kind : MEMHP_ERROR_NONE;
}

EXPORT const char *memhp_error_get_object(const struct memhp_error *error)
{
	return error != NULL ? error->object : "";
}

EXPORT const char *memhp_error_get_message(const struct memhp_error *error)
{
	return error != NULL ? error->message : "";
}

EXPORT const char *memhp_error_get_hint(const struct memhp_error *error)
{
	return error != NULL ? error->hint : "";
}
