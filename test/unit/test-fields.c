/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields and cursors: the contract of keys, and values of machines written down as literals.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

#include "fields.h"
#include "rule.h"

#define MIB (1ULL << 20)

/* ---------------------------------------------------------------------------------------- keys */

/* What other programs parse. Keys may be added; none of these goes away. */
static const struct {
	enum memhp_kind kind;
	const char *keys;
} contract[] = {
	{ MEMHP_KIND_MACHINE,
	  "hostname boot_id kernel arch page_size struct_page_size block_size auto_online "
	  "online_policy auto_movable_ratio auto_movable_numa_aware memmap_on_memory" },
	{ MEMHP_KIND_BUDGET,
	  "kernel_bytes kernel_free_bytes kernel_available_bytes movable_bytes ratio_percent "
	  "memmap_bytes memmap_on_memory_bytes offline_bytes block_count" },
	{ MEMHP_KIND_BLOCK_COUNT, "offline kernel movable none" },
	{ MEMHP_KIND_BLOCK,
	  "block start end size state zone candidate_zones default_zone node nodes origin device "
	  "offlineable reasons memmap_on_memory" },
	{ MEMHP_KIND_RANGE,
	  "start end size first_block last_block block_count state zone node nodes origin device" },
	{ MEMHP_KIND_DEVICE,
	  "name kind driver mode size align target_node path region uuid memdevs slot mappings "
	  "usable_bytes trimmed_bytes block_count online_blocks movable_blocks kernel_blocks "
	  "memmap_on_memory tier" },
	{ MEMHP_KIND_MAPPING, "start end size first_block last_block" },
	{ MEMHP_KIND_MEMDEV, "name serial pci_address" },
	{ MEMHP_KIND_REGION, "name start end size depth" },
	{ MEMHP_KIND_NODE,
	  "node has_cpu total_bytes free_bytes kernel_bytes movable_bytes ratio_percent distances "
	  "tier "
	  "read_latency_ns write_latency_ns read_bandwidth_mbs write_bandwidth_mbs block_count "
	  "online_blocks" },
	{ MEMHP_KIND_ZONE,
	  "node zone spanned_bytes present_bytes managed_bytes free_bytes start_pfn" },
	{ MEMHP_KIND_MEMMAP, "node memmap_bytes on_memory_bytes kernel_zone_bytes" },
	{ MEMHP_KIND_ERROR, "path errno message" },
	{ MEMHP_KIND_RULE, "rule severity forceable operations summary" },
	{ MEMHP_KIND_PLAN, "operation plan_id fingerprint request verdict steps before after "
			   "lowest changes findings" },
	{ MEMHP_KIND_STEP, "step action path value expect undo block device" },
	{ MEMHP_KIND_CHANGE, "first_block last_block from_state to_state from_zone to_zone" },
	{ MEMHP_KIND_FINDING, "rule severity subject message measured limit unit remedy" },
	{ MEMHP_KIND_REPORT,
	  "plan_id verdict findings outcome stopped_by blocks differences seconds" },
	{ MEMHP_KIND_RESULT, "block before after zone by errno message" },
	{ MEMHP_KIND_DIFFERENCE, "block predicted observed" },
};

static void test_contract(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(contract); i++) {
		char keys[512];
		char *key, *rest;

		text_copy(keys, sizeof(keys), contract[i].keys);
		for (key = strtok_r(keys, " ", &rest); key != NULL;
		     key = strtok_r(NULL, " ", &rest)) {
			if (memhp_field_get_by_key(contract[i].kind, key) == NULL)
				fail_msg("kind %d has no key %s", (int)contract[i].kind, key);
		}
	}
}

/* Every kind has rows, each with all of its texts, and no key or column twice. */
static void test_tables(void **state)
{
	int kind;

	for (kind = 0; kind < MEMHP_KIND_COUNT; kind++) {
		const struct memhp_field *field = memhp_field_get_first((enum memhp_kind)kind);
		const struct memhp_field *other;
		bool shown = false;

		assert_non_null(field);
		for (; field != NULL; field = memhp_field_get_next(field)) {
			/* What is made of lists of objects alone is no table. */
			shown |= memhp_field_is_default(field) ||
				 memhp_field_get_item_type(field) == MEMHP_TYPE_OBJECT;
			assert_non_null(memhp_field_get_summary(field));
			assert_non_null(memhp_field_get_column(field));
			assert_ptr_equal(memhp_field_get_by_key((enum memhp_kind)kind,
								memhp_field_get_key(field)),
					 field);
			if (memhp_field_get_item_type(field) == MEMHP_TYPE_OBJECT)
				assert_non_null(
					memhp_field_get_first(memhp_field_get_item_kind(field)));
			for (other = memhp_field_get_next(field); other != NULL;
			     other = memhp_field_get_next(other))
				if (strcmp(memhp_field_get_column(field),
					   memhp_field_get_column(other)) == 0)
					fail_msg("kind %d has two columns %s", kind,
						 memhp_field_get_column(field));
		}
		assert_true(shown);
	}
	assert_null(memhp_field_get_first(MEMHP_KIND_COUNT));
}

/* ------------------------------------------------------------------------------------- machine */

/*
 * Blocks 0 to 3 from boot (3 spans zones), 8 to 11 of dax0.0: two online in Movable, one in Normal,
 * one offline. dax1.0 is leaked.
 */
struct fixture {
	struct memhp_block blocks[8];
	struct mapping mappings[2];
	struct memhp_device devices[2];
	struct memhp_node nodes[2];
	int16_t both[2];
	struct node_set sets[2];
	struct memhp_snapshot snapshot;
};

static void fixture_init(struct fixture *fixture)
{
	static const uint32_t numbers[] = { 0, 1, 2, 3, 8, 9, 10, 11 };
	size_t i;

	*fixture = (struct fixture){ .both = { 0, 1 } };
	for (i = 0; i < 8; i++)
		fixture->blocks[i] = (struct memhp_block){
			.number = numbers[i],
			.device = i < 4 ? NO_DEVICE : 0,
			.node = i < 4 ? 0 : 1,
			.state = MEMHP_STATE_ONLINE,
			.zones = i < 4 ? ZONE_BIT(ZONE_NORMAL) : ZONE_BIT(ZONE_MOVABLE),
			.default_zone = ZONE_INDEX_NONE,
			.origin = i < 4 ? MEMHP_ORIGIN_BOOT : MEMHP_ORIGIN_KMEM,
		};
	fixture->blocks[3].zones = ZONE_SPANS;
	fixture->blocks[3].nodes = 1;
	fixture->blocks[6].zones = ZONE_BIT(ZONE_NORMAL);
	fixture->blocks[7].state = MEMHP_STATE_OFFLINE;
	fixture->blocks[7].zones = ZONES_NONE;
	fixture->blocks[7].candidates = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE);
	fixture->blocks[7].default_zone = ZONE_MOVABLE;
	fixture->mappings[0] =
		(struct mapping){ .start = 8 * 128 * MIB - 2 * MIB, .end = 10 * 128 * MIB - 1 };
	fixture->mappings[1] =
		(struct mapping){ .start = 10 * 128 * MIB, .end = 12 * 128 * MIB + 2 * MIB - 1 };
	fixture->devices[0] = (struct memhp_device){
		.name = "dax0.0",
		.kind = MEMHP_DEVICE_DAX,
		.driver = DRIVER_KMEM,
		.driver_name = "kmem",
		.size = 4 * 128 * MIB + 4 * MIB,
		.target_node = 1,
		.slot = -1,
		.mappings = fixture->mappings,
		.mapping_count = 2,
	};
	fixture->devices[1] = (struct memhp_device){
		.name = "dax1.0",
		.kind = MEMHP_DEVICE_DAX,
		.driver = DRIVER_NONE,
		.size = SIZE_UNKNOWN,
		.target_node = NODE_NONE,
		.slot = -1,
		.mappings_errno = EACCES,
		.leaked = true,
	};
	fixture->nodes[0] = (struct memhp_node){
		.id = 0, .has_cpu = TRI_YES, .tier = 4, .total_bytes = SIZE_UNKNOWN
	};
	fixture->nodes[1] = (struct memhp_node){ .id = 1, .tier = -1, .read_latency_ns = -1 };
	fixture->sets[1] = (struct node_set){ .nodes = fixture->both, .count = 2 };
	fixture->snapshot = (struct memhp_snapshot){
		.machine = { .page_size = 4096,
			     .struct_page_size = 64,
			     .block_size = 128 * MIB,
			     .iomem_known = true,
			     .auto_movable_ratio = -1 },
		.blocks = fixture->blocks,
		.block_count = 8,
		.devices = fixture->devices,
		.device_count = 2,
		.nodes = fixture->nodes,
		.node_count = 2,
		.node_sets = fixture->sets,
		.node_set_count = 2,
	};
}

/* A value as text, lists with commas; null as "null". Good enough to compare with. */
static const char *show(const struct memhp_object *object, const char *key, char text[160])
{
	const struct memhp_field *field = memhp_field_get_by_key(object->kind, key);
	struct memhp_value value, item;
	size_t i, used = 0;

	assert_non_null(field);
	assert_int_equal(memhp_field_get(field, object, &value), 0);
	switch (value.type) {
	case MEMHP_TYPE_BOOL:
		text_copy(text, 160, value.boolean ? "true" : "false");
		break;
	case MEMHP_TYPE_INT:
	case MEMHP_TYPE_UINT:
		text_format(text, 160, "%llu", (unsigned long long)value.unsigned_number);
		break;
	case MEMHP_TYPE_STRING:
		text_copy(text, 160, value.string);
		break;
	case MEMHP_TYPE_LIST:
		text[0] = '\0';
		for (i = 0; i < value.count; i++) {
			assert_int_equal(memhp_field_get_item(field, object, i, &item), 0);
			if (item.type == MEMHP_TYPE_STRING)
				used += (size_t)snprintf(text + used, 160 - used, "%s,",
							 item.string);
			else if (item.type == MEMHP_TYPE_OBJECT)
				used += (size_t)snprintf(text + used, 160 - used, "{%d},",
							 (int)item.object.kind);
			else
				used += (size_t)snprintf(text + used, 160 - used, "%llu,",
							 (unsigned long long)item.unsigned_number);
		}
		assert_int_equal(memhp_field_get_item(field, object, value.count, &item), -ERANGE);
		break;
	default:
		text_copy(text, 160, "null");
		break;
	}
	return text;
}

#define assert_value(object, key, expected)                             \
	do {                                                            \
		char text[160];                                         \
		assert_string_equal(show(object, key, text), expected); \
	} while (0)

static struct memhp_object nth(const void *owner, enum memhp_kind kind, size_t index,
			       struct memhp_cursor *cursor)
{
	struct memhp_object object;
	size_t i;

	memhp_cursor_init(cursor, owner, kind);
	for (i = 0; i <= index; i++)
		assert_true(memhp_cursor_next(cursor, &object));
	return object;
}

static size_t count(const void *owner, enum memhp_kind kind)
{
	struct memhp_cursor cursor;
	struct memhp_object object;
	size_t objects = 0;

	memhp_cursor_init(&cursor, owner, kind);
	while (memhp_cursor_next(&cursor, &object))
		objects++;
	assert_false(memhp_cursor_next(&cursor, &object));
	return objects;
}

static void test_blocks(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object block;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_BLOCK), 8);
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 3, &cursor);
	assert_value(&block, "block", "3");
	assert_value(&block, "start", "402653184");
	assert_value(&block, "end", "536870911");
	assert_value(&block, "zone", "none");
	assert_value(&block, "node", "0");
	assert_value(&block, "nodes", "0,1,");
	assert_value(&block, "offlineable", "no");
	assert_value(&block, "reasons", "several-zones,several-nodes,");
	assert_value(&block, "candidate_zones", "null");
	assert_value(&block, "device", "null");
	assert_value(&block, "memmap_on_memory", "null");
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 4, &cursor);
	assert_value(&block, "zone", "Movable");
	assert_value(&block, "nodes", "1,");
	assert_value(&block, "device", "dax0.0");
	assert_value(&block, "offlineable", "unknown");
	assert_value(&block, "reasons", "");
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 7, &cursor);
	assert_value(&block, "state", "offline");
	assert_value(&block, "zone", "null");
	assert_value(&block, "candidate_zones", "Normal,Movable,");
	assert_value(&block, "default_zone", "Movable");
	assert_value(&block, "offlineable", "null");
}

/* What could not be read is null or "unknown", never a guess. */
static void test_unknown_block(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object block;

	fixture_init(&fixture);
	fixture.blocks[0].state = MEMHP_STATE_UNKNOWN;
	fixture.blocks[0].zones = ZONES_UNKNOWN;
	fixture.blocks[0].node = NODE_NONE;
	fixture.blocks[0].origin = MEMHP_ORIGIN_UNKNOWN;
	fixture.snapshot.machine.block_size = 0;
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 0, &cursor);
	assert_value(&block, "state", "unknown");
	assert_value(&block, "zone", "null");
	assert_value(&block, "node", "null");
	assert_value(&block, "nodes", "null");
	assert_value(&block, "origin", "unknown");
	assert_value(&block, "start", "null");
	assert_value(&block, "end", "null");
	assert_value(&block, "size", "null");
	assert_value(&block, "offlineable", "null");
}

/* The last block below 2^64. */
static void test_last_address(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object block;

	fixture_init(&fixture);
	fixture.snapshot.machine.block_size = 1ULL << 33;
	fixture.blocks[7].number = (1U << 31) - 1;
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 7, &cursor);
	assert_value(&block, "start", "18446744065119617024");
	assert_value(&block, "end", "18446744073709551615");
}

static void test_ranges(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object range;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_RANGE), 5);
	range = nth(&fixture.snapshot, MEMHP_KIND_RANGE, 0, &cursor);
	assert_value(&range, "first_block", "0");
	assert_value(&range, "last_block", "2");
	assert_value(&range, "block_count", "3");
	assert_value(&range, "size", "402653184");
	range = nth(&fixture.snapshot, MEMHP_KIND_RANGE, 2, &cursor);
	assert_value(&range, "start", "1073741824");
	assert_value(&range, "end", "1342177279");
	assert_value(&range, "zone", "Movable");
	assert_value(&range, "device", "dax0.0");
	/* Each of these keeps neighbours apart. */
	fixture.blocks[1].origin = MEMHP_ORIGIN_UNKNOWN;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_RANGE), 7);
	fixture.blocks[1].origin = MEMHP_ORIGIN_BOOT;
	fixture.blocks[1].node = 1;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_RANGE), 7);
	fixture.blocks[1].node = 0;
	fixture.blocks[2].number = 4;
	fixture.blocks[3].number = 5;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_RANGE), 6);
	fixture.snapshot.block_count = 0;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_RANGE), 0);
}

static void test_devices(void **state)
{
	struct memhp_cursor cursor;
	struct memhp_value value;
	struct fixture fixture;
	struct memhp_object device;

	fixture_init(&fixture);
	device = nth(&fixture.snapshot, MEMHP_KIND_DEVICE, 0, &cursor);
	assert_value(&device, "mode", "system-ram");
	assert_value(&device, "block_count", "4");
	assert_value(&device, "online_blocks", "3");
	assert_value(&device, "movable_blocks", "2");
	assert_value(&device, "kernel_blocks", "1");
	assert_value(&device, "usable_bytes", "536870912");
	assert_value(&device, "trimmed_bytes", "4194304");
	assert_value(&device, "align", "null");
	assert_value(&device, "slot", "null");
	assert_value(&device, "memdevs", "");
	assert_int_equal(memhp_field_get_item(memhp_field_get_by_key(MEMHP_KIND_DEVICE, "mappings"),
					      &device, 1, &value),
			 0);
	assert_value(&value.object, "first_block", "10");
	assert_value(&value.object, "last_block", "11");
	assert_value(&value.object, "size", "270532608");
	device = nth(&fixture.snapshot, MEMHP_KIND_DEVICE, 1, &cursor);
	assert_value(&device, "mode", "leaked");
	assert_value(&device, "size", "null");
	assert_value(&device, "mappings", "null");
	assert_value(&device, "usable_bytes", "null");
	assert_value(&device, "trimmed_bytes", "null");
	assert_value(&device, "target_node", "null");
	assert_value(&device, "tier", "null");
}

/* That no block is known to be a device's is no count of them where nothing would tell. */
static void test_hidden_blocks(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object device;
	size_t i;

	fixture_init(&fixture);
	device = nth(&fixture.snapshot, MEMHP_KIND_DEVICE, 0, &cursor);
	fixture.snapshot.machine.iomem_known = true;
	for (i = 0; i < fixture.snapshot.block_count; i++)
		fixture.blocks[i].device = NO_DEVICE;
	assert_value(&device, "block_count", "0");
	fixture.snapshot.machine.iomem_known = false;
	assert_value(&device, "block_count", "null");
	assert_value(&device, "kernel_blocks", "null");
	fixture.devices[0].driver = DRIVER_DEVICE_DAX;
	assert_value(&device, "block_count", "0");
}

/* A mapping without a whole block in it has none. */
static void test_small_mapping(void **state)
{
	struct memhp_cursor cursor;
	struct memhp_value value;
	struct fixture fixture;
	struct memhp_object device;

	fixture_init(&fixture);
	fixture.mappings[0] = (struct mapping){ .start = 2 * MIB, .end = 128 * MIB - 1 };
	device = nth(&fixture.snapshot, MEMHP_KIND_DEVICE, 0, &cursor);
	assert_int_equal(memhp_field_get_item(memhp_field_get_by_key(MEMHP_KIND_DEVICE, "mappings"),
					      &device, 0, &value),
			 0);
	assert_value(&value.object, "first_block", "null");
	assert_value(&value.object, "last_block", "null");
	assert_value(&device, "usable_bytes", "268435456");
}

static void test_nodes(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object node;

	fixture_init(&fixture);
	node = nth(&fixture.snapshot, MEMHP_KIND_NODE, 0, &cursor);
	assert_value(&node, "has_cpu", "true");
	assert_value(&node, "total_bytes", "null");
	assert_value(&node, "kernel_bytes", "null");
	assert_value(&node, "distances", "null");
	assert_value(&node, "tier", "4");
	assert_value(&node, "block_count", "4");
	/* The block on both nodes counts on both. */
	node = nth(&fixture.snapshot, MEMHP_KIND_NODE, 1, &cursor);
	assert_value(&node, "has_cpu", "null");
	assert_value(&node, "tier", "null");
	assert_value(&node, "read_latency_ns", "null");
	assert_value(&node, "block_count", "5");
	assert_value(&node, "online_blocks", "4");
}

static void test_memmap(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object memmap;

	fixture_init(&fixture);
	memmap = nth(&fixture.snapshot, MEMHP_KIND_MEMMAP, 0, &cursor);
	assert_value(&memmap, "memmap_bytes", "8388608");
	assert_value(&memmap, "on_memory_bytes", "0");
	assert_value(&memmap, "kernel_zone_bytes", "8388608");
	/* kmem of a kernel without the attribute never asks for it */
	memmap = nth(&fixture.snapshot, MEMHP_KIND_MEMMAP, 1, &cursor);
	assert_value(&memmap, "on_memory_bytes", "0");
	/* asked for, and whether it came about is not known */
	fixture.devices[0].has_memmap_attribute = true;
	fixture.devices[0].memmap_on_memory = TRI_YES;
	assert_value(&memmap, "on_memory_bytes", "null");
	assert_value(&memmap, "kernel_zone_bytes", "null");
}

static void test_machine(void **state)
{
	struct memhp_object machine, budget;
	struct memhp_value value;
	struct fixture fixture;

	fixture_init(&fixture);
	machine = memhp_snapshot_get_object(&fixture.snapshot, MEMHP_KIND_MACHINE);
	assert_value(&machine, "hostname", "null");
	assert_value(&machine, "auto_online", "null");
	assert_value(&machine, "auto_movable_ratio", "null");
	assert_value(&machine, "memmap_on_memory", "null");
	fixture.snapshot.machine.auto_online = WORD_ONLINE_MOVABLE;
	fixture.snapshot.machine.memmap_on_memory = MEMMAP_MODE_FORCE;
	assert_value(&machine, "auto_online", "online_movable");
	assert_value(&machine, "memmap_on_memory", "force");
	assert_value(&machine, "block_size", "134217728");
	budget = memhp_snapshot_get_object(&fixture.snapshot, MEMHP_KIND_BUDGET);
	assert_value(&budget, "kernel_bytes", "null");
	assert_value(&budget, "offline_bytes", "134217728");
	assert_int_equal(memhp_field_get(memhp_field_get_by_key(MEMHP_KIND_BUDGET, "block_count"),
					 &budget, &value),
			 0);
	assert_value(&value.object, "kernel", "4");
	assert_value(&value.object, "movable", "2");
	assert_value(&value.object, "none", "1");
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_MACHINE), 1);
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_BUDGET), 1);
}

static void test_notes(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object note;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_NOTE), 4);
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 0, &cursor);
	assert_value(&note, "note", "leaked");
	assert_value(&note, "subject", "dax1.0");
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 1, &cursor);
	assert_value(&note, "note", "kernel-zone");
	assert_value(&note, "subject", "dax0.0");
	assert_value(&note, "message",
		     "1 of 4 blocks are online in a kernel zone and may never come out again");
	assert_value(&note, "remedy", "memhp online --zone movable dax0.0");
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 2, &cursor);
	assert_value(&note, "note", "offline");
	assert_value(&note, "remedy", "null");
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 3, &cursor);
	assert_value(&note, "note", "trimmed");
	fixture.snapshot.machine.iomem_known = false;
	fixture.snapshot.machine.auto_online = WORD_ONLINE;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_NOTE), 6);
	fixture.nodes[0].poisoned_pages = 3;
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 4, &cursor);
	assert_value(&note, "note", "memory-failure");
	assert_value(&note, "message", "3 pages of memory have failed since boot");
	fixture.nodes[0].poisoned_pages = 0;
	/* Nothing to say of memory that everyone meant to be there. */
	fixture.snapshot.machine.iomem_known = true;
	fixture.snapshot.device_count = 0;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_NOTE), 0);
}

/* A DIMM that was plugged in is meant to come out again; one that was there at boot is not. */
static void test_notes_of_dimms(void **state)
{
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object note;
	size_t i;

	fixture_init(&fixture);
	fixture.snapshot.device_count = 1;
	fixture.devices[0].kind = MEMHP_DEVICE_ACPI;
	fixture.devices[0].name = "PNP0C80:00";
	for (i = 4; i < 8; i++)
		fixture.blocks[i].origin = MEMHP_ORIGIN_ACPI;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_NOTE), 2);
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 0, &cursor);
	assert_value(&note, "note", "kernel-zone");
	assert_value(&note, "remedy", "memhp online --zone movable --move PNP0C80:00");
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 1, &cursor);
	assert_value(&note, "note", "offline");
	for (i = 4; i < 8; i++)
		fixture.blocks[i].origin = i < 6 ? MEMHP_ORIGIN_BOOT : MEMHP_ORIGIN_UNKNOWN;
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_NOTE), 0);
}

/* What page flags tell of a device's blocks, where they were read. */
static void test_note_of_pages(void **state)
{
	struct block_pages pages[] = { { .number = 8 }, { .number = 9 }, { .number = 10 } };
	struct memhp_cursor cursor;
	struct fixture fixture;
	struct memhp_object note, block;

	fixture_init(&fixture);
	fixture.snapshot.pages = pages;
	fixture.snapshot.pages_count = ARRAY_SIZE(pages);
	assert_int_equal(count(&fixture.snapshot, MEMHP_KIND_NOTE), 4);
	pages[0].counts[PAGE_SLAB] = 1;
	pages[2].error = EACCES;
	note = nth(&fixture.snapshot, MEMHP_KIND_NOTE, 2, &cursor);
	assert_value(&note, "note", "held");
	assert_value(&note, "message", "1 of 2 online blocks hold pages that cannot be moved now");
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 4, &cursor);
	assert_value(&block, "offlineable", "no");
	assert_value(&block, "reasons", "slab,");
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 6, &cursor);
	assert_value(&block, "offlineable", "unknown");
}

/* ------------------------------------------------------------------------------- plan and report */

static void test_changes(void **state)
{
	struct memhp_change changes[] = {
		{ .first_block = 4,
		  .last_block = 7,
		  .from_state = MEMHP_STATE_ABSENT,
		  .to_state = MEMHP_STATE_ONLINE,
		  .to_zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE) },
		{ .first_block = 8,
		  .last_block = 8,
		  .from_state = MEMHP_STATE_ONLINE,
		  .to_state = MEMHP_STATE_OFFLINE,
		  .from_zones = ZONE_BIT(ZONE_NORMAL) },
	};
	struct memhp_plan plan = { .changes = { .items = changes, .count = 2 } };
	struct memhp_cursor cursor;
	struct memhp_object change;

	assert_int_equal(count(&plan, MEMHP_KIND_CHANGE), 2);
	change = nth(&plan, MEMHP_KIND_CHANGE, 0, &cursor);
	assert_value(&change, "from_state", "absent");
	assert_value(&change, "from_zone", "null");
	assert_value(&change, "to_zone", "Normal,Movable,");
	change = nth(&plan, MEMHP_KIND_CHANGE, 1, &cursor);
	assert_value(&change, "from_zone", "Normal");
	assert_value(&change, "to_zone", "null");
	assert_value(&change, "last_block", "8");
}

static void test_differences(void **state)
{
	struct memhp_change runs[] = {
		{ .first_block = 1,
		  .last_block = 2,
		  .from_state = MEMHP_STATE_ONLINE,
		  .from_zones = ZONE_BIT(ZONE_MOVABLE),
		  .to_state = MEMHP_STATE_ONLINE,
		  .to_zones = ZONE_BIT(ZONE_NORMAL) },
		{ .first_block = 11,
		  .last_block = 11,
		  .from_state = MEMHP_STATE_ONLINE,
		  .from_zones = ZONE_BIT(ZONE_MOVABLE),
		  .to_state = MEMHP_STATE_OFFLINE },
	};
	struct memhp_result results[] = {
		{ .block = 1, .after_state = MEMHP_STATE_ONLINE, .by = BY_OTHER, .rc = -EBUSY }
	};
	struct memhp_cursor cursor;
	struct memhp_object object;
	struct fixture fixture;
	struct memhp_report report = {
		.after = &fixture.snapshot,
		.outcome = MEMHP_OUTCOME_PARTIAL,
		.stopped_by = MEMHP_STOP_KERNEL,
		.results = results,
		.result_count = 1,
		.differences = { .items = runs, .count = 2 },
		.seconds = 1.23456,
	};

	fixture_init(&fixture);
	assert_int_equal(count(&report, MEMHP_KIND_DIFFERENCE), 3);
	object = nth(&report, MEMHP_KIND_DIFFERENCE, 1, &cursor);
	assert_value(&object, "block", "2");
	assert_value(&object, "predicted", "online Movable");
	assert_value(&object, "observed", "online Normal");
	object = nth(&report, MEMHP_KIND_DIFFERENCE, 2, &cursor);
	assert_value(&object, "block", "11");
	assert_value(&object, "observed", "offline");
	object = nth(&report, MEMHP_KIND_RESULT, 0, &cursor);
	assert_value(&object, "by", "other");
	assert_value(&object, "errno", "16");
	assert_value(&object, "zone", "null");
	assert_value(&object, "message", "null");
	object = memhp_report_get_object(&report);
	assert_value(&object, "outcome", "partial");
	assert_value(&object, "stopped_by", "kernel");
	assert_value(&object, "verdict", "null");
	assert_value(&object, "findings", "");
}

static void test_findings(void **state)
{
	struct memhp_finding findings[] = {
		{ .rule = rules[0], .severity = MEMHP_SEVERITY_DENY, .measured = 5 }
	};
	struct memhp_plan plan = { .findings = { .items = findings, .count = 1 } };
	struct memhp_cursor cursor;
	struct memhp_object object;

	object = nth(&plan, MEMHP_KIND_FINDING, 0, &cursor);
	assert_value(&object, "rule", rules[0]->name);
	assert_value(&object, "severity", "deny");
	assert_value(&object, "measured", "null");
	assert_value(&object, "remedy", "null");
	findings[0].has_measure = true;
	findings[0].unit = "bytes";
	assert_value(&object, "measured", "5");
	assert_value(&object, "unit", "bytes");
}

static void test_rules(void **state)
{
	struct memhp_cursor cursor;
	struct memhp_object object;

	assert_true(count(NULL, MEMHP_KIND_RULE) >= 5);
	object = nth(NULL, MEMHP_KIND_RULE, 0, &cursor);
	assert_value(&object, "rule", rules[0]->name);
	assert_value(&object, "summary", rules[0]->summary);
}

/* A field of one kind is no field of another's objects. */
static void test_wrong_kind(void **state)
{
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_DEVICE, "name");
	struct memhp_value value;
	struct memhp_cursor cursor;
	struct memhp_object block;
	struct fixture fixture;

	fixture_init(&fixture);
	block = nth(&fixture.snapshot, MEMHP_KIND_BLOCK, 0, &cursor);
	assert_int_equal(memhp_field_get(field, &block, &value), -EINVAL);
	assert_int_equal(memhp_field_get_item(field, &block, 0, &value), -EINVAL);
	field = memhp_field_get_by_key(MEMHP_KIND_BLOCK, "state");
	assert_int_equal(memhp_field_get_item(field, &block, 0, &value), -EINVAL);
	assert_null(memhp_field_get_by_key(MEMHP_KIND_BLOCK, "colour"));
	/* of a block there are many: what is asked for so is no object of any kind */
	block = memhp_snapshot_get_object(&fixture.snapshot, MEMHP_KIND_BLOCK);
	assert_int_equal(memhp_field_get(field, &block, &value), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contract),       cmocka_unit_test(test_tables),
		cmocka_unit_test(test_blocks),	       cmocka_unit_test(test_unknown_block),
		cmocka_unit_test(test_last_address),   cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_devices),	       cmocka_unit_test(test_hidden_blocks),
		cmocka_unit_test(test_small_mapping),  cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_memmap),	       cmocka_unit_test(test_machine),
		cmocka_unit_test(test_notes_of_dimms), cmocka_unit_test(test_note_of_pages),
		cmocka_unit_test(test_notes),	       cmocka_unit_test(test_changes),
		cmocka_unit_test(test_differences),    cmocka_unit_test(test_findings),
		cmocka_unit_test(test_rules),	       cmocka_unit_test(test_wrong_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
