/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/scan-again.c and lib/io-kept.c: a refresh shows what a new scan shows, whatever happened in
 * between; descriptors are kept within their limit and closed in the end; and what is not read again
 * is what cannot have changed.
 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctx.h"
#include "scan-walk.h"
#include "tree.h"

#define MEMORY "sys/devices/system/memory/"
#define NODE "sys/devices/system/node/"
#define EVENTS "sys/kernel/uevent_seqnum"

/* An io over that of a directory: live, and how often blocks are listed is counted. */
struct watched {
	struct io io;
	struct io *below;
	struct io_ops ops;
	unsigned int lists;
	const struct test_tree
		*moves; /* in it block 36 is moved, with events, before blocks are read */
};

static struct io *below(struct io *io)
{
	return ((struct watched *)io)->below;
}

static int watched_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
			size_t *ret_len)
{
	return below(io)->ops->read(below(io), path, offset, buffer, size, ret_len);
}

static int watched_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	((struct watched *)io)->lists += strcmp(path, "sys/devices/system/memory") == 0;
	return below(io)->ops->list(below(io), path, fn, data);
}

static int watched_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	return below(io)->ops->readlink(below(io), path, buffer, size);
}

static int watched_sweep(struct io *io, const struct io_sweep *sweep)
{
	struct watched *watched = (struct watched *)io;

	if (watched->moves != NULL) {
		test_tree_file(watched->moves, MEMORY "memory36/valid_zones", "Normal\n");
		test_tree_file(watched->moves, EVENTS, "9\n");
		watched->moves = NULL;
	}
	return below(io)->ops->sweep(below(io), sweep);
}

static void watched_keep(struct io *io, bool keep)
{
	below(io)->ops->keep(below(io), keep);
}

static void watched_free(struct io *io)
{
	io_free(below(io));
}

struct fixture {
	struct test_tree tree;
	struct memhp_error error;
	struct watched watched;
	struct memhp_ctx *ctx;
	struct memhp_snapshot *snapshot; /* refreshed each time */
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct watched *watched = &fixture->watched;

	test_tree_make(&fixture->tree);
	test_tree_machine(&fixture->tree);
	assert_int_equal(io_root_new(fixture->tree.path, &fixture->error, &watched->below), 0);
	watched->ops = (struct io_ops){ .read = watched_read,
					.list = watched_list,
					.readlink = watched_readlink,
					.sweep = watched_sweep,
					.keep = watched_keep,
					.free = watched_free };
	watched->io = (struct io){ .ops = &watched->ops };
	assert_int_equal(ctx_new_with_io(&watched->io, &fixture->ctx), 0);
	assert_int_equal(memhp_snapshot_new(fixture->ctx, &fixture->snapshot), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	memhp_snapshot_unref(fixture->snapshot);
	memhp_ctx_unref(fixture->ctx);
	test_tree_remove(&fixture->tree);
	free(fixture);
	return 0;
}

/* All that a snapshot tells of blocks, devices, zones, nodes and errors. */
static void assert_same(const struct memhp_snapshot *a, const struct memhp_snapshot *b)
{
	size_t i;

	assert_int_equal(a->missing, b->missing);
	assert_int_equal(a->block_count, b->block_count);
	for (i = 0; i < a->block_count; i++) {
		if (memcmp(&a->blocks[i], &b->blocks[i], sizeof(a->blocks[i])) != 0)
			fail_msg("block %u is not the same", a->blocks[i].number);
	}
	assert_int_equal(a->node_set_count, b->node_set_count);
	for (i = 1; i < a->node_set_count; i++) {
		assert_int_equal(a->node_sets[i].count, b->node_sets[i].count);
		assert_memory_equal(a->node_sets[i].nodes, b->node_sets[i].nodes,
				    a->node_sets[i].count * sizeof(int16_t));
	}
	assert_int_equal(a->zone_count, b->zone_count);
	assert_memory_equal(a->zones, b->zones, a->zone_count * sizeof(*a->zones));
	assert_int_equal(a->device_count, b->device_count);
	for (i = 0; i < a->device_count; i++) {
		assert_string_equal(a->devices[i].name, b->devices[i].name);
		assert_int_equal(a->devices[i].driver, b->devices[i].driver);
		assert_int_equal(a->devices[i].size, b->devices[i].size);
		assert_int_equal(a->devices[i].mapping_count, b->devices[i].mapping_count);
	}
	assert_int_equal(a->node_count, b->node_count);
	for (i = 0; i < a->node_count; i++)
		assert_int_equal(a->nodes[i].free_bytes, b->nodes[i].free_bytes);
	assert_int_equal(a->error_count, b->error_count);
	for (i = 0; i < a->error_count; i++)
		assert_string_equal(a->errors[i].path, b->errors[i].path);
	assert_int_equal(a->machine.auto_online, b->machine.auto_online);
	assert_int_equal(a->machine.struct_page_size, b->machine.struct_page_size);
}

static void refresh(struct fixture *fixture)
{
	struct memhp_snapshot *next = NULL;

	assert_int_equal(memhp_snapshot_refresh(fixture->ctx, fixture->snapshot, &next), 0);
	memhp_snapshot_unref(fixture->snapshot);
	fixture->snapshot = next;
}

/* Refreshed twice, for the second time reads by other means than the first. */
static void check(struct fixture *fixture)
{
	struct memhp_snapshot *anew = NULL;
	unsigned int i;

	assert_int_equal(memhp_snapshot_new(fixture->ctx, &anew), 0);
	for (i = 0; i < 2; i++) {
		refresh(fixture);
		assert_same(fixture->snapshot, anew);
	}
	memhp_snapshot_unref(anew);
}

/* ---- what may happen in between ---- */

static void onlined(const struct test_tree *tree)
{
	test_tree_block(tree, 34, "online\n", "Movable\n", -1);
}

static void removed(const struct test_tree *tree)
{
	test_tree_delete(tree, MEMORY "memory35/state");
	test_tree_delete(tree, MEMORY "memory35/valid_zones");
	test_tree_delete(tree, MEMORY "memory35");
	test_tree_delete(tree, NODE "node1/memory35");
}

/* The same number, another directory. */
static void removed_and_added(const struct test_tree *tree)
{
	removed(tree);
	test_tree_block(tree, 35, "online\n", "Normal\n", 1);
}

static void added(const struct test_tree *tree)
{
	test_tree_block(tree, 20, "offline\n", "Normal Movable\n", 0);
	test_tree_block(tree, 36, "online\n", "Movable\n", 1);
}

/* As editors and packages do it: the old file is gone, though a descriptor still reads it. */
static void replaced(const struct test_tree *tree)
{
	char from[512], to[512];

	test_tree_file(tree, "sys/new", "offline\n");
	snprintf(from, sizeof(from), "%s/sys/new", tree->path);
	snprintf(to, sizeof(to), "%s/" MEMORY "memory33/state", tree->path);
	assert_int_equal(rename(from, to), 0);
	test_tree_file(tree, "proc/new", "Node 1, zone  Movable\n  pages free 5\n");
	snprintf(from, sizeof(from), "%s/proc/new", tree->path);
	snprintf(to, sizeof(to), "%s/proc/zoneinfo", tree->path);
	assert_int_equal(rename(from, to), 0);
}

static void rebound(const struct test_tree *tree)
{
	test_tree_delete(tree, "sys/devices/platform/hmem.0/dax0.0/driver");
	test_tree_link(tree, "sys/devices/platform/hmem.0/dax0.0/driver",
		       "../../../../bus/dax/drivers/device_dax");
	test_tree_file(tree, MEMORY "auto_online_blocks", "online_movable\n");
	test_tree_file(tree, NODE "node1/meminfo", "Node 1 MemTotal: 9 kB\nNode 1 MemFree: 7 kB\n");
}

static void spoilt(const struct test_tree *tree)
{
	test_tree_file(tree, MEMORY "memory2/state", "nonsense\n");
	test_tree_delete(tree, MEMORY "memory3/valid_zones");
	test_tree_delete(tree, "proc/iomem");
}

static void linked_twice(const struct test_tree *tree)
{
	test_tree_link(tree, NODE "node1/memory2", "../../memory/memory2");
}

static const struct {
	const char *what;
	void (*happens)(const struct test_tree *tree);
} events[] = {
	{ "a block was onlined", onlined },
	{ "a block was removed", removed },
	{ "blocks were added", added },
	{ "another block of the same number", removed_and_added },
	{ "files were replaced", replaced },
	{ "a device has another driver", rebound },
	{ "files are missing", spoilt },
	{ "a block lies on two nodes", linked_twice },
};

static void test_changes(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		struct fixture *fixture;
		void *own;

		set_up(&own);
		fixture = own;
		check(fixture);
		events[i].happens(&fixture->tree);
		check(fixture);
		tear_down(&own);
	}
}

/* The same where a kernel runs, and says each time that something happened. */
static void test_changes_live(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		struct fixture *fixture;
		void *own;

		set_up(&own);
		fixture = own;
		fixture->watched.io.live = true;
		test_tree_file(&fixture->tree, EVENTS, "41\n");
		check(fixture);
		test_tree_file(&fixture->tree, EVENTS, "42\n");
		events[i].happens(&fixture->tree);
		check(fixture);
		tear_down(&own);
	}
}

static void test_part(void **state)
{
	struct fixture *fixture = *state;
	struct memhp_snapshot *part = NULL, *next = NULL;

	assert_int_equal(memhp_snapshot_new_of(fixture->ctx, 1U << MEMHP_KIND_BLOCK, &part), 0);
	assert_int_equal(memhp_snapshot_refresh(fixture->ctx, part, &next), 0);
	assert_same(part, next);
	assert_true(next->missing != 0);
	memhp_snapshot_unref(part);
	memhp_snapshot_unref(next);
}

/* ---- events ---- */

static void test_events(void **state)
{
	struct fixture *fixture = *state;
	unsigned int *lists = &fixture->watched.lists;

	fixture->watched.io.live = true;
	test_tree_file(&fixture->tree, EVENTS, "7\n");
	refresh(fixture); /* now the number is known */
	*lists = 0;
	refresh(fixture);
	assert_int_equal(*lists, 0);
	check(fixture);
	/* A state changes and the number does not, as while a block goes offline. */
	test_tree_file(&fixture->tree, MEMORY "memory33/state", "going-offline\n");
	*lists = 0;
	refresh(fixture);
	assert_int_equal(*lists, 0);
	assert_int_equal(snapshot_block(fixture->snapshot, 33)->state, MEMHP_STATE_GOING_OFFLINE);
	/* Something happened: which blocks there are is read. */
	test_tree_file(&fixture->tree, EVENTS, "8\n");
	added(&fixture->tree);
	refresh(fixture);
	assert_int_equal(*lists, 1);
	assert_int_equal(fixture->snapshot->block_count, 10);
	/* A block is gone, and its event is on the way. */
	removed(&fixture->tree);
	refresh(fixture);
	assert_int_equal(fixture->snapshot->block_count, 9);
	check(fixture);
}

/*
 * No block gets into another zone without an event, so while there is none an online block's is not read; that
 * of one that was not online is, and so is where an offline one can go: an online that fails has no event.
 */
static void test_zones(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.io.live = true;
	test_tree_file(&fixture->tree, EVENTS, "7\n");
	test_tree_block(&fixture->tree, 36, "online\n", "Movable\n", 1);
	test_tree_block(&fixture->tree, 37, "going-offline\n", "Movable\n", 1);
	test_tree_block(&fixture->tree, 38, "offline\n", "Normal Movable\n", 1);
	refresh(fixture);
	test_tree_file(&fixture->tree, MEMORY "memory36/valid_zones", "Normal\n");
	test_tree_file(&fixture->tree, MEMORY "memory37/state", "online\n");
	test_tree_file(&fixture->tree, MEMORY "memory37/valid_zones", "Normal\n");
	test_tree_file(&fixture->tree, MEMORY "memory38/valid_zones", "Movable Normal\n");
	refresh(fixture);
	assert_int_equal(snapshot_block(fixture->snapshot, 36)->zones, ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(snapshot_block(fixture->snapshot, 37)->zones, ZONE_BIT(ZONE_NORMAL));
	assert_int_equal(snapshot_block(fixture->snapshot, 38)->default_zone, ZONE_MOVABLE);
	test_tree_file(&fixture->tree, EVENTS, "8\n");
	refresh(fixture);
	assert_int_equal(snapshot_block(fixture->snapshot, 36)->zones, ZONE_BIT(ZONE_NORMAL));
	check(fixture);
}

/* As before, but it happens while the machine is read again. */
static void test_zones_meanwhile(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.io.live = true;
	test_tree_file(&fixture->tree, EVENTS, "7\n");
	test_tree_block(&fixture->tree, 36, "online\n", "Movable\n", 1);
	refresh(fixture);
	fixture->watched.moves = &fixture->tree;
	refresh(fixture);
	assert_null(fixture->watched.moves);
	assert_int_equal(snapshot_block(fixture->snapshot, 36)->zones, ZONE_BIT(ZONE_NORMAL));
}

/* A kernel that does not count, or a recording, which counts nothing. */
static void test_no_events(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.io.live = true;
	refresh(fixture);
	fixture->watched.lists = 0;
	refresh(fixture);
	assert_int_equal(fixture->watched.lists, 2);
	fixture->watched.io.live = false;
	test_tree_file(&fixture->tree, EVENTS, "7\n");
	refresh(fixture);
	fixture->watched.lists = 0;
	added(&fixture->tree);
	refresh(fixture);
	assert_int_equal(fixture->watched.lists, 2);
	assert_int_equal(fixture->snapshot->block_count, 10);
}

/* A link to a node is made after the block's event, and makes none. */
static void test_new_block(void **state)
{
	struct fixture *fixture = *state;

	fixture->watched.io.live = true;
	test_tree_file(&fixture->tree, EVENTS, "7\n");
	test_tree_block(&fixture->tree, 36, "offline\n", "Normal Movable\n", -1);
	refresh(fixture);
	assert_int_equal(snapshot_block(fixture->snapshot, 36)->node, NODE_NONE);
	test_tree_link(&fixture->tree, NODE "node1/memory36", "../../memory/memory36");
	refresh(fixture);
	assert_int_equal(snapshot_block(fixture->snapshot, 36)->node, 1);
	check(fixture);
}

/* Of the same boot only: another machine may be behind the same context. */
static void test_struct_page(void **state)
{
	struct fixture *fixture = *state;

	fixture->snapshot->machine.struct_page_size = 64;
	refresh(fixture);
	assert_int_equal(fixture->snapshot->machine.struct_page_size, 64);
	test_tree_file(&fixture->tree, "proc/sys/kernel/random/boot_id", "another\n");
	refresh(fixture);
	assert_int_equal(fixture->snapshot->machine.struct_page_size, 0);
}

/* ---- descriptors ---- */

/* Descriptors that are open, of those from FIRST on. */
static size_t open_files_from(long first)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != '.' && atol(entry->d_name) != dirfd(directory))
			count += atol(entry->d_name) >= first;
	}
	closedir(directory);
	return count;
}

static size_t open_files(void)
{
	return open_files_from(0);
}

static void test_descriptors(void **state)
{
	struct fixture *fixture = *state;
	size_t before = open_files(), kept;

	refresh(fixture);
	kept = open_files();
	/* Two files for each of eight blocks, and what else is read. */
	assert_true(kept >= before + 16);
	refresh(fixture);
	assert_int_equal(open_files(), kept);
	removed(&fixture->tree);
	refresh(fixture);
	assert_int_equal(open_files(), kept - 2);
	fixture->ctx = memhp_ctx_unref(fixture->ctx);
	/* The directory itself was open too. */
	assert_true(open_files() < before);
}

/* Whatever may be open, the upper half of it is left to others, and the answer is the same. */
static void test_limit(void **state)
{
	struct fixture *fixture = *state;
	rlim_t before = open_files(), allowed;
	struct rlimit limit, low;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (allowed = before + 10; allowed < before + 60; allowed += 10) {
		size_t above = open_files_from((long)allowed / 2);

		low = limit;
		low.rlim_cur = allowed;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		check(fixture);
		/* Besides the directory of the last link, which is open whether anything is kept or not. */
		assert_in_range(open_files_from((long)allowed / 2), above, above + 1);
		onlined(&fixture->tree);
		check(fixture);
	}
	assert_true(open_files() > before + 10);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* More blocks than one thread takes: each touches its own rows only. */
static void test_many(void **state)
{
	struct fixture *fixture = *state;
	uint32_t number;

	for (number = 100; number < 1300; number++)
		test_tree_block(&fixture->tree, number, "online\n", "Movable\n", 1);
	check(fixture);
	for (number = 100; number < 1300; number += 7)
		test_tree_file(&fixture->tree, MEMORY "memory33/state", "offline\n");
	check(fixture);
}

/* Where few of them could be kept, none is: a refresh is then what a new scan is. */
static void test_too_many(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, low;
	uint32_t number;
	size_t kept;

	refresh(fixture);
	kept = open_files();
	for (number = 100; number < 1300; number++)
		test_tree_block(&fixture->tree, number, "online\n", "Movable\n", 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 200;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	check(fixture);
	/* Those of the eight blocks from before are closed too. */
	assert_true(open_files() <= kept - 16);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check(fixture);
	/* As many as there is room for, which need not be much. */
	assert_true(open_files() >= kept + MIN((size_t)2400, (size_t)limit.rlim_cur / 4));
}

#define AGAIN_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes), cmocka_unit_test(test_changes_live),
		AGAIN_TEST(test_part),		AGAIN_TEST(test_events),
		AGAIN_TEST(test_no_events),	AGAIN_TEST(test_new_block),
		AGAIN_TEST(test_struct_page),	AGAIN_TEST(test_descriptors),
		AGAIN_TEST(test_limit),		AGAIN_TEST(test_many),
		AGAIN_TEST(test_zones),		AGAIN_TEST(test_zones_meanwhile),
		AGAIN_TEST(test_too_many),
	};

	return cmocka_run_group_tests_name("scan-again", tests, NULL, NULL);
}
