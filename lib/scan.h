/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a machine: io -> snapshot.
 */
#ifndef MEMHP_SCAN_H
#define MEMHP_SCAN_H

#include "io.h"
#include "model.h"

/* What a scan reads. A part that needs another (owners need devices) takes what is there. */
enum scan_parts {
	SCAN_MACHINE = 1 << 0,	/* sizes, parameters, counters, names */
	SCAN_NODES = 1 << 1,	/* nodes and zones */
	SCAN_REGIONS = 1 << 2,	/* proc/iomem and the firmware's map */
	SCAN_DEVICES = 1 << 3,	/* dax, ACPI and virtio_mem devices */
	SCAN_BLOCKS = 1 << 4,	/* blocks, their nodes, owners and origins */
	SCAN_ALL = (1 << 5) - 1,
	SCAN_SETUP = 1 << 5,	/* build options of the kernel, udev's rules: for `check` alone */
};

/*
 * scan - fails only where the machine has no memory blocks to be seen at all, or for want of memory;
 * whatever else could not be read is in the snapshot's errors.
 */
int scan(struct io *io, unsigned int parts, struct memhp_error *error,
	 struct memhp_snapshot **ret_snapshot);

#endif
