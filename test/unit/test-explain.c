/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/explain.c: what stands in the way of taking a block offline, and how sure that is.
 */
#include "test.h"

#include <errno.h>

#include "explain.h"

#define BIT(obstacle) (1U << OBSTACLE_##obstacle)

/* One block, online, wholly free. */
struct fixture {
	struct memhp_block block;
	struct block_pages pages;
	struct memhp_snapshot snapshot;
};

static void fixture_init(struct fixture *fixture, enum zone_index zone)
{
	*fixture = (struct fixture){
		.block = { .number = 7,
			   .device = NO_DEVICE,
			   .state = MEMHP_STATE_ONLINE,
			   .zones = ZONE_BIT(zone),
			   .origin = MEMHP_ORIGIN_BOOT },
		.pages = { .number = 7 },
	};
	fixture->snapshot = (struct memhp_snapshot){
		.machine = { .arch = "x86_64" },
		.blocks = &fixture->block,
		.block_count = 1,
		.pages = &fixture->pages,
		.pages_count = 1,
	};
	fixture->pages.counts[PAGE_FREE] = 32768;
}

static void must(const struct fixture *fixture, enum offlineable offlineable,
		 unsigned int obstacles)
{
	struct explanation explanation = explain_block(&fixture->snapshot, &fixture->block);

	assert_int_equal(explanation.offlineable, offlineable);
	assert_int_equal(explanation.obstacles, obstacles);
}

/* Without page flags there is "no", or nothing to say. */
static void test_scan_alone(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture, ZONE_NORMAL);
	fixture.snapshot.pages_count = 0;
	must(&fixture, OFFLINEABLE_UNKNOWN, 0);
	fixture.block.flags = BLOCK_HOLES;
	must(&fixture, OFFLINEABLE_NO, BIT(HOLES));
	fixture.block.zones = ZONE_SPANS;
	fixture.block.nodes = 1;
	must(&fixture, OFFLINEABLE_NO, BIT(HOLES) | BIT(SEVERAL_ZONES) | BIT(SEVERAL_NODES));
	fixture_init(&fixture, ZONE_MOVABLE);
	fixture.block.origin = MEMHP_ORIGIN_VIRTIO_MEM;
	must(&fixture, OFFLINEABLE_NO, BIT(VIRTIO_MEM));
	fixture.block.state = MEMHP_STATE_OFFLINE;
	must(&fixture, OFFLINEABLE_NONE, 0);
}

static void test_arm64(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture, ZONE_NORMAL);
	fixture.snapshot.machine.arch = "aarch64";
	must(&fixture, OFFLINEABLE_NO, BIT(ARM64_BOOT));
	fixture.block.origin = MEMHP_ORIGIN_KMEM;
	must(&fixture, OFFLINEABLE_YES, 0);
	fixture.block.origin = MEMHP_ORIGIN_UNKNOWN;
	must(&fixture, OFFLINEABLE_UNLIKELY, BIT(ARM64_BOOT));
	fixture.snapshot.pages_count = 0;
	must(&fixture, OFFLINEABLE_UNKNOWN, 0);
	fixture.snapshot.pages_count = 1;
	fixture.block.origin = MEMHP_ORIGIN_BOOT;
	fixture.snapshot.machine.arch = NULL;
	must(&fixture, OFFLINEABLE_YES, 0);
}

/* One page of each kind in a block that is free otherwise. */
static void test_pages(void **state)
{
	static const struct {
		enum page_word word;
		enum offlineable offlineable;
		unsigned int obstacles;
	} rows[] = {
		{ PAGE_FREE, OFFLINEABLE_YES, 0 },
		{ PAGE_MEMMAP, OFFLINEABLE_YES, 0 },
		{ PAGE_ABSENT, OFFLINEABLE_YES, 0 },
		{ PAGE_ANONYMOUS, OFFLINEABLE_LIKELY, 0 },
		{ PAGE_FILE, OFFLINEABLE_LIKELY, 0 },
		{ PAGE_HUGE, OFFLINEABLE_LIKELY, 0 },
		{ PAGE_POISONED, OFFLINEABLE_LIKELY, BIT(POISONED) },
		{ PAGE_GIGANTIC, OFFLINEABLE_UNLIKELY, BIT(GIGANTIC) },
		{ PAGE_OFFLINE, OFFLINEABLE_UNLIKELY, BIT(OFFLINE) },
		{ PAGE_SLAB, OFFLINEABLE_NO, BIT(SLAB) },
		{ PAGE_TABLE, OFFLINEABLE_NO, BIT(TABLES) },
		{ PAGE_RESERVED, OFFLINEABLE_NO, BIT(RESERVED) },
	};
	struct fixture fixture;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fixture_init(&fixture, ZONE_NORMAL);
		fixture.pages.counts[rows[i].word] = 1;
		must(&fixture, rows[i].offlineable, rows[i].obstacles);
	}
}

/* Pages that say nothing are mostly the kernel's, but in Movable. */
static void test_kernel_pages(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture, ZONE_NORMAL);
	fixture.pages.counts[PAGE_OTHER] = 1;
	must(&fixture, OFFLINEABLE_UNLIKELY, BIT(KERNEL));
	fixture_init(&fixture, ZONE_MOVABLE);
	fixture.pages.counts[PAGE_OTHER] = 5000;
	must(&fixture, OFFLINEABLE_LIKELY, 0);
}

/* The worst counts, and everything is told. */
static void test_together(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture, ZONE_NORMAL);
	fixture.block.flags = BLOCK_HOLES;
	fixture.pages.counts[PAGE_SLAB] = 3;
	fixture.pages.counts[PAGE_GIGANTIC] = 3;
	must(&fixture, OFFLINEABLE_NO, BIT(HOLES) | BIT(SLAB) | BIT(GIGANTIC));
	fixture.block.flags = 0;
	fixture.pages.counts[PAGE_SLAB] = 0;
	fixture.pages.counts[PAGE_POISONED] = 1;
	must(&fixture, OFFLINEABLE_UNLIKELY, BIT(POISONED) | BIT(GIGANTIC));
}

/* Flags that could not be read leave what the scan has. */
static void test_unreadable(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture, ZONE_NORMAL);
	fixture.pages.error = EACCES;
	fixture.pages.counts[PAGE_SLAB] = 3;
	must(&fixture, OFFLINEABLE_UNKNOWN, 0);
	fixture.block.nodes = 1;
	must(&fixture, OFFLINEABLE_NO, BIT(SEVERAL_NODES));
	fixture_init(&fixture, ZONE_NORMAL);
	fixture.pages.number = 8;
	must(&fixture, OFFLINEABLE_UNKNOWN, 0);
}

static void test_words(void **state)
{
	int word;

	assert_string_equal(offlineable_word(OFFLINEABLE_YES), "yes");
	assert_string_equal(offlineable_word(OFFLINEABLE_LIKELY), "likely");
	assert_string_equal(offlineable_word(OFFLINEABLE_UNLIKELY), "unlikely");
	assert_string_equal(offlineable_word(OFFLINEABLE_NO), "no");
	assert_string_equal(offlineable_word(OFFLINEABLE_UNKNOWN), "unknown");
	assert_null(offlineable_word(OFFLINEABLE_NONE));
	for (word = 0; word < OBSTACLE_COUNT; word++)
		assert_non_null(obstacle_word((enum obstacle)word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan_alone), cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_pages),	   cmocka_unit_test(test_kernel_pages),
		cmocka_unit_test(test_together),   cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
