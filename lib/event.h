/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has happened to a machine, as a list of events: made of two snapshots, or of a snapshot and the
 * policy. Pure.
 */
#ifndef MEMHP_EVENT_H
#define MEMHP_EVENT_H

#include "plan.h"

struct memhp_event {
	uint8_t what;				/* enum memhp_event_kind */
	bool has_blocks;
	uint32_t first_block, last_block;
	char device[IO_NAME_MAX];		/* "": none */
	char from[32], to[32];			/* "": nothing that has a name */
	zone_set from_zones, to_zones;
	uint64_t milliseconds;			/* since 1970 */
};
struct memhp_events {
	struct memhp_event *items;
	size_t count;
	size_t capacity;
};
void events_clear(struct memhp_events *events);	/* leaves it empty */
/* event_add - one more, zeroed but for WHAT. NULL: no memory. */
struct memhp_event *event_add(struct memhp_events *events, enum memhp_event_kind what);
int events_append(struct memhp_events *events, const struct memhp_events *more);	/* -ENOMEM: nothing */

/*
 * diff-events.c: what happened between BEFORE and AFTER, runs of blocks that changed alike as one. What
 * went comes first, then devices and their drivers, then what came. EACH: block by block. -ENOMEM.
 */
int diff_events(const struct memhp_snapshot *before, const struct memhp_snapshot *after, bool each,
		struct memhp_events *events);

/*
 * plan-drift.c: where SNAPSHOT is not as POLICY wants it: what `online --from-policy --move` would do to
 * its devices, what is online and to be kept offline, and the auto-online word. -ENOMEM.
 */
int plan_drift(struct memhp_snapshot *snapshot, const struct policy *policy, struct memhp_events *events);
/* events_without - takes out of EVENTS what is in OTHERS too. */
void events_without(struct memhp_events *events, const struct memhp_events *others);

#endif
