/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan as text, fit for a change ticket: what, why, the machine before and after, what the rules
 * say. Steps and blocks stand there by runs, not one by one.
 */
#include <inttypes.h>
#include <string.h>

#include "render.h"

#define WORD_MAX 64
#define PATH_MAX_SHOWN 128

/* --------------------------------------------------------------------------------------- steps */

struct step_text {
	uint64_t number;
	uint64_t block; /* UINT64_MAX: none */
	char action[WORD_MAX], value[WORD_MAX], expect[WORD_MAX];
	char path[PATH_MAX_SHOWN];
};

/* Steps alike but for the block, whose numbers go up or down by one. */
struct step_run {
	struct step_text first, last;
	int64_t direction; /* 0: a single step so far */
};

static void read_step(const struct memhp_object *object, struct step_text *step)
{
	step->number = number_of(object, "step", 0);
	step->block = number_of(object, "block", UINT64_MAX);
	text_of(object, "action", step->action, sizeof(step->action));
	text_of(object, "value", step->value, sizeof(step->value));
	text_of(object, "expect", step->expect, sizeof(step->expect));
	text_of(object, "path", step->path, sizeof(step->path));
}

static bool run_takes(struct step_run *run, const struct step_text *next)
{
	int64_t direction = (int64_t)(next->block - run->last.block);

	if (next->block == UINT64_MAX || run->last.block == UINT64_MAX ||
	    (direction != 1 && direction != -1) ||
	    (run->direction != 0 && run->direction != direction) ||
	    strcmp(run->last.action, next->action) != 0 ||
	    strcmp(run->last.value, next->value) != 0 ||
	    strcmp(run->last.expect, next->expect) != 0)
		return false;
	run->direction = direction;
	run->last = *next;
	return true;
}

/* Where a path names its block, so that a run can stand there as the shell would expand it. */
static void print_path(const struct render *render, const struct step_run *run)
{
	char name[32];
	const char *place;

	snprintf(name, sizeof(name), "memory%" PRIu64 "/", run->first.block);
	place = run->direction != 0 ? strstr(run->first.path, name) : NULL;
	if (place == NULL)
		fprintf(render->out, "/%s", run->first.path);
	else
		fprintf(render->out, "/%.*smemory{%" PRIu64 "..%" PRIu64 "}%s",
			(int)(place - run->first.path), run->first.path, run->first.block,
			run->last.block, place + strlen(name) - 1);
}

static void print_run(const struct render *render, const struct step_run *run)
{
	char numbers[48];

	if (run->direction == 0)
		snprintf(numbers, sizeof(numbers), "%" PRIu64, run->first.number);
	else
		snprintf(numbers, sizeof(numbers), "%" PRIu64 "-%" PRIu64, run->first.number,
			 run->last.number);
	fprintf(render->out, "%7s  ", numbers);
	if (strcmp(run->first.action, "load") == 0) {
		fprintf(render->out, "load module %s\n", run->first.path);
		return;
	}
	if (strcmp(run->first.action, "wait") == 0)
		fprintf(render->out, "wait until %s at ", run->first.expect);
	else
		fprintf(render->out, "%s > ", run->first.value);
	print_path(render, run);
	fputc('\n', render->out);
	if (render->verbose && run->first.expect[0] != '\0' &&
	    strcmp(run->first.action, "write") == 0)
		fprintf(render->out, "%9sexpect %s\n", "", run->first.expect);
}

static void print_steps(const struct render *render, const struct memhp_plan *plan)
{
	struct memhp_cursor cursor;
	struct memhp_object object;
	struct step_run run;
	bool open = false;

	memhp_cursor_init(&cursor, plan, MEMHP_KIND_STEP);
	while (memhp_cursor_next(&cursor, &object)) {
		struct step_text step;

		read_step(&object, &step);
		if (open && run_takes(&run, &step))
			continue;
		if (open)
			print_run(render, &run);
		run = (struct step_run){ .first = step, .last = step };
		open = true;
	}
	if (open)
		print_run(render, &run);
}

/* -------------------------------------------------------------------------------------- budget */

static const struct {
	const char *key;
	const char *label;
} shown[] = {
	{ "kernel_bytes", "kernel zones" }, { "kernel_available_bytes", "  available" },
	{ "movable_bytes", "movable" },	    { "ratio_percent", "  of kernel" },
	{ "memmap_bytes", "memmap" },	    { "memmap_on_memory_bytes", "  on memory" },
	{ "offline_bytes", "offline" },
};

static void print_budget_cell(const struct render *render, const struct memhp_object *budget,
			      const char *key)
{
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_BUDGET, key);
	char cell[RENDER_CELL_MAX] = "-";

	if (field != NULL)
		render_cell(render, field, budget, 0, cell, sizeof(cell));
	fprintf(render->out, "  %16s", cell);
}

static void print_budgets(const struct render *render, const struct memhp_object *plan)
{
	static const char *const moments[] = { "before", "lowest", "after" };
	static const char *const heads[] = { "BEFORE", "LEANEST", "AFTER" };
	size_t row, moment;

	fprintf(render->out, "  %-14s", "");
	for (moment = 0; moment < ARRAY_SIZE(moments); moment++)
		fprintf(render->out, "  %s%16s%s", paint_on(render, PAINT_HEAD), heads[moment],
			paint_off(render, PAINT_HEAD));
	fputc('\n', render->out);
	for (row = 0; row < ARRAY_SIZE(shown); row++) {
		fprintf(render->out, "  %-14s", shown[row].label);
		for (moment = 0; moment < ARRAY_SIZE(moments); moment++) {
			struct memhp_value budget = value_of(plan, moments[moment]);

			print_budget_cell(render, &budget.object, shown[row].key);
		}
		fputc('\n', render->out);
	}
}

/* ------------------------------------------------------------------------------------- changes */

static void print_place(const struct render *render, const struct memhp_object *change,
			const char *state_key, const char *zone_key)
{
	char zone[RENDER_CELL_MAX], state[WORD_MAX];

	text_of(change, state_key, state, sizeof(state));
	render_cell(render, memhp_field_get_by_key(MEMHP_KIND_CHANGE, zone_key), change, 0, zone,
		    sizeof(zone));
	fputs(state, render->out);
	if (strcmp(zone, "-") != 0)
		fprintf(render->out, " %s", zone);
}

/* A device need not begin and end where blocks do: what lies outside whole blocks is of no use. */
static void print_trimmed(const struct render *render, const struct memhp_object *plan)
{
	uint64_t bytes = number_of(plan, "trimmed_bytes", 0);
	char size[32];

	if (bytes == 0)
		return;
	render_bytes(render, bytes, size, sizeof(size));
	fprintf(render->out, "  %-12s  %12s  not in whole blocks: stays unused\n", "trimmed", size);
}

static void print_changes(const struct render *render, const struct memhp_plan *plan,
			  uint64_t block_size)
{
	struct memhp_cursor cursor;
	struct memhp_object change;

	memhp_cursor_init(&cursor, plan, MEMHP_KIND_CHANGE);
	while (memhp_cursor_next(&cursor, &change)) {
		uint64_t first = number_of(&change, "first_block", 0);
		uint64_t last = number_of(&change, "last_block", 0);
		char blocks[48], size[32];

		if (first == last)
			snprintf(blocks, sizeof(blocks), "%" PRIu64, first);
		else
			snprintf(blocks, sizeof(blocks), "%" PRIu64 "-%" PRIu64, first, last);
		render_bytes(render, (last - first + 1) * block_size, size, sizeof(size));
		fprintf(render->out, "  %-12s  %12s  ", blocks, size);
		print_place(render, &change, "from_state", "from_zone");
		fputs(" -> ", render->out);
		print_place(render, &change, "to_state", "to_zone");
		fputc('\n', render->out);
	}
}

/* ------------------------------------------------------------------------------------ findings */

static enum paint severity_paint(const char *severity)
{
	if (strcmp(severity, "deny") == 0)
		return PAINT_BAD;
	return strcmp(severity, "warn") == 0 ? PAINT_WARN : PAINT_NONE;
}

static void print_finding(const struct render *render, const struct memhp_object *finding)
{
	char rule[WORD_MAX], severity[WORD_MAX], subject[WORD_MAX], message[RENDER_CELL_MAX],
		remedy[RENDER_CELL_MAX];
	struct memhp_value forced = value_of(finding, "forced");
	bool is_forced = forced.type == MEMHP_TYPE_BOOL && forced.boolean;
	enum paint paint;

	text_of(finding, "rule", rule, sizeof(rule));
	text_of(finding, "severity", severity, sizeof(severity));
	text_of(finding, "subject", subject, sizeof(subject));
	text_of(finding, "message", message, sizeof(message));
	text_of(finding, "remedy", remedy, sizeof(remedy));
	paint = severity_paint(severity);
	fprintf(render->out, "  %s%-4s%s  %s: %s%s%s%s\n", paint_on(render, paint), severity,
		paint_off(render, paint), rule, subject, subject[0] ? ": " : "", message,
		is_forced ? " (forced)" : "");
	if (remedy[0] != '\0' && !is_forced)
		fprintf(render->out, "        %s\n", remedy);
}

void render_findings(const struct render *render, const struct memhp_object *object)
{
	const struct memhp_field *field = memhp_field_get_by_key(object->kind, "findings");
	struct memhp_value value;
	size_t i;

	for (i = 0; memhp_field_get_item(field, object, i, &value) == 0; i++)
		print_finding(render, &value.object);
}

static size_t count_of(const struct memhp_object *object, const char *key)
{
	struct memhp_value value = value_of(object, key);

	return value.type == MEMHP_TYPE_LIST ? value.count : 0;
}

/* ---------------------------------------------------------------------------------------- plan */

void render_request(const struct render *render, const struct memhp_object *object)
{
	struct memhp_value request = value_of(object, "request");
	char operation[WORD_MAX], zone[WORD_MAX], targets[RENDER_CELL_MAX] = "";

	if (request.type != MEMHP_TYPE_OBJECT)
		return;
	text_of(object, "operation", operation, sizeof(operation));
	if (operation[0] == '\0') {
		fputs("place all memory that is not in use", render->out);
		return;
	}
	text_of(&request.object, "zone", zone, sizeof(zone));
	if (count_of(&request.object, "targets") > 0)
		render_cell(render, memhp_field_get_by_key(MEMHP_KIND_REQUEST, "targets"),
			    &request.object, 0, targets, sizeof(targets));
	fprintf(render->out, "%s%s%s%s%s", operation, targets[0] ? " " : "", targets,
		zone[0] ? ", zone " : "", zone);
}

static void print_head(const struct render *render, const struct memhp_object *plan)
{
	char id[WORD_MAX];

	fprintf(render->out, "%sPlan to ", paint_on(render, PAINT_HEAD));
	render_request(render, plan);
	fprintf(render->out, "%s\n", paint_off(render, PAINT_HEAD));
	text_of(plan, "plan_id", id, sizeof(id));
	fprintf(render->out, "%sid %s%s\n", paint_on(render, PAINT_DIM), id,
		paint_off(render, PAINT_DIM));
}

/* What a deny comes to depends on what was asked; TEXT is "" where nothing was. */
static void print_verdict(const struct render *render, const struct memhp_object *object,
			  const char *text)
{
	char verdict[WORD_MAX];
	enum paint paint;

	text_of(object, "verdict", verdict, sizeof(verdict));
	paint = strcmp(verdict, "allow") == 0 ? PAINT_GOOD : severity_paint(verdict);
	fprintf(render->out, "\n%sVerdict:%s %s%s%s%s\n", paint_on(render, PAINT_HEAD),
		paint_off(render, PAINT_HEAD), paint_on(render, paint), verdict,
		paint_off(render, paint), text);
}

void render_verdict(const struct render *render, const struct memhp_object *object)
{
	print_verdict(render, object, "");
}

static const char *verdict_text(const struct memhp_plan *plan)
{
	return memhp_plan_get_verdict(plan) == MEMHP_VERDICT_DENY ? "; nothing would be written" :
								    "; nothing has been written";
}

/* ----------------------------------------------------------------------------- for a ticket */

static void print_list(const struct render *render, const struct memhp_object *plan,
		       const char *key)
{
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_PLAN, key);
	struct memhp_value value;
	size_t i;

	for (i = 0; memhp_field_get_item(field, plan, i, &value) == 0; i++) {
		fputs("  ", render->out);
		print_clean(render->out, value.string);
		fputc('\n', render->out);
	}
}

/* Nobody goes by tenths of seconds. */
static void print_time(const struct render *render, const struct memhp_object *plan)
{
	struct memhp_value value = value_of(plan, "estimated_seconds");
	double seconds = value.type == MEMHP_TYPE_DOUBLE ? value.real : 0;

	fputc('\n', render->out);
	render_title(render, "Time");
	if (seconds < 1)
		fputs("  less than a second", render->out);
	else if (seconds < 120)
		fprintf(render->out, "  about %.0f s", seconds);
	else
		fprintf(render->out, "  about %.0f min", seconds / 60);
	fputs(", by an estimate for a server of today\n", render->out);
}

/* Whether some step sends a device out of the machine. */
static bool any_is_ejected(const struct memhp_plan *plan)
{
	struct memhp_cursor cursor;
	struct memhp_object object;
	char path[PATH_MAX_SHOWN];

	memhp_cursor_init(&cursor, plan, MEMHP_KIND_STEP);
	while (memhp_cursor_next(&cursor, &object)) {
		const char *name;

		text_of(&object, "path", path, sizeof(path));
		name = strrchr(path, '/');
		if (name != NULL && strcmp(name, "/eject") == 0)
			return true;
	}
	return false;
}

static void print_undo(const struct render *render, const struct memhp_plan *all)
{
	struct memhp_object object = memhp_plan_get_object(all), *plan = &object;
	struct memhp_value certain = value_of(plan, "undo_certain");

	if (count_of(plan, "undo") == 0)
		return;
	fputc('\n', render->out);
	render_title(render, "Undo");
	print_list(render, plan, "undo");
	if (certain.type != MEMHP_TYPE_BOOL || certain.boolean)
		return;
	fputs(any_is_ejected(all) ?
		      "  not before what was ejected is plugged in again\n" :
		      "  may fail: what is in a kernel zone need not come out again\n",
	      render->out);
}

static void print_findings(const struct render *render, const struct memhp_object *plan)
{
	fputc('\n', render->out);
	render_title(render, "Risks");
	if (count_of(plan, "findings") == 0)
		fputs("  none that a rule knows of\n", render->out);
	render_findings(render, plan);
}

static void print_what(const struct render *render, const struct memhp_plan *plan)
{
	struct memhp_object object = memhp_plan_get_object(plan);

	if (count_of(&object, "reasons") > 0) {
		fputc('\n', render->out);
		render_title(render, "Why");
		print_list(render, &object, "reasons");
	}
	fputc('\n', render->out);
	render_title(render, "Steps");
	print_steps(render, plan);
	if (count_of(&object, "changes") > 0) {
		fputc('\n', render->out);
		render_title(render, "Blocks");
		print_changes(render, plan,
			      memhp_snapshot_get_block_size(memhp_plan_get_before(plan)));
		print_trimmed(render, &object);
	}
	fputc('\n', render->out);
	render_title(render, "Memory");
	print_budgets(render, &object);
	render_costs(render, &object);
}

void render_plan(const struct render *render, const struct memhp_plan *plan)
{
	struct memhp_object object = memhp_plan_get_object(plan);
	bool any = memhp_plan_get_step_count(plan) > 0;

	print_head(render, &object);
	if (any)
		print_what(render, plan);
	else
		fputs(memhp_plan_get_verdict(plan) == MEMHP_VERDICT_DENY ?
			      "\nNothing of it can be done.\n" :
			      "\nThere is nothing to do.\n",
		      render->out);
	if (any || count_of(&object, "findings") > 0)
		print_findings(render, &object);
	if (any) {
		print_time(render, &object);
		print_undo(render, plan);
	}
	print_verdict(render, &object, verdict_text(plan));
}
