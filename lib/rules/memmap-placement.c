/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memmap-placement: memmap_on_memory is settled when kmem binds, and the kernel falls back in silence
 * where it cannot be (mm/memory_hotplug.c:add_memory_resource, 6.12 and 7.2).
 */
#include <errno.h>

#include "../memmap.h"
#include "../rule.h"

#define PARAMETER "memory_hotplug.memmap_on_memory"

static const struct {
	const char *why;
	const char *remedy;
} obstacles[] = {
	[MEMMAP_NO_ATTRIBUTE] = { "this kernel's kmem has no memmap_on_memory: what describes the "
				  "memory goes to kernel zones",
				  "leave --memmap-on-memory away, or use a kernel that has it" },
	[MEMMAP_PARAMETER_OFF] = { "the parameter " PARAMETER " is off: what describes the memory "
				   "goes to kernel zones",
				   "boot with " PARAMETER "=1" },
	[MEMMAP_PARAMETER_UNKNOWN] = { "whether the parameter " PARAMETER " is on is not known",
				       "see /sys/module/memory_hotplug/parameters" },
	[MEMMAP_GEOMETRY] = { "with these sizes of blocks and pages memory cannot describe itself: "
			      "what does goes to kernel zones",
			      "leave --memmap-on-memory away" },
};

static int add(const struct memhp_plan *plan, struct findings *findings, uint16_t index,
	       enum memhp_severity severity, const char *message, const char *remedy)
{
	struct memhp_finding *finding = finding_add(findings, &rule_memmap_placement);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = severity;
	text_copy(finding->subject, sizeof(finding->subject),
		  snapshot_device_name(plan->before, index));
	text_copy(finding->message, sizeof(finding->message), message);
	text_copy(finding->remedy, sizeof(finding->remedy), remedy);
	return 0;
}

static int check_obstacle(const struct memhp_plan *plan, struct findings *findings, uint16_t index,
			  enum memhp_severity severity)
{
	enum memmap_obstacle obstacle =
		memmap_obstacle(plan->before, &plan->before->devices[index], true);

	if (obstacle == MEMMAP_FITS)
		return 0;
	return add(plan, findings, index, severity, obstacles[obstacle].why,
		   obstacles[obstacle].remedy);
}

static bool is_added(const struct memhp_plan *plan, uint16_t index)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == STEP_BIND && plan->steps[i].device == index &&
		    plan->steps[i].to == DRIVER_KMEM)
			return true;
	}
	return plan->before->devices[index].driver != DRIVER_KMEM;
}

/* In kmem already, and staying there: it is as it was settled then. */
static int check_settled(const struct memhp_plan *plan, struct findings *findings, uint16_t index,
			 bool on, bool asked)
{
	struct memmap_cost cost = memmap_of_blocks(plan->before, index);
	bool is_on = cost.pages == 0;

	if (cost.counted == 0 || is_on == on)
		return 0;
	/* Adding it again would change nothing. */
	if (on && memmap_obstacle(plan->before, &plan->before->devices[index], true) != MEMMAP_FITS)
		return check_obstacle(plan, findings, index, MEMHP_SEVERITY_WARN);
	return add(plan, findings, index, asked ? MEMHP_SEVERITY_DENY : MEMHP_SEVERITY_WARN,
		   is_on ? "it is in kmem already, and describes itself" :
			   "it is in kmem already, and what describes it lies in kernel zones",
		   "remove it first: this is settled when it is added");
}

static int check_device(const struct memhp_plan *plan, struct findings *findings, uint16_t index)
{
	enum memhp_memmap_choice choice = plan_memmap(plan, &plan->before->devices[index]);
	bool asked = plan->request.options.memmap_on_memory != MEMHP_MEMMAP_UNSET;

	if (plan->before->devices[index].kind != MEMHP_DEVICE_DAX ||
	    (choice != MEMHP_MEMMAP_ON && choice != MEMHP_MEMMAP_OFF))
		return 0;
	if (!is_added(plan, index))
		return check_settled(plan, findings, index, choice == MEMHP_MEMMAP_ON, asked);
	return choice == MEMHP_MEMMAP_ON ?
		       check_obstacle(plan, findings, index, MEMHP_SEVERITY_WARN) :
		       0;
}

/* Of a device named twice, the first time counts. */
static bool is_named_before(const struct memhp_plan *plan, size_t target, size_t device)
{
	uint16_t index = plan->targets[target].devices[device];
	size_t i, j;

	for (i = 0; i <= target; i++) {
		for (j = 0; j < (i < target ? plan->targets[i].device_count : device); j++) {
			if (plan->targets[i].devices[j] == index)
				return true;
		}
	}
	return false;
}

/* What the policy wants is held against what came of it; of its own accord a device only asks. */
static int check_in_force(const struct memhp_plan *plan, struct findings *findings, uint16_t index)
{
	const struct memhp_device *device = &plan->before->devices[index];
	enum memhp_memmap_choice choice = plan_memmap(plan, device);
	bool known = memmap_of_blocks(plan->before, index).counted > 0;

	if (device->driver != DRIVER_KMEM || device->kind != MEMHP_DEVICE_DAX)
		return 0;
	if (choice == MEMHP_MEMMAP_OFF || (choice == MEMHP_MEMMAP_ON && known))
		return check_settled(plan, findings, index, choice == MEMHP_MEMMAP_ON, false);
	if (choice == MEMHP_MEMMAP_ON)
		return check_obstacle(plan, findings, index, MEMHP_SEVERITY_WARN);
	return device->memmap_on_memory == TRI_YES ?
		       check_obstacle(plan, findings, index, MEMHP_SEVERITY_INFO) :
		       0;
}

/* As the machine is: what devices ask for and did not get. */
static int check_machine(const struct memhp_plan *plan, struct findings *findings)
{
	uint16_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->before->device_count; i++)
		rc = check_in_force(plan, findings, i);
	return rc;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i, j;
	int rc = 0;

	if (plan->request.options.operation == MEMHP_OPERATION_NONE)
		return check_machine(plan, findings);
	for (i = 0; i < plan->target_count; i++) {
		for (j = 0; rc == 0 && j < plan->targets[i].device_count; j++) {
			if (!is_named_before(plan, i, j))
				rc = check_device(plan, findings, plan->targets[i].devices[j]);
		}
	}
	return rc;
}

const struct rule rule_memmap_placement = {
	.name = "memmap-placement",
	.severity = MEMHP_SEVERITY_WARN,
	.forceable = FORCE_BY_NAME,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE) | OPERATION_BIT(MEMHP_OPERATION_ADD) |
		      OPERATION_BIT(MEMHP_OPERATION_ONLINE),
	.summary = "memmap_on_memory was asked for and cannot take effect",
	.check = check,
};
