/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What describes memory: how many pages of struct pages it takes, on which zones of which nodes they
 * fall, and when they lie on the memory itself. Pure.
 */
#ifndef MEMHP_MEMMAP_H
#define MEMHP_MEMMAP_H

#include "model.h"

/* Why the memory of a dax device would not describe itself if kmem added it now. */
enum memmap_obstacle {
	MEMMAP_FITS,
	MEMMAP_NOT_ASKED,	/* the device's attribute says no */
	MEMMAP_NO_ATTRIBUTE,	/* this kernel's kmem never asks for it */
	MEMMAP_PARAMETER_OFF,	/* memory_hotplug.memmap_on_memory */
	MEMMAP_PARAMETER_UNKNOWN,
	MEMMAP_GEOMETRY,	/* struct pages of one block do not come out even */
};
/* ASKED: as if the attribute said yes. */
enum memmap_obstacle memmap_obstacle(const struct memhp_snapshot *snapshot,
				     const struct memhp_device *device, bool asked);
/* Whether block and page sizes let a block describe itself. */
bool memmap_geometry_fits(const struct memhp_snapshot *snapshot);

/* Whether a block holds what describes it, by what the scan saw and by what its device asked for. */
enum tristate memmap_on_itself(const struct memhp_snapshot *snapshot, const struct memhp_block *block);
/* ... for certain. */
bool memmap_describes_itself(const struct memhp_snapshot *snapshot, const struct memhp_block *block);

/* What a driver's struct pages for one device take, or took. */
struct memmap_cost {
	uint64_t pages;		/* of kernel zones */
	uint64_t counted;	/* in nr_memmap_pages, wherever they lie */
	uint64_t counted_kept;	/* ... if this kernel counts of device_dax's those alone that it keeps */
};
/* ... as kmem adds those of its whole blocks that are not there yet. */
struct memmap_cost memmap_of_add(const struct memhp_snapshot *snapshot, const struct memhp_device *device);
/* ... of the blocks that a device has. */
struct memmap_cost memmap_of_blocks(const struct memhp_snapshot *snapshot, uint16_t device);
/* ... as DRIVER makes a device of all of its memory. */
struct memmap_cost memmap_of_driver(const struct memhp_snapshot *snapshot,
				    const struct memhp_device *device, enum driver driver);

/* What nr_memmap_pages may be, ascending. Returns how many: none where it is not known, or not counted. */
#define MEMMAP_COUNTS_MAX 2
size_t memmap_counts(const struct machine *machine, uint64_t *counts);

/*
 * The nodes that give kernel memory to whom asks for that of NODE, the nearest first. NEAR stands in
 * for a node that the snapshot does not have. Returns how many: at most MAX, each once.
 */
#define MEMMAP_NODES_MAX 1024
size_t memmap_order(const struct memhp_snapshot *snapshot, int node, int near, int16_t *nodes,
		    size_t max);
/* Whether a block is online in a kernel zone of NODE: struct pages of others can lie there. */
bool memmap_can_lie_in(const struct memhp_block *block, int node);
/*
 * The node whose memory describes a device that kmem has, where that was added itself, by what is there now:
 * of the nodes that are asked, the first with kernel memory of earlier devices. NODE_NONE: that has other
 * kernel memory as well, and nobody knows what lies where; or there is none.
 */
int memmap_host(const struct memhp_snapshot *snapshot, uint16_t device);
/* Where a device's struct pages are asked for: kmem's of its target node, others of where it hangs. */
int memmap_node(const struct memhp_device *device, enum driver driver);

/* memmap_take - takes pages from the kernel zones of a working copy; returns what is not there. */
uint64_t memmap_take(struct memhp_snapshot *snapshot, const struct memhp_device *device,
		     enum driver driver, uint64_t pages);
/* memmap_give - gives them back, to where they were taken from. */
void memmap_give(struct memhp_snapshot *snapshot, const struct memhp_device *device,
		 enum driver driver, uint64_t pages);

/* Pages that one node's kernel zones can give, and have in all. */
struct memmap_room {
	uint64_t available;	/* free above the high watermark, and file pages */
	uint64_t managed;	/* less CMA */
};
struct memmap_room memmap_room(const struct memhp_snapshot *snapshot, int node);

#endif
