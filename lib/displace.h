/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What programs have in a block that goes offline: how much of it must move, where it may go, and what
 * room there is. Pure.
 */
#ifndef MEMHP_DISPLACE_H
#define MEMHP_DISPLACE_H

#include "model.h"

/* Pages in use that the rest of BLOCK's zone cannot hold: so many at least are in the block itself. */
uint64_t displaced_pages(const struct memhp_snapshot *snapshot, const struct memhp_block *block);
/*
 * Pages for what leaves a zone of NODE: on other nodes, if any has memory. What leaves Movable may go
 * anywhere, what leaves a kernel zone stays in kernel zones.
 */
uint64_t displaced_room(const struct memhp_snapshot *snapshot, int node, bool movable);
/* Moves them on a working copy, FILE of them pages of files; what finds no room is lost sight of. */
void displace(struct memhp_snapshot *snapshot, int node, bool movable, uint64_t pages, uint64_t file);

#endif
