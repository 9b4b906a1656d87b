/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Blocks to who wants them before the scan is over: in order, each once, and from the beginning again when
 * the scan is. Which are complete is known by those who read them. Reads nothing.
 */
#include "scan-walk.h"

void scan_tell(struct scan *scan, size_t end)
{
	struct memhp_cursor blocks;

	if (scan->watch == NULL || scan->told >= end)
		return;
	memhp_cursor_init(&blocks, scan->snapshot, MEMHP_KIND_BLOCK);
	blocks.index = scan->told;
	blocks.end = end;
	scan->watch->fn(scan->watch->data, &blocks, scan->told == 0);
	scan->told = end;
}

/* A machine that has no block any more is told of too: what was given before is void. */
void scan_tell_all(struct scan *scan)
{
	struct memhp_cursor none;

	scan_tell(scan, scan->snapshot->block_count);
	if (scan->watch == NULL || scan->told > 0)
		return;
	memhp_cursor_init(&none, scan->snapshot, MEMHP_KIND_BLOCK);
	scan->watch->fn(scan->watch->data, &none, true);
}
