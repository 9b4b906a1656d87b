/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a machine is not as its policy wants it. What memory should be is asked of the planner: what
 * `online --from-policy --move` would change is what is otherwise than it should be. Pure.
 */
#include <errno.h>
#include <string.h>

#include "event.h"

static void set_blocks(struct memhp_event *event, uint32_t first, uint32_t last)
{
	event->has_blocks = true;
	event->first_block = first;
	event->last_block = last;
}

static void set_device(struct memhp_event *event, const struct memhp_snapshot *snapshot,
		       uint16_t device)
{
	const char *name = snapshot_device_name(snapshot, device);

	text_copy(event->device, sizeof(event->device), name != NULL ? name : "");
}

static int add_change(struct memhp_events *events, const struct memhp_snapshot *predicted,
		      const struct memhp_change *change)
{
	const struct memhp_block *block = snapshot_block(predicted, change->first_block);
	struct memhp_event *event = event_add(events, MEMHP_EVENT_DRIFT);

	if (event == NULL)
		return -ENOMEM;
	set_blocks(event, change->first_block, change->last_block);
	if (block != NULL)
		set_device(event, predicted, block->device);
	text_copy(event->from, sizeof(event->from), memhp_state_to_string(change->from_state));
	text_copy(event->to, sizeof(event->to), memhp_state_to_string(change->to_state));
	event->from_zones = change->from_zones;
	event->to_zones = change->to_zones;
	return 0;
}

/* A target that cannot be planned for (a device that leaked, say) is as it is, and no drift. */
static int add_target(struct memhp_snapshot *snapshot, const struct policy *policy,
		      const char *target, struct memhp_events *events)
{
	static const struct lessons compared = { .use = PLAN_TO_COMPARE };
	const char *const targets[] = { target, NULL };
	const struct memhp_request request = {
		.struct_size = sizeof(request),
		.operation = MEMHP_OPERATION_ONLINE,
		.targets = targets,
		.flags = MEMHP_REQUEST_FROM_POLICY | MEMHP_REQUEST_MOVE,
	};
	struct memhp_plan *plan = NULL;
	struct memhp_error error;
	size_t i;
	int rc;

	error_clear(&error);
	rc = plan_new(snapshot, policy, &request, &compared, &error, &plan);
	for (i = 0; rc == 0 && i < plan->changes.count; i++)
		rc = add_change(events, plan->predicted, &plan->changes.items[i]);
	memhp_plan_unref(plan);
	return rc == -ENOMEM ? rc : 0;
}

static bool may_be_wanted(const struct memhp_device *device)
{
	return device->kind == MEMHP_DEVICE_DAX && device->driver != DRIVER_KMEM &&
	       device->size != 0 && !device->leaked;
}

/* What is online, and the policy keeps offline. */
static int add_kept(const struct memhp_snapshot *snapshot, const struct policy *policy,
		    struct memhp_events *events)
{
	struct memhp_event *event = NULL;
	uint16_t device = NO_DEVICE;
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];
		const struct policy_device *section;

		if (block->state != MEMHP_STATE_ONLINE)
			continue;
		section = policy_section_of_block(policy, snapshot, block);
		if (section == NULL || !section->keep_offline)
			continue;
		if (event != NULL && event->last_block + 1 == block->number &&
		    event->from_zones == block->zones && device == block->device) {
			event->last_block = block->number;
			continue;
		}
		event = event_add(events, MEMHP_EVENT_DRIFT);
		if (event == NULL)
			return -ENOMEM;
		set_blocks(event, block->number, block->number);
		set_device(event, snapshot, block->device);
		device = block->device;
		event->from_zones = block->zones;
		text_copy(event->from, sizeof(event->from),
			  memhp_state_to_string(MEMHP_STATE_ONLINE));
		text_copy(event->to, sizeof(event->to), memhp_state_to_string(MEMHP_STATE_OFFLINE));
	}
	return 0;
}

static int add_word(const struct memhp_snapshot *snapshot, const struct policy *policy,
		    struct memhp_events *events)
{
	enum online_word is = snapshot->machine.auto_online, wanted = policy->auto_online;
	struct memhp_event *event;

	if (wanted == WORD_UNKNOWN || is == WORD_UNKNOWN || is == wanted)
		return 0;
	event = event_add(events, MEMHP_EVENT_DRIFT);
	if (event == NULL)
		return -ENOMEM;
	text_copy(event->from, sizeof(event->from), online_word_name(is));
	text_copy(event->to, sizeof(event->to), online_word_name(wanted));
	return 0;
}

int plan_drift(struct memhp_snapshot *snapshot, const struct policy *policy,
	       struct memhp_events *events)
{
	int rc = add_word(snapshot, policy, events);
	size_t i;

	if (rc < 0 || policy->device_count == 0)
		return rc;
	rc = add_kept(snapshot, policy, events);
	if (rc == 0)
		rc = add_target(snapshot, policy, "all", events);
	for (i = 0; rc == 0 && i < snapshot->device_count; i++) {
		if (may_be_wanted(&snapshot->devices[i]))
			rc = add_target(snapshot, policy, snapshot->devices[i].name, events);
	}
	return rc;
}

static bool are_alike(const struct memhp_event *a, const struct memhp_event *b)
{
	return a->what == b->what && a->has_blocks == b->has_blocks &&
	       a->first_block == b->first_block && a->last_block == b->last_block &&
	       a->from_zones == b->from_zones && a->to_zones == b->to_zones &&
	       strcmp(a->device, b->device) == 0 && strcmp(a->from, b->from) == 0 &&
	       strcmp(a->to, b->to) == 0;
}

void events_without(struct memhp_events *events, const struct memhp_events *others)
{
	size_t i, j, kept = 0;

	for (i = 0; i < events->count; i++) {
		for (j = 0; j < others->count; j++) {
			if (are_alike(&events->items[i], &others->items[j]))
				break;
		}
		if (j == others->count)
			events->items[kept++] = events->items[i];
	}
	events->count = kept;
}
