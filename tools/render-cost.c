/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plan does to memory as text: the budget of each node that it changes, what describes added
 * memory and where that falls, and what is gained.
 */
#include <inttypes.h>
#include <string.h>

#include "render.h"

static const struct {
	const char *key;
	const char *label;
} rows[] = {
	{ "kernel_bytes", "  kernel zones" },
	{ "kernel_available_bytes", "    available" },
	{ "movable_bytes", "  movable" },
	{ "offline_bytes", "  offline" },
};
static const char *const moments[] = { "before", "lowest", "after" };

static void read_cell(const struct render *render, const struct memhp_object *node,
		      const char *moment, const char *key, char *cell, size_t size)
{
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_BUDGET, key);
	struct memhp_value budget = value_of(node, moment);

	snprintf(cell, size, "-");
	if (field != NULL && budget.type == MEMHP_TYPE_OBJECT)
		render_cell(render, field, &budget.object, 0, cell, size);
}

static bool changes(const struct render *render, const struct memhp_object *node)
{
	char first[RENDER_CELL_MAX], cell[RENDER_CELL_MAX];
	size_t row, moment;

	for (row = 0; row < ARRAY_SIZE(rows); row++) {
		read_cell(render, node, moments[0], rows[row].key, first, sizeof(first));
		for (moment = 1; moment < ARRAY_SIZE(moments); moment++) {
			read_cell(render, node, moments[moment], rows[row].key, cell, sizeof(cell));
			if (strcmp(first, cell) != 0)
				return true;
		}
	}
	return false;
}

static bool is_nothing(char cells[][RENDER_CELL_MAX], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(cells[i], "0") != 0 && strcmp(cells[i], "-") != 0)
			return false;
	}
	return true;
}

static void print_row(const struct render *render, const struct memhp_object *node, size_t row)
{
	char cells[ARRAY_SIZE(moments)][RENDER_CELL_MAX];
	size_t moment;

	for (moment = 0; moment < ARRAY_SIZE(moments); moment++)
		read_cell(render, node, moments[moment], rows[row].key, cells[moment],
			  sizeof(cells[moment]));
	if (is_nothing(cells, ARRAY_SIZE(moments)))
		return;
	fprintf(render->out, "  %-14s", rows[row].label);
	for (moment = 0; moment < ARRAY_SIZE(moments); moment++)
		fprintf(render->out, "  %16s", cells[moment]);
	fputc('\n', render->out);
}

static void print_node(const struct render *render, const struct memhp_object *node)
{
	size_t row;

	fprintf(render->out, "  %snode %" PRIu64 "%s\n", paint_on(render, PAINT_HEAD),
		number_of(node, "node", 0), paint_off(render, PAINT_HEAD));
	for (row = 0; row < ARRAY_SIZE(rows); row++)
		print_row(render, node, row);
}

/* Of a machine with one node all is said already; nodes that stay as they are need no lines. */
static void print_nodes(const struct render *render, const struct memhp_object *plan)
{
	const struct memhp_field *field = memhp_field_get_by_key(plan->kind, "node_budgets");
	struct memhp_value nodes = value_of(plan, "node_budgets"), node;
	size_t i;

	for (i = 0; nodes.type == MEMHP_TYPE_LIST && nodes.count > 1 && i < nodes.count; i++) {
		if (memhp_field_get_item(field, plan, i, &node) == 0 &&
		    changes(render, &node.object))
			print_node(render, &node.object);
	}
}

/* "32M in kernel zones of node 1 (24M) and node 0 (8M)" */
static void print_shares(const struct render *render, const struct memhp_object *cost)
{
	const struct memhp_field *field = memhp_field_get_by_key(cost->kind, "nodes");
	struct memhp_value nodes = value_of(cost, "nodes"), share;
	char size[32];
	size_t i;

	render_bytes(render, number_of(cost, "kernel_zone_bytes", 0), size, sizeof(size));
	fprintf(render->out, "%s in kernel zones", size);
	for (i = 0; i < nodes.count && memhp_field_get_item(field, cost, i, &share) == 0; i++) {
		fprintf(render->out, "%s node %" PRIu64, i == 0 ? " of" : ",",
			number_of(&share.object, "node", 0));
		if (nodes.count == 1)
			continue;
		render_bytes(render, number_of(&share.object, "kernel_zone_bytes", 0), size,
			     sizeof(size));
		fprintf(render->out, " (%s)", size);
	}
}

static void print_cost(const struct render *render, const struct memhp_object *cost)
{
	uint64_t on_memory = number_of(cost, "on_memory_bytes", 0);
	char device[64], driver[32], size[32];

	text_of(cost, "device", device, sizeof(device));
	text_of(cost, "driver", driver, sizeof(driver));
	fprintf(render->out, "  memmap of %s in %s: ", device, driver);
	if (number_of(cost, "kernel_zone_bytes", 0) > 0) {
		print_shares(render, cost);
	} else {
		render_bytes(render, on_memory, size, sizeof(size));
		fprintf(render->out, "%s on the memory itself", size);
	}
	fputc('\n', render->out);
}

static void print_costs(const struct render *render, const struct memhp_object *plan)
{
	const struct memhp_field *field = memhp_field_get_by_key(plan->kind, "memmap_costs");
	struct memhp_value costs = value_of(plan, "memmap_costs"), cost;
	uint64_t given = number_of(plan, "memmap_given_bytes", 0);
	char size[32];
	size_t i;

	for (i = 0; i < costs.count && memhp_field_get_item(field, plan, i, &cost) == 0; i++)
		print_cost(render, &cost.object);
	if (given == 0)
		return;
	render_bytes(render, given, size, sizeof(size));
	fprintf(render->out, "  memmap given back: %s\n", size);
}

static void print_gained(const struct render *render, const struct memhp_object *plan)
{
	struct memhp_value gained = value_of(plan, "usable_gained_bytes");
	uint64_t bytes;
	char size[32];

	if (gained.type != MEMHP_TYPE_INT || gained.number == 0)
		return;
	bytes = gained.number < 0 ? -(uint64_t)gained.number : (uint64_t)gained.number;
	render_bytes(render, bytes, size, sizeof(size));
	fprintf(render->out, "  usable memory: %s%s\n", gained.number < 0 ? "-" : "+", size);
}

void render_costs(const struct render *render, const struct memhp_object *plan)
{
	print_nodes(render, plan);
	print_costs(render, plan);
	print_gained(render, plan);
}
