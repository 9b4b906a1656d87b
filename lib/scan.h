/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a machine: io -> snapshot.
 */
#ifndef MEMHP_SCAN_H
#define MEMHP_SCAN_H

#include "io.h"
#include "model.h"

/*
 * scan - fails only where the machine has no memory blocks to be seen at all (unless its kernel says,
 * with SCAN_SETUP, that it was built without them), or for want of memory; whatever else could not be
 * read is in the snapshot's errors.
 */
int scan(struct io *io, unsigned int parts, struct memhp_error *error,
	 struct memhp_snapshot **ret_snapshot);
/*
 * scan_again - all that BASE holds, as it is now. What cannot have changed since is taken from there, and
 * IO keeps descriptors of what it reads, so that the next time costs less.
 */
int scan_again(struct io *io, const struct memhp_snapshot *base, struct memhp_error *error,
	       struct memhp_snapshot **ret_snapshot);
/* scan_streamed - as scan(), and WATCH is given blocks while others are being read. */
struct scan_watch {
	memhp_blocks_fn fn;
	void *data;
};
int scan_streamed(struct io *io, unsigned int parts, const struct scan_watch *watch,
		  struct memhp_error *error, struct memhp_snapshot **ret_snapshot);
/*
 * scan_bare - what a machine of which scan() failed with WHY shows besides memory blocks, and that among the
 * errors. Fails only for want of memory.
 */
int scan_bare(struct io *io, int why, struct memhp_error *error, struct memhp_snapshot **ret_snapshot);
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
