/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a block can be taken offline, and what stands in its way: from the scan alone, and from its
 * page flags where they were read. A verdict is advice; the kernel has the last word. Pure.
 */
#ifndef MEMHP_EXPLAIN_H
#define MEMHP_EXPLAIN_H

#include "model.h"

/* The worse comes first. */
enum offlineable {
	OFFLINEABLE_NO,		/* the kernel refuses, or can never empty it as it stands */
	OFFLINEABLE_UNLIKELY,	/* it holds what mostly stays */
	OFFLINEABLE_LIKELY,	/* all that is in use there can be moved, if nobody holds on to it */
	OFFLINEABLE_YES,	/* nothing in it is in use */
	OFFLINEABLE_UNKNOWN,	/* it is online, and that is all there is to say */
	OFFLINEABLE_NONE,	/* it is not online */
};

/* What stands in the way, or spoils what comes after. */
enum obstacle {
	OBSTACLE_HOLES,
	OBSTACLE_SEVERAL_ZONES,
	OBSTACLE_SEVERAL_NODES,
	OBSTACLE_VIRTIO_MEM,
	OBSTACLE_ARM64_BOOT,
	OBSTACLE_RESERVED,
	OBSTACLE_SLAB,
	OBSTACLE_TABLES,
	OBSTACLE_KERNEL,
	OBSTACLE_GIGANTIC,
	OBSTACLE_OFFLINE,
	OBSTACLE_POISONED,
	OBSTACLE_COUNT,
};

struct explanation {
	enum offlineable offlineable;
	unsigned int obstacles;		/* a bit for each */
};
struct explanation explain_block(const struct memhp_snapshot *snapshot, const struct memhp_block *block);
const char *offlineable_word(enum offlineable offlineable);	/* NULL: NONE */
const char *obstacle_word(enum obstacle obstacle);

#endif
