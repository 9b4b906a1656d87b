/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a device lies: the whole blocks of its mappings, and the blocks that belong to it. Pure.
 */
#include "model.h"

bool snapshot_mapping_blocks(const struct memhp_snapshot *snapshot,
			     const struct memhp_device *device, size_t index, uint32_t *ret_first,
			     uint32_t *ret_last)
{
	uint64_t size = snapshot->machine.block_size;
	const struct mapping *mapping;
	uint64_t first, last;

	if (size == 0 || index >= device->mapping_count)
		return false;
	mapping = &device->mappings[index];
	first = mapping->start / size + (mapping->start % size != 0);
	last = mapping->end / size;
	if (mapping->end % size != size - 1) {
		if (last == 0)
			return false;
		last--;
	}
	if (first > last || last > UINT32_MAX)
		return false;
	*ret_first = (uint32_t)first;
	*ret_last = (uint32_t)last;
	return true;
}

/* Blocks have 32-bit numbers; what lies beyond is beyond all of them. */
static uint32_t block_number(uint64_t number)
{
	return (uint32_t)MIN(number, (uint64_t)UINT32_MAX);
}

/* The next part of the snapshot's blocks that may hold some of the device's. */
static bool walk_on(const struct memhp_snapshot *snapshot, struct device_walk *walk)
{
	const struct memhp_device *device = &snapshot->devices[walk->device];
	uint64_t size = snapshot->machine.block_size;
	const struct mapping *mapping;

	if (size == 0 || device->mappings_errno != 0 || device->mapping_count == 0) {
		walk->index = 0;
		walk->end = snapshot->block_count;
		return walk->mapping++ == 0;
	}
	if (walk->mapping >= device->mapping_count)
		return false;
	mapping = &device->mappings[walk->mapping++];
	/* two mappings may touch the same block */
	walk->index =
		MAX(walk->end, snapshot_block_index(snapshot, block_number(mapping->start / size)));
	walk->end = MAX(walk->end,
			snapshot_block_index(snapshot, block_number(mapping->end / size + 1)));
	return true;
}

const struct memhp_block *device_block_next(const struct memhp_snapshot *snapshot,
					    struct device_walk *walk)
{
	do {
		while (walk->index < walk->end) {
			const struct memhp_block *block = &snapshot->blocks[walk->index++];

			if (block->device == walk->device)
				return block;
		}
	} while (walk_on(snapshot, walk));
	return NULL;
}
