/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/scan-pages.c and what records it: page flags of a kernel that behaves, of recordings, and where
 * there are none.
 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fakekern.h"
#include "ctx.h"
#include "explain.h"
#include "io-dump.h"
#include "scan.h"

#define FLAGS "proc/kpageflags"

/* 4 GiB of boot memory on node 0 and a device of 1 GiB at 8 GiB on node 1, in Movable: blocks 64-71. */
static struct fakekern *machine(const char *memmap_on_memory)
{
	struct fakekern_config config = fakekern_7_2;
	struct fakekern *kernel;

	config.auto_online = "online_movable";
	config.memmap_on_memory = memmap_on_memory;
	kernel = fakekern_new(&config);
	fakekern_add_node(kernel, &(struct fakekern_node){
					  .node = 0,
					  .cpus = "0-1",
					  .memory = { { 4096, 640 * 1024 - 4096 },
						      { MIB, 3 * GIB - MIB },
						      { 4 * GIB, GIB } },
					  .taken = 256 * MIB,
					  .idle = 512 * MIB,
				  });
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_CXL,
					 .mappings = { { 8 * GIB, GIB } },
					 .target_node = 1,
				 });
	return kernel;
}

/* The machine behind IO, with page flags of the blocks that are marked. IO is used up. */
static struct memhp_snapshot *read_all(struct io *io, const bool *blocks)
{
	struct memhp_snapshot *snapshot, *with_pages;
	struct memhp_error error;

	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	assert_int_equal(scan_pages(io, snapshot, blocks, &error, &with_pages), 0);
	assert_ptr_equal(snapshot->pages, NULL);
	memhp_snapshot_unref(snapshot);
	io_free(io);
	return with_pages;
}

static const char *verdict(const struct memhp_snapshot *snapshot, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(snapshot, number);

	assert_non_null(block);
	return offlineable_word(explain_block(snapshot, block).offlineable);
}

static const uint32_t *counts(const struct memhp_snapshot *snapshot, uint32_t number)
{
	const struct block_pages *pages = snapshot_pages_of(snapshot, number);

	assert_non_null(pages);
	assert_int_equal(pages->error, 0);
	return pages->counts;
}

static void must_note(const struct memhp_snapshot *snapshot, int error, const char *message)
{
	size_t i, count = 0;

	for (i = 0; i < snapshot->error_count; i++) {
		if (strcmp(snapshot->errors[i].path, FLAGS) != 0)
			continue;
		assert_int_equal(snapshot->errors[i].rc, error);
		assert_string_equal(snapshot->errors[i].message, message);
		count++;
	}
	assert_int_equal(count, 1);
}

static void test_kernel(void **state)
{
	struct fakekern *kernel = machine("N");
	struct memhp_snapshot *snapshot;

	fakekern_use(kernel, 65, 1000);
	snapshot = read_all(fakekern_open(kernel), NULL);
	assert_int_equal(snapshot->pages_count, snapshot->block_count);
	assert_string_equal(verdict(snapshot, 0), "no");
	assert_string_equal(verdict(snapshot, 1), "no");
	assert_true(counts(snapshot, 1)[PAGE_SLAB] > 0);
	assert_string_equal(verdict(snapshot, 38), "yes");
	assert_string_equal(verdict(snapshot, 64), "yes");
	assert_int_equal(counts(snapshot, 64)[PAGE_FREE], 32768);
	assert_string_equal(verdict(snapshot, 65), "likely");
	assert_int_equal(counts(snapshot, 65)[PAGE_ANONYMOUS], 1000);
	assert_int_equal(snapshot_block(snapshot, 64)->flags & BLOCK_MEMMAP_ELSEWHERE,
			 BLOCK_MEMMAP_ELSEWHERE);
	assert_int_equal(snapshot->error_count, 0);
	memhp_snapshot_unref(snapshot);
	fakekern_free(kernel);
}

/* Where it lies on the memory itself, the pages say so, of offline blocks of the device too. */
static void test_memmap(void **state)
{
	struct fakekern *kernel = machine("Y");
	struct memhp_snapshot *snapshot;
	uint32_t number;

	assert_int_equal(
		fakekern_write(kernel, "sys/devices/system/memory/memory70/state", "offline"), 0);
	snapshot = read_all(fakekern_open(kernel), NULL);
	assert_int_equal(counts(snapshot, 64)[PAGE_MEMMAP], 512);
	assert_string_equal(verdict(snapshot, 64), "yes");
	assert_null(verdict(snapshot, 70));
	assert_null(snapshot_pages_of(snapshot, 70));
	for (number = 64; number < 72; number++)
		assert_true(snapshot_block(snapshot, number)->flags & BLOCK_MEMMAP_ON_MEMORY);
	assert_true(snapshot_block(snapshot, 1)->flags & BLOCK_MEMMAP_ELSEWHERE);
	memhp_snapshot_unref(snapshot);
	fakekern_free(kernel);
}

/* Only what is asked for is read. */
static void test_selection(void **state)
{
	struct fakekern *kernel = machine("N");
	struct io *io = fakekern_open(kernel);
	struct memhp_snapshot *snapshot, *with_pages;
	struct memhp_error error;
	bool *blocks;
	size_t before, i, reads = 0;

	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	blocks = calloc(snapshot->block_count, sizeof(*blocks));
	assert_non_null(blocks);
	blocks[snapshot_block_index(snapshot, 66)] = true;
	before = fakekern_operations(io);
	assert_int_equal(scan_pages(io, snapshot, blocks, &error, &with_pages), 0);
	for (i = before; i < fakekern_operations(io); i++)
		reads += strcmp(fakekern_operation(io, i)->path, FLAGS) == 0;
	assert_int_equal(reads, fakekern_operations(io) - before);
	assert_int_equal(reads, 1);
	assert_int_equal(with_pages->pages_count, 1);
	assert_string_equal(verdict(with_pages, 66), "yes");
	assert_string_equal(verdict(with_pages, 67), "unknown");
	assert_string_equal(verdict(with_pages, 0), "no");
	free(blocks);
	memhp_snapshot_unref(with_pages);
	memhp_snapshot_unref(snapshot);
	io_free(io);
	fakekern_free(kernel);
}

static void test_unprivileged(void **state)
{
	struct fakekern *kernel = machine("N");
	struct memhp_snapshot *snapshot;

	fakekern_unprivileged(kernel);
	snapshot = read_all(fakekern_open(kernel), NULL);
	must_note(snapshot, EACCES, "permission denied");
	assert_string_equal(verdict(snapshot, 64), "unknown");
	assert_int_equal(memhp_snapshot_get_block_count(snapshot), 40 - 8 + 8);
	memhp_snapshot_unref(snapshot);
	fakekern_free(kernel);
}

/* ---- recordings ---- */

#define HEAD                                                                                 \
	"memhp-dump 1\npage-size: 4096\n\n"                                                  \
	"sys/devices/system/memory/block_size_bytes = 8000000\n"                             \
	"sys/devices/system/memory/memory* | state | valid_zones\n\t1-3 | online | Normal\n" \
	"\t4 | offline | Normal Movable\n\t5 | online | Movable\n"                           \
	"sys/devices/system/node/node0/ : memory{1-5}\n"

static struct io *io_of(const char *more)
{
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	char *text = malloc(strlen(HEAD) + strlen(more) + sizeof("end\n"));
	struct dump *dump;
	struct io *io;

	assert_non_null(text);
	strcpy(text, HEAD);
	strcat(text, more);
	strcat(text, "end\n");
	assert_int_equal(dump_parse("machine.dump", text, strlen(text), &error, &dump), 0);
	assert_int_equal(io_dump_new(dump, &io), 0);
	return io;
}

static void test_recorded(void **state)
{
	struct memhp_snapshot *snapshot =
		read_all(io_of(FLAGS " @\n\t8000-ffff | 400\n\t10000 | 80\n\t10001-17fff | 400\n"
				     "\t18000-1ffff | !EIO\n\t28000-2ffff | 100000\n"),
			 NULL);
	size_t i;

	assert_string_equal(verdict(snapshot, 1), "yes");
	assert_string_equal(verdict(snapshot, 2), "no");
	assert_int_equal(counts(snapshot, 2)[PAGE_SLAB], 1);
	assert_int_equal(snapshot_pages_of(snapshot, 3)->error, EIO);
	/* All absent: it went offline after its state was read. */
	assert_int_equal(snapshot_pages_of(snapshot, 5)->error, EAGAIN);
	for (i = 0; i < snapshot->error_count; i++)
		if (snapshot->errors[i].rc == EIO)
			assert_string_equal(snapshot->errors[i].message,
					    "input/output error for blocks 3-3");
	memhp_snapshot_unref(snapshot);
}

static void test_missing(void **state)
{
	struct memhp_snapshot *snapshot = read_all(io_of(""), NULL);

	must_note(snapshot, ENOENT, "is not there: this kernel has none, or nobody recorded it");
	memhp_snapshot_unref(snapshot);
	snapshot = read_all(io_of(FLAGS " ! EACCES\n"), NULL);
	must_note(snapshot, EACCES, "permission denied");
	memhp_snapshot_unref(snapshot);
	snapshot = read_all(io_of(FLAGS " @\n\t8000-1ffff | 400\n"), NULL);
	must_note(snapshot, ENODATA, "holds nothing for blocks 5-5");
	assert_string_equal(verdict(snapshot, 3), "yes");
	memhp_snapshot_unref(snapshot);
	/* Half a block is nothing to judge a block by. */
	snapshot = read_all(io_of(FLAGS " @\n\t8000-1ffff | 400\n\t28000-2abcd | 400\n"), NULL);
	must_note(snapshot, ENODATA, "holds nothing for blocks 5-5");
	memhp_snapshot_unref(snapshot);
}

/* What was recorded of a kernel says the same as the kernel; recorded again it is the same text. */
static char *record(struct io *io, const char *target, uint32_t flags)
{
	struct memhp_ctx *ctx;
	char *text;
	size_t len;

	assert_int_equal(ctx_new_with_io(io, &ctx), 0);
	assert_int_equal(memhp_record(ctx, flags, target, &text, &len, NULL), 0);
	memhp_ctx_unref(ctx);
	return text;
}

static struct io *open_text(const char *text)
{
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	struct dump *dump;
	struct io *io;

	assert_int_equal(dump_parse("again.dump", strdup(text), strlen(text), &error, &dump), 0);
	assert_int_equal(io_dump_new(dump, &io), 0);
	return io;
}

static void test_recording(void **state)
{
	struct fakekern *kernel = machine("Y");
	struct memhp_snapshot *live, *recorded;
	char *text, *again;
	size_t i;

	fakekern_use(kernel, 65, 1000);
	live = read_all(fakekern_open(kernel), NULL);
	text = record(fakekern_open(kernel), NULL, MEMHP_RECORD_PAGES);
	assert_non_null(strstr(text, "\n" FLAGS " @\n\t0"));
	assert_non_null(strstr(text, "\n\t200000-2001ff | 2000000000\n\t200200-207fff | 400\n"
				     "\t208000-2081ff | 2000000000\n\t208200-2085e7 | 1020\n"));
	recorded = read_all(open_text(text), NULL);
	assert_int_equal(live->pages_count, recorded->pages_count);
	for (i = 0; i < live->pages_count; i++)
		assert_memory_equal(&live->pages[i], &recorded->pages[i], sizeof(*live->pages));
	again = record(open_text(text), NULL, MEMHP_RECORD_PAGES);
	assert_string_equal(again, text);
	free(text);
	free(again);
	/* Of one device only; and of nobody who does not ask. */
	text = record(fakekern_open(kernel), "dax0.0", MEMHP_RECORD_PAGES);
	assert_non_null(strstr(text, "\n" FLAGS " @\n\t200000-2001ff | 2000000000\n"));
	free(text);
	text = record(fakekern_open(kernel), NULL, 0);
	assert_null(strstr(text, FLAGS));
	free(text);
	fakekern_unprivileged(kernel);
	text = record(fakekern_open(kernel), NULL, MEMHP_RECORD_PAGES);
	assert_non_null(strstr(text, "\n" FLAGS " ! EACCES\n"));
	free(text);
	memhp_snapshot_unref(live);
	memhp_snapshot_unref(recorded);
	fakekern_free(kernel);
}

static void test_no_such_target(void **state)
{
	struct fakekern *kernel = machine("N");
	struct memhp_ctx *ctx;
	char *text;
	size_t len;

	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	assert_int_equal(memhp_record(ctx, MEMHP_RECORD_PAGES, "dax9.9", &text, &len, NULL),
			 -ENOENT);
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), MEMHP_ERROR_TARGET);
	memhp_ctx_unref(ctx);
	fakekern_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel),	  cmocka_unit_test(test_memmap),
		cmocka_unit_test(test_selection), cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_recorded),  cmocka_unit_test(test_missing),
		cmocka_unit_test(test_recording), cmocka_unit_test(test_no_such_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
