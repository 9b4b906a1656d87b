/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What memory there is, as the manual defines it: kernel_bytes is what zones other than Movable manage
 * less CMA, movable_bytes what Movable has present and CMA, and so on.
 */
#include "model.h"

int64_t available(const struct world *world)
{
	int64_t pages = 0;

	if (!world->zones_known)
		return -1;
	for (int i = 0; i < NODES; i++) {
		for (int index = DMA; world->nodes[i].exists && index < MOVABLE; index++) {
			const struct zone_counts *zone = &world->nodes[i].zones[index];

			if (zone->free > zone->high)
				pages += (int64_t)(zone->free - zone->high);
			pages += (int64_t)zone->file;
		}
	}
	return pages * (int64_t)world->page_size;
}

static void add_zones(const struct world *world, struct budget *budget)
{
	int64_t kernel = 0, movable = 0, idle = 0, page = (int64_t)world->page_size;

	budget->kernel = budget->kernel_free = budget->movable = budget->ratio = -1;
	budget->kernel_available = available(world);
	if (!world->zones_known)
		return;
	for (int i = 0; i < NODES; i++) {
		const struct zone_counts *zones = world->nodes[i].zones;

		if (!world->nodes[i].exists)
			continue;
		for (int index = DMA; index < MOVABLE; index++) {
			if (zones[index].managed > zones[index].cma)
				kernel += (int64_t)(zones[index].managed - zones[index].cma);
			movable += (int64_t)zones[index].cma;
			idle += (int64_t)zones[index].free;
		}
		movable += (int64_t)zones[MOVABLE].present;
	}
	budget->kernel = kernel * page;
	budget->kernel_free = idle * page;
	budget->movable = movable * page;
	if (kernel > 0)
		budget->ratio = movable * 100 / kernel;
}

/* Of blocks of a node of which it is not known: what Movable does not manage tells, if it comes out even
 * and nothing else is there. -1: it does not. */
static int64_t unknown_on_itself(const struct world *world, int node, int64_t unknown)
{
	const struct zone_counts *zone = &world->nodes[node].zones[MOVABLE];
	int64_t known = 0, gap = (int64_t)(zone->present - zone->managed), per_block, blocks;

	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &world->blocks[i];
		bool movable = block->state == ONLINE && block->zones == BIT(MOVABLE);

		if (block->state == ABSENT || block->node != node)
			continue;
		if (on_itself(world, i) == UNKNOWN && !movable)
			return -1;
		if (movable && (block->origin == FROM_BOOT || block->origin == FROM_UNKNOWN ||
				block->origin == FROM_VIRTIO))
			return -1;
		known += movable && on_itself(world, i) == YES;
	}
	per_block = (int64_t)memmap_pages(world);
	blocks = gap / per_block;
	if (!world->zones_known || gap % per_block != 0 || blocks < known ||
	    blocks > known + unknown)
		return -1;
	return blocks - known;
}

/* How many blocks hold what describes them; -1: not known. */
static int64_t count_on_itself(const struct world *world)
{
	int64_t sum = 0;

	for (int i = 0; i < NODES; i++) {
		int64_t unknown = 0, more;

		for (int j = 0; j < BLOCKS; j++) {
			if (world->blocks[j].state == ABSENT || world->blocks[j].node != i)
				continue;
			sum += on_itself(world, j) == YES;
			unknown += on_itself(world, j) == UNKNOWN;
		}
		more = unknown > 0 ? unknown_on_itself(world, i, unknown) : 0;
		if (more < 0)
			return -1;
		sum += more;
	}
	return sum;
}

static void count_block(const struct block *block, struct budget *budget)
{
	if (block->state == OFFLINE)
		budget->offline_blocks++;
	else if (block->state == STATE_UNKNOWN || block->zones == 0 || block->zones == ANY_ZONE)
		budget->unknown_blocks++;
	else if ((block->zones & SEVERAL_ZONES) != 0)
		budget->none_blocks++;
	else if ((block->zones & BIT(MOVABLE)) != 0)
		budget->movable_blocks++;
	else
		budget->kernel_blocks++;
}

struct budget budget_of(const struct world *world)
{
	struct budget budget = { 0 };
	int64_t per_block = (int64_t)(block_pages(world) * world->struct_page), count;

	add_zones(world, &budget);
	for (int i = 0; i < BLOCKS; i++) {
		if (world->blocks[i].state == ABSENT)
			continue;
		count_block(&world->blocks[i], &budget);
		budget.memmap += per_block;
	}
	count = count_on_itself(world);
	budget.on_memory = count < 0 ? -1 : count * per_block;
	budget.offline = (int64_t)(budget.offline_blocks * world->block_size);
	return budget;
}
