/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the library's tables, one row a line, columns by tabs, for schema.py. Sees the public header
 * only.
 */
#include <stdio.h>

#include <memhp/libmemhp.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kinds[MEMHP_KIND_COUNT + 1] = {
	[MEMHP_KIND_MACHINE] = "machine",
	[MEMHP_KIND_BUDGET] = "budget",
	[MEMHP_KIND_BLOCK] = "block",
	[MEMHP_KIND_RANGE] = "range",
	[MEMHP_KIND_DEVICE] = "device",
	[MEMHP_KIND_REGION] = "region",
	[MEMHP_KIND_NODE] = "node",
	[MEMHP_KIND_ZONE] = "zone",
	[MEMHP_KIND_MEMMAP] = "memmap",
	[MEMHP_KIND_NOTE] = "note",
	[MEMHP_KIND_ERROR] = "error",
	[MEMHP_KIND_RULE] = "rule",
	[MEMHP_KIND_PLAN] = "plan",
	[MEMHP_KIND_STEP] = "step",
	[MEMHP_KIND_CHANGE] = "change",
	[MEMHP_KIND_FINDING] = "finding",
	[MEMHP_KIND_REPORT] = "report",
	[MEMHP_KIND_RESULT] = "result",
	[MEMHP_KIND_DIFFERENCE] = "difference",
	[MEMHP_KIND_POLICY] = "policy",
	[MEMHP_KIND_POLICY_VALUE] = "policy_value",
	[MEMHP_KIND_POLICY_MATCH] = "policy_match",
	[MEMHP_KIND_CHECK] = "check",
	[MEMHP_KIND_EVENT] = "event",
	[MEMHP_KIND_POLICY_MISMATCH] = "policy_mismatch",
	[MEMHP_KIND_MAPPING] = "mapping",
	[MEMHP_KIND_MEMDEV] = "memdev",
	[MEMHP_KIND_BLOCK_COUNT] = "block_count",
	[MEMHP_KIND_REQUEST] = "request",
	[MEMHP_KIND_NODE_BUDGET] = "node_budget",
	[MEMHP_KIND_MEMMAP_COST] = "memmap_cost",
	[MEMHP_KIND_MEMMAP_SHARE] = "memmap_share",
	[MEMHP_KIND_COUNT] = "",
};

static const char *const types[] = {
	[MEMHP_TYPE_NULL] = "",		[MEMHP_TYPE_BOOL] = "boolean",
	[MEMHP_TYPE_INT] = "integer",	[MEMHP_TYPE_UINT] = "unsigned",
	[MEMHP_TYPE_DOUBLE] = "number", [MEMHP_TYPE_STRING] = "string",
	[MEMHP_TYPE_OBJECT] = "object", [MEMHP_TYPE_LIST] = "array",
};

static const char *const units[] = {
	[MEMHP_UNIT_NONE] = "",
	[MEMHP_UNIT_BYTES] = "bytes",
	[MEMHP_UNIT_ADDRESS] = "address",
	[MEMHP_UNIT_BLOCKS] = "blocks",
	[MEMHP_UNIT_PAGES] = "pages",
	[MEMHP_UNIT_PERCENT] = "percent",
	[MEMHP_UNIT_SECONDS] = "seconds",
	[MEMHP_UNIT_NANOSECONDS] = "nanoseconds",
	[MEMHP_UNIT_MBS] = "10^6 bytes a second",
};

/* No enumeration has more values; those that mean "not set" have no word. */
#define VALUES_MAX 32

/* One line for each word of an enumeration. */
#define WORDS(name)                                                                         \
	do {                                                                                \
		int value;                                                                  \
		for (value = 0; value < VALUES_MAX; value++)                                \
			if (memhp_##name##_to_string((enum memhp_##name)value) != NULL)     \
				printf("word\t%s\t%s\n", #name,                             \
				       memhp_##name##_to_string((enum memhp_##name)value)); \
	} while (0)

static void print_words(void)
{
	WORDS(state);
	WORDS(origin);
	WORDS(mode);
	WORDS(device_kind);
	WORDS(zone_choice);
	WORDS(memmap_choice);
	WORDS(operation);
	WORDS(on_error);
	WORDS(severity);
	WORDS(verdict);
	WORDS(outcome);
	WORDS(stop);
	WORDS(error_kind);
	WORDS(event_kind);
}

int main(void)
{
	const struct memhp_field *field;
	int kind;

	for (kind = 0; kind < MEMHP_KIND_COUNT; kind++) {
		if (kinds[kind] == NULL)
			return 1;
		for (field = memhp_field_get_first((enum memhp_kind)kind); field != NULL;
		     field = memhp_field_get_next(field))
			printf("field\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", kinds[kind],
			       memhp_field_get_key(field), types[memhp_field_get_type(field)],
			       types[memhp_field_get_item_type(field)],
			       kinds[memhp_field_get_item_kind(field)],
			       units[memhp_field_get_unit(field)], memhp_field_get_summary(field));
	}
	print_words();
	return 0;
}
