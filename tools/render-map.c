/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Draws a map: for each node rows of cells, a letter for zone or state, below it one for the owner,
 * and what the letters mean. Colours only repeat what the letters say.
 */
#include <inttypes.h>
#include <string.h>

#include "clean.h"
#include "map.h"

#define WIDTH_OTHERWISE 80
#define HEIGHT_OTHERWISE 24
#define LEGEND_LINES 5
#define CELLS_LEAST 16

static void size_text(const struct render *render, uint64_t bytes, char *buffer, size_t size)
{
	struct render human = *render;

	human.human = true;
	render_bytes(&human, bytes, buffer, size);
}

static enum paint paint_of(char letter, char owner)
{
	const struct map_letter *row;
	size_t i;

	for (i = 0; (row = map_letter(i)) != NULL; i++) {
		if (row->letter != letter)
			continue;
		/* Device memory in a kernel zone is what one looks for. */
		if (row->zone != NULL && row->paint == PAINT_NONE && owner != MAP_BOOT)
			return PAINT_BAD;
		return row->paint;
	}
	return PAINT_NONE;
}

static void print_cells(const struct render *render, const struct map_row *row, const char *cells)
{
	enum paint paint = PAINT_NONE;
	size_t i;

	for (i = 0; i < row->cells; i++) {
		enum paint next = paint_of(row->letters[i], row->owners[i]);

		if (next != paint) {
			fputs(paint_off(render, paint), render->out);
			fputs(paint_on(render, next), render->out);
		}
		paint = next;
		fputc(cells[i], render->out);
	}
	fputs(paint_off(render, paint), render->out);
}

/* Where there is room for it; the next row's address tells it too. */
static void print_hole(const struct render *render, const struct map *map,
		       const struct map_row *row, size_t width)
{
	char size[32];

	if (row->hole < map->scale || row->hole == 0 ||
	    row->cells + sizeof("(hole of 1023G)") > width)
		return;
	size_text(render, row->hole * map->block_size, size, sizeof(size));
	fprintf(render->out, " %s(hole of %s)%s", paint_on(render, PAINT_DIM), size,
		paint_off(render, PAINT_DIM));
}

static void print_row(const struct render *render, const struct map *map, const struct map_row *row,
		      size_t width, int digits)
{
	fprintf(render->out, "  0x%0*" PRIx64 " ", digits, (uint64_t)row->first * map->block_size);
	print_cells(render, row, row->letters);
	print_hole(render, map, row, width);
	fputc('\n', render->out);
	if (!row->owned)
		return;
	fprintf(render->out, "  %*s ", digits + 2, "");
	print_cells(render, row, row->owners);
	fputc('\n', render->out);
}

static size_t count_blocks(const struct map *map, int16_t node)
{
	size_t count = 0, i;

	for (i = 0; i < map->count; i++)
		count += map->blocks[i].node == node;
	return count;
}

static void print_node(const struct render *render, const struct map *map, int16_t node)
{
	char title[64], size[32];

	size_text(render, count_blocks(map, node) * map->block_size, size, sizeof(size));
	if (map->without_nodes)
		snprintf(title, sizeof(title), "Memory: %s", size);
	else if (node == MAP_NO_NODE)
		snprintf(title, sizeof(title), "Node unknown: %s", size);
	else
		snprintf(title, sizeof(title), "Node %d: %s", node, size);
	render_title(render, title);
}

static void print_rows(const struct render *render, const struct map *map, size_t width, int digits)
{
	int node = MAP_NO_NODE - 1;
	struct map_row row;
	size_t index = 0;

	while (map_next(map, width, &index, &row)) {
		if (row.node != node)
			print_node(render, map, row.node);
		node = row.node;
		print_row(render, map, &row, width, digits);
	}
}

/* ---- what the letters mean ---- */

/* Words side by side, in lines of the screen's width. */
struct legend {
	const struct render *render;
	const char *title;
	size_t column;
	size_t width;
};

static void print_meaning(struct legend *legend, char letter, enum paint paint, const char *meaning)
{
	FILE *out = legend->render->out;
	char clean[RENDER_CELL_MAX];
	size_t len;

	clean_copy(clean, sizeof(clean), meaning);
	len = shown_length(clean) + 4;
	if (legend->column > 0 && legend->column + len > legend->width) {
		fputc('\n', out);
		legend->column = 0;
	}
	if (legend->column == 0)
		legend->column = (size_t)fprintf(out, "%-6s", legend->title);
	legend->title = "";
	fprintf(out, "  %s%c%s %s", paint_on(legend->render, paint), letter,
		paint_off(legend->render, paint), clean);
	legend->column += len;
}

/* The letters that are in the map: a bit for each. */
struct used {
	bool letters[256];
	bool owners[256];
};

static void find_used(const struct map *map, size_t width, struct used *used)
{
	struct map_row row;
	size_t index = 0, i;

	while (map_next(map, width, &index, &row)) {
		for (i = 0; i < row.cells; i++) {
			used->letters[(unsigned char)row.letters[i]] = true;
			used->owners[(unsigned char)row.owners[i]] = true;
		}
	}
}

static void print_legend(const struct render *render, const struct map *map, size_t width,
			 size_t columns)
{
	struct used used = { .letters = { false } };
	struct legend zones = { .render = render, .title = "cells", .width = columns };
	struct legend owners = { .render = render, .title = "owner", .width = columns };
	const struct map_letter *row;
	size_t i;

	find_used(map, width, &used);
	for (i = 0; (row = map_letter(i)) != NULL; i++) {
		if (used.letters[(unsigned char)row->letter])
			print_meaning(&zones, row->letter, row->paint, row->meaning);
	}
	fputc('\n', render->out);
	if (used.owners[MAP_BOOT])
		print_meaning(&owners, MAP_BOOT, PAINT_NONE, "boot");
	for (i = 0; i < map->owner_count; i++)
		print_meaning(&owners, map_owner_letter(i), PAINT_NONE, map->owners[i]);
	if (used.owners[MAP_OTHER])
		print_meaning(&owners, MAP_OTHER, PAINT_NONE, "another device");
	if (used.owners[MAP_UNKNOWN])
		print_meaning(&owners, MAP_UNKNOWN, PAINT_NONE, "unknown");
	if (owners.column > 0)
		fputc('\n', render->out);
}

static int address_digits(const struct map *map)
{
	uint64_t address = 0;
	int digits = 1;
	size_t i;

	for (i = 0; i < map->count; i++) {
		if (map->blocks[i].number * map->block_size > address)
			address = map->blocks[i].number * map->block_size;
	}
	for (; address >= 16; address /= 16)
		digits++;
	return digits;
}

void render_map(const struct render *render, struct map *map)
{
	size_t columns = render->width > 0 ? render->width : WIDTH_OTHERWISE;
	size_t lines = render->height > 0 ? render->height : HEIGHT_OTHERWISE;
	int digits = address_digits(map);
	size_t used = 2 + 2 + (size_t)digits + 1;
	size_t width = columns > used + CELLS_LEAST ? columns - used : CELLS_LEAST;
	char size[32];

	if (map->count == 0) {
		fputs("No block is there to be drawn.\n", render->out);
		return;
	}
	if (width > MAP_WIDTH_MAX)
		width = MAP_WIDTH_MAX;
	/* Round rows are easier to count along. */
	width = width / CELLS_LEAST * CELLS_LEAST;
	map_fit(map, width, lines > LEGEND_LINES ? lines - LEGEND_LINES : 1);
	print_rows(render, map, width, digits);
	size_text(render, map->scale * map->block_size, size, sizeof(size));
	if (map->scale == 1)
		fprintf(render->out, "\nOne cell is one block of %s.\n", size);
	else
		fprintf(render->out, "\nOne cell is %s: %" PRIu32 " blocks.\n", size, map->scale);
	print_legend(render, map, width, columns);
}
