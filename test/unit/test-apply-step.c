/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/apply-step.c on the fake kernel, where a step only asks for what comes later, or never: how long an eject
 * is waited for, what is told where the run is stopped meanwhile, and what comes of it where it comes late.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../io-fault.h"
#include "small-machine.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define EJECT "sys/bus/acpi/devices/PNP0C80:00/eject"
#define FIRST (14 * GIB / (128 * MIB))

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

static void a_minute_passes(struct fakekern *kernel, void *data)
{
	fakekern_advance(kernel, 60 * SECOND);
}

/* Somebody else's eject comes while its blocks are onlined: what has gone is not done. */
static void test_gone_is_not_online(void **state)
{
	size_t before = 0, meanwhile = 0;

	for (size_t n = 0;; n++) {
		struct fakekern *kernel = small_machine();
		struct outcome outcome;
		struct io *io;
		bool came;

		small_dimm(kernel, 60 * SECOND);
		fakekern_write(kernel, EJECT, "1");
		io = fakekern_open(kernel);
		fakekern_before(io, n, a_minute_passes, NULL);
		request_run("online zone=movable PNP0C80:00", io, &outcome);
		came = fakekern_logged(kernel) > n;
		before += outcome.rc == -ENOENT;
		if (outcome_is_fine(&outcome)) {
			const struct memhp_block *block =
				snapshot_block(outcome.report->after, FIRST);

			assert_non_null(block);
			assert_int_equal(block->state, MEMHP_STATE_ONLINE);
		} else if (outcome.rc == 0) {
			assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_OTHER);
			assert_string_not_equal(outcome.report->cause.message, "");
			meanwhile++;
		}
		outcome_clear(&outcome);
		fakekern_free(kernel);
		if (!came)
			break;
	}
	print_message("# it had gone %zu times, and went %zu times\n", before, meanwhile);
	assert_true(before > 20 && meanwhile > 5);
}

/* With the word parked for another device, before the eject: it is back whatever becomes of that. */
static void test_late_eject_while_parked(void **state)
{
	static const char *const requests[] = {
		"remove timeout=5 dax0.0 PNP0C80:01",
		"remove timeout=5 on-error=keep dax0.0 PNP0C80:01",
	};

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct fakekern *kernel = small_machine();
		struct outcome outcome;

		small_hmem(kernel);
		fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:01",
								   .start = 4 * GIB,
								   .size = 256 * MIB,
								   .eject_time = 60 * SECOND });
		small_stage(kernel, "online zone=movable dax0.0 PNP0C80:01");
		fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
		small_ask(kernel, requests[i], &outcome);
		assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_TIMEOUT);
		assert_int_equal(outcome.report->outcome,
				 i == 0 ? MEMHP_OUTCOME_ROLLED_BACK : MEMHP_OUTCOME_PARTIAL);
		assert_non_null(strstr(outcome.report->cause.message, "still at it"));
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_kernel");
		assert_string_equal(fakekern_text(kernel, "run/memhp/journal"), "");
		assert_string_equal(fakekern_driver(kernel, "dax0.0"),
				    i == 0 ? "kmem" : "device_dax");
		outcome_clear(&outcome);
		fakekern_advance(kernel, 60 * SECOND);
		assert_string_equal(fakekern_block(kernel, 32), "absent");
		small_ask(kernel, requests[i], &outcome);
		assert_int_equal(outcome.report->outcome,
				 i == 0 ? MEMHP_OUTCOME_DONE : MEMHP_OUTCOME_ALREADY);
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_kernel");
		outcome_clear(&outcome);
		fakekern_free(kernel);
	}
}

static void check_may_still_go(struct fakekern *kernel, const struct outcome *outcome)
{
	assert_int_equal(outcome->report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_non_null(strstr(outcome->report->cause.hint, "later"));
	for (unsigned int block = FIRST; block < FIRST + 4; block++)
		assert_string_equal(fakekern_block(kernel, block), "online Movable");
	fakekern_advance(kernel, 60 * SECOND);
	assert_string_equal(fakekern_block(kernel, FIRST), "absent");
}

/* The time that was given is for the eject as well. */
static void test_eject_takes_too_long(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;
	uint64_t begin;

	small_dimm(kernel, 60 * SECOND);
	small_stage(kernel, "online zone=movable PNP0C80:00");
	begin = fakekern_time(kernel);
	small_ask(kernel, "remove timeout=5 PNP0C80:00", &outcome);
	assert_in_range(fakekern_time(kernel) - begin, 5 * SECOND, 7 * SECOND);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_TIMEOUT);
	assert_non_null(strstr(outcome.report->cause.message, "still at it"));
	check_may_still_go(kernel, &outcome);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

static void takes_another(struct fakekern *kernel, void *data)
{
	fakekern_going_offline(kernel, 2, true);
}

/* What is in the way of all hotplug is told, where it can be seen. */
static void test_eject_is_held_up(void **state)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;

	small_dimm(kernel, 60 * SECOND);
	small_stage(kernel, "online zone=movable PNP0C80:00");
	fakekern_after(kernel, 2 * SECOND, takes_another, NULL);
	small_ask(kernel, "remove timeout=5 PNP0C80:00", &outcome);
	assert_non_null(strstr(outcome.report->cause.message, "still at it; memory2 is going off"));
	check_may_still_go(kernel, &outcome);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* A block is not to blame for what another one does. */
static void test_block_is_held_up(void **state)
{
	struct fakekern *kernel = small_machine();
	const struct memhp_result *result;
	struct outcome outcome;

	small_dimm(kernel, SECOND);
	fakekern_trouble(kernel, FIRST + 1, FAKEKERN_HELD_UP, 0, 0);
	fakekern_after(kernel, SECOND, takes_another, NULL);
	small_ask(kernel, "online zone=movable block-timeout=5 PNP0C80:00", &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_TIMEOUT);
	assert_non_null(strstr(outcome.report->cause.message, "; memory2 is going offline"));
	result = &outcome.report->results[1];
	assert_int_equal(result->block, FIRST + 1);
	assert_non_null(strstr(result->message, "memory2 is going offline"));
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

static void stops(struct fakekern *kernel, void *data)
{
	fakekern_cancel(data);
}

/* Where a run writes that asks for the eject. */
static size_t eject_at(void)
{
	struct fakekern *kernel = small_machine();
	struct outcome outcome;
	size_t at;

	small_dimm(kernel, 60 * SECOND);
	small_stage(kernel, "online zone=movable PNP0C80:00");
	small_ask(kernel, "remove timeout=5 PNP0C80:00", &outcome);
	outcome_clear(&outcome);
	at = write_to(kernel, EJECT);
	fakekern_free(kernel);
	return at;
}

/* Once it is asked for, whoever stops the run is told of it. */
static void test_eject_is_interrupted(void **state)
{
	size_t at = eject_at();

	for (size_t n = at + 1; n < at + 12; n++) {
		struct fakekern *kernel = small_machine();
		struct outcome outcome;
		struct io *io;

		small_dimm(kernel, 60 * SECOND);
		small_stage(kernel, "online zone=movable PNP0C80:00");
		io = fakekern_open(kernel);
		fakekern_before(io, n, stops, io);
		request_run("remove PNP0C80:00", io, &outcome);
		assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_SIGNAL);
		assert_non_null(strstr(outcome.report->cause.message, "still at it"));
		check_may_still_go(kernel, &outcome);
		outcome_clear(&outcome);
		fakekern_free(kernel);
	}
}

/* It is asked for, or not: nobody knows. */
static void test_eject_is_not_known(void **state)
{
	static const int errnos[] = { -ETIMEDOUT, -ECANCELED, -EINTR };

	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		struct io_fault fault = { .kinds = IO_FAULT_WRITE, .rc = errnos[i], .after = true };
		struct fakekern *kernel = small_machine();
		struct outcome outcome;

		small_dimm(kernel, 60 * SECOND);
		small_stage(kernel, "online zone=movable PNP0C80:00");
		fault.at = 4; /* after four blocks */
		request_run("remove PNP0C80:00", io_fault_new(fakekern_open(kernel), &fault, NULL),
			    &outcome);
		assert_int_equal(write_to(kernel, EJECT) > 0, true);
		assert_int_equal(outcome.report->cause.rc, errnos[i]);
		assert_non_null(strstr(outcome.report->cause.message, "may still go"));
		check_may_still_go(kernel, &outcome);
		outcome_clear(&outcome);
		fakekern_free(kernel);
	}
}

/* It comes while what was done is being put back: then it is as was asked, and nothing is amiss. */
static void test_eject_comes_meanwhile(void **state)
{
	size_t at = eject_at(), moments = 0;

	for (size_t n = at + 1;; n++) {
		struct fakekern *kernel = small_machine();
		struct outcome outcome;
		struct io *io;
		bool came;

		small_dimm(kernel, 60 * SECOND);
		small_stage(kernel, "online zone=movable PNP0C80:00");
		io = fakekern_open(kernel);
		fakekern_before(io, n, a_minute_passes, NULL);
		request_run("remove timeout=5 PNP0C80:00", io, &outcome);
		came = fakekern_logged(kernel) > n;
		if (came && outcome.report->outcome == MEMHP_OUTCOME_DONE) {
			assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_NONE);
			assert_null(memhp_report_get_error(outcome.report));
			assert_int_equal(outcome.report->differences.count, 0);
			for (size_t i = 0; i < outcome.report->result_count; i++)
				assert_int_equal(outcome.report->results[i].rc, 0);
			assert_string_equal(fakekern_block(kernel, FIRST), "absent");
			moments++;
		} else if (came) {
			/* The last look was over. */
			for (size_t i = 0; i < outcome.report->result_count; i++)
				assert_int_equal(outcome.report->results[i].after_state,
						 MEMHP_STATE_ONLINE);
		}
		outcome_clear(&outcome);
		fakekern_free(kernel);
		if (!came)
			break;
	}
	print_message("# it came at %zu moments\n", moments);
	assert_true(moments > 20);
}

/* A machine on which what is unbound is in iomem for some time after nobody waits for the write any more. */
struct lingering {
	struct io_ops ops; /* first: found by them */
	const struct io_ops *below;
	struct fakekern *kernel;
	uint64_t until; /* 0: nothing has been unbound */
	uint64_t time;	/* ... for how long it lingers */
	int rc;		/* of the write */
	char iomem[4096];
	size_t len;
};

static int lingering_read(struct io *io, const char *path, uint64_t offset, void *buffer,
			  size_t size, size_t *ret_len)
{
	struct lingering *lingering = (struct lingering *)(uintptr_t)io->ops;
	bool is_iomem = strcmp(path, "proc/iomem") == 0;
	int rc = lingering->below->read(io, path, offset, buffer, size, ret_len);

	if (rc < 0 || !is_iomem)
		return rc;
	if (lingering->until == 0) {
		assert_true(*ret_len <= sizeof(lingering->iomem));
		memcpy(lingering->iomem, buffer, *ret_len);
		lingering->len = *ret_len;
	} else if (fakekern_time(lingering->kernel) < lingering->until) {
		memcpy(buffer, lingering->iomem, lingering->len);
		*ret_len = lingering->len;
	}
	return 0;
}

static int lingering_write(struct io *io, const char *path, const char *word, uint64_t deadline)
{
	struct lingering *lingering = (struct lingering *)(uintptr_t)io->ops;
	int rc = lingering->below->write(io, path, word, deadline);

	if (rc < 0 || strcmp(path, "sys/bus/dax/drivers/kmem/unbind") != 0)
		return rc;
	lingering->until = fakekern_time(lingering->kernel) + lingering->time;
	if (lingering->rc == -ECANCELED)
		fakekern_cancel(io);
	return lingering->rc;
}

static void remove_lingering(struct lingering *lingering, struct outcome *ret_outcome)
{
	struct io *io;

	lingering->kernel = small_machine();
	small_hmem(lingering->kernel);
	small_stage(lingering->kernel, "online zone=movable dax0.0");
	io = fakekern_open(lingering->kernel);
	lingering->below = io->ops;
	lingering->ops = *io->ops;
	lingering->ops.read = lingering_read;
	lingering->ops.write = lingering_write;
	io->ops = &lingering->ops;
	request_run("remove dax0.0", io, ret_outcome);
	assert_int_equal(ret_outcome->rc, 0);
	assert_true(lingering->until != 0);
}

/* Whoever is in a hurry is not told that the kernel has kept it, for it has not. */
static void test_unbind_is_interrupted(void **state)
{
	struct lingering lingering = { .time = 20 * SECOND, .rc = -ECANCELED };
	struct outcome outcome;

	remove_lingering(&lingering, &outcome);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_SIGNAL);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_string_equal(fakekern_block(lingering.kernel, 64), "online Movable");
	outcome_clear(&outcome);
	fakekern_free(lingering.kernel);
}

/* Somebody's offline holds it up, for longer than anybody waits: what comes of it is not known. */
static void test_unbind_is_held_up(void **state)
{
	static const struct {
		int rc;
		enum memhp_stop stopped_by;
	} rows[] = {
		{ -ECANCELED, MEMHP_STOP_SIGNAL },
		{ -ETIMEDOUT, MEMHP_STOP_TIMEOUT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct lingering lingering = { .time = 600 * SECOND, .rc = rows[i].rc };
		struct outcome outcome;

		remove_lingering(&lingering, &outcome);
		assert_int_equal(outcome.report->stopped_by, rows[i].stopped_by);
		assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
		assert_non_null(strstr(outcome.report->cause.message, "not known yet"));
		assert_null(strstr(outcome.report->cause.hint, "reboot"));
		outcome_clear(&outcome);
		fakekern_free(lingering.kernel);
	}
}

/* One that has come back has done what it does: the kernel has kept it. */
static void test_unbind_leaves_something(void **state)
{
	struct lingering lingering = { .time = 600 * SECOND };
	struct outcome outcome;

	remove_lingering(&lingering, &outcome);
	assert_int_equal(outcome.report->stopped_by, MEMHP_STOP_KERNEL);
	assert_non_null(strstr(outcome.report->cause.hint, "reboot"));
	outcome_clear(&outcome);
	fakekern_free(lingering.kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eject_takes_too_long),
		cmocka_unit_test(test_eject_is_held_up),
		cmocka_unit_test(test_block_is_held_up),
		cmocka_unit_test(test_eject_is_interrupted),
		cmocka_unit_test(test_eject_is_not_known),
		cmocka_unit_test(test_unbind_is_interrupted),
		cmocka_unit_test(test_unbind_is_held_up),
		cmocka_unit_test(test_unbind_leaves_something),
		cmocka_unit_test(test_eject_comes_meanwhile),
		cmocka_unit_test(test_gone_is_not_online),
		cmocka_unit_test(test_late_eject_while_parked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("apply-step", tests, NULL, NULL);
}
