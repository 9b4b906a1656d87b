/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong: one for each start of the program, from wherever it is found to the sentence, the object and
 * the exit code that tell of it. Prints nothing.
 */
#ifndef MEMHP_FAILURE_H
#define MEMHP_FAILURE_H

#include "exits.h"

/* What went wrong, for a person and for a program alike. */
struct failure {
	enum exit_code code;		/* EXIT_DONE: nothing did */
	const char *kind;		/* one word */
	char object[128];		/* what it is about, or "" */
	char message[1024];		/* one sentence, no full stop */
	char hint[512];			/* the way out, or "" */
};
/* failure_set - the first one is kept. */
void failure_set(struct failure *failure, enum exit_code code, const char *kind, const char *object,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));
void failure_hint(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What is to stand before the message: "" where that begins with its object as it is. */
const char *failure_said_object(const struct failure *failure);

#endif
