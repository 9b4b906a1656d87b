/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: the machine as it is, held against policy, kernel and system.
 */
#include "command.h"

static void show(struct invocation *invocation, const struct memhp_plan *check)
{
	struct memhp_object object = memhp_check_get_object(check);

	if (exit_of_verdict(memhp_plan_get_verdict(check)) == EXIT_REFUSED)
		failure_of_findings(&invocation->failure, &object);
	if (!invocation->render.json) {
		render_check(&invocation->render, check);
		return;
	}
	json_begin(&invocation->render, invocation->command->name, &invocation->failure,
		   memhp_plan_get_before(check));
	json_fields(&invocation->render, &object);
	json_end(&invocation->render);
	invocation->answered = true;
}

void command_check(struct invocation *invocation)
{
	struct memhp_plan *check = NULL;
	int rc;

	if (invocation->arguments[0] != NULL) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", invocation->arguments[0],
			    "check takes no argument: it looks at the whole machine");
		return;
	}
	rc = memhp_check_new(invocation->ctx, &check);
	if (rc < 0)
		failure_of(&invocation->failure, invocation->ctx, rc);
	else
		show(invocation, check);
	memhp_plan_unref(check);
}
