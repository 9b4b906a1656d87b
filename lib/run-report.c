/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What came of a run: block by block from the log and from the machine as it was read last, and where
 * that differs from what was planned. Claims nothing that was not read back.
 */
#include <errno.h>
#include <string.h>

#include "rule.h"
#include "run.h"

struct builder {
	const struct run *run;
	struct memhp_report *report;
	size_t capacity;
};

static int add_result(struct builder *builder, uint32_t number)
{
	struct memhp_report *report = builder->report;
	int rc = array_reserve(&report->results, report->result_count, &builder->capacity,
			       sizeof(*report->results));

	if (rc == 0)
		report->results[report->result_count++] = (struct memhp_result){ .block = number };
	return rc;
}

/* Every block that a step was for, and every one of a change that was planned. */
static int collect_blocks(struct builder *builder)
{
	const struct run *run = builder->run;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < run->apply.log_count; i++) {
		if (run->apply.log[i].step.kind == STEP_BLOCK)
			rc = add_result(builder, run->apply.log[i].step.block);
	}
	for (i = 0; rc == 0 && i < run->plans[0]->changes.count; i++) {
		const struct memhp_change *change = &run->plans[0]->changes.items[i];
		uint32_t number = change->first_block;

		do
			rc = add_result(builder, number);
		while (rc == 0 && number++ < change->last_block);
	}
	return rc;
}

static int compare_results(const void *a, const void *b)
{
	const struct memhp_result *left = a, *right = b;

	return left->block < right->block ? -1 : left->block > right->block;
}

static void sort_results(struct memhp_report *report)
{
	size_t kept = 0, i;

	if (report->result_count == 0)
		return;
	qsort(report->results, report->result_count, sizeof(*report->results), compare_results);
	for (i = 0; i < report->result_count; i++) {
		if (kept == 0 || report->results[kept - 1].block != report->results[i].block)
			report->results[kept++] = report->results[i];
	}
	report->result_count = kept;
}

static void fill_states(struct memhp_report *report)
{
	size_t i;

	for (i = 0; i < report->result_count; i++) {
		struct memhp_result *result = &report->results[i];
		const struct memhp_block *before =
			snapshot_block(report->plan->before, result->block);
		const struct memhp_block *after =
			report->after != NULL ? snapshot_block(report->after, result->block) : NULL;

		result->before_state = before != NULL ? before->state : MEMHP_STATE_ABSENT;
		result->before_zones = before != NULL ? before->zones : ZONES_NONE;
		result->after_state = after != NULL	    ? after->state :
				      report->after != NULL ? MEMHP_STATE_ABSENT :
							      MEMHP_STATE_UNKNOWN;
		result->after_zones = after != NULL ? after->zones : ZONES_NONE;
	}
}

static struct memhp_result *find_result(struct memhp_report *report, uint32_t number)
{
	struct memhp_result key = { .block = number };

	return bsearch(&key, report->results, report->result_count, sizeof(*report->results),
		       compare_results);
}

/* Who: memhp where a step of ours was done, or a driver of ours made the block come or go. */
static void fill_from_log(struct memhp_report *report, const struct apply *apply)
{
	size_t i;

	for (i = 0; i < apply->log_count; i++) {
		const struct step_log *log = &apply->log[i];
		struct memhp_result *result;

		if (log->step.kind != STEP_BLOCK)
			continue;
		result = find_result(report, log->step.block);
		if (log->done && log->by == BY_MEMHP)
			result->by = BY_MEMHP;
		else if (log->done && result->by == BY_NOBODY)
			result->by = BY_OTHER;
		if (log->rc < 0) {
			result->rc = log->rc;
			text_copy(result->message, sizeof(result->message), log->message);
		}
	}
}

static void add_recovered(struct memhp_report *report, const struct bracket *bracket)
{
	size_t i;

	for (i = 0; i < report->recovered_count; i++) {
		if (bracket->kind == BRACKET_OTHERS && report->recovered[i].kind == bracket->kind)
			return;
	}
	if (report->recovered_count < ARRAY_SIZE(report->recovered))
		report->recovered[report->recovered_count++] = *bracket;
}

/* What a killed run had left open, and this one has closed. */
static void fill_recovered(struct memhp_report *report, const struct apply *apply)
{
	const struct journal *journal = &report->plan->before->journal;
	size_t log, i;

	for (log = 0; log < apply->log_count; log++) {
		const struct step_log *entry = &apply->log[log];

		if (!entry->step.recovers || !entry->done)
			continue;
		if (entry->step.kind == STEP_BLOCK)
			add_recovered(report, &(struct bracket){ .kind = BRACKET_OTHERS,
								 .value = entry->step.word });
		for (i = 0; i < journal->count; i++) {
			if (step_ends_bracket(entry->snapshot, &entry->step, &journal->brackets[i]))
				add_recovered(report, &journal->brackets[i]);
		}
	}
}

static bool changed(const struct memhp_result *result)
{
	return result->before_state != result->after_state ||
	       result->before_zones != result->after_zones;
}

static bool device_was_ours(const struct apply *apply, const struct memhp_plan *plan,
			    uint32_t number)
{
	const struct memhp_block *block = snapshot_block(plan->before, number);
	size_t i;

	if (block == NULL)
		block = snapshot_block(plan->predicted, number);
	for (i = 0; block != NULL && i < apply->log_count; i++) {
		const struct step_log *log = &apply->log[i];

		if ((log->step.kind == STEP_BIND || log->step.kind == STEP_UNBIND ||
		     log->step.kind == STEP_EJECT) &&
		    log->done && log->by == BY_MEMHP && log->step.device == block->device)
			return true;
	}
	return false;
}

static void fill_the_rest(struct memhp_report *report, const struct apply *apply)
{
	size_t i;

	for (i = 0; i < report->result_count; i++) {
		struct memhp_result *result = &report->results[i];

		if (result->by != BY_NOBODY || !changed(result))
			continue;
		result->by =
			device_was_ours(apply, report->plan, result->block) ? BY_MEMHP : BY_OTHER;
	}
}

/* ---- the crash kernel is told of once, and only where memory did change ---- */

static bool any_stands(const struct apply *apply)
{
	size_t i;

	for (i = 0; i < apply->log_count; i++) {
		if (apply_changed(&apply->log[i]) && !apply->log[i].undone)
			return true;
	}
	return false;
}

/* An eject that nobody has confirmed may come to its end yet. */
static bool eject_is_pending(const struct apply *apply)
{
	size_t i;

	for (i = 0; i < apply->log_count; i++) {
		const struct step_log *log = &apply->log[i];

		if ((log->step.kind == STEP_WAIT_EJECTED && log->rc < 0) ||
		    (log->step.kind == STEP_EJECT && log->acted && !log->done))
			return true;
	}
	return false;
}

/* By what was read last; where nothing could be, by what was done. Memory of others counts as well. */
static bool memory_changed(const struct memhp_report *report, const struct apply *apply)
{
	bool offline = false;
	size_t i;

	for (i = 0; report->after != NULL && i < report->result_count; i++) {
		const struct memhp_result *result = &report->results[i];

		if (result->before_state != result->after_state)
			return true;
		offline = offline || result->after_state == MEMHP_STATE_OFFLINE;
	}
	return report->after == NULL ? any_stands(apply) : offline && eject_is_pending(apply);
}

static bool is_void(const struct memhp_finding *finding)
{
	return finding->rule == &rule_kdump && finding->severity != MEMHP_SEVERITY_DENY;
}

static int fill_findings(struct memhp_report *report, const struct apply *apply)
{
	const struct findings *planned = &report->plan->findings;
	bool changed = memory_changed(report, apply), told = false;
	size_t i;

	for (i = 0; i < planned->count; i++) {
		struct memhp_finding *finding;

		if (is_void(&planned->items[i]) && !changed)
			continue;
		told = told || planned->items[i].rule == &rule_kdump;
		finding = finding_add(&report->findings, planned->items[i].rule);
		if (finding == NULL)
			return -ENOMEM;
		*finding = planned->items[i];
	}
	return changed && !told ? rules_find_crash_kernel(report->plan, &report->findings) : 0;
}

static int build(struct builder *builder)
{
	const struct run *run = builder->run;
	struct memhp_report *report = builder->report;
	bool held = run->outcome == MEMHP_OUTCOME_DONE || run->outcome == MEMHP_OUTCOME_PARTIAL;
	int rc = collect_blocks(builder);

	if (rc < 0)
		return rc;
	sort_results(report);
	fill_states(report);
	fill_from_log(report, &run->apply);
	fill_the_rest(report, &run->apply);
	rc = fill_findings(report, &run->apply);
	if (rc < 0 || !held || report->after == NULL)
		return rc;
	return diff(report->plan->predicted, report->after, &report->differences);
}

void run_report(const struct run *run, struct memhp_snapshot *after, struct memhp_report *report)
{
	struct builder builder = { .run = run, .report = report };
	size_t i;

	report->plan = memhp_plan_ref(run->plans[0]);
	report->after = memhp_snapshot_ref(after);
	for (i = run->plan_count; i-- > 0 && report->device[0] == '\0';)
		plan_device(run->plans[i], report->device);
	report->outcome = run->outcome;
	report->stopped_by = run->apply.stopped_by;
	report->cause = run->cause;
	fill_recovered(report, &run->apply);
	report->seconds = (double)(run->io->ops->now(run->io) - run->started) / 1e9;
	if (build(&builder) == 0)
		return;
	report->result_count = 0;
	if (report->cause.kind == MEMHP_ERROR_NONE)
		error_memory(&report->cause);
}

EXPORT struct memhp_report *memhp_report_ref(struct memhp_report *report)
{
	if (report != NULL)
		__atomic_add_fetch(&report->refcount, 1, __ATOMIC_RELAXED);
	return report;
}

EXPORT struct memhp_report *memhp_report_unref(struct memhp_report *report)
{
	if (report == NULL || __atomic_sub_fetch(&report->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	memhp_plan_unref(report->plan);
	memhp_snapshot_unref(report->after);
	free(report->results);
	free(report->differences.items);
	free(report->findings.items);
	free(report);
	return NULL;
}

EXPORT enum memhp_outcome memhp_report_get_outcome(const struct memhp_report *report)
{
	return report->outcome;
}

EXPORT enum memhp_stop memhp_report_get_stopped_by(const struct memhp_report *report)
{
	return report->stopped_by;
}

EXPORT const struct memhp_snapshot *memhp_report_get_after(const struct memhp_report *report)
{
	return report->after;
}

EXPORT const struct memhp_error *memhp_report_get_error(const struct memhp_report *report)
{
	return report->cause.kind != MEMHP_ERROR_NONE ? &report->cause : NULL;
}
