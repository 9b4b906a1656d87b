/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel-headroom: what describes memory is taken from kernel zones when the memory is added, online or
 * not; where it does not fit, the kernel fails half way or has nothing left to live on. Removing costs
 * too: device_dax has struct pages of its own.
 */
#include <errno.h>

#include "../memmap.h"
#include "../rule.h"

/* How much device memory there is room to describe. */
static uint64_t describable(const struct memhp_plan *plan, const struct memmap_need *need)
{
	const struct memhp_snapshot *snapshot = plan->before;
	uint64_t memmap = snapshot_memmap_pages(snapshot) * snapshot->machine.page_size;

	return memmap == 0 ? 0 : need->room / memmap * snapshot->machine.block_size;
}

static void advise_add(const struct memhp_plan *plan, const struct memmap_need *need,
		       struct memhp_finding *finding)
{
	const struct memhp_device *device = &plan->before->devices[need->device];
	enum memmap_obstacle obstacle = memmap_obstacle(plan->before, device, true);
	char size[32];

	size_to_text(describable(plan, need), size, sizeof(size));
	if (obstacle == MEMMAP_FITS)
		text_format(finding->remedy, sizeof(finding->remedy),
			    "there is room to describe %s of it; with --memmap-on-memory on it "
			    "would fit, for it then describes itself",
			    size);
	else if (obstacle == MEMMAP_PARAMETER_OFF && memmap_geometry_fits(plan->before))
		text_format(finding->remedy, sizeof(finding->remedy),
			    "there is room to describe %s of it; with "
			    "memory_hotplug.memmap_on_memory=1 at boot and --memmap-on-memory on "
			    "it would fit, for it then describes itself",
			    size);
	else
		text_format(finding->remedy, sizeof(finding->remedy),
			    "there is room to describe %s of it; free kernel memory, or make the "
			    "device smaller",
			    size);
}

static void describe(const struct memhp_plan *plan, const struct memmap_need *need,
		     struct memhp_finding *finding)
{
	char needed[32], room[32];

	size_to_text(need->bytes, needed, sizeof(needed));
	size_to_text(need->room, room, sizeof(room));
	text_format(finding->message, sizeof(finding->message),
		    "its struct pages in %s take %s of kernel memory, and there is %s for them",
		    need->driver == DRIVER_KMEM ? "kmem" : "device_dax", needed, room);
	if (need->driver == DRIVER_KMEM)
		advise_add(plan, need, finding);
	else
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "free kernel memory, or leave it without a driver (--unbound)");
}

/* A plan without steps costs nothing; what there is may be less than the reserve all the same. */
static int check_machine(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_budget *budget = &plan->budget_before;
	struct memhp_finding *finding;
	char available[32], reserved[32];
	uint64_t reserve;

	if (budget->kernel_available_bytes < 0 || budget->kernel_bytes < 0)
		return 0;
	reserve = policy_reserve_bytes(&plan->policy, (uint64_t)budget->kernel_bytes,
				       plan->before->machine.page_size);
	if ((uint64_t)budget->kernel_available_bytes >= reserve)
		return 0;
	finding = finding_add(findings, &rule_kernel_headroom);
	if (finding == NULL)
		return -ENOMEM;
	text_copy(finding->subject, sizeof(finding->subject), "machine");
	finding_measure(finding, (uint64_t)budget->kernel_available_bytes, reserve, "bytes");
	size_to_text((uint64_t)budget->kernel_available_bytes, available, sizeof(available));
	size_to_text(reserve, reserved, sizeof(reserved));
	text_format(finding->message, sizeof(finding->message),
		    "%s of kernel memory is available, less than the %s that the policy reserves",
		    available, reserved);
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "free kernel memory, have more memory in kernel zones, or lower kernel-reserve");
	return 0;
}

/* Not known is not enough, and not too little either. */
static int add_unweighed(const struct memhp_plan *plan, struct findings *findings)
{
	struct memhp_finding *finding = finding_add(findings, &rule_kernel_headroom);
	char needed[32];

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_WARN;
	text_copy(finding->subject, sizeof(finding->subject), "machine");
	size_to_text(plan->memmap_unweighed, needed, sizeof(needed));
	text_format(finding->message, sizeof(finding->message),
		    "struct pages take %s of kernel memory, and what there is of it is not known",
		    needed);
	text_copy(finding->remedy, sizeof(finding->remedy), "see that /proc/zoneinfo can be read");
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;

	if (plan->request.options.operation == MEMHP_OPERATION_NONE)
		return check_machine(plan, findings);
	if (plan->memmap_unweighed > 0)
		return add_unweighed(plan, findings);
	for (i = 0; i < plan->need_count; i++) {
		const struct memmap_need *need = &plan->needs[i];
		struct memhp_finding *finding;

		if (need->bytes <= need->room)
			continue;
		finding = finding_add(findings, &rule_kernel_headroom);
		if (finding == NULL)
			return -ENOMEM;
		text_copy(finding->subject, sizeof(finding->subject),
			  snapshot_device_name(plan->before, need->device));
		finding_measure(finding, need->bytes, need->room, "bytes");
		describe(plan, need, finding);
	}
	return 0;
}

const struct rule rule_kernel_headroom = {
	.name = "kernel-headroom",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_BY_NAME,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE) | OPERATION_BIT(MEMHP_OPERATION_ADD) |
		      OPERATION_BIT(MEMHP_OPERATION_ONLINE) | OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary =
		"what the plan costs in kernel zones does not fit there; a warning where that is "
		"not known",
	.check = check,
};
