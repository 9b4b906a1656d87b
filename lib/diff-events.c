/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two snapshots as a list of what happened between them: blocks that came, went and changed their zone,
 * devices, their drivers, the auto-online word. Makes of each change the steps that the kernel knows: a
 * block changes its zone by going offline and coming online again. Pure.
 */
#include <errno.h>
#include <string.h>

#include "event.h"

void events_clear(struct memhp_events *events)
{
	free(events->items);
	*events = (struct memhp_events){ .items = NULL };
}

struct memhp_event *event_add(struct memhp_events *events, enum memhp_event_kind what)
{
	struct memhp_event *event;

	if (array_reserve(&events->items, events->count, &events->capacity,
			  sizeof(*events->items)) < 0)
		return NULL;
	event = &events->items[events->count++];
	*event = (struct memhp_event){ .what = (uint8_t)what };
	return event;
}

int events_append(struct memhp_events *events, const struct memhp_events *more)
{
	size_t i, before = events->count;

	for (i = 0; i < more->count; i++) {
		struct memhp_event *event = event_add(events, more->items[i].what);

		if (event == NULL) {
			events->count = before;
			return -ENOMEM;
		}
		*event = more->items[i];
	}
	return 0;
}

/* ------------------------------------------------------------------------------------- blocks */

/* One block on its way from a state to the next. */
struct move {
	uint32_t number;
	const char *device;
	enum memhp_state from, to;
	zone_set from_zones, to_zones;
};

static bool continues(const struct memhp_event *event, enum memhp_event_kind what,
		      const struct move *move)
{
	return event->what == what && event->last_block + 1 == move->number &&
	       event->from_zones == move->from_zones && event->to_zones == move->to_zones &&
	       strcmp(event->from, memhp_state_to_string(move->from)) == 0 &&
	       strcmp(event->device, move->device) == 0;
}

/* Of each kind, the runs stand in the order of their blocks, so the last of its kind is the one to go on. */
static int add_move(struct memhp_events *events, enum memhp_event_kind what,
		    const struct move *move, bool each)
{
	struct memhp_event *event = NULL;
	size_t i;

	for (i = each ? 0 : events->count; i > 0 && event == NULL; i--) {
		if (events->items[i - 1].what == what)
			event = &events->items[i - 1];
	}
	if (event != NULL && continues(event, what, move)) {
		event->last_block = move->number;
		return 0;
	}
	event = event_add(events, what);
	if (event == NULL)
		return -ENOMEM;
	event->has_blocks = true;
	event->first_block = move->number;
	event->last_block = move->number;
	event->from_zones = move->from_zones;
	event->to_zones = move->to_zones;
	text_copy(event->device, sizeof(event->device), move->device);
	text_copy(event->from, sizeof(event->from), memhp_state_to_string(move->from));
	text_copy(event->to, sizeof(event->to), memhp_state_to_string(move->to));
	return 0;
}

static int add_online(struct memhp_events *events, struct move move, bool each)
{
	int rc = 0;

	if (move.from == MEMHP_STATE_ABSENT) {
		const struct move added = { .number = move.number,
					    .device = move.device,
					    .from = MEMHP_STATE_ABSENT,
					    .to = MEMHP_STATE_OFFLINE };

		rc = add_move(events, MEMHP_EVENT_ADDED, &added, each);
	} else if (move.from == MEMHP_STATE_ONLINE) {
		const struct move offline = { move.number,	  move.device,
					      MEMHP_STATE_ONLINE, MEMHP_STATE_OFFLINE,
					      move.from_zones,	  ZONES_NONE };

		rc = add_move(events, MEMHP_EVENT_OFFLINE, &offline, each);
	}
	if (move.from == MEMHP_STATE_ABSENT || move.from == MEMHP_STATE_ONLINE) {
		move.from = MEMHP_STATE_OFFLINE;
		move.from_zones = ZONES_NONE;
	}
	return rc == 0 ? add_move(events, MEMHP_EVENT_ONLINE, &move, each) : rc;
}

static int add_removed(struct memhp_events *events, struct move move, bool each)
{
	int rc = 0;

	if (move.from != MEMHP_STATE_OFFLINE && move.from != MEMHP_STATE_UNKNOWN) {
		struct move offline = move;

		offline.to = MEMHP_STATE_OFFLINE;
		rc = add_move(events, MEMHP_EVENT_OFFLINE, &offline, each);
		move.from = MEMHP_STATE_OFFLINE;
		move.from_zones = ZONES_NONE;
	}
	return rc == 0 ? add_move(events, MEMHP_EVENT_REMOVED, &move, each) : rc;
}

/* What is on its way, or cannot be read at the moment, has not got anywhere. */
static int add_block(struct memhp_events *events, const struct move *move, bool each)
{
	switch (move->to) {
	case MEMHP_STATE_ONLINE:
		if (move->from == MEMHP_STATE_GOING_OFFLINE)
			return 0;
		return add_online(events, *move, each);
	case MEMHP_STATE_OFFLINE:
		return add_move(events,
				move->from == MEMHP_STATE_ABSENT ? MEMHP_EVENT_ADDED :
								   MEMHP_EVENT_OFFLINE,
				move, each);
	case MEMHP_STATE_ABSENT:
		return add_removed(events, *move, each);
	default:
		return 0;
	}
}

/* The device that a block belongs to, or did. */
static const char *device_of(const struct memhp_snapshot *before,
			     const struct memhp_snapshot *after, uint32_t number)
{
	const struct memhp_block *now = snapshot_block(after, number);
	const struct memhp_block *then = snapshot_block(before, number);
	const char *name = NULL;

	if (now != NULL)
		name = snapshot_device_name(after, now->device);
	if (name == NULL && then != NULL)
		name = snapshot_device_name(before, then->device);
	return name != NULL ? name : "";
}

static int add_blocks(const struct memhp_snapshot *before, const struct memhp_snapshot *after,
		      bool each, struct memhp_events *events)
{
	struct changes changes = { .items = NULL };
	int rc = diff(before, after, &changes);
	size_t i;

	for (i = 0; rc == 0 && i < changes.count; i++) {
		const struct memhp_change *change = &changes.items[i];
		uint32_t number = change->first_block;

		do {
			const struct move move = { number,
						   device_of(before, after, number),
						   change->from_state,
						   change->to_state,
						   change->from_zones,
						   change->to_zones };

			rc = add_block(events, &move, each);
		} while (rc == 0 && number++ < change->last_block);
	}
	free(changes.items);
	return rc;
}

/* ------------------------------------------------------------------------------------ devices */

static int add_words(struct memhp_events *events, enum memhp_event_kind what, const char *device,
		     const char *from, const char *to)
{
	struct memhp_event *event = event_add(events, what);

	if (event == NULL)
		return -ENOMEM;
	text_copy(event->device, sizeof(event->device), device);
	text_copy(event->from, sizeof(event->from), from != NULL ? from : "");
	text_copy(event->to, sizeof(event->to), to != NULL ? to : "");
	return 0;
}

static const struct memhp_device *find_device(const struct memhp_snapshot *snapshot,
					      const struct memhp_device *like)
{
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		if (device->kind == like->kind && strcmp(device->name, like->name) == 0)
			return device;
	}
	return NULL;
}

static const char *driver_of(const struct memhp_device *device)
{
	return device != NULL && device->driver != DRIVER_UNKNOWN ? device->driver_name : NULL;
}

static int add_drivers(struct memhp_events *events, const char *device, const char *from,
		       const char *to)
{
	int rc = 0;

	if (from == NULL && to == NULL)
		return 0;
	if (from != NULL && to != NULL && strcmp(from, to) == 0)
		return 0;
	if (from != NULL)
		rc = add_words(events, MEMHP_EVENT_UNBOUND, device, from, NULL);
	if (rc == 0 && to != NULL)
		rc = add_words(events, MEMHP_EVENT_BOUND, device, NULL, to);
	return rc;
}

/* What a driver is called can be unknown for a moment: then nothing has happened yet. */
static int add_device(struct memhp_events *events, const struct memhp_device *then,
		      const struct memhp_device *now)
{
	const char *name = now != NULL ? now->name : then->name;
	int rc = 0;

	if (then == NULL)
		rc = add_words(events, MEMHP_EVENT_DEVICE_ADDED, name, NULL, NULL);
	else if (now == NULL)
		rc = add_words(events, MEMHP_EVENT_DEVICE_REMOVED, name, NULL, NULL);
	else if (then->driver == DRIVER_UNKNOWN || now->driver == DRIVER_UNKNOWN)
		return 0;
	return rc == 0 ? add_drivers(events, name, driver_of(then), driver_of(now)) : rc;
}

static int add_devices(const struct memhp_snapshot *before, const struct memhp_snapshot *after,
		       struct memhp_events *events)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < before->device_count; i++)
		rc = add_device(events, &before->devices[i],
				find_device(after, &before->devices[i]));
	for (i = 0; rc == 0 && i < after->device_count; i++) {
		if (find_device(before, &after->devices[i]) == NULL)
			rc = add_device(events, NULL, &after->devices[i]);
	}
	return rc;
}

static int add_auto_online(const struct memhp_snapshot *before, const struct memhp_snapshot *after,
			   struct memhp_events *events)
{
	enum online_word from = before->machine.auto_online, to = after->machine.auto_online;

	if (from == to || to == WORD_UNKNOWN)
		return 0;
	return add_words(events, MEMHP_EVENT_AUTO_ONLINE, "",
			 from != WORD_UNKNOWN ? online_word_name(from) : NULL,
			 online_word_name(to));
}

/* The order of the kinds of events is that in which they are told. */
static int put_in_order(struct memhp_events *events)
{
	struct memhp_events sorted = { .items = NULL };
	unsigned int what;
	size_t i;

	for (what = 0; what < MEMHP_EVENT_COUNT; what++) {
		for (i = 0; i < events->count; i++) {
			struct memhp_event *event;

			if (events->items[i].what != what)
				continue;
			event = event_add(&sorted, what);
			if (event == NULL) {
				events_clear(&sorted);
				return -ENOMEM;
			}
			*event = events->items[i];
		}
	}
	events_clear(events);
	*events = sorted;
	return 0;
}

int diff_events(const struct memhp_snapshot *before, const struct memhp_snapshot *after, bool each,
		struct memhp_events *events)
{
	int rc = add_blocks(before, after, each, events);

	if (rc == 0)
		rc = add_devices(before, after, events);
	if (rc == 0)
		rc = add_auto_online(before, after, events);
	return rc == 0 ? put_in_order(events) : rc;
}
