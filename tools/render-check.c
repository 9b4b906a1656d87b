/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A check as text: the machine's memory in a few lines, then what the rules have found.
 */
#include "render.h"

#define LABEL_WIDTH 22

static const struct {
	const char *key;
	const char *label;
} shown[] = {
	{ "kernel_bytes", "kernel zones" }, { "kernel_available_bytes", "  available" },
	{ "movable_bytes", "movable" },	    { "ratio_percent", "  of kernel zones" },
	{ "memmap_bytes", "memmap" },	    { "memmap_on_memory_bytes", "  on the memory" },
	{ "offline_bytes", "offline" },
};

static void print_budget(const struct render *render, const struct memhp_object *budget)
{
	size_t i;

	render_title(render, "Memory");
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		const struct memhp_field *field =
			memhp_field_get_by_key(MEMHP_KIND_BUDGET, shown[i].key);
		char cell[RENDER_CELL_MAX] = "-";

		if (field != NULL)
			render_cell(render, field, budget, 0, cell, sizeof(cell));
		fprintf(render->out, "  %-*s%14s\n", LABEL_WIDTH, shown[i].label, cell);
	}
}

void render_check(const struct render *render, const struct memhp_plan *check)
{
	struct memhp_object object = memhp_check_get_object(check);
	struct memhp_value budget = value_of(&object, "budget");

	if (budget.type == MEMHP_TYPE_OBJECT)
		print_budget(render, &budget.object);
	fputc('\n', render->out);
	render_title(render, "Findings");
	if (value_of(&object, "findings").count == 0)
		fputs("  none\n", render->out);
	render_findings(render, &object);
	render_errors(render, memhp_plan_get_before(check));
	render_verdict(render, &object);
}
