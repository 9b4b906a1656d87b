/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each operation of each scenario fails once: the run ends with the machine as before or as it
 * reports, says so in a sentence, leaves auto-online as it was; the same command run again completes.
 * Reads fail with one of their errnos each, in turn; what changes the machine fails with every errno
 * that it can have, before it takes effect and after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../io-fault.h"
#include "../scenario.h"

#define MOST 4096
#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

/* The same command, with nothing in its way. */
static void run_again(const struct scenario *scenario, struct fakekern *kernel, struct tally *tally)
{
	struct outcome outcome;

	scenario_run(scenario, fakekern_open(kernel), &outcome);
	if (!outcome_is_fine(&outcome))
		tally_fail(tally, "run again: %s (%s)", outcome_name(&outcome),
			   outcome.rc == 0 ? outcome.report->cause.message : "");
	check_ends(tally, kernel, scenario->ends);
	outcome_clear(&outcome);
}

static void check_auto_online(struct tally *tally, struct fakekern *kernel, const char *before,
			      const char *what)
{
	const char *now = fakekern_text(kernel, AUTO_ONLINE);

	if (strcmp(now, before) != 0)
		tally_fail(tally, "%s: auto_online_blocks is %s, was %s", what, now, before);
}

/* A policy file that is not there is no fault: it is another machine, on which all may end otherwise. */
static bool is_fault(const struct io_fault *fault, const struct io_fault_log *log)
{
	return fault->rc != -ENOENT || strstr(log->what, " etc/") == NULL;
}

static void run_with(const struct scenario *scenario, const struct kernel_row *row,
		     const struct io_fault *fault, struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct io_fault_log log = { 0 };
	char auto_online[32];
	struct outcome outcome;

	tally->cases++;
	tally_context(tally, "%s on %s", scenario->name, row->name);
	if (scenario_prepare(scenario, kernel, tally)) {
		char *before = fakekern_picture(kernel);
		struct io *io = io_fault_new(fakekern_open(kernel), fault, &log);

		snprintf(auto_online, sizeof(auto_online), "%s",
			 fakekern_text(kernel, AUTO_ONLINE));
		scenario_run(scenario, io, &outcome);
		tally_context(tally, "%s on %s, %zu: %s %s -> %d, ended %s", scenario->name,
			      row->name, fault->at, fault->after ? "after" : "instead of", log.what,
			      fault->rc, outcome_name(&outcome));
		if (is_fault(fault, &log))
			check_any(tally, kernel, &outcome, before);
		check_auto_online(tally, kernel, auto_online, "afterwards");
		outcome_clear(&outcome);
		if (is_fault(fault, &log))
			run_again(scenario, kernel, tally);
		check_auto_online(tally, kernel, auto_online, "after the second run");
		free(before);
	}
	fakekern_free(kernel);
}

/* What kinds of operations there are in a run that goes well. */
static size_t kinds_of(const struct scenario *scenario, const struct kernel_row *row,
		       struct tally *tally, unsigned char kinds[MOST])
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct io_fault_log log = { .kinds = kinds, .kind_room = MOST };
	struct outcome outcome;

	if (scenario_prepare(scenario, kernel, tally)) {
		const struct io_fault none = { .kinds = IO_FAULT_ALL };

		scenario_run(scenario, io_fault_new(fakekern_open(kernel), &none, &log), &outcome);
		outcome_clear(&outcome);
	}
	fakekern_free(kernel);
	assert_true(log.count > 0 && log.count < MOST);
	return log.count;
}

static bool changes_machine(enum io_fault_kind kind)
{
	return (kind & (IO_FAULT_WRITE | IO_FAULT_LOAD | IO_FAULT_SAVE | IO_FAULT_LOCK)) != 0;
}

static void fail_each(const struct scenario *scenario, const struct kernel_row *row,
		      struct tally *tally)
{
	unsigned char kinds[MOST];
	size_t count = kinds_of(scenario, row, tally, kinds);

	for (size_t n = 0; n < count; n++) {
		const int *errnos = io_fault_errnos((enum io_fault_kind)kinds[n]);
		struct io_fault fault = { .kinds = IO_FAULT_ALL, .at = n };
		size_t many = 0;

		while (errnos[many] != 0)
			many++;
		if (!changes_machine((enum io_fault_kind)kinds[n])) {
			size_t turn = n + (size_t)(row - kernel_rows);

			/* Each read on one of the kernels, unless all is to be tried. */
			if (turn % 3 != 0 && getenv("MEMHP_TEST_ALL") == NULL)
				continue;
			fault.rc = errnos[turn / 3 % many];
			run_with(scenario, row, &fault, tally);
			continue;
		}
		for (size_t i = 0; i < 2 * many; i++) {
			fault.rc = errnos[i / 2];
			fault.after = i % 2 == 1;
			run_with(scenario, row, &fault, tally);
		}
	}
}

static void test_each_operation_fails(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, fail_each);
	tally_end(&tally, "operations that fail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_operation_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-io", tests, NULL, NULL);
}
