/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan-geometry.c: what is planned for devices to be made and taken away, and what is told instead.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fakekern.h"
#include "ctx.h"
#include "plan.h"
#include "small-machine.h"

/* A region of 2 GiB whose only device is without memory and driver, or (STATIC) one of persistent memory. */
static struct fakekern *machine(bool dynamic)
{
	struct fakekern_config config = fakekern_6_12;
	struct fakekern *kernel;

	config.modules[0] = NULL;
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	fakekern_add_dax(
		kernel, &(struct fakekern_dax){ .name = "dax0.0",
						.provider = dynamic ? FAKEKERN_HMEM : FAKEKERN_PMEM,
						.mappings = { { 8 * GIB, 2 * GIB } },
						.dynamic = dynamic });
	if (dynamic)
		assert_int_equal(fakekern_write(kernel, "sys/bus/dax/devices/dax0.0/size", "0"), 0);
	return kernel;
}

static struct memhp_ctx *open_it(struct fakekern *kernel)
{
	struct memhp_ctx *ctx;

	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	return ctx;
}

/* "PATH=VALUE PATH=VALUE", by the last two names of each path. */
static void describe(const struct memhp_plan *plan, char *text, size_t size)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < plan->step_count; i++) {
		char path[IO_PATH_MAX], value[IO_NAME_MAX];
		const char *at;

		step_path(plan->before, &plan->steps[i], path);
		step_value(plan->before, &plan->steps[i], value);
		at = strrchr(path, '/');
		while (at > path && at[-1] != '/')
			at--;
		used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i > 0 ? " " : "", at,
					 value);
	}
}

struct row {
	enum memhp_operation operation;
	const char *target;
	uint64_t amount, align;
	enum memhp_error_kind error; /* NONE: there is a plan */
	enum memhp_verdict verdict;
	const char *steps; /* of what is denied, which has none: the remedy; "" for any */
};

static void must_plan(struct fakekern *kernel, const struct row *row)
{
	const char *const targets[] = { row->target, NULL };
	const struct memhp_request request = { .struct_size = sizeof(request),
					       .operation = row->operation,
					       .targets = targets,
					       .amount = row->amount,
					       .align = row->align };
	struct memhp_ctx *ctx = open_it(kernel);
	struct memhp_snapshot *snapshot;
	struct memhp_plan *plan = NULL;
	char text[512];
	int rc;

	assert_int_equal(memhp_snapshot_new(ctx, &snapshot), 0);
	rc = memhp_plan_new(ctx, snapshot, &request, &plan);
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), row->error);
	assert_int_equal(rc == 0, row->error == MEMHP_ERROR_NONE);
	if (rc == 0) {
		assert_int_equal(plan->verdict, row->verdict);
		describe(plan, text, sizeof(text));
		if (row->verdict == MEMHP_VERDICT_DENY) {
			assert_string_equal(text, "");
			assert_true(plan->findings.count > 0);
			if (row->steps[0] != '\0')
				assert_string_equal(plan->findings.items[0].remedy, row->steps);
		} else {
			assert_string_equal(text, row->steps);
		}
	} else {
		assert_string_not_equal(memhp_error_get_message(memhp_ctx_get_error(ctx)), "");
	}
	memhp_plan_unref(plan);
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(ctx);
}

#define CREATE MEMHP_OPERATION_CREATE, "dax:region0"
#define DESTROY MEMHP_OPERATION_DESTROY
#define USAGE MEMHP_ERROR_USAGE, MEMHP_VERDICT_ALLOW, NULL
#define FINE MEMHP_ERROR_NONE, MEMHP_VERDICT_ALLOW

static void test_dynamic(void **state)
{
	static const struct row rows[] = {
		{ CREATE, GIB, 0, FINE, "dax0.0/size=1073741824" },
		{ CREATE, 0, 0, FINE, "dax0.0/size=2147483648" },
		{ CREATE, GIB, 2 * MIB, FINE, "dax0.0/size=1073741824" },
		{ CREATE, GIB, GIB, FINE, "dax0.0/align=1073741824 dax0.0/size=1073741824" },
		{ CREATE, 2 * MIB, 4096, FINE, "dax0.0/align=4096 dax0.0/size=2097152" },
		{ CREATE, MIB, 0, USAGE },
		{ CREATE, MIB, 4096, USAGE },
		{ CREATE, GIB + MIB, 0, USAGE },
		{ CREATE, GIB + 2 * MIB, GIB, USAGE },
		{ CREATE, GIB, 3 * MIB, USAGE },
		{ CREATE, GIB, 2048, USAGE },
		{ CREATE, 3 * GIB, 0, MEMHP_ERROR_NONE, MEMHP_VERDICT_DENY, "" },
		{ MEMHP_OPERATION_CREATE, "dax0.0", GIB, 0, USAGE },
		{ MEMHP_OPERATION_CREATE, "all", GIB, 0, USAGE },
		{ MEMHP_OPERATION_CREATE, "dax:region7", GIB, 0, MEMHP_ERROR_TARGET,
		  MEMHP_VERDICT_ALLOW, NULL },
		{ DESTROY, "dax0.0", 0, 0, FINE, "" },
		{ DESTROY, "dax0.0", GIB, 0, USAGE },
		{ DESTROY, "dax0.0", 0, GIB, USAGE },
		{ DESTROY, "dax:region0", 0, 0, USAGE },
		{ DESTROY, "2", 0, 0, USAGE },
		{ DESTROY, "dax0.1", 0, 0, MEMHP_ERROR_TARGET, MEMHP_VERDICT_ALLOW, NULL },
	};
	struct fakekern *kernel = machine(true);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		must_plan(kernel, &rows[i]);
	fakekern_free(kernel);
}

/* Where no device waits, the kernel makes one, and the plan knows its name. */
static void test_second(void **state)
{
	static const struct row rows[] = {
		{ CREATE, GIB, 0, FINE, "dax_region/create=1 dax0.1/size=1073741824" },
		{ CREATE, GIB, 4096, FINE,
		  "dax_region/create=1 dax0.1/align=4096 dax0.1/size=1073741824" },
		{ CREATE, GIB + 2 * MIB, 0, MEMHP_ERROR_NONE, MEMHP_VERDICT_DENY, "" },
		{ DESTROY, "dax0.0", 0, 0, FINE, "dax0.0/size=0" },
	};
	static const struct row later[] = {
		{ CREATE, 0, 0, MEMHP_ERROR_NONE, MEMHP_VERDICT_DENY, "" },
		{ DESTROY, "dax0.1", 0, 0, FINE, "dax0.1/size=0 dax_region/delete=dax0.1" },
		{ DESTROY, "dax0.2", 0, 0, FINE, "dax_region/delete=dax0.2" },
	};
	struct fakekern *kernel = machine(true);
	size_t i;

	assert_int_equal(fakekern_write(kernel, "sys/bus/dax/devices/dax0.0/size", "0x40000000"),
			 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		must_plan(kernel, &rows[i]);
	assert_int_equal(
		fakekern_write(kernel, "sys/devices/platform/hmem.0/dax_region/create", "1"), 0);
	assert_int_equal(
		fakekern_write(kernel, "sys/devices/platform/hmem.0/dax_region/create", "1"), 0);
	assert_int_equal(fakekern_write(kernel, "sys/bus/dax/devices/dax0.1/size", "1073741824"),
			 0);
	for (i = 0; i < ARRAY_SIZE(later); i++)
		must_plan(kernel, &later[i]);
	fakekern_free(kernel);
}

/* What is said to fit does: free are 1022 MiB. */
static void test_what_fits(void **state)
{
	static const struct row rows[] = {
		{ CREATE, GIB, 0, MEMHP_ERROR_NONE, MEMHP_VERDICT_DENY, "say --size 1071644672" },
		{ CREATE, GIB, 4 * MIB, MEMHP_ERROR_NONE, MEMHP_VERDICT_DENY,
		  "say --size 1069547520" },
		{ CREATE, 1069547520, 4 * MIB, FINE,
		  "dax_region/create=1 dax0.1/align=4194304 dax0.1/size=1069547520" },
		{ CREATE, GIB, GIB, MEMHP_ERROR_NONE, MEMHP_VERDICT_DENY,
		  "destroy a device of this region first, such as dax0.0" },
	};
	struct fakekern *kernel = machine(true);
	size_t i;

	assert_int_equal(fakekern_write(kernel, "sys/bus/dax/devices/dax0.0/size", "1075838976"),
			 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		must_plan(kernel, &rows[i]);
	fakekern_free(kernel);
}

static void test_static(void **state)
{
	static const struct row rows[] = {
		{ MEMHP_OPERATION_CREATE, "nd:region0", GIB, 0, MEMHP_ERROR_UNSUPPORTED,
		  MEMHP_VERDICT_ALLOW, NULL },
		{ DESTROY, "dax0.0", 0, 0, MEMHP_ERROR_UNSUPPORTED, MEMHP_VERDICT_ALLOW, NULL },
	};
	struct fakekern *kernel = machine(false);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		must_plan(kernel, &rows[i]);
	fakekern_free(kernel);
}

/* What cannot be seen might be what is to be used. */
static void test_unknown(void **state)
{
	static const struct row rows[] = {
		{ CREATE, GIB, 0, MEMHP_ERROR_SYSTEM, MEMHP_VERDICT_ALLOW, NULL },
		{ DESTROY, "dax0.0", 0, 0, MEMHP_ERROR_SYSTEM, MEMHP_VERDICT_ALLOW, NULL },
	};
	struct fakekern *kernel = machine(true);
	size_t i;

	fakekern_break(kernel, "sys/bus/dax/devices/dax0.0/size", -EIO, 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		must_plan(kernel, &rows[i]);
	fakekern_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dynamic),	  cmocka_unit_test(test_second),
		cmocka_unit_test(test_what_fits), cmocka_unit_test(test_static),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
