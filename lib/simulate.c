/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one step does to a machine, done to a working snapshot as the kernel would do it. This is
 * where a plan's predicted machine comes from. What it does to zones stands in simulate-zone.c. Pure:
 * sees nothing but the snapshot.
 */
#include <errno.h>
#include <string.h>

#include "displace.h"
#include "memmap.h"
#include "simulate.h"

/* ---- blocks ---- */

static void offline_block(struct memhp_snapshot *snapshot, struct memhp_block *block)
{
	enum zone_index index = simulate_counted_zone(block->zones);
	struct memhp_zone *zone = snapshot_zone(snapshot, block->node, index);
	uint64_t displaced = displaced_pages(snapshot, block), file, used;

	simulate_count(snapshot, block, false);
	block->state = MEMHP_STATE_OFFLINE;
	block->zones = ZONES_NONE;
	if (zone == NULL)
		return;
	simulate_shrink_zone(snapshot, zone, block);
	/* No more pages of files stay than there are pages in use. */
	file = zone->file;
	used = zone->managed - MIN(zone->managed, zone->free);
	zone->file = MIN(file, used);
	displace(snapshot, block->node, index == ZONE_MOVABLE, displaced, file - zone->file);
}

static int simulate_block(struct memhp_snapshot *snapshot, struct memhp_step *step)
{
	size_t i = snapshot_block_index(snapshot, step->block);
	struct memhp_block *block = &snapshot->blocks[i];
	struct memhp_zone *zone;

	if (i == snapshot->block_count || block->number != step->block)
		return -ENOENT;
	if (step->to == MEMHP_STATE_OFFLINE) {
		offline_block(snapshot, block);
		return 0;
	}
	step->to_zones = simulate_zone_for(snapshot, block, step->word);
	block->state = MEMHP_STATE_ONLINE;
	block->zones = step->to_zones;
	block->candidates = ZONES_NONE;
	block->default_zone = ZONE_INDEX_NONE;
	if (snapshot->zone_count == 0 || block->node == NODE_NONE)
		return 0;
	zone = simulate_zone_for_writing(snapshot, block->node,
					 simulate_counted_zone(step->to_zones));
	if (zone == NULL)
		return -ENOMEM;
	simulate_grow_zone(snapshot, zone, block);
	simulate_count(snapshot, block, true);
	return 0;
}

/* Makes room for the blocks of a range, none of which is there; they begin at RET_AT. */
static int insert_blocks(struct memhp_snapshot *snapshot, uint32_t first, uint32_t last,
			 size_t *ret_at)
{
	size_t at = snapshot_block_index(snapshot, first), count = (size_t)(last - first) + 1;
	size_t needed = snapshot->block_count + count;
	struct memhp_block *blocks = snapshot->blocks;

	if (needed > snapshot->block_capacity) {
		blocks = realloc(blocks, needed * sizeof(*blocks));
		if (blocks == NULL)
			return -ENOMEM;
		snapshot->blocks = blocks;
		snapshot->block_capacity = needed;
	}
	memmove(&blocks[at + count], &blocks[at], (snapshot->block_count - at) * sizeof(*blocks));
	snapshot->block_count = needed;
	*ret_at = at;
	return 0;
}

/* Whether some block of [first, last] exists: kmem then fails for this mapping, or the blocks are its own. */
static bool any_block(const struct memhp_snapshot *snapshot, uint32_t first, uint32_t last)
{
	size_t i = snapshot_block_index(snapshot, first);

	return i < snapshot->block_count && snapshot->blocks[i].number <= last;
}

/* Distances are by index of node: a node that comes in at AT gets a place, and is not known. */
static int make_room_in_distances(struct memhp_snapshot *snapshot, size_t at)
{
	size_t count = snapshot->node_count, i, j;

	for (i = 0; i < count; i++) {
		struct memhp_node *node = &snapshot->nodes[i];
		int *distances;

		if (node->distances == NULL)
			continue;
		distances = arena_alloc(snapshot->arena, (count + 1) * sizeof(*distances));
		if (distances == NULL)
			return -ENOMEM;
		for (j = 0; j <= count; j++)
			distances[j] = j == at ? -1 : node->distances[j - (j > at)];
		node->distances = distances;
	}
	return 0;
}

static int add_node(struct memhp_snapshot *snapshot, int id)
{
	size_t at = 0;
	struct memhp_node *nodes;

	if (id == NODE_NONE || snapshot->node_count == 0 || snapshot_node(snapshot, id) != NULL)
		return 0;
	nodes = realloc(snapshot->nodes, (snapshot->node_count + 1) * sizeof(*nodes));
	if (nodes == NULL)
		return -ENOMEM;
	snapshot->nodes = nodes;
	while (at < snapshot->node_count && nodes[at].id < id)
		at++;
	if (make_room_in_distances(snapshot, at) < 0)
		return -ENOMEM;
	memmove(&nodes[at + 1], &nodes[at], (snapshot->node_count - at) * sizeof(*nodes));
	snapshot->node_count++;
	nodes[at] = node_unknown(id);
	nodes[at].has_cpu = TRI_NO;
	nodes[at].total_bytes = nodes[at].free_bytes = 0;
	return 0;
}

/* A kernel that does not show its parameter may do either. */
static uint8_t memmap_flag(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
{
	switch (memmap_obstacle(snapshot, device, false)) {
	case MEMMAP_FITS:
		return BLOCK_MEMMAP_ON_MEMORY;
	case MEMMAP_PARAMETER_UNKNOWN:
		return 0;
	default:
		return BLOCK_MEMMAP_ELSEWHERE;
	}
}

static void fill_block(struct memhp_snapshot *snapshot, uint16_t index, struct memhp_block *block,
		       uint32_t number)
{
	const struct memhp_device *device = &snapshot->devices[index];

	*block = (struct memhp_block){ .number = number,
				       .device = index,
				       .node = (int16_t)device->target_node,
				       .state = MEMHP_STATE_OFFLINE,
				       .candidates = ZONES_UNKNOWN,
				       .default_zone = ZONE_INDEX_NONE,
				       .origin = MEMHP_ORIGIN_KMEM,
				       .flags = memmap_flag(snapshot, device) };
}

static int auto_online(struct memhp_snapshot *snapshot, uint32_t first, uint32_t last)
{
	struct memhp_step step = { .kind = STEP_BLOCK,
				   .device = NO_DEVICE,
				   .from = MEMHP_STATE_OFFLINE,
				   .to = MEMHP_STATE_ONLINE,
				   .word = snapshot->machine.auto_online };
	int rc = 0;

	if (step.word == WORD_OFFLINE || step.word == WORD_UNKNOWN)
		return 0;
	for (step.block = first; rc == 0 && step.block <= last; step.block++)
		rc = simulate_block(snapshot, &step);
	return rc;
}

/*
 * SIGN: 1 for what comes, -1 for what goes. A kernel counts all devices in the same way. One by which less
 * than nothing would be left is not this kernel's; where that is so of both, the count is not known.
 */
static void count_memmap(struct memhp_snapshot *snapshot, int sign, struct memmap_cost cost)
{
	struct machine *machine = &snapshot->machine;
	int64_t all = machine->memmap_pages, kept = all - machine->memmap_uncounted;

	if (all < 0)
		return;
	all += sign * (int64_t)cost.counted;
	kept += sign * (int64_t)cost.counted_kept;
	if (all < 0)
		all = kept;
	if (kept < 0)
		kept = all;
	machine->memmap_pages = MAX(all, -1);
	machine->memmap_uncounted = all - kept;
}

/* What describes the memory is taken when it is added; its node is there by then. */
static void take_memmap(struct memhp_snapshot *snapshot, const struct memhp_device *device,
			enum driver driver, struct memmap_cost cost)
{
	memmap_take(snapshot, device, driver, cost.pages);
	count_memmap(snapshot, 1, cost);
}

static void give_memmap(struct memhp_snapshot *snapshot, const struct memhp_device *device,
			enum driver driver, struct memmap_cost cost)
{
	memmap_give(snapshot, device, driver, cost.pages);
	count_memmap(snapshot, -1, cost);
}

static int bind_kmem(struct memhp_snapshot *snapshot, uint16_t index)
{
	struct memhp_device *device = &snapshot->devices[index];
	uint32_t first, last, number;
	size_t i, at;
	int rc;

	rc = add_node(snapshot, device->target_node);
	if (rc == 0)
		take_memmap(snapshot, device, DRIVER_KMEM, memmap_of_add(snapshot, device));
	for (i = 0; rc == 0 && i < device->mapping_count; i++) {
		if (!snapshot_mapping_blocks(snapshot, device, i, &first, &last) ||
		    any_block(snapshot, first, last))
			continue;
		rc = insert_blocks(snapshot, first, last, &at);
		if (rc < 0)
			return rc;
		for (number = first; number <= last; number++)
			fill_block(snapshot, index, &snapshot->blocks[at++], number);
		rc = auto_online(snapshot, first, last);
	}
	device->driver = DRIVER_KMEM;
	device->driver_name = driver_name(DRIVER_KMEM);
	return rc;
}

static void unbind_kmem(struct memhp_snapshot *snapshot, uint16_t index)
{
	struct memmap_cost cost = memmap_of_blocks(snapshot, index);
	size_t kept = 0, i;

	give_memmap(snapshot, &snapshot->devices[index], DRIVER_KMEM, cost);
	for (i = 0; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].device != index)
			snapshot->blocks[kept++] = snapshot->blocks[i];
	}
	snapshot->block_count = kept;
}

/* Its memory is gone as when kmem lets go; an empty slot stays. */
static void simulate_eject(struct memhp_snapshot *snapshot, uint16_t index)
{
	struct memhp_device *device = &snapshot->devices[index];

	/* What described it was asked of the node that its blocks are on. */
	if (device->target_node == NODE_NONE)
		device->target_node = device->group.node;
	unbind_kmem(snapshot, index);
	device->mapping_count = 0;
	device->size = 0;
}

static int simulate_bind(struct memhp_snapshot *snapshot, uint16_t index, enum driver driver)
{
	struct memhp_device *device = &snapshot->devices[index];

	if (device->driver == driver)
		return 0;
	if (driver == DRIVER_KMEM)
		return bind_kmem(snapshot, index);
	take_memmap(snapshot, device, driver, memmap_of_driver(snapshot, device, driver));
	device->driver = driver;
	device->driver_name = driver_name(driver);
	return 0;
}

static void simulate_unbind(struct memhp_snapshot *snapshot, const struct memhp_step *step)
{
	struct memhp_device *device = &snapshot->devices[step->device];

	if (device->driver == DRIVER_KMEM)
		unbind_kmem(snapshot, step->device);
	else
		give_memmap(snapshot, device, device->driver,
			    memmap_of_driver(snapshot, device, device->driver));
	device->driver = DRIVER_NONE;
	device->driver_name = NULL;
}

/* kmem takes no device without a node, and none in which no whole block fits (drivers/dax/kmem.c). */
static bool is_for_kmem(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
{
	uint32_t first, last;
	size_t i;

	for (i = 0; i < device->mapping_count; i++) {
		if (snapshot_mapping_blocks(snapshot, device, i, &first, &last))
			return device->target_node != NODE_NONE;
	}
	return false;
}

bool simulate_is_taken(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
		       enum driver driver)
{
	return device->kind == MEMHP_DEVICE_DAX && device->driver == DRIVER_NONE &&
	       !device->leaked && device->mapping_count > 0 && !driver_needs_id(device, driver) &&
	       (driver != DRIVER_KMEM || is_for_kmem(snapshot, device));
}

/* A module that comes takes every device that waits for it (drivers/dax/bus.c:dax_bus_match). */
static int simulate_load(struct memhp_snapshot *snapshot, enum driver driver)
{
	uint16_t i;
	int rc = 0;

	if (driver == DRIVER_KMEM)
		snapshot->machine.has_kmem = true;
	else
		snapshot->machine.has_device_dax = true;
	for (i = 0; rc == 0 && i < snapshot->device_count; i++) {
		if (simulate_is_taken(snapshot, &snapshot->devices[i], driver))
			rc = simulate_bind(snapshot, i, driver);
	}
	return rc;
}

/* Where the kernel finds room for it is not foreseen: such a device's blocks are not known yet. */
static void simulate_size(struct memhp_snapshot *snapshot, const struct memhp_step *step)
{
	struct memhp_device *device = &snapshot->devices[step->device];
	const char *region = device->region;
	size_t i;

	for (i = 0; region != NULL && i < snapshot->device_count; i++) {
		struct memhp_device *other = &snapshot->devices[i];

		if (other->region != NULL && strcmp(other->region, region) == 0 &&
		    other->region_available != SIZE_UNKNOWN)
			other->region_available += step->from_amount - step->to_amount;
	}
	if (step->fresh)
		return;
	device->size = step->to_amount;
	device->mapping_count = 0;
}

int simulate_step(struct memhp_snapshot *snapshot, struct memhp_step *step)
{
	switch (step->kind) {
	case STEP_AUTO_ONLINE:
		snapshot->machine.auto_online = step->to;
		return 0;
	case STEP_LOAD_MODULE:
		return simulate_load(snapshot, step->to);
	case STEP_MEMMAP:
		snapshot->devices[step->device].memmap_on_memory = step->to;
		return 0;
	case STEP_UNBIND:
		simulate_unbind(snapshot, step);
		return 0;
	case STEP_EJECT:
		simulate_eject(snapshot, step->device);
		return 0;
	case STEP_BIND:
		return simulate_bind(snapshot, step->device, step->to);
	case STEP_BLOCK:
		return simulate_block(snapshot, step);
	case STEP_SIZE:
		simulate_size(snapshot, step);
		return 0;
	default:
		return 0;
	}
}

/* ---- the end of a plan ---- */

/* MemTotal and MemFree of a node are what its zones manage and have free. */
static void seal_nodes(struct memhp_snapshot *snapshot)
{
	uint64_t page_size = snapshot->machine.page_size;
	size_t i, j;

	for (i = 0; i < snapshot->node_count; i++) {
		struct memhp_node *node = &snapshot->nodes[i];

		if (node->total_bytes == SIZE_UNKNOWN || node->free_bytes == SIZE_UNKNOWN)
			continue;
		node->total_bytes = node->free_bytes = 0;
		for (j = 0; j < snapshot->zone_count; j++) {
			if (snapshot->zones[j].node != node->id)
				continue;
			node->total_bytes += snapshot->zones[j].managed * page_size;
			node->free_bytes += snapshot->zones[j].free * page_size;
		}
	}
}

void simulate_seal(struct memhp_snapshot *snapshot)
{
	size_t i;

	if (snapshot->zone_count > 0)
		seal_nodes(snapshot);
	for (i = 0; i < snapshot->block_count; i++) {
		struct memhp_block *block = &snapshot->blocks[i];
		zone_set zones;

		if (block->state != MEMHP_STATE_OFFLINE)
			continue;
		zones = simulate_default_zone(snapshot, block);
		block->candidates = zones | ZONE_BIT(ZONE_MOVABLE) |
				    simulate_zone_for(snapshot, block, WORD_ONLINE_KERNEL);
		block->default_zone = (uint8_t)(zones == ZONE_BIT(simulate_counted_zone(zones)) ?
							simulate_counted_zone(zones) :
							ZONE_INDEX_NONE);
	}
}
