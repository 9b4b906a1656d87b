/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios: from a line of text to requests, machines to run them on, and how they end. The checks
 * are in scenario-check.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"
#include "../lib/ctx.h"

#define WORDS 16
#define SHOWN 40

const struct kernel_row kernel_rows[3] = {
	{ "6.1", &fakekern_6_1 },
	{ "6.12", &fakekern_6_12 },
	{ "7.2", &fakekern_7_2 },
};

bool scenario_runs_on(const struct scenario *scenario, const struct kernel_row *row)
{
	const char *at = scenario->kernels != NULL ? scenario->kernels : row->name;
	size_t length = strlen(row->name);

	for (; at != NULL && *at != '\0'; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, row->name, length) == 0 &&
		    (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

void tally_context(struct tally *tally, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(tally->context, sizeof(tally->context), format, arguments);
	va_end(arguments);
}

void tally_fail(struct tally *tally, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	tally->failures++;
	if (tally->quiet)
		return;
	if (tally->failures > SHOWN && getenv("MEMHP_TEST_SHOW") == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("# %s: %s\n", tally->context, text);
}

void tally_end(struct tally *tally, const char *what)
{
	printf("# %s: %zu cases, %zu failures\n", what, tally->cases, tally->failures);
	fflush(stdout);
	assert_true(tally->cases > 0);
	assert_int_equal(tally->failures, 0);
}

struct fakekern *scenario_machine(const struct scenario *scenario, const struct kernel_row *row)
{
	struct fakekern_config config = *row->config;

	if (scenario->auto_online != NULL)
		config.auto_online = scenario->auto_online;
	config.memmap_on_memory = scenario->memmap_on_memory;
	struct fakekern *kernel = fakekern_new(&config);
	fakekern_add_node(kernel, &(struct fakekern_node){
					  .node = 0,
					  .cpus = "0-1",
					  .memory = { { MIB, GIB - MIB } },
					  .taken = 64 * MIB,
				  });
	scenario->build(kernel);
	return kernel;
}

/* Word by word; false: none of an option, so it is an operation or a target. */
static bool take_option(struct memhp_request *request, const char *word)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} flags[] = {
		{ "move", MEMHP_REQUEST_MOVE },
		{ "boot-memory", MEMHP_REQUEST_BOOT_MEMORY },
		{ "unbound", MEMHP_REQUEST_UNBOUND },
		{ "yes", MEMHP_REQUEST_YES },
		{ "contiguous", MEMHP_REQUEST_CONTIGUOUS },
		{ "from-policy", MEMHP_REQUEST_FROM_POLICY },
		{ "new", MEMHP_REQUEST_NEW },
		{ "restore", MEMHP_REQUEST_RESTORE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(word, flags[i].word) == 0) {
			request->flags |= flags[i].flag;
			return true;
		}
	}
	if (strncmp(word, "zone=", 5) == 0)
		return memhp_zone_choice_from_string(word + 5, &request->zone) == 0;
	if (strncmp(word, "memmap=", 7) == 0)
		return memhp_memmap_choice_from_string(word + 7, &request->memmap_on_memory) == 0;
	if (strncmp(word, "on-error=", 9) == 0)
		return memhp_on_error_from_string(word + 9, &request->on_error) == 0;
	if (strncmp(word, "timeout=", 8) == 0)
		return sscanf(word + 8, "%u", &request->timeout_seconds) == 1;
	if (strncmp(word, "block-timeout=", 14) == 0)
		return sscanf(word + 14, "%u", &request->block_timeout_seconds) == 1;
	if (strncmp(word, "retries=", 8) == 0)
		return sscanf(word + 8, "%u", &request->retries) == 1;
	if (strncmp(word, "size=", 5) == 0)
		return memhp_size_from_string(word + 5, &request->amount) == 0;
	if (strncmp(word, "align=", 6) == 0)
		return memhp_size_from_string(word + 6, &request->align) == 0;
	if (strncmp(word, "force=", 6) == 0) {
		request->force = word + 6;
		return true;
	}
	return false;
}

void request_run(const char *text, struct io *io, struct outcome *ret_outcome)
{
	struct memhp_request request = { .struct_size = sizeof(request) };
	const char *targets[WORDS] = { NULL };
	char words[256], *save = NULL;
	struct memhp_ctx *ctx;
	size_t count = 0;

	snprintf(words, sizeof(words), "%s", text);
	for (char *word = strtok_r(words, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, "=") == 0)
			break;
		if (request.operation == MEMHP_OPERATION_NONE)
			assert_int_equal(memhp_operation_from_string(word, &request.operation), 0);
		else if (!take_option(&request, word))
			targets[count++] = word;
	}
	request.targets = targets;
	*ret_outcome = (struct outcome){ 0 };
	if (ctx_new_with_io(io, &ctx) < 0) {
		io_free(io);
		ret_outcome->rc = -ENOMEM;
		error_memory(&ret_outcome->error);
		return;
	}
	ret_outcome->rc = memhp_run(ctx, &request, &ret_outcome->report);
	ret_outcome->error = *memhp_ctx_get_error(ctx);
	memhp_ctx_unref(ctx);
}

void outcome_clear(struct outcome *outcome)
{
	memhp_report_unref(outcome->report);
	*outcome = (struct outcome){ 0 };
}

bool outcome_is_fine(const struct outcome *outcome)
{
	return outcome->rc == 0 && (outcome->report->outcome == MEMHP_OUTCOME_DONE ||
				    outcome->report->outcome == MEMHP_OUTCOME_ALREADY);
}

const char *outcome_name(const struct outcome *outcome)
{
	if (outcome->rc < 0)
		return outcome->error.message;
	return memhp_outcome_to_string(outcome->report->outcome);
}

/* Where the last request begins. */
static const char *last_request(const char *requests)
{
	const char *last = requests;

	for (const char *at = strstr(requests, "; "); at != NULL; at = strstr(at + 2, "; "))
		last = at + 2;
	return last;
}

const char *scenario_last(const struct scenario *scenario)
{
	return last_request(scenario->requests);
}

bool scenario_prepare(const struct scenario *scenario, struct fakekern *kernel, struct tally *tally)
{
	const char *last = last_request(scenario->requests), *at = scenario->requests;
	bool fine = true;

	while (at < last && fine) {
		const char *next = strstr(at, "; ") + 2;
		struct outcome outcome;
		char text[256];

		snprintf(text, sizeof(text), "%.*s", (int)(next - 2 - at), at);
		request_run(text, fakekern_open(kernel), &outcome);
		fine = outcome_is_fine(&outcome);
		if (!fine)
			tally_fail(tally, "setting the stage, %s: %s", text,
				   outcome_name(&outcome));
		outcome_clear(&outcome);
		at = next;
	}
	return fine;
}

void scenario_run(const struct scenario *scenario, struct io *io, struct outcome *ret_outcome)
{
	request_run(last_request(scenario->requests), io, ret_outcome);
}

enum memhp_outcome scenario_expected(const struct scenario *scenario)
{
	const char *at = strstr(last_request(scenario->requests), " = ");

	for (int outcome = MEMHP_OUTCOME_DONE; at != NULL; outcome++) {
		const char *word = memhp_outcome_to_string((enum memhp_outcome)outcome);

		if (word == NULL)
			fail_msg("no outcome is named %s", at + 3);
		else if (strcmp(word, at + 3) == 0)
			return (enum memhp_outcome)outcome;
	}
	return MEMHP_OUTCOME_DONE;
}

void scenarios_for_faults(struct tally *tally,
			  void (*fn)(const struct scenario *scenario, const struct kernel_row *row,
				     struct tally *tally))
{
	bool all = getenv("MEMHP_TEST_ALL") != NULL;

	for (size_t i = 0; i < scenario_count; i++) {
		const struct scenario *scenario = &scenarios[i];

		if (scenario_expected(scenario) != MEMHP_OUTCOME_DONE || !(all || scenario->faults))
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(kernel_rows); j++) {
			if (scenario_runs_on(scenario, &kernel_rows[j]))
				fn(scenario, &kernel_rows[j], tally);
		}
	}
}
