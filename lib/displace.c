/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the kernel puts what it finds in memory that goes offline (mm/memory_hotplug.c:do_migrate_range
 * and mm/migrate.c:alloc_migration_target, 6.1 to 7.2): on other nodes if there are any, and from a
 * kernel zone into kernel zones only. Pure.
 */
#include "displace.h"

#include "memmap.h"

static struct memhp_zone *zone_of(const struct memhp_snapshot *snapshot,
				  const struct memhp_block *block)
{
	enum zone_index index = block->zones & ZONE_BIT(ZONE_MOVABLE) ? ZONE_MOVABLE : ZONE_NORMAL;

	if ((block->zones & ZONE_BIT(index)) == 0) {
		for (index = ZONE_DMA; index < ZONE_COUNT; index++) {
			if (block->zones & ZONE_BIT(index))
				break;
		}
	}
	return index < ZONE_COUNT ? snapshot_zone(snapshot, block->node, index) : NULL;
}

uint64_t displaced_pages(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	const struct memhp_zone *zone = zone_of(snapshot, block);
	uint64_t usable = snapshot_block_pages(snapshot), free;

	if (memmap_describes_itself(snapshot, block))
		usable -= snapshot_memmap_pages(snapshot);
	if (block->state != MEMHP_STATE_ONLINE || zone == NULL)
		return 0;
	usable = MIN(usable, zone->managed);
	free = zone->free + zone->at_hand;
	return free >= usable ? 0 : usable - free;
}

static bool has_memory(const struct memhp_snapshot *snapshot, int node)
{
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (snapshot->zones[i].node == node && snapshot->zones[i].zone != ZONE_DEVICE &&
		    snapshot->zones[i].present > 0)
			return true;
	}
	return false;
}

static bool is_alone(const struct memhp_snapshot *snapshot, int node)
{
	size_t i;

	for (i = 0; i < snapshot->node_count; i++) {
		if (snapshot->nodes[i].id != node && has_memory(snapshot, snapshot->nodes[i].id))
			return false;
	}
	return true;
}

static bool can_take(const struct memhp_zone *zone, int node, bool alone, bool movable)
{
	if (zone->zone == ZONE_DEVICE || (zone->zone == ZONE_MOVABLE && !movable))
		return false;
	return alone || zone->node != node;
}

static uint64_t room_of(const struct memhp_zone *zone)
{
	return (zone->free > zone->high ? zone->free - zone->high : 0) + zone->file;
}

uint64_t displaced_room(const struct memhp_snapshot *snapshot, int node, bool movable)
{
	bool alone = is_alone(snapshot, node);
	uint64_t room = 0;
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (can_take(&snapshot->zones[i], node, alone, movable))
			room += room_of(&snapshot->zones[i]);
	}
	return room;
}

/* What is left to move. */
struct load {
	uint64_t pages;
	uint64_t file;
};

static void fill_node(struct memhp_snapshot *snapshot, int node, bool movable, struct load *load)
{
	int index;

	for (index = movable ? ZONE_MOVABLE : ZONE_NORMAL; index >= ZONE_DMA; index--) {
		struct memhp_zone *zone = snapshot_zone(snapshot, node, (enum zone_index)index);
		uint64_t taken = zone != NULL ? MIN(load->pages, zone->free) : 0;
		uint64_t file = MIN(taken, load->file);

		if (taken == 0)
			continue;
		zone->free -= taken;
		zone->file += file;
		load->pages -= taken;
		load->file -= file;
	}
}

void displace(struct memhp_snapshot *snapshot, int node, bool movable, uint64_t pages,
	      uint64_t file)
{
	struct load load = { .pages = pages, .file = MIN(file, pages) };
	int16_t nodes[MEMMAP_NODES_MAX];
	bool alone = is_alone(snapshot, node);
	size_t count, i;

	if (pages == 0)
		return;
	count = memmap_order(snapshot, node, node, nodes, ARRAY_SIZE(nodes));
	for (i = 0; i < count && load.pages > 0; i++) {
		if (alone || nodes[i] != node)
			fill_node(snapshot, nodes[i], movable, &load);
	}
}
