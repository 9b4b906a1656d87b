/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One block of a scenario does not do what is asked of it: refuses with every errno that a kernel
 * gives, is stuck, is slow, or refuses only at first. The report names it, and all is rolled back,
 * kept or carried on as asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../scenario.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define BLOCK 66

static const struct trouble_row {
	const char *name;
	enum fakekern_trouble kind;
	int rc;
	unsigned int times;
	const char *options; /* added to the request */
	bool passes;	     /* in spite of it all is done */
	enum memhp_stop stop;
} rows[] = {
	{ "EBUSY", FAKEKERN_UNMOVABLE, 0, 0, "", false, MEMHP_STOP_KERNEL },
	{ "EBUSY with retries", FAKEKERN_UNMOVABLE, 0, 0, "retries=3", false, MEMHP_STOP_KERNEL },
	{ "EBUSY twice", FAKEKERN_UNMOVABLE, 0, 2, "retries=3", true, MEMHP_STOP_NONE },
	{ "holes", FAKEKERN_HOLES, 0, 0, "", false, MEMHP_STOP_KERNEL },
	{ "a veto", FAKEKERN_REFUSES_OFFLINE, -EPERM, 0, "", false, MEMHP_STOP_KERNEL },
	{ "EINTR", FAKEKERN_REFUSES_OFFLINE, -EINTR, 0, "", false, MEMHP_STOP_KERNEL },
	{ "ENOMEM on offline", FAKEKERN_REFUSES_OFFLINE, -ENOMEM, 0, "", false, MEMHP_STOP_KERNEL },
	{ "stuck", FAKEKERN_STUCK, 0, 0, "block-timeout=5", false, MEMHP_STOP_TIMEOUT },
	{ "stuck, bounded in all", FAKEKERN_STUCK, 0, 0, "timeout=7", false, MEMHP_STOP_TIMEOUT },
	{ "stuck by default", FAKEKERN_STUCK, 0, 0, "", false, MEMHP_STOP_TIMEOUT },
	{ "stuck for a while", FAKEKERN_STUCK, 0, 20, "", true, MEMHP_STOP_NONE },
	{ "ENOMEM on online", FAKEKERN_REFUSES_ONLINE, -ENOMEM, 0, "", false, MEMHP_STOP_KERNEL },
	{ "a veto on online", FAKEKERN_REFUSES_ONLINE, -EPERM, 0, "", false, MEMHP_STOP_KERNEL },
	{ "poison", FAKEKERN_REFUSES_ONLINE, -EHWPOISON, 0, "", false, MEMHP_STOP_KERNEL },
	{ "slow", FAKEKERN_SLOW_ONLINE, 0, 0, "", true, MEMHP_STOP_NONE },
};

/* What the block has trouble with, on a stage where it matters. */
static const struct scenario_row {
	const char *stage;
	const char *request;
	bool offlines;
	bool onlines;
} requests[] = {
	{ "online zone=movable dax0.0", "offline dax0.0", true, false },
	{ "online zone=movable dax0.0", "remove dax0.0", true, false },
	{ "online zone=movable dax0.0", "offline 65-67", true, false },
	{ "online zone=movable dax0.0; offline dax0.0", "online zone=movable dax0.0", false, true },
	{ "online zone=kernel dax0.0", "online zone=movable dax0.0", true, true },
};

static void hmem(struct fakekern *kernel)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_HMEM,
					 .mappings = { { 8 * GIB, 512 * MIB } },
				 });
}

static bool is_online_trouble(const struct trouble_row *row)
{
	return row->kind == FAKEKERN_REFUSES_ONLINE || row->kind == FAKEKERN_SLOW_ONLINE;
}

static void check_named(struct tally *tally, const struct outcome *outcome)
{
	const struct memhp_report *report = outcome->report;

	for (size_t i = 0; i < report->result_count; i++) {
		if (report->results[i].block == BLOCK && report->results[i].rc < 0 &&
		    report->results[i].message[0] != '\0')
			return;
	}
	tally_fail(tally, "does not say what became of memory%d", BLOCK);
}

/* What is undone needs the block that is in trouble: it may come back only in part. */
static bool may_stay_partial(const struct trouble_row *row, const struct scenario_row *request)
{
	return is_online_trouble(row) && request->offlines;
}

static void check_end(struct tally *tally, const struct trouble_row *row,
		      const struct scenario_row *request, const char *policy,
		      const struct outcome *outcome)
{
	enum memhp_outcome end = outcome->report->outcome;
	bool rolls_back = strcmp(policy, "rollback") == 0;

	if (row->passes) {
		if (!outcome_is_fine(outcome))
			tally_fail(tally, "did not get through: %s",
				   outcome->report->cause.message);
		return;
	}
	if (outcome_is_fine(outcome)) {
		tally_fail(tally, "is fine");
		return;
	}
	if (outcome->report->stopped_by != row->stop)
		tally_fail(tally, "stopped by %s, not %s",
			   memhp_stop_to_string(outcome->report->stopped_by),
			   memhp_stop_to_string(row->stop));
	check_named(tally, outcome);
	if (rolls_back && end == MEMHP_OUTCOME_PARTIAL && !may_stay_partial(row, request))
		tally_fail(tally, "is not rolled back");
	if (!rolls_back && end == MEMHP_OUTCOME_ROLLED_BACK)
		tally_fail(tally, "is rolled back, and was not to be");
}

static void try(const struct trouble_row *row, const struct scenario_row *request,
		const struct kernel_row *on, const char *policy, struct tally *tally)
{
	char text[256], auto_online[32];
	const struct scenario scenario = { .name = row->name, .build = hmem, .requests = text };
	struct fakekern *kernel = scenario_machine(&scenario, on);
	struct outcome outcome;

	snprintf(text, sizeof(text), "%s; %s on-error=%s %s", request->stage, request->request,
		 policy, row->options);
	snprintf(auto_online, sizeof(auto_online), "%s", fakekern_text(kernel, AUTO_ONLINE));
	tally->cases++;
	tally_context(tally, "%s on %s: %s", row->name, on->name, text);
	if (scenario_prepare(&scenario, kernel, tally)) {
		char *before = fakekern_picture(kernel);

		fakekern_trouble(kernel, BLOCK, row->kind, row->rc, row->times);
		scenario_run(&scenario, fakekern_open(kernel), &outcome);
		tally_context(tally, "%s on %s: %s, ended %s", row->name, on->name, text,
			      outcome_name(&outcome));
		check_any(tally, kernel, &outcome, before);
		if (outcome.rc == 0)
			check_end(tally, row, request, policy, &outcome);
		else
			tally_fail(tally, "no report");
		if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
			tally_fail(tally, "auto_online_blocks was %s", auto_online);
		outcome_clear(&outcome);
		free(before);
	}
	fakekern_free(kernel);
}

static void test_a_block_in_trouble(void **state)
{
	static const char *const policies[] = { "rollback", "keep", "continue" };
	struct tally tally = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(requests); j++) {
			if (is_online_trouble(&rows[i]) ? !requests[j].onlines :
							  !requests[j].offlines)
				continue;
			for (size_t k = 0; k < ARRAY_SIZE(kernel_rows) * ARRAY_SIZE(policies); k++)
				try(&rows[i], &requests[j], &kernel_rows[k % 3], policies[k / 3],
				    &tally);
		}
	}
	tally_end(&tally, "blocks in trouble");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_block_in_trouble),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-troubles", tests, NULL, NULL);
}
