/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keep-offline: the policy keeps this memory offline, by device or by physical range. What is named is
 * denied, as is what a machine has online; a set named as a whole leaves it out.
 */
#include <errno.h>

#include "../rule.h"

/* Blocks one after the other that one section keeps offline. */
struct run {
	uint32_t first;
	uint32_t last;
	const struct policy_device *section;
};

static int tell(struct findings *findings, const struct run *run, const char *remedy)
{
	struct memhp_finding *finding;

	if (run->section == NULL)
		return 0;
	finding = finding_add(findings, &rule_keep_offline);
	if (finding == NULL)
		return -ENOMEM;
	finding_subject(finding, run->first, run->last);
	finding_measure(finding, run->last - run->first + 1, 0, "blocks");
	text_format(finding->message, sizeof(finding->message),
		    "the policy keeps this memory offline ([%s], %s:%u)", run->section->section,
		    run->section->origin.file, run->section->origin.line);
	text_copy(finding->remedy, sizeof(finding->remedy), remedy);
	return 0;
}

static const struct policy_device *keeper_of(const struct memhp_plan *plan,
					     const struct memhp_step *step)
{
	const struct memhp_block *block;

	if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_ONLINE)
		return NULL;
	block = snapshot_block(plan->predicted, step->block);
	return block != NULL ? plan_keeper(plan, block) : NULL;
}

static int take(struct findings *findings, struct run *run, uint32_t number,
		const struct policy_device *section, const char *remedy)
{
	int rc;

	if (section == NULL)
		return 0;
	if (section == run->section && run->last + 1 == number) {
		run->last = number;
		return 0;
	}
	rc = tell(findings, run, remedy);
	*run = (struct run){ number, number, section };
	return rc;
}

static int tell_onlined(const struct memhp_plan *plan, struct findings *findings)
{
	const char *remedy = "leave it offline, change the policy, or say --force keep-offline";
	struct run run = { .section = NULL };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->step_count; i++)
		rc = take(findings, &run, plan->steps[i].block, keeper_of(plan, &plan->steps[i]),
			  remedy);
	return rc == 0 ? tell(findings, &run, remedy) : rc;
}

/* As the machine is: what is online, and should not be. */
static int tell_online(const struct memhp_plan *plan, struct findings *findings)
{
	const char *remedy = "it is online: take it offline, or change the policy";
	struct run run = { .section = NULL };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->before->block_count; i++) {
		const struct memhp_block *block = &plan->before->blocks[i];

		if (block->state == MEMHP_STATE_ONLINE)
			rc = take(findings, &run, block->number, plan_keeper(plan, block), remedy);
	}
	return rc == 0 ? tell(findings, &run, remedy) : rc;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	int rc;

	if (plan->policy.device_count == 0)
		return 0;
	if (plan->request.options.operation == MEMHP_OPERATION_NONE)
		return tell_online(plan, findings);
	rc = tell_onlined(plan, findings);
	if (rc < 0)
		return rc;
	return findings_of_left_out(
		findings, &rule_keep_offline, &plan->left_out[LEFT_OUT_KEEP_OFFLINE],
		"the policy keeps this memory offline",
		"`memhp policy` with a block or a device tells which section does");
}

const struct rule rule_keep_offline = {
	.name = "keep-offline",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_BY_NAME,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE) | OPERATION_BIT(MEMHP_OPERATION_ONLINE),
	.summary = "the policy keeps this memory offline",
	.check = check,
};
