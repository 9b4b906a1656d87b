/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs on the fake kernel, from request to report: each scenario on each kernel that has what it is
 * about. After every run: the machine is as predicted, block by block; doing it again writes
 * nothing; auto-online is what it was; blocks came up ascending and went down descending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenario.h"
#include "ctx.h"
#include "event.h"
#include "run.h"
#include "scan.h"
#include "small-machine.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

/* Once more, with nothing left to do. */
static void run_again(const struct scenario *scenario, struct fakekern *kernel, struct tally *tally)
{
	char *before = fakekern_picture(kernel);
	struct io *io = fakekern_open(kernel);
	struct outcome outcome;

	scenario_run(scenario, io, &outcome);
	if (outcome.rc < 0 || outcome.report->outcome != MEMHP_OUTCOME_ALREADY)
		tally_fail(tally, "the second time: %s", outcome_name(&outcome));
	for (size_t i = 0; i < fakekern_logged(kernel); i++) {
		const struct fakekern_operation *operation = fakekern_log(kernel, i);

		if (operation->kind == FAKEKERN_WRITE || operation->kind == FAKEKERN_LOAD)
			tally_fail(tally, "the second time writes %s to %s", operation->word,
				   operation->path);
	}
	check_any(tally, kernel, &outcome, before);
	outcome_clear(&outcome);
	free(before);
}

static void run_scenario(const struct scenario *scenario, const struct kernel_row *row,
			 struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	char auto_online[32];
	struct outcome outcome;

	tally->cases++;
	tally_context(tally, "%s on %s (%s)", scenario->name, row->name, scenario->requests);
	snprintf(auto_online, sizeof(auto_online), "%s", fakekern_text(kernel, AUTO_ONLINE));
	if (scenario_prepare(scenario, kernel, tally)) {
		char *before = fakekern_picture(kernel);
		struct io *io = fakekern_open(kernel);

		scenario_run(scenario, io, &outcome);
		check_outcome(tally, scenario, &outcome);
		check_any(tally, kernel, &outcome, before);
		check_order(tally, kernel);
		check_ends(tally, kernel, scenario->ends);
		if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
			tally_fail(tally, "auto_online_blocks was %s", auto_online);
		if (outcome_is_fine(&outcome) && outcome.report->differences.count > 0)
			tally_fail(tally, "it says that it came otherwise than planned");
		if (outcome_is_fine(&outcome) && !scenario->once)
			run_again(scenario, kernel, tally);
		outcome_clear(&outcome);
		free(before);
	}
	fakekern_free(kernel);
}

static void test_scenarios(void **state)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < scenario_count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(kernel_rows); j++) {
			if (scenario_runs_on(&scenarios[i], &kernel_rows[j]))
				run_scenario(&scenarios[i], &kernel_rows[j], &tally);
		}
	}
	tally_end(&tally, "scenarios");
}

/* Boot has added the first of two ranges and, silently, not the second. */
static void test_missing_range_is_told(void **state)
{
	struct fakekern_config config = fakekern_7_2;
	struct fakekern *kernel;
	struct outcome outcome;

	config.auto_online = "offline";
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	fakekern_fail_add(kernel, 10 * GIB, -ENOMEM);
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_CXL,
					 .mappings = { { 8 * GIB, GIB }, { 10 * GIB, GIB } } });
	request_run("online zone=movable dax0.0", fakekern_open(kernel), &outcome);
	assert_string_equal(fakekern_block(kernel, 80), "absent");
	assert_false(outcome_is_fine(&outcome) && outcome.report->plan->findings.count == 0 &&
		     outcome.report->differences.count == 0);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* A policy that cannot be used: file and line, and nothing is written; a wrong target comes first. */
static void test_broken_policy(void **state)
{
	struct fakekern_config config = fakekern_7_2;
	struct fakekern *kernel = fakekern_new(&config);
	struct outcome outcome;
	char *before, *after;

	small_boot_memory(kernel);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 512 * MIB } } });
	fakekern_file(kernel, "etc/memhp.conf", "[policy]\nzone = movable\nmove = perhaps\n");
	before = fakekern_picture(kernel);
	request_run("offline dax0.0", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, -EINVAL);
	assert_int_equal(outcome.error.kind, MEMHP_ERROR_POLICY);
	assert_string_equal(outcome.error.object, "/etc/memhp.conf:3");
	outcome_clear(&outcome);
	request_run("offline dax9.9", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.error.kind, MEMHP_ERROR_TARGET);
	outcome_clear(&outcome);
	fakekern_break(kernel, "etc/memhp.conf", -EIO, 0);
	request_run("offline dax0.0", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, -EIO);
	assert_int_equal(outcome.error.kind, MEMHP_ERROR_SYSTEM);
	outcome_clear(&outcome);
	after = fakekern_picture(kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
	fakekern_free(kernel);
}

static struct fakekern *hmem_machine(void)
{
	struct fakekern *kernel = fakekern_new(&fakekern_7_2);

	small_boot_memory(kernel);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 512 * MIB } } });
	return kernel;
}

#define JOURNAL "run/memhp/journal"

static void leave_open(struct fakekern *kernel, const char *brackets)
{
	char text[256];

	snprintf(text, sizeof(text), "memhp-journal 1\nprocess 4711 12\n%s", brackets);
	fakekern_file(kernel, JOURNAL, text);
}

/* recover closes what a killed run left open, says so, and does it once. */
static void test_recover(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	leave_open(kernel, "auto-online online_movable\nid device_dax dax0.0\nid kmem dax9.9\n");
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
	assert_int_equal(outcome.report->recovered_count, 2);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_movable");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	outcome_clear(&outcome);
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ALREADY);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* What is left open is no question of policy. */
static void test_recover_by_broken_policy(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	fakekern_file(kernel, "etc/memhp.conf", "[policy]\nzone = perhaps\n");
	leave_open(kernel, "auto-online online_movable\n");
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_movable");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* One that cannot be understood is not one that has nothing in it. */
static void test_recover_by_torn_journal(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;

	fakekern_file(kernel, JOURNAL, "memhp-journal 9000\n");
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, -EINVAL);
	assert_int_equal(outcome.error.kind, MEMHP_ERROR_SYSTEM);
	assert_string_equal(outcome.error.object, "/" JOURNAL);
	assert_string_equal(fakekern_text(kernel, JOURNAL), "memhp-journal 9000");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* Any of these three, and the text of the file while it can be read. */
struct bad_journal {
	const char *text;
	int read_rc;
};

/* Nothing is written, not even beside it. */
static void expect_untouched(struct fakekern *kernel, const struct bad_journal *bad)
{
	for (size_t i = 0; i < fakekern_logged(kernel); i++) {
		enum fakekern_kind kind = fakekern_log(kernel, i)->kind;

		assert_true(kind != FAKEKERN_WRITE && kind != FAKEKERN_LOAD &&
			    kind != FAKEKERN_SAVE);
	}
	fakekern_break(kernel, JOURNAL, 0, 0);
	assert_string_equal(fakekern_text(kernel, JOURNAL), bad->text);
	fakekern_break(kernel, JOURNAL, bad->read_rc, 0);
}

static void expect_refused(struct fakekern *kernel, const char *request,
			   const struct bad_journal *bad)
{
	char *before = fakekern_picture(kernel), *after;
	struct outcome outcome;

	request_run(request, fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, bad->read_rc != 0 ? bad->read_rc : -EINVAL);
	assert_int_equal(outcome.error.kind, MEMHP_ERROR_SYSTEM);
	assert_string_equal(outcome.error.object, "/" JOURNAL);
	assert_non_null(strstr(outcome.error.hint, "by hand"));
	outcome_clear(&outcome);
	after = fakekern_picture(kernel);
	assert_string_equal(before, after);
	free(before);
	free(after);
	expect_untouched(kernel, bad);
}

/* dax0.0 is in device_dax, dax1.0 in kmem, and a killed run may have parked the word. */
static struct fakekern *parked_machine(const struct fakekern_config *kind)
{
	struct fakekern_config config = *kind;
	struct fakekern *kernel;

	config.auto_online = "offline";
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	for (unsigned int i = 0; i < 2; i++)
		fakekern_add_dax(kernel, &(struct fakekern_dax){
						 .name = i == 0 ? "dax0.0" : "dax1.0",
						 .provider = FAKEKERN_HMEM,
						 .mappings = { { (8 + i) * GIB, 512 * MIB } } });
	small_stage(kernel, "remove dax0.0");
	small_stage(kernel, "online zone=movable dax1.0");
	assert_string_not_equal(fakekern_driver(kernel, "dax0.0"), "kmem");
	assert_string_equal(fakekern_driver(kernel, "dax1.0"), "kmem");
	fakekern_file(kernel, "etc/memhp.conf", "[policy]\nauto-online = online_movable\n");
	fakekern_file(kernel, "run/memhp/arrivals",
		      "memhp-arrivals 1\nauto-online offline online_kernel\n");
	return kernel;
}

/* What nobody can tell is neither written over nor taken for nothing. */
static void test_bad_journal_is_kept(void **state)
{
	static const struct bad_journal rows[] = {
		{ "garbage", 0 },
		{ "memhp-journal 9000", 0 },
		{ "memhp-journal 1", -EIO },
		{ "memhp-journal 1", -EACCES },
	};
	static const char *const refused[] = { "add dax0.0", "online zone=movable dax0.0",
					       "remove dax1.0", "auto-online",
					       "auto-online restore" };
	static const struct fakekern_config *const configs[] = { &fakekern_6_1, &fakekern_7_2 };
	struct outcome outcome;

	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(configs); i++) {
		const struct bad_journal *bad = &rows[i / ARRAY_SIZE(configs)];
		struct fakekern *kernel = parked_machine(configs[i % ARRAY_SIZE(configs)]);

		fakekern_file(kernel, JOURNAL, bad->text);
		fakekern_break(kernel, JOURNAL, bad->read_rc, 0);
		for (size_t j = 0; j < ARRAY_SIZE(refused); j++)
			expect_refused(kernel, refused[j], bad);
		/* Nor is there nothing to do where nobody knows what was parked. */
		fakekern_file(kernel, "run/memhp/arrivals", NULL);
		expect_refused(kernel, "auto-online restore", bad);
		/* What notes nothing goes on. */
		for (size_t j = 0; j < 2; j++) {
			request_run(j == 0 ? "offline 75" : "online zone=movable 75",
				    fakekern_open(kernel), &outcome);
			assert_int_equal(outcome.rc, 0);
			assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
			outcome_clear(&outcome);
			fakekern_break(kernel, JOURNAL, 0, 0);
			assert_string_equal(fakekern_text(kernel, JOURNAL), bad->text);
			fakekern_break(kernel, JOURNAL, bad->read_rc, 0);
		}
		fakekern_free(kernel);
	}
}

static int plan_only(struct fakekern *kernel, enum memhp_operation operation, const char *target)
{
	const char *const targets[] = { target, NULL };
	const struct memhp_request request = { .struct_size = sizeof(request),
					       .operation = operation,
					       .targets = targets };
	struct memhp_snapshot *snapshot;
	struct memhp_plan *plan;
	struct memhp_ctx *ctx;
	int rc;

	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	assert_int_equal(memhp_snapshot_new(ctx, &snapshot), 0);
	rc = memhp_plan_new(ctx, snapshot, &request, &plan);
	if (rc == 0)
		memhp_plan_unref(plan);
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(ctx);
	return rc;
}

/* A user who may not read the journal is shown a plan all the same; what is no journal is none for anybody. */
static void test_plan_by_bad_journal(void **state)
{
	struct fakekern *kernel = parked_machine(&fakekern_7_2);

	fakekern_file(kernel, JOURNAL, "garbage");
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_ADD, "dax0.0"), -EINVAL);
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_PLACE, NULL), -EINVAL);
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_AUTO_ONLINE, NULL), -EINVAL);
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_OFFLINE, "75"), 0);
	fakekern_break(kernel, JOURNAL, -EACCES, 0);
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_ADD, "dax0.0"), 0);
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_AUTO_ONLINE, NULL), 0);
	assert_int_equal(plan_only(kernel, MEMHP_OPERATION_RECOVER, NULL), -EACCES);
	fakekern_free(kernel);
}

/* What is not as the policy wants it is so whatever an earlier run has left. */
static void test_drift_by_bad_journal(void **state)
{
	struct fakekern *kernel = parked_machine(&fakekern_7_2);
	struct memhp_events events = { .items = NULL };
	struct memhp_snapshot *snapshot;
	struct policy policy;
	struct memhp_ctx *ctx;

	fakekern_file(kernel, "etc/memhp.conf",
		      "[device far]\nmatch-driver = hmem\nonline = yes\nzone = movable\n");
	fakekern_file(kernel, JOURNAL, "garbage");
	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	assert_int_equal(memhp_snapshot_new(ctx, &snapshot), 0);
	assert_int_equal(run_load_policy(ctx, NULL, &policy), 0);
	assert_int_equal(plan_drift(snapshot, &policy, &events), 0);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.items[0].first_block, 64);
	assert_int_equal(events.items[0].last_block, 67);
	events_clear(&events);
	policy_clear(&policy);
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(ctx);
	fakekern_free(kernel);
}

/* A word that somebody has written since is his; the journal is void, and goes. */
static void test_recover_leaves_others(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;

	fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
	leave_open(kernel, "auto-online online_movable\n");
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_kernel");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

static void plugs(struct fakekern *kernel, uint64_t start)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){
					  .name = start == 12 * GIB ? "PNP0C80:00" : "PNP0C80:01",
					  .start = start,
					  .size = 256 * MIB });
}

/* A DIMM came while a killed run had the word parked: it is onlined by it, and no other is. */
static void test_recover_onlines_others(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;
	struct io *io;

	request_run("online zone=movable dax0.0", fakekern_open(kernel), &outcome);
	outcome_clear(&outcome);
	request_run("remove dax0.0", fakekern_open(kernel), &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plugs(kernel, 12 * GIB); /* blocks 96 and 97, which somebody wants offline */
	fakekern_write(kernel, AUTO_ONLINE, "online_movable");
	/* Parked, and killed with the device's blocks there. */
	request_run("add dax0.0", fakekern_open(kernel), &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
	request_run("remove dax0.0", fakekern_open(kernel), &outcome);
	outcome_clear(&outcome);
	for (size_t n = 0;; n++) {
		io = fakekern_open(kernel);
		fakekern_kill(io, n, true);
		request_run("add dax0.0", io, &outcome);
		outcome_clear(&outcome);
		if (strcmp(fakekern_text(kernel, AUTO_ONLINE), "offline") == 0)
			break;
		assert_true(n < 1000);
	}
	plugs(kernel, 14 * GIB); /* blocks 112 and 113 */
	assert_string_equal(fakekern_block(kernel, 112), "offline");
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_movable");
	assert_string_equal(fakekern_block(kernel, 112), "online Movable");
	assert_string_equal(fakekern_block(kernel, 113), "online Movable");
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	assert_int_equal(outcome.report->result_count, 2);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* What a listing says of what a killed run has left, "" if nothing. */
static const char *note_of(struct fakekern *kernel, char text[256])
{
	struct memhp_snapshot *snapshot;
	struct memhp_cursor cursor;
	struct memhp_object note;
	struct memhp_value value;
	struct memhp_ctx *ctx;

	text[0] = '\0';
	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	assert_int_equal(memhp_snapshot_new(ctx, &snapshot), 0);
	memhp_cursor_init(&cursor, snapshot, MEMHP_KIND_NOTE);
	while (memhp_cursor_next(&cursor, &note)) {
		memhp_field_get(memhp_field_get_by_key(MEMHP_KIND_NOTE, "subject"), &note, &value);
		if (value.string == NULL || strcmp(value.string, "/" JOURNAL) != 0)
			continue;
		memhp_field_get(memhp_field_get_by_key(MEMHP_KIND_NOTE, "message"), &note, &value);
		snprintf(text, 256, "%s", value.string);
	}
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(ctx);
	return text;
}

/* One of them cannot be onlined: that is told, once. */
static void test_left_is_refused(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plugs(kernel, 14 * GIB);
	fakekern_write(kernel, AUTO_ONLINE, "online_movable");
	fakekern_trouble(kernel, 112, FAKEKERN_REFUSES_ONLINE, -EPERM, 0);
	leave_open(kernel, "others online_movable\nblocks 0 7\nblocks 64 67\n");
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_string_equal(outcome.report->cause.object, "memory112");
	assert_non_null(strstr(outcome.report->cause.message, "vetoed"));
	assert_string_equal(fakekern_block(kernel, 113), "online Movable");
	outcome_clear(&outcome);
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ALREADY);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

static void test_left_is_listed(void **state)
{
	struct fakekern *kernel = hmem_machine();
	char text[256];

	assert_string_equal(note_of(kernel, text), "");
	leave_open(kernel, "others online_movable\nblocks 0 7\n");
	assert_string_equal(note_of(kernel, text),
			    "an earlier run was killed before it could online "
			    "what appeared while it was at work");
	leave_open(kernel, "auto-online online\nothers online\nblocks 0 7\n");
	assert_string_equal(note_of(kernel, text),
			    "an earlier run was killed and left settings of the kernel changed");
	fakekern_free(kernel);
}

/*
 * The word was put back, and then it was killed: what came meanwhile is onlined by it, though somebody has
 * written another since, and that is said. A refused run leaves it to the next.
 */
static void test_recover_onlines_what_is_left(void **state)
{
	struct fakekern *kernel = hmem_machine();
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_REPORT, "recovered");
	struct memhp_object object;
	struct memhp_value value;
	struct outcome outcome;

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plugs(kernel, 12 * GIB);
	plugs(kernel, 14 * GIB);
	fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
	/* 96 and 97 were offline before. */
	leave_open(kernel, "others online_movable\nblocks 0 7\nblocks 64 67\nblocks 96 97\n");
	request_run("offline 2", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_REFUSED);
	assert_string_equal(fakekern_block(kernel, 112), "offline");
	assert_true(fakekern_text(kernel, JOURNAL)[0] != '\0');
	outcome_clear(&outcome);
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 112), "online Movable");
	assert_string_equal(fakekern_block(kernel, 113), "online Movable");
	assert_string_equal(fakekern_block(kernel, 96), "offline");
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_kernel");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	assert_int_equal(outcome.report->recovered_count, 1);
	object = memhp_report_get_object(outcome.report);
	assert_int_equal(memhp_field_get_item(field, &object, 0, &value), 0);
	assert_string_equal(value.string, "what appeared meanwhile is onlined by the word that "
					  "was there, online_movable");
	outcome_clear(&outcome);
	request_run("recover", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ALREADY);
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* What a dead run had parked is put back even where this run fails and undoes all of its own. */
static void test_recovery_is_not_undone(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct outcome outcome;

	request_run("online zone=movable dax0.0", fakekern_open(kernel), &outcome);
	assert_true(outcome_is_fine(&outcome));
	outcome_clear(&outcome);
	fakekern_write(kernel, AUTO_ONLINE, "offline");
	leave_open(kernel, "auto-online online\n");
	fakekern_trouble(kernel, 64, FAKEKERN_UNMOVABLE, 0, 0);
	request_run("offline dax0.0", fakekern_open(kernel), &outcome);
	assert_int_equal(outcome.rc, 0);
	assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_ROLLED_BACK);
	assert_int_equal(outcome.report->recovered_count, 1);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online");
	assert_string_equal(fakekern_block(kernel, 67), "online Movable");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	outcome_clear(&outcome);
	fakekern_free(kernel);
}

/* A run that is still under way closes its own brackets: another one leaves them alone. */
static void test_live_journal(void **state)
{
	struct fakekern *kernel = hmem_machine();
	struct memhp_snapshot *snapshot;
	struct memhp_error error;
	struct io *io;

	leave_open(kernel, "auto-online online\n");
	fakekern_file(kernel, "proc/4711/stat",
		      "4711 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 12 20\n");
	io = fakekern_open(kernel);
	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	assert_int_equal(snapshot->journal.count, 1);
	assert_true(snapshot->journal.alive);
	memhp_snapshot_unref(snapshot);
	fakekern_file(kernel, "proc/4711/stat",
		      "4711 (another) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 13 20\n");
	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	assert_false(snapshot->journal.alive);
	memhp_snapshot_unref(snapshot);
	io_free(io);
	fakekern_free(kernel);
}

/* Who holds the lock is alone: what a process left open that lives on is closed, and not written over. */
static void test_open_journal_of_who_lives(void **state)
{
	static const char *const requests[] = { "recover", "remove dax0.0" };

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct fakekern *kernel = hmem_machine();
		struct outcome outcome;

		small_stage(kernel, "online zone=movable dax0.0");
		fakekern_write(kernel, AUTO_ONLINE, "offline");
		leave_open(kernel, "auto-online online_movable\n");
		fakekern_file(kernel, "proc/4711/stat",
			      "4711 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 12 20\n");
		request_run(requests[i], fakekern_open(kernel), &outcome);
		assert_int_equal(outcome.rc, 0);
		assert_int_equal(outcome.report->outcome, MEMHP_OUTCOME_DONE);
		assert_int_equal(outcome.report->recovered_count, 1);
		assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_movable");
		assert_string_equal(fakekern_text(kernel, JOURNAL), "");
		outcome_clear(&outcome);
		fakekern_free(kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_missing_range_is_told),
		cmocka_unit_test(test_broken_policy),
		cmocka_unit_test(test_recover),
		cmocka_unit_test(test_recover_by_broken_policy),
		cmocka_unit_test(test_recover_by_torn_journal),
		cmocka_unit_test(test_bad_journal_is_kept),
		cmocka_unit_test(test_plan_by_bad_journal),
		cmocka_unit_test(test_drift_by_bad_journal),
		cmocka_unit_test(test_recover_leaves_others),
		cmocka_unit_test(test_recover_onlines_others),
		cmocka_unit_test(test_left_is_listed),
		cmocka_unit_test(test_left_is_refused),
		cmocka_unit_test(test_recover_onlines_what_is_left),
		cmocka_unit_test(test_recovery_is_not_undone),
		cmocka_unit_test(test_live_journal),
		cmocka_unit_test(test_open_journal_of_who_lives),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
