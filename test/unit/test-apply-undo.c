/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs that go wrong on the fake kernel, and what is then put back: after an eject that was refused or is
 * late, after an unbind from which the kernel kept memory, with blocks that would not go again, and
 * where another agent was quicker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "small-machine.h"
#include "../../lib/apply-step.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define STATE "sys/devices/system/memory/memory%u/state"
#define UNBIND "sys/bus/dax/drivers/kmem/unbind"
#define FIRST (14 * GIB / (128 * MIB))

static void put(struct fakekern *kernel, unsigned int block, const char *word)
{
	char path[96];

	snprintf(path, sizeof(path), STATE, block);
	fakekern_write(kernel, path, word);
}

/* Somebody brings it all back before the kernel has looked, and holds on to one block of it. */
static void takes_it_back(struct fakekern *kernel, void *data)
{
	for (unsigned int block = FIRST; block < FIRST + 4; block++)
		put(kernel, block, "online_movable");
	fakekern_trouble(kernel, FIRST + 3, FAKEKERN_UNMOVABLE, 0, 0);
}

static void test_refused_eject(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;

	small_dimm(kernel, SECOND);
	small_stage(kernel, "online zone=movable PNP0C80:00");
	fakekern_after(kernel, SECOND / 2, takes_it_back, NULL);
	small_ask(kernel, "remove PNP0C80:00", &outcome);
	/* The kernel had put those back that it could empty, where it likes. */
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_KERNEL);
	assert_non_null(strstr(outcome.report->cause.message, "refused it"));
	for (unsigned int block = FIRST; block < FIRST + 4; block++)
		assert_string_equal(fakekern_block(kernel, block), "online Movable");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Somebody brings one of it to a kernel zone, where the kernel puts pages of its own. */
static void uses_a_block(struct fakekern *kernel, void *data)
{
	put(kernel, FIRST, "online_kernel");
	fakekern_trouble(kernel, FIRST, FAKEKERN_UNMOVABLE, 0, 0);
}

/* What cannot be put right again stays where it is, and why is said; the rest is as it was. */
static void test_refused_eject_stays(void **state)
{
	struct fakekern *kernel = small_machine();
	const struct memhp_result *result;
	struct outcome outcome;

	small_dimm(kernel, SECOND);
	small_stage(kernel, "online zone=movable PNP0C80:00");
	fakekern_after(kernel, SECOND / 2, uses_a_block, NULL);
	small_ask(kernel, "remove PNP0C80:00", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_KERNEL);
	assert_non_null(strstr(outcome.report->cause.message, "refused it"));
	assert_string_equal(fakekern_block(kernel, FIRST), "online Normal");
	result = &outcome.report->results[0];
	assert_int_equal(result->block, FIRST);
	assert_int_equal(result->rc, -EBUSY);
	assert_non_null(strstr(result->message, "cannot move"));
	for (unsigned int block = FIRST + 1; block < FIRST + 4; block++)
		assert_string_equal(fakekern_block(kernel, block), "online Movable");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

static void test_late_eject(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;

	small_dimm(kernel, 60 * SECOND);
	small_stage(kernel, "online zone=movable PNP0C80:00");
	small_ask(kernel, "remove PNP0C80:00", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_non_null(strstr(outcome.report->cause.message, "still at it"));
	assert_non_null(strstr(outcome.report->cause.hint, "later"));
	assert_string_equal(fakekern_block(kernel, FIRST), "online Movable");
	outcome_clear(&outcome);
	fakekern_advance(kernel, 60 * SECOND);
	assert_string_equal(fakekern_block(kernel, FIRST), "absent");
	small_ask(kernel, "remove PNP0C80:00", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ALREADY);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* The number of the write to PATH in the process that ended last. */
static size_t write_to(struct fakekern *kernel, const char *path)
{
	for (size_t i = 0; i < fakekern_logged(kernel); i++) {
		const struct fakekern_operation *operation = fakekern_log(kernel, i);

		if (operation->kind == FAKEKERN_WRITE && strcmp(operation->path, path) == 0)
			return i;
	}
	fail_msg("nothing was written to %s", path);
	return 0;
}

static void onlines_66(struct fakekern *kernel, void *data)
{
	put(kernel, 66, "online_kernel");
}

/* Between the last look and the unbind: nothing can help that. What is kept is said, and left alone. */
static void test_leak(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;
	struct io *io;
	size_t unbind;

	small_hmem(kernel);
	small_stage(kernel, "online zone=movable dax0.0");
	small_stage(kernel, "remove dax0.0");
	unbind = write_to(kernel, UNBIND);
	small_stage(kernel, "online zone=movable dax0.0");
	fakekern_write(kernel, AUTO_ONLINE, "offline");
	io = fakekern_open(kernel);
	fakekern_before(io, unbind, onlines_66, NULL);
	request_run("remove dax0.0", io, &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(write_to(kernel, UNBIND), unbind);
	assert_int_equal(fakekern_violations(kernel), 1);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_KERNEL);
	assert_non_null(strstr(outcome.report->cause.message, "reboot"));
	assert_int_equal(memhp_device_get_mode(&outcome.report->after->devices[0]),
			 MEMHP_MODE_LEAKED);
	for (size_t i = unbind + 1; i < fakekern_logged(kernel); i++)
		assert_int_not_equal(fakekern_log(kernel, i)->kind, FAKEKERN_WRITE);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Seven blocks were onlined, the eighth would not; and now none of them goes again. */
static void test_undo_has_an_end(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;
	uint64_t begin;

	small_hmem(kernel);
	small_stage(kernel, "online zone=movable dax0.0");
	small_stage(kernel, "offline dax0.0");
	fakekern_trouble(kernel, 71, FAKEKERN_REFUSES_ONLINE, -ENOMEM, 0);
	for (unsigned int block = 64; block < 71; block++)
		fakekern_trouble(kernel, block, FAKEKERN_STUCK, 0, 0);
	begin = fakekern_time(kernel);
	small_ask(kernel, "online zone=movable block-timeout=5 dax0.0", &outcome);
	assert_true(fakekern_time(kernel) - begin <= 11 * SECOND);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome.report->results[0].block, 64);
	assert_non_null(strstr(outcome.report->results[0].message, "left online"));
	assert_non_null(strstr(outcome.report->results[6].message, "went on trying"));
	assert_string_equal(fakekern_block(kernel, 64), "online Movable");
	assert_string_equal(fakekern_block(kernel, 70), "online Movable");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Eight blocks were to be offline, the last would not; and now somebody's offline holds up all others. */
static void test_undo_waits_for_others(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;
	uint64_t begin;

	small_hmem(kernel);
	small_stage(kernel, "online zone=movable dax0.0");
	fakekern_trouble(kernel, 64, FAKEKERN_UNMOVABLE, 0, 0);
	for (unsigned int block = 65; block < 72; block++)
		fakekern_trouble(kernel, block, FAKEKERN_HELD_UP, 0, 0);
	begin = fakekern_time(kernel);
	small_ask(kernel, "offline block-timeout=5 dax0.0", &outcome);
	assert_true(fakekern_time(kernel) - begin <= 16 * SECOND);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_non_null(strstr(outcome.report->results[1].message, "in the time given"));
	assert_non_null(strstr(outcome.report->results[7].message, "left offline"));
	assert_string_equal(fakekern_block(kernel, 71), "offline");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/*
 * Four blocks were to move and four to be onlined; the first to move would not come up again, and those that
 * were onlined do not go any more. That takes nothing from the others.
 */
static void test_undo_brings_back(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;

	small_hmem(kernel);
	small_stage(kernel, "add dax0.0");
	for (unsigned int block = 64; block < 68; block++)
		fakekern_trouble(kernel, block, FAKEKERN_STUCK, 0, 0);
	for (unsigned int block = 68; block < 72; block++)
		put(kernel, block, "online_kernel");
	fakekern_trouble(kernel, 68, FAKEKERN_REFUSES_ONLINE, -ENOMEM, 0);
	small_ask(kernel, "online zone=movable block-timeout=5 dax0.0", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_string_equal(fakekern_block(kernel, 64), "online Movable");
	assert_string_equal(fakekern_block(kernel, 67), "online Movable");
	assert_string_equal(fakekern_block(kernel, 68), "offline");
	for (unsigned int block = 69; block < 72; block++)
		assert_string_equal(fakekern_block(kernel, block), "online Normal");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Slow is not stuck: what has no end is given up, what only takes long is not. */
static void test_undo_is_slow(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;

	small_hmem(kernel);
	small_stage(kernel, "online zone=movable dax0.0");
	fakekern_trouble(kernel, 64, FAKEKERN_UNMOVABLE, 0, 0);
	for (unsigned int block = 65; block < 72; block++)
		fakekern_trouble(kernel, block, FAKEKERN_SLOW_ONLINE, 0, 0);
	small_ask(kernel, "offline block-timeout=61 dax0.0", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_string_equal(fakekern_block(kernel, 71), "online Movable");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Who has said it twice waits less, for whatever it is. */
static void test_undo_is_hurried(void **state)
{
	static const struct memhp_step block = { .kind = STEP_BLOCK }, bind = { .kind = STEP_BIND };
	static const uint64_t block_waits[] = { 120, 120, 2, 2 },
			      bind_waits[] = { 200, 200, 60, 60 };
	struct fakekern *kernel = small_machine();
	struct apply apply = { .io = fakekern_open(kernel), .block_timeout = 120 * SECOND };

	apply.undo_limit = fakekern_time(kernel) + 200 * SECOND;
	for (size_t times = 0; times < ARRAY_SIZE(block_waits); times++) {
		uint64_t now = fakekern_time(kernel);

		assert_int_equal(apply_undo_deadline(&apply, &block) - now,
				 block_waits[times] * SECOND);
		assert_int_equal(apply_undo_deadline(&apply, &bind) - now,
				 bind_waits[times] * SECOND);
		fakekern_cancel(apply.io);
	}
	io_free(apply.io);
	fakekern_free(kernel);
}

static void onlines_65(struct fakekern *kernel, void *data)
{
	put(kernel, 65, "online_movable");
}

/* "It is so already" is how the kernel says that somebody else has done it. */
static void test_outrun(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;
	char path[96];
	struct io *io;
	size_t n;

	small_hmem(kernel);
	small_stage(kernel, "online zone=movable dax0.0");
	small_stage(kernel, "offline dax0.0");
	small_stage(kernel, "online zone=movable dax0.0");
	snprintf(path, sizeof(path), STATE, 65U);
	n = write_to(kernel, path);
	small_stage(kernel, "offline dax0.0");
	io = fakekern_open(kernel);
	fakekern_before(io, n, onlines_65, NULL);
	request_run("online zone=movable dax0.0", io, &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
	assert_int_equal(outcome.report->results[1].block, 65);
	assert_int_equal(outcome.report->results[1].by, BY_OTHER);
	assert_int_equal(outcome.report->results[2].by, BY_MEMHP);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_eject),
		cmocka_unit_test(test_refused_eject_stays),
		cmocka_unit_test(test_late_eject),
		cmocka_unit_test(test_leak),
		cmocka_unit_test(test_undo_has_an_end),
		cmocka_unit_test(test_undo_waits_for_others),
		cmocka_unit_test(test_undo_brings_back),
		cmocka_unit_test(test_undo_is_slow),
		cmocka_unit_test(test_undo_is_hurried),
		cmocka_unit_test(test_outrun),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("apply-undo", tests, NULL, NULL);
}
