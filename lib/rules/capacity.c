/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capacity: what programs have in the blocks that go offline must fit on other nodes; the kernel goes
 * on trying for ever where it does not (mm/memory_hotplug.c:offline_pages, 6.1 to 7.2). Counted is what
 * the rest of a zone cannot hold, so what is certain to move.
 */
#include <errno.h>

#include "../rule.h"

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	char bytes[32], room[32];
	size_t i;

	for (i = 0; i < plan->displacement_count; i++) {
		const struct displacement *displacement = &plan->displacements[i];
		struct memhp_finding *finding;

		if (displacement->bytes <= displacement->room)
			continue;
		finding = finding_add(findings, &rule_capacity);
		if (finding == NULL)
			return -ENOMEM;
		size_to_text(displacement->bytes, bytes, sizeof(bytes));
		size_to_text(displacement->room, room, sizeof(room));
		finding_subject(finding, displacement->first, displacement->last);
		finding_measure(finding, displacement->bytes, displacement->room, "bytes");
		text_format(
			finding->message, sizeof(finding->message),
			"%s in use on node %d must leave %s, and %s have room for %s of it", bytes,
			displacement->node, displacement->movable ? "Movable" : "kernel zones",
			displacement->movable ? "other nodes" : "the kernel zones of other nodes",
			room);
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "free memory first, or take fewer blocks offline");
	}
	return 0;
}

const struct rule rule_capacity = {
	.name = "capacity",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_BY_NAME,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "what must be migrated does not fit elsewhere",
	.check = check,
};
