/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine as it is: scanned with all that is set up around it, and held against the rules. Changes
 * nothing, takes no lock.
 */
#include "run.h"

#include <errno.h>

#include "ctx.h"
#include "scan.h"
#include "surroundings.h"

/* A kernel without memory hotplug shows no blocks at all: where its build options say so, that is it. */
static int scan_without_blocks(struct io *io, struct memhp_snapshot **ret_snapshot)
{
	struct memhp_snapshot *snapshot = NULL;
	struct memhp_error ignored;
	int rc;

	error_clear(&ignored);
	rc = scan(io, (SCAN_ALL | SCAN_SETUP) & ~(unsigned int)SCAN_BLOCKS, &ignored, &snapshot);
	if (rc < 0)
		return rc;
	if (snapshot->setup.config == NULL ||
	    config_value(snapshot->setup.config, "CONFIG_MEMORY_HOTPLUG") == 'y') {
		memhp_snapshot_unref(snapshot);
		return -ENOENT;
	}
	*ret_snapshot = snapshot;
	return 0;
}

static int scan_all(struct memhp_ctx *ctx, struct memhp_snapshot **ret_snapshot)
{
	int rc = scan(ctx->io, SCAN_ALL | SCAN_SETUP, &ctx->error, ret_snapshot);

	if (rc != -ENOENT || scan_without_blocks(ctx->io, ret_snapshot) < 0)
		return rc;
	error_clear(&ctx->error);
	return 0;
}

EXPORT int memhp_check_new(struct memhp_ctx *ctx, struct memhp_plan **ret_plan)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	struct policy policy;
	int rc;

	error_clear(&ctx->error);
	rc = run_load_policy(ctx, &ctx->error, &policy);
	if (rc == 0)
		rc = scan_all(ctx, &snapshot);
	if (rc == 0)
		rc = plan_new_check(snapshot, &policy, &ctx->error, ret_plan);
	policy_clear(&policy);
	return rc;
}
