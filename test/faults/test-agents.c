/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another agent acts before an operation of each scenario, at all of them in turn: the run ends, its
 * report is true, auto-online is put back, and no unbind is written over a block that is online but
 * where the agent came between the last look and the write.
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
#define DRIVERS "sys/bus/dax/drivers/"
#define FIRST 64
#define LAST 96
#define STEP 11
#define DIMM_START (20 * GIB)

static void write_state(struct fakekern *kernel, unsigned int block, const char *word)
{
	char path[96];

	snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/state", block);
	fakekern_write(kernel, path, word);
}

static void onlines_a_block(struct fakekern *kernel, void *data)
{
	for (unsigned int block = FIRST; block < LAST; block++) {
		if (strcmp(fakekern_block(kernel, block), "offline") == 0) {
			write_state(kernel, block, "online_kernel");
			return;
		}
	}
}

static void onlines_all(struct fakekern *kernel, void *data)
{
	for (unsigned int block = FIRST; block < LAST; block++)
		write_state(kernel, block, "online_movable");
}

static void offlines_a_block(struct fakekern *kernel, void *data)
{
	for (unsigned int block = LAST; block-- > FIRST;) {
		if (strncmp(fakekern_block(kernel, block), "online", 6) == 0) {
			write_state(kernel, block, "offline");
			return;
		}
	}
}

static void sets_auto_online(struct fakekern *kernel, void *data)
{
	fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
}

static void binds_kmem(struct fakekern *kernel, void *data)
{
	fakekern_load(kernel, "kmem");
	fakekern_write(kernel, DRIVERS "device_dax/unbind", "dax0.0");
	fakekern_write(kernel, DRIVERS "kmem/new_id", "dax0.0");
}

static void unbinds_device_dax(struct fakekern *kernel, void *data)
{
	fakekern_write(kernel, DRIVERS "device_dax/unbind", "dax0.0");
}

static void plugs_a_dimm(struct fakekern *kernel, void *data)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:07",
							   .start = DIMM_START,
							   .size = 256 * MIB });
}

/* What is on it goes elsewhere; it is gone a while later. */
static void ejects_the_dimm(struct fakekern *kernel, void *data)
{
	fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:00/eject", "1");
}

static void pins_a_block(struct fakekern *kernel, void *data)
{
	if (strcmp(fakekern_block(kernel, 65), "absent") != 0)
		fakekern_trouble(kernel, 65, FAKEKERN_UNMOVABLE, 0, 0);
}

/* With a block online that would leak: it is no use to blame the run for it. */
static void takes_the_device(struct fakekern *kernel, void *data)
{
	for (unsigned int block = FIRST; block < LAST; block++) {
		if (strncmp(fakekern_block(kernel, block), "online", 6) == 0)
			return;
	}
	fakekern_remove_dax(kernel, "dax0.0");
}

static const struct agent {
	const char *name;
	fakekern_fn fn;
	bool sets_word;
	const char *where; /* only in scenarios that end with this */
} agents[] = {
	{ "onlines a block", onlines_a_block, false, NULL },
	{ "onlines all blocks", onlines_all, false, NULL },
	{ "offlines a block", offlines_a_block, false, NULL },
	{ "sets auto-online", sets_auto_online, true, NULL },
	{ "binds kmem", binds_kmem, false, NULL },
	{ "unbinds device_dax", unbinds_device_dax, false, NULL },
	{ "plugs a DIMM", plugs_a_dimm, false, NULL },
	{ "pins a block", pins_a_block, false, NULL },
	{ "takes the device away", takes_the_device, false, NULL },
	{ "ejects the DIMM", ejects_the_dimm, false, "112-113" },
};

static bool writes(const struct fakekern_operation *operation)
{
	return operation->kind == FAKEKERN_WRITE || operation->kind == FAKEKERN_LOAD;
}

/* The last operation that could change anything; SIZE_MAX: none did. */
static size_t last_write(struct fakekern *kernel)
{
	for (size_t i = fakekern_logged(kernel); i-- > 0;) {
		if (writes(fakekern_log(kernel, i)))
			return i;
	}
	return SIZE_MAX;
}

/*
 * Whether all that the run did from operation N on, up to an unbind, was to look at blocks once more
 * and to write: no look can exclude what happens after it.
 */
static bool came_too_late(struct fakekern *kernel, size_t n)
{
	for (; n < fakekern_logged(kernel); n++) {
		const struct fakekern_operation *operation = fakekern_log(kernel, n);

		if (strcmp(operation->path, DRIVERS "kmem/unbind") == 0)
			return true;
		if (operation->kind != FAKEKERN_READ ||
		    strncmp(operation->path, "sys/devices/system/memory/memory", 32) != 0)
			return false;
	}
	return false;
}

/* Blocks only, and only where all are the target's: the others are the agent's business. */
static bool is_as_asked(const struct scenario *scenario, struct fakekern *kernel)
{
	struct tally quiet = { .quiet = true };
	const char *devices = strstr(scenario->ends, "dax");
	char blocks[128];

	if (strstr(scenario_last(scenario), "dax") == NULL)
		return true;
	snprintf(blocks, sizeof(blocks), "%s", scenario->ends);
	if (devices != NULL)
		blocks[devices - scenario->ends] = '\0';
	check_ends(&quiet, kernel, blocks);
	return quiet.failures == 0;
}

static void check_truth(struct tally *tally, const struct scenario *scenario,
			struct fakekern *kernel, const struct outcome *outcome, size_t n)
{
	size_t last = last_write(kernel);

	if (!came_too_late(kernel, n))
		check_violations(tally, kernel);
	else if (fakekern_violations(kernel) > 0 && outcome_is_fine(outcome))
		tally_fail(tally, "leaked, and does not say so");
	if (outcome->rc < 0 || outcome->report->outcome == MEMHP_OUTCOME_REFUSED ||
	    outcome->report->outcome == MEMHP_OUTCOME_ALREADY ||
	    outcome->report->outcome == MEMHP_OUTCOME_STALE) {
		if (last != SIZE_MAX)
			tally_fail(tally, "ended %s, but wrote", outcome_name(outcome));
		return;
	}
	if (last == SIZE_MAX || n > last)
		return;
	check_report(tally, kernel, outcome);
	if (outcome->report->outcome == MEMHP_OUTCOME_DONE && !is_as_asked(scenario, kernel) &&
	    outcome->report->differences.count == 0)
		tally_fail(tally, "done, without a difference, but not as asked");
}

/* What is plugged in while auto-online is parked is onlined all the same. */
static void check_dimm(struct tally *tally, struct fakekern *kernel)
{
	static const unsigned int first = DIMM_START / (128 * MIB);

	if (strcmp(fakekern_text(kernel, AUTO_ONLINE), "offline") == 0)
		return;
	for (unsigned int block = first; block < first + 2; block++) {
		if (strcmp(fakekern_block(kernel, block), "offline") == 0)
			tally_fail(tally, "block %u of the DIMM is left offline", block);
	}
}

/* False once N is past the end of the run. */
static bool act_at(const struct scenario *scenario, const struct kernel_row *row,
		   const struct agent *agent, size_t n, struct tally *tally)
{
	struct fakekern *kernel = scenario_machine(scenario, row);
	char auto_online[32];
	struct outcome outcome;
	bool acted = false;

	tally_context(tally, "%s on %s", scenario->name, row->name);
	if (scenario_prepare(scenario, kernel, tally)) {
		struct io *io = fakekern_open(kernel);

		snprintf(auto_online, sizeof(auto_online), "%s",
			 fakekern_text(kernel, AUTO_ONLINE));
		fakekern_before(io, n, agent->fn, NULL);
		scenario_run(scenario, io, &outcome);
		acted = fakekern_logged(kernel) > n;
		if (acted)
			tally_context(tally, "%s on %s, before %zu (%s %s) another %s, ended %s",
				      scenario->name, row->name, n, fakekern_log(kernel, n)->path,
				      fakekern_log(kernel, n)->word, agent->name,
				      outcome_name(&outcome));
		check_truth(tally, scenario, kernel, &outcome, n);
		if (!agent->sets_word &&
		    strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
			tally_fail(tally, "auto_online_blocks is %s, was %s",
				   fakekern_text(kernel, AUTO_ONLINE), auto_online);
		if (acted && agent->fn == plugs_a_dimm)
			check_dimm(tally, kernel);
		outcome_clear(&outcome);
	}
	fakekern_free(kernel);
	tally->cases += acted;
	return acted;
}

static void act_everywhere(const struct scenario *scenario, const struct kernel_row *row,
			   struct tally *tally)
{
	bool all = getenv("MEMHP_TEST_ALL") != NULL;

	for (size_t i = 0; i < ARRAY_SIZE(agents); i++) {
		size_t step = all || agents[i].where != NULL ? 1 : STEP;
		size_t n = (i + (size_t)(row - kernel_rows) * 2) % step;

		if (agents[i].where != NULL && strstr(scenario->ends, agents[i].where) == NULL)
			continue;
		while (act_at(scenario, row, &agents[i], n, tally))
			n += step;
	}
}

static void test_other_agents(void **state)
{
	struct tally tally = { 0 };

	scenarios_for_faults(&tally, act_everywhere);
	tally_end(&tally, "moments at which another agent acts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_agents),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("faults-agents", tests, NULL, NULL);
}
