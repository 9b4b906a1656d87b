/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another agent makes devices in the same region, or takes memory of it, before each operation of a run
 * that makes one or takes one away: what he made keeps its name and its size, what the run made is told by
 * name or given back, and no device without a size is left that the report does not own up to.
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
#include "../unit/small-machine.h"

#define DEVICES "sys/bus/dax/devices/"
#define REGION DEVICES "dax0.0/../dax_region/"
#define MOST_DEVICES 8
#define READS 60
#define STEP 7
#define SOON UINT64_C(300000000)
#define SIZE "134217728"

/* What the agent has made, and the size that it is to have in the end. */
static struct {
	char name[32];
	const char *size;
} his = { .size = "" };

static const char *size_of(struct fakekern *kernel, const char *device)
{
	char path[96];

	snprintf(path, sizeof(path), DEVICES "%s/size", device);
	return fakekern_text(kernel, path);
}

static int set_size(struct fakekern *kernel, const char *device, const char *size)
{
	char path[96];

	snprintf(path, sizeof(path), DEVICES "%s/size", device);
	return fakekern_write(kernel, path, size);
}

/* One without a size, or nothing where the region is full. */
static void makes_one(struct fakekern *kernel, void *data)
{
	his.name[0] = '\0';
	if (fakekern_write(kernel, REGION "create", "1") < 0)
		return;
	snprintf(his.name, sizeof(his.name), "%s", fakekern_text(kernel, REGION "create"));
	his.size = "0";
}

static void sizes_his(struct fakekern *kernel, void *data)
{
	if (his.name[0] != '\0' && set_size(kernel, his.name, SIZE) == 0)
		his.size = SIZE;
}

static void makes_and_sizes(struct fakekern *kernel, void *data)
{
	makes_one(kernel, NULL);
	sizes_his(kernel, NULL);
}

static void makes_and_sizes_later(struct fakekern *kernel, void *data)
{
	makes_one(kernel, NULL);
	fakekern_after(kernel, SOON, sizes_his, NULL);
}

/* The first that has no size, whoever made it. */
static void takes_an_empty_one(struct fakekern *kernel, void *data)
{
	his.name[0] = '\0';
	for (int i = 0; i < MOST_DEVICES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "dax0.%d", i);
		if (strcmp(size_of(kernel, name), "0") != 0)
			continue;
		snprintf(his.name, sizeof(his.name), "%s", name);
		sizes_his(kernel, NULL);
		return;
	}
}

static const struct agent {
	const char *name;
	fakekern_fn fn;
} agents[] = {
	{ "makes a device", makes_one },
	{ "makes a device and gives it memory", makes_and_sizes },
	{ "makes a device and soon gives it memory", makes_and_sizes_later },
	{ "gives an empty device memory", takes_an_empty_one },
};

/* Devices that nobody has given memory, but for the first, which a region always has, and his. */
static size_t count_empty(struct fakekern *kernel)
{
	size_t count = 0;

	for (int i = 1; i < MOST_DEVICES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "dax0.%d", i);
		count += strcmp(size_of(kernel, name), "0") == 0 && strcmp(name, his.name) != 0;
	}
	return count;
}

/* One that he does not give any memory, for as long as the run waits for it, is anybody's. */
static void check_his(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome)
{
	if (strcmp(his.size, "0") == 0 && outcome->report != NULL &&
	    strcmp(outcome->report->device, his.name) == 0)
		his.name[0] = '\0';
	if (his.name[0] != '\0' && strcmp(size_of(kernel, his.name), his.size) != 0)
		tally_fail(tally, "his %s has size %s, not %s", his.name, size_of(kernel, his.name),
			   his.size);
}

/* No look can exclude what happens between it and the write. */
static bool comes_too_late(struct fakekern *kernel, size_t n)
{
	const struct fakekern_operation *operation = fakekern_log(kernel, n);

	return n < fakekern_logged(kernel) && operation->kind == FAKEKERN_WRITE &&
	       strstr(operation->path, "/size") != NULL;
}

static size_t made_another, left_one;

static void check_made(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome,
		       bool too_late)
{
	const struct memhp_report *report = outcome->report;
	size_t empty = count_empty(kernel);

	if (report != NULL && report->outcome == MEMHP_OUTCOME_DONE &&
	    report->plan->request.options.operation == MEMHP_OPERATION_CREATE) {
		made_another += strcmp(report->device, "dax0.2") == 0;
		if ((!too_late && strcmp(report->device, his.name) == 0) ||
		    strcmp(size_of(kernel, report->device), "0") == 0 ||
		    size_of(kernel, report->device)[0] == '\0')
			tally_fail(tally, "says that it made %s, which has size %s", report->device,
				   size_of(kernel, report->device));
	}
	if (empty == 0)
		return;
	left_one++;
	if (report == NULL || report->outcome != MEMHP_OUTCOME_PARTIAL ||
	    report->cause.message[0] == '\0')
		tally_fail(tally, "%zu devices without a size are left, and it says nothing",
			   empty);
}

/* False once N is past the end of the run. */
static bool act_at(const struct scenario *scenario, const struct kernel_row *row,
		   const struct agent *agent, size_t n, struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	struct outcome outcome;
	bool acted = false;

	tally_context(tally, "%s on %s", scenario->name, row->name);
	his.name[0] = '\0';
	if (scenario_prepare(scenario, kernel, tally)) {
		struct io *io = fakekern_open(kernel);

		fakekern_before(io, n, agent->fn, NULL);
		scenario_run(scenario, io, &outcome);
		acted = fakekern_logged(kernel) > n;
		if (acted)
			tally_context(tally, "%s on %s, before %zu (%s %s) another %s, ended %s",
				      scenario->name, row->name, n, fakekern_log(kernel, n)->path,
				      fakekern_log(kernel, n)->word, agent->name,
				      outcome_name(&outcome));
		fakekern_advance(kernel, 2 * SOON);
		check_violations(tally, kernel);
		if (!comes_too_late(kernel, n))
			check_his(tally, kernel, &outcome);
		check_made(tally, kernel, &outcome, comes_too_late(kernel, n));
		outcome_clear(&outcome);
	}
	fakekern_free(kernel);
	tally->cases += acted;
	return acted;
}

static void act_everywhere(const struct scenario *scenario, const struct kernel_row *row,
			   struct tally *tally)
{
	const char *last = scenario_last(scenario);

	/* All kernels number their devices alike. */
	if (strncmp(last, "create ", 7) != 0 || row != &kernel_rows[ARRAY_SIZE(kernel_rows) - 1])
		return;
	for (size_t i = 0; i < ARRAY_SIZE(agents); i++) {
		size_t n = 0;

		/* While it reads the machine it makes little difference when: a few of these are tried. */
		while (act_at(scenario, row, &agents[i], n, tally))
			n += n + STEP < READS ? STEP : 1;
	}
}

static void test_others_make_devices(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, act_everywhere);
	printf("# made under another number: %zu times; one left that cannot be told apart: %zu "
	       "times\n",
	       made_another, left_one);
	if (made_another == 0)
		tally_fail(&tally, "nobody ever was in the way");
	tally_end(&tally, "moments at which another makes a device");
}

/* ---- whether the kernel has made one is not known ---- */

static void makes_two(struct fakekern *kernel, void *data)
{
	makes_and_sizes(kernel, NULL);
	makes_one(kernel, NULL);
}

#define MAKES_ONE "create size=128M dax:region0"

static struct fakekern *divided_machine(void)
{
	struct fakekern_config config = fakekern_7_2;
	struct fakekern *kernel;

	config.modules[0] = NULL;
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, GIB } },
							 .dynamic = true });
	assert_int_equal(set_size(kernel, "dax0.0", SIZE), 0);
	return kernel;
}

/* How many operations a run does before it tells the kernel to make one; AT: how many of them write. */
static size_t count_before(size_t *at)
{
	struct fakekern *kernel = divided_machine();
	struct outcome outcome;
	size_t n;

	*at = 0;
	request_run(MAKES_ONE, fakekern_open(kernel), &outcome);
	assert_true(outcome_is_fine(&outcome));
	for (n = 0; strstr(fakekern_log(kernel, n)->path, "/create") == NULL ||
		    fakekern_log(kernel, n)->kind != FAKEKERN_WRITE;
	     n++)
		*at += fakekern_log(kernel, n)->kind == FAKEKERN_WRITE;
	outcome_clear(&outcome);
	fakekern_free(kernel);
	return n;
}

/* It has not, RC is all that is said, and AGENT has acted before: what becomes of it is for JUDGE. */
static void for_each_errno(fakekern_fn agent, void (*judge)(struct fakekern *kernel,
							    const struct outcome *outcome, int rc))
{
	static const int errnos[] = { -ETIMEDOUT, -ECANCELED, -EINTR };
	struct io_fault fault = { .kinds = IO_FAULT_WRITE };
	size_t n = count_before(&fault.at);

	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		struct fakekern *kernel = divided_machine();
		struct io *io = fakekern_open(kernel);
		struct io_fault_log log = { .count = 0 };
		struct outcome outcome;

		fault.rc = errnos[i];
		fakekern_before(io, n, agent, NULL);
		request_run(MAKES_ONE, io_fault_new(io, &fault, &log), &outcome);
		assert_non_null(strstr(log.what, "/create"));
		assert_int_equal(outcome.rc, 0);
		judge(kernel, &outcome, errnos[i]);
		outcome_clear(&outcome);
		fakekern_free(kernel);
	}
}

static void judge_not_known(struct fakekern *kernel, const struct outcome *outcome, int rc)
{
	assert_string_equal(size_of(kernel, "dax0.1"), SIZE);
	assert_string_equal(size_of(kernel, "dax0.2"), "0");
	assert_int_equal(outcome->report->outcome, MEMHP_OUTCOME_PARTIAL);
	assert_int_equal(outcome->report->cause.rc, rc);
	assert_non_null(strstr(outcome->report->cause.message, "may be this run's or another's"));
}

/* Another makes two: the one that he has not given memory yet is let alone, and told of. */
static void test_not_known(void **state)
{
	for_each_errno(makes_two, judge_not_known);
}

static void judge_foreseen(struct fakekern *kernel, const struct outcome *outcome, int rc)
{
	fakekern_advance(kernel, 2 * SOON);
	assert_string_equal(his.name, "dax0.1");
	assert_string_equal(his.size, SIZE);
	assert_string_equal(size_of(kernel, "dax0.1"), SIZE);
	/* Where the run goes on, it makes another. */
	if (rc == -EINTR) {
		assert_int_equal(outcome->report->outcome, MEMHP_OUTCOME_DONE);
		assert_string_equal(outcome->report->device, "dax0.2");
	} else {
		assert_string_equal(size_of(kernel, "dax0.2"), "");
		assert_int_equal(outcome->report->outcome, MEMHP_OUTCOME_FAILED);
		assert_int_equal(outcome->report->cause.rc, rc);
	}
}

/* Another makes the very device that was foreseen, and gives it memory soon: it is his. */
static void test_foreseen_is_his(void **state)
{
	for_each_errno(makes_and_sizes_later, judge_foreseen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_make_devices),
		cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_foreseen_is_his),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-geometry", tests, NULL, NULL);
}
