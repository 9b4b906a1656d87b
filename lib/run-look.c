/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is new at each look: against the machine as it was seen before, and against the policy. Knows
 * nothing of when to look.
 */
#include "run-look.h"

#include <syslog.h>

#include "ctx.h"
#include "run.h"
#include "scan-signs.h"
#include "scan.h"

int look_begin(struct followed *followed, struct memhp_error *error)
{
	return scan(followed->ctx->io, SCAN_ALL, error, &followed->snapshot);
}

void look_clear(struct followed *followed)
{
	followed->snapshot = memhp_snapshot_unref(followed->snapshot);
	events_clear(&followed->drift);
}

int look_again(struct followed *followed, struct memhp_error *error, struct memhp_events *events)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *now = NULL;
	struct memhp_events found = { .items = NULL };
	int rc = scan_again(followed->ctx->io, followed->snapshot, error, &now);

	if (rc < 0)
		return rc;
	rc = diff_events(followed->snapshot, now, followed->each, &found);
	if (rc == 0)
		rc = events_append(events, &found);
	events_clear(&found);
	if (rc < 0)
		return error_memory(error);
	memhp_snapshot_unref(followed->snapshot);
	followed->snapshot = take_pointer(now);
	return 0;
}

bool look_has_sign(const struct followed *followed, bool by_count)
{
	const struct machine *machine = &followed->snapshot->machine;
	struct signs signs;

	scan_signs(followed->ctx->io, by_count, &signs);
	if (signs.auto_online != WORD_UNKNOWN && signs.auto_online != machine->auto_online)
		return true;
	/* What does not say how many there were may have had any. */
	return by_count && (signs.events == 0 || signs.events != machine->events);
}

/* A policy that cannot be read wants nothing that is known; that is logged once. */
static bool read_policy(struct followed *followed, struct policy *policy)
{
	struct memhp_error error;
	int rc;

	error_clear(&error);
	rc = run_load_policy(followed->ctx, &error, policy);
	if (rc < 0 && followed->has_drift)
		ctx_log(followed->ctx, LOG_WARNING, "no drift from the policy is told: %s: %s",
			memhp_error_get_object(&error), memhp_error_get_message(&error));
	followed->has_drift = rc == 0;
	return rc == 0;
}

int look_for_drift(struct followed *followed, struct memhp_error *error,
		   struct memhp_events *events)
{
	struct memhp_events drift = { .items = NULL }, fresh = { .items = NULL };
	struct policy policy;
	int rc = 0;

	if (read_policy(followed, &policy))
		rc = plan_drift(followed->snapshot, &policy, &drift);
	policy_clear(&policy);
	if (rc == 0)
		rc = events_append(&fresh, &drift);
	if (rc == 0) {
		events_without(&fresh, &followed->drift);
		rc = events_append(events, &fresh);
	}
	events_clear(&fresh);
	if (rc < 0) {
		events_clear(&drift);
		return error_memory(error);
	}
	events_clear(&followed->drift);
	followed->drift = drift;
	return 0;
}
