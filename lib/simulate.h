/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two files that simulate share: zones of a working snapshot. */
#ifndef MEMHP_SIMULATE_H
#define MEMHP_SIMULATE_H

#include "plan.h"

/* The one zone of a set; of several the movable one, so that a verdict holds for the worst case. */
enum zone_index simulate_counted_zone(zone_set zones);
/* A zone of a working copy, made if it is not there. NULL: no memory. */
struct memhp_zone *simulate_zone_for_writing(struct memhp_snapshot *snapshot, int node,
					     enum zone_index index);
/*
 * simulate-auto.c: what online_policy=auto-movable makes of an offline block whose kernel zone would be
 * KERNEL; one zone where that is certain.
 */
zone_set simulate_auto_movable(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			       enum zone_index kernel);
/* A block that comes online in its zones, or is about to leave them, is counted for that. */
void simulate_count(struct memhp_snapshot *snapshot, const struct memhp_block *block, bool comes);

/* A block that is, or was until now, online in ZONE. */
void simulate_grow_zone(const struct memhp_snapshot *snapshot, struct memhp_zone *zone,
			const struct memhp_block *block);
void simulate_shrink_zone(const struct memhp_snapshot *snapshot, struct memhp_zone *zone,
			  const struct memhp_block *block);

#endif
