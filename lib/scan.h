/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a machine: io -> snapshot.
 */
#ifndef MEMHP_SCAN_H
#define MEMHP_SCAN_H

#include "io.h"
#include "model.h"

/*
 * What a scan reads beyond blocks, zones, iomem and what the machine says of itself: enough to show
 * blocks, and to whom each belongs, at a few system calls besides those for the blocks. The rest costs
 * calls for each node and device.
 */
enum scan_parts {
	SCAN_NODES = 1 << 0,	/* what the files of a node say; else which nodes there are */
	SCAN_DEVICES = 1 << 1,	/* all of a device; else its name and driver, and which blocks it owns */
	SCAN_PLANNING = 1 << 2,	/* what plans and rules go by, and nobody is shown */
	SCAN_ALL = (1 << 3) - 1,
	SCAN_SETUP = 1 << 3,	/* build options of the kernel, udev's rules: for `check` alone */
};

/*
 * scan - fails only where the machine has no memory blocks to be seen at all (unless its kernel says, with
 * SCAN_SETUP, that it was built without them), or for want of memory; whatever else could not be read is in the snapshot's errors.
 */
int scan(struct io *io, unsigned int parts, struct memhp_error *error,
	 struct memhp_snapshot **ret_snapshot);
/* scan_parts_of - what of a machine shows all objects of KINDS, bits by enum memhp_kind. */
unsigned int scan_parts_of(unsigned int kinds);

/*
 * scan_pages - SNAPSHOT, and what fills the pages of its online blocks that are marked in BLOCKS (NULL:
 * of all). Fails only for want of memory.
 */
int scan_pages(struct io *io, struct memhp_snapshot *snapshot, const bool *blocks,
	       struct memhp_error *error, struct memhp_snapshot **ret_snapshot);
#define SCAN_PAGES_PATH "proc/kpageflags"

#endif
