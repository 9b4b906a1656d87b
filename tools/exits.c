/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit codes, in tables.
 */
#include "exits.h"

static const char *const meanings[EXIT_COUNT] = {
	[EXIT_DONE] = "done, or already so (warnings included)",
	[EXIT_SYSTEM] = ("could not find out or could not act: I/O error, no privilege, "
			 "kernel lacks the feature"),
	[EXIT_USAGE] = "usage",
	[EXIT_REFUSED] = "refused by policy: nothing was written",
	[EXIT_KERNEL] = "the kernel refused: rolled back or partly done, as the report says",
	[EXIT_TARGET] = "no such target",
	[EXIT_STALE] = "the machine is not as planned",
	[EXIT_STOPPED] = "timed out or interrupted, stopped cleanly, whatever was rolled back",
};

static const enum exit_code by_error[] = {
	[MEMHP_ERROR_NONE] = EXIT_SYSTEM,      [MEMHP_ERROR_USAGE] = EXIT_USAGE,
	[MEMHP_ERROR_TARGET] = EXIT_TARGET,    [MEMHP_ERROR_SYSTEM] = EXIT_SYSTEM,
	[MEMHP_ERROR_PRIVILEGE] = EXIT_SYSTEM, [MEMHP_ERROR_UNSUPPORTED] = EXIT_SYSTEM,
	[MEMHP_ERROR_POLICY] = EXIT_SYSTEM,    [MEMHP_ERROR_REFUSED] = EXIT_REFUSED,
	[MEMHP_ERROR_KERNEL] = EXIT_KERNEL,    [MEMHP_ERROR_STOPPED] = EXIT_STOPPED,
	[MEMHP_ERROR_CHANGED] = EXIT_KERNEL,
};

/* How a run ended; EXIT_COUNT: what stopped it decides. */
static const enum exit_code by_outcome[] = {
	[MEMHP_OUTCOME_DONE] = EXIT_DONE,	[MEMHP_OUTCOME_ALREADY] = EXIT_DONE,
	[MEMHP_OUTCOME_REFUSED] = EXIT_REFUSED, [MEMHP_OUTCOME_STALE] = EXIT_STALE,
	[MEMHP_OUTCOME_FAILED] = EXIT_COUNT,	[MEMHP_OUTCOME_ROLLED_BACK] = EXIT_COUNT,
	[MEMHP_OUTCOME_PARTIAL] = EXIT_COUNT,
};

static const enum exit_code by_stop[] = {
	[MEMHP_STOP_NONE] = EXIT_KERNEL,     [MEMHP_STOP_KERNEL] = EXIT_KERNEL,
	[MEMHP_STOP_TIMEOUT] = EXIT_STOPPED, [MEMHP_STOP_SIGNAL] = EXIT_STOPPED,
	[MEMHP_STOP_OTHER] = EXIT_KERNEL,
};

static const enum exit_code by_verdict[] = {
	[MEMHP_VERDICT_ALLOW] = EXIT_DONE,
	[MEMHP_VERDICT_WARN] = EXIT_DONE,
	[MEMHP_VERDICT_DENY] = EXIT_REFUSED,
};

#define LOOK_UP(table, index) \
	((size_t)(index) < sizeof(table) / sizeof((table)[0]) ? (table)[index] : EXIT_SYSTEM)

const char *exit_meaning(enum exit_code code)
{
	return (size_t)code < EXIT_COUNT ? meanings[code] : NULL;
}

enum exit_code exit_of_error(enum memhp_error_kind kind)
{
	return LOOK_UP(by_error, kind);
}

enum exit_code exit_of_report(enum memhp_outcome outcome, enum memhp_stop stopped_by)
{
	enum exit_code code = LOOK_UP(by_outcome, outcome);

	return code != EXIT_COUNT ? code : LOOK_UP(by_stop, stopped_by);
}

enum exit_code exit_of_verdict(enum memhp_verdict verdict)
{
	return LOOK_UP(by_verdict, verdict);
}
