/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process is killed at each operation of each scenario, which took effect or did not: nothing of
 * the kernel is lost for good, and the same command run again ends as asked, puts back what the dead
 * run had parked, and leaves no journal. A DIMM that comes while auto-online is parked, before the kill or
 * after it, is online in the end; also where the run that recovers is killed too.
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
#define DIMM_BLOCK 160
#define DIMM_BLOCKS 2

/* What somebody plugs in, and when. */
enum comes {
	NOTHING_COMES,
	COMES_WHEN_PARKED, /* as soon as that is done */
	COMES_AFTERWARDS,  /* between the kill and the next run */
};
static const char *const comes_text[] = { "", ", a DIMM came while parked",
					  ", a DIMM came afterwards" };

static size_t recovered, others;

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

static void plugs_a_dimm(struct fakekern *kernel, void *data)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:07",
							   .start = DIMM_BLOCK * 128 * MIB,
							   .size = DIMM_BLOCKS * 128 * MIB });
}

static bool is_left_offline(struct fakekern *kernel)
{
	for (unsigned int block = DIMM_BLOCK; block < DIMM_BLOCK + DIMM_BLOCKS; block++) {
		if (strcmp(fakekern_block(kernel, block), "offline") == 0)
			return true;
	}
	return false;
}

/* Who onlined it says so, be it the kernel by its own word. */
static void check_dimm(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome,
		       bool was_offline)
{
	bool said = false;

	for (unsigned int block = DIMM_BLOCK; block < DIMM_BLOCK + DIMM_BLOCKS; block++) {
		if (strncmp(fakekern_block(kernel, block), "online", 6) != 0)
			tally_fail(tally, "block %u of the DIMM is left %s", block,
				   fakekern_block(kernel, block));
	}
	for (size_t i = 0; outcome->report != NULL && i < outcome->report->recovered_count; i++)
		said = said || outcome->report->recovered[i].kind == BRACKET_OTHERS;
	if (said != was_offline)
		tally_fail(tally, "the DIMM was %s, and that it was onlined is %ssaid",
			   was_offline ? "offline" : "online", said ? "" : "not ");
	others += said;
}

static void check_settled(struct tally *tally, struct fakekern *kernel, const char *auto_online)
{
	check_violations(tally, kernel);
	if (has_journal(kernel))
		tally_fail(tally, "a journal is left");
	if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
		tally_fail(tally, "auto_online_blocks is left %s, was %s",
			   fakekern_text(kernel, AUTO_ONLINE), auto_online);
}

/* The same once more, and all is as asked. */
static void run_again(const struct scenario *scenario, struct fakekern *kernel, enum comes comes,
		      struct tally *tally)
{
	bool offline = is_left_offline(kernel);
	struct outcome outcome;

	scenario_run(scenario, fakekern_open(kernel), &outcome);
	if (outcome.report != NULL)
		recovered += outcome.report->recovered_count > 0;
	if (!outcome_is_fine(&outcome))
		tally_fail(tally, "run again: %s (%s)", outcome_name(&outcome),
			   outcome.rc == 0 ? outcome.report->cause.message : "");
	if (comes != NOTHING_COMES)
		check_dimm(tally, kernel, &outcome, offline);
	outcome_clear(&outcome);
	check_ends(tally, kernel, scenario->ends);
}

/* PARKED: after which operation auto-online is; a DIMM may come then. */
static void kill_at(const struct scenario *scenario, const struct kernel_row *row, size_t n,
		    bool takes_effect, size_t parked, enum comes comes, struct tally *tally)
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
		if (comes == COMES_WHEN_PARKED)
			fakekern_before(io, parked + 1, plugs_a_dimm, NULL);
		fakekern_kill(io, n, takes_effect);
		scenario_run(scenario, io, &outcome);
		outcome_clear(&outcome);
		killed = fakekern_logged(kernel) == n + 1;
		tally_context(tally, "%s on %s, killed %s %zu (%s)%s", scenario->name, row->name,
			      takes_effect ? "after" : "before", n, last_write(kernel, where),
			      comes_text[comes]);
		if (comes == COMES_AFTERWARDS)
			plugs_a_dimm(kernel, NULL);
		if (killed)
			run_again(scenario, kernel, comes, tally);
		check_settled(tally, kernel, auto_online);
	}
	fakekern_free(kernel);
	tally->cases += killed;
}

/* The operations of a run that goes well. */
struct course {
	bool changes[MOST]; /* whether each can change anything */
	size_t count;
	size_t parked; /* the one that parks auto-online; SIZE_MAX: none */
};

static void follow(struct fakekern *kernel, struct course *course)
{
	course->count = fakekern_logged(kernel);
	course->parked = SIZE_MAX;
	assert_true(course->count < MOST);
	for (size_t n = course->count; n-- > 0;) {
		const struct fakekern_operation *operation = fakekern_log(kernel, n);

		course->changes[n] = operation->kind >= FAKEKERN_WRITE;
		if (operation->kind == FAKEKERN_WRITE &&
		    strcmp(operation->path, AUTO_ONLINE) == 0 &&
		    strcmp(operation->word, "offline") == 0)
			course->parked = n;
	}
}

/* PARKED: when a DIMM comes, SIZE_MAX: none does. */
static void course_of(const struct scenario *scenario, const struct kernel_row *row, size_t parked,
		      struct tally *tally, struct course *course)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct outcome outcome;

	if (scenario_prepare(scenario, kernel, tally)) {
		struct io *io = fakekern_open(kernel);

		if (parked != SIZE_MAX)
			fakekern_before(io, parked + 1, plugs_a_dimm, NULL);
		scenario_run(scenario, io, &outcome);
		outcome_clear(&outcome);
	}
	follow(kernel, course);
	fakekern_free(kernel);
}

/* Between two changes it makes no difference where: a few of these are tried. */
static void kill_each(const struct scenario *scenario, const struct kernel_row *row,
		      struct tally *tally)
{
	struct course course;

	course_of(scenario, row, SIZE_MAX, tally, &course);
	for (size_t n = 0; n < course.count; n++) {
		if (course.changes[n])
			kill_at(scenario, row, n, true, 0, NOTHING_COMES, tally);
		if (course.changes[n] || n % READ_STEP == 0)
			kill_at(scenario, row, n, false, 0, NOTHING_COMES, tally);
	}
	if (course.parked == SIZE_MAX)
		return;
	for (size_t n = course.parked; n < course.count; n++) {
		if (course.changes[n])
			kill_at(scenario, row, n, true, 0, COMES_AFTERWARDS, tally);
	}
	course_of(scenario, row, course.parked, tally, &course);
	for (size_t n = course.parked + 1; n < course.count; n++) {
		if (course.changes[n])
			kill_at(scenario, row, n, true, course.parked, COMES_WHEN_PARKED, tally);
		if (course.changes[n] || n % (3 * READ_STEP) == 0)
			kill_at(scenario, row, n, false, course.parked, COMES_WHEN_PARKED, tally);
	}
}

/* A run was killed as soon as auto-online was parked, and then a DIMM came. */
static struct fakekern *left_parked(const struct scenario *scenario, const struct kernel_row *row,
				    size_t parked, struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct outcome outcome;

	if (scenario_prepare(scenario, kernel, tally)) {
		struct io *io = fakekern_open(kernel);

		fakekern_kill(io, parked, true);
		scenario_run(scenario, io, &outcome);
		outcome_clear(&outcome);
	}
	plugs_a_dimm(kernel, NULL);
	return kernel;
}

static void kill_recovery_at(const struct scenario *scenario, const struct kernel_row *row,
			     size_t parked, size_t n, bool takes_effect, struct tally *tally)
{
	struct fakekern *kernel = left_parked(scenario, row, parked, tally);
	struct io *io = fakekern_open(kernel);
	struct outcome outcome;
	char where[320];
	bool offline;

	fakekern_kill(io, n, takes_effect);
	request_run("recover", io, &outcome);
	outcome_clear(&outcome);
	tally_context(tally, "%s on %s, its recovery killed %s %zu (%s)", scenario->name, row->name,
		      takes_effect ? "after" : "before", n, last_write(kernel, where));
	offline = is_left_offline(kernel);
	request_run("recover", fakekern_open(kernel), &outcome);
	if (!outcome_is_fine(&outcome))
		tally_fail(tally, "recover again: %s", outcome_name(&outcome));
	check_dimm(tally, kernel, &outcome, offline);
	outcome_clear(&outcome);
	check_settled(tally, kernel,
		      scenario->auto_online != NULL ? scenario->auto_online :
						      row->config->auto_online);
	fakekern_free(kernel);
	tally->cases++;
}

static void kill_each_recovery(const struct scenario *scenario, const struct kernel_row *row,
			       struct tally *tally)
{
	struct fakekern *kernel;
	struct outcome outcome;
	struct course course;
	size_t parked;

	/* What is recovered is the same on all of them that park anything. */
	if (row != &kernel_rows[ARRAY_SIZE(kernel_rows) - 1])
		return;
	course_of(scenario, row, SIZE_MAX, tally, &course);
	parked = course.parked;
	if (parked == SIZE_MAX)
		return;
	kernel = left_parked(scenario, row, parked, tally);
	request_run("recover", fakekern_open(kernel), &outcome);
	outcome_clear(&outcome);
	follow(kernel, &course);
	fakekern_free(kernel);
	for (size_t n = 0; n < course.count; n++) {
		if (course.changes[n])
			kill_recovery_at(scenario, row, parked, n, true, tally);
		if (course.changes[n] || n % READ_STEP == 0)
			kill_recovery_at(scenario, row, parked, n, false, tally);
	}
}

static void test_killed_at_each_operation(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, kill_each);
	printf("# settings put back by the next run: %zu times; memory of others onlined: %zu "
	       "times\n",
	       recovered, others);
	if (recovered == 0 || others == 0)
		tally_fail(&tally, "no run had anything to put back, or to online");
	tally_end(&tally, "operations at which it is killed");
}

static void test_recovery_killed(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, kill_each_recovery);
	tally_end(&tally, "operations at which a recovery is killed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_at_each_operation),
		cmocka_unit_test(test_recovery_killed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-kill", tests, NULL, NULL);
}
