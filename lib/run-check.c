/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine as it is: scanned with all that is set up around it, and held against the rules. Changes
 * nothing, takes no lock.
 */
#include "run.h"

#include "ctx.h"
#include "scan.h"

EXPORT int memhp_check_new(struct memhp_ctx *ctx, struct memhp_plan **ret_plan)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	struct policy policy;
	int rc;

	error_clear(&ctx->error);
	rc = run_load_policy(ctx, &ctx->error, &policy);
	if (rc == 0)
		rc = scan(ctx->io, SCAN_ALL | SCAN_SETUP, &ctx->error, &snapshot);
	if (rc == 0)
		rc = plan_new_check(snapshot, &policy, &ctx->error, ret_plan);
	policy_clear(&policy);
	return rc;
}
