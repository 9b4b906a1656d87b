/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/displace.c: what must leave a block, and where it goes.
 */
#include "test.h"

#include "case.h"
#include "displace.h"

#define MIB (UINT64_C(1) << 20)
#define PAGES(bytes) ((bytes) / 4096)

/* Node 1: two blocks of Normal, two of Movable; node 0 has both too. */
#define MACHINE                                                                             \
	"node 0 cpu distance 10 20\nnode 1 distance 20 10\n"                                \
	"blocks 0-3 online Normal node 0 boot\nblocks 4-5 online Movable node 0 boot\n"     \
	"blocks 48-49 online Normal node 1 kmem\nblocks 50-51 online Movable node 1 kmem\n" \
	"blocks 52 offline node 1 kmem\n"                                                   \
	"zone 0 Normal free 8M high 1M file 2M\nzone 0 Movable free 64M\n"                  \
	"zone 1 Normal free 200M\nzone 1 Movable free 100M\n"

static uint64_t displaced(const struct test_case *test_case, uint32_t block)
{
	return displaced_pages(test_case->snapshot, snapshot_block(test_case->snapshot, block));
}

static void test_pages(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("pages", MACHINE);

	/* 256 MiB with 200 free: a block's going is no hardship */
	assert_int_equal(displaced(test_case, 48), 0);
	/* 256 MiB with 100 free: 28 of a block must leave */
	assert_int_equal(displaced(test_case, 50), PAGES(28 * MIB));
	assert_int_equal(displaced(test_case, 52), 0);
	snapshot_zone(test_case->snapshot, 1, ZONE_MOVABLE)->free = PAGES(128 * MIB);
	assert_int_equal(displaced(test_case, 50), 0);
	snapshot_zone(test_case->snapshot, 1, ZONE_MOVABLE)->free = PAGES(120 * MIB);
	snapshot_zone(test_case->snapshot, 1, ZONE_MOVABLE)->at_hand = PAGES(7 * MIB);
	assert_int_equal(displaced(test_case, 50), PAGES(MIB));
	snapshot_zone(test_case->snapshot, 1, ZONE_MOVABLE)->at_hand = 0;
	snapshot_zone(test_case->snapshot, 1, ZONE_MOVABLE)->free = 0;
	assert_int_equal(displaced(test_case, 50), PAGES(128 * MIB));
}

/* What describes the block itself does not move. */
static void test_on_memory(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("on-memory", "blocks 48 online Movable node 1 kmem memmap-on-memory\n"
					"zone 1 Movable free 100M\n");

	assert_int_equal(displaced(test_case, 48), PAGES(26 * MIB));
}

static void test_room(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("room", MACHINE);

	/* out of Movable anywhere on other nodes, out of Normal to kernel zones */
	assert_int_equal(displaced_room(test_case->snapshot, 1, true), PAGES(73 * MIB));
	assert_int_equal(displaced_room(test_case->snapshot, 1, false), PAGES(9 * MIB));
	assert_int_equal(displaced_room(test_case->snapshot, 0, false), PAGES(200 * MIB));
}

/* A node that is the only one with memory takes its own. */
static void test_alone(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("alone", "node 0 cpu distance 10 20\nnode 1 distance 20 10\n"
				    "blocks 0-3 online Normal node 0 boot\n"
				    "blocks 4-5 online Movable node 0 boot\n"
				    "zone 0 Normal free 8M\nzone 0 Movable free 64M\n");

	assert_int_equal(displaced_room(test_case->snapshot, 0, true), PAGES(72 * MIB));
	assert_int_equal(displaced_room(test_case->snapshot, 0, false), PAGES(8 * MIB));
	displace(test_case->snapshot, 0, true, PAGES(10 * MIB), 0);
	assert_int_equal(snapshot_zone(test_case->snapshot, 0, ZONE_MOVABLE)->free,
			 PAGES(54 * MIB));
}

static void test_displace(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("displace", MACHINE);
	struct memhp_snapshot *snapshot = test_case->snapshot;
	uint64_t file = snapshot_zone(snapshot, 0, ZONE_NORMAL)->file;

	displace(snapshot, 1, true, PAGES(66 * MIB), 0);
	assert_int_equal(snapshot_zone(snapshot, 0, ZONE_MOVABLE)->free, 0);
	assert_int_equal(snapshot_zone(snapshot, 0, ZONE_NORMAL)->free, PAGES(6 * MIB));
	displace(snapshot, 1, false, PAGES(2 * MIB), 0);
	assert_int_equal(snapshot_zone(snapshot, 0, ZONE_NORMAL)->free, PAGES(4 * MIB));
	assert_int_equal(snapshot_zone(snapshot, 1, ZONE_NORMAL)->free, PAGES(200 * MIB));
	/* pages of files are such where they come to lie as well */
	displace(snapshot, 1, false, PAGES(2 * MIB), PAGES(MIB));
	assert_int_equal(snapshot_zone(snapshot, 0, ZONE_NORMAL)->free, PAGES(2 * MIB));
	assert_int_equal(snapshot_zone(snapshot, 0, ZONE_NORMAL)->file, file + PAGES(MIB));
	/* more than there is room for takes what there is */
	displace(snapshot, 1, false, PAGES(1024 * MIB), 0);
	assert_int_equal(snapshot_zone(snapshot, 0, ZONE_NORMAL)->free, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),	 cmocka_unit_test(test_on_memory),
		cmocka_unit_test(test_room),	 cmocka_unit_test(test_alone),
		cmocka_unit_test(test_displace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
