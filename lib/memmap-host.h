/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What blocks hold of the struct pages of memory that was added later. The kernel does not show it; it is
 * told where it follows: where nothing else on that node can hold them. Pure.
 */
#ifndef MEMHP_MEMMAP_HOST_H
#define MEMHP_MEMMAP_HOST_H

#include "model.h"

/* Whether what leaves holds what describes the later device. */
enum memmap_hosts {
	MEMMAP_HOSTS_NOTHING,
	MEMMAP_HOSTS_MAYBE,	/* the later one's own blocks could hold it, which came after it */
	MEMMAP_HOSTS_CERTAIN,
};

/* What leaves the kernel zones of the node that holds what describes a later device, and what stays there. */
struct memmap_leaving {
	uint16_t later;
	int node;
	uint64_t pages;			/* what describes the later device */
	uint64_t used;			/* on that node, by what cannot move */
	uint64_t staying;		/* pages of blocks */
	uint64_t staying_earlier;	/* ... of devices before it: its own came after what describes it */
	uint32_t first, last;		/* blocks of earlier devices that leave; FIRST > LAST: none */
};
/* Nothing leaves yet. False: LATER is not in kmem, describes itself, or nobody knows where what does lies. */
bool memmap_leaving_begin(const struct memhp_snapshot *snapshot, uint16_t later,
			  struct memmap_leaving *ret_leaving);
/* BLOCK, as it is in the snapshot, goes while the later device is there; each block once. */
void memmap_leaving_add(const struct memhp_snapshot *snapshot, struct memmap_leaving *leaving,
			const struct memhp_block *block);
enum memmap_hosts memmap_leaving_judge(const struct memmap_leaving *leaving);

/* Whether a later device that is named too is taken out meanwhile: it is to move itself. */
bool memmap_moves_along(const struct memhp_snapshot *snapshot, uint16_t later);
/* Whether DEVICE's memory describes a later device, or seems to. */
bool memmap_hosts_later(const struct memhp_snapshot *snapshot, uint16_t device);
/*
 * The command that brings DEVICE to Movable: later devices that its memory describes, or seems to, are named
 * too, and where they are not to move themselves, removed first.
 */
void memmap_advise_movable(const struct memhp_snapshot *snapshot, uint16_t device, char *buffer,
			   size_t size);

#endif
