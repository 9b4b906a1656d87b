/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels do to blocks and with drivers, as read in their source (mm/memory_hotplug.c,
 * drivers/dax/{bus,kmem}.c of 6.1, 6.12 and 7.2): what a zone holds after each step, and where programs'
 * pages go. Decides nothing.
 */
#include "model.h"

#include <string.h>

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- blocks come and go ---- */

static struct zone_counts *zone_of(struct world *world, int number)
{
	const struct block *block = &world->blocks[number];
	int zone = MOVABLE;

	if (!world->zones_known || block->node < 0 || (block->zones & ANY_ZONE) == 0)
		return NULL;
	while ((block->zones & BIT(zone)) == 0)
		zone = zone == MOVABLE ? DMA : zone + 1;
	return &world->nodes[block->node].zones[zone];
}

void put_online(struct world *world, int number, unsigned int zones)
{
	uint64_t start = (uint64_t)number * block_pages(world), end = start + block_pages(world);
	struct zone_counts *zone;

	world->blocks[number].state = ONLINE;
	world->blocks[number].zones = zones;
	zone = zone_of(world, number);
	if (zone == NULL)
		return;
	if (zone->spanned > 0) {
		end = end > zone->start + zone->spanned ? end : zone->start + zone->spanned;
		start = least(start, zone->start);
	}
	zone->start = start;
	zone->spanned = end - start;
	zone->present += block_pages(world);
	zone->managed += usable_pages(world, number);
	zone->free += usable_pages(world, number);
}

uint64_t displaced(const struct world *world, int number)
{
	const struct zone_counts *zone = zone_of((struct world *)world, number);
	uint64_t pages, idle;

	if (world->blocks[number].state != ONLINE || zone == NULL)
		return 0;
	pages = least(usable_pages(world, number), zone->managed);
	idle = zone->free + zone->at_hand;
	return pages > idle ? pages - idle : 0;
}

static bool has_memory(const struct node *node)
{
	for (int zone = DMA; zone < ZONES; zone++) {
		if (node->exists && node->zones[zone].present > 0)
			return true;
	}
	return false;
}

/* Programs' pages go to other nodes, if there are any with memory. */
static bool is_alone(const struct world *world, int node)
{
	for (int i = 0; i < NODES; i++) {
		if (i != node && has_memory(&world->nodes[i]))
			return false;
	}
	return true;
}

uint64_t room_elsewhere(const struct world *world, int node, bool movable)
{
	uint64_t room = 0;

	for (int i = 0; i < NODES; i++) {
		if (!world->nodes[i].exists || (i == node && !is_alone(world, node)))
			continue;
		for (int index = DMA; index <= (movable ? MOVABLE : NORMAL); index++) {
			const struct zone_counts *zone = &world->nodes[i].zones[index];

			room += zone->free > zone->high ? zone->free - zone->high : 0;
			room += zone->file;
		}
	}
	return room;
}

static void move_away(struct world *world, int node, bool movable, uint64_t pages, uint64_t file)
{
	bool alone = is_alone(world, node);
	int nodes[NODES];
	size_t count = fallback_order(world, node, node, nodes);

	for (size_t i = 0; i < count; i++) {
		if (nodes[i] == node && !alone)
			continue;
		for (int index = movable ? MOVABLE : NORMAL; index >= DMA; index--) {
			struct zone_counts *zone = &world->nodes[nodes[i]].zones[index];
			uint64_t taken = least(pages, zone->free);

			zone->free -= taken;
			zone->file += least(taken, file);
			file -= least(taken, file);
			pages -= taken;
		}
	}
}

/* The next block of a zone that is online, upwards or downwards. */
static int neighbour(const struct world *world, int number, int node, unsigned int bit, int step)
{
	for (int i = number + step; i >= 0 && i < BLOCKS; i += step) {
		if (world->blocks[i].state == ONLINE && world->blocks[i].node == node &&
		    (world->blocks[i].zones & bit) != 0)
			return i;
	}
	return NOWHERE;
}

/* shrink_zone_span(): only where the block lies at an end of the span. */
static void shrink(const struct world *world, struct zone_counts *zone, int number,
		   unsigned int bit)
{
	uint64_t pages = block_pages(world), start = (uint64_t)number * pages;
	uint64_t end = zone->start + zone->spanned;
	int node = world->blocks[number].node, next;

	if (zone->start >= start) {
		next = neighbour(world, number, node, bit, 1);
		zone->start = next == NOWHERE ? end : (uint64_t)next * pages;
		zone->spanned = end > zone->start ? end - zone->start : 0;
	} else if (end <= start + pages) {
		next = neighbour(world, number, node, bit, -1);
		end = next == NOWHERE ? zone->start : (uint64_t)(next + 1) * pages;
		zone->spanned = end > zone->start ? end - zone->start : 0;
	}
	if (zone->present == 0)
		zone->spanned = 0;
	if (zone->spanned == 0)
		zone->start = 0;
}

void take_offline(struct world *world, int number)
{
	struct block *block = &world->blocks[number];
	struct zone_counts *zone = zone_of(world, number);
	uint64_t moved = displaced(world, number), file, used, pages = usable_pages(world, number);
	bool movable = (block->zones & BIT(MOVABLE)) != 0;
	unsigned int bits = block->zones;
	int index;

	block->state = OFFLINE;
	block->zones = 0;
	if (zone == NULL)
		return;
	index = (int)(zone - world->nodes[block->node].zones);
	zone->free += zone->at_hand;
	zone->at_hand = 0;
	zone->present -= least(block_pages(world), zone->present);
	zone->managed -= least(pages, zone->managed);
	zone->free -= least(pages, zone->free);
	shrink(world, zone, number, BIT(index));
	used = zone->managed > zone->free ? zone->managed - zone->free : 0;
	file = zone->file > used ? zone->file - used : 0;
	zone->file -= file;
	(void)bits;
	move_away(world, block->node, movable, moved, least(file, moved));
}

/* ---- drivers ---- */

/* Kernels that show memmap_on_memory give hmem and CXL memory to kmem, and all else to device_dax. */
bool needs_id(const struct device *device, enum driver driver)
{
	bool is_kmems = device->attribute != UNKNOWN && (strcmp(device->provider, "hmem") == 0 ||
							 strcmp(device->provider, "cxl") == 0);

	return is_kmems != (driver == KMEM);
}

static int asked_node(const struct device *device, enum driver driver)
{
	return driver == KMEM || device->near < 0 ? device->target : device->near;
}

/*
 * Whether device_dax's struct pages count where they are one and the same page again differs between 6.12
 * and 7.2, and no file says which. A count below nothing is none.
 */
static void count_memmap(struct world *world, int64_t all, int64_t kept)
{
	for (int way = 0; way < WAYS; way++) {
		int64_t *count = &world->memmap_count[way], pages = way == ALL_PAGES ? all : kept;

		if (*count >= 0)
			*count = *count + pages < 0 ? -1 : *count + pages;
	}
}

static void make_blocks(struct world *world, int index)
{
	struct device *device = &world->devices[index];
	bool here[2] = { false };
	int first, last;

	for (size_t i = 0; i < device->range_count; i++) {
		here[i] = device_blocks(world, device, i, &first, &last);
		for (int number = first; here[i] && number <= last; number++)
			here[i] = world->blocks[number].state == ABSENT;
	}
	for (size_t i = 0; i < device->range_count; i++) {
		device_blocks(world, device, i, &first, &last);
		for (int number = first; here[i] && number <= last; number++)
			world->blocks[number] = (struct block){ .state = OFFLINE,
								.origin = FROM_KMEM,
								.node = device->target,
								.other_node = NOWHERE,
								.device = index,
								.on_itself = would_describe_itself(
									world, device, false) };
	}
}

void bind_driver(struct world *world, int index, enum driver driver)
{
	struct device *device = &world->devices[index];
	uint64_t counted, pages;

	if (device->driver == driver)
		return;
	if (driver == KMEM && !world->nodes[device->target].exists)
		world->nodes[device->target] =
			(struct node){ .exists = true, .gigantic = -1, .poisoned = -1 };
	pages = driver == KMEM ? pages_of_add(world, device, &counted) :
				 pages_of_driver(world, device, driver, &counted);
	if (world->zones_known)
		take_kernel_pages(world, asked_node(device, driver), device->near, pages);
	count_memmap(world, (int64_t)counted, (int64_t)(driver == KMEM ? counted : pages));
	if (driver == KMEM)
		make_blocks(world, index);
	device->driver = driver;
}

static void remove_blocks(struct world *world, int device)
{
	for (int i = 0; i < BLOCKS; i++) {
		if (world->blocks[i].device == device)
			world->blocks[i] =
				(struct block){ .device = NOWHERE, .other_node = NOWHERE };
	}
}

void unbind_driver(struct world *world, int index)
{
	struct device *device = &world->devices[index];
	uint64_t counted, pages;

	pages = device->driver == KMEM ? pages_of_blocks(world, index, &counted) :
					 pages_of_driver(world, device, device->driver, &counted);
	if (world->zones_known)
		give_kernel_pages(world, asked_node(device, device->driver), device->near, pages);
	count_memmap(world, -(int64_t)counted,
		     -(int64_t)(device->driver == KMEM ? counted : pages));
	if (device->driver == KMEM)
		remove_blocks(world, index);
	device->driver = NO_DRIVER;
}

/* ACPI asks for struct pages on the node that its memory is on. */
void eject(struct world *world, int index)
{
	uint64_t counted, pages = pages_of_blocks(world, index, &counted);
	int node = NOWHERE;

	for (int i = 0; i < BLOCKS; i++) {
		if (world->blocks[i].state != ABSENT && world->blocks[i].device == index)
			node = world->blocks[i].node;
	}
	if (world->zones_known)
		give_kernel_pages(world, node, node, pages);
	count_memmap(world, -(int64_t)counted, -(int64_t)counted);
	remove_blocks(world, index);
	world->devices[index].range_count = 0;
}
