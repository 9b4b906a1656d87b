/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as text: how it ended, blocks by runs of the same fate, and what the rules had to say.
 */
#include <inttypes.h>
#include <string.h>

#include "render.h"

#define WORD_MAX 64

struct fate {
	uint64_t first, last;
	char before[WORD_MAX], before_zone[WORD_MAX], after[WORD_MAX], zone[WORD_MAX], by[WORD_MAX];
	char message[RENDER_CELL_MAX];
};

static void read_fate(const struct memhp_object *result, struct fate *fate)
{
	fate->first = fate->last = number_of(result, "block", 0);
	text_of(result, "before", fate->before, sizeof(fate->before));
	text_of(result, "before_zone", fate->before_zone, sizeof(fate->before_zone));
	text_of(result, "after", fate->after, sizeof(fate->after));
	text_of(result, "zone", fate->zone, sizeof(fate->zone));
	text_of(result, "by", fate->by, sizeof(fate->by));
	text_of(result, "message", fate->message, sizeof(fate->message));
}

/* Whose doing it was is only worth a word, and a line of its own, where it was not ours. */
static bool is_others(const struct fate *fate)
{
	return strcmp(fate->by, "other") == 0;
}

static bool same_fate(const struct fate *fate, const struct fate *next)
{
	return next->first == fate->last + 1 && strcmp(fate->before, next->before) == 0 &&
	       strcmp(fate->before_zone, next->before_zone) == 0 &&
	       strcmp(fate->after, next->after) == 0 && strcmp(fate->zone, next->zone) == 0 &&
	       is_others(fate) == is_others(next) && strcmp(fate->message, next->message) == 0;
}

static void print_fate(const struct render *render, const struct fate *fate)
{
	char blocks[48];
	bool moved = strcmp(fate->before, fate->after) != 0 ||
		     strcmp(fate->before_zone, fate->zone) != 0;

	if (fate->first == fate->last)
		snprintf(blocks, sizeof(blocks), "block %" PRIu64, fate->first);
	else
		snprintf(blocks, sizeof(blocks), "blocks %" PRIu64 "-%" PRIu64, fate->first,
			 fate->last);
	fprintf(render->out, "  %-18s  ", blocks);
	if (moved)
		fprintf(render->out, "%s%s%s -> ", fate->before, fate->before_zone[0] ? " " : "",
			fate->before_zone);
	fprintf(render->out, "%s%s%s", fate->after, fate->zone[0] ? " " : "", fate->zone);
	if (!moved)
		fputs(", as before", render->out);
	if (is_others(fate))
		fputs(", by somebody else", render->out);
	if (fate->message[0] != '\0')
		fprintf(render->out, "\n%22s%s%s%s", "", paint_on(render, PAINT_BAD), fate->message,
			paint_off(render, PAINT_BAD));
	fputc('\n', render->out);
}

static void print_fates(const struct render *render, const struct memhp_report *report)
{
	struct memhp_cursor cursor;
	struct memhp_object result;
	struct fate fate, next;
	bool open = false;

	memhp_cursor_init(&cursor, report, MEMHP_KIND_RESULT);
	while (memhp_cursor_next(&cursor, &result)) {
		read_fate(&result, &next);
		if (open && same_fate(&fate, &next)) {
			fate.last = next.last;
			continue;
		}
		if (open)
			print_fate(render, &fate);
		fate = next;
		open = true;
	}
	if (open)
		print_fate(render, &fate);
}

static void print_differences(const struct render *render, const struct memhp_report *report)
{
	struct memhp_cursor cursor;
	struct columns columns;
	struct failure failure = { .code = EXIT_DONE };
	struct table table = {
		.cursor = &cursor,
		.columns = &columns,
		.title = "Otherwise than planned",
		.apart = true,
		.hide_empty = true,
	};

	memhp_cursor_init(&cursor, report, MEMHP_KIND_DIFFERENCE);
	columns_parse(MEMHP_KIND_DIFFERENCE, NULL, &columns, &failure);
	render_table(render, &table);
}

/* What each outcome is called to a person, %s standing for what stopped the run. */
static const struct outcome {
	const char *word;
	const char *text;
	enum paint paint;
	bool is_timed;
} outcomes[] = {
	{ "done", "done", PAINT_GOOD, true },
	{ "already", "nothing to do: it is so already", PAINT_GOOD, false },
	{ "refused", "refused by the rules; nothing was written", PAINT_BAD, false },
	{ "stale", "the machine is not as planned; nothing was written", PAINT_BAD, false },
	{ "failed", "%s", PAINT_BAD, true },
	{ "rolled-back", "%s, and everything was put back", PAINT_BAD, true },
	{ "partial", "%s; partly done", PAINT_BAD, true },
};

static const char *stopped_text(const struct memhp_object *report)
{
	char word[WORD_MAX];

	text_of(report, "stopped_by", word, sizeof(word));
	if (strcmp(word, "signal") == 0)
		return "interrupted";
	return strcmp(word, "timeout") == 0 ? "timed out" : "failed";
}

static const struct outcome *outcome_of(const struct memhp_object *report)
{
	char word[WORD_MAX];
	size_t i;

	text_of(report, "outcome", word, sizeof(word));
	for (i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (strcmp(outcomes[i].word, word) == 0)
			return &outcomes[i];
	return &outcomes[ARRAY_SIZE(outcomes) - 1];
}

static void print_outcome(const struct render *render, const struct memhp_object *report)
{
	struct memhp_value seconds = value_of(report, "seconds");
	const struct outcome *outcome = outcome_of(report);
	const char *place = strstr(outcome->text, "%s");

	render_request(render, report);
	fprintf(render->out, ": %s", paint_on(render, outcome->paint));
	if (place != NULL)
		fprintf(render->out, "%s%s", stopped_text(report), place + 2);
	else
		fputs(outcome->text, render->out);
	fputs(paint_off(render, outcome->paint), render->out);
	if (seconds.type == MEMHP_TYPE_DOUBLE && outcome->is_timed)
		fprintf(render->out, " (%.2f s)", seconds.real);
	fputc('\n', render->out);
}

/* One line for each thing that an earlier run had left open. */
static void print_recovered(const struct render *render, const struct memhp_object *report)
{
	const struct memhp_field *field = memhp_field_get_by_key(report->kind, "recovered");
	struct memhp_value value;
	size_t i;

	for (i = 0; memhp_field_get_item(field, report, i, &value) == 0; i++) {
		fputs("  put back after a run that was killed: ", render->out);
		print_clean(render->out, value.string);
		fputc('\n', render->out);
	}
}

/* Of create and destroy: which device that was. */
static void print_device(const struct render *render, const struct memhp_object *report)
{
	char device[WORD_MAX];

	text_of(report, "device", device, sizeof(device));
	if (device[0] != '\0')
		fprintf(render->out, "  device %s\n", device);
}

void render_report(const struct render *render, const struct memhp_report *report)
{
	struct memhp_object object = memhp_report_get_object(report);

	print_outcome(render, &object);
	print_recovered(render, &object);
	print_device(render, &object);
	print_fates(render, report);
	render_findings(render, &object);
	/* Of a run that was stopped, the blocks above tell: it could not go as planned. */
	if (memhp_report_get_outcome(report) == MEMHP_OUTCOME_DONE)
		print_differences(render, report);
}
