/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of the manual, held against what a request comes to. What is found of blocks is marked on the
 * blocks, all else is a list.
 */
#include "model.h"

#include <stdio.h>
#include <string.h>

const char *const rule_names[RULES] = {
	[ZONE_ALLOWED] = "zone-allowed",
	[MOVABLE_RATIO] = "movable-ratio",
	[KERNEL_HEADROOM] = "kernel-headroom",
	[BOOT_MEMORY] = "boot-memory",
	[BLOCK_INTEGRITY] = "block-integrity",
	[OWNER] = "owner",
	[GRANULARITY] = "granularity",
	[MEMMAP_HOST] = "memmap-host",
	[CAPACITY] = "capacity",
	[MEMMAP_PLACEMENT] = "memmap-placement",
	[PERMANENT] = "permanent",
	[GIGANTIC_PAGES] = "gigantic-pages",
	[AUTO_ONLINE] = "auto-online",
	[HWPOISON] = "hwpoison",
	[KDUMP] = "kdump",
	[KEEP_OFFLINE] = "keep-offline",
};

/* As the manual's table has them. */
static const enum severity usual[RULES] = {
	[ZONE_ALLOWED] = DENY,	   [MOVABLE_RATIO] = DENY,   [KERNEL_HEADROOM] = DENY,
	[BOOT_MEMORY] = DENY,	   [BLOCK_INTEGRITY] = DENY, [OWNER] = DENY,
	[GRANULARITY] = DENY,	   [MEMMAP_HOST] = DENY,     [CAPACITY] = DENY,
	[MEMMAP_PLACEMENT] = WARN, [PERMANENT] = WARN,	     [GIGANTIC_PAGES] = INFO,
	[AUTO_ONLINE] = WARN,	   [HWPOISON] = DENY,	     [KDUMP] = INFO,
	[KEEP_OFFLINE] = DENY,
};

struct court {
	const struct policy *policy;
	const struct request *request;
	struct outcome *outcome;
};

/* ---- severities ---- */

static bool is_forced(const struct court *court, enum rule rule)
{
	return rule == BOOT_MEMORY ? court->request->boot_memory : court->request->force[rule];
}

/* What the policy makes of a severity, and the request of that. */
static enum severity settle(const struct court *court, enum rule rule, enum severity severity,
			    bool *forced)
{
	enum severity wanted = court->policy->severities[rule];

	if (wanted != AS_USUAL && (severity == usual[rule] || severity > wanted))
		severity = wanted;
	*forced = severity == DENY && is_forced(court, rule);
	if (*forced)
		severity = WARN;
	if (severity > court->outcome->verdict && severity >= WARN)
		court->outcome->verdict = severity;
	return severity;
}

static void mark(const struct court *court, enum rule rule, int number, enum severity severity)
{
	bool forced;

	court->outcome->marks[rule][number] = settle(court, rule, severity, &forced);
	court->outcome->marks_forced[rule][number] = forced;
}

static struct finding *find(const struct court *court, enum rule rule, enum severity severity,
			    const char *subject, uint64_t measured, uint64_t limit)
{
	struct finding *finding = &court->outcome->findings[court->outcome->finding_count];
	bool forced;

	severity = settle(court, rule, severity, &forced);
	*finding = (struct finding){ .rule = rule,
				     .severity = severity,
				     .forced = forced,
				     .measured = measured,
				     .limit = limit };
	snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
	if (severity != OFF)
		court->outcome->finding_count++;
	return finding;
}

static void name_run(char *text, size_t size, int first, int last)
{
	if (first == last)
		snprintf(text, size, "memory%d", first);
	else
		snprintf(text, size, "memory%d-%d", first, last);
}

static void tell_left_out(const struct court *court, enum rule rule)
{
	char subject[32];

	if (court->outcome->left_out[rule].count == 0)
		return;
	name_run(subject, sizeof(subject), court->outcome->left_out[rule].first,
		 court->outcome->left_out[rule].last);
	find(court, rule, INFO, subject, court->outcome->left_out[rule].count, 0)->left_out = true;
}

/* ---- memory ---- */

static bool passes(int64_t movable, int64_t kernel, uint64_t limit)
{
	return (__int128)movable * 10000 > (__int128)kernel * limit;
}

static bool any_balanced(const struct court *court)
{
	for (size_t i = 0; i < court->outcome->step_count; i++) {
		const struct step *step = &court->outcome->steps[i];

		if (step->kind == STEP_ONLINE_ &&
		    zone_asked(court->policy, court->request, step->block,
			       court->outcome->after.blocks[step->block].device) == ZONE_BALANCED_)
			return true;
	}
	return false;
}

/* Holds what makes it worse; and tells who asked for balance that there is none. */
static bool any_to_movable(const struct outcome *outcome)
{
	for (int i = 0; i < BLOCKS; i++) {
		if ((outcome->after.blocks[i].zones & BIT(MOVABLE)) != 0 &&
		    (outcome->before.blocks[i].zones & BIT(MOVABLE)) == 0)
			return true;
	}
	return false;
}

static void judge_ratio(const struct court *court)
{
	const struct budget *before = &court->outcome->budget_before;
	const struct budget *after = &court->outcome->budget_after;
	bool worse = (__int128)after->movable * before->kernel >
		     (__int128)before->movable * after->kernel;
	uint64_t percent = after->ratio < 0 ? 0 : (uint64_t)after->ratio;
	bool deny, warn;

	if (after->kernel < 0) {
		if (any_to_movable(court->outcome))
			find(court, MOVABLE_RATIO, WARN, "machine", 0, 0);
		return;
	}
	if (after->kernel == 0)
		worse = after->movable > before->movable || before->kernel > 0;
	deny = passes(after->movable, after->kernel, court->policy->deny);
	warn = passes(after->movable, after->kernel, court->policy->warn);
	if (!worse && deny && any_balanced(court)) {
		find(court, MOVABLE_RATIO, WARN, "machine", percent, court->policy->deny / 100);
		return;
	}
	if (!worse || !(deny || warn))
		return;
	find(court, MOVABLE_RATIO, deny ? DENY : WARN, "machine", percent,
	     after->ratio < 0 ? 0 : (deny ? court->policy->deny : court->policy->warn) / 100);
}

static void judge_headroom(const struct court *court)
{
	if (court->outcome->unweighed > 0)
		find(court, KERNEL_HEADROOM, WARN, "machine", 0, 0);
	for (size_t i = 0; i < court->outcome->need_count; i++) {
		const struct need *need = &court->outcome->needs[i];

		if (need->bytes > need->room)
			find(court, KERNEL_HEADROOM, DENY,
			     court->outcome->before.devices[need->device].name, need->bytes,
			     need->room);
	}
}

static void judge_capacity(const struct court *court)
{
	char subject[32];

	for (size_t i = 0; i < court->outcome->displacement_count; i++) {
		const struct displacement *displacement = &court->outcome->displacements[i];

		if (displacement->bytes <= displacement->room)
			continue;
		name_run(subject, sizeof(subject), displacement->first, displacement->last);
		find(court, CAPACITY, DENY, subject, displacement->bytes, displacement->room);
	}
}

/* ---- what goes offline ---- */

static void judge_offlined(const struct court *court, const struct step *step)
{
	const struct block *block = &court->outcome->before.blocks[step->block];

	if (block->state == ABSENT)
		return;
	if (block->origin == FROM_BOOT || block->origin == FROM_UNKNOWN)
		mark(court, BOOT_MEMORY, step->block, DENY);
	if ((block->zones & SEVERAL_ZONES) != 0 || block->other_node >= 0 || block->holes ||
	    block->pmem)
		mark(court, BLOCK_INTEGRITY, step->block, DENY);
	if (block->origin == FROM_VIRTIO)
		mark(court, OWNER, step->block, DENY);
}

/* What a device's struct pages were taken from is known where one kind of memory alone can hold them. */
static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void judge_host_of(const struct court *court, int later)
{
	const struct world *world = &court->outcome->before;
	int node = host_node(world, later), first = BLOCKS, last = -1;
	uint64_t counted, pages = pages_of_blocks(world, later, &counted), used = 0;
	uint64_t size = block_pages(world), left = 0, left_earlier = 0;
	char subject[32];

	if (world->devices[later].driver != KMEM || pages == 0 || node < 0)
		return;
	for (int i = 0; i < BLOCKS; i++) {
		left += in_kernel_zone(world, i, node) ? size : 0;
		left_earlier += in_kernel_zone(world, i, node) && world->blocks[i].device >= 0 &&
						world->blocks[i].device < later ?
					size :
					0;
	}
	for (int index = DMA; world->zones_known && index < MOVABLE; index++) {
		const struct zone_counts *zone = &world->nodes[node].zones[index];
		uint64_t idle = zone->free + zone->at_hand + zone->file + zone->programs;

		used += zone->managed > idle ? zone->managed - idle : 0;
	}
	if (used < pages)
		return;
	for (size_t i = 0; i < court->outcome->step_count; i++) {
		const struct step *step = &court->outcome->steps[i];

		if (step->kind == STEP_UNBIND_ && step->device == later)
			break;
		if (step->kind != STEP_OFFLINE_ || !in_kernel_zone(world, step->block, node))
			continue;
		left -= least(left, size);
		if (world->blocks[step->block].device < 0 ||
		    world->blocks[step->block].device >= later)
			continue;
		left_earlier -= least(left_earlier, size);
		first = step->block < first ? step->block : first;
		last = step->block > last ? step->block : last;
	}
	if (left_earlier >= pages || last < 0)
		return;
	name_run(subject, sizeof(subject), first, last);
	/* Its own blocks hold other things, if at all. */
	find(court, MEMMAP_HOST, left < pages ? DENY : WARN, subject, pages * world->page_size, 0);
}

static void judge_poison(const struct court *court)
{
	for (int node = 0; node < NODES; node++) {
		int first = BLOCKS, last = -1;
		char subject[32];

		for (size_t i = 0; i < court->outcome->step_count; i++) {
			const struct step *step = &court->outcome->steps[i];

			if (step->kind != STEP_OFFLINE_ ||
			    court->outcome->before.blocks[step->block].state == ABSENT ||
			    court->outcome->before.blocks[step->block].node != node)
				continue;
			first = step->block < first ? step->block : first;
			last = step->block > last ? step->block : last;
		}
		if (last < 0 || court->outcome->before.nodes[node].poisoned <= 0)
			continue;
		name_run(subject, sizeof(subject), first, last);
		find(court, HWPOISON, WARN, subject,
		     (uint64_t)court->outcome->before.nodes[node].poisoned, 0);
	}
}

static void judge_gigantic(const struct court *court)
{
	const struct world *before = &court->outcome->before, *after = &court->outcome->after;
	int pages = 0;

	for (int i = 0; i < NODES; i++)
		pages += before->nodes[i].exists && before->nodes[i].gigantic > 0 ?
				 before->nodes[i].gigantic :
				 0;
	for (size_t i = 0; pages > 0 && i < court->outcome->step_count; i++) {
		const struct step *step = &court->outcome->steps[i];
		const struct block *block;

		if (step->kind == STEP_OFFLINE_) {
			block = &before->blocks[step->block];
			if (block->state != ABSENT && block->node >= 0 &&
			    before->nodes[block->node].gigantic > 0)
				mark(court, GIGANTIC_PAGES, step->block, INFO);
		} else if (step->kind == STEP_ONLINE_) {
			block = &after->blocks[step->block];
			if ((on_itself(after, step->block) == YES &&
			     before->block_size < UINT64_C(2) << 30) ||
			    (block->zones == BIT(MOVABLE) && before->movable_gigantic != YES))
				mark(court, GIGANTIC_PAGES, step->block, INFO);
		}
	}
}

/* ---- what comes online ---- */

static void judge_onlined(const struct court *court, const struct step *step)
{
	const struct block *block = &court->outcome->after.blocks[step->block];

	if ((step->zones & KERNEL_ZONES) != 0 && block->state != ABSENT &&
	    (block->origin == FROM_KMEM || block->origin == FROM_ACPI))
		mark(court, PERMANENT, step->block, WARN);
	if (block->state != ABSENT && keeps_offline(court->policy, step->block, block->device))
		mark(court, KEEP_OFFLINE, step->block, DENY);
}

/* Where the kernel's own word puts memory that comes at the next boot. */
static unsigned int by_itself(const struct world *world)
{
	if (world->auto_online == MOVABLE_WORD)
		return BIT(MOVABLE);
	if (world->auto_online == KERNEL_WORD)
		return BIT(NORMAL);
	if (world->auto_movable || world->movable_node == UNKNOWN)
		return BIT(NORMAL) | BIT(MOVABLE);
	return world->movable_node == YES ? BIT(MOVABLE) : BIT(NORMAL);
}

static void judge_auto_online(const struct court *court)
{
	const struct world *world = &court->outcome->before, *after = &court->outcome->after;

	if (world->auto_online == OFFLINE_WORD || world->auto_online == WORD_NONE)
		return;
	for (int i = 0; i < (int)world->device_count; i++) {
		unsigned int wanted = 0;
		bool onlined = false;

		if (world->devices[i].kind != DAX || needs_id(&world->devices[i], KMEM))
			continue;
		for (size_t j = 0; j < court->outcome->step_count; j++)
			onlined |= court->outcome->steps[j].kind == STEP_ONLINE_ &&
				   court->outcome->steps[j].device == i;
		for (int j = 0; j < BLOCKS; j++)
			wanted |= after->blocks[j].state != ABSENT && after->blocks[j].device == i ?
					  after->blocks[j].zones :
					  0;
		if (onlined && wanted != 0 && (wanted & by_itself(world)) == 0)
			find(court, AUTO_ONLINE, INFO, world->devices[i].name, 0, 0);
	}
}

static void judge_placement_of(const struct court *court, int index)
{
	const struct world *world = &court->outcome->before;
	const struct device *device = &world->devices[index];
	enum memmap_choice choice = memmap_asked(court->policy, court->request, world, index);
	bool added = device->driver != KMEM, asked = court->request->memmap != MEMMAP_UNSET;
	bool can = would_describe_itself(world, device, true) == YES, is;
	uint64_t counted, pages;

	for (size_t i = 0; i < court->outcome->step_count; i++)
		added |= court->outcome->steps[i].kind == STEP_BIND_ &&
			 court->outcome->steps[i].device == index &&
			 court->outcome->steps[i].driver == KMEM;
	if (device->kind != DAX || (choice != MEMMAP_ON_ && choice != MEMMAP_OFF_))
		return;
	if (added) {
		if (choice == MEMMAP_ON_ && !can)
			find(court, MEMMAP_PLACEMENT, WARN, device->name, 0, 0);
		return;
	}
	pages = pages_of_blocks(world, index, &counted);
	is = pages == 0;
	if (counted == 0 || is == (choice == MEMMAP_ON_))
		return;
	if (choice == MEMMAP_ON_ && !can)
		find(court, MEMMAP_PLACEMENT, WARN, device->name, 0, 0);
	else
		find(court, MEMMAP_PLACEMENT, asked ? DENY : WARN, device->name, 0, 0);
}

static void judge_placement(const struct court *court)
{
	const struct world *world = &court->outcome->before;
	bool judged[DEVICES] = { false };

	for (size_t i = 0; i < court->request->target_count; i++) {
		const struct target *target = &court->request->targets[i];

		for (int j = 0; j < (int)world->device_count; j++) {
			bool in = target->kind == 'd' ?
					  target->first == j :
					  target->kind == 'a' && world->devices[j].kind == DAX &&
						  world->devices[j].driver == KMEM;

			if (!in || judged[j])
				continue;
			judged[j] = true;
			judge_placement_of(court, j);
		}
	}
}

/* ---- all of it ---- */

/* What was moved to another zone is where it was. */
static bool any_change(const struct outcome *outcome)
{
	for (int i = 0; i < BLOCKS; i++) {
		if (outcome->before.blocks[i].state != outcome->after.blocks[i].state)
			return true;
	}
	return false;
}

/* Where balance has something to do, what it leaves in kernel zones stays there as well. */
static void judge_balanced(const struct court *court)
{
	const struct outcome *outcome = court->outcome;

	for (int i = 0; outcome->step_count > 0 && i < BLOCKS; i++) {
		const struct block *was = &outcome->before.blocks[i],
				   *is = &outcome->after.blocks[i];
		bool kernel = was->state == ONLINE && is->state == ONLINE &&
			      (was->zones & KERNEL_ZONES) != 0 && (is->zones & KERNEL_ZONES) != 0 &&
			      ((was->zones | is->zones) & BIT(MOVABLE)) == 0;

		if (kernel && (is->origin == FROM_KMEM || is->origin == FROM_ACPI) &&
		    outcome->named[i] &&
		    zone_asked(court->policy, court->request, i, is->device) == ZONE_BALANCED_)
			mark(court, PERMANENT, i, WARN);
	}
}

static void judge_steps(const struct court *court)
{
	for (size_t i = 0; i < court->outcome->step_count; i++) {
		if (court->outcome->steps[i].kind == STEP_OFFLINE_)
			judge_offlined(court, &court->outcome->steps[i]);
		else if (court->outcome->steps[i].kind == STEP_ONLINE_)
			judge_onlined(court, &court->outcome->steps[i]);
	}
	for (int i = 0; i < BLOCKS; i++) {
		if (court->outcome->refused[i] != OFF)
			mark(court, ZONE_ALLOWED, i, court->outcome->refused[i]);
		if (court->outcome->part[i])
			mark(court, GRANULARITY, i, DENY);
	}
}

void model_judge(const struct policy *policy, const struct request *request,
		 struct outcome *outcome)
{
	const struct court court = { policy, request, outcome };
	const struct world *world = &outcome->before;

	judge_steps(&court);
	judge_ratio(&court);
	judge_headroom(&court);
	if (request->operation != ADD) {
		judge_capacity(&court);
		for (int i = 0; i < (int)world->device_count; i++)
			judge_host_of(&court, i);
		tell_left_out(&court, BOOT_MEMORY);
		tell_left_out(&court, OWNER);
		judge_gigantic(&court);
	}
	if (request->operation == ADD || request->operation == ONLINE_)
		judge_placement(&court);
	if (request->operation == ONLINE_) {
		judge_balanced(&court);
		judge_auto_online(&court);
		tell_left_out(&court, KEEP_OFFLINE);
	}
	if (request->operation == ONLINE_ || request->operation == OFFLINE_)
		judge_poison(&court);
	if (any_change(outcome) && world->crash_loaded == YES && world->crash_hotplug != YES)
		find(&court, KDUMP, INFO, "crash-kernel", 0, 0);
}
