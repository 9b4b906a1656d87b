/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which zone the kernel puts a block in (mm/memory_hotplug.c:zone_for_pfn_range and what it calls, alike in
 * 6.1, 6.12 and 7.2).
 */
#include "model.h"

static bool meets(const struct world *world, const struct zone_counts *zone, int number)
{
	uint64_t start = (uint64_t)number * block_pages(world);

	return zone->spanned > 0 && start < zone->start + zone->spanned &&
	       zone->start < start + block_pages(world);
}

static enum zone kernel_zone(const struct world *world, int number)
{
	int node = world->blocks[number].node;
	enum zone zone;

	for (zone = DMA; zone < NORMAL; zone++) {
		if (node >= 0 && meets(world, &world->nodes[node].zones[zone], number))
			return zone;
	}
	return NORMAL;
}

static unsigned int contiguous(const struct world *world, int number)
{
	enum zone zone = kernel_zone(world, number);
	const struct node *node = &world->nodes[world->blocks[number].node];
	bool in_kernel = meets(world, &node->zones[zone], number);
	bool in_movable = meets(world, &node->zones[MOVABLE], number);

	if (in_kernel && !in_movable)
		return BIT(zone);
	if (in_movable && !in_kernel)
		return BIT(MOVABLE);
	if (world->movable_node == UNKNOWN)
		return BIT(zone) | BIT(MOVABLE);
	return world->movable_node == YES ? BIT(MOVABLE) : BIT(zone);
}

/* Pages of a device's blocks that are online in a kernel zone, in Movable, or in either. */
static void count_group(const struct world *world, int device, int64_t *kernel, int64_t *movable,
			int64_t *either)
{
	int64_t pages = (int64_t)block_pages(world);

	*kernel = *movable = *either = 0;
	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &world->blocks[i];

		if (block->state != ONLINE || block->device != device ||
		    (block->zones & ANY_ZONE) == 0)
			continue;
		if ((block->zones & BIT(MOVABLE)) == 0)
			*kernel += pages;
		else if (block->zones == BIT(MOVABLE))
			*movable += pages;
		else
			*either += pages;
	}
}

/* Present in a zone, and not there since boot; for certain, or maybe. */
static int64_t added_to(const struct world *world, int node, enum zone zone, bool maybe)
{
	int64_t pages = 0;

	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &world->blocks[i];

		if (block->state == ONLINE && block->node == node && block->zones == BIT(zone) &&
		    block->origin != FROM_BOOT && (maybe || block->origin != FROM_UNKNOWN))
			pages += (int64_t)block_pages(world);
	}
	return pages;
}

/* Blocks that may be in Movable or not, counted there so far. */
static int64_t undecided_on(const struct world *world, int node)
{
	int64_t pages = 0;

	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &world->blocks[i];

		if (block->state == ONLINE && block->node == node &&
		    (block->zones & BIT(MOVABLE)) != 0 && (block->zones & KERNEL_ZONES) != 0)
			pages += (int64_t)block_pages(world);
	}
	return pages;
}

static int node_of_device(const struct world *world, int device)
{
	for (int i = 0; i < BLOCKS; i++) {
		if (world->blocks[i].state != ABSENT && world->blocks[i].device == device)
			return world->blocks[i].node;
	}
	return NOWHERE;
}

/* auto_movable_can_online_movable(), NODE below 0: of all. */
static bool ratio_allows(const struct world *world, int node, int own, int64_t need, bool best)
{
	int64_t early = 0, movable = 0, required = 0;

	for (int i = 0; i < NODES; i++) {
		if (!world->nodes[i].exists || (node >= 0 && i != node))
			continue;
		for (enum zone zone = DMA; zone < MOVABLE; zone++) {
			const struct zone_counts *counts = &world->nodes[i].zones[zone];

			early += (int64_t)counts->present - added_to(world, i, zone, !best) -
				 (int64_t)counts->cma;
			movable += (int64_t)counts->cma;
		}
		movable += (int64_t)world->nodes[i].zones[MOVABLE].present;
		movable -= best ? undecided_on(world, i) : 0;
	}
	for (int i = 0; i < (int)world->device_count; i++) {
		int64_t in_kernel, in_movable, either;

		if (world->devices[i].kind != VIRTIO || i == own ||
		    (node >= 0 && node_of_device(world, i) != node))
			continue;
		count_group(world, i, &in_kernel, &in_movable, &either);
		if (in_movable * 100 / world->ratio > in_kernel)
			required += in_movable * 100 / world->ratio - in_kernel;
		movable -= in_movable;
	}
	if (early <= required)
		return false;
	early -= required;
	if (own >= 0 && world->devices[own].kind == VIRTIO) {
		int64_t in_kernel, in_movable, either;

		count_group(world, own, &in_kernel, &in_movable, &either);
		early += in_kernel;
	}
	return movable + need <= world->ratio * early / 100;
}

static int64_t pages_of_group(const struct world *world, int device)
{
	int64_t blocks = 0;
	int first, last;

	if (world->devices[device].kind == DAX) {
		for (size_t i = 0; i < world->devices[device].range_count; i++) {
			if (device_blocks(world, &world->devices[device], i, &first, &last))
				blocks += last - first + 1;
		}
	} else {
		for (int i = 0; i < BLOCKS; i++)
			blocks += world->blocks[i].state != ABSENT &&
				  world->blocks[i].device == device;
	}
	return blocks * (int64_t)block_pages(world);
}

static unsigned int auto_movable(const struct world *world, int number)
{
	const struct block *block = &world->blocks[number];
	enum zone zone = kernel_zone(world, number);
	int64_t need = (int64_t)block_pages(world), kernel, movable, either;
	bool certain = block->origin == FROM_BOOT;
	int own = block->origin == FROM_BOOT ? NOWHERE : block->device;

	if (world->ratio == 0)
		return BIT(zone);
	if (block->device >= 0 && (block->origin == FROM_KMEM || block->origin == FROM_ACPI)) {
		count_group(world, block->device, &kernel, &movable, &either);
		if (kernel > 0)
			return BIT(zone);
		need = pages_of_group(world, block->device) - movable - either;
		certain = either == 0;
	}
	if (!ratio_allows(world, -1, own, need, true) ||
	    (world->numa_aware == YES && !ratio_allows(world, block->node, own, need, true)))
		return BIT(zone);
	if (certain && ratio_allows(world, -1, own, need, false) &&
	    (world->numa_aware == NO || ratio_allows(world, block->node, own, need, false)))
		return BIT(MOVABLE);
	return BIT(zone) | BIT(MOVABLE);
}

unsigned int zones_for(const struct world *world, int number, enum word word)
{
	if (word == MOVABLE_WORD)
		return BIT(MOVABLE);
	if (!world->zones_known)
		return word == KERNEL_WORD ? KERNEL_ZONES : ANY_ZONE;
	if (word == KERNEL_WORD)
		return BIT(kernel_zone(world, number));
	return world->auto_movable ? auto_movable(world, number) : contiguous(world, number);
}
