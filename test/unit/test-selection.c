/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What belongs to a target, by kinds of objects.
 */
#include <errno.h>

#include "test.h"

#include "fields.h"

#define MIB (1ULL << 20)
#define BLOCK (128 * MIB)

/* Blocks 0-3 on node 0 from boot; 8-11 of dax0.0 on node 1; dax1.0 on node 1 without any. */
struct fixture {
	struct memhp_block blocks[8];
	struct mapping mappings[2];
	struct memhp_device devices[2];
	struct memhp_node nodes[2];
	struct memhp_zone zones[2];
	struct memhp_region regions[4];
	struct memhp_snapshot snapshot;
};

static void fixture_init(struct fixture *fixture)
{
	size_t i;

	*fixture = (struct fixture){ 0 };
	for (i = 0; i < 8; i++)
		fixture->blocks[i] = (struct memhp_block){
			.number = (uint32_t)(i < 4 ? i : i + 4),
			.device = i < 4 ? NO_DEVICE : 0,
			.node = i < 4 ? 0 : 1,
			.state = MEMHP_STATE_ONLINE,
			.zones = ZONE_BIT(ZONE_NORMAL),
			.origin = i < 4 ? MEMHP_ORIGIN_BOOT : MEMHP_ORIGIN_KMEM,
		};
	fixture->mappings[0] = (struct mapping){ .start = 8 * BLOCK, .end = 12 * BLOCK - 1 };
	fixture->mappings[1] = (struct mapping){ .start = 16 * BLOCK, .end = 20 * BLOCK - 1 };
	for (i = 0; i < 2; i++)
		fixture->devices[i] = (struct memhp_device){
			.name = i == 0 ? "dax0.0" : "dax1.0",
			.kind = MEMHP_DEVICE_DAX,
			.driver = i == 0 ? DRIVER_KMEM : DRIVER_DEVICE_DAX,
			.size = 4 * BLOCK,
			.target_node = 1,
			.mappings = &fixture->mappings[i],
			.mapping_count = 1,
		};
	fixture->nodes[1].id = 1;
	fixture->zones[0].zone = ZONE_NORMAL;
	fixture->zones[1] = (struct memhp_zone){ .node = 1, .zone = ZONE_MOVABLE };
	fixture->regions[0] =
		(struct memhp_region){ 0, 4 * BLOCK - 1, "System RAM", 0, REGION_IOMEM };
	fixture->regions[1] =
		(struct memhp_region){ 8 * BLOCK, 12 * BLOCK - 1, "dax0.0", 0, REGION_IOMEM };
	fixture->regions[2] = (struct memhp_region){ 8 * BLOCK, 12 * BLOCK - 1, "System RAM (kmem)",
						     1, REGION_IOMEM };
	fixture->regions[3] =
		(struct memhp_region){ 16 * BLOCK, 20 * BLOCK - 1, "dax1.0", 0, REGION_IOMEM };
	fixture->snapshot = (struct memhp_snapshot){
		.refcount = 1,
		.machine = { .block_size = BLOCK, .page_size = 4096, .iomem_known = true },
		.blocks = fixture->blocks,
		.block_count = 8,
		.devices = fixture->devices,
		.device_count = 2,
		.nodes = fixture->nodes,
		.node_count = 2,
		.zones = fixture->zones,
		.zone_count = 2,
		.regions = fixture->regions,
		.region_count = 4,
	};
}

static size_t count(struct fixture *fixture, const char *target, enum memhp_kind kind)
{
	struct memhp_selection *selection = NULL;
	struct memhp_cursor cursor;
	struct memhp_object object;
	size_t objects = 0;

	assert_int_equal(selection_new(&fixture->snapshot, target, NULL, &selection), 0);
	memhp_cursor_init(&cursor, &fixture->snapshot, kind);
	memhp_cursor_select(&cursor, selection);
	while (memhp_cursor_next(&cursor, &object))
		objects++;
	memhp_selection_unref(selection);
	return objects;
}

static void test_device(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_BLOCK), 4);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_RANGE), 1);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_DEVICE), 1);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_NODE), 1);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_ZONE), 1);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_MEMMAP), 1);
	assert_int_equal(count(&fixture, "dax0.0", MEMHP_KIND_REGION), 2);
}

static void test_device_without_blocks(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture, "dax1.0", MEMHP_KIND_BLOCK), 0);
	assert_int_equal(count(&fixture, "dax1.0", MEMHP_KIND_RANGE), 0);
	assert_int_equal(count(&fixture, "dax1.0", MEMHP_KIND_DEVICE), 1);
	assert_int_equal(count(&fixture, "dax1.0", MEMHP_KIND_NODE), 1);
	assert_int_equal(count(&fixture, "dax1.0", MEMHP_KIND_REGION), 1);
}

static void test_blocks(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	/* A range that is cut by the target is shown as far as it belongs to it. */
	assert_int_equal(count(&fixture, "2-3,8-9", MEMHP_KIND_BLOCK), 4);
	assert_int_equal(count(&fixture, "2-3,8-9", MEMHP_KIND_RANGE), 2);
	assert_int_equal(count(&fixture, "2-3,8-9", MEMHP_KIND_DEVICE), 1);
	assert_int_equal(count(&fixture, "2-3,8-9", MEMHP_KIND_NODE), 2);
	assert_int_equal(count(&fixture, "2-3,8-9", MEMHP_KIND_REGION), 3);
	assert_int_equal(count(&fixture, "0,2", MEMHP_KIND_RANGE), 2);
	assert_int_equal(count(&fixture, "0,2", MEMHP_KIND_DEVICE), 0);
}

static void test_node(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture, "node1", MEMHP_KIND_BLOCK), 4);
	assert_int_equal(count(&fixture, "node0", MEMHP_KIND_DEVICE), 0);
	assert_int_equal(count(&fixture, "node0", MEMHP_KIND_ZONE), 1);
}

/* The machine's own kinds know no target. */
static void test_machine(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	assert_int_equal(count(&fixture, "0", MEMHP_KIND_MACHINE), 1);
	assert_true(count(&fixture, "0", MEMHP_KIND_RULE) > 0);
}

static void test_no_target(void **state)
{
	struct memhp_selection *selection = NULL;
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	struct fixture fixture;

	fixture_init(&fixture);
	assert_int_equal(selection_new(&fixture.snapshot, "dax9.9", &error, &selection), -ENOENT);
	assert_int_equal(error.kind, MEMHP_ERROR_TARGET);
	assert_null(selection);
	assert_null(memhp_selection_unref(NULL));
	assert_int_equal(fixture.snapshot.refcount, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device),	cmocka_unit_test(test_device_without_blocks),
		cmocka_unit_test(test_blocks),	cmocka_unit_test(test_node),
		cmocka_unit_test(test_machine), cmocka_unit_test(test_no_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
