/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What whoever has to agree to a plan wants to know besides its steps: why there is anything to do, and how
 * long it will take. Worked out from runs of blocks, so that it is short for any machine. How it is undone is
 * in plan-story-undo.c. Pure.
 */
#include "plan-story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memmap.h"
#include "rule.h"

/* ---- lists of texts ---- */

int texts_add(struct texts *texts, const char *text)
{
	if (array_reserve(&texts->items, texts->count, &texts->capacity, sizeof(*texts->items)) < 0)
		return -ENOMEM;
	texts->items[texts->count] = strdup(text);
	return texts->items[texts->count] == NULL ? -ENOMEM : ((void)texts->count++, 0);
}

void texts_clear(struct texts *texts)
{
	while (texts->count > 0)
		free(texts->items[--texts->count]);
	free(texts->items);
	*texts = (struct texts){ .items = NULL };
}

/* ---- changes ---- */

static uint64_t count_of(const struct memhp_change *change)
{
	return UINT64_C(1) + change->last_block - change->first_block;
}

/* The device that a change is about, by its first block. */
static const char *device_of(const struct memhp_plan *plan, const struct memhp_change *change)
{
	const struct memhp_block *block = snapshot_block(plan->before, change->first_block);

	if (block == NULL)
		block = snapshot_block(plan->predicted, change->first_block);
	return block != NULL ? snapshot_device_name(plan->before, block->device) : NULL;
}

/* ---- why ---- */

/* How a block is; of one that is not there, ABSENT says so. */
static void name_place(uint8_t state, zone_set zones, const char *absent, char *text, size_t size)
{
	char names[IO_NAME_MAX];

	if (state != MEMHP_STATE_ONLINE) {
		text_copy(text, size,
			  state == MEMHP_STATE_ABSENT ? absent : memhp_state_to_string(state));
		return;
	}
	zones_to_text(zones, '/', names, sizeof(names));
	text_format(text, size, "online in %s", zones == ZONE_SPANS ? "several zones" : names);
}

/* Blocks of one device that are alike, and to be alike. */
struct reason {
	const char *device;
	struct memhp_change change; /* of which first_block and last_block do not count */
	uint64_t count;
};

struct reasons {
	struct reason *items;
	size_t count;
	size_t capacity;
};

static bool are_alike(const struct memhp_change *a, const struct memhp_change *b)
{
	return a->from_state == b->from_state && a->from_zones == b->from_zones &&
	       a->to_state == b->to_state && a->to_zones == b->to_zones;
}

static int collect_reason(const struct memhp_plan *plan, const struct memhp_change *change,
			  struct reasons *reasons)
{
	const char *device = device_of(plan, change);
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		if (reasons->items[i].device == device &&
		    are_alike(&reasons->items[i].change, change)) {
			reasons->items[i].count += count_of(change);
			return 0;
		}
	}
	if (array_reserve(&reasons->items, reasons->count, &reasons->capacity,
			  sizeof(*reasons->items)) < 0)
		return -ENOMEM;
	reasons->items[reasons->count++] =
		(struct reason){ .device = device, .change = *change, .count = count_of(change) };
	return 0;
}

static int explain_reason(struct memhp_plan *plan, const struct reason *reason)
{
	const struct memhp_change *change = &reason->change;
	char bytes[32], before[IO_NAME_MAX + 32], after[IO_NAME_MAX + 32], text[256];
	bool one = reason->count == 1;

	size_to_text(reason->count * plan->before->machine.block_size, bytes, sizeof(bytes));
	name_place(change->from_state, change->from_zones, "not used by the kernel", before,
		   sizeof(before));
	name_place(change->to_state, change->to_zones, "taken out of the kernel", after,
		   sizeof(after));
	text_format(text, sizeof(text), "%llu block%s%s%s (%s) %s %s, and %s to be %s",
		    (unsigned long long)reason->count, one ? "" : "s",
		    reason->device != NULL ? " of " : "",
		    reason->device != NULL ? reason->device : "", bytes, one ? "is" : "are", before,
		    one ? "is" : "are", after);
	return texts_add(&plan->story.reasons, text);
}

static int explain_changes(struct memhp_plan *plan)
{
	struct reasons reasons = { .items = NULL };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->changes.count; i++)
		rc = collect_reason(plan, &plan->changes.items[i], &reasons);
	for (i = 0; rc == 0 && i < reasons.count; i++)
		rc = explain_reason(plan, &reasons.items[i]);
	free(reasons.items);
	return rc;
}

static const struct policy_value *policy_value_of(const struct policy *policy, const char *section,
						  const char *key)
{
	size_t i;

	for (i = 0; i < policy->value_count; i++) {
		if (strcmp(policy->values[i].section, section) == 0 &&
		    strcmp(policy->values[i].key, key) == 0)
			return &policy->values[i];
	}
	return NULL;
}

static int explain_value(struct memhp_plan *plan, const char *subject, const char *section,
			 enum memhp_zone_choice zone)
{
	const struct policy_value *value = policy_value_of(&plan->policy, section, "zone");
	const char *word = memhp_zone_choice_to_string(zone);
	char text[256];

	if (value == NULL || value->origin.file == NULL)
		text_format(text, sizeof(text), "%s%szone %s is what the policy says by default",
			    subject, subject[0] != '\0' ? ": " : "", word);
	else
		text_format(text, sizeof(text),
			    "%s%szone %s is what the policy says, [%s] at %s:%u", subject,
			    subject[0] != '\0' ? ": " : "", word, section, value->origin.file,
			    value->origin.line);
	return texts_add(&plan->story.reasons, text);
}

static bool is_onlined(const struct memhp_plan *plan, uint16_t device)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == STEP_BLOCK && plan->steps[i].device == device &&
		    plan->steps[i].to == MEMHP_STATE_ONLINE)
			return true;
	}
	return false;
}

/* Who wants that zone: the request, sections of the policy, or [policy]. */
static int explain_zone(struct memhp_plan *plan)
{
	const struct memhp_snapshot *snapshot = plan->before;
	bool rest = false;
	size_t i;
	int rc = 0;

	if (plan->request.zone_asked)
		return 0;
	for (i = 0; rc == 0 && i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];
		const struct policy_device *section =
			policy_section_of_device(&plan->policy, snapshot, device);

		if (!is_onlined(plan, (uint16_t)i))
			continue;
		if (section != NULL && section->zone != MEMHP_ZONE_UNSET)
			rc = explain_value(plan, device->name, section->section, section->zone);
		else
			rest = true;
	}
	rest |= is_onlined(plan, NO_DEVICE);
	return rc == 0 && rest ? explain_value(plan, "", POLICY_SECTION, plan->policy.zone) : rc;
}

/* Struct pages that describe a device's memory though nobody uses it, in kernel zones. */
static uint64_t idle_pages(const struct memhp_plan *plan, uint16_t index)
{
	const struct memhp_snapshot *snapshot = plan->before;
	const struct memhp_device *device = &snapshot->devices[index];
	uint64_t offline = 0, all = 0;
	size_t i;

	if (device->driver == DRIVER_DEVICE_DAX)
		return memmap_of_driver(snapshot, device, DRIVER_DEVICE_DAX).pages;
	for (i = 0; i < snapshot->block_count; i++) {
		all += snapshot->blocks[i].device == index;
		offline += snapshot->blocks[i].device == index &&
			   snapshot->blocks[i].state == MEMHP_STATE_OFFLINE;
	}
	return all == 0 ? 0 : memmap_of_blocks(snapshot, index).pages * offline / all;
}

/* What it comes to if all is left as it is: said of each device that a proposal brings online. */
static int explain_leaving(struct memhp_plan *plan)
{
	char unused[32], idle[32], text[256];
	uint64_t blocks, pages;
	uint16_t index;
	size_t i;
	int rc = 0;

	if (plan->request.options.operation != MEMHP_OPERATION_PLACE)
		return 0;
	for (index = 0; rc == 0 && index < plan->before->device_count; index++) {
		for (i = 0, blocks = 0; i < plan->step_count; i++)
			blocks +=
				plan->steps[i].kind == STEP_BLOCK && plan->steps[i].device == index;
		if (blocks == 0)
			continue;
		pages = idle_pages(plan, index) * plan->before->machine.page_size;
		size_to_text(blocks * plan->before->machine.block_size, unused, sizeof(unused));
		size_to_text(pages, idle, sizeof(idle));
		text_format(text, sizeof(text), "left as it is, %s of %s stay unused%s%s%s", unused,
			    plan->before->devices[index].name, pages > 0 ? ", and " : "",
			    pages > 0 ? idle : "",
			    pages > 0 ? " of kernel memory describe it for nothing" : "");
		rc = texts_add(&plan->story.reasons, text);
	}
	return rc;
}

static int explain(struct memhp_plan *plan)
{
	int rc = explain_changes(plan);

	if (rc == 0)
		rc = explain_zone(plan);
	return rc == 0 ? explain_leaving(plan) : rc;
}

/* ---- how long ---- */

/*
 * Milliseconds, about what a server of today takes for blocks of 128 MiB; a guest without help from its
 * host takes ten times that. Bytes that must move are counted apart, at 1 GiB a second.
 */
static const unsigned int costs[STEP_KIND_COUNT] = {
	[STEP_AUTO_ONLINE] = 1, [STEP_LOAD_MODULE] = 200, [STEP_MEMMAP] = 1,
	[STEP_UNBIND] = 100,	[STEP_GIVE_ID] = 1,	  [STEP_BIND] = 100,
	[STEP_TAKE_ID] = 1,	[STEP_WAIT_BLOCKS] = 0,	  [STEP_BLOCK] = 5,
	[STEP_WAIT_GONE] = 0,	[STEP_CREATE] = 5,	  [STEP_ALIGN] = 1,
	[STEP_SIZE] = 5,	[STEP_DELETE] = 5,
};
#define USUAL_BLOCK (UINT64_C(128) << 20)
#define BYTES_PER_MILLISECOND (UINT64_C(1) << 20)

static double estimate(const struct memhp_plan *plan)
{
	uint64_t block_size = plan->before->machine.block_size;
	double blocks = block_size > USUAL_BLOCK ? (double)block_size / (double)USUAL_BLOCK : 1;
	double milliseconds = 0;
	size_t i;

	for (i = 0; i < plan->step_count; i++)
		milliseconds += plan->steps[i].kind == STEP_BLOCK ? costs[STEP_BLOCK] * blocks :
								    costs[plan->steps[i].kind];
	/* Describing memory, and making its directories. */
	for (i = 0; i < plan->changes.count; i++) {
		const struct memhp_change *change = &plan->changes.items[i];

		if ((change->from_state == MEMHP_STATE_ABSENT) !=
		    (change->to_state == MEMHP_STATE_ABSENT))
			milliseconds += (double)count_of(change) * blocks;
	}
	for (i = 0; i < plan->displacement_count; i++)
		milliseconds += (double)plan->displacements[i].bytes / BYTES_PER_MILLISECOND;
	return milliseconds / 1000;
}

int plan_tell(struct memhp_plan *plan)
{
	int rc = explain(plan);

	if (rc == 0)
		rc = plan_tell_undo(plan);
	if (rc == 0)
		rc = plan_tell_geometry(plan);
	plan->story.seconds = estimate(plan);
	return rc;
}
