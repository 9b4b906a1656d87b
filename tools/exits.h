/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program's exit codes, and which of them follows from what the library says. Scripts rely on
 * these numbers: none ever changes its meaning.
 */
#ifndef MEMHP_EXITS_H
#define MEMHP_EXITS_H

#include <memhp/libmemhp.h>

enum exit_code {
	EXIT_DONE = 0,		/* or already so */
	EXIT_SYSTEM = 1,	/* could not find out or could not act */
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3,	/* by policy: nothing was written */
	EXIT_KERNEL = 4,	/* the kernel refused */
	EXIT_TARGET = 5,	/* no such target */
	EXIT_STALE = 6,		/* the machine is not as planned */
	EXIT_STOPPED = 7,	/* timed out or interrupted */
	EXIT_COUNT,
};

/* What an exit code means, for help and manual. */
const char *exit_meaning(enum exit_code code);

enum exit_code exit_of_error(enum memhp_error_kind kind);
enum exit_code exit_of_report(enum memhp_outcome outcome, enum memhp_stop stopped_by);
enum exit_code exit_of_verdict(enum memhp_verdict verdict);

#endif
