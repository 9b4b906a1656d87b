/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What describes memory, counted as the kernel allocates it: from kernel zones, the nearest first, when
 * memory is added and not when it is onlined; or on the memory itself. Pure: sees snapshots alone.
 */
#include "memmap.h"

#include <string.h>

/* ---- on the memory itself ---- */

/* A huge page's size follows from the page's: a table of 8-byte entries fills a page. */
static uint64_t huge_page_size(const struct machine *machine)
{
	return machine->page_size * (machine->page_size / 8);
}

/*
 * mm/memory_hotplug.c:mhp_supports_memmap_on_memory, 6.12: whole pages, and by default whole huge
 * pages, less than the block. Radix tables with 64 KiB pages ask for no huge page (arch/powerpc).
 */
bool memmap_geometry_fits(const struct memhp_snapshot *snapshot)
{
	const struct machine *machine = &snapshot->machine;
	uint64_t struct_pages = snapshot_memmap_pages(snapshot) * machine->page_size;
	bool powerpc = machine->arch != NULL && strncmp(machine->arch, "ppc64", 5) == 0;

	if (struct_pages == 0 || struct_pages >= machine->block_size)
		return false;
	return powerpc || struct_pages % huge_page_size(machine) == 0;
}

enum memmap_obstacle memmap_obstacle(const struct memhp_snapshot *snapshot,
				     const struct memhp_device *device, bool asked)
{
	if (!device->has_memmap_attribute)
		return MEMMAP_NO_ATTRIBUTE;
	if (!asked && device->memmap_on_memory != TRI_YES)
		return MEMMAP_NOT_ASKED;
	if (snapshot->machine.memmap_on_memory == MEMMAP_MODE_UNKNOWN)
		return MEMMAP_PARAMETER_UNKNOWN;
	if (snapshot->machine.memmap_on_memory == MEMMAP_MODE_OFF)
		return MEMMAP_PARAMETER_OFF;
	return memmap_geometry_fits(snapshot) ? MEMMAP_FITS : MEMMAP_GEOMETRY;
}

/* Only kmem and ACPI ask for it; a device's attribute cannot be changed while kmem has it. */
enum tristate memmap_on_itself(const struct memhp_snapshot *snapshot,
			       const struct memhp_block *block)
{
	const struct memhp_device *device =
		block->device != NO_DEVICE ? &snapshot->devices[block->device] : NULL;

	if (block->flags & (BLOCK_MEMMAP_ON_MEMORY | BLOCK_MEMMAP_ELSEWHERE))
		return block->flags & BLOCK_MEMMAP_ON_MEMORY ? TRI_YES : TRI_NO;
	if (block->origin == MEMHP_ORIGIN_BOOT || block->origin == MEMHP_ORIGIN_VIRTIO_MEM ||
	    snapshot->machine.memmap_on_memory == MEMMAP_MODE_OFF)
		return TRI_NO;
	if (device == NULL || device->driver != DRIVER_KMEM)
		return TRI_UNKNOWN;
	switch (memmap_obstacle(snapshot, device, false)) {
	case MEMMAP_FITS:
		return TRI_YES;
	case MEMMAP_PARAMETER_UNKNOWN:
		return TRI_UNKNOWN;
	default:
		return TRI_NO;
	}
}

bool memmap_describes_itself(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return memmap_on_itself(snapshot, block) == TRI_YES;
}

/* ---- how much ---- */

static bool any_block(const struct memhp_snapshot *snapshot, uint32_t first, uint32_t last)
{
	size_t i = snapshot_block_index(snapshot, first);

	return i < snapshot->block_count && snapshot->blocks[i].number <= last;
}

struct memmap_cost memmap_of_add(const struct memhp_snapshot *snapshot,
				 const struct memhp_device *device)
{
	bool on_memory = memmap_obstacle(snapshot, device, false) == MEMMAP_FITS;
	struct memmap_cost cost = { 0 };
	uint32_t first, last;
	size_t i;

	for (i = 0; i < device->mapping_count; i++) {
		if (snapshot_mapping_blocks(snapshot, device, i, &first, &last) &&
		    !any_block(snapshot, first, last))
			cost.counted +=
				(UINT64_C(1) + last - first) * snapshot_memmap_pages(snapshot);
	}
	cost.counted_kept = cost.counted;
	cost.pages = on_memory ? 0 : cost.counted;
	return cost;
}

struct memmap_cost memmap_of_blocks(const struct memhp_snapshot *snapshot, uint16_t device)
{
	struct memmap_cost cost = { 0 };
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		if (block->device != device)
			continue;
		cost.counted += snapshot_memmap_pages(snapshot);
		if (!memmap_describes_itself(snapshot, block))
			cost.pages += snapshot_memmap_pages(snapshot);
	}
	cost.counted_kept = cost.counted;
	return cost;
}

/* ---- whose memory ---- */

/* mm/page_alloc.c:find_next_best_node, 6.1 to 7.2: near ones, then those that have no processors. */
static uint64_t distance(const struct memhp_snapshot *snapshot, int from, size_t to)
{
	const struct memhp_node *origin = snapshot_node(snapshot, from);
	const struct memhp_node *node = &snapshot->nodes[to];
	uint64_t steps = INT16_MAX;

	if (origin != NULL && origin->distances != NULL && origin->distances[to] > 0)
		steps = (uint64_t)origin->distances[to];
	return steps + (node->id < from) + (node->has_cpu == TRI_YES);
}

/* The nearest node to FROM that is not among NODES; the end of the array if there is none. */
static size_t next_node(const struct memhp_snapshot *snapshot, int from, const int16_t *nodes,
			size_t count)
{
	size_t best = snapshot->node_count, i, j;

	for (i = 0; i < snapshot->node_count; i++) {
		for (j = 0; j < count && nodes[j] != snapshot->nodes[i].id; j++)
			;
		if (j == count && (best == snapshot->node_count ||
				   distance(snapshot, from, i) < distance(snapshot, from, best)))
			best = i;
	}
	return best;
}

size_t memmap_order(const struct memhp_snapshot *snapshot, int node, int near, int16_t *nodes,
		    size_t max)
{
	const struct memhp_node *first = snapshot_node(snapshot, node);
	int from = first != NULL && first->distances != NULL ? node : near;
	size_t count = 0, next;

	if (first != NULL && max > 0)
		nodes[count++] = (int16_t)node;
	if (from != node && snapshot_node(snapshot, from) != NULL && count < max)
		nodes[count++] = (int16_t)from;
	while (count < max) {
		next = next_node(snapshot, from, nodes, count);
		if (next == snapshot->node_count)
			break;
		nodes[count++] = (int16_t)snapshot->nodes[next].id;
	}
	return count;
}

bool memmap_can_lie_in(const struct memhp_block *block, int node)
{
	return block->node == node && block->state == MEMHP_STATE_ONLINE &&
	       (block->zones & ZONES_KERNEL) != 0 &&
	       (block->zones & (ZONE_SPANS | ZONE_BIT(ZONE_MOVABLE))) == 0;
}

/* Kernel memory of a node that was there before a device. */
enum host {
	HOST_NONE,
	HOST_ADDED, /* all of it is of earlier devices */
	HOST_OTHER,
};

static enum host host_on(const struct memhp_snapshot *snapshot, int node, uint16_t device)
{
	enum host host = HOST_NONE;
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		if (!memmap_can_lie_in(block, node))
			continue;
		if (block->origin != MEMHP_ORIGIN_KMEM)
			return HOST_OTHER;
		if (block->device < device)
			host = HOST_ADDED;
	}
	return host;
}

int memmap_host(const struct memhp_snapshot *snapshot, uint16_t device)
{
	const struct memhp_device *owner = &snapshot->devices[device];
	const struct memhp_node *own = snapshot_node(snapshot, owner->target_node);
	int16_t nodes[MEMMAP_NODES_MAX];
	size_t count, i;

	/* Without its distances nothing is known but that a node comes first itself. */
	count = memmap_order(snapshot, owner->target_node, NODE_NONE, nodes,
			     own != NULL && own->distances != NULL ? ARRAY_SIZE(nodes) : 1);
	for (i = 0; own != NULL && i < count; i++) {
		enum host host = host_on(snapshot, nodes[i], device);

		if (host != HOST_NONE)
			return host == HOST_ADDED ? nodes[i] : NODE_NONE;
	}
	return NODE_NONE;
}

int memmap_node(const struct memhp_device *device, enum driver driver)
{
	if (driver == DRIVER_KMEM || device->numa_node == NODE_NONE)
		return device->target_node;
	return device->numa_node;
}

/* ---- taking and giving ---- */

typedef uint64_t (*zone_fn)(struct memhp_zone *zone, uint64_t pages);

static uint64_t room_of(const struct memhp_zone *zone)
{
	return zone->free > zone->high ? zone->free - zone->high : 0;
}

static uint64_t take_free(struct memhp_zone *zone, uint64_t pages)
{
	uint64_t taken = MIN(pages, room_of(zone));

	zone->free -= taken;
	return taken;
}

/* Pages of files are dropped, and taken as they come free. */
static uint64_t take_file(struct memhp_zone *zone, uint64_t pages)
{
	uint64_t taken = MIN(pages, zone->file);

	zone->file -= taken;
	return taken;
}

static uint64_t take_reserve(struct memhp_zone *zone, uint64_t pages)
{
	uint64_t taken = MIN(pages, zone->free);

	zone->free -= taken;
	return taken;
}

/* No zone has more free than it has; what is in use there bounds what can have come from there. */
static uint64_t give_free(struct memhp_zone *zone, uint64_t pages)
{
	uint64_t used = zone->managed - MIN(zone->managed, zone->free + zone->at_hand + zone->file);
	uint64_t given = MIN(pages, used);

	zone->free += given;
	return given;
}

/* Zones of a node from Normal down: never Movable. Returns what is left of PAGES. */
static uint64_t for_kernel_zones(struct memhp_snapshot *snapshot, int node, uint64_t pages,
				 zone_fn fn)
{
	int index;

	for (index = ZONE_NORMAL; index >= ZONE_DMA && pages > 0; index--) {
		struct memhp_zone *zone = snapshot_zone(snapshot, node, (enum zone_index)index);

		if (zone != NULL)
			pages -= fn(zone, pages);
	}
	return pages;
}

static uint64_t for_nodes(struct memhp_snapshot *snapshot, const struct memhp_device *device,
			  enum driver driver, uint64_t pages, zone_fn fn)
{
	int16_t nodes[MEMMAP_NODES_MAX];
	size_t count, i;

	if (pages == 0)
		return 0;
	count = memmap_order(snapshot, memmap_node(device, driver), device->numa_node, nodes,
			     ARRAY_SIZE(nodes));
	for (i = 0; i < count && pages > 0; i++)
		pages = for_kernel_zones(snapshot, nodes[i], pages, fn);
	return pages;
}

uint64_t memmap_take(struct memhp_snapshot *snapshot, const struct memhp_device *device,
		     enum driver driver, uint64_t pages)
{
	pages = for_nodes(snapshot, device, driver, pages, take_free);
	pages = for_nodes(snapshot, device, driver, pages, take_file);
	return for_nodes(snapshot, device, driver, pages, take_reserve);
}

void memmap_give(struct memhp_snapshot *snapshot, const struct memhp_device *device,
		 enum driver driver, uint64_t pages)
{
	for_nodes(snapshot, device, driver, pages, give_free);
}

struct memmap_room memmap_room(const struct memhp_snapshot *snapshot, int node)
{
	struct memmap_room room = { 0 };
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		const struct memhp_zone *zone = &snapshot->zones[i];

		if (zone->node != node || zone->zone > ZONE_HIGHMEM)
			continue;
		room.available += room_of(zone) + zone->file;
		room.managed += zone->managed - MIN(zone->cma, zone->managed);
	}
	return room;
}
