/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's zones: what each spans and holds, which one a block goes to, and where the
 * kernel takes pages for itself. As in mm/memory_hotplug.c of 6.1, 6.12 and 7.2, which agree here.
 * All counts are made anew from the blocks, so nothing can drift.
 */
#include <errno.h>
#include <string.h>

#include "fakekern-private.h"

const char *const zone_names[ZONES] = { "DMA", "DMA32", "Normal", "Movable", "Device" };
const char *const online_words[ONLINE_TYPES] = { "offline", "online", "online_kernel",
						 "online_movable" };

static void count_extent(struct fakekern *kernel, const struct block *block,
			 const struct extent *extent)
{
	struct node *node = node_get(kernel, extent->node);
	struct zone_counts *zone = &node->zones[extent->zone];

	if (zone->end == 0 || extent->start < zone->start)
		zone->start = extent->start;
	zone->end = MAX(zone->end, extent->start + extent->pages);
	zone->present += extent->present;
	zone->managed += extent->present - extent->reserved;
	zone->free += extent->present - extent->reserved - extent->taken - extent->used;
	zone->used += extent->used;
	if (block->early)
		zone->early += extent->present;
}

void zones_refresh(struct fakekern *kernel)
{
	if (!kernel->zones_stale)
		return;
	for (size_t i = 0; i < NODES; i++) {
		struct node *node = &kernel->nodes[i];

		memset(node->zones, 0, sizeof(node->zones));
		node->zones[DEVICE].start = node->device_start;
		node->zones[DEVICE].end = node->device_end;
	}
	for (size_t i = 0; i < kernel->block_count; i++) {
		for (size_t j = 0; j < kernel->blocks[i]->extent_count; j++)
			count_extent(kernel, kernel->blocks[i], &kernel->blocks[i]->extents[j]);
	}
	kernel->zones_stale = false;
}

struct zone_counts *zone_get(struct fakekern *kernel, int node, enum zone zone)
{
	zones_refresh(kernel);
	return &node_get(kernel, node)->zones[zone];
}

uint64_t zone_watermark(const struct zone_counts *zone)
{
	return zone->managed / 512;
}

static bool zone_meets(struct fakekern *kernel, int node, enum zone zone, const struct block *block)
{
	const struct zone_counts *counts = zone_get(kernel, node, zone);
	uint64_t first = (uint64_t)block->number * block_pages(kernel);

	return counts->start < first + block_pages(kernel) && first < counts->end;
}

static enum zone kernel_zone(struct fakekern *kernel, const struct block *block)
{
	for (enum zone zone = DMA; zone < NORMAL; zone++) {
		if (zone_meets(kernel, block->nodes[0], zone, block))
			return zone;
	}
	return NORMAL;
}

static enum zone contiguous_zone(struct fakekern *kernel, const struct block *block)
{
	enum zone zone = kernel_zone(kernel, block);
	bool in_kernel = zone_meets(kernel, block->nodes[0], zone, block);
	bool in_movable = zone_meets(kernel, block->nodes[0], MOVABLE, block);

	if (in_kernel == in_movable)
		return kernel->config.movable_node ? MOVABLE : zone;
	return in_movable ? MOVABLE : zone;
}

/* What of a group is present in Movable and in other zones, on NODE or (-1) anywhere. */
static void group_present(struct fakekern *kernel, const struct group *group, int node,
			  uint64_t *ret_movable, uint64_t *ret_kernel)
{
	*ret_movable = *ret_kernel = 0;
	for (size_t i = 0; i < kernel->block_count; i++) {
		const struct block *block = kernel->blocks[i];

		if (block->group != group || block->extent_count == 0 ||
		    (node >= 0 && block->nodes[0] != node))
			continue;
		*(block->extents[0].zone == MOVABLE ? ret_movable : ret_kernel) +=
			block->extents[0].present;
	}
}

/* A dynamic group other than OWN counts once, at the first of its blocks. */
static bool first_of_other_group(struct fakekern *kernel, size_t index, const struct group *own)
{
	const struct group *group = kernel->blocks[index]->group;

	if (group == NULL || group == own || group->unit_pages == 0)
		return false;
	for (size_t i = 0; i < index; i++) {
		if (kernel->blocks[i]->group == group)
			return false;
	}
	return true;
}

static bool ratio_allows(struct fakekern *kernel, int node, const struct group *own, uint64_t need)
{
	uint64_t early = 0, movable = 0, required = 0, group_movable, group_kernel;
	uint64_t ratio = kernel->auto_movable_ratio;

	for (int id = 0; id < NODES; id++) {
		if (node >= 0 && id != node)
			continue;
		for (enum zone zone = DMA; zone < MOVABLE; zone++)
			early += zone_get(kernel, id, zone)->early;
		early -= MIN(early, node_get(kernel, id)->cma);
		movable += zone_get(kernel, id, MOVABLE)->present + node_get(kernel, id)->cma;
	}
	for (size_t i = 0; i < kernel->block_count; i++) {
		if (!first_of_other_group(kernel, i, own))
			continue;
		group_present(kernel, kernel->blocks[i]->group, node, &group_movable,
			      &group_kernel);
		if (group_movable * 100 / ratio > group_kernel)
			required += group_movable * 100 / ratio - group_kernel;
		movable -= group_movable;
	}
	if (early <= required)
		return false;
	early -= required;
	if (own != NULL && own->unit_pages > 0) {
		group_present(kernel, own, node, &group_movable, &group_kernel);
		early += group_kernel;
	}
	return movable + need <= ratio * early / 100;
}

/* The pages that must fit in Movable for BLOCK to go there; false: its group went elsewhere. */
static bool movable_need(struct fakekern *kernel, const struct block *block, uint64_t *ret_need)
{
	const struct group *group = block->group;
	uint64_t movable, other, unit_online = 0;

	*ret_need = block_pages(kernel);
	if (group == NULL)
		return true;
	if (group->unit_pages == 0) {
		group_present(kernel, group, -1, &movable, &other);
		*ret_need = group->max_pages - MIN(group->max_pages, movable);
		return other == 0;
	}
	if (group->unit_pages <= block_pages(kernel))
		return true;
	uint32_t per_unit = (uint32_t)(group->unit_pages / block_pages(kernel));
	uint32_t first = block->number / per_unit * per_unit;
	for (uint32_t number = first; number < first + per_unit; number++) {
		const struct block *other_block = block_find(kernel, number);

		if (other_block == NULL || other_block->extent_count == 0)
			continue;
		if (other_block->extents[0].zone != MOVABLE)
			return false;
		unit_online += other_block->extents[0].present;
	}
	*ret_need = group->unit_pages - unit_online;
	return true;
}

static enum zone auto_movable_zone(struct fakekern *kernel, const struct block *block)
{
	enum zone zone = kernel_zone(kernel, block);
	uint64_t need;

	if (kernel->auto_movable_ratio == 0 || !movable_need(kernel, block, &need))
		return zone;
	if (!ratio_allows(kernel, -1, block->group, need))
		return zone;
	if (kernel->numa_aware && !ratio_allows(kernel, block->nodes[0], block->group, need))
		return zone;
	return MOVABLE;
}

enum zone zone_choose(struct fakekern *kernel, const struct block *block, enum online_type type)
{
	if (type == ONLINE_KERNEL)
		return kernel_zone(kernel, block);
	if (type == ONLINE_MOVABLE)
		return MOVABLE;
	if (strcmp(kernel->online_policy, "auto-movable") == 0)
		return auto_movable_zone(kernel, block);
	return contiguous_zone(kernel, block);
}

/* Takes from a zone of a node what can be had above its watermark, highest blocks first. */
static uint64_t take_from_zone(struct fakekern *kernel, int node, enum zone zone, uint64_t pages,
			       struct allocation *allocation)
{
	struct zone_counts *counts = zone_get(kernel, node, zone);
	uint64_t room = counts->free - MIN(counts->free, zone_watermark(counts));
	uint64_t wanted = MIN(pages, room), taken = 0;

	for (size_t i = kernel->block_count; i-- > 0 && taken < wanted;) {
		struct block *block = kernel->blocks[i];

		for (size_t j = 0; j < block->extent_count && taken < wanted; j++) {
			struct extent *extent = &block->extents[j];
			uint64_t here =
				extent->present - extent->reserved - extent->taken - extent->used;

			if (extent->node != node || extent->zone != zone || here == 0)
				continue;
			here = MIN(here, wanted - taken);
			extent->taken += here;
			taken += here;
			allocation->pieces =
				kernel_grow(allocation->pieces, allocation->count,
					    &allocation->capacity, sizeof(struct piece));
			allocation->pieces[allocation->count++] = (struct piece){ block, j, here };
		}
	}
	kernel->zones_stale = true;
	return taken;
}

/* The nearest node to FROM that was not yet asked; -1: none is left. */
static int next_node(struct fakekern *kernel, int from, const bool *asked)
{
	int best = -1;

	for (int id = 0; id < NODES; id++) {
		if (asked[id] || !kernel->nodes[id].exists)
			continue;
		if (best < 0 || kernel->distances[from][id] < kernel->distances[from][best])
			best = id;
	}
	return best;
}

int pages_take(struct fakekern *kernel, int node, uint64_t pages, struct allocation *allocation)
{
	bool asked[NODES] = { false };
	uint64_t left = pages;

	for (int id = next_node(kernel, node, asked); id >= 0 && left > 0;
	     id = next_node(kernel, node, asked)) {
		asked[id] = true;
		for (enum zone zone = NORMAL; (int)zone >= DMA && left > 0; zone--)
			left -= take_from_zone(kernel, id, zone, left, allocation);
	}
	if (left == 0)
		return 0;
	pages_give(kernel, allocation);
	return -ENOMEM;
}

void pages_give(struct fakekern *kernel, struct allocation *allocation)
{
	for (size_t i = 0; i < allocation->count; i++) {
		const struct piece *piece = &allocation->pieces[i];

		piece->block->extents[piece->extent].taken -= piece->pages;
	}
	free(allocation->pieces);
	*allocation = (struct allocation){ 0 };
	kernel->zones_stale = true;
}
