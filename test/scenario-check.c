/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold after a run, whatever was asked and whatever went wrong: the machine is as the
 * report says, and where the report says nothing was done, nothing was.
 */
#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define LAST_BLOCK 200

/* Whether "online Movable" of the fake kernel is what a state and a set of zones say. */
static bool agrees(const char *word, enum memhp_state state, zone_set zones)
{
	if (state == MEMHP_STATE_UNKNOWN)
		return true;
	if (strcmp(word, "absent") == 0)
		return state == MEMHP_STATE_ABSENT;
	if (strcmp(word, "offline") == 0)
		return state == MEMHP_STATE_OFFLINE;
	if (strncmp(word, "online ", 7) != 0 || state != MEMHP_STATE_ONLINE)
		return false;
	if (strcmp(word + 7, "none") == 0)
		return (zones & ZONE_SPANS) != 0 || zones == ZONES_UNKNOWN;
	return (zones & ZONE_BIT(zone_from_name(word + 7, strlen(word + 7)))) != 0;
}

void check_blocks(struct tally *tally, struct fakekern *kernel,
		  const struct memhp_snapshot *snapshot, const char *what)
{
	for (uint32_t number = 0; number < LAST_BLOCK; number++) {
		const struct memhp_block *block = snapshot_block(snapshot, number);
		const char *word = fakekern_block(kernel, number);

		if (!agrees(word, block != NULL ? block->state : MEMHP_STATE_ABSENT,
			    block != NULL ? block->zones : ZONES_NONE))
			tally_fail(tally, "memory%u is %s, %s: %s zones %x", number, word, what,
				   block != NULL ? memhp_state_to_string(block->state) : "absent",
				   block != NULL ? block->zones : 0);
	}
}

void check_report(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome)
{
	const struct memhp_report *report = outcome->report;

	for (size_t i = 0; report != NULL && i < report->result_count; i++) {
		const struct memhp_result *result = &report->results[i];
		const char *word = fakekern_block(kernel, result->block);

		if (result->after_state != MEMHP_STATE_UNKNOWN &&
		    !agrees(word, result->after_state, result->after_zones))
			tally_fail(tally, "memory%u is %s, reported: %s zones %x", result->block,
				   word, memhp_state_to_string(result->after_state),
				   result->after_zones);
	}
}

/* The first line that is in only one of two texts. */
static void differing_line(const char *a, const char *b, char *line, size_t size)
{
	size_t same = 0;

	while (a[same] != '\0' && a[same] == b[same])
		same++;
	while (same > 0 && a[same - 1] != '\n')
		same--;
	snprintf(line, size, "%.*s | %.*s", (int)strcspn(a + same, "\n"), a + same,
		 (int)strcspn(b + same, "\n"), b + same);
}

void check_pictures(struct tally *tally, const char *before, const char *after, const char *what)
{
	char line[256];

	if (strcmp(before, after) == 0)
		return;
	differing_line(before, after, line, sizeof(line));
	tally_fail(tally, "%s: %s", what, line);
}

static void check_sentence(struct tally *tally, const struct outcome *outcome)
{
	const struct memhp_error *error =
		outcome->rc < 0 ? &outcome->error : &outcome->report->cause;

	if (outcome_is_fine(outcome))
		return;
	if (error->kind == MEMHP_ERROR_NONE || error->message[0] == '\0')
		tally_fail(tally, "%s without a sentence", outcome_name(outcome));
	else if (error->message[strlen(error->message) - 1] == '.' ||
		 strchr(error->message, '\n') != NULL)
		tally_fail(tally, "not a clause: %s", error->message);
}

void check_violations(struct tally *tally, struct fakekern *kernel)
{
	for (size_t i = 0; i < fakekern_violations(kernel); i++)
		tally_fail(tally, "violation: %s", fakekern_violation(kernel, i));
}

void check_any(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome,
	       const char *before)
{
	char *after = fakekern_picture(kernel);

	check_violations(tally, kernel);
	check_sentence(tally, outcome);
	check_report(tally, kernel, outcome);
	if (outcome->rc < 0)
		check_pictures(tally, before, after, "an error, but something was changed");
	else if (outcome->report->outcome == MEMHP_OUTCOME_REFUSED)
		check_pictures(tally, before, after, "refused, but something was changed");
	else if (outcome->report->outcome == MEMHP_OUTCOME_STALE)
		check_pictures(tally, before, after, "stale, but something was changed");
	else if (outcome->report->outcome == MEMHP_OUTCOME_ROLLED_BACK)
		check_pictures(tally, before, after, "rolled back, but not as before");
	else if (outcome->report->outcome == MEMHP_OUTCOME_ALREADY)
		check_pictures(tally, before, after, "already so, but something was changed");
	else if (outcome->report->outcome == MEMHP_OUTCOME_DONE)
		check_blocks(tally, kernel, outcome->report->plan->predicted, "predicted");
	free(after);
}

/* The number of the block whose state the operation writes; -1: it is another one. */
static long block_written(const struct fakekern_operation *operation)
{
	unsigned int number;
	char rest[16];

	if (operation->kind != FAKEKERN_WRITE ||
	    sscanf(operation->path, "sys/devices/system/memory/memory%u/%15s", &number, rest) !=
		    2 ||
	    strcmp(rest, "state") != 0)
		return -1;
	return (long)number;
}

/* A run of writes in one direction ends with any other write. */
void check_order(struct tally *tally, struct fakekern *kernel)
{
	const struct fakekern_operation *before = NULL;

	for (size_t i = 0; i < fakekern_logged(kernel); i++) {
		const struct fakekern_operation *operation = fakekern_log(kernel, i);
		long number = block_written(operation);

		if (operation->kind != FAKEKERN_WRITE && operation->kind != FAKEKERN_LOAD)
			continue;
		bool off = strcmp(operation->word, "offline") == 0;
		if (number >= 0 && before != NULL &&
		    off == (strcmp(before->word, "offline") == 0)) {
			long last = block_written(before);

			if (off ? number >= last : number <= last)
				tally_fail(tally, "memory%ld is written %s after memory%ld", number,
					   operation->word, last);
		}
		before = number >= 0 ? operation : NULL;
	}
}

/* "64-67 online Movable" or "dax0.0 kmem". */
static void check_end(struct tally *tally, struct fakekern *kernel, const char *text)
{
	unsigned int first, last;
	int length = 0;

	if (sscanf(text, "%u-%u %n", &first, &last, &length) == 2 && length > 0) {
		for (unsigned int number = first; number <= last; number++) {
			if (strcmp(fakekern_block(kernel, number), text + length) != 0)
				tally_fail(tally, "memory%u is %s, not %s", number,
					   fakekern_block(kernel, number), text + length);
		}
		return;
	}
	char device[32];
	snprintf(device, sizeof(device), "%.*s", (int)strcspn(text, " "), text);
	const char *wanted = text + strcspn(text, " ");
	wanted += *wanted == ' ';
	if (strcmp(fakekern_driver(kernel, device), wanted) != 0)
		tally_fail(tally, "%s has driver %s, not %s", device,
			   fakekern_driver(kernel, device), wanted);
}

void check_ends(struct tally *tally, struct fakekern *kernel, const char *ends)
{
	while (ends != NULL && *ends != '\0') {
		size_t length = strcspn(ends, ",");
		char text[64];

		snprintf(text, sizeof(text), "%.*s", (int)length, ends);
		check_end(tally, kernel, text);
		ends += length;
		ends += strspn(ends, ", ");
	}
}

void check_outcome(struct tally *tally, const struct scenario *scenario,
		   const struct outcome *outcome)
{
	enum memhp_outcome expected = scenario_expected(scenario);

	if (expected == MEMHP_OUTCOME_DONE ?
		    outcome_is_fine(outcome) :
		    outcome->rc == 0 && outcome->report->outcome == expected)
		return;
	const struct memhp_error *error =
		outcome->rc < 0 ? &outcome->error : &outcome->report->cause;
	tally_fail(tally, "ended %s, not %s (%s: %s)", outcome_name(outcome),
		   memhp_outcome_to_string(expected), error->object, error->message);
}
