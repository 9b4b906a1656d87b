/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of a run: the machine is read once more, held against what was done, and what others brought
 * meanwhile is not left behind. Decides nothing about the steps of the run itself.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "journal.h"
#include "scan.h"

/* What was done stands; how the machine is now could not be read. */
static void run_note_unread(struct run *run, const struct memhp_error *error)
{
	if (run->outcome == MEMHP_OUTCOME_DONE)
		run->outcome = MEMHP_OUTCOME_PARTIAL;
	if (run->apply.stopped_by == MEMHP_STOP_NONE)
		run->apply.stopped_by = MEMHP_STOP_OTHER;
	if (run->cause.kind == MEMHP_ERROR_NONE)
		run->cause = *error;
}

/* Blocks of the last plan's changes that are not as it said: nothing is claimed that was not read. */
static void hold_against(struct run *run, const struct memhp_snapshot *after)
{
	const struct memhp_plan *plan = run->plans[run->plan_count - 1];
	struct memhp_block wrong;

	if (run->outcome != MEMHP_OUTCOME_DONE || !plan_find_difference(plan, after, &wrong))
		return;
	run->outcome = MEMHP_OUTCOME_PARTIAL;
	run->apply.stopped_by = MEMHP_STOP_OTHER;
	error_set(&run->cause, MEMHP_ERROR_CHANGED, -EAGAIN, "",
		  "memory%u ended as %s%s%s, which is "
		  "not what was done",
		  wrong.number, memhp_state_to_string(wrong.state),
		  wrong.state == MEMHP_STATE_ONLINE ? " in " : "",
		  memhp_block_get_zone(&wrong) != NULL ? memhp_block_get_zone(&wrong) : "");
	error_hint(&run->cause, "look for udev rules or daemons that online memory, and try again");
}

/* All that was to follow an eject, if anything, puts back what was opened for the time of the run. */
static bool ends_with_eject(const struct memhp_plan *plan)
{
	size_t i = plan->step_count;

	while (i > 0 && plan->steps[i - 1].kind == STEP_AUTO_ONLINE)
		i--;
	return i > 0 && plan->steps[i - 1].kind == STEP_WAIT_EJECTED;
}

/*
 * An eject that was given up has come to its end while the rest was put back: it is as was asked, and what
 * could not be put back has gone as it was to.
 */
static void note_late_eject(struct run *run, const struct memhp_snapshot *after)
{
	const struct memhp_plan *plan = run->plans[run->plan_count - 1];
	struct apply *apply = &run->apply;
	struct memhp_block wrong;
	size_t i;

	if (apply->failed == 0 || !ends_with_eject(plan) ||
	    !step_ejects(&apply->log[apply->failed - 1].step) ||
	    plan_find_difference(plan, after, &wrong))
		return;
	for (i = 0; i < apply->log_count; i++) {
		if (apply->log[i].undo_failed && apply->log[i].step.kind != STEP_BLOCK)
			return;
	}
	for (i = 0; i < apply->log_count; i++) {
		if (apply->log[i].undo_failed)
			apply->log[i].rc = 0;
	}
	apply->failed = 0;
	apply->stopped_by = MEMHP_STOP_NONE;
	run->outcome = MEMHP_OUTCOME_DONE;
	error_clear(&run->cause);
}

/* What stands in it is void now; but it may not be one day, and somebody would put it back then. */
static void note_journal(struct run *run)
{
	apply_journal_settle(&run->apply, run->others_done);
	if (run->apply.journal_rc == 0)
		return;
	if (run->outcome == MEMHP_OUTCOME_DONE || run->outcome == MEMHP_OUTCOME_ALREADY)
		run->outcome = MEMHP_OUTCOME_PARTIAL;
	if (run->apply.stopped_by == MEMHP_STOP_NONE)
		run->apply.stopped_by = MEMHP_STOP_OTHER;
	if (run->cause.kind != MEMHP_ERROR_NONE)
		return;
	error_set(&run->cause, MEMHP_ERROR_SYSTEM, run->apply.journal_rc, "/" JOURNAL_PATH,
		  "all is put back, but it could not be struck out here (%s)",
		  strerror(-run->apply.journal_rc));
	error_hint(&run->cause, "remove this file");
}

/* What a killed run has left is this one's to bring to its end: what the kernel refuses of that is told. */
static void note_left(struct run *run, size_t others)
{
	const struct step_log *log = run->apply.log + run->apply.log_count;
	char subject[IO_NAME_MAX];

	for (; others > 0; others--) {
		log--;
		if (!log->step.recovers || log->done || log->rc == 0 ||
		    (run->outcome != MEMHP_OUTCOME_DONE && run->outcome != MEMHP_OUTCOME_ALREADY))
			continue;
		run->outcome = MEMHP_OUTCOME_PARTIAL;
		run->apply.stopped_by = MEMHP_STOP_KERNEL;
		step_subject(log->snapshot, &log->step, subject);
		error_set(&run->cause, MEMHP_ERROR_KERNEL, log->rc, subject, "%s%s",
			  step_doing(&log->step), log->message);
	}
}

/* The machine as it is when all is done, or NULL; and what came meanwhile is not left behind. */
static struct memhp_snapshot *look_afterwards(struct run *run)
{
	struct memhp_snapshot *after = NULL;
	struct memhp_error error;
	size_t others = 0;

	error_clear(&error);
	if (run->apply.write_count == 0 && run_standing_word(run) == WORD_UNKNOWN &&
	    !run_has_left_others(run))
		return memhp_snapshot_ref(run->plans[0]->before);
	if (scan(run->io, SCAN_ALL, &error, &after) < 0) {
		run_note_unread(run, &error);
		return NULL;
	}
	run->later = after;
	if (run_online_others(run, after, &others) < 0) {
		error_memory(&error);
		run_note_unread(run, &error);
	}
	if (others == 0)
		return memhp_snapshot_ref(after);
	note_left(run, others);
	if (run->outcome == MEMHP_OUTCOME_ALREADY)
		run->outcome = MEMHP_OUTCOME_DONE;
	after = NULL;
	if (scan(run->io, SCAN_ALL, &error, &after) < 0)
		run_note_unread(run, &error);
	return after;
}

/* After a write there is a report in any case, be it one that says what could not be read. */
void run_finish(struct run *run, struct memhp_report *report)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *after = look_afterwards(run);

	if (after != NULL) {
		note_late_eject(run, after);
		hold_against(run, after);
		run_note_arrivals(run, after);
		run_settle_rules(run, after);
		run_inquire(run, after);
	}
	run_tell_left(run);
	note_journal(run);
	run_report(run, after, report);
}
