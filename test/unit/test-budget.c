/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of budgets, on machines written down as literals.
 */
#include "test.h"

#include "plan.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define PAGE 4096
#define BLOCK_PAGES (128 * MIB / PAGE)

/* Eight blocks of 128 MiB in Normal of node 0, and what the test puts behind them. */
struct fixture {
	struct memhp_block blocks[32];
	struct memhp_node nodes[2];
	struct memhp_zone zones[4];
	struct memhp_snapshot snapshot;
};

static void fixture_init(struct fixture *fixture)
{
	size_t i;

	*fixture = (struct fixture){ 0 };
	for (i = 0; i < 8; i++)
		fixture->blocks[i] = (struct memhp_block){
			.number = (uint32_t)i,
			.device = NO_DEVICE,
			.state = MEMHP_STATE_ONLINE,
			.zones = ZONE_BIT(ZONE_NORMAL),
			.origin = MEMHP_ORIGIN_BOOT,
		};
	fixture->nodes[0].id = 0;
	fixture->nodes[1].id = 1;
	fixture->zones[0] = (struct memhp_zone){
		.node = 0,
		.zone = ZONE_NORMAL,
		.present = 8 * BLOCK_PAGES,
		.managed = 8 * BLOCK_PAGES - 10000,
		.cma = 1000,
		.free = 50000,
		.high = 3000,
		.file = 700,
	};
	fixture->zones[1] = (struct memhp_zone){ .node = 0, .zone = ZONE_MOVABLE };
	fixture->zones[2] = (struct memhp_zone){ .node = 1, .zone = ZONE_NORMAL };
	fixture->zones[3] = (struct memhp_zone){ .node = 1, .zone = ZONE_MOVABLE };
	fixture->snapshot = (struct memhp_snapshot){
		.machine = { .page_size = PAGE, .struct_page_size = 64, .block_size = 128 * MIB },
		.blocks = fixture->blocks,
		.block_count = 8,
		.nodes = fixture->nodes,
		.node_count = 2,
		.zones = fixture->zones,
		.zone_count = 4,
	};
}

/* COUNT more blocks, added by kmem on node 1. */
static void add_blocks(struct fixture *fixture, size_t count, enum memhp_state state,
		       zone_set zones, uint8_t flags)
{
	size_t i;

	for (i = 0; i < count; i++)
		fixture->blocks[fixture->snapshot.block_count++] = (struct memhp_block){
			.number = 32 + (uint32_t)i,
			.device = NO_DEVICE,
			.node = 1,
			.state = (uint8_t)state,
			.zones = zones,
			.origin = MEMHP_ORIGIN_KMEM,
			.flags = flags,
		};
}

static void test_kernel_zones(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.kernel_bytes, (8 * BLOCK_PAGES - 10000 - 1000) * PAGE);
	assert_int_equal(budget.kernel_free_bytes, 50000 * PAGE);
	assert_int_equal(budget.kernel_available_bytes, (50000 - 3000 + 700) * PAGE);
	/* CMA serves movable pages only. */
	assert_int_equal(budget.movable_bytes, 1000 * PAGE);
	assert_int_equal(budget.ratio_percent, 0);
}

static void test_below_the_watermark(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	fixture.zones[0].free = 2999;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.kernel_available_bytes, 700 * PAGE);
}

static void test_movable_and_device_are_not_kernel(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	fixture.zones[0].cma = 0;
	fixture.zones[0].managed = 1000;
	fixture.zones[1] =
		(struct memhp_zone){ .zone = ZONE_DEVICE, .present = 7, .managed = 7, .free = 7 };
	fixture.zones[3] = (struct memhp_zone){
		.node = 1, .zone = ZONE_MOVABLE, .present = 3019, .managed = 3000, .cma = 5
	};
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.kernel_bytes, 1000 * PAGE);
	assert_int_equal(budget.movable_bytes, 3019 * PAGE);
	assert_int_equal(budget.ratio_percent, 301);
}

static void test_ratio_without_kernel_memory(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	fixture.zones[3].present = 1000;
	budget_compute_node(&fixture.snapshot, 1, &budget);
	assert_int_equal(budget.kernel_bytes, 0);
	assert_int_equal(budget.movable_bytes, 1000 * PAGE);
	assert_int_equal(budget.ratio_percent, -1);
}

static void test_unknown_zones(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	fixture.snapshot.zone_count = 0;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.kernel_bytes, -1);
	assert_int_equal(budget.movable_bytes, -1);
	assert_int_equal(budget.ratio_percent, -1);
	assert_int_equal(budget.kernel_blocks, 8);
}

static void test_huge_machine(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	/* 4 PiB of kernel memory and 16 EiB less a page of movable: the product with 100 passes 2^64. */
	fixture.zones[0].cma = 0;
	fixture.zones[0].managed = 1ULL << 40;
	fixture.zones[3].present = (1ULL << 50) + (1ULL << 40);
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.kernel_bytes, 1LL << 52);
	assert_int_equal(budget.movable_bytes, (1LL << 62) + (1LL << 52));
	assert_int_equal(budget.ratio_percent, 102500);
	/* What does not fit is not known, rather than wrong. */
	fixture.zones[3].present = 1ULL << 52;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.movable_bytes, -1);
	assert_int_equal(budget.ratio_percent, -1);
}

static void test_memmap(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	/* 2 GiB are 16 blocks and 8192 pages of memmap, offline or not. */
	add_blocks(&fixture, 16, MEMHP_STATE_OFFLINE, ZONES_NONE, BLOCK_MEMMAP_ELSEWHERE);
	budget_compute_node(&fixture.snapshot, 1, &budget);
	assert_int_equal(budget.memmap_bytes, 8192 * PAGE);
	assert_int_equal(budget.memmap_on_memory_bytes, 0);
	assert_int_equal(budget.offline_bytes, 2 * GIB);
	assert_int_equal(budget.offline_blocks, 16);
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_bytes, (8192 + 4096) * PAGE);
	fixture.snapshot.machine.struct_page_size = 0;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_bytes, -1);
	assert_int_equal(budget.memmap_on_memory_bytes, -1);
}

static void test_memmap_with_64k_pages(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	fixture.snapshot.machine.page_size = 65536;
	fixture.snapshot.machine.block_size = 512 * MIB;
	fixture.snapshot.block_count = 1;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_bytes, 512 * MIB / 1024);
}

static void test_on_memory_by_flags(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	add_blocks(&fixture, 16, MEMHP_STATE_OFFLINE, ZONES_NONE, BLOCK_MEMMAP_ON_MEMORY);
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_on_memory_bytes, 8192 * PAGE);
}

static void test_on_memory_by_zones(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	add_blocks(&fixture, 16, MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_MOVABLE), 0);
	/* The figures of a real kernel, from 2 GiB of CXL memory. */
	fixture.zones[3].present = 524288;
	fixture.zones[3].managed = 516096;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_on_memory_bytes, 8192 * PAGE);
	fixture.zones[3].managed = 524288;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_on_memory_bytes, 0);
	/* A balloon took some: it does not come out even. */
	fixture.zones[3].managed = 516095;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_on_memory_bytes, -1);
	/* More than there can be. */
	fixture.zones[3].managed = 524288 - 17 * 512;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_on_memory_bytes, -1);
}

static void test_on_memory_unknown(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	add_blocks(&fixture, 16, MEMHP_STATE_OFFLINE, ZONES_NONE, 0);
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_bytes, (8192 + 4096) * PAGE);
	assert_int_equal(budget.memmap_on_memory_bytes, -1);
	/* With the parameter off no memory can hold its own. */
	fixture.snapshot.machine.memmap_on_memory = MEMMAP_MODE_OFF;
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.memmap_on_memory_bytes, 0);
}

static void test_block_counts(void **state)
{
	struct fixture fixture;
	struct memhp_budget budget;

	fixture_init(&fixture);
	add_blocks(&fixture, 8, MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_MOVABLE), 0);
	fixture.blocks[0].zones = ZONE_SPANS;
	fixture.blocks[1].zones = ZONES_UNKNOWN;
	fixture.blocks[2].state = MEMHP_STATE_UNKNOWN;
	fixture.blocks[3].state = MEMHP_STATE_OFFLINE;
	fixture.blocks[3].zones = ZONES_NONE;
	fixture.blocks[4].zones = ZONE_BIT(ZONE_DMA32);
	/* The kernel is yet to choose: the worst case is movable. */
	fixture.blocks[5].zones = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE);
	budget_compute(&fixture.snapshot, &budget);
	assert_int_equal(budget.none_blocks, 1);
	assert_int_equal(budget.unknown_blocks, 2);
	assert_int_equal(budget.offline_blocks, 1);
	assert_int_equal(budget.kernel_blocks, 3);
	assert_int_equal(budget.movable_blocks, 9);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_zones),
		cmocka_unit_test(test_below_the_watermark),
		cmocka_unit_test(test_movable_and_device_are_not_kernel),
		cmocka_unit_test(test_ratio_without_kernel_memory),
		cmocka_unit_test(test_unknown_zones),
		cmocka_unit_test(test_huge_machine),
		cmocka_unit_test(test_memmap),
		cmocka_unit_test(test_memmap_with_64k_pages),
		cmocka_unit_test(test_on_memory_by_flags),
		cmocka_unit_test(test_on_memory_by_zones),
		cmocka_unit_test(test_on_memory_unknown),
		cmocka_unit_test(test_block_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
