/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/scan-deduce.c: which zone follows from spans, which does not, that nothing is concluded of a
 * recorded machine, and that conclusions are dropped when spans moved meanwhile.
 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan-walk.h"
#include "tree.h"

#define MEMORY "sys/devices/system/memory/"
#define EVENTS "sys/kernel/uevent_seqnum"
#define PAGES 32768 /* in a block of 128 MiB */
#define ZONES_MAX 4

/* A block of two nodes, for cases that want one. */
#define SEVERAL_NODES 7

static const struct deduction {
	const char *what;
	uint32_t block;
	int16_t node;
	struct memhp_zone zones[ZONES_MAX];
	uint8_t zone;
} deductions[] = {
	{ "one zone over it",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 4 * PAGES, .present = 9 } },
	  ZONE_NORMAL },
	{ "just the block",
	  2,
	  0,
	  { { .zone = ZONE_MOVABLE, .start_pfn = 2 * PAGES, .spanned = PAGES, .present = 9 } },
	  ZONE_MOVABLE },
	{ "the others end before and begin behind",
	  2,
	  0,
	  { { .zone = ZONE_DMA32, .spanned = 2 * PAGES, .present = 9 },
	    { .zone = ZONE_NORMAL, .start_pfn = 2 * PAGES, .spanned = PAGES, .present = 9 },
	    { .zone = ZONE_MOVABLE, .start_pfn = 3 * PAGES, .spanned = PAGES, .present = 9 } },
	  ZONE_NORMAL },
	{ "another node's zone reaches into it",
	  2,
	  1,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 },
	    { .node = 1, .zone = ZONE_MOVABLE, .spanned = 9 * PAGES, .present = 9 } },
	  ZONE_MOVABLE },
	{ "an empty zone",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 }, { .zone = ZONE_MOVABLE } },
	  ZONE_NORMAL },
	{ "device memory around it",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 },
	    { .zone = ZONE_DEVICE, .spanned = 9 * PAGES } },
	  ZONE_NORMAL },
	/* in doubt */
	{ "two zones over it",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 },
	    { .zone = ZONE_MOVABLE, .spanned = 9 * PAGES, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "a second one reaches a page into it",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 },
	    { .zone = ZONE_MOVABLE, .start_pfn = 3 * PAGES - 1, .spanned = PAGES, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "a zone that begins in it",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .start_pfn = 2 * PAGES + 1, .spanned = PAGES, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "a zone that ends in it",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 3 * PAGES - 1, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "no zone there",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 2 * PAGES, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "a span whose place is not shown",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 },
	    { .zone = ZONE_MOVABLE, .spanned = PAGES } },
	  ZONE_INDEX_NONE },
	{ "no node",
	  2,
	  NODE_NONE,
	  { { .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "several nodes",
	  2,
	  SEVERAL_NODES,
	  { { .node = SEVERAL_NODES, .zone = ZONE_NORMAL, .spanned = 9 * PAGES, .present = 9 } },
	  ZONE_INDEX_NONE },
	{ "a span beyond all memory",
	  2,
	  0,
	  { { .zone = ZONE_NORMAL, .start_pfn = UINT64_MAX, .spanned = 9, .present = 9 } },
	  ZONE_INDEX_NONE },
};

static void test_deductions(void **state)
{
	struct memhp_snapshot *snapshot = NULL;
	size_t i, zone;

	for (i = 0; i < ARRAY_SIZE(deductions); i++) {
		const struct deduction *row = &deductions[i];
		struct memhp_block block = { .number = row->block, .node = row->node };

		block.nodes = row->node == SEVERAL_NODES;
		assert_int_equal(snapshot_new(&snapshot), 0);
		assert_false(deduce_is_possible(snapshot));
		snapshot->machine.block_size = UINT64_C(128) << 20;
		snapshot->machine.page_size = 4096;
		snapshot->machine.events = 1;
		assert_false(deduce_is_possible(snapshot));
		snapshot->zones = calloc(ZONES_MAX, sizeof(*snapshot->zones));
		for (zone = 0;
		     zone < ZONES_MAX && row->zones[zone].spanned + row->zones[zone].zone > 0;
		     zone++)
			snapshot->zones[zone] = row->zones[zone];
		snapshot->zone_count = zone;
		assert_true(deduce_is_possible(snapshot));
		if (deduce_zone(snapshot, &block) != row->zone)
			fail_msg("%s: zone %u", row->what, deduce_zone(snapshot, &block));
		memhp_snapshot_unref(snapshot);
	}
}

/* ---- on a machine ---- */

/* An io over another one, which counts, and changes zoneinfo behind a scan's back. */
struct watched {
	struct io io;
	struct io *below;
	struct io_ops ops;
	const struct test_tree *tree;
	unsigned int valid_zones; /* how many were read */
	unsigned int sweeps;
	const char *moved; /* zoneinfo after the first sweep; NULL: as it was */
	bool told;	   /* the kernel tells of an event meanwhile */
};

struct watched_sweep {
	struct watched *watched;
	const struct io_sweep *sweep;
};

static bool watch_file(void *data, size_t index, size_t file, int rc, const char *text, size_t len)
{
	struct watched_sweep *over = data;

	over->watched->valid_zones += file == 1;
	return over->sweep->fn(over->sweep->data, index, file, rc, text, len);
}

static uint32_t number_below(const void *data, size_t index)
{
	const struct io_sweep *sweep = ((const struct watched_sweep *)data)->sweep;

	return sweep->number(sweep->data, index);
}

static int watched_sweep(struct io *io, const struct io_sweep *sweep)
{
	struct watched *watched = (struct watched *)io;
	struct watched_sweep over = { watched, sweep };
	struct io_sweep below = *sweep;
	int rc;

	below.data = &over;
	below.number = number_below;
	below.fn = watch_file;
	rc = watched->below->ops->sweep(watched->below, &below);
	if (watched->sweeps++ > 0)
		return rc;
	if (watched->moved != NULL)
		test_tree_file(watched->tree, "proc/zoneinfo", watched->moved);
	if (watched->told)
		test_tree_file(watched->tree, EVENTS, "42\n");
	return rc;
}

static int watched_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
			size_t *ret_len)
{
	struct io *below = ((struct watched *)io)->below;

	return below->ops->read(below, path, offset, buffer, size, ret_len);
}

static int watched_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	struct io *below = ((struct watched *)io)->below;

	return below->ops->list(below, path, fn, data);
}

static int watched_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	struct io *below = ((struct watched *)io)->below;

	return below->ops->readlink(below, path, buffer, size);
}

struct fixture {
	struct test_tree tree;
	struct memhp_error error;
	struct watched watched;
	struct memhp_snapshot *snapshot;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct watched *watched = &fixture->watched;

	test_tree_make(&fixture->tree);
	test_tree_machine(&fixture->tree);
	test_tree_file(&fixture->tree, EVENTS, "41\n");
	assert_int_equal(io_root_new(fixture->tree.path, &fixture->error, &watched->below), 0);
	watched->tree = &fixture->tree;
	watched->ops = (struct io_ops){ .read = watched_read,
					.list = watched_list,
					.readlink = watched_readlink,
					.sweep = watched_sweep };
	watched->io = (struct io){ .ops = &watched->ops, .live = true };
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	memhp_snapshot_unref(fixture->snapshot);
	io_free(fixture->watched.below);
	test_tree_remove(&fixture->tree);
	free(fixture);
	return 0;
}

static const struct memhp_block *scanned(struct fixture *fixture, uint32_t number)
{
	const struct memhp_block *block;

	fixture->snapshot = memhp_snapshot_unref(fixture->snapshot);
	fixture->watched.valid_zones = 0;
	fixture->watched.sweeps = 0;
	assert_int_equal(scan(&fixture->watched.io, SCAN_ALL, &fixture->error, &fixture->snapshot),
			 0);
	block = snapshot_block(fixture->snapshot, number);
	assert_non_null(block);
	return block;
}

/* Of eight blocks five are in just one zone; the first one's begins in it, and two are offline. */
static void test_live(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(scanned(fixture, 2)->zones, ZONE_BIT(ZONE_DMA32));
	assert_int_equal(fixture->watched.valid_zones, 3);
	assert_int_equal(fixture->watched.sweeps, 1);
	assert_int_equal(snapshot_block(fixture->snapshot, 0)->zones, ZONE_SPANS);
	assert_int_equal(snapshot_block(fixture->snapshot, 33)->zones, ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(snapshot_block(fixture->snapshot, 34)->candidates,
			 ZONE_BIT(ZONE_MOVABLE) | ZONE_BIT(ZONE_NORMAL));
	assert_int_equal(snapshot_block(fixture->snapshot, 34)->default_zone, ZONE_MOVABLE);
	/* A file that is not there is not missed. */
	test_tree_delete(&fixture->tree, MEMORY "memory2/valid_zones");
	assert_int_equal(scanned(fixture, 2)->zones, ZONE_BIT(ZONE_DMA32));
	assert_int_equal(fixture->snapshot->error_count, 0);
}

static void test_going_offline(void **state)
{
	struct fixture *fixture = *state;

	test_tree_block(&fixture->tree, 2, "going-offline\n", "DMA32 Movable\n", -1);
	assert_int_equal(scanned(fixture, 2)->state, MEMHP_STATE_GOING_OFFLINE);
	assert_int_equal(snapshot_block(fixture->snapshot, 2)->zones, ZONES_UNKNOWN);
	assert_int_equal(fixture->watched.valid_zones, 4);
}

/* What a recording says is shown, whatever would follow on a running kernel. */
static void test_recorded(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.io.live = false;
	test_tree_block(&fixture->tree, 2, "online\n", "Normal\n", -1);
	assert_int_equal(scanned(fixture, 2)->zones, ZONE_BIT(ZONE_NORMAL));
	assert_int_equal(fixture->watched.valid_zones, 8);
}

static void test_moved(void **state)
{
	static const char *const moved[] = {
		/* Movable grew over the block; another zone; a zone more; nothing at all */
		"Node 0, zone    DMA32\n  pages free 9\n spanned 131072\n present 130977\n "
		"start_pfn: 1\n"
		"Node 1, zone  Movable\n  pages free 9\n spanned 98304\n present 65536\n "
		"start_pfn: 1015808\n",
		"Node 0, zone   Normal\n  pages free 9\n spanned 131072\n present 130977\n "
		"start_pfn: 1\n"
		"Node 1, zone  Movable\n  pages free 9\n spanned 65536\n present 65536\n "
		"start_pfn: 1048576\n",
		"Node 0, zone    DMA32\n  pages free 9\n spanned 131072\n present 130977\n "
		"start_pfn: 1\n"
		"Node 0, zone  Movable\n  pages free 9\n spanned 9\n present 9\n start_pfn: 9\n"
		"Node 1, zone  Movable\n  pages free 9\n spanned 65536\n present 65536\n "
		"start_pfn: 1048576\n",
		"",
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(moved); i++) {
		test_tree_files(&fixture->tree);
		fixture->watched.moved = moved[i];
		scanned(fixture, 2);
		assert_int_equal(fixture->watched.sweeps, 2);
		assert_int_equal(fixture->watched.valid_zones, 3 + 8);
	}
}

/* Pages come and go all the time; only where zones lie is looked at. */
static void test_not_moved(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.moved = "Node 0, zone    DMA32\n  pages free 1\n spanned 131072\n present "
				 "4096\n start_pfn: 1\n"
				 "Node 1, zone  Movable\n  pages free 2\n spanned 65536\n present "
				 "32768\n start_pfn: 1048576\n";
	scanned(fixture, 2);
	assert_int_equal(fixture->watched.sweeps, 1);
}

/* A zone that has come and gone leaves spans as they were, but each block that went tells of it. */
static void test_told(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.told = true;
	assert_int_equal(scanned(fixture, 2)->zones, ZONE_BIT(ZONE_DMA32));
	assert_int_equal(fixture->watched.sweeps, 2);
	assert_int_equal(fixture->watched.valid_zones, 3 + 8);
}

/* Where the kernel does not count what it tells of, everything is read. */
static void test_uncounted(void **state)
{
	struct fixture *fixture = *state;

	test_tree_delete(&fixture->tree, EVENTS);
	scanned(fixture, 2);
	assert_int_equal(fixture->watched.sweeps, 1);
	assert_int_equal(fixture->watched.valid_zones, 8);
}

#define DEDUCE_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deductions),
		DEDUCE_TEST(test_live),
		DEDUCE_TEST(test_going_offline),
		DEDUCE_TEST(test_recorded),
		DEDUCE_TEST(test_moved),
		DEDUCE_TEST(test_not_moved),
		DEDUCE_TEST(test_told),
		DEDUCE_TEST(test_uncounted),
	};

	return cmocka_run_group_tests_name("scan-deduce", tests, NULL, NULL);
}
