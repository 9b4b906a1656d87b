/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * permanent: device memory goes to a kernel zone. The kernel puts there what it cannot migrate, so
 * the device can then probably never be given back.
 */
#include <errno.h>

#include "../memmap-host.h"
#include "../rule.h"

static bool goes_to_kernel_zone(const struct memhp_plan *plan, const struct memhp_step *step)
{
	const struct memhp_block *block;

	if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_ONLINE ||
	    (step->to_zones & ZONES_KERNEL) == 0)
		return false;
	block = snapshot_block(plan->predicted, step->block);
	return block != NULL &&
	       (block->origin == MEMHP_ORIGIN_KMEM || block->origin == MEMHP_ORIGIN_ACPI);
}

static bool is_balanced(const struct memhp_plan *plan, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(plan->predicted, number);

	return block != NULL && plan_zone(plan, block) == MEMHP_ZONE_BALANCED;
}

static int add(const struct memhp_plan *plan, struct findings *findings,
	       const struct memhp_step *first, const struct memhp_step *last)
{
	struct memhp_finding *finding = finding_add(findings, &rule_permanent);
	bool certain = (last->to_zones & ZONE_BIT(ZONE_MOVABLE)) == 0;
	char zones[IO_NAME_MAX];

	if (finding == NULL)
		return -ENOMEM;
	zones_to_text(last->to_zones & ZONES_KERNEL, ',', zones, sizeof(zones));
	finding_subject(finding, first->block, last->block);
	finding_measure(finding, last->block - first->block + 1, 0, "blocks");
	text_format(finding->message, sizeof(finding->message),
		    "device memory %s to %s and can then probably never be removed",
		    certain ? "goes" : "may go", zones);
	text_copy(finding->remedy, sizeof(finding->remedy),
		  is_balanced(plan, first->block) ?
			  "the ratio needs it there; where less goes to Movable, or the policy "
			  "allows more, fewer blocks do" :
			  "online it with --zone movable");
	return 0;
}

/* ---- as the machine is ---- */

static bool is_device_memory_in_kernel_zone(const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_ONLINE &&
	       (block->origin == MEMHP_ORIGIN_KMEM || block->origin == MEMHP_ORIGIN_ACPI) &&
	       (block->zones & ZONES_KERNEL) != 0 && (block->zones & ZONE_BIT(ZONE_MOVABLE)) == 0;
}

/* What the policy wants in a kernel zone is where it should be, and is told all the same. */
static enum memhp_severity severity_of(const struct memhp_plan *plan,
				       const struct memhp_block *block)
{
	return plan_zone(plan, block) == MEMHP_ZONE_MOVABLE ? MEMHP_SEVERITY_WARN :
							      MEMHP_SEVERITY_INFO;
}

static void advise_found(const struct memhp_plan *plan, const struct memhp_block *first,
			 const struct memhp_block *last, struct memhp_finding *finding)
{
	char command[96], blocks[32];

	if (first->number == last->number)
		text_format(blocks, sizeof(blocks), "%u", first->number);
	else
		text_format(blocks, sizeof(blocks), "%u-%u", first->number, last->number);
	/* By itself a device that holds what describes a later one does not go. */
	if (first->device != NO_DEVICE && memmap_hosts_later(plan->before, first->device))
		memmap_advise_movable(plan->before, first->device, command, sizeof(command));
	else
		text_format(command, sizeof(command), "memhp online --zone movable --move %s",
			    blocks);
	text_format(finding->remedy, sizeof(finding->remedy), "%s, if the kernel lets go of it",
		    command);
}

static int add_found(const struct memhp_plan *plan, struct findings *findings,
		     const struct memhp_block *first, const struct memhp_block *last)
{
	const char *device = snapshot_device_name(plan->before, first->device);
	struct memhp_finding *finding = finding_add(findings, &rule_permanent);
	char zones[IO_NAME_MAX];

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = severity_of(plan, first);
	zones_to_text(first->zones, ',', zones, sizeof(zones));
	finding_subject(finding, first->number, last->number);
	finding_measure(finding, last->number - first->number + 1, 0, "blocks");
	text_format(finding->message, sizeof(finding->message),
		    "memory of %s lies in %s and can probably never be removed%s",
		    device != NULL ? device : "a device", zones,
		    finding->severity == MEMHP_SEVERITY_WARN ? "; the policy wants it in Movable" :
							       ", as the policy has it");
	advise_found(plan, first, last, finding);
	return 0;
}

static bool are_alike(const struct memhp_plan *plan, const struct memhp_block *a,
		      const struct memhp_block *b)
{
	return a->number + 1 == b->number && a->device == b->device && a->zones == b->zones &&
	       severity_of(plan, a) == severity_of(plan, b);
}

static int check_machine(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_block *first = NULL, *last = NULL;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->before->block_count; i++) {
		const struct memhp_block *block = &plan->before->blocks[i];

		if (!is_device_memory_in_kernel_zone(block))
			continue;
		if (first != NULL && !are_alike(plan, last, block)) {
			rc = add_found(plan, findings, first, last);
			first = NULL;
		}
		if (first == NULL)
			first = block;
		last = block;
	}
	return rc == 0 && first != NULL ? add_found(plan, findings, first, last) : rc;
}

static int check_steps(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_step *first = NULL, *last = NULL;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->step_count; i++) {
		const struct memhp_step *step = &plan->steps[i];

		if (!goes_to_kernel_zone(plan, step))
			continue;
		if (first != NULL &&
		    (last->block + 1 != step->block || last->device != step->device ||
		     last->to_zones != step->to_zones)) {
			rc = add(plan, findings, first, last);
			first = NULL;
		}
		if (first == NULL)
			first = step;
		last = step;
	}
	return rc == 0 && first != NULL ? add(plan, findings, first, last) : rc;
}

/* ---- what balance leaves there ---- */

static bool is_named(const struct memhp_plan *plan, const struct memhp_block *block)
{
	size_t i, j;

	for (i = 0; i < plan->target_count; i++) {
		const struct target *target = &plan->targets[i];

		for (j = 0; j < target->device_count; j++) {
			if (target->devices[j] == block->device)
				return true;
		}
		for (j = 0; j < target->run_count; j++) {
			if (block->number >= target->runs[j].first &&
			    block->number <= target->runs[j].last)
				return true;
		}
	}
	return false;
}

static bool is_left(const struct memhp_plan *plan, const struct memhp_block *block)
{
	const struct memhp_block *before = snapshot_block(plan->before, block->number);

	return is_device_memory_in_kernel_zone(block) && before != NULL &&
	       is_device_memory_in_kernel_zone(before) &&
	       plan_zone(plan, block) == MEMHP_ZONE_BALANCED && is_named(plan, block);
}

/* Blocks of the request that were in a kernel zone, and are one of those that it takes. */
static int check_left(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_snapshot *predicted = plan->predicted;
	struct memhp_step first = { 0 }, last = { 0 };
	bool open = false;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < predicted->block_count; i++) {
		const struct memhp_block *block = &predicted->blocks[i];

		if (!is_left(plan, block))
			continue;
		if (open && (last.block + 1 != block->number || last.device != block->device ||
			     last.to_zones != block->zones)) {
			rc = add(plan, findings, &first, &last);
			open = false;
		}
		last = (struct memhp_step){ .block = block->number,
					    .device = block->device,
					    .to_zones = block->zones };
		if (!open)
			first = last;
		open = true;
	}
	return rc == 0 && open ? add(plan, findings, &first, &last) : rc;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	int rc;

	if (plan->request.options.operation == MEMHP_OPERATION_NONE)
		return check_machine(plan, findings);
	rc = check_steps(plan, findings);
	return rc == 0 && plan->step_count > 0 ? check_left(plan, findings) : rc;
}

const struct rule rule_permanent = {
	.name = "permanent",
	.severity = MEMHP_SEVERITY_WARN,
	.forceable = FORCE_NOT_APPLICABLE,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE) | OPERATION_BIT(MEMHP_OPERATION_ONLINE),
	.summary = "device memory goes to a kernel zone: it can then probably never be removed",
	.check = check,
};
