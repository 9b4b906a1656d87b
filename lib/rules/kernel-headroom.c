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

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;

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
	.operations = OPERATION_BIT(MEMHP_OPERATION_ADD) | OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "what the plan costs in kernel zones does not fit there",
	.check = check,
};
