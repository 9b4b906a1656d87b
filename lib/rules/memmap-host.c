/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memmap-host: what describes memory that was added later was taken from kernel zones of its node, or of
 * the nearest that has any, so from an earlier device that was online there; such pages never move. What
 * can be known of it is found in memmap-host.c of the library.
 */
#include <errno.h>

#include "../memmap-host.h"
#include "../rule.h"

/* Severity of what is hosted: a deny where it is certain. */
static const enum memhp_severity severities[] = {
	[MEMMAP_HOSTS_NOTHING] = MEMHP_SEVERITY_OFF,
	[MEMMAP_HOSTS_MAYBE] = MEMHP_SEVERITY_WARN,
	[MEMMAP_HOSTS_CERTAIN] = MEMHP_SEVERITY_DENY,
};

/* Of the plan's steps, what goes before LATER has gone itself. */
static void find_leaving(const struct memhp_plan *plan, struct memmap_leaving *leaving)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		const struct memhp_step *step = &plan->steps[i];
		const struct memhp_block *block;

		if (step->kind == STEP_UNBIND && step->device == leaving->later)
			break;
		if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_OFFLINE)
			continue;
		block = snapshot_block(plan->before, step->block);
		if (block != NULL)
			memmap_leaving_add(plan->before, leaving, block);
	}
}

/* Whether to name the later one too would do: it is then taken out for as long, if it is to move itself. */
static bool both_would_do(const struct memhp_plan *plan, uint16_t later)
{
	enum memhp_operation operation = plan->request.options.operation;

	return memmap_moves_along(plan->before, later) ? operation != MEMHP_OPERATION_OFFLINE :
							 operation == MEMHP_OPERATION_REMOVE;
}

static int add(const struct memhp_plan *plan, struct findings *findings,
	       const struct memmap_leaving *leaving, enum memhp_severity severity)
{
	struct memhp_finding *finding = finding_add(findings, &rule_memmap_host);
	const char *name = snapshot_device_name(plan->before, leaving->later);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = severity;
	finding_subject(finding, leaving->first, leaving->last);
	finding_measure(finding, leaving->pages * plan->before->machine.page_size, 0, "bytes");
	text_format(
		finding->message, sizeof(finding->message),
		severity == MEMHP_SEVERITY_DENY ?
			"it holds what describes %s, which was added later, and that never moves" :
			"it seems to hold what describes %s, which was added later: that never "
			"moves",
		name);
	text_format(finding->remedy, sizeof(finding->remedy),
		    both_would_do(plan, leaving->later) ?
			    "remove %s first, or name both: it then goes in the order that works" :
			    "remove %s first; it can be onlined again afterwards",
		    name);
	return 0;
}

static int check_later(const struct memhp_plan *plan, struct findings *findings, uint16_t later)
{
	struct memmap_leaving leaving;
	enum memhp_severity severity;

	if (!memmap_leaving_begin(plan->before, later, &leaving))
		return 0;
	find_leaving(plan, &leaving);
	severity = severities[memmap_leaving_judge(&leaving)];
	return severity != MEMHP_SEVERITY_OFF ? add(plan, findings, &leaving, severity) : 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	uint16_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->before->device_count; i++)
		rc = check_later(plan, findings, i);
	return rc;
}

const struct rule rule_memmap_host = {
	.name = "memmap-host",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "the block holds, or may hold, the memmap of memory added later; that must be "
		   "removed first",
	.check = check,
};
