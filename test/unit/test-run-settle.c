/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/run-settle.c on the fake kernel: a burst is over when nothing has changed for a while, and not before; what never
 * comes to rest is not waited for without end; nothing is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../scenario.h"
#include "../lib/ctx.h"
#include "small-machine.h"
#include "tree.h"

#define MSEC UINT64_C(1000000)
#define QUIET (500 * MSEC)

static struct fakekern *machine(void)
{
	struct fakekern *kernel = fakekern_new(&fakekern_6_12);

	small_boot_memory(kernel);
	fakekern_add_virtio_mem(kernel, "virtio0", 0, (struct fakekern_range){ 12 * GIB, GIB });
	return kernel;
}

/* How long it waits, in nanoseconds. */
static uint64_t settle(struct fakekern *kernel, uint32_t timeout)
{
	uint64_t start = fakekern_time(kernel);
	struct memhp_ctx *ctx;
	size_t i;

	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	assert_int_equal(memhp_settle(ctx, timeout), 0);
	memhp_ctx_unref(ctx);
	for (i = 0; i < fakekern_logged(kernel); i++)
		assert_true(fakekern_log(kernel, i)->kind != FAKEKERN_WRITE &&
			    fakekern_log(kernel, i)->kind != FAKEKERN_SAVE);
	return fakekern_time(kernel) - start;
}

static void plug_one(struct fakekern *kernel, void *data)
{
	fakekern_plug(kernel, "virtio0", 1);
}

static void test_at_rest(void **state)
{
	struct fakekern *kernel = machine();
	uint64_t waited = settle(kernel, 0);

	assert_true(waited >= QUIET && waited < 2 * QUIET);
	fakekern_free(kernel);
}

static void test_burst(void **state)
{
	struct fakekern *kernel = machine();
	unsigned int i;
	uint64_t waited;

	for (i = 1; i <= 8; i++)
		fakekern_after(kernel, i * 400 * MSEC, plug_one, NULL);
	waited = settle(kernel, 0);
	assert_true(waited >= 8 * 400 * MSEC + QUIET && waited < 8 * 400 * MSEC + 2 * QUIET);
	assert_string_equal(fakekern_block(kernel, 103), "online Normal");
	fakekern_free(kernel);
}

/* The driver is there before its blocks. */
static void test_driver_first(void **state)
{
	struct fakekern *kernel = machine();
	uint64_t waited;

	fakekern_fail_add(kernel, 10 * GIB, -12);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 512 * MIB },
								       { 10 * GIB, 512 * MIB } },
							 .target_node = 0 });
	waited = settle(kernel, 3);
	assert_true(waited >= 3000 * MSEC && waited < 4000 * MSEC);
	fakekern_free(kernel);
}

/* Nothing happens on a recorded machine, and its clock stands. */
static void test_recorded(void **state)
{
	struct memhp_ctx *ctx = NULL;
	struct test_tree tree;

	test_tree_make(&tree);
	test_tree_machine(&tree);
	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_int_equal(memhp_ctx_set_root(ctx, tree.path), 0);
	assert_int_equal(memhp_settle(ctx, 1), 0);
	memhp_ctx_unref(ctx);
	test_tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_rest),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_driver_first),
		cmocka_unit_test(test_recorded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("run-settle", tests, NULL, NULL);
}
