/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/run-report.c: that the crash kernel must be loaded again is told once, and only where memory has
 * changed in the end, whatever was planned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../../lib/rule.h"
#include "../scenario.h"
#include "small-machine.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define FIRST 64

static struct fakekern *machine(void)
{
	struct fakekern_config config = fakekern_7_2;
	struct fakekern *kernel;

	config.auto_online = "offline";
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 512 * MIB } } });
	fakekern_file(kernel, "sys/kernel/kexec_crash_loaded", "1\n");
	return kernel;
}

/* How often the report tells of the crash kernel. */
static size_t times_told(const struct outcome *outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < outcome->report->findings.count; i++)
		count += outcome->report->findings.items[i].rule == &rule_kdump;
	return count;
}

static void ask(struct fakekern *kernel, const char *request, enum memhp_outcome outcome,
		size_t told)
{
	struct outcome ended;

	request_run(request, fakekern_open(kernel), &ended);
	assert_int_equal(ended.rc, 0);
	if (ended.report->outcome != outcome || times_told(&ended) != told)
		fail_msg("%s: %s (%s), told %zu times", request, outcome_name(&ended),
			 ended.report->cause.message, times_told(&ended));
	outcome_clear(&ended);
}

static void refuse_online(struct fakekern *kernel, unsigned int times)
{
	fakekern_trouble(kernel, FIRST + 2, FAKEKERN_REFUSES_ONLINE, -EPERM, times);
}

static void test_done(void **state)
{
	struct fakekern *kernel = machine();

	ask(kernel, "online zone=movable dax0.0", MEMHP_OUTCOME_DONE, 1);
	ask(kernel, "online zone=movable dax0.0", MEMHP_OUTCOME_ALREADY, 0);
	ask(kernel, "online zone=kernel move dax0.0", MEMHP_OUTCOME_DONE, 0);
	ask(kernel, "offline dax0.0", MEMHP_OUTCOME_DONE, 1);
	ask(kernel, "remove dax0.0", MEMHP_OUTCOME_DONE, 1);
	ask(kernel, "add dax0.0", MEMHP_OUTCOME_DONE, 1);
	ask(kernel, "offline 2", MEMHP_OUTCOME_REFUSED, 0);
	fakekern_free(kernel);
}

static void test_undone(void **state)
{
	struct fakekern *kernel = machine();

	refuse_online(kernel, 0);
	ask(kernel, "online zone=movable dax0.0", MEMHP_OUTCOME_ROLLED_BACK, 0);
	ask(kernel, "online zone=movable on-error=keep dax0.0", MEMHP_OUTCOME_PARTIAL, 1);
	/* What it wanted is so already but for the block that cannot be: nothing changes. */
	ask(kernel, "online zone=movable on-error=keep dax0.0", MEMHP_OUTCOME_FAILED, 0);
	ask(kernel, "online zone=movable on-error=continue dax0.0", MEMHP_OUTCOME_PARTIAL, 1);
	fakekern_free(kernel);
}

/* Rolled back, but for one that would not go; and a move of which one block stays behind. */
static void test_partly_undone(void **state)
{
	struct fakekern *kernel = machine();

	refuse_online(kernel, 0);
	fakekern_trouble(kernel, FIRST, FAKEKERN_UNMOVABLE, 0, 0);
	ask(kernel, "online zone=kernel dax0.0", MEMHP_OUTCOME_PARTIAL, 1);
	fakekern_clear_trouble(kernel, FIRST);
	fakekern_clear_trouble(kernel, FIRST + 2);
	ask(kernel, "online zone=movable move dax0.0", MEMHP_OUTCOME_DONE, 1);
	refuse_online(kernel, 0);
	ask(kernel, "online zone=kernel move on-error=keep dax0.0", MEMHP_OUTCOME_PARTIAL, 1);
	fakekern_free(kernel);
}

static void plugs(struct fakekern *kernel, uint64_t eject_time)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:00",
							   .start = 12 * GIB,
							   .size = 256 * MIB,
							   .eject_time = eject_time });
}

/* Nobody knows whether it goes yet; as long as it is offline it may. */
static void test_eject_is_late(void **state)
{
	struct fakekern *kernel = machine();

	plugs(kernel, UINT64_C(100000000000));
	ask(kernel, "remove PNP0C80:00", MEMHP_OUTCOME_ROLLED_BACK, 1);
	fakekern_free(kernel);
	kernel = machine();
	plugs(kernel, UINT64_C(100000000000));
	ask(kernel, "online zone=movable PNP0C80:00", MEMHP_OUTCOME_DONE, 1);
	ask(kernel, "remove PNP0C80:00", MEMHP_OUTCOME_ROLLED_BACK, 0);
	fakekern_free(kernel);
}

/* Who ejects a device has taken out all of it, also what was offline. */
static void test_ejected_by(void **state)
{
	struct fakekern *kernel = machine();
	struct outcome outcome;

	plugs(kernel, 0);
	request_run("online zone=movable 96", fakekern_open(kernel), &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
	request_run("remove PNP0C80:00", fakekern_open(kernel), &outcome);
	assert_true(outcome_is_fine(&outcome));
	assert_int_equal(outcome.report->result_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(outcome.report->results[i].block, 96 + i);
		assert_int_equal(outcome.report->results[i].after_state, MEMHP_STATE_ABSENT);
		assert_int_equal(outcome.report->results[i].by, BY_MEMHP);
	}
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Memory of others, onlined after a run that was killed: no plan had it. */
static void test_others(void **state)
{
	struct fakekern *kernel = machine();

	plugs(kernel, 0);
	fakekern_write(kernel, AUTO_ONLINE, "online_movable");
	fakekern_file(kernel, "run/memhp/journal",
		      "memhp-journal 1\nprocess 4711 12\nothers online_movable\nblocks 0 67\n");
	ask(kernel, "recover", MEMHP_OUTCOME_DONE, 1);
	fakekern_free(kernel);
}

/* As the policy has it: off is off. */
static void test_policy(void **state)
{
	struct fakekern *kernel = machine();

	fakekern_file(kernel, "etc/memhp.conf", "[rule kdump]\nseverity = off\n");
	ask(kernel, "online zone=movable dax0.0", MEMHP_OUTCOME_DONE, 0);
	ask(kernel, "online zone=kernel move on-error=keep dax0.0", MEMHP_OUTCOME_DONE, 0);
	fakekern_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_done),	      cmocka_unit_test(test_undone),
		cmocka_unit_test(test_partly_undone), cmocka_unit_test(test_eject_is_late),
		cmocka_unit_test(test_others),	      cmocka_unit_test(test_policy),
		cmocka_unit_test(test_ejected_by),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("run-report", tests, NULL, NULL);
}
