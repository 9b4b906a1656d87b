/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the library's tables of fields as manual text, for documents.py. Sees the public header only.
 */
#include <stdio.h>

#include <memhp/libmemhp.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Where a kind is met in the JSON object. */
static const struct {
	enum memhp_kind kind;
	const char *where;
} kinds[] = {
	{ MEMHP_KIND_ERROR, "errors" },
	{ MEMHP_KIND_MACHINE, "machine" },
	{ MEMHP_KIND_BUDGET, "budget, before, after, lowest" },
	{ MEMHP_KIND_BLOCK_COUNT, "block_count of a budget" },
	{ MEMHP_KIND_NOTE, "notes" },
	{ MEMHP_KIND_BLOCK, "blocks of list" },
	{ MEMHP_KIND_RANGE, "ranges" },
	{ MEMHP_KIND_DEVICE, "devices" },
	{ MEMHP_KIND_MAPPING, "mappings of a device" },
	{ MEMHP_KIND_MEMDEV, "memdevs of a device" },
	{ MEMHP_KIND_REGION, "regions" },
	{ MEMHP_KIND_NODE, "nodes" },
	{ MEMHP_KIND_ZONE, "zones" },
	{ MEMHP_KIND_MEMMAP, "memmap" },
	{ MEMHP_KIND_RULE, "rules" },
	{ MEMHP_KIND_PLAN, "plan" },
	{ MEMHP_KIND_REQUEST, "request" },
	{ MEMHP_KIND_NODE_BUDGET, "node_budgets of a plan" },
	{ MEMHP_KIND_MEMMAP_COST, "memmap_costs of a plan" },
	{ MEMHP_KIND_MEMMAP_SHARE, "nodes of memmap_costs" },
	{ MEMHP_KIND_STEP, "steps" },
	{ MEMHP_KIND_CHANGE, "changes" },
	{ MEMHP_KIND_FINDING, "findings" },
	{ MEMHP_KIND_POLICY, "policy" },
	{ MEMHP_KIND_POLICY_VALUE, "values" },
	{ MEMHP_KIND_POLICY_MATCH, "matched" },
	{ MEMHP_KIND_POLICY_MISMATCH, "others of matched" },
	{ MEMHP_KIND_CHECK, "check" },
	{ MEMHP_KIND_EVENT, "monitor" },
	{ MEMHP_KIND_REPORT, "report" },
	{ MEMHP_KIND_RESULT, "blocks of a report" },
	{ MEMHP_KIND_DIFFERENCE, "differences" },
};

static const char *const types[] = {
	[MEMHP_TYPE_BOOL] = "true or false", [MEMHP_TYPE_INT] = "number",
	[MEMHP_TYPE_UINT] = "number",	     [MEMHP_TYPE_DOUBLE] = "number",
	[MEMHP_TYPE_STRING] = "string",	     [MEMHP_TYPE_OBJECT] = "object",
	[MEMHP_TYPE_LIST] = "list",
};

static const char *const units[] = {
	[MEMHP_UNIT_BYTES] = "bytes",
	[MEMHP_UNIT_ADDRESS] = "address",
	[MEMHP_UNIT_BLOCKS] = "blocks",
	[MEMHP_UNIT_PAGES] = "pages",
	[MEMHP_UNIT_PERCENT] = "percent",
	[MEMHP_UNIT_SECONDS] = "seconds",
	[MEMHP_UNIT_NANOSECONDS] = "nanoseconds",
	[MEMHP_UNIT_MBS] = "10^6 bytes a second",
};

static void print_field(const struct memhp_field *field)
{
	enum memhp_unit unit = memhp_field_get_unit(field);

	printf(".TP\n.BR %s \" [%s]\"\n%s\n", memhp_field_get_key(field),
	       memhp_field_get_column(field), memhp_field_get_summary(field));
	printf("(%s", types[memhp_field_get_type(field)]);
	if (memhp_field_get_type(field) == MEMHP_TYPE_LIST)
		printf(" of %ss", memhp_field_get_item_type(field) == MEMHP_TYPE_OBJECT ?
					  "object" :
					  types[memhp_field_get_item_type(field)]);
	if (unit != MEMHP_UNIT_NONE)
		printf(", %s", units[unit]);
	printf(")\n");
}

int main(void)
{
	const struct memhp_field *field;
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		seen |= UINT64_C(1) << kinds[i].kind;
		printf(".SS %s\n", kinds[i].where);
		for (field = memhp_field_get_first(kinds[i].kind); field != NULL;
		     field = memhp_field_get_next(field))
			print_field(field);
	}
	return seen == (UINT64_C(1) << MEMHP_KIND_COUNT) - 1 ? 0 : 1;
}
