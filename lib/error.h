/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One error: what kind, about what, one sentence, and the way out. Functions that can fail take a
 * struct memhp_error * before their results; the first failure to be told wins, callers add nothing.
 */
#ifndef MEMHP_ERROR_H
#define MEMHP_ERROR_H

#include <memhp/libmemhp.h>
#include "util.h"

struct memhp_error {
	enum memhp_error_kind kind;
	int rc;			/* -errno */
	char object[128];
	char message[512];
	char hint[384];
};

void error_clear(struct memhp_error *error);

/*
 * error_set - fills ERROR and returns RC, so that callers can `return error_set(...)`. OBJECT may be
 * "". The message is one clause without a full stop. ERROR may be NULL.
 */
int error_set(struct memhp_error *error, enum memhp_error_kind kind, int rc, const char *object,
	      const char *format, ...) PRINTF(5, 6);
/* error_hint - adds the way out to what error_set() said; returns the error's rc (-EINVAL for NULL). */
int error_hint(struct memhp_error *error, const char *format, ...) PRINTF(2, 3);
/* error_memory - out of memory: the one error without more to say. Returns -ENOMEM. */
int error_memory(struct memhp_error *error);
/* error_system - the message is `OBJECT: DOING: strerror`; EACCES, EPERM and EROFS become MEMHP_ERROR_PRIVILEGE. */
int error_system(struct memhp_error *error, int rc, const char *object, const char *doing);

#endif
