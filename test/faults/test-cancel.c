/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user stops a run, once or twice, before any of its operations: it ends, its report is true,
 * what it had opened for its own time is closed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../scenario.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

static void stop(struct fakekern *kernel, void *data)
{
	fakekern_cancel(data);
}

static void check_stop(struct tally *tally, const struct outcome *outcome)
{
	if (outcome->rc < 0 || outcome_is_fine(outcome) ||
	    outcome->report->outcome == MEMHP_OUTCOME_REFUSED)
		return;
	/* Nothing was in the way of putting it back. */
	if (outcome->report->outcome == MEMHP_OUTCOME_PARTIAL)
		tally_fail(tally, "not all is put back (%s)", outcome->report->cause.message);
	if (outcome->report->stopped_by != MEMHP_STOP_SIGNAL)
		tally_fail(tally, "stopped by %s",
			   memhp_stop_to_string(outcome->report->stopped_by));
}

/* False once N is past the end of the run. */
static bool stop_at(const struct scenario *scenario, const struct kernel_row *row, size_t n,
		    bool twice, struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	char auto_online[32];
	struct outcome outcome;
	bool stopped = false;

	tally_context(tally, "%s on %s", scenario->name, row->name);
	if (scenario_prepare(scenario, kernel, tally)) {
		char *before = fakekern_picture(kernel);
		struct io *io = fakekern_open(kernel);

		snprintf(auto_online, sizeof(auto_online), "%s",
			 fakekern_text(kernel, AUTO_ONLINE));
		fakekern_before(io, n, stop, io);
		if (twice)
			fakekern_before(io, n + 3, stop, io);
		scenario_run(scenario, io, &outcome);
		stopped = fakekern_logged(kernel) > n;
		if (stopped)
			tally_context(tally, "%s on %s, stopped %s before %zu (%s %s), ended %s",
				      scenario->name, row->name, twice ? "twice" : "once", n,
				      fakekern_log(kernel, n)->path, fakekern_log(kernel, n)->word,
				      outcome_name(&outcome));
		check_any(tally, kernel, &outcome, before);
		check_stop(tally, &outcome);
		if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
			tally_fail(tally, "auto_online_blocks is %s, was %s",
				   fakekern_text(kernel, AUTO_ONLINE), auto_online);
		outcome_clear(&outcome);
		free(before);
	}
	fakekern_free(kernel);
	tally->cases += stopped;
	return stopped;
}

static void stop_each(const struct scenario *scenario, const struct kernel_row *row,
		      struct tally *tally)
{
	size_t step = getenv("MEMHP_TEST_ALL") != NULL ? 1 : 3, n = (size_t)(row - kernel_rows);

	while (stop_at(scenario, row, n, false, tally) && stop_at(scenario, row, n, true, tally))
		n += step;
}

static void test_stopped_anywhere(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, stop_each);
	tally_end(&tally, "moments at which the user stops it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stopped_anywhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-cancel", tests, NULL, NULL);
}
