/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * granularity: memory leaves the kernel in the parts in which it came: a dax device with all its
 * mappings, a DIMM. A part of one has no remover, and other blocks have none at all.
 */
#include <errno.h>

#include "../rule.h"

static void describe(const struct memhp_plan *plan, struct memhp_finding *finding,
		     const struct part *part)
{
	const char *name = snapshot_device_name(plan->before, part->device);
	const struct memhp_device *device =
		name != NULL ? &plan->before->devices[part->device] : NULL;

	if (device != NULL && (device->kind == MEMHP_DEVICE_DAX || device->ejectable)) {
		text_format(finding->message, sizeof(finding->message),
			    "this is a part of %s, which can only be removed as a whole", name);
		text_format(finding->remedy, sizeof(finding->remedy),
			    "remove %s, or offline these blocks", name);
	} else if (name != NULL) {
		text_format(finding->message, sizeof(finding->message),
			    "this memory belongs to %s, which memhp cannot take out of the kernel",
			    name);
		text_copy(finding->remedy, sizeof(finding->remedy), "offline these blocks");
	} else {
		text_copy(finding->message, sizeof(finding->message),
			  "no driver is known that could take this memory out of the kernel");
		text_copy(finding->remedy, sizeof(finding->remedy), "offline these blocks");
	}
}

static void describe_obstacle(const struct memhp_plan *plan, struct memhp_finding *finding,
			      const struct geometry_obstacle *obstacle)
{
	const struct memhp_device *device = &plan->before->devices[obstacle->device];
	char free_text[32];

	if (obstacle->in_kmem) {
		text_copy(finding->subject, sizeof(finding->subject), device->name);
		text_copy(finding->message, sizeof(finding->message), "the kernel uses its memory");
		text_format(finding->remedy, sizeof(finding->remedy), "memhp remove --unbound %s",
			    device->name);
		return;
	}
	size_to_text(obstacle->available, free_text, sizeof(free_text));
	text_copy(finding->subject, sizeof(finding->subject),
		  device->region != NULL ? device->region : device->name);
	finding_measure(finding, obstacle->wanted, obstacle->available, "bytes");
	if (obstacle->available == 0)
		text_copy(finding->message, sizeof(finding->message), "nothing of it is free");
	else
		text_format(finding->message, sizeof(finding->message), "only %s of it is free",
			    free_text);
	if (obstacle->fits > 0)
		text_format(finding->remedy, sizeof(finding->remedy), "say --size %llu",
			    (unsigned long long)obstacle->fits);
	else
		text_format(finding->remedy, sizeof(finding->remedy),
			    "destroy a device of this region first, such as %s", device->name);
}

static int check_obstacles(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;

	for (i = 0; i < plan->obstacle_count; i++) {
		struct memhp_finding *finding = finding_add(findings, &rule_granularity);

		if (finding == NULL)
			return -ENOMEM;
		describe_obstacle(plan, finding, &plan->obstacles[i]);
	}
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;

	for (i = 0; i < plan->part_count; i++) {
		const struct part *part = &plan->parts[i];
		struct memhp_finding *finding = finding_add(findings, &rule_granularity);

		if (finding == NULL)
			return -ENOMEM;
		finding_subject(finding, part->run.first, part->run.last);
		finding_measure(finding, part->run.last - part->run.first + 1, 0, "blocks");
		describe(plan, finding, part);
	}
	return check_obstacles(plan, findings);
}

const struct rule rule_granularity = {
	.name = "granularity",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations = OPERATION_BIT(MEMHP_OPERATION_REMOVE) |
		      OPERATION_BIT(MEMHP_OPERATION_CREATE) |
		      OPERATION_BIT(MEMHP_OPERATION_DESTROY),
	.summary = "the memory cannot be removed, made a device or taken away in this piece",
	.check = check,
};
