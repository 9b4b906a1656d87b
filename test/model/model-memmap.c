/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What describes memory: how many pages of struct pages, whose memory they are, and when they lie on the
 * memory itself (mm/memory_hotplug.c, mm/sparse-vmemmap.c, drivers/dax/device.c of 6.1, 6.12 and 7.2).
 */
#include "model.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t block_pages(const struct world *world)
{
	return world->block_size / world->page_size;
}

uint64_t memmap_pages(const struct world *world)
{
	uint64_t bytes = block_pages(world) * world->struct_page;

	return (bytes + world->page_size - 1) / world->page_size;
}

/* kmem: each range from its start rounded up to its end rounded down. */
bool device_blocks(const struct world *world, const struct device *device, size_t range, int *first,
		   int *last)
{
	uint64_t size = world->block_size;
	uint64_t from = (device->ranges[range].start + size - 1) / size;
	uint64_t to = (device->ranges[range].end + 1) / size;

	*first = (int)from;
	*last = (int)to - 1;
	return to > from;
}

/* Whole pages, whole huge pages (a huge page is as many pages as a page has entries of 8 bytes), and less
 * than the block. */
bool fits_on_itself(const struct world *world)
{
	uint64_t bytes = memmap_pages(world) * world->page_size;

	return bytes < world->block_size &&
	       bytes % (world->page_size * (world->page_size / 8)) == 0;
}

enum answer would_describe_itself(const struct world *world, const struct device *device,
				  bool asked)
{
	if (device->attribute == UNKNOWN || (device->attribute == NO && !asked))
		return NO;
	if (world->parameter == PARAMETER_UNKNOWN)
		return UNKNOWN;
	return world->parameter != PARAMETER_OFF && fits_on_itself(world) ? YES : NO;
}

/* What was seen of it; else what the device asks for, which cannot change while kmem has it. */
enum answer on_itself(const struct world *world, int number)
{
	const struct block *block = &world->blocks[number];

	if (block->on_itself != UNKNOWN)
		return block->on_itself;
	if (block->origin == FROM_BOOT || block->origin == FROM_VIRTIO ||
	    world->parameter == PARAMETER_OFF)
		return NO;
	if (block->device < 0 || world->devices[block->device].driver != KMEM)
		return UNKNOWN;
	return would_describe_itself(world, &world->devices[block->device], false);
}

uint64_t usable_pages(const struct world *world, int number)
{
	return block_pages(world) - (on_itself(world, number) == YES ? memmap_pages(world) : 0);
}

/* NODE's own, then by distance; NEAR speaks for a node of which no distances are known. */
size_t fallback_order(const struct world *world, int node, int near, int *nodes)
{
	bool listed[NODES] = { false };
	int from = node >= 0 && world->nodes[node].exists && world->nodes[node].has_distances ?
			   node :
			   near;
	size_t count = 0;

	if (node >= 0 && world->nodes[node].exists) {
		nodes[count++] = node;
		listed[node] = true;
	}
	if (from >= 0 && world->nodes[from].exists && !listed[from]) {
		nodes[count++] = from;
		listed[from] = true;
	}
	for (;;) {
		int best = NOWHERE;

		for (int i = 0; i < NODES; i++) {
			if (!world->nodes[i].exists || listed[i])
				continue;
			if (best == NOWHERE || from < 0 ||
			    world->nodes[from].distances[i] < world->nodes[from].distances[best])
				best = best == NOWHERE || from >= 0 ? i : best;
		}
		if (best == NOWHERE)
			return count;
		nodes[count++] = best;
		listed[best] = true;
	}
}

bool in_kernel_zone(const struct world *world, int number, int node)
{
	const struct block *block = &world->blocks[number];

	return block->state == ONLINE && block->node == node &&
	       (block->zones & KERNEL_ZONES) != 0 &&
	       (block->zones & (BIT(MOVABLE) | SEVERAL_ZONES)) == 0;
}

/*
 * The kernel asks one node after the other. Its own blocks come after what describes a device, later devices
 * later; and among blocks that came otherwise nobody knows what lies where.
 */
int host_node(const struct world *world, int device)
{
	int nodes[NODES], target = world->devices[device].target;
	size_t count;

	if (target < 0 || !world->nodes[target].exists)
		return NOWHERE;
	count = fallback_order(world, target, NOWHERE, nodes);
	if (!world->nodes[target].has_distances)
		count = 1;
	for (size_t i = 0; i < count; i++) {
		bool earlier = false;

		for (int number = 0; number < BLOCKS; number++) {
			const struct block *block = &world->blocks[number];

			if (!in_kernel_zone(world, number, nodes[i]))
				continue;
			if (block->origin != FROM_KMEM)
				return NOWHERE;
			earlier |= block->device >= 0 && block->device < device;
		}
		if (earlier)
			return nodes[i];
	}
	return NOWHERE;
}

enum source {
	FREE_PAGES, /* above the watermark */
	FILE_PAGES,
	LAST_PAGES,
};

static uint64_t take_from(struct zone_counts *zone, uint64_t pages, enum source source)
{
	uint64_t room = zone->free > zone->high ? zone->free - zone->high : 0, taken;

	if (source == FILE_PAGES) {
		taken = least(pages, zone->file);
		zone->file -= taken;
		return taken;
	}
	taken = least(pages, source == FREE_PAGES ? room : zone->free);
	zone->free -= taken;
	return taken;
}

/* Kernel zones alone; the nearest first; what is free before what would have to be dropped. */
void take_kernel_pages(struct world *world, int node, int near, uint64_t pages)
{
	int nodes[NODES];
	size_t count = fallback_order(world, node, near, nodes);

	for (enum source source = FREE_PAGES; source <= LAST_PAGES; source++) {
		for (size_t i = 0; i < count; i++) {
			for (int zone = NORMAL; zone >= DMA; zone--)
				pages -= take_from(&world->nodes[nodes[i]].zones[zone], pages,
						   source);
		}
	}
}

void give_kernel_pages(struct world *world, int node, int near, uint64_t pages)
{
	int nodes[NODES];
	size_t count = fallback_order(world, node, near, nodes);

	for (size_t i = 0; i < count; i++) {
		for (int index = NORMAL; index >= DMA; index--) {
			struct zone_counts *zone = &world->nodes[nodes[i]].zones[index];
			uint64_t idle = zone->free + zone->at_hand + zone->file, given;

			given = least(pages, zone->managed > idle ? zone->managed - idle : 0);
			zone->free += given;
			pages -= given;
		}
	}
}

uint64_t pages_of_add(const struct world *world, const struct device *device, uint64_t *counted)
{
	int first, last;

	*counted = 0;
	for (size_t i = 0; i < device->range_count; i++) {
		bool any = false;

		if (!device_blocks(world, device, i, &first, &last))
			continue;
		for (int number = first; number <= last; number++)
			any |= world->blocks[number].state != ABSENT;
		if (!any)
			*counted += (uint64_t)(last - first + 1) * memmap_pages(world);
	}
	return would_describe_itself(world, device, false) == YES ? 0 : *counted;
}

uint64_t pages_of_blocks(const struct world *world, int device, uint64_t *counted)
{
	uint64_t pages = 0;

	*counted = 0;
	for (int i = 0; i < BLOCKS; i++) {
		if (world->blocks[i].state == ABSENT || world->blocks[i].device != device)
			continue;
		*counted += memmap_pages(world);
		pages += on_itself(world, i) == YES ? 0 : memmap_pages(world);
	}
	return pages;
}

/*
 * device_dax keeps two pages of struct pages for each unit of its alignment, if it would need more, and if
 * their size is a power of two (on x86_64, which all of these machines are).
 */
uint64_t pages_of_driver(const struct world *world, const struct device *device, enum driver driver,
			 uint64_t *counted)
{
	uint64_t pages = 0, page = world->page_size;

	*counted = 0;
	if (driver != DEVICE_DAX)
		return 0;
	for (size_t i = 0; i < device->range_count; i++) {
		uint64_t bytes = device->ranges[i].end - device->ranges[i].start + 1;
		uint64_t all = (bytes / page * world->struct_page + page - 1) / page;
		uint64_t of_unit = device->align / page * world->struct_page / page;

		*counted += all;
		pages += of_unit > 2 && (world->struct_page & (world->struct_page - 1)) == 0 ?
				 (bytes + device->align - 1) / device->align * 2 :
				 all;
	}
	return pages;
}
