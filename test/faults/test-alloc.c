/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each allocation of each scenario fails once: a sentence, no leak, the machine as before or as
 * reported. Where a run has begun to write it goes on or goes back without memory.
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
#include "../scenario.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

/* False once N is past the end of the run. */
static bool fail_at(const struct scenario *scenario, const struct kernel_row *row, size_t n,
		    struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct outcome outcome;
	char auto_online[32];
	bool fired = false;

	tally_context(tally, "%s on %s", scenario->name, row->name);
	if (scenario_prepare(scenario, kernel, tally)) {
		char *before = fakekern_picture(kernel);

		snprintf(auto_online, sizeof(auto_online), "%s",
			 fakekern_text(kernel, AUTO_ONLINE));
		alloc_fault_arm(n);
		scenario_run(scenario, fakekern_open(kernel), &outcome);
		alloc_fault_disarm();
		fired = alloc_fault_fired();
		tally_context(tally, "%s on %s, allocation %zu, ended %s", scenario->name,
			      row->name, n, outcome_name(&outcome));
		check_any(tally, kernel, &outcome, before);
		if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
			tally_fail(tally, "auto_online_blocks is %s, was %s",
				   fakekern_text(kernel, AUTO_ONLINE), auto_online);
		outcome_clear(&outcome);
		free(before);
	}
	fakekern_free(kernel);
	tally->cases += fired;
	return fired;
}

static void fail_each(const struct scenario *scenario, const struct kernel_row *row,
		      struct tally *tally)
{
	size_t n = 0;

	while (fail_at(scenario, row, n, tally))
		n++;
}

static void test_each_allocation_fails(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, fail_each);
	tally_end(&tally, "allocations that fail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-alloc", tests, NULL, NULL);
}
