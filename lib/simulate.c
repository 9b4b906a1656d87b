/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one step does to a machine, done to a working snapshot as the kernel would do it. This is
 * where a plan's predicted machine comes from. Pure: sees nothing but the snapshot.
 */
#include <errno.h>
#include <string.h>

#include "plan.h"

/* ---- zones ---- */

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

/* mm/memory_hotplug.c:default_kernel_zone_for_pfn, 6.1 to 7.2 */
static enum zone_index kernel_zone_of(const struct memhp_snapshot *snapshot,
				      const struct memhp_block *block)
{
	enum zone_index zone;

	for (zone = ZONE_DMA; zone < ZONE_NORMAL; zone++) {
		if (zone_intersects(snapshot, snapshot_zone(snapshot, block->node, zone),
				    block->number))
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
	bool in_kernel, in_movable;

	if (snapshot->zone_count == 0)
		return ZONES_UNKNOWN;
	if (machine->online_policy != NULL && strcmp(machine->online_policy, "contig-zones") != 0)
		return ZONE_BIT(kernel) | ZONE_BIT(ZONE_MOVABLE);
	in_kernel = zone_intersects(snapshot, snapshot_zone(snapshot, block->node, kernel),
				    block->number);
	in_movable = zone_intersects(snapshot, snapshot_zone(snapshot, block->node, ZONE_MOVABLE),
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
		return snapshot->zone_count > 0 ? ZONE_BIT(kernel_zone_of(snapshot, block)) :
						  ZONES_KERNEL;
	case WORD_ONLINE:
		return simulate_default_zone(snapshot, block);
	default:
		return ZONES_NONE;
	}
}

/* The one zone of a set; of several the movable one, so that a verdict holds for the worst case. */
static enum zone_index counted_zone(zone_set zones)
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

static struct memhp_zone *zone_for_writing(struct memhp_snapshot *snapshot, int node,
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
	return block->flags & BLOCK_MEMMAP_ON_MEMORY ? snapshot_memmap_pages(snapshot) : 0;
}

static void grow_zone(const struct memhp_snapshot *snapshot, struct memhp_zone *zone,
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
static void shrink_zone(const struct memhp_snapshot *snapshot, struct memhp_zone *zone,
			const struct memhp_block *block)
{
	uint64_t pages = snapshot_block_pages(snapshot), start = block_pfn(snapshot, block->number);
	uint64_t usable = pages - self_hosted_pages(snapshot, block);
	uint64_t end = zone->start_pfn + zone->spanned;
	size_t i = snapshot_block_index(snapshot, block->number), last = snapshot->block_count;

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

/* ---- blocks ---- */

static int simulate_block(struct memhp_snapshot *snapshot, struct memhp_step *step)
{
	size_t i = snapshot_block_index(snapshot, step->block);
	struct memhp_block *block = &snapshot->blocks[i];
	struct memhp_zone *zone;

	if (i == snapshot->block_count || block->number != step->block)
		return -ENOENT;
	if (step->to == MEMHP_STATE_OFFLINE) {
		zone = snapshot_zone(snapshot, block->node, counted_zone(block->zones));
		block->state = MEMHP_STATE_OFFLINE;
		block->zones = ZONES_NONE;
		if (zone != NULL)
			shrink_zone(snapshot, zone, block);
		return 0;
	}
	step->to_zones = simulate_zone_for(snapshot, block, step->word);
	block->state = MEMHP_STATE_ONLINE;
	block->zones = step->to_zones;
	block->candidates = ZONES_NONE;
	block->default_zone = ZONE_INDEX_NONE;
	if (snapshot->zone_count == 0 || block->node == NODE_NONE)
		return 0;
	zone = zone_for_writing(snapshot, block->node, counted_zone(step->to_zones));
	if (zone == NULL)
		return -ENOMEM;
	grow_zone(snapshot, zone, block);
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
	memmove(&nodes[at + 1], &nodes[at], (snapshot->node_count - at) * sizeof(*nodes));
	snapshot->node_count++;
	nodes[at] = (struct memhp_node){ .id = id,
					 .has_cpu = TRI_NO,
					 .tier = -1,
					 .read_latency_ns = -1,
					 .write_latency_ns = -1,
					 .read_bandwidth_mbs = -1,
					 .write_bandwidth_mbs = -1 };
	return 0;
}

/* memmap_on_memory is a request of the device that the kernel's parameter must allow. */
static uint8_t memmap_flag(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
{
	enum memmap_mode mode = snapshot->machine.memmap_on_memory;

	if (mode == MEMMAP_MODE_UNKNOWN)
		return 0;
	if (mode == MEMMAP_MODE_OFF || device->memmap_on_memory != TRI_YES)
		return BLOCK_MEMMAP_ELSEWHERE;
	return BLOCK_MEMMAP_ON_MEMORY;
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

static int bind_kmem(struct memhp_snapshot *snapshot, uint16_t index)
{
	struct memhp_device *device = &snapshot->devices[index];
	uint32_t first, last, number;
	size_t i, at;
	int rc;

	rc = add_node(snapshot, device->target_node);
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
	size_t kept = 0, i;

	for (i = 0; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].device != index)
			snapshot->blocks[kept++] = snapshot->blocks[i];
	}
	snapshot->block_count = kept;
}

static int simulate_bind(struct memhp_snapshot *snapshot, uint16_t index, enum driver driver)
{
	struct memhp_device *device = &snapshot->devices[index];

	if (device->driver == driver)
		return 0;
	if (driver == DRIVER_KMEM)
		return bind_kmem(snapshot, index);
	device->driver = driver;
	device->driver_name = driver_name(driver);
	return 0;
}

static void simulate_unbind(struct memhp_snapshot *snapshot, const struct memhp_step *step)
{
	struct memhp_device *device = &snapshot->devices[step->device];

	if (device->driver == DRIVER_KMEM)
		unbind_kmem(snapshot, step->device);
	device->driver = DRIVER_NONE;
	device->driver_name = NULL;
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
		struct memhp_device *device = &snapshot->devices[i];

		if (device->kind == MEMHP_DEVICE_DAX && device->driver == DRIVER_NONE &&
		    !device->leaked && device->mapping_count > 0 &&
		    !driver_needs_id(device, driver))
			rc = simulate_bind(snapshot, i, driver);
	}
	return rc;
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
	case STEP_BIND:
		return simulate_bind(snapshot, step->device, step->to);
	case STEP_BLOCK:
		return simulate_block(snapshot, step);
	default:
		return 0;
	}
}

/* ---- the end of a plan ---- */

void simulate_seal(struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		struct memhp_block *block = &snapshot->blocks[i];
		zone_set zones;

		if (block->state != MEMHP_STATE_OFFLINE)
			continue;
		zones = simulate_default_zone(snapshot, block);
		block->candidates = zones | ZONE_BIT(ZONE_MOVABLE) |
				    simulate_zone_for(snapshot, block, WORD_ONLINE_KERNEL);
		block->default_zone =
			(uint8_t)(zones == ZONE_BIT(counted_zone(zones)) ? counted_zone(zones) :
									   ZONE_INDEX_NONE);
	}
}
