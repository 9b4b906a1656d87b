/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks to rows of cells, and how many blocks a cell stands for. Draws nothing and reads no machine.
 */
#include <stdlib.h>

#include "map.h"

/* A hole of more cells than this is told of, and not drawn. */
#define HOLE_CELLS 8
#define SCALE_MAX (1U << 30)

static const struct map_letter letters[] = {
	{ 'A', PAINT_NONE, "DMA", NULL, "DMA" },
	{ 'D', PAINT_NONE, "DMA32", NULL, "DMA32" },
	{ 'N', PAINT_NONE, "Normal", NULL, "Normal" },
	{ 'H', PAINT_NONE, "HighMem", NULL, "HighMem" },
	{ 'M', PAINT_GOOD, "Movable", NULL, "Movable" },
	{ 'S', PAINT_WARN, "none", NULL, "spans several zones" },
	{ 'o', PAINT_DIM, NULL, "offline", "offline" },
	{ 'g', PAINT_WARN, NULL, "going-offline", "going offline" },
	{ MAP_UNKNOWN, PAINT_WARN, NULL, "unknown", "unknown" },
	{ MAP_MIXED, PAINT_HEAD, NULL, NULL, "several of these" },
	{ MAP_HOLE, PAINT_DIM, NULL, NULL, "no block" },
};

const struct map_letter *map_letter(size_t index)
{
	return index < ARRAY_SIZE(letters) ? &letters[index] : NULL;
}

char map_owner_letter(size_t index)
{
	if (index >= MAP_OWNERS)
		return MAP_OTHER;
	return (char)(index < 26 ? 'a' + (int)index : 'A' + (int)index - 26);
}

static char merge(char cell, char block)
{
	return cell == MAP_HOLE || cell == block ? block : MAP_MIXED;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct map_block *left = a, *right = b;

	if (left->node != right->node)
		return left->node < right->node ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

void map_sort(struct map *map)
{
	size_t i;

	for (i = 1; i < map->count; i++)
		map->owners_differ |= map->blocks[i].owner != map->blocks[0].owner;
	if (map->count > 0)
		qsort(map->blocks, map->count, sizeof(*map->blocks), compare_blocks);
}

static void begin_row(const struct map *map, const struct map_block *block, size_t width,
		      struct map_row *row)
{
	size_t i;

	row->node = block->node;
	row->first = block->number / map->scale * map->scale;
	row->cells = 0;
	row->hole = 0;
	row->owned = false;
	for (i = 0; i < width; i++)
		row->letters[i] = row->owners[i] = MAP_HOLE;
}

bool map_next(const struct map *map, size_t width, size_t *index, struct map_row *ret_row)
{
	uint32_t last = 0;

	if (*index >= map->count)
		return false;
	begin_row(map, &map->blocks[*index], width, ret_row);
	for (; *index < map->count && map->blocks[*index].node == ret_row->node; (*index)++) {
		const struct map_block *block = &map->blocks[*index];
		size_t cell = (block->number - ret_row->first) / map->scale;
		bool gap = ret_row->cells > 0 && block->number != last + 1;

		if (cell >= width || (gap && cell > ret_row->cells + HOLE_CELLS)) {
			ret_row->hole = block->number - last - 1;
			break;
		}
		/* A hole within a cell is one of several things in it. */
		if (gap && cell + 1 == ret_row->cells)
			ret_row->letters[cell] = MAP_MIXED;
		ret_row->letters[cell] = merge(ret_row->letters[cell], block->letter);
		ret_row->owners[cell] = merge(ret_row->owners[cell], block->owner);
		ret_row->owned |= map->owners_differ && block->owner != MAP_BOOT;
		ret_row->cells = cell + 1;
		last = block->number;
	}
	return true;
}

/* Lines that all rows take, with a heading for each node. */
static size_t count_lines(const struct map *map, size_t width)
{
	size_t lines = 0, index = 0;
	struct map_row row;
	int node = MAP_NO_NODE - 1;

	while (map_next(map, width, &index, &row)) {
		lines += (row.owned ? 2 : 1) + (row.node != node);
		node = row.node;
	}
	return lines;
}

void map_fit(struct map *map, size_t width, size_t lines)
{
	uint32_t best = 1;
	size_t least = SIZE_MAX;

	for (map->scale = 1; map->scale < SCALE_MAX; map->scale *= 2) {
		size_t count = count_lines(map, width);

		/* Where many nodes do not fit, the finest of the shortest maps has to do. */
		if (count < least) {
			least = count;
			best = map->scale;
		}
		if (count <= lines)
			break;
	}
	map->scale = best;
}
