/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pieces of address space that say something about the blocks in them. Private to scan-owner.c.
 */
#ifndef MEMHP_SCAN_SPAN_H
#define MEMHP_SCAN_SPAN_H

#include "model.h"

struct span {
	uint64_t start;
	uint64_t end;		/* inclusive */
	uint16_t device;	/* or NO_DEVICE */
	uint8_t origin;		/* enum memhp_origin; BOOT stands for plain "System RAM" */
};

struct spans {
	struct span *items;
	size_t count;
	size_t capacity;
};

void spans_cleanup(struct spans *spans);	/* for _cleanup_ */
/* spans_add - one more; nothing for an empty one. -ENOMEM or 0. */
int spans_add(struct spans *spans, uint64_t start, uint64_t end, enum memhp_origin origin,
	      uint16_t device);
/* spans_order - sorts them, and cuts what overlaps: the first to start keeps what it has. */
void spans_order(struct spans *spans);

/* What the spans say of one block. */
struct cover {
	uint64_t bytes;
	unsigned int origins;	/* bits by enum memhp_origin */
	uint16_t device;	/* of the first span that has one */
};
/* Blocks come ascending: AT, 0 at first, is where the last block's walk stopped. */
struct cover spans_cover(const struct spans *spans, size_t *at, uint64_t start, uint64_t end);

#endif
