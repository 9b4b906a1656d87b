/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memhp_snapshot_new_streamed(): blocks come in order while others are being read, each with all that the
 * snapshot tells of it in the end; what a scan that is done again had given is void.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctx.h"
#include "scan.h"
#include "tree.h"

#define MEMORY "sys/devices/system/memory/"
#define DAX "sys/devices/platform/hmem.0/dax0.0/"
#define MANY 3000

/* ---- what was given ---- */

struct given {
	FILE *text; /* since it last began anew */
	char *bytes;
	size_t size;
	size_t blocks;
	unsigned int calls;
	unsigned int beginnings;
	size_t calls_with_blocks;
};

static void put_value(FILE *out, const struct memhp_value *value)
{
	if (value->type == MEMHP_TYPE_STRING)
		fprintf(out, "%s ", value->string);
	else if (value->type == MEMHP_TYPE_UINT)
		fprintf(out, "%llu ", (unsigned long long)value->unsigned_number);
	else if (value->type == MEMHP_TYPE_BOOL)
		fprintf(out, "%d ", value->boolean);
	else
		fprintf(out, "(%d) ", (int)value->type);
}

/* Every field that there is, so that one that follows from more than was read shows. */
static void put_object(FILE *out, const struct memhp_object *object)
{
	const struct memhp_field *field = memhp_field_get_first(object->kind);
	struct memhp_value value, item;
	size_t i;

	for (; field != NULL; field = memhp_field_get_next(field)) {
		assert_int_equal(memhp_field_get(field, object, &value), 0);
		put_value(out, &value);
		for (i = 0; value.type == MEMHP_TYPE_LIST && i < value.count; i++) {
			assert_int_equal(memhp_field_get_item(field, object, i, &item), 0);
			put_value(out, &item);
		}
	}
	fputc('\n', out);
}

static void begin_anew(struct given *given)
{
	if (given->text != NULL)
		fclose(given->text);
	free(given->bytes);
	given->text = open_memstream(&given->bytes, &given->size);
	given->blocks = 0;
	given->beginnings++;
}

static void take(void *data, struct memhp_cursor *blocks, bool anew)
{
	struct given *given = data;
	struct memhp_object block;
	size_t before;

	given->calls++;
	assert_true(anew || given->calls > 1);
	if (anew)
		begin_anew(given);
	before = given->blocks;
	while (memhp_cursor_next(blocks, &block)) {
		put_object(given->text, &block);
		given->blocks++;
	}
	given->calls_with_blocks += given->blocks > before;
}

static void clear(struct given *given)
{
	if (given->text != NULL)
		fclose(given->text);
	free(given->bytes);
	*given = (struct given){ 0 };
}

/* That it is what the snapshot tells, and how often it was given. */
static void check_given(struct given *given, const struct memhp_snapshot *snapshot)
{
	struct memhp_cursor cursor;
	struct memhp_object block;
	char *bytes = NULL;
	size_t size = 0;
	FILE *text = open_memstream(&bytes, &size);

	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_BLOCK);
	while (memhp_cursor_next(&cursor, &block))
		put_object(text, &block);
	fclose(text);
	fflush(given->text);
	assert_int_equal(given->blocks, snapshot->block_count);
	assert_string_equal(given->bytes, bytes);
	free(bytes);
}

/* ---- machines ---- */

/* An io over a directory's, on which blocks come and go while they are read. */
struct restless {
	struct io io;
	struct io *below;
	struct io_ops ops;
	const struct test_tree *tree;
	unsigned int changes;
	uint32_t next;
	int rc;	      /* what a sweep comes to, when it has read all */
	bool by_read; /* by the loop that gives every block as soon as it is read */
};

static struct restless *of(struct io *io)
{
	return (struct restless *)io;
}

static int restless_sweep(struct io *io, const struct io_sweep *sweep)
{
	struct restless *restless = of(io);
	struct io *below = restless->below;
	int rc = restless->by_read ? io_sweep_by_read(below, sweep) :
				     below->ops->sweep(below, sweep);

	if (restless->changes > 0) {
		restless->changes--;
		test_tree_block(restless->tree, restless->next++, "offline\n", "Normal Movable\n",
				1);
	}
	return restless->rc < 0 ? restless->rc : rc;
}

static int restless_read(struct io *io, const char *path, uint64_t offset, void *buffer,
			 size_t size, size_t *ret_len)
{
	return of(io)->below->ops->read(of(io)->below, path, offset, buffer, size, ret_len);
}

static int restless_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	return of(io)->below->ops->list(of(io)->below, path, fn, data);
}

static int restless_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	return of(io)->below->ops->readlink(of(io)->below, path, buffer, size);
}

static void restless_free(struct io *io)
{
	io_free(of(io)->below);
}

struct fixture {
	struct test_tree tree;
	struct restless restless;
	struct memhp_ctx *ctx;
	struct given given;
	struct memhp_snapshot *snapshot;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct restless *restless = &fixture->restless;
	struct memhp_error error;

	test_tree_make(&fixture->tree);
	test_tree_machine(&fixture->tree);
	assert_int_equal(io_root_new(fixture->tree.path, &error, &restless->below), 0);
	restless->ops = (struct io_ops){ .read = restless_read,
					 .list = restless_list,
					 .readlink = restless_readlink,
					 .sweep = restless_sweep,
					 .free = restless_free };
	restless->io = (struct io){ .ops = &restless->ops, .read_only = true };
	restless->tree = &fixture->tree;
	restless->next = 100;
	restless->by_read = true;
	assert_int_equal(ctx_new_with_io(&restless->io, &fixture->ctx), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	clear(&fixture->given);
	memhp_snapshot_unref(fixture->snapshot);
	memhp_ctx_unref(fixture->ctx);
	test_tree_remove(&fixture->tree);
	free(fixture);
	return 0;
}

static void stream(struct fixture *fixture)
{
	clear(&fixture->given);
	fixture->snapshot = memhp_snapshot_unref(fixture->snapshot);
	assert_int_equal(memhp_snapshot_new_streamed(fixture->ctx, 1U << MEMHP_KIND_BLOCK, take,
						     &fixture->given, &fixture->snapshot),
			 0);
	check_given(&fixture->given, fixture->snapshot);
}

/* ---- cases ---- */

static void test_while_reading(void **state)
{
	struct fixture *fixture = *state;

	stream(fixture);
	assert_int_equal(fixture->given.beginnings, 1);
	assert_int_equal(fixture->given.calls_with_blocks, fixture->snapshot->block_count);
}

/* Whether struct pages lie on the device's own memory is seen by the zone of all its blocks. */
static void test_what_follows_from_all(void **state)
{
	struct fixture *fixture = *state;

	test_tree_file(&fixture->tree, "sys/module/memory_hotplug/parameters/memmap_on_memory",
		       "Y\n");
	test_tree_file(&fixture->tree, DAX "memmap_on_memory", "1\n");
	stream(fixture);
	assert_int_equal(fixture->snapshot->block_count, 8);
	assert_int_equal(fixture->given.calls_with_blocks, 4 + 1);
}

static void test_done_again(void **state)
{
	struct fixture *fixture = *state;

	fixture->restless.changes = 2;
	stream(fixture);
	assert_int_equal(fixture->given.beginnings, 3);
	assert_int_equal(fixture->snapshot->block_count, 10);
	/* One that never comes to rest is shown as it was last seen. */
	fixture->restless.changes = 1000;
	stream(fixture);
	assert_true(fixture->given.beginnings > 1);
}

static void delete_block(const struct test_tree *tree, uint32_t number, unsigned int node)
{
	static const char *const files[] = { "/state", "/valid_zones", "" };
	char path[128];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), MEMORY "memory%u%s", number, files[i]);
		test_tree_delete(tree, path);
	}
	snprintf(path, sizeof(path), "sys/devices/system/node/node%u/memory%u", node, number);
	test_tree_delete(tree, path);
}

/* A program that only listens must hear that there is nothing. */
static void test_none(void **state)
{
	struct fixture *fixture = *state;
	uint32_t number;

	for (number = 0; number < 36; number++)
		if (number < 4 || number >= 32)
			delete_block(&fixture->tree, number, number < 4 ? 0 : 1);
	stream(fixture);
	assert_int_equal(fixture->given.calls, 1);
	assert_int_equal(fixture->given.beginnings, 1);
}

/* Where nobody listens it is the snapshot that memhp_snapshot_new_of() gives. */
static void test_nobody(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(memhp_snapshot_new_streamed(fixture->ctx, 1U << MEMHP_KIND_BLOCK, NULL,
						     NULL, &fixture->snapshot),
			 0);
	assert_int_equal(fixture->snapshot->block_count, 8);
}

/* A scan that fails gives none, whatever was told meanwhile. */
static void test_failing(void **state)
{
	struct fixture *fixture = *state;
	struct memhp_snapshot *snapshot = NULL;

	fixture->restless.rc = -ENOMEM;
	assert_int_equal(memhp_snapshot_new_streamed(fixture->ctx, 1U << MEMHP_KIND_BLOCK, take,
						     &fixture->given, &snapshot),
			 -ENOMEM);
	assert_null(snapshot);
	assert_int_equal(fixture->given.blocks, 8);
}

/* What cannot be read at all is told of at the end, as the snapshot has it. */
static void test_unreadable(void **state)
{
	struct fixture *fixture = *state;

	fixture->restless.rc = -EACCES;
	stream(fixture);
	assert_int_equal(fixture->given.beginnings, 1);
	assert_int_equal(fixture->given.blocks, 8);
}

/* By the sweep of a directory: the second thread gives nothing, and nothing of it is given too soon. */
static void test_two_threads(void **state)
{
	struct fixture *fixture = *state;
	size_t calls = 0;
	uint32_t number;
	unsigned int i;

	for (number = 1000; number < 1000 + MANY; number++)
		test_tree_block(&fixture->tree, number, "offline\n", "Normal Movable\n", 1);
	fixture->restless.by_read = false;
	for (i = 0; i < 20; i++) {
		stream(fixture);
		assert_int_equal(fixture->given.beginnings, 1);
		calls += fixture->given.calls_with_blocks;
	}
	assert_true(calls > 2 * i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_while_reading, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_follows_from_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_done_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_threads, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
