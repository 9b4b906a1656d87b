/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program as a service: what it tells the service manager, and its journal by fields.
 */
#ifndef MEMHP_SERVICE_H
#define MEMHP_SERVICE_H

#include "opts.h"

/* service_notify - tells the manager that started this program, if it wants to be told: "READY=1". */
void service_notify(const char *state);

/* service_is_logged - standard error is the journal. */
bool service_is_logged(void);

/* One entry of the journal. What is NULL or "" has no field. False: it was not taken. */
struct service_entry {
	int priority;			/* as of syslog */
	const char *verb;
	const char *const *targets;	/* NULL-terminated */
	const char *outcome;
	const struct failure *failure;
};
bool service_log(const struct service_entry *entry);

#endif
