/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones of a working snapshot: which one the kernel will choose for a block, and what each spans and
 * holds when a block comes or goes. Pure: sees nothing but the snapshot.
 */
#include "simulate.h"

#include <string.h>

#include "memmap.h"

static uint64_t block_pfn(const struct memhp_snapshot *snapshot, uint32_t number)
{
	return number * snapshot_block_pages(snapshot);
}

static bool zone_intersects(const struct memhp_snapshot *snapshot, const struct memhp_zone *zone,
			    uint32_t number)
{
	uint64_t start = block_pfn(snapshot, number);

	return zone != NULL && zone->spanned > 0 && start < zone->start_pfn + zone->spanned &&
	       start + snapshot_block_pages(snapshot) > zone->start_pfn;
}

/*
 * Whose zones a block can go to: its node's; of a block whose node is not known, those of the only node
 * that has any (a kernel without NUMA shows no node). NODE_NONE: it cannot be told.
 */
static int node_of_zones(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	size_t i;

	if (snapshot->zone_count == 0)
		return NODE_NONE;
	if (block->node != NODE_NONE)
		return block->node;
	for (i = 1; i < snapshot->zone_count; i++) {
		if (snapshot->zones[i].node != snapshot->zones[0].node)
			return NODE_NONE;
	}
	return snapshot->zones[0].node;
}

/* mm/memory_hotplug.c:default_kernel_zone_for_pfn, 6.1 to 7.2 */
static enum zone_index kernel_zone_of(const struct memhp_snapshot *snapshot,
				      const struct memhp_block *block)
{
	int node = node_of_zones(snapshot, block);
	enum zone_index zone;

	for (zone = ZONE_DMA; zone < ZONE_NORMAL; zone++) {
		if (zone_intersects(snapshot, snapshot_zone(snapshot, node, zone), block->number))
			return zone;
	}
	return ZONE_NORMAL;
}

/* mm/memory_hotplug.c:zone_for_pfn_range and default_zone_for_pfn, 6.1 to 7.2 */
zone_set simulate_default_zone(const struct memhp_snapshot *snapshot,
			       const struct memhp_block *block)
{
	const struct machine *machine = &snapshot->machine;
	enum zone_index kernel = kernel_zone_of(snapshot, block);
	int node = node_of_zones(snapshot, block);
	bool in_kernel, in_movable;

	if (node == NODE_NONE)
		return ZONES_UNKNOWN;
	if (machine->online_policy != NULL && strcmp(machine->online_policy, "contig-zones") != 0)
		return simulate_auto_movable(snapshot, block, kernel);
	in_kernel = zone_intersects(snapshot, snapshot_zone(snapshot, node, kernel), block->number);
	in_movable = zone_intersects(snapshot, snapshot_zone(snapshot, node, ZONE_MOVABLE),
				     block->number);
	if (in_kernel != in_movable)
		return ZONE_BIT(in_kernel ? kernel : ZONE_MOVABLE);
	if (machine->movable_node == TRI_UNKNOWN)
		return ZONE_BIT(kernel) | ZONE_BIT(ZONE_MOVABLE);
	return ZONE_BIT(machine->movable_node == TRI_YES ? ZONE_MOVABLE : kernel);
}

zone_set simulate_zone_for(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			   enum online_word word)
{
	switch (word) {
	case WORD_ONLINE_MOVABLE:
		return ZONE_BIT(ZONE_MOVABLE);
	case WORD_ONLINE_KERNEL:
		return node_of_zones(snapshot, block) != NODE_NONE ?
			       ZONE_BIT(kernel_zone_of(snapshot, block)) :
			       ZONES_KERNEL;
	case WORD_ONLINE:
		return simulate_default_zone(snapshot, block);
	default:
		return ZONES_NONE;
	}
}

enum zone_index simulate_counted_zone(zone_set zones)
{
	enum zone_index zone;

	if (zones & ZONE_BIT(ZONE_MOVABLE))
		return ZONE_MOVABLE;
	for (zone = ZONE_DMA; zone < ZONE_COUNT; zone++) {
		if (zones & ZONE_BIT(zone))
			return zone;
	}
	return ZONE_INDEX_NONE;
}

struct memhp_zone *simulate_zone_for_writing(struct memhp_snapshot *snapshot, int node,
					     enum zone_index index)
{
	size_t at = 0;
	struct memhp_zone *zone = snapshot_zone(snapshot, node, index), *zones;

	if (zone != NULL || node == NODE_NONE)
		return zone;
	zones = realloc(snapshot->zones, (snapshot->zone_count + 1) * sizeof(*zones));
	if (zones == NULL)
		return NULL;
	snapshot->zones = zones;
	while (at < snapshot->zone_count &&
	       (zones[at].node < node || (zones[at].node == node && zones[at].zone < index)))
		at++;
	memmove(&zones[at + 1], &zones[at], (snapshot->zone_count - at) * sizeof(*zones));
	snapshot->zone_count++;
	zones[at] = (struct memhp_zone){ .node = node, .zone = (uint8_t)index };
	return &zones[at];
}

static uint64_t self_hosted_pages(const struct memhp_snapshot *snapshot,
				  const struct memhp_block *block)
{
	return memmap_describes_itself(snapshot, block) ? snapshot_memmap_pages(snapshot) : 0;
}

void simulate_grow_zone(const struct memhp_snapshot *snapshot, struct memhp_zone *zone,
			const struct memhp_block *block)
{
	uint64_t pages = snapshot_block_pages(snapshot), start = block_pfn(snapshot, block->number);
	uint64_t end = start + pages, usable = pages - self_hosted_pages(snapshot, block);

	if (zone->spanned == 0) {
		zone->start_pfn = start;
		zone->spanned = pages;
	} else {
		end = MAX(end, zone->start_pfn + zone->spanned);
		zone->start_pfn = MIN(start, zone->start_pfn);
		zone->spanned = end - zone->start_pfn;
	}
	zone->present += pages;
	zone->managed += usable;
	zone->free += usable;
}

static bool block_in_zone(const struct memhp_block *block, const struct memhp_zone *zone)
{
	return block->node == zone->node && block->state == MEMHP_STATE_ONLINE &&
	       (block->zones & ZONE_BIT(zone->zone)) != 0;
}

/* A span ends at blocks that are online in the zone (mm/memory_hotplug.c:shrink_zone_span). */
void simulate_shrink_zone(const struct memhp_snapshot *snapshot, struct memhp_zone *zone,
			  const struct memhp_block *block)
{
	uint64_t pages = snapshot_block_pages(snapshot), start = block_pfn(snapshot, block->number);
	uint64_t usable = pages - self_hosted_pages(snapshot, block);
	uint64_t end = zone->start_pfn + zone->spanned;
	size_t i = snapshot_block_index(snapshot, block->number), last = snapshot->block_count;

	/* Going offline empties the lists of processors (mm/page_alloc.c:zone_pcp_disable). */
	zone->free += zone->at_hand;
	zone->at_hand = 0;
	zone->present -= MIN(pages, zone->present);
	zone->managed -= MIN(usable, zone->managed);
	zone->free -= MIN(usable, zone->free);
	if (zone->start_pfn >= start) {
		while (++i < last && !block_in_zone(&snapshot->blocks[i], zone))
			;
		zone->start_pfn = i < last ? block_pfn(snapshot, snapshot->blocks[i].number) : end;
		zone->spanned = end - MIN(end, zone->start_pfn);
	} else if (end <= start + pages) {
		while (i > 0 && !block_in_zone(&snapshot->blocks[i - 1], zone))
			i--;
		if (i > 0)
			end = block_pfn(snapshot, snapshot->blocks[i - 1].number) + pages;
		zone->spanned = i > 0 && end > zone->start_pfn ? end - zone->start_pfn : 0;
	}
	if (zone->spanned == 0 || zone->present == 0)
		zone->start_pfn = zone->spanned = 0;
}
