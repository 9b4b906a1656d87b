/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/scan-dax.c where a kernel does not tell a device's size for as long as somebody unbinds it, which somebody
 * else's offline that does not end holds up. Nobody waits for that with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../lib/ctx.h"
#include "../../lib/io-dump.h"
#include "../../lib/scan.h"
#include "../scenario.h"

#define FIRST 64   /* of dax0.0, */
#define FIRST_2 72 /* and of dax1.0 */
#define HOLDER FIRST_2

/* dax0.0 is in kmem and offline; a block of dax1.0 is being taken offline for ever. */
static struct fakekern *machine(const struct fakekern_config *config)
{
	static const char *const stages[] = { "online zone=movable dax0.0", "offline dax0.0",
					      "online zone=movable dax1.0" };
	struct fakekern *kernel = fakekern_new(config);
	struct outcome outcome;

	fakekern_add_node(kernel,
			  &(struct fakekern_node){ .cpus = "0", .memory = { { MIB, GIB - MIB } } });
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .mappings = { { 8 * GIB, GIB } } });
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax1.0",
							 .mappings = { { 9 * GIB, GIB } } });
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		request_run(stages[i], fakekern_open(kernel), &outcome);
		assert_true(outcome_is_fine(&outcome));
		outcome_clear(&outcome);
	}
	fakekern_hold_up(kernel, HOLDER, true);
	return kernel;
}

static void ask(struct fakekern *kernel, const char *request, struct outcome *ret_outcome)
{
	request_run(request, fakekern_open(kernel), ret_outcome);
	assert_int_equal(fakekern_violations(kernel), 0);
}

/* What whoever looks meanwhile sees of dax0.0, in no more than a moment. */
static void look(struct fakekern *kernel, bool is_locked)
{
	struct memhp_snapshot *snapshot;
	struct io *io = fakekern_open(kernel);
	uint64_t began = fakekern_time(kernel);
	struct memhp_error error;

	error_clear(&error);
	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	assert_true(fakekern_time(kernel) - began < 5 * SECOND);
	assert_int_equal(fakekern_violations(kernel), 0);
	assert_string_equal(snapshot->devices[0].name, "dax0.0");
	assert_int_equal(snapshot->devices[0].size, is_locked ? SIZE_UNKNOWN : GIB);
	assert_int_equal(snapshot->devices[0].mappings_errno, is_locked ? EBUSY : 0);
	assert_int_equal(snapshot->error_count, is_locked);
	if (is_locked) {
		assert_string_equal(snapshot->errors[0].path, "sys/bus/dax/devices/dax0.0/size");
		assert_int_equal(snapshot->errors[0].rc, EBUSY);
	}
	/* What waits to be let go is not what is left of that. */
	assert_true(!snapshot->devices[0].leaked || snapshot->devices[0].leaving);
	assert_int_not_equal(device_mode(&snapshot->devices[0]), MEMHP_MODE_LEAKED);
	assert_int_equal(snapshot->devices[1].size, GIB);
	memhp_snapshot_unref(snapshot);
	io_free(io);
}

/* And who reads a recording that was made meanwhile. */
static void look_at_recording(struct fakekern *kernel)
{
	struct memhp_error error;
	struct memhp_snapshot *snapshot;
	struct memhp_ctx *ctx;
	struct dump *dump;
	struct io *io;
	char *text;
	size_t len;

	error_clear(&error);
	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	assert_int_equal(memhp_record(ctx, 0, NULL, &text, &len, NULL), 0);
	memhp_ctx_unref(ctx);
	assert_int_equal(dump_parse("held", text, len, &error, &dump), 0);
	assert_int_equal(io_dump_new(dump, &io), 0);
	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	assert_int_equal(snapshot->devices[0].mappings_errno, EBUSY);
	assert_int_not_equal(device_mode(&snapshot->devices[0]), MEMHP_MODE_LEAKED);
	memhp_snapshot_unref(snapshot);
	io_free(io);
}

/* Given up in time, with what is known; whoever comes next is told, and what is not about it goes on. */
static void check_unbind(const struct fakekern_config *config)
{
	struct fakekern *kernel = machine(config);
	uint64_t began = fakekern_time(kernel);
	struct outcome outcome;

	ask(kernel, "remove timeout=10 dax0.0", &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_true(fakekern_time(kernel) - began < 60 * SECOND);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_TIMEOUT);
	assert_non_null(strstr(outcome.report->cause.message, "not known yet; memory72 is going "
							      "offline by somebody else's doing"));
	assert_null(strstr(outcome.report->cause.hint, "reboot"));
	outcome_clear(&outcome);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "");
	assert_string_equal(fakekern_block(kernel, FIRST), "offline");

	look(kernel, config->size_takes_lock);
	if (config->size_takes_lock)
		look_at_recording(kernel);
	ask(kernel, "offline 3", &outcome);
	assert_int_equal(outcome.rc, 0);
	outcome_clear(&outcome);
	ask(kernel, "remove timeout=10 dax0.0", &outcome);
	assert_int_equal(outcome.rc, -EBUSY);
	assert_string_equal(outcome.error.object, "dax0.0");
	assert_non_null(strstr(outcome.error.hint,
			       config->size_takes_lock ? "bound or unbound" : "has ended"));
	outcome_clear(&outcome);
	ask(kernel, "add timeout=10 dax0.0", &outcome);
	assert_int_equal(outcome.rc, -EBUSY);
	outcome_clear(&outcome);

	fakekern_hold_up(kernel, HOLDER, false);
	ask(kernel, "remove dax0.0", &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "device_dax");
	assert_string_equal(fakekern_block(kernel, FIRST), "absent");
	look(kernel, false);
	fakekern_free(kernel);
}

static void test_size_waits(void **state)
{
	check_unbind(&fakekern_6_1);
}

static void test_size_is_told(void **state)
{
	struct fakekern_config config = fakekern_6_12;

	config.auto_online = "offline";
	check_unbind(&config);
}

static void stage(struct fakekern *kernel, const char *request)
{
	struct outcome outcome;

	ask(kernel, request, &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
}

/* A driver shows its link first: that the device has come to it is not claimed before its memory is there. */
static void check_bind(const struct fakekern_config *config, const char *remove, const char *driver)
{
	struct fakekern *kernel = machine(config);
	struct outcome outcome;
	uint64_t began;

	fakekern_hold_up(kernel, HOLDER, false);
	stage(kernel, remove);
	fakekern_hold_up(kernel, HOLDER, true);
	began = fakekern_time(kernel);
	ask(kernel, "add timeout=10 dax0.0", &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_true(fakekern_time(kernel) - began < 20 * SECOND);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_TIMEOUT);
	assert_non_null(
		strstr(outcome.report->cause.message, "not known yet; memory72 is going offline"));
	outcome_clear(&outcome);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), driver);
	assert_string_equal(fakekern_block(kernel, FIRST), "absent");
	assert_string_equal(fakekern_text(kernel, "run/memhp/journal"), "");
	look(kernel, config->size_takes_lock);

	/* Whoever binds it has it locked, and an unbind waits for that with the link in place. */
	if (!config->size_takes_lock && driver[0] != '\0') {
		/* None of its memory is there: nothing is online already. */
		ask(kernel, "online zone=movable dax0.0", &outcome);
		assert_int_equal(outcome.rc, 0);
		assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_REFUSED);
		outcome_clear(&outcome);
		ask(kernel, "remove timeout=10 dax0.0", &outcome);
		assert_int_equal(outcome.rc, 0);
		assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
		assert_non_null(strstr(outcome.report->cause.message, "not known yet"));
		outcome_clear(&outcome);
	}
	fakekern_hold_up(kernel, HOLDER, false);
	stage(kernel, "online zone=movable dax0.0");
	assert_string_equal(fakekern_block(kernel, FIRST), "online Movable");
	fakekern_free(kernel);
}

/* The number of the write to PATH in the process that ended last. */
static size_t write_to(struct fakekern *kernel, const char *path)
{
	size_t i = 0;

	while (fakekern_log(kernel, i)->kind != FAKEKERN_WRITE ||
	       strcmp(fakekern_log(kernel, i)->path, path) != 0)
		i++;
	return i;
}

static void holds_up(struct fakekern *kernel, void *data)
{
	fakekern_hold_up(kernel, HOLDER, true);
}

/* What was let go is to be put back, and that waits: no longer than putting back may take, and it is told. */
static void check_undo(const struct fakekern_config *config)
{
	struct fakekern *kernel = machine(config);
	struct outcome outcome;
	uint64_t began;
	struct io *io;
	size_t bind;

	fakekern_hold_up(kernel, HOLDER, false);
	fakekern_break(kernel, "sys/bus/dax/drivers/device_dax/bind", 0, -ENOMEM);
	if (!config->size_takes_lock)
		fakekern_break(kernel, "sys/bus/dax/drivers/device_dax/new_id", 0, -ENOMEM);
	ask(kernel, "remove block-timeout=5 dax0.0", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	outcome_clear(&outcome);
	bind = write_to(kernel, config->size_takes_lock ? "sys/bus/dax/drivers/kmem/new_id" :
							  "sys/bus/dax/drivers/kmem/bind");
	io = fakekern_open(kernel);
	fakekern_before(io, bind, holds_up, NULL);
	began = fakekern_time(kernel);
	request_run("remove block-timeout=5 dax0.0", io, &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(fakekern_violations(kernel), 0);
	assert_in_range(fakekern_time(kernel) - began, 60 * SECOND, 75 * SECOND);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_KERNEL);
	assert_int_equal(outcome.report->results[0].after_state, MEMHP_STATE_ABSENT);
	assert_non_null(strstr(outcome.report->cause.message,
			       "(ENOMEM); and dax0.0 could not be put "
			       "back: the driver has not come to its "
			       "end"));
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* So too where it is the driver's module that brings it about. */
static void test_load_waits(void **state)
{
	struct fakekern_config config = fakekern_6_12;
	struct fakekern *kernel;
	struct outcome outcome;

	config.modules[1] = NULL;
	kernel = fakekern_new(&config);
	fakekern_add_node(kernel,
			  &(struct fakekern_node){ .cpus = "0", .memory = { { MIB, GIB - MIB } } });
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .mappings = { { 8 * GIB, GIB } } });
	fakekern_hold_up(kernel, 7, true);
	ask(kernel, "online zone=movable timeout=10 dax0.0", &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_TIMEOUT);
	assert_non_null(strstr(outcome.report->cause.message, "not known yet; memory7"));
	outcome_clear(&outcome);
	fakekern_hold_up(kernel, 7, false);
	stage(kernel, "online zone=movable dax0.0");
	assert_string_equal(fakekern_block(kernel, FIRST), "online Movable");
	fakekern_free(kernel);
}

static void test_bind_waits(void **state)
{
	struct fakekern_config config = fakekern_6_12;

	config.auto_online = "offline";
	check_bind(&fakekern_6_1, "remove unbound dax0.0", "kmem");
	check_bind(&config, "remove unbound dax0.0", "kmem");
	/* device_dax has to let go of it first, which waits as well. */
	check_bind(&fakekern_6_1, "remove dax0.0", "");
	check_bind(&config, "remove dax0.0", "");
}

static void test_undo_waits(void **state)
{
	struct fakekern_config config = fakekern_6_12;

	check_undo(&fakekern_6_1);
	config.auto_online = "offline";
	check_undo(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_waits), cmocka_unit_test(test_size_is_told),
		cmocka_unit_test(test_bind_waits), cmocka_unit_test(test_load_waits),
		cmocka_unit_test(test_undo_waits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("scan-dax", tests, NULL, NULL);
}
