/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/run-rules.c on the fake kernel: which rules of udev are out of force while the policy leaves blocks to memhp,
 * that they come back, and who onlines what they would have onlined.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../alloc-fault.h"
#include "../io-fault.h"
#include "../scenario.h"
#include "small-machine.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define POLICY "etc/memhp.conf"
#define SERVICE "online from-policy new all"
#define PARKED \
	"[policy]\nauto-online = offline\n[device dimm]\nmatch-name = PNP0C80:*\nzone = movable\n"
#define OPEN_RULE                                                            \
	"SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}==\"offline\", " \
	"ATTR{state}=\"online\""
#define RULE OPEN_RULE "\n"
#define OTHER_RULE \
	"SUBSYSTEM==\"memory\", ACTION==\"add\", PROGRAM=\"x\", ATTR{state}=\"online_movable\"\n"
#define UNKNOWN_RULE \
	"SUBSYSTEM==\"memory\", ACTION==\"add\", PROGRAM=\"x\", ATTR{state}=\"$result\"\n"
#define CPU_RULE "SUBSYSTEM==\"cpu\", ACTION==\"add\", ATTR{online}=\"1\"\n"
#define DISTRIBUTION "usr/lib/udev/rules.d/40-vm-hotadd.rules"
#define STAND_IN "run/udev/rules.d/40-vm-hotadd.rules"
#define LEFT "ENV{.MEMHP_LEFT}=\"online\""

/* A virtio-mem device that has nothing yet: blocks 96 to 103. */
static struct fakekern *machine(const char *word, const char *policy)
{
	struct fakekern *kernel = fakekern_new(&fakekern_6_12);

	small_boot_memory(kernel);
	fakekern_add_virtio_mem(kernel, "virtio0", 0, (struct fakekern_range){ 12 * GIB, GIB });
	fakekern_file(kernel, POLICY, policy);
	fakekern_file(kernel, DISTRIBUTION, CPU_RULE RULE);
	fakekern_write(kernel, AUTO_ONLINE, word);
	return kernel;
}

static void ask(struct fakekern *kernel, const char *request, enum memhp_outcome outcome)
{
	struct outcome got;

	request_run(request, fakekern_open(kernel), &got);
	if (got.rc < 0)
		print_message("# %s: %s: %s\n", request, got.error.object, got.error.message);
	assert_int_equal(got.rc, 0);
	assert_int_equal(got.report->outcome, outcome);
	outcome_clear(&got);
}

static bool stands(struct fakekern *kernel)
{
	return strstr(fakekern_text(kernel, STAND_IN), CPU_RULE) != NULL &&
	       strstr(fakekern_text(kernel, STAND_IN), LEFT) != NULL;
}

static bool is_absent(struct fakekern *kernel)
{
	return fakekern_text(kernel, STAND_IN)[0] == '\0';
}

static void test_hidden(void **state)
{
	struct fakekern *kernel = machine("online", PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_true(stands(kernel));
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(stands(kernel));
	/* The package that it is of has another one. */
	fakekern_file(kernel, DISTRIBUTION, RULE CPU_RULE "\n" RULE);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(stands(kernel));
	assert_non_null(strstr(fakekern_text(kernel, STAND_IN), CPU_RULE "\n"));
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_DONE);
	assert_true(is_absent(kernel));
	assert_non_null(strstr(fakekern_text(kernel, DISTRIBUTION), CPU_RULE "\n" OPEN_RULE));
	fakekern_free(kernel);
}

/* Another policy, and a file that onlines nothing any more. */
static void test_no_longer(void **state)
{
	struct fakekern *kernel = machine("online", PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_file(kernel, POLICY, "[policy]\nauto-online = online_movable\n");
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_true(is_absent(kernel));
	fakekern_file(kernel, POLICY, PARKED);
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_true(stands(kernel));
	fakekern_file(kernel, DISTRIBUTION, CPU_RULE);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(is_absent(kernel));
	fakekern_free(kernel);
}

/* What the policy does not say, and files of the administrator's, are let alone. */
static void test_let_alone(void **state)
{
	struct fakekern *kernel = machine("online", "[policy]\nzone = movable\n");

	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(is_absent(kernel));
	fakekern_file(kernel, POLICY, PARKED);
	fakekern_file(kernel, STAND_IN, RULE);
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, STAND_IN), OPEN_RULE);
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, STAND_IN), OPEN_RULE);
	fakekern_file(kernel, STAND_IN, NULL);
	fakekern_file(kernel, "etc/udev/rules.d/40-vm-hotadd.rules", RULE);
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_true(is_absent(kernel));
	fakekern_free(kernel);
}

/* Where the rule alone onlines, what nobody claims comes online by the rule's word, before and after. */
static void test_only_the_rule(void **state)
{
	struct fakekern *kernel = machine("offline", PARKED);

	/* At boot, before udev tells of it. */
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(stands(kernel));
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 96), "online Normal");
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:00",
							   .start = 14 * GIB,
							   .size = 256 * MIB });
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 97), "online Normal");
	assert_string_equal(fakekern_block(kernel, 112), "online Movable");
	/* One turn each. */
	fakekern_write(kernel, "sys/devices/system/memory/memory97/state", "offline");
	ask(kernel, SERVICE, MEMHP_OUTCOME_ALREADY);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	ask(kernel, SERVICE, MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_block(kernel, 97), "offline");
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 98), "online Normal");
	assert_string_equal(fakekern_block(kernel, 97), "offline");
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "offline");
	assert_true(is_absent(kernel));
	fakekern_free(kernel);
}

/* In a system that is up: what the rule has not onlined till now is somebody's own. */
static void test_udev_has_told(void **state)
{
	struct fakekern *kernel = machine("offline", PARKED);

	fakekern_file(kernel, "run/systemd/units/invocation:systemd-udevd.service", "1");
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(stands(kernel));
	fakekern_plug(kernel, "virtio0", 1);
	/* Said once more before anybody has looked: what came since has its turn yet. */
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	assert_string_equal(fakekern_block(kernel, 97), "online Normal");
	/* Off for a while, in which somebody takes another one offline. */
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_ALREADY);
	fakekern_write(kernel, "sys/devices/system/memory/memory97/state", "offline");
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	assert_string_equal(fakekern_block(kernel, 97), "offline");
	assert_string_equal(fakekern_block(kernel, 98), "online Normal");
	fakekern_free(kernel);
}

/* By which of two words cannot be told: then the kernel may choose the zone. */
static void test_several_words(void **state)
{
	struct fakekern *kernel = machine("offline", PARKED);

	fakekern_file(kernel, DISTRIBUTION, CPU_RULE RULE OTHER_RULE);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(stands(kernel));
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 96), "online Normal");
	fakekern_free(kernel);
}

/* ... and where it cannot be told at all, it stays with the rule. */
static void test_not_known(void **state)
{
	struct fakekern *kernel = machine("offline", PARKED);

	fakekern_file(kernel, DISTRIBUTION, CPU_RULE RULE UNKNOWN_RULE);
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	assert_true(is_absent(kernel));
	fakekern_write(kernel, AUTO_ONLINE, "online");
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_true(stands(kernel));
	fakekern_free(kernel);
}

static void test_broken(void **state)
{
	struct fakekern *kernel = machine("online", PARKED);
	struct outcome outcome;

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_file(kernel, POLICY, "[policy]\nauto-online = sideways\n");
	request_run("auto-online", fakekern_open(kernel), &outcome);
	assert_true(outcome.rc < 0);
	outcome_clear(&outcome);
	assert_true(stands(kernel));
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_DONE);
	assert_true(is_absent(kernel));
	fakekern_free(kernel);
}

/* Killed at any moment: restoring puts everything back. */
static void test_killed(void **state)
{
	size_t n;

	for (n = 0;; n++) {
		struct fakekern *kernel = machine("online", PARKED);
		struct io *io = fakekern_open(kernel);
		struct outcome outcome;
		bool whole;

		fakekern_kill(io, n / 2, n % 2 == 1);
		request_run("auto-online", io, &outcome);
		whole = outcome.rc == 0 && fakekern_logged(kernel) <= n / 2;
		outcome_clear(&outcome);
		request_run("auto-online restore", fakekern_open(kernel), &outcome);
		assert_true(outcome_is_fine(&outcome));
		outcome_clear(&outcome);
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
		assert_true(is_absent(kernel));
		fakekern_free(kernel);
		if (whole)
			break;
	}
	print_message("# killed at %zu operations\n", n / 2);
	assert_true(n > 20);
}

/* What cannot be saved is told, by its name, and the unit that ran this has failed. */
static void test_not_saved(void **state)
{
	size_t n;

	for (n = 0;; n++) {
		const struct io_fault fault = { .kinds = IO_FAULT_SAVE, .at = n, .rc = -ENOSPC };
		struct fakekern *kernel = machine("online", PARKED);
		struct io_fault_log log = { .count = 0 };
		struct outcome outcome;

		request_run("auto-online", io_fault_new(fakekern_open(kernel), &fault, &log),
			    &outcome);
		if (strstr(log.what, STAND_IN) != NULL) {
			assert_int_equal(outcome.rc, 0);
			assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
			assert_non_null(strstr(outcome.report->cause.object, STAND_IN));
			assert_true(is_absent(kernel));
		}
		outcome_clear(&outcome);
		request_run("auto-online restore", fakekern_open(kernel), &outcome);
		assert_true(outcome_is_fine(&outcome));
		outcome_clear(&outcome);
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
		fakekern_free(kernel);
		if (log.what[0] == '\0')
			break;
	}
	assert_true(n >= 2);
}

/* Want of memory, wherever it comes: what was not done is not claimed, and restoring puts all back. */
static void test_no_memory(void **state)
{
	bool fired = true;
	size_t n;

	for (n = 0; fired; n++) {
		struct fakekern *kernel = machine("online", PARKED);
		struct io *io = fakekern_open(kernel);
		struct outcome outcome;

		alloc_fault_arm(n);
		request_run("auto-online", io, &outcome);
		alloc_fault_disarm();
		fired = alloc_fault_fired();
		if (outcome.rc == 0 && outcome.report->outcome == MEMHP_OUTCOME_DONE)
			assert_true(stands(kernel));
		outcome_clear(&outcome);
		request_run("auto-online restore", fakekern_open(kernel), &outcome);
		assert_true(outcome_is_fine(&outcome));
		outcome_clear(&outcome);
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
		assert_true(is_absent(kernel));
		fakekern_free(kernel);
	}
	print_message("# %zu allocations failed\n", n - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden),	      cmocka_unit_test(test_no_longer),
		cmocka_unit_test(test_let_alone),     cmocka_unit_test(test_only_the_rule),
		cmocka_unit_test(test_udev_has_told), cmocka_unit_test(test_several_words),
		cmocka_unit_test(test_not_known),     cmocka_unit_test(test_broken),
		cmocka_unit_test(test_killed),	      cmocka_unit_test(test_not_saved),
		cmocka_unit_test(test_no_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("run-rules", tests, NULL, NULL);
}
