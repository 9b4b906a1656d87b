/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The zone of an online block without reading valid_zones: half of what a block costs. Only where
 * nothing else is possible, and only of a running kernel; whatever is in doubt is read.
 *
 * A kernel keeps each page of an online block in a zone of the block's node, and the span of that zone
 * over it (mm/memory_hotplug.c:move_pfn_range_to_zone and shrink_zone_span, 6.1 to 7.2). So where just
 * one zone of the node reaches into a block, and all over it, the block is in that one. "none" needs
 * two zones, or two nodes (drivers/base/memory.c:early_node_zone_for_memory_block, 6.12). What does
 * not follow from valid_zones follows: that it names one zone says "online" on kernels since 4.13, but
 * not on older ones, nor need it on newer ones.
 *
 * Spans are read before the blocks and once more after them. If they moved meanwhile, or the kernel has
 * told of any event (it tells of each block that goes online or offline), all of it is scanned again
 * without conclusions.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define ZONEINFO_PATH "proc/zoneinfo"

/* A zone without pages has a span only on kernels that do not shrink it, and its start is not shown. */
static bool is_placeless(const struct memhp_zone *zone)
{
	return zone->present == 0 && zone->spanned != 0;
}

/* No memory block is ever online in ZONE_DEVICE. */
static bool is_for_blocks(const struct memhp_zone *zone)
{
	return zone->zone != ZONE_DEVICE;
}

/* The zone's whole span, in pages; false if it is empty or no span at all. */
static bool span_of(const struct memhp_zone *zone, uint64_t *ret_first, uint64_t *ret_last)
{
	uint64_t last;

	if (zone->spanned == 0 || __builtin_add_overflow(zone->start_pfn, zone->spanned - 1, &last))
		return false;
	*ret_first = zone->start_pfn;
	*ret_last = last;
	return true;
}

bool deduce_is_possible(const struct memhp_snapshot *snapshot)
{
	return snapshot->machine.events != 0 && snapshot_block_pages(snapshot) > 0 &&
	       snapshot->zone_count > 0;
}

uint8_t deduce_zone(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	uint64_t pages = snapshot_block_pages(snapshot);
	uint64_t start = block->number * pages, end = start + pages - 1, first, last;
	uint8_t zone = ZONE_INDEX_NONE;
	size_t i;

	if (block->node == NODE_NONE || block->nodes != 0)
		return ZONE_INDEX_NONE;
	for (i = 0; i < snapshot->zone_count; i++) {
		const struct memhp_zone *candidate = &snapshot->zones[i];

		if (candidate->node != block->node || !is_for_blocks(candidate))
			continue;
		if (is_placeless(candidate))
			return ZONE_INDEX_NONE;
		if (!span_of(candidate, &first, &last) || last < start || first > end)
			continue;
		if (zone != ZONE_INDEX_NONE || first > start || last < end)
			return ZONE_INDEX_NONE;
		zone = candidate->zone;
	}
	return zone;
}

static bool is_same_span(const struct memhp_zone *a, const struct memhp_zone *b)
{
	return a->node == b->node && a->zone == b->zone && a->start_pfn == b->start_pfn &&
	       a->spanned == b->spanned && (a->present == 0) == (b->present == 0);
}

static const struct memhp_zone *zone_before(const struct memhp_snapshot *snapshot,
					    const struct memhp_zone *zone)
{
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (is_same_span(&snapshot->zones[i], zone))
			return &snapshot->zones[i];
	}
	return NULL;
}

/* As many zones as before, and each of them as before. */
int deduce_still_holds(struct scan *scan, bool *ret_same)
{
	struct memhp_zone zone;
	struct cursor cursor;
	struct piece text;
	size_t count = 0;
	bool same = true;
	int rc = scan_read(scan, ZONEINFO_PATH, &text);

	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		*ret_same = false;
		return 0;
	}
	cursor = cursor_of(text.text, text.len);
	while (same && parse_zoneinfo(&cursor, &zone)) {
		/* A block may be in a zone of which nobody here has heard. */
		if (zone.zone == ZONE_INDEX_NONE) {
			same = zone.present == 0;
			continue;
		}
		same = !is_for_blocks(&zone) || zone_before(scan->snapshot, &zone) != NULL;
		count++;
	}
	*ret_same = same && count == scan->snapshot->zone_count;
	return 0;
}
