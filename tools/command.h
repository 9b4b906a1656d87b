/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a verb is: a row of the program's table, and what it is given when it runs.
 */
#ifndef MEMHP_COMMAND_H
#define MEMHP_COMMAND_H

#include "render.h"

struct invocation;
typedef void (*command_fn)(struct invocation *invocation);

struct command {
	const char *name;
	command_fn run;
	enum memhp_operation operation;	/* of the verbs that change something */
	unsigned int users;		/* whose options it takes */
	const char *arguments;
	const char *summary;
	const char *details;		/* for its help, NULL: none */
};

/* One run of one verb. FAILURE is told and becomes the exit code when the verb is done. */
struct invocation {
	const struct command *command;
	struct options *options;
	char **arguments;		/* after the verb, NULL-terminated */
	struct memhp_ctx *ctx;
	struct render render;
	struct failure failure;
	bool answered;			/* the JSON object has been written, failure and all */
	bool changed;			/* something was done: the exit status tells what came of it */
	bool endless;			/* a reader that goes away has had what it wanted */
};

void command_check(struct invocation *invocation);
void command_dump(struct invocation *invocation);
void command_apply(struct invocation *invocation);
void command_list(struct invocation *invocation);
void command_map(struct invocation *invocation);
void command_change(struct invocation *invocation);
void command_monitor(struct invocation *invocation);
void command_policy(struct invocation *invocation);

/* failure_of_error - what the library said, with the exit code that it comes to. */
void failure_of_error(struct failure *failure, enum exit_code code, const struct memhp_error *error);
/* failure_of_findings - the deny among the findings of a plan, a report or a check. */
void failure_of_findings(struct failure *failure, const struct memhp_object *object);
/* failure_of - what the context's last call had to say. */
void failure_of(struct failure *failure, struct memhp_ctx *ctx, int rc);

#endif
