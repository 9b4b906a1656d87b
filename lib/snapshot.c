/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lifetime and copies of a snapshot, and look-up in it: by number, address, name, node. Fills
 * nothing in and reads nothing; scan does that.
 */
#include <errno.h>
#include <string.h>

#include "model.h"

/* On every 64-bit kernel without debugging options (include/linux/mm_types.h, 6.1 to 7.2). */
#define STRUCT_PAGE_ASSUMED 64

int snapshot_new(struct memhp_snapshot **ret_snapshot)
{
	struct memhp_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL)
		return -ENOMEM;
	snapshot->arena = arena_new();
	if (snapshot->arena == NULL) {
		free(snapshot);
		return -ENOMEM;
	}
	snapshot->refcount = 1;
	snapshot->machine.auto_movable_ratio = -1;
	snapshot->machine.memmap_pages = -1;
	snapshot->machine.memmap_boot_pages = -1;
	*ret_snapshot = snapshot;
	return 0;
}

EXPORT struct memhp_snapshot *memhp_snapshot_ref(struct memhp_snapshot *snapshot)
{
	if (snapshot != NULL)
		__atomic_add_fetch(&snapshot->refcount, 1, __ATOMIC_RELAXED);
	return snapshot;
}

EXPORT struct memhp_snapshot *memhp_snapshot_unref(struct memhp_snapshot *snapshot)
{
	if (snapshot == NULL || __atomic_sub_fetch(&snapshot->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	free(snapshot->blocks);
	free(snapshot->devices);
	free(snapshot->nodes);
	free(snapshot->zones);
	free(snapshot->regions);
	free(snapshot->firmware);
	free(snapshot->node_sets);
	free(snapshot->errors);
	free(snapshot->brackets);
	if (snapshot->base == NULL) {
		free(snapshot->setup.hits);
		free(snapshot->setup.stand_ins);
	}
	free(snapshot->pages);
	arena_free(snapshot->arena);
	memhp_snapshot_unref(snapshot->base);
	free(snapshot);
	return NULL;
}

void snapshot_cleanup(struct memhp_snapshot **snapshot)
{
	*snapshot = memhp_snapshot_unref(*snapshot);
}

int snapshot_want_all(const struct memhp_snapshot *snapshot, struct memhp_error *error)
{
	if (snapshot->missing == 0)
		return 0;
	return error_set(error, MEMHP_ERROR_USAGE, -EINVAL, "",
			 "this snapshot holds only a part of the machine");
}

/* A malloc'ed copy of COUNT items; an empty array is NULL, which is no failure. */
static bool copy_array(const void *items, size_t count, size_t size, void *ret_copy)
{
	void *copy = NULL;

	if (count > 0) {
		copy = malloc(count * size);
		if (copy == NULL)
			return false;
		memcpy(copy, items, count * size);
	}
	memcpy(ret_copy, &copy, sizeof(copy));
	return true;
}

#define COPY_ARRAY(from, to, array, count)                                                 \
	(copy_array((from)->array, (from)->count, sizeof(*(from)->array), &(to)->array) && \
	 ((to)->count = (from)->count, true))

int snapshot_copy(struct memhp_snapshot *base, struct memhp_snapshot **ret_copy)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *copy = NULL;
	int rc = snapshot_new(&copy);

	if (rc < 0)
		return rc;
	copy->base = memhp_snapshot_ref(base);
	copy->missing = base->missing;
	copy->machine = base->machine;
	copy->setup = base->setup;
	copy->journal = base->journal;
	copy->arrivals = base->arrivals;
	if (!COPY_ARRAY(base, copy, blocks, block_count) ||
	    !COPY_ARRAY(base, copy, devices, device_count) ||
	    !COPY_ARRAY(base, copy, nodes, node_count) ||
	    !COPY_ARRAY(base, copy, zones, zone_count) ||
	    !COPY_ARRAY(base, copy, regions, region_count) ||
	    !COPY_ARRAY(base, copy, firmware, firmware_count) ||
	    !COPY_ARRAY(base, copy, node_sets, node_set_count) ||
	    !COPY_ARRAY(base, copy, errors, error_count) ||
	    !COPY_ARRAY(base, copy, pages, pages_count))
		return -ENOMEM;
	copy->block_capacity = copy->block_count;
	*ret_copy = take_pointer(copy);
	return 0;
}

int snapshot_copy_zones(struct memhp_snapshot *base, struct memhp_snapshot **ret_copy)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *copy = NULL;
	int rc = snapshot_new(&copy);

	if (rc < 0)
		return rc;
	copy->base = memhp_snapshot_ref(base);
	copy->machine = base->machine;
	if (!COPY_ARRAY(base, copy, nodes, node_count) ||
	    !COPY_ARRAY(base, copy, zones, zone_count))
		return -ENOMEM;
	*ret_copy = take_pointer(copy);
	return 0;
}

size_t snapshot_block_index(const struct memhp_snapshot *snapshot, uint32_t number)
{
	size_t low = 0, high = snapshot->block_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (snapshot->blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct memhp_block *snapshot_block(const struct memhp_snapshot *snapshot, uint32_t number)
{
	size_t index = snapshot_block_index(snapshot, number);

	if (index == snapshot->block_count || snapshot->blocks[index].number != number)
		return NULL;
	return &snapshot->blocks[index];
}

const struct block_pages *snapshot_pages_of(const struct memhp_snapshot *snapshot, uint32_t number)
{
	size_t low = 0, high = snapshot->pages_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (snapshot->pages[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == snapshot->pages_count || snapshot->pages[low].number != number)
		return NULL;
	return &snapshot->pages[low];
}

struct memhp_node node_unknown(int id)
{
	return (struct memhp_node){
		.id = id,
		.total_bytes = SIZE_UNKNOWN,
		.free_bytes = SIZE_UNKNOWN,
		.tier = -1,
		.gigantic_pages = -1,
		.poisoned_pages = -1,
		.read_latency_ns = -1,
		.write_latency_ns = -1,
		.read_bandwidth_mbs = -1,
		.write_bandwidth_mbs = -1,
	};
}

const struct memhp_node *snapshot_node(const struct memhp_snapshot *snapshot, int id)
{
	size_t i;

	for (i = 0; i < snapshot->node_count; i++) {
		if (snapshot->nodes[i].id == id)
			return &snapshot->nodes[i];
	}
	return NULL;
}

struct memhp_zone *snapshot_zone(const struct memhp_snapshot *snapshot, int node,
				 enum zone_index zone)
{
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (snapshot->zones[i].node == node && snapshot->zones[i].zone == zone)
			return &snapshot->zones[i];
	}
	return NULL;
}

size_t snapshot_block_nodes(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			    int16_t *nodes, size_t max)
{
	const struct node_set *set;
	size_t i;

	if (block->nodes == 0) {
		if (block->node == NODE_NONE)
			return 0;
		if (max > 0)
			nodes[0] = block->node;
		return 1;
	}
	set = &snapshot->node_sets[block->nodes];
	for (i = 0; i < MIN(set->count, max); i++)
		nodes[i] = set->nodes[i];
	return set->count;
}

const char *snapshot_device_name(const struct memhp_snapshot *snapshot, uint16_t device)
{
	return device < snapshot->device_count ? snapshot->devices[device].name : NULL;
}

uint64_t snapshot_block_pages(const struct memhp_snapshot *snapshot)
{
	const struct machine *machine = &snapshot->machine;

	return machine->page_size == 0 ? 0 : machine->block_size / machine->page_size;
}

uint64_t snapshot_memmap_pages(const struct memhp_snapshot *snapshot)
{
	const struct machine *machine = &snapshot->machine;
	uint64_t struct_page =
		machine->struct_page_size != 0 ? machine->struct_page_size : STRUCT_PAGE_ASSUMED;
	uint64_t bytes = snapshot_block_pages(snapshot) * struct_page;

	if (machine->page_size == 0)
		return 0;
	return bytes / machine->page_size + (bytes % machine->page_size != 0);
}

enum memhp_mode device_mode(const struct memhp_device *device)
{
	if (device->kind != MEMHP_DEVICE_DAX)
		return device->size == 0 ? MEMHP_MODE_EMPTY : MEMHP_MODE_SYSTEM_RAM;
	switch (device->driver) {
	case DRIVER_KMEM:
		return MEMHP_MODE_SYSTEM_RAM;
	case DRIVER_DEVICE_DAX:
		return MEMHP_MODE_DEVDAX;
	case DRIVER_FSDEV_DAX:
		return MEMHP_MODE_FSDEV;
	case DRIVER_NONE:
		if (device->leaked && !device->leaving)
			return MEMHP_MODE_LEAKED;
		return device->size == 0 ? MEMHP_MODE_EMPTY : MEMHP_MODE_UNBOUND;
	default:
		return MEMHP_MODE_UNKNOWN;
	}
}

EXPORT uint64_t memhp_snapshot_get_block_size(const struct memhp_snapshot *snapshot)
{
	return snapshot->machine.block_size;
}

EXPORT uint64_t memhp_snapshot_get_page_size(const struct memhp_snapshot *snapshot)
{
	return snapshot->machine.page_size;
}

EXPORT size_t memhp_snapshot_get_block_count(const struct memhp_snapshot *snapshot)
{
	return snapshot->block_count;
}

EXPORT const struct memhp_block *memhp_block_get_first(const struct memhp_snapshot *snapshot)
{
	return snapshot->block_count == 0 ? NULL : snapshot->blocks;
}

EXPORT const struct memhp_block *memhp_block_get_next(const struct memhp_snapshot *snapshot,
						      const struct memhp_block *block)
{
	return block + 1 == snapshot->blocks + snapshot->block_count ? NULL : block + 1;
}

EXPORT const struct memhp_block *
memhp_snapshot_get_block_by_address(const struct memhp_snapshot *snapshot, uint64_t address)
{
	uint64_t size = snapshot->machine.block_size;

	if (size == 0 || address / size > UINT32_MAX)
		return NULL;
	return snapshot_block(snapshot, (uint32_t)(address / size));
}

EXPORT uint32_t memhp_block_get_number(const struct memhp_block *block)
{
	return block->number;
}

EXPORT enum memhp_state memhp_block_get_state(const struct memhp_block *block)
{
	return (enum memhp_state)block->state;
}

EXPORT enum memhp_origin memhp_block_get_origin(const struct memhp_block *block)
{
	return (enum memhp_origin)block->origin;
}

EXPORT int memhp_block_get_node(const struct memhp_block *block)
{
	return block->node;
}

EXPORT const char *memhp_block_get_zone(const struct memhp_block *block)
{
	unsigned int i;

	if (block->zones & ZONE_SPANS)
		return "none";
	for (i = 0; i < ZONE_COUNT; i++) {
		if (block->zones == ZONE_BIT(i))
			return zone_name((enum zone_index)i);
	}
	return NULL;
}

EXPORT const struct memhp_device *memhp_device_get_first(const struct memhp_snapshot *snapshot)
{
	return snapshot->device_count == 0 || (snapshot->missing & SCAN_DEVICES) != 0 ?
		       NULL :
		       snapshot->devices;
}

EXPORT const struct memhp_device *memhp_device_get_next(const struct memhp_snapshot *snapshot,
							const struct memhp_device *device)
{
	return device + 1 == snapshot->devices + snapshot->device_count ? NULL : device + 1;
}

EXPORT const struct memhp_device *
memhp_snapshot_get_device_by_name(const struct memhp_snapshot *snapshot, const char *name)
{
	size_t i;

	if ((snapshot->missing & SCAN_DEVICES) != 0)
		return NULL;
	for (i = 0; i < snapshot->device_count; i++) {
		if (strcmp(snapshot->devices[i].name, name) == 0)
			return &snapshot->devices[i];
	}
	return NULL;
}

EXPORT const char *memhp_device_get_name(const struct memhp_device *device)
{
	return device->name;
}

EXPORT enum memhp_mode memhp_device_get_mode(const struct memhp_device *device)
{
	return device_mode(device);
}

EXPORT uint64_t memhp_device_get_size(const struct memhp_device *device)
{
	return device->size;
}
