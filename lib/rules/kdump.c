/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kdump: a crash kernel knows what memory there was when it was loaded. Kernels that keep it informed
 * say so in crash_hotplug (kernel/crash_core.c, 6.12 and 7.2).
 */
#include <errno.h>

#include "../rule.h"

int kdump_find(const struct memhp_plan *plan, struct findings *findings)
{
	const struct machine *machine = &plan->before->machine;
	struct memhp_finding *finding;

	if (machine->crash_loaded != TRI_YES || machine->crash_hotplug == TRI_YES)
		return 0;
	finding = finding_add(findings, &rule_kdump);
	if (finding == NULL)
		return -ENOMEM;
	text_copy(finding->subject, sizeof(finding->subject), "crash-kernel");
	text_copy(finding->message, sizeof(finding->message),
		  "it is loaded, and the kernel does not tell it of this change: a dump would miss "
		  "memory, or look for what is gone");
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "load it again afterwards (kdump-config reload)");
	return 0;
}

/* In which zone memory is makes no difference to a dump. */
static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;

	for (i = 0; i < plan->changes.count; i++) {
		if (plan->changes.items[i].from_state != plan->changes.items[i].to_state)
			return kdump_find(plan, findings);
	}
	return 0;
}

const struct rule rule_kdump = {
	.name = "kdump",
	.severity = MEMHP_SEVERITY_INFO,
	.forceable = FORCE_NOT_APPLICABLE,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ADD) | OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "the crash kernel will not know the change",
	.check = check,
};
