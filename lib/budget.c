/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arithmetic of a machine's memory, once for everyone: what the kernel has for itself, what only
 * movable pages can use, what describing all of it costs, and where that lies. Pure; products are
 * worked out in 128 bits; what cannot be known is -1.
 */
#include "plan.h"

#include <errno.h>

#include "memmap.h"

typedef unsigned __int128 wide;

#define ALL_NODES BUDGET_ALL_NODES

/* A sum for a struct memhp_budget: -1 if it does not fit, as if it were not known. */
static int64_t narrow(wide sum)
{
	return sum <= INT64_MAX ? (int64_t)sum : -1;
}

static bool is_kernel_zone(const struct memhp_zone *zone)
{
	return zone->zone != ZONE_MOVABLE && zone->zone != ZONE_DEVICE;
}

static void add_zones(const struct memhp_snapshot *snapshot, int node, struct memhp_budget *budget)
{
	uint64_t page_size = snapshot->machine.page_size;
	wide kernel = 0, free = 0, available = 0, movable = 0;
	size_t i;

	if (snapshot->zone_count == 0 || page_size == 0)
		return;
	for (i = 0; i < snapshot->zone_count; i++) {
		const struct memhp_zone *zone = &snapshot->zones[i];

		if (node != ALL_NODES && zone->node != node)
			continue;
		if (zone->zone == ZONE_MOVABLE)
			movable += zone->present;
		if (!is_kernel_zone(zone))
			continue;
		kernel += zone->managed > zone->cma ? zone->managed - zone->cma : 0;
		movable += zone->cma;
		free += zone->free;
		available += (zone->free > zone->high ? zone->free - zone->high : 0) + zone->file;
	}
	budget->kernel_bytes = narrow(kernel * page_size);
	budget->kernel_free_bytes = narrow(free * page_size);
	budget->kernel_available_bytes = narrow(available * page_size);
	budget->movable_bytes = narrow(movable * page_size);
	if (budget->kernel_bytes > 0 && budget->movable_bytes >= 0)
		budget->ratio_percent =
			narrow((wide)budget->movable_bytes * 100 / (wide)budget->kernel_bytes);
}

/*
 * Where the struct pages of a node's blocks lie. No kernel shows it for a block; what the scan could
 * tell is in a block's flags. The rest may follow from the node's Movable zone: struct pages that lie
 * on the memory itself are present there and not managed.
 */
struct placement {
	uint64_t blocks;
	uint64_t on_memory;	    /* known to hold their own */
	uint64_t on_memory_movable; /* ... and online in Movable */
	uint64_t unknown;
	uint64_t unknown_movable;
	uint64_t foreign_movable; /* online in Movable, with pages that are reserved otherwise */
};

static bool is_online_movable(const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_ONLINE && block->zones == ZONE_BIT(ZONE_MOVABLE);
}

static bool is_on(const struct memhp_block *block, int node)
{
	return node == ALL_NODES || block->node == node;
}

static void place_block(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			struct placement *placement)
{
	bool movable = is_online_movable(block);

	placement->blocks++;
	placement->foreign_movable += movable && (block->origin == MEMHP_ORIGIN_BOOT ||
						  block->origin == MEMHP_ORIGIN_UNKNOWN ||
						  block->origin == MEMHP_ORIGIN_VIRTIO_MEM);
	switch (memmap_on_itself(snapshot, block)) {
	case TRI_YES:
		placement->on_memory++;
		placement->on_memory_movable += movable;
		return;
	case TRI_UNKNOWN:
		placement->unknown++;
		placement->unknown_movable += movable;
		return;
	case TRI_NO:
		return;
	}
}

static struct placement place_blocks(const struct memhp_snapshot *snapshot, int node)
{
	struct placement placement = { 0 };
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		if (is_on(&snapshot->blocks[i], node))
			place_block(snapshot, &snapshot->blocks[i], &placement);
	}
	return placement;
}

/* How many of a node's blocks hold their own struct pages; -1 if it cannot be told. */
static int64_t on_memory_blocks(const struct memhp_snapshot *snapshot, int node,
				const struct placement *placement)
{
	uint64_t memmap_pages = snapshot_memmap_pages(snapshot);
	const struct memhp_zone *zone;
	uint64_t blocks;

	if (placement->unknown == 0)
		return (int64_t)placement->on_memory;
	zone = snapshot_zone(snapshot, node, ZONE_MOVABLE);
	if (zone == NULL || memmap_pages == 0 || zone->managed > zone->present ||
	    placement->unknown != placement->unknown_movable || placement->foreign_movable > 0)
		return -1;
	/* A balloon takes managed pages away as well: only what comes out even is believed. */
	blocks = (zone->present - zone->managed) / memmap_pages;
	if ((zone->present - zone->managed) % memmap_pages != 0 ||
	    blocks < placement->on_memory_movable ||
	    blocks > placement->on_memory_movable + placement->unknown)
		return -1;
	return (int64_t)(placement->on_memory - placement->on_memory_movable + blocks);
}

static int64_t on_memory_all(const struct memhp_snapshot *snapshot)
{
	struct placement all = place_blocks(snapshot, ALL_NODES);
	int64_t sum = 0;
	uint64_t seen = 0;
	size_t i;

	if (all.unknown == 0)
		return (int64_t)all.on_memory;
	for (i = 0; i < snapshot->node_count; i++) {
		struct placement placement = place_blocks(snapshot, snapshot->nodes[i].id);
		int64_t blocks = on_memory_blocks(snapshot, snapshot->nodes[i].id, &placement);

		if (blocks < 0)
			return -1;
		sum += blocks;
		seen += placement.blocks;
	}
	/* Blocks of no known node are left over. */
	return seen == all.blocks ? sum : -1;
}

static void add_memmap(const struct memhp_snapshot *snapshot, uint64_t blocks, int64_t on_memory,
		       struct memhp_budget *budget)
{
	wide block_memmap =
		(wide)snapshot_block_pages(snapshot) * snapshot->machine.struct_page_size;

	if (block_memmap == 0)
		return;
	budget->memmap_bytes = narrow(blocks * block_memmap);
	if (on_memory >= 0)
		budget->memmap_on_memory_bytes = narrow((wide)on_memory * block_memmap);
}

static void count_block(const struct memhp_block *block, struct memhp_budget *budget)
{
	if (block->state == MEMHP_STATE_OFFLINE)
		budget->offline_blocks++;
	else if (block->state == MEMHP_STATE_UNKNOWN || block->zones == ZONES_UNKNOWN ||
		 block->zones == ZONES_NONE)
		budget->unknown_blocks++;
	else if (block->zones & ZONE_SPANS)
		budget->none_blocks++;
	else if (block->zones & ZONE_BIT(ZONE_MOVABLE))
		/* Also where the kernel is yet to choose: a verdict holds for the worst case. */
		budget->movable_blocks++;
	else
		budget->kernel_blocks++;
}

static void add_offline(const struct memhp_snapshot *snapshot, struct memhp_budget *budget)
{
	if (snapshot->machine.block_size != 0)
		budget->offline_bytes =
			narrow((wide)budget->offline_blocks * snapshot->machine.block_size);
}

static struct memhp_budget budget_unknown(void)
{
	return (struct memhp_budget){
		.kernel_bytes = -1,
		.kernel_free_bytes = -1,
		.kernel_available_bytes = -1,
		.movable_bytes = -1,
		.ratio_percent = -1,
		.memmap_bytes = -1,
		.memmap_on_memory_bytes = -1,
		.offline_bytes = -1,
	};
}

static void compute(const struct memhp_snapshot *snapshot, int node,
		    struct memhp_budget *ret_budget)
{
	struct placement placement = place_blocks(snapshot, node);
	struct memhp_budget budget = budget_unknown();
	size_t i;

	add_zones(snapshot, node, &budget);
	add_memmap(snapshot, placement.blocks,
		   node == ALL_NODES ? on_memory_all(snapshot) :
				       on_memory_blocks(snapshot, node, &placement),
		   &budget);
	for (i = 0; i < snapshot->block_count; i++)
		if (is_on(&snapshot->blocks[i], node))
			count_block(&snapshot->blocks[i], &budget);
	add_offline(snapshot, &budget);
	*ret_budget = budget;
}

void budget_compute(const struct memhp_snapshot *snapshot, struct memhp_budget *ret_budget)
{
	compute(snapshot, ALL_NODES, ret_budget);
}

void budget_compute_node(const struct memhp_snapshot *snapshot, int node,
			 struct memhp_budget *ret_budget)
{
	compute(snapshot, node, ret_budget);
}

void budget_compute_zones(const struct memhp_snapshot *snapshot, int node,
			  struct memhp_budget *ret_budget)
{
	struct memhp_budget budget = budget_unknown();

	add_zones(snapshot, node, &budget);
	*ret_budget = budget;
}

/* The node of a block by its index, the node of the last one tried first; the count if it is none. */
static size_t node_index(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			 size_t last)
{
	size_t i;

	if (last < snapshot->node_count && snapshot->nodes[last].id == block->node)
		return last;
	for (i = 0; i < snapshot->node_count && snapshot->nodes[i].id != block->node; i++)
		;
	return i;
}

/* One pass over the blocks, however many nodes there are. */
int budget_compute_nodes(const struct memhp_snapshot *snapshot, struct memhp_budget *budgets)
{
	struct placement *placements = calloc(snapshot->node_count + 1, sizeof(*placements));
	size_t at = 0, i;

	if (placements == NULL)
		return -ENOMEM;
	for (i = 0; i < snapshot->node_count; i++) {
		budgets[i] = budget_unknown();
		add_zones(snapshot, snapshot->nodes[i].id, &budgets[i]);
	}
	for (i = 0; i < snapshot->block_count; i++) {
		at = node_index(snapshot, &snapshot->blocks[i], at);
		if (at == snapshot->node_count)
			continue;
		place_block(snapshot, &snapshot->blocks[i], &placements[at]);
		count_block(&snapshot->blocks[i], &budgets[at]);
	}
	for (i = 0; i < snapshot->node_count; i++) {
		add_memmap(snapshot, placements[i].blocks,
			   on_memory_blocks(snapshot, snapshot->nodes[i].id, &placements[i]),
			   &budgets[i]);
		add_offline(snapshot, &budgets[i]);
	}
	free(placements);
	return 0;
}
