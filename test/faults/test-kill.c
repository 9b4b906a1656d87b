/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process is killed at each operation of each scenario, which took effect or did not: nothing of
 * the kernel is lost for good, and the same command run again ends as asked, puts back what the dead
 * run had parked, and leaves no journal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../scenario.h"

#define MOST 4096
#define READ_STEP 11
#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

static size_t recovered;

/* What the dead run had put down under run/memhp, but for the lock. */
static bool has_journal(struct fakekern *kernel)
{
	char *picture = fakekern_picture(kernel);
	bool found = strstr(picture, "run/memhp/") != NULL;

	free(picture);
	return found;
}

static const char *last_write(struct fakekern *kernel, char text[320])
{
	text[0] = '\0';
	if (fakekern_logged(kernel) > 0) {
		const struct fakekern_operation *operation =
			fakekern_log(kernel, fakekern_logged(kernel) - 1);

		snprintf(text, 320, "%s %s", operation->path, operation->word);
	}
	return text;
}

static void kill_at(const struct scenario *scenario, const struct kernel_row *row, size_t n,
		    bool takes_effect, struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	char auto_online[32], where[320];
	bool killed = false;
	struct outcome outcome;

	tally_context(tally, "%s on %s", scenario->name, row->name);
	if (scenario_prepare(scenario, kernel, tally)) {
		struct io *io = fakekern_open(kernel);

		snprintf(auto_online, sizeof(auto_online), "%s",
			 fakekern_text(kernel, AUTO_ONLINE));
		fakekern_kill(io, n, takes_effect);
		scenario_run(scenario, io, &outcome);
		outcome_clear(&outcome);
		killed = fakekern_logged(kernel) == n + 1;
		tally_context(tally, "%s on %s, killed %s %zu (%s)", scenario->name, row->name,
			      takes_effect ? "after" : "before", n, last_write(kernel, where));
		scenario_run(scenario, fakekern_open(kernel), &outcome);
		if (outcome.report != NULL)
			recovered += outcome.report->recovered_count > 0;
		if (!outcome_is_fine(&outcome))
			tally_fail(tally, "run again: %s (%s)", outcome_name(&outcome),
				   outcome.rc == 0 ? outcome.report->cause.message : "");
		outcome_clear(&outcome);
		check_ends(tally, kernel, scenario->ends);
		check_violations(tally, kernel);
		if (has_journal(kernel))
			tally_fail(tally, "a journal is left");
		if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
			tally_fail(tally, "auto_online_blocks is left %s, was %s",
				   fakekern_text(kernel, AUTO_ONLINE), auto_online);
	}
	fakekern_free(kernel);
	tally->cases += killed;
}

/* The operations of a run that goes well: whether each can change anything. */
static size_t changes_of(const struct scenario *scenario, const struct kernel_row *row,
			 struct tally *tally, bool changes[MOST])
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct outcome outcome;
	size_t count = 0;

	if (scenario_prepare(scenario, kernel, tally)) {
		scenario_run(scenario, fakekern_open(kernel), &outcome);
		outcome_clear(&outcome);
		count = fakekern_logged(kernel);
	}
	assert_true(count < MOST);
	for (size_t n = 0; n < count; n++) {
		enum fakekern_kind kind = fakekern_log(kernel, n)->kind;

		changes[n] = kind >= FAKEKERN_WRITE;
	}
	fakekern_free(kernel);
	return count;
}

/* Between two changes it makes no difference where: a few of these are tried. */
static void kill_each(const struct scenario *scenario, const struct kernel_row *row,
		      struct tally *tally)
{
	bool changes[MOST];
	size_t count = changes_of(scenario, row, tally, changes);

	for (size_t n = 0; n < count; n++) {
		if (changes[n])
			kill_at(scenario, row, n, true, tally);
		if (changes[n] || n % READ_STEP == 0)
			kill_at(scenario, row, n, false, tally);
	}
}

static void test_killed_at_each_operation(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, kill_each);
	printf("# settings put back by the next run: %zu times\n", recovered);
	if (recovered == 0)
		tally_fail(&tally, "no run had anything to put back");
	tally_end(&tally, "operations at which it is killed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_at_each_operation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-kill", tests, NULL, NULL);
}
