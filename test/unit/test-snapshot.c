/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/snapshot.c: lifetime, copies and look-ups, on snapshots put together by hand.
 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define BLOCK_SIZE (UINT64_C(128) << 20)

/* Blocks 0, 2, 3 and 200; 3 lies on nodes 0 and 2. */
static struct memhp_snapshot *machine(void)
{
	static const uint32_t numbers[] = { 0, 2, 3, 200 };
	static const int16_t both[] = { 0, 2 };
	struct memhp_snapshot *snapshot = NULL;
	size_t i;

	assert_int_equal(snapshot_new(&snapshot), 0);
	snapshot->machine.block_size = BLOCK_SIZE;
	snapshot->machine.page_size = 4096;
	snapshot->machine.struct_page_size = 64;
	snapshot->blocks = calloc(4, sizeof(*snapshot->blocks));
	for (i = 0; i < 4; i++)
		snapshot->blocks[i] = (struct memhp_block){
			.number = numbers[i],
			.device = NO_DEVICE,
			.node = i == 1 ? NODE_NONE : 0,
			.state = MEMHP_STATE_ONLINE,
			.zones = i == 0 ? ZONE_SPANS : ZONE_BIT(ZONE_NORMAL),
			.origin = MEMHP_ORIGIN_BOOT,
		};
	snapshot->block_count = 4;
	snapshot->block_capacity = 4;
	snapshot->node_sets = calloc(2, sizeof(*snapshot->node_sets));
	snapshot->node_sets[1] = (struct node_set){ both, 2 };
	snapshot->node_set_count = 2;
	snapshot->blocks[2].nodes = 1;
	snapshot->devices = calloc(1, sizeof(*snapshot->devices));
	snapshot->devices[0].name = arena_copy(snapshot->arena, "dax0.0");
	snapshot->devices[0].driver = DRIVER_KMEM;
	snapshot->device_count = 1;
	snapshot->blocks[3].device = 0;
	return snapshot;
}

static void test_lookup(void **state)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = machine();
	const struct memhp_block *block;
	size_t count = 0;

	assert_int_equal(memhp_snapshot_get_block_count(snapshot), 4);
	memhp_block_foreach(snapshot, block) {
		assert_ptr_equal(snapshot_block(snapshot, memhp_block_get_number(block)), block);
		count++;
	}
	assert_int_equal(count, 4);
	assert_null(snapshot_block(snapshot, 1));
	assert_null(snapshot_block(snapshot, UINT32_MAX));
	assert_int_equal(snapshot_block_index(snapshot, 1), 1);
	assert_int_equal(snapshot_block_index(snapshot, 201), 4);
	block = memhp_snapshot_get_block_by_address(snapshot, 3 * BLOCK_SIZE - 1);
	assert_int_equal(memhp_block_get_number(block), 2);
	assert_null(memhp_snapshot_get_block_by_address(snapshot, BLOCK_SIZE));
	assert_null(memhp_snapshot_get_block_by_address(snapshot, UINT64_MAX));
	assert_ptr_equal(memhp_snapshot_get_device_by_name(snapshot, "dax0.0"), snapshot->devices);
	assert_null(memhp_snapshot_get_device_by_name(snapshot, "dax0.1"));
	assert_string_equal(snapshot_device_name(snapshot, 0), "dax0.0");
	assert_null(snapshot_device_name(snapshot, NO_DEVICE));
	assert_null(memhp_device_get_next(snapshot, memhp_device_get_first(snapshot)));
}

static void test_block(void **state)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = machine();
	const struct memhp_block *blocks = snapshot->blocks;
	int16_t nodes[2] = { -5, -5 };

	assert_string_equal(memhp_block_get_zone(&blocks[0]), "none");
	assert_string_equal(memhp_block_get_zone(&blocks[1]), "Normal");
	snapshot->blocks[1].zones = ZONES_UNKNOWN;
	assert_null(memhp_block_get_zone(&blocks[1]));
	snapshot->blocks[1].zones = ZONES_NONE;
	assert_null(memhp_block_get_zone(&blocks[1]));
	assert_int_equal(snapshot_block_nodes(snapshot, &blocks[1], nodes, 2), 0);
	assert_int_equal(snapshot_block_nodes(snapshot, &blocks[0], nodes, 2), 1);
	assert_int_equal(nodes[0], 0);
	assert_int_equal(snapshot_block_nodes(snapshot, &blocks[2], nodes, 2), 2);
	assert_int_equal(nodes[1], 2);
	nodes[1] = -5;
	assert_int_equal(snapshot_block_nodes(snapshot, &blocks[2], nodes, 1), 2);
	assert_int_equal(nodes[1], -5);
	assert_int_equal(snapshot_block_pages(snapshot), 32768);
	assert_int_equal(snapshot_memmap_pages(snapshot), 512);
	snapshot->machine.struct_page_size = 0;
	assert_int_equal(snapshot_memmap_pages(snapshot), 512);
	snapshot->machine.page_size = 65536;
	snapshot->machine.block_size = UINT64_C(512) << 20;
	assert_int_equal(snapshot_memmap_pages(snapshot), 8);
	snapshot->machine.page_size = 0;
	assert_int_equal(snapshot_memmap_pages(snapshot), 0);
	assert_int_equal(snapshot_block_pages(snapshot), 0);
}

static bool mapped(struct memhp_snapshot *snapshot, uint64_t start, uint64_t end, uint32_t *first,
		   uint32_t *last)
{
	struct mapping mapping = { start, end };
	struct memhp_device device = { .mappings = &mapping, .mapping_count = 1 };

	assert_false(snapshot_mapping_blocks(snapshot, &device, 1, first, last));
	return snapshot_mapping_blocks(snapshot, &device, 0, first, last);
}

static void test_mapping_blocks(void **state)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = machine();
	uint32_t first = 7, last = 7;

	assert_true(mapped(snapshot, 2 * BLOCK_SIZE, 4 * BLOCK_SIZE - 1, &first, &last));
	assert_true(first == 2 && last == 3);
	assert_true(mapped(snapshot, 2 * BLOCK_SIZE + 1, 4 * BLOCK_SIZE, &first, &last));
	assert_true(first == 3 && last == 3);
	/* The device of KERNEL.md's unaligned shape: 1090 MiB, of which seven blocks are whole. */
	assert_true(mapped(snapshot, 0x100600000, 0x1447fffff, &first, &last));
	assert_true(first == 33 && last == 39);
	first = last = 7;
	assert_false(mapped(snapshot, 2 * BLOCK_SIZE + 1, 4 * BLOCK_SIZE - 2, &first, &last));
	assert_false(mapped(snapshot, 0, BLOCK_SIZE - 2, &first, &last));
	assert_false(mapped(snapshot, UINT64_MAX - 5, UINT64_MAX, &first, &last));
	assert_true(first == 7 && last == 7);
	snapshot->machine.block_size = 0;
	assert_false(mapped(snapshot, 0, UINT64_MAX, &first, &last));
}

static void test_mode(void **state)
{
	struct memhp_device device = { .driver = DRIVER_NONE, .size = BLOCK_SIZE };

	assert_int_equal(device_mode(&device), MEMHP_MODE_UNBOUND);
	device.leaked = true;
	assert_int_equal(device_mode(&device), MEMHP_MODE_LEAKED);
	device.leaked = false;
	device.size = 0;
	assert_int_equal(device_mode(&device), MEMHP_MODE_EMPTY);
	device.driver = DRIVER_UNKNOWN;
	assert_int_equal(device_mode(&device), MEMHP_MODE_UNKNOWN);
	device.driver = DRIVER_KMEM;
	assert_int_equal(device_mode(&device), MEMHP_MODE_SYSTEM_RAM);
	device = (struct memhp_device){ .kind = MEMHP_DEVICE_ACPI };
	assert_int_equal(device_mode(&device), MEMHP_MODE_EMPTY);
}

/* A copy has arrays of its own and keeps what its strings are borrowed from. */
static void test_copy(void **state)
{
	struct memhp_snapshot *snapshot = machine(), *copy = NULL;

	assert_int_equal(snapshot_copy(snapshot, &copy), 0);
	memhp_snapshot_unref(snapshot);
	assert_int_equal(copy->block_count, 4);
	copy->blocks[0].state = MEMHP_STATE_OFFLINE;
	assert_int_equal(copy->base->blocks[0].state, MEMHP_STATE_ONLINE);
	copy->devices[0].driver = DRIVER_NONE;
	assert_int_equal(copy->base->devices[0].driver, DRIVER_KMEM);
	assert_string_equal(copy->devices[0].name, "dax0.0");
	assert_null(copy->regions);
	assert_null(memhp_snapshot_unref(copy));
	assert_null(memhp_snapshot_unref(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),	       cmocka_unit_test(test_block),
		cmocka_unit_test(test_mapping_blocks), cmocka_unit_test(test_mode),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
