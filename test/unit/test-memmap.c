/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/memmap.c: what describes memory, counted; when it lies on the memory itself; which nodes' zones
 * give it and get it back.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "memmap.h"

#define MIB (UINT64_C(1) << 20)
#define PAGES(bytes) ((bytes) / 4096)

static struct memmap_cost cost_of_add(const char *machine)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("add", machine);

	return memmap_of_add(test_case->snapshot, &test_case->snapshot->devices[0]);
}

/* ---- how much ---- */

static void test_worked_examples(void **state)
{
	/* 2 GiB are 16 blocks; 512 pages a block, 8192 in all */
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem blocks 48-63\n").pages, 8192);
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem blocks 48-48\n").pages, 512);
	/* 8 GiB cost exactly one block, 128 MiB */
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem blocks 64-127\n").pages,
			 PAGES(128 * MIB));
	/* with 64 KiB pages and blocks of 512 MiB a sixteenth of that */
	assert_int_equal(cost_of_add("page 64K\nblock 512M\n"
				     "device dax0.0 node 1 hmem blocks 64-79\n")
					 .pages *
				 65536,
			 8 * MIB);
	/* 256 GiB: 4 GiB */
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem blocks 64-2111\n").pages * 4096,
			 4096 * MIB);
	/* blocks of 2 GiB */
	assert_int_equal(cost_of_add("block 2G\ndevice dax0.0 node 1 hmem blocks 64-447\n").pages *
				 4096,
			 12288 * MIB);
}

/* Only whole blocks that are not there yet; every mapping for itself. */
static void test_add_counts_blocks(void **state)
{
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem "
				     "range 0x100600000-0x1447fffff\n")
				 .pages,
			 7 * 512);
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem blocks 48-49 blocks 60-60\n").pages,
			 3 * 512);
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem blocks 48-49 blocks 60-60\n"
				     "blocks 48 offline node 1 kmem dax0.0\n")
				 .pages,
			 512);
	assert_int_equal(cost_of_add("device dax0.0 node 1 hmem\n").pages, 0);
	assert_int_equal(cost_of_add("struct-page 128\n"
				     "device dax0.0 node 1 hmem blocks 48-48\n")
				 .pages,
			 1024);
}

static void test_on_memory_costs_nothing(void **state)
{
	struct memmap_cost cost = cost_of_add("memmap-on-memory on\n"
					      "device dax0.0 node 1 hmem memmap on blocks 48-63\n");

	assert_int_equal(cost.pages, 0);
	assert_int_equal(cost.counted, 8192);
	cost = cost_of_add("device dax0.0 node 1 cxl memmap on blocks 48-63\n");
	assert_int_equal(cost.pages, 8192);
}

static void test_of_blocks(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("blocks", "memmap-on-memory on\n"
				     "device dax0.0 kmem node 1 hmem memmap on blocks 48-63\n"
				     "device dax1.0 kmem node 1 hmem memmap off blocks 64-67\n"
				     "blocks 48-51 offline node 1 kmem dax0.0 memmap-on-memory\n"
				     "blocks 52-53 offline node 1 kmem dax0.0 memmap-elsewhere\n"
				     "blocks 54-55 offline node 1 kmem dax0.0\n"
				     "blocks 64-67 offline node 1 kmem dax1.0\n");
	struct memmap_cost cost = memmap_of_blocks(test_case->snapshot, 0);

	/* Where the scan could not tell, the attribute does: it does not change while kmem has it. */
	assert_int_equal(cost.counted, 8 * 512);
	assert_int_equal(cost.pages, 2 * 512);
	assert_int_equal(memmap_of_blocks(test_case->snapshot, 1).pages, 4 * 512);
}

/* ---- on the memory itself ---- */

static enum memmap_obstacle obstacle(const char *machine, bool asked)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("obstacle", machine);

	return memmap_obstacle(test_case->snapshot, &test_case->snapshot->devices[0], asked);
}

#define ON "device dax0.0 node 1 hmem memmap on blocks 48-63\n"
#define OFF "device dax0.0 node 1 hmem memmap off blocks 48-63\n"

static void test_obstacles(void **state)
{
	assert_int_equal(obstacle("memmap-on-memory on\n" ON, false), MEMMAP_FITS);
	assert_int_equal(obstacle("memmap-on-memory force\n" ON, false), MEMMAP_FITS);
	assert_int_equal(obstacle("memmap-on-memory off\n" ON, false), MEMMAP_PARAMETER_OFF);
	assert_int_equal(obstacle("memmap-on-memory unknown\n" ON, false),
			 MEMMAP_PARAMETER_UNKNOWN);
	assert_int_equal(obstacle("memmap-on-memory on\n" OFF, false), MEMMAP_NOT_ASKED);
	assert_int_equal(obstacle("memmap-on-memory on\n" OFF, true), MEMMAP_FITS);
	assert_int_equal(obstacle("memmap-on-memory on\n"
				  "device dax0.0 node 1 hmem blocks 48-63\n",
				  true),
			 MEMMAP_NO_ATTRIBUTE);
	assert_int_equal(obstacle("memmap-on-memory on\nblock 2G\n" ON, false), MEMMAP_FITS);
	/* struct pages that fill no whole huge page */
	assert_int_equal(obstacle("memmap-on-memory on\nblock 64M\n" ON, false), MEMMAP_GEOMETRY);
	assert_int_equal(obstacle("memmap-on-memory force\npage 64K\nblock 512M\n" ON, false),
			 MEMMAP_GEOMETRY);
	assert_int_equal(obstacle("memmap-on-memory on\nstruct-page 80\n" ON, false),
			 MEMMAP_GEOMETRY);
}

static void test_powerpc(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("powerpc", "memmap-on-memory on\npage 64K\nblock 256M\n" ON);

	assert_false(memmap_geometry_fits(test_case->snapshot));
	test_case->snapshot->machine.arch = "ppc64le";
	assert_true(memmap_geometry_fits(test_case->snapshot));
	test_case->snapshot->machine.page_size = 0;
	assert_false(memmap_geometry_fits(test_case->snapshot));
}

/* ---- whose memory ---- */

static void check_order(const char *machine, int node, int near, const char *expected)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("order", machine);
	int16_t nodes[8];
	char text[64] = "";
	size_t count = memmap_order(test_case->snapshot, node, near, nodes, ARRAY_SIZE(nodes)), i;

	for (i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", i > 0 ? " " : "",
			 nodes[i]);
	assert_string_equal(text, expected);
}

#define FOUR                                \
	"node 0 cpu distance 10 20 30 40\n" \
	"node 1 cpu distance 20 10 40 30\n" \
	"node 2 distance 30 40 10 50\n"     \
	"node 3 distance 40 30 50 10\n"

static void test_order(void **state)
{
	check_order(FOUR, 0, NODE_NONE, "0 1 2 3");
	check_order(FOUR, 1, NODE_NONE, "1 0 3 2");
	check_order(FOUR, 2, NODE_NONE, "2 0 1 3");
	check_order(FOUR, 3, NODE_NONE, "3 1 0 2");
	/* a node that is not there: from the one that stands for it */
	check_order(FOUR, 7, 1, "1 0 3 2");
	check_order(FOUR, 7, 3, "3 1 0 2");
	/* of two as near, the one without processors */
	check_order("node 0 cpu distance 10 20 20\nnode 1 cpu distance 20 10 20\n"
		    "node 2 distance 20 20 10\n",
		    0, NODE_NONE, "0 2 1");
	/* ... and then the next one up */
	check_order("node 0 distance 10 20 20\nnode 1 distance 20 10 20\n"
		    "node 2 distance 20 20 10\n",
		    1, NODE_NONE, "1 2 0");
	check_order("node 0 cpu\nnode 1\n", 1, NODE_NONE, "1 0");
	check_order("blocks 0 online Normal boot\n", 5, NODE_NONE, "0");
}

/* A device for each node but the first; what kernel memory there is besides is MORE. */
static int host_of(const char *distances, const char *more, uint16_t device)
{
	char machine[1024];

	snprintf(machine, sizeof(machine), "%s%s%s", distances,
		 "device dax1.0 kmem node 1 cxl memmap off blocks 48-49\n"
		 "device dax2.0 kmem node 2 cxl memmap off blocks 64-65\n"
		 "device dax3.0 kmem node 2 cxl memmap off blocks 80-81\n"
		 "blocks 0-7 online Normal node 0 boot\n",
		 more);
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("host", machine);

	return memmap_host(test_case->snapshot, device);
}

#define ALIKE                            \
	"node 0 cpu distance 10 20 20\n" \
	"node 1 distance 20 10 20\n"     \
	"node 2 distance 20 20 10\n"
#define ON_1(zone) "blocks 48-49 online " zone " node 1 kmem dax1.0\n"
#define ON_2(zone) "blocks 64-65 online " zone " node 2 kmem dax2.0\n"
#define ALSO_ON_2(zone) "blocks 80-81 online " zone " node 2 kmem dax3.0\n"

static void test_host(void **state)
{
	/* of nodes as near the one without processors; the device's own blocks came later */
	assert_int_equal(host_of(ALIKE, ON_1("Normal") ON_2("Normal"), 1), 1);
	assert_int_equal(host_of(ALIKE, ON_1("Normal") ON_2("Movable"), 1), 1);
	assert_int_equal(host_of(ALIKE, ON_1("Movable") ON_2("Normal"), 1), NODE_NONE);
	/* its own node first */
	assert_int_equal(host_of(ALIKE, ON_1("Normal") ON_2("Normal"), 2), 2);
	assert_int_equal(host_of(ALIKE, ON_1("Normal") ON_2("Movable") ALSO_ON_2("Normal"), 2), 1);
	/* what came later describes nothing that was there */
	assert_int_equal(host_of(ALIKE, ON_1("Normal") ON_2("Normal"), 0), NODE_NONE);
	assert_int_equal(host_of(ALIKE, ON_1("Movable") ALSO_ON_2("Normal"), 1), NODE_NONE);
	/* among memory of boot nobody knows */
	assert_int_equal(host_of(ALIKE, ON_1("Normal") "blocks 16 online Normal node 1 boot\n", 1),
			 NODE_NONE);
	assert_int_equal(host_of("node 0 cpu distance 10 20 20\nnode 1 distance 20 10 30\n"
				 "node 2 distance 20 30 10\n",
				 ON_1("Normal"), 1),
			 NODE_NONE);
	/* without distances its own node is all that is known */
	assert_int_equal(host_of("node 0 cpu\nnode 1\nnode 2\n", ON_1("Normal"), 1), NODE_NONE);
	assert_int_equal(host_of("node 0 cpu\nnode 1\nnode 2\n", ON_2("Normal"), 2), 2);
}

static void test_order_is_cut(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("cut", FOUR);
	int16_t nodes[2] = { -7, -7 };

	assert_int_equal(memmap_order(test_case->snapshot, 2, NODE_NONE, nodes, 1), 1);
	assert_int_equal(nodes[0], 2);
	assert_int_equal(nodes[1], -7);
}

/* ---- taking and giving ---- */

/* Two nodes of 16 blocks, the second with Movable too; the device is of node 1. */
#define TWO                                                                               \
	"node 0 cpu distance 10 20\nnode 1 cpu distance 20 10\n"                          \
	"device dax0.0 node 1 hmem blocks 96-111\n"                                       \
	"blocks 0-15 online Normal node 0 boot\nblocks 16-31 online Normal node 1 boot\n" \
	"blocks 32-47 online Movable node 1 boot\n"                                       \
	"zone 0 Normal free 4M high 1M file 2M\nzone 1 Normal free 2M high 1M file 1M\n"

static void check_free(const struct memhp_snapshot *snapshot, int node, enum zone_index index,
		       uint64_t free, uint64_t file)
{
	const struct memhp_zone *zone = snapshot_zone(snapshot, node, index);

	assert_int_equal(zone->free, PAGES(free));
	assert_int_equal(zone->file, PAGES(file));
}

static void test_take(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("take", TWO);
	struct memhp_snapshot *snapshot = test_case->snapshot;
	const struct memhp_device *device = &snapshot->devices[0];

	/* its own node first, above the watermark */
	assert_int_equal(memmap_take(snapshot, device, DRIVER_KMEM, PAGES(MIB / 2)), 0);
	check_free(snapshot, 1, ZONE_NORMAL, 3 * MIB / 2, MIB);
	check_free(snapshot, 0, ZONE_NORMAL, 4 * MIB, 2 * MIB);
	/* then the next one, before pages of files go anywhere */
	assert_int_equal(memmap_take(snapshot, device, DRIVER_KMEM, PAGES(3 * MIB)), 0);
	check_free(snapshot, 1, ZONE_NORMAL, MIB, MIB);
	check_free(snapshot, 0, ZONE_NORMAL, 3 * MIB / 2, 2 * MIB);
	/* then files, nearest first */
	assert_int_equal(memmap_take(snapshot, device, DRIVER_KMEM, PAGES(2 * MIB)), 0);
	check_free(snapshot, 0, ZONE_NORMAL, MIB, 3 * MIB / 2);
	check_free(snapshot, 1, ZONE_NORMAL, MIB, 0);
	/* and what is below the watermark last; the rest is not there */
	assert_int_equal(memmap_take(snapshot, device, DRIVER_KMEM, PAGES(5 * MIB)),
			 PAGES(3 * MIB / 2));
	check_free(snapshot, 0, ZONE_NORMAL, 0, 0);
	check_free(snapshot, 1, ZONE_NORMAL, 0, 0);
	/* never from Movable */
	assert_int_equal(snapshot_zone(snapshot, 1, ZONE_MOVABLE)->free, PAGES(2048 * MIB));
}

static void test_give(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("give", TWO);
	struct memhp_snapshot *snapshot = test_case->snapshot;
	const struct memhp_device *device = &snapshot->devices[0];

	assert_int_equal(memmap_take(snapshot, device, DRIVER_KMEM, PAGES(MIB)), 0);
	memmap_give(snapshot, device, DRIVER_KMEM, PAGES(MIB));
	check_free(snapshot, 1, ZONE_NORMAL, 2 * MIB, MIB);
	snapshot_zone(snapshot, 1, ZONE_NORMAL)->at_hand = PAGES(5 * MIB);
	/* no more than is in use there can have come from there */
	memmap_give(snapshot, device, DRIVER_KMEM, PAGES(2048 * MIB));
	check_free(snapshot, 1, ZONE_NORMAL, 2042 * MIB, MIB);
	check_free(snapshot, 0, ZONE_NORMAL, 12 * MIB, 2 * MIB);
}

/* device_dax asks where the device hangs, kmem where its memory is. */
static void test_node(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("node", "device dax0.0 node 2 near 0 hmem blocks 96-111\n"
				   "device dax1.0 node 2 hmem blocks 128-131\n");
	const struct memhp_device *devices = test_case->snapshot->devices;

	assert_int_equal(memmap_node(&devices[0], DRIVER_KMEM), 2);
	assert_int_equal(memmap_node(&devices[0], DRIVER_DEVICE_DAX), 0);
	assert_int_equal(memmap_node(&devices[1], DRIVER_DEVICE_DAX), 2);
}

static void test_room(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("room", TWO "zone 0 DMA32 present 8M free 3M high 4M cma 2M\n");
	struct memmap_room room = memmap_room(test_case->snapshot, 0);

	assert_int_equal(room.available, PAGES(5 * MIB));
	assert_int_equal(room.managed, PAGES(2048 * MIB + 6 * MIB));
	room = memmap_room(test_case->snapshot, 1);
	assert_int_equal(room.available, PAGES(2 * MIB));
	assert_int_equal(memmap_room(test_case->snapshot, 9).managed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked_examples),
		cmocka_unit_test(test_add_counts_blocks),
		cmocka_unit_test(test_on_memory_costs_nothing),

		cmocka_unit_test(test_of_blocks),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_powerpc),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_order_is_cut),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_give),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
