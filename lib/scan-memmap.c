/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the struct pages of a block lie, as far as that follows from what was scanned: the kernel
 * does not say. Memory that describes itself is counted as present and not as managed in its zone
 * (mm/memory_hotplug.c:mhp_init_memmap_on_memory, 6.12). No I/O, no guesses.
 */
#include "scan-walk.h"

#define KNOWN (BLOCK_MEMMAP_ON_MEMORY | BLOCK_MEMMAP_ELSEWHERE)

/* Whether this block's memmap may lie on itself at all. */
static bool may_be_on_memory(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	enum memmap_mode mode = snapshot->machine.memmap_on_memory;
	const struct memhp_device *device =
		block->device != NO_DEVICE ? &snapshot->devices[block->device] : NULL;

	if (mode == MEMMAP_MODE_OFF)
		return false;
	switch (block->origin) {
	case MEMHP_ORIGIN_BOOT:
	case MEMHP_ORIGIN_VIRTIO_MEM:
		return false;
	case MEMHP_ORIGIN_KMEM:
		/* kmem asks for it where the attribute says so, which cannot change while it has the device. */
		return device == NULL ||
		       (device->has_memmap_attribute &&
			(device->driver != DRIVER_KMEM || device->memmap_on_memory != TRI_NO));
	default:
		return true;
	}
}

/*
 * Online blocks of one zone of one node of which it is not known; RET_OTHERS: whether there are others,
 * some of which may be reserved.
 */
static uint64_t count_open(const struct memhp_snapshot *snapshot, const struct memhp_zone *zone,
			   bool *ret_others)
{
	uint64_t count = 0;
	size_t i;

	*ret_others = false;
	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		if (block->node != zone->node || block->state != MEMHP_STATE_ONLINE ||
		    (block->zones & (ZONE_BIT(zone->zone) | ZONE_SPANS)) == 0)
			continue;
		if (block->nodes == 0 && block->zones == ZONE_BIT(zone->zone) &&
		    (block->flags & KNOWN) == 0)
			count++;
		else if (block->origin != MEMHP_ORIGIN_KMEM)
			*ret_others = true;
	}
	return count;
}

static void settle_zone(struct memhp_snapshot *snapshot, const struct memhp_zone *zone,
			enum block_flags flag)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		struct memhp_block *block = &snapshot->blocks[i];

		if (block->node == zone->node && block->nodes == 0 &&
		    block->zones == ZONE_BIT(zone->zone) && (block->flags & KNOWN) == 0)
			block->flags |= (uint8_t)flag;
	}
}

/* None, or all, of the blocks in question account for what a zone has present and not managed. */
static void judge_zone(struct memhp_snapshot *snapshot, const struct memhp_zone *zone,
		       uint64_t memmap_pages)
{
	uint64_t unmanaged = zone->present - zone->managed;
	uint64_t open;
	bool others;

	if (zone->present < zone->managed || memmap_pages == 0)
		return;
	open = count_open(snapshot, zone, &others);
	if (open == 0)
		return;
	if (unmanaged < memmap_pages)
		settle_zone(snapshot, zone, BLOCK_MEMMAP_ELSEWHERE);
	else if (!others && unmanaged == open * memmap_pages)
		settle_zone(snapshot, zone, BLOCK_MEMMAP_ON_MEMORY);
}

/* kmem adds a device's memory in one go: what holds of one block holds of all of them. */
void scan_spread_memmap(struct memhp_snapshot *snapshot)
{
	size_t first, next, i;

	for (first = 0; first < snapshot->block_count; first = next) {
		const struct memhp_block *head = &snapshot->blocks[first];
		uint8_t known = 0;

		for (next = first;
		     next < snapshot->block_count && snapshot->blocks[next].device == head->device;
		     next++)
			known |= snapshot->blocks[next].flags & KNOWN;
		if (head->device == NO_DEVICE || head->origin != MEMHP_ORIGIN_KMEM ||
		    known == KNOWN)
			continue;
		for (i = first; i < next; i++)
			snapshot->blocks[i].flags |= known;
	}
}

size_t scan_memmap_before(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	size_t first = snapshot->block_count, i;

	for (i = 0; i < snapshot->block_count; i++) {
		struct memhp_block *block = &snapshot->blocks[i];

		if (!may_be_on_memory(snapshot, block))
			block->flags |= BLOCK_MEMMAP_ELSEWHERE;
		else
			first = MIN(first, i);
	}
	return first;
}

void scan_memmap(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	uint64_t memmap_pages = snapshot_memmap_pages(snapshot);
	size_t i;

	if (scan->complete == snapshot->block_count)
		return;
	for (i = 0; i < snapshot->zone_count; i++)
		judge_zone(snapshot, &snapshot->zones[i], memmap_pages);
	scan_spread_memmap(snapshot);
}
