/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/run-arrivals.c on the fake kernel: the policy's word and the one it took the place of; who onlines what comes
 * while that is away; that each block has one turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../scenario.h"
#include "small-machine.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define ARRIVALS "run/memhp/arrivals"
#define POLICY "etc/memhp.conf"
#define SERVICE "online from-policy new all"
#define PARKED \
	"[policy]\nauto-online = offline\n[device dimm]\nmatch-name = PNP0C80:*\nzone = movable\n"

/* A virtio-mem device that has nothing yet: blocks 96 to 103. */
static struct fakekern *machine(const char *policy)
{
	struct fakekern *kernel = fakekern_new(&fakekern_6_12);

	small_boot_memory(kernel);
	fakekern_add_virtio_mem(kernel, "virtio0", 0, (struct fakekern_range){ 12 * GIB, GIB });
	fakekern_file(kernel, POLICY, policy);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	return kernel;
}

/* Blocks 112 and 113. */
static void plug_dimm(struct fakekern *kernel)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:00",
							   .start = 14 * GIB,
							   .size = 256 * MIB });
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

static void test_word(void **state)
{
	struct fakekern *kernel = machine(PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "offline");
	assert_non_null(strstr(fakekern_text(kernel, ARRIVALS), "auto-online offline online"));
	ask(kernel, "auto-online", MEMHP_OUTCOME_ALREADY);
	/* Another policy: what there was at first is still known. */
	fakekern_file(kernel, POLICY, "[policy]\nauto-online = online_movable\n");
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_movable");
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	fakekern_free(kernel);
}

/* It stands: no later run takes it for something that a killed one has left. */
static void test_word_stands(void **state)
{
	struct fakekern *kernel = machine(PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	ask(kernel, "recover", MEMHP_OUTCOME_ALREADY);
	ask(kernel, SERVICE, MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "offline");
	/* A policy that says no more of it takes it back. */
	fakekern_file(kernel, POLICY, "[policy]\nmove = no\n");
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	fakekern_free(kernel);
}

/* A word that somebody has written since is his. */
static void test_word_of_others(void **state)
{
	struct fakekern *kernel = machine(PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_kernel");
	fakekern_free(kernel);
}

static void test_unclaimed(void **state)
{
	struct fakekern *kernel = machine(PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_plug(kernel, "virtio0", 2);
	plug_dimm(kernel);
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 96), "online Normal");
	assert_string_equal(fakekern_block(kernel, 97), "online Normal");
	assert_string_equal(fakekern_block(kernel, 112), "online Movable");
	assert_string_equal(fakekern_block(kernel, 113), "online Movable");
	/* Whoever takes one offline means it, as he who leaves one out. */
	ask(kernel, "offline 113", MEMHP_OUTCOME_DONE);
	fakekern_write(kernel, "sys/devices/system/memory/memory97/state", "offline");
	fakekern_plug(kernel, "virtio0", 1);
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 98), "online Normal");
	assert_string_equal(fakekern_block(kernel, 97), "offline");
	assert_string_equal(fakekern_block(kernel, 113), "offline");
	ask(kernel, SERVICE, MEMHP_OUTCOME_ALREADY);
	fakekern_free(kernel);
}

/* What is refused keeps nobody else from coming online. */
static void test_refused(void **state)
{
	struct fakekern *kernel = machine(PARKED "[policy]\nmovable-ratio-deny = 0.1\n"
						 "movable-ratio-warn = 0.1\n");

	fakekern_file(kernel, POLICY,
		      "[policy]\nauto-online = offline\nmovable-ratio-warn = 0.1\n"
		      "movable-ratio-deny = 0.1\n[device dimm]\nmatch-name = PNP0C80:*\n");
	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_plug(kernel, "virtio0", 2);
	plug_dimm(kernel);
	ask(kernel, SERVICE, MEMHP_OUTCOME_REFUSED);
	assert_string_equal(fakekern_block(kernel, 96), "online Normal");
	assert_string_equal(fakekern_block(kernel, 112), "offline");
	fakekern_free(kernel);
}

/* Put back with what has come, though the policy cannot be read. */
static void test_restore_broken(void **state)
{
	struct fakekern *kernel = machine(PARKED);
	struct outcome outcome;

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_plug(kernel, "virtio0", 1);
	plug_dimm(kernel);
	fakekern_file(kernel, POLICY, "[policy]\nauto-online = sideways\n");
	request_run(SERVICE, fakekern_open(kernel), &outcome);
	assert_true(outcome.rc < 0);
	outcome_clear(&outcome);
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	ask(kernel, "auto-online restore", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	assert_string_equal(fakekern_block(kernel, 96), "online Normal");
	assert_string_equal(fakekern_block(kernel, 112), "online Normal");
	fakekern_free(kernel);
}

/* A broken policy parks nothing. */
static void test_broken(void **state)
{
	struct fakekern *kernel = machine("[policy]\nauto-online = offline\nzone = up\n");
	struct outcome outcome;

	request_run("auto-online", fakekern_open(kernel), &outcome);
	assert_true(outcome.rc < 0);
	assert_non_null(strstr(outcome.error.object, "memhp.conf:3"));
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	assert_string_equal(fakekern_text(kernel, ARRIVALS), "");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* What a run has added and left offline is not the service's to online. */
static void test_added(void **state)
{
	struct fakekern *kernel = machine("[policy]\nauto-online = offline\n");

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_PMEM,
							 .mappings = { { 8 * GIB, 512 * MIB } },
							 .target_node = 0 });
	ask(kernel, "add dax0.0", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 64), "offline");
	ask(kernel, SERVICE, MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_block(kernel, 64), "offline");
	fakekern_free(kernel);
}

/* Another memory in the same place has its turn: udev knows it only since. */
static void test_replaced(void **state)
{
	struct fakekern *kernel = machine(PARKED);

	ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
	fakekern_plug(kernel, "virtio0", 2);
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	fakekern_write(kernel, "sys/devices/system/memory/memory96/state", "offline");
	fakekern_write(kernel, "sys/devices/system/memory/memory97/state", "offline");
	fakekern_file(kernel, "run/udev/data/+memory:memory96", "I:1\nG:systemd\n");
	fakekern_file(kernel, "run/udev/data/+memory:memory97", "I:99999999999\nG:systemd\n");
	ask(kernel, SERVICE, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	assert_string_equal(fakekern_block(kernel, 97), "online Normal");
	fakekern_free(kernel);
}

/* Killed anywhere, with and without what it was about to do: what there was can be put back, and done again. */
static void test_killed(void **state)
{
	size_t n;

	for (n = 0;; n++) {
		struct fakekern *kernel = machine(PARKED);
		struct outcome outcome;
		struct io *io = fakekern_open(kernel);

		fakekern_kill(io, n / 2, n % 2 == 1);
		request_run("auto-online", io, &outcome);
		if (outcome.rc == 0 && outcome.report->outcome == MEMHP_OUTCOME_DONE && n / 2 > 4 &&
		    fakekern_logged(kernel) <= n / 2) {
			outcome_clear(&outcome);
			fakekern_free(kernel);
			break;
		}
		outcome_clear(&outcome);
		fakekern_plug(kernel, "virtio0", 1);
		request_run("auto-online restore", fakekern_open(kernel), &outcome);
		assert_true(outcome_is_fine(&outcome));
		outcome_clear(&outcome);
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
		assert_string_equal(fakekern_block(kernel, 96), "online Normal");
		ask(kernel, "auto-online", MEMHP_OUTCOME_DONE);
		assert_non_null(
			strstr(fakekern_text(kernel, ARRIVALS), "auto-online offline online"));
		fakekern_free(kernel);
	}
	print_message("# killed at %zu operations\n", n / 2);
}

/* Where the kernel refuses the word, nothing is left noted. */
static void test_fails(void **state)
{
	struct fakekern *kernel = machine(PARKED);
	struct outcome outcome;

	fakekern_break(kernel, AUTO_ONLINE, 0, -5);
	request_run("auto-online", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_FAILED);
	outcome_clear(&outcome);
	assert_null(strstr(fakekern_text(kernel, ARRIVALS), "auto-online"));
	fakekern_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word),	       cmocka_unit_test(test_word_stands),
		cmocka_unit_test(test_word_of_others), cmocka_unit_test(test_unclaimed),
		cmocka_unit_test(test_refused),	       cmocka_unit_test(test_restore_broken),
		cmocka_unit_test(test_broken),	       cmocka_unit_test(test_added),
		cmocka_unit_test(test_replaced),       cmocka_unit_test(test_killed),
		cmocka_unit_test(test_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("run-arrivals", tests, NULL, NULL);
}
