/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan's life: from a request to steps, predicted machine, findings and verdict. What steps an
 * operation takes stands in plan-steps.c, which units it works on in plan-units.c. Pure.
 */
#include <errno.h>
#include <string.h>

#include "plan-steps.h"
#include "plan-story.h"
#include "rule.h"

static char **copy_list(const char *const *list, size_t *ret_count)
{
	size_t count = 0, i;
	char **copy;

	while (list != NULL && list[count] != NULL)
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (i = 0; copy != NULL && i < count; i++) {
		copy[i] = strdup(list[i]);
		if (copy[i] == NULL) {
			while (i > 0)
				free(copy[--i]);
			free(copy);
			return NULL;
		}
	}
	*ret_count = count;
	return copy;
}

static void request_clear(struct request *request)
{
	size_t i;

	for (i = 0; request->targets != NULL && i < request->target_count; i++)
		free(request->targets[i]);
	free(request->targets);
	free(request->force);
}

/* The request with everything that the policy fills in. */
static int request_init(struct request *request, const struct memhp_request *options,
			const struct policy *policy, struct memhp_error *error)
{
	request->options = *options;
	request->options.fingerprint = NULL; /* the caller's: nothing here depends on it */
	request->targets = copy_list(options->targets, &request->target_count);
	if (request->targets == NULL)
		return error_memory(error);
	request->options.targets = (const char *const *)request->targets;
	if (request->options.force != NULL) {
		request->force = strdup(request->options.force);
		if (request->force == NULL)
			return error_memory(error);
		request->options.force = request->force;
	}
	request->zone_asked = request->options.zone != MEMHP_ZONE_UNSET;
	request->zone = request->zone_asked ? request->options.zone : policy->zone;
	if (request->options.on_error == MEMHP_ON_ERROR_UNSET)
		request->options.on_error = policy->on_error;
	if (policy->move)
		request->options.flags |= MEMHP_REQUEST_MOVE;
	return 0;
}

static int not_forceable(const char *name, const char *message, struct memhp_error *error)
{
	error_set(error, MEMHP_ERROR_USAGE, -EINVAL, name, "%s", message);
	return error_hint(error, "memhp list rules tells which can be");
}

static int check_force(const struct request *request, struct memhp_error *error)
{
	const char *text = request->options.force;
	char name[IO_NAME_MAX];
	const struct rule *rule;

	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, ",");

		text_format(name, sizeof(name), "%.*s", (int)MIN(len, sizeof(name) - 1), text);
		rule = rule_by_name(name);
		if (rule == NULL)
			return not_forceable(name, "there is no such rule to force", error);
		if (rule->forceable == FORCE_BY_BOOT_MEMORY)
			return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, name,
					 "this rule is lifted by --boot-memory");
		if (rule->forceable != FORCE_BY_NAME)
			return not_forceable(name, "this rule cannot be forced", error);
		text += len + (text[len] == ',');
	}
	return 0;
}

static int check_request(const struct request *request, struct memhp_error *error)
{
	const struct memhp_request *options = &request->options;

	if (options->operation <= MEMHP_OPERATION_NONE ||
	    options->operation > MEMHP_OPERATION_AUTO_ONLINE)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "",
				 "no operation is asked for");
	if (options->operation == MEMHP_OPERATION_RECOVER ||
	    options->operation == MEMHP_OPERATION_AUTO_ONLINE)
		return request->target_count == 0 ?
			       0 :
			       error_set(error, MEMHP_ERROR_USAGE, -EINVAL, request->targets[0],
					 "%s takes no target: it is about the machine",
					 memhp_operation_to_string(options->operation));
	if (options->operation == MEMHP_OPERATION_PLACE)
		return request->target_count == 0 ?
			       check_force(request, error) :
			       error_set(error, MEMHP_ERROR_USAGE, -EINVAL, request->targets[0],
					 "all that is not in use is placed; no target is named");
	if (request->target_count == 0)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "", "%s: no target is named",
				 memhp_operation_to_string(options->operation));
	if (options->amount != 0 && options->operation == MEMHP_OPERATION_REMOVE)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "size",
				 "remove takes no size: memory is removed as a whole");
	if (options->amount != 0 && options->operation == MEMHP_OPERATION_DESTROY)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "size",
				 "destroy takes no size: a device is taken away as a whole");
	if (options->align != 0 && options->operation != MEMHP_OPERATION_CREATE)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "align",
				 "only a device that is made can be given an alignment");
	if ((options->flags & MEMHP_REQUEST_CONTIGUOUS) && options->amount == 0)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "contiguous",
				 "how much is to be contiguous is not said: a size goes with it");
	if ((options->flags & MEMHP_REQUEST_FROM_POLICY) &&
	    options->operation != MEMHP_OPERATION_ONLINE)
		return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "",
				 "%s does not go by the policy's device sections",
				 memhp_operation_to_string(options->operation));
	if ((options->flags & MEMHP_REQUEST_NEW) && !(options->flags & MEMHP_REQUEST_FROM_POLICY))
		return error_set(
			error, MEMHP_ERROR_USAGE, -EINVAL, "new",
			"what is new is onlined as the policy says: --from-policy goes with it");
	return check_force(request, error);
}

static int resolve_targets(struct memhp_plan *plan, struct memhp_error *error)
{
	size_t i;
	int rc = 0;

	plan->targets = calloc(plan->request.target_count + 1, sizeof(*plan->targets));
	if (plan->targets == NULL)
		return error_memory(error);
	if (plan->request.options.operation == MEMHP_OPERATION_PLACE) {
		plan->target_count = 1;
		return place_find(plan->before, plan->targets) < 0 ? error_memory(error) : 0;
	}
	for (i = 0; rc == 0 && i < plan->request.target_count; i++) {
		rc = target_resolve(plan->before, plan->request.targets[i], error,
				    &plan->targets[i]);
		plan->target_count = i + 1;
	}
	return rc;
}

static int judge(struct memhp_plan *plan, struct memhp_error *error)
{
	budget_compute(plan->predicted, &plan->budget_after);
	if (plan_budget_nodes(plan) < 0 ||
	    diff(plan->before, plan->predicted, &plan->changes) < 0 ||
	    rules_run(plan, &plan->findings) < 0 || place_findings(plan, &plan->findings) < 0 ||
	    plan_tell(plan) < 0)
		return error_memory(error);
	plan->verdict = findings_verdict(&plan->findings);
	return 0;
}

static int build(struct memhp_plan *plan, const struct memhp_request *options,
		 const struct lessons *lessons, struct memhp_error *error)
{
	int rc;

	rc = request_init(&plan->request, options, &plan->policy, error);
	if (rc == 0)
		rc = check_request(&plan->request, error);
	if (rc == 0)
		rc = resolve_targets(plan, error);
	if (rc < 0)
		return rc;
	if (snapshot_copy(plan->before, &plan->predicted) < 0)
		return error_memory(error);
	simulate_begin(plan->predicted);
	budget_compute(plan->before, &plan->budget_before);
	plan->budget_lowest = plan->budget_before;
	rc = plan_make_steps(plan, lessons, error);
	if (rc < 0)
		return rc;
	simulate_seal(plan->predicted);
	rc = judge(plan, error);
	/* Where all is refused nothing is done about what was left either. */
	if (rc == 0 && plan->verdict != MEMHP_VERDICT_DENY && plan_tell_left(plan) < 0)
		rc = error_memory(error);
	return rc < 0 ? rc : plan_make_ids(plan, error);
}

static struct memhp_plan *begin(struct memhp_snapshot *before, const struct policy *policy)
{
	struct memhp_plan *plan = calloc(1, sizeof(*plan));

	if (plan == NULL)
		return NULL;
	plan->refcount = 1;
	plan->before = memhp_snapshot_ref(before);
	policy_copy(policy, &plan->policy);
	return plan;
}

static int end(struct memhp_plan *plan, int rc, struct memhp_plan **ret_plan)
{
	if (rc < 0)
		memhp_plan_unref(plan);
	else
		*ret_plan = plan;
	return rc;
}

int plan_new(struct memhp_snapshot *before, const struct policy *policy,
	     const struct memhp_request *request, const struct lessons *lessons,
	     struct memhp_error *error, struct memhp_plan **ret_plan)
{
	struct memhp_plan *plan = begin(before, policy);

	if (plan == NULL)
		return error_memory(error);
	return end(plan, build(plan, request, lessons, error), ret_plan);
}

/* Nothing is done, so that what is predicted is what there is. */
static int build_check(struct memhp_plan *plan, struct memhp_error *error)
{
	const struct memhp_request nothing = { .struct_size = sizeof(nothing) };
	int rc = request_init(&plan->request, &nothing, &plan->policy, error);

	if (rc < 0)
		return rc;
	plan->predicted = memhp_snapshot_ref(plan->before);
	budget_compute(plan->before, &plan->budget_before);
	plan->budget_lowest = plan->budget_before;
	return judge(plan, error);
}

int plan_new_check(struct memhp_snapshot *before, const struct policy *policy,
		   struct memhp_error *error, struct memhp_plan **ret_plan)
{
	struct memhp_plan *plan = begin(before, policy);

	if (plan == NULL)
		return error_memory(error);
	return end(plan, build_check(plan, error), ret_plan);
}

bool plan_find_difference(const struct memhp_plan *plan, const struct memhp_snapshot *after,
			  struct memhp_block *ret_block)
{
	size_t i;

	for (i = 0; i < plan->changes.count; i++) {
		const struct memhp_change *change = &plan->changes.items[i];
		uint32_t number = change->first_block;

		do {
			const struct memhp_block *block = snapshot_block(after, number);
			uint8_t state = block != NULL ? block->state : MEMHP_STATE_ABSENT;

			if (state == change->to_state &&
			    (state != MEMHP_STATE_ONLINE || (block->zones & change->to_zones) != 0))
				continue;
			*ret_block = block != NULL ?
					     *block :
					     (struct memhp_block){ .number = number,
								   .state = MEMHP_STATE_ABSENT };
			return true;
		} while (number++ < change->last_block);
	}
	return false;
}

EXPORT struct memhp_plan *memhp_plan_ref(struct memhp_plan *plan)
{
	if (plan != NULL)
		__atomic_add_fetch(&plan->refcount, 1, __ATOMIC_RELAXED);
	return plan;
}

EXPORT struct memhp_plan *memhp_plan_unref(struct memhp_plan *plan)
{
	size_t i;

	if (plan == NULL || __atomic_sub_fetch(&plan->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	for (i = 0; i < plan->target_count; i++)
		target_clear(&plan->targets[i]);
	free(plan->targets);
	request_clear(&plan->request);
	memhp_snapshot_unref(plan->before);
	memhp_snapshot_unref(plan->predicted);
	free(plan->steps);
	free(plan->refused);
	free(plan->parts);
	free(plan->obstacles);
	free(plan->misfits);
	free(plan->needs);
	free(plan->shares);
	free(plan->node_budgets);
	free(plan->node_lowest);
	free(plan->displacements);
	free(plan->findings.items);
	free(plan->changes.items);
	free(plan->fingerprint);
	texts_clear(&plan->story.reasons);
	texts_clear(&plan->story.undo);
	policy_clear(&plan->policy);
	free(plan);
	return NULL;
}

EXPORT enum memhp_verdict memhp_plan_get_verdict(const struct memhp_plan *plan)
{
	return plan->verdict;
}

EXPORT size_t memhp_plan_get_step_count(const struct memhp_plan *plan)
{
	return plan->step_count;
}

EXPORT const struct memhp_snapshot *memhp_plan_get_before(const struct memhp_plan *plan)
{
	return plan->before;
}

EXPORT const struct memhp_snapshot *memhp_plan_get_predicted(const struct memhp_plan *plan)
{
	return plan->predicted;
}
