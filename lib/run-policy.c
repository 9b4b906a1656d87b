/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public calls that change nothing. Where one wants a policy it is read from its files once a call, and
 * a broken one is told after what is wrong with the request itself.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "ctx.h"
#include "policy-file.h"
#include "policy-view.h"
#include "selection.h"

int run_load_policy(const struct memhp_ctx *ctx, struct memhp_error *error,
		    struct policy *ret_policy)
{
	struct policy_entries entries = { 0 };
	int rc;

	policy_default(ret_policy);
	rc = policy_files_read(ctx->io, ctx->config, error, &entries);
	if (rc == 0)
		rc = policy_new(&entries, error, ret_policy);
	policy_entries_clear(&entries);
	return rc;
}

bool run_is_without_policy(const struct memhp_request *request)
{
	return request->operation == MEMHP_OPERATION_RECOVER ||
	       (request->flags & MEMHP_REQUEST_RESTORE) != 0;
}

bool run_error_is_first(enum memhp_error_kind kind)
{
	return kind == MEMHP_ERROR_USAGE || kind == MEMHP_ERROR_TARGET;
}

int run_settle(int policy_rc, const struct memhp_error *policy_error, int rc,
	       struct memhp_error *error)
{
	if (policy_rc == 0 ||
	    (rc < 0 && run_error_is_first(error->kind) && policy_error->kind != MEMHP_ERROR_USAGE))
		return rc;
	*error = *policy_error;
	return policy_rc;
}

/* What no release will have: no request is as large as that. */
#define REQUEST_SIZE_MAX 4096
#define KNOWN_FLAGS ((MEMHP_REQUEST_RESTORE << 1) - 1)

/* A newer header's request may hold what this library does not know, and must not pass over. */
static bool asks_for_more(const struct memhp_request *given, uint32_t flags)
{
	const unsigned char *bytes = (const unsigned char *)given;
	size_t i;

	for (i = sizeof(*given); i < given->struct_size; i++)
		if (bytes[i] != 0)
			return true;
	return (flags & ~(uint32_t)KNOWN_FLAGS) != 0;
}

static int check_words(const struct memhp_request *request, struct memhp_error *error)
{
	const char *unknown = request->zone > MEMHP_ZONE_BALANCED	   ? "zone" :
			      request->memmap_on_memory > MEMHP_MEMMAP_OFF ? "memmap_on_memory" :
			      request->on_error > MEMHP_ON_ERROR_CONTINUE  ? "on_error" :
									     NULL;

	if (unknown == NULL)
		return 0;
	return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, unknown,
			 "the request has a value there that is none");
}

/* A caller built against an older header has a smaller struct: what it lacks stays zero. */
int run_take_request(const struct memhp_request *given, struct memhp_error *error,
		     struct memhp_request *ret_request)
{
	struct memhp_request request = { 0 };
	int rc;

	if (given->struct_size < sizeof(given->struct_size) + sizeof(given->operation) ||
	    given->struct_size > REQUEST_SIZE_MAX)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "struct_size",
				 "the request does not say how large it is");
	memcpy(&request, given, MIN(given->struct_size, sizeof(request)));
	if (asks_for_more(given, request.flags))
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "",
				 "the request asks for something that this libmemhp does not know");
	rc = check_words(&request, error);
	if (rc < 0)
		return rc;
	request.struct_size = sizeof(request);
	*ret_request = request;
	return 0;
}

EXPORT int memhp_plan_new(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot,
			  const struct memhp_request *request, struct memhp_plan **ret_plan)
{
	static const struct lessons none;
	struct memhp_error policy_error;
	struct memhp_plan *plan = NULL;
	struct memhp_request own;
	struct policy policy;
	int policy_rc, rc;

	error_clear(&ctx->error);
	rc = snapshot_want_all(snapshot, &ctx->error);
	if (rc == 0)
		rc = run_take_request(request, &ctx->error, &own);
	if (rc < 0)
		return rc;
	policy_rc = run_load_policy(ctx, &policy_error, &policy);
	if (run_is_without_policy(&own))
		policy_rc = 0;
	rc = plan_new(snapshot, &policy, &own, &none, &ctx->error, &plan);
	policy_clear(&policy);
	rc = run_settle(policy_rc, &policy_error, rc, &ctx->error);
	if (rc < 0)
		memhp_plan_unref(plan);
	else
		*ret_plan = plan;
	return rc;
}

EXPORT int memhp_plan_compare(struct memhp_ctx *ctx, const struct memhp_plan *plan,
			      const char *fingerprint)
{
	error_clear(&ctx->error);
	return plan_compare(plan, fingerprint, &ctx->error);
}

EXPORT int memhp_policy_new(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot,
			    const char *target, struct memhp_policy **ret_policy)
{
	struct memhp_error policy_error;
	struct memhp_policy *view = NULL;
	struct policy policy;
	int policy_rc, rc;

	error_clear(&ctx->error);
	rc = snapshot != NULL ? snapshot_want_all(snapshot, &ctx->error) :
	     target != NULL   ? error_set(&ctx->error, MEMHP_ERROR_USAGE, -EINVAL, target,
					  "there is no snapshot to find a target on") :
				0;
	if (rc < 0)
		return rc;
	policy_rc = run_load_policy(ctx, &policy_error, &policy);
	rc = policy_view_new(&policy, snapshot, target, &ctx->error, &view);
	policy_clear(&policy);
	rc = run_settle(policy_rc, &policy_error, rc, &ctx->error);
	if (rc < 0)
		memhp_policy_unref(view);
	else
		*ret_policy = view;
	return rc;
}

EXPORT int memhp_selection_new(struct memhp_ctx *ctx, struct memhp_snapshot *snapshot,
			       const char *target, struct memhp_selection **ret_selection)
{
	int rc;

	error_clear(&ctx->error);
	rc = snapshot_want_all(snapshot, &ctx->error);
	return rc < 0 ? rc : selection_new(snapshot, target, &ctx->error, ret_selection);
}
