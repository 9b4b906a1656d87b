/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * movable-ratio: more Movable memory than the kernel memory beside it can serve. Page tables, inodes
 * and all else that programs make the kernel allocate never goes to Movable (the kernel's
 * memory-hotplug.rst calls 3:1, even 4:1, fine). Holds only what a plan makes worse.
 */
#include <errno.h>

#include "../memmap.h"
#include "../rule.h"

typedef unsigned __int128 wide;

/* Policy has ratios in hundredths of a percent. */
#define WHOLE 10000

static bool passes(int64_t movable, int64_t kernel, uint64_t limit)
{
	return (wide)movable * WHOLE > (wide)limit * (wide)kernel;
}

static bool is_worse(const struct memhp_plan *plan)
{
	const struct memhp_budget *before = &plan->budget_before, *after = &plan->budget_after;

	if (plan->request.options.operation == MEMHP_OPERATION_NONE)
		return true;
	if (after->kernel_bytes == 0)
		return after->movable_bytes > before->movable_bytes || before->kernel_bytes > 0;
	return (wide)after->movable_bytes * (wide)before->kernel_bytes >
	       (wide)before->movable_bytes * (wide)after->kernel_bytes;
}

/* What the plan brings into Movable, in blocks. */
struct brought {
	uint64_t fresh;
	uint64_t moved;	 /* out of a kernel zone */
	uint64_t usable; /* bytes that such a block was worth there */
};

static uint64_t usable_bytes(const struct memhp_plan *plan, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(plan->before, number);
	uint64_t pages = snapshot_block_pages(plan->before);

	if (block != NULL && memmap_describes_itself(plan->before, block))
		pages -= snapshot_memmap_pages(plan->before);
	return pages * plan->before->machine.page_size;
}

static struct brought count_brought(const struct memhp_plan *plan)
{
	struct brought brought = { 0 };
	size_t i;

	for (i = 0; i < plan->changes.count; i++) {
		const struct memhp_change *change = &plan->changes.items[i];
		uint64_t count = UINT64_C(1) + change->last_block - change->first_block;

		if ((change->to_zones & ZONE_BIT(ZONE_MOVABLE)) == 0 ||
		    (change->from_zones & ZONE_BIT(ZONE_MOVABLE)) != 0)
			continue;
		if (change->from_zones & ZONES_KERNEL) {
			brought.moved += count;
			brought.usable =
				MAX(brought.usable, usable_bytes(plan, change->first_block));
		} else {
			brought.fresh += count;
		}
	}
	return brought;
}

/*
 * The most that may go movable, in whole blocks. Each that leaves a kernel zone makes that smaller: the
 * others go first. More than the plan has is told where there would be room for it.
 */
static uint64_t most_bytes(const struct memhp_plan *plan, struct brought brought, uint64_t limit)
{
	uint64_t block = plan->before->machine.block_size;
	wide kernel = (wide)plan->budget_after.kernel_bytes + (wide)brought.moved * brought.usable;
	wide movable = (wide)plan->budget_after.movable_bytes, room, fresh, moved = 0;

	movable -= MIN(movable, (wide)(brought.fresh + brought.moved) * block);
	if (block == 0 || kernel * limit < movable * WHOLE)
		return 0;
	room = kernel * limit - movable * WHOLE;
	fresh = room / ((wide)block * WHOLE);
	if (brought.moved > 0 && fresh > brought.fresh) {
		fresh = brought.fresh;
		room -= fresh * block * WHOLE;
		moved = room / ((wide)block * WHOLE + (wide)brought.usable * limit);
		moved = MIN(moved, brought.moved);
	}
	return (uint64_t)MIN((fresh + moved) * block, (wide)UINT64_MAX);
}

/* Whether kernel zones could take so much of it that the ratio holds: the fewest blocks are for planning. */
static bool balanced_would_do(const struct memhp_plan *plan, struct brought brought)
{
	uint64_t block = plan->before->machine.block_size;
	wide movable = (wide)plan->budget_after.movable_bytes;
	wide kernel = (wide)plan->budget_after.kernel_bytes;
	wide all = (wide)(brought.fresh + brought.moved) * block;

	movable -= MIN(movable, all);
	kernel += (wide)brought.moved * brought.usable + (wide)brought.fresh * block;
	return (plan->request.options.operation == MEMHP_OPERATION_ONLINE ||
		plan->request.options.operation == MEMHP_OPERATION_PLACE) &&
	       movable * WHOLE <= kernel * plan->policy.movable_ratio_deny;
}

static void advise(const struct memhp_plan *plan, struct memhp_finding *finding)
{
	struct brought brought = count_brought(plan);
	char deny[32], warn[32];

	if (brought.fresh + brought.moved == 0) {
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "keep more memory in kernel zones, or less in Movable");
		return;
	}
	size_to_text(most_bytes(plan, brought, plan->policy.movable_ratio_deny), deny,
		     sizeof(deny));
	size_to_text(most_bytes(plan, brought, plan->policy.movable_ratio_warn), warn,
		     sizeof(warn));
	if (finding->severity == MEMHP_SEVERITY_DENY)
		text_format(
			finding->remedy, sizeof(finding->remedy),
			"at most %s of it may go movable (above %s this warns); %smemmap_on_memory "
			"does not change this ratio",
			deny, warn,
			balanced_would_do(plan, brought) ?
				"--zone balanced puts the rest into kernel zones; " :
				"");
	else
		text_format(finding->remedy, sizeof(finding->remedy),
			    "up to %s may go movable without this warning, up to %s at all", warn,
			    deny);
}

static int add(const struct memhp_plan *plan, struct findings *findings,
	       enum memhp_severity severity, uint64_t limit)
{
	const struct memhp_budget *after = &plan->budget_after;
	struct memhp_finding *finding = finding_add(findings, &rule_movable_ratio);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = severity;
	text_copy(finding->subject, sizeof(finding->subject), "machine");
	if (after->ratio_percent >= 0) {
		finding_measure(finding, (uint64_t)after->ratio_percent, limit / 100, "percent");
		text_format(finding->message, sizeof(finding->message),
			    "Movable memory is then %lld %% of kernel memory, and the policy %s "
			    "%llu.%02llu %%",
			    (long long)after->ratio_percent,
			    severity == MEMHP_SEVERITY_DENY ? "allows" : "warns above",
			    (unsigned long long)limit / 100, (unsigned long long)limit % 100);
	} else {
		text_copy(finding->message, sizeof(finding->message),
			  "there is Movable memory and no kernel memory beside it");
	}
	advise(plan, finding);
	return 0;
}

/* Whether some block is onlined so that the ratio holds. */
static bool any_is_balanced(const struct memhp_plan *plan)
{
	const struct memhp_block *block;
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind != STEP_BLOCK || plan->steps[i].to != MEMHP_STATE_ONLINE)
			continue;
		block = snapshot_block(plan->predicted, plan->steps[i].block);
		if (block != NULL && plan_zone(plan, block) == MEMHP_ZONE_BALANCED)
			return true;
	}
	return false;
}

/* What makes it better is not refused; who asked for balance is told if there is none even so. */
static int add_unbalanced(const struct memhp_plan *plan, struct findings *findings)
{
	uint64_t limit = plan->policy.movable_ratio_deny;
	struct memhp_finding *finding = finding_add(findings, &rule_movable_ratio);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_WARN;
	text_copy(finding->subject, sizeof(finding->subject), "machine");
	finding_measure(finding, (uint64_t)MAX(plan->budget_after.ratio_percent, 0), limit / 100,
			"percent");
	text_format(
		finding->message, sizeof(finding->message),
		"with all of it in kernel zones Movable memory is still %lld %% of kernel memory, "
		"and the policy allows %llu.%02llu %%",
		(long long)plan->budget_after.ratio_percent, (unsigned long long)limit / 100,
		(unsigned long long)limit % 100);
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "take other memory out of Movable, or allow a higher movable-ratio-deny");
	return 0;
}

/* As the machine is, or if the plan brings anything into Movable: not known is not within the limit. */
static int add_unweighed(const struct memhp_plan *plan, struct findings *findings)
{
	struct brought brought = count_brought(plan);
	struct memhp_finding *finding;

	if (plan->request.options.operation != MEMHP_OPERATION_NONE &&
	    brought.fresh + brought.moved == 0)
		return 0;
	finding = finding_add(findings, &rule_movable_ratio);
	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_WARN;
	text_copy(finding->subject, sizeof(finding->subject), "machine");
	text_copy(finding->message, sizeof(finding->message),
		  "how much memory kernel zones and Movable have is not known, so their ratio is "
		  "not either");
	text_copy(finding->remedy, sizeof(finding->remedy), "see that /proc/zoneinfo can be read");
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_budget *after = &plan->budget_after;
	const struct policy *policy = &plan->policy;

	if (after->movable_bytes < 0 || after->kernel_bytes < 0)
		return add_unweighed(plan, findings);
	if (!is_worse(plan))
		return passes(after->movable_bytes, after->kernel_bytes,
			      policy->movable_ratio_deny) &&
				       any_is_balanced(plan) ?
			       add_unbalanced(plan, findings) :
			       0;
	if (passes(after->movable_bytes, after->kernel_bytes, policy->movable_ratio_deny))
		return add(plan, findings, MEMHP_SEVERITY_DENY, policy->movable_ratio_deny);
	if (passes(after->movable_bytes, after->kernel_bytes, policy->movable_ratio_warn))
		return add(plan, findings, MEMHP_SEVERITY_WARN, policy->movable_ratio_warn);
	return 0;
}

const struct rule rule_movable_ratio = {
	.name = "movable-ratio",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_BY_NAME,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE) | OPERATION_BIT(MEMHP_OPERATION_ONLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_OFFLINE) |
		      OPERATION_BIT(MEMHP_OPERATION_REMOVE),
	.summary = "too much Movable memory for the kernel memory beside it, after the plan",
	.check = check,
};
