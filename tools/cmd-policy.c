/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy: the policy in force, and for a target the section that is taken for it.
 */
#include "command.h"

static void show(struct invocation *invocation, const struct memhp_snapshot *snapshot,
		 const struct memhp_policy *policy)
{
	struct memhp_object object = memhp_policy_get_object(policy);

	if (!invocation->render.json) {
		render_policy(&invocation->render, policy, snapshot != NULL);
		return;
	}
	json_begin(&invocation->render, invocation->command->name, NULL, snapshot);
	json_fields(&invocation->render, &object);
	json_end(&invocation->render);
	invocation->answered = true;
}

void command_policy(struct invocation *invocation)
{
	const char *target = invocation->arguments[0];
	struct memhp_snapshot *snapshot = NULL;
	struct memhp_policy *policy = NULL;
	int rc = 0;

	if (target != NULL && invocation->arguments[1] != NULL) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", invocation->arguments[1],
			    "policy takes one target");
		return;
	}
	if (target != NULL)
		rc = memhp_snapshot_new(invocation->ctx, &snapshot);
	if (rc == 0)
		rc = memhp_policy_new(invocation->ctx, snapshot, target, &policy);
	if (rc < 0)
		failure_of(&invocation->failure, invocation->ctx, rc);
	else
		show(invocation, snapshot, policy);
	memhp_policy_unref(policy);
	memhp_snapshot_unref(snapshot);
}
