/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's memory as a drawing: what of each block is drawn, and how blocks become cells. cmd-map.c
 * gathers it, map.c lays it out, render-map.c draws it.
 */
#ifndef MEMHP_MAP_H
#define MEMHP_MAP_H

#include "render.h"

/* Letters of a cell that stand for no block's. */
#define MAP_HOLE '.'
#define MAP_MIXED '*'
#define MAP_BOOT '-'
#define MAP_UNKNOWN '?'
/* What is behind the last letter for owners. */
#define MAP_OTHER '#'
#define MAP_OWNERS 52

#define MAP_NO_NODE (-1)
#define MAP_WIDTH_MAX 512

struct map_block {
	uint32_t number;
	int16_t node;		/* MAP_NO_NODE */
	char letter;		/* its zone if online, else its state */
	char owner;
};

struct map {
	struct map_block *blocks;	/* by node, then ascending */
	size_t count;
	size_t capacity;
	uint64_t block_size;
	const char *owners[MAP_OWNERS];	/* devices that own blocks, by letter */
	size_t owner_count;
	bool owners_differ;	/* else there is nothing to tell apart */
	bool without_nodes;	/* the kernel knows none, which is not a node that is not known */
	uint32_t scale;		/* blocks a cell */
};

/* The letter of zones and states, and what it stands for; NULL past the last one. */
struct map_letter {
	char letter;
	enum paint paint;
	const char *zone;	/* NULL: it is a state */
	const char *state;
	const char *meaning;
};
const struct map_letter *map_letter(size_t index);
char map_owner_letter(size_t index);

/* One row of cells: from block FIRST on, which is on a cell's border. */
struct map_row {
	int16_t node;
	uint32_t first;
	size_t cells;
	uint64_t hole;		/* blocks missing behind it, before the node's next row; 0: none, or the end */
	bool owned;		/* by something else than boot, and that is worth a line */
	char letters[MAP_WIDTH_MAX];
	char owners[MAP_WIDTH_MAX];
};

/* map_sort - brings the blocks into order, once all are there. */
void map_sort(struct map *map);
/* map_next - the row that begins at *INDEX of the blocks, WIDTH cells at most; false past the last. */
bool map_next(const struct map *map, size_t width, size_t *index, struct map_row *ret_row);
/* map_fit - chooses the scale: as fine as LINES lines of WIDTH cells allow. */
void map_fit(struct map *map, size_t width, size_t lines);

/* render-map.c */
void render_map(const struct render *render, struct map *map);

#endif
