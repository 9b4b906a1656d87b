/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run: lock, scan, plan, gate, apply, and again where something else has changed meanwhile; a last
 * scan, and the report. The only file that knows all layers.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "ctx.h"
#include "journal.h"
#include "rule.h"
#include "scan.h"

#define LOCK_PATH "run/memhp/lock"
#define NSEC_PER_SEC UINT64_C(1000000000)
#define DEFAULT_BLOCK_TIMEOUT 120
#define SETTLE_TIME (NSEC_PER_SEC / 2)

/* ---- before the first write ---- */

static uint64_t lock_deadline(const struct run *run)
{
	uint32_t seconds = run->request->timeout_seconds;

	if (seconds == 0)
		seconds = DEFAULT_BLOCK_TIMEOUT;
	return run->started + seconds * NSEC_PER_SEC;
}

static int take_lock(struct run *run, struct memhp_error *error)
{
	char holder[IO_NAME_MAX] = "";
	int rc = run->io->ops->lock(run->io, LOCK_PATH, lock_deadline(run), holder, sizeof(holder));

	if (rc == 0)
		return 0;
	if (rc == -EWOULDBLOCK) {
		error_set(error, MEMHP_ERROR_SYSTEM, rc, "/" LOCK_PATH,
			  "another memhp is changing memory%s%s", holder[0] != '\0' ? ": " : "",
			  holder);
		return error_hint(error, "wait for it, or give --timeout more seconds");
	}
	if (rc == -ECANCELED)
		return error_set(error, MEMHP_ERROR_STOPPED, rc, "/" LOCK_PATH,
				 "interrupted before anything was changed");
	if (rc == -EROFS) {
		error_set(error, MEMHP_ERROR_SYSTEM, rc, "/" LOCK_PATH,
			  "the lock cannot be taken (%s)", strerror(-rc));
		return error_hint(error, "/run is to be writable; plan and -n work without");
	}
	if (rc == -EACCES || rc == -EPERM) {
		error_set(error, MEMHP_ERROR_PRIVILEGE, rc, "/" LOCK_PATH,
			  "changing memory takes more privilege than this user has (%s)",
			  strerror(-rc));
		return error_hint(error, "run as root; plan and -n work without");
	}
	return error_system(error, rc, "/" LOCK_PATH, "cannot take the lock");
}

/* Who sets the word, or onlines in place of others, has to know of udev's rules. */
static unsigned int parts_of(const struct run *run)
{
	bool asks = run->request->operation == MEMHP_OPERATION_AUTO_ONLINE ||
		    (run->request->flags & MEMHP_REQUEST_NEW) != 0;

	return SCAN_ALL | (asks ? SCAN_SETUP : 0);
}

static int make_plan(struct run *run, struct memhp_error *error)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	int rc = scan(run->io, parts_of(run), error, &snapshot);

	if (rc < 0)
		return rc;
	/* Who holds the lock is alone: what is open has been left, though the process that left it lives on. */
	if (run->lessons.use == PLAN_TO_RUN)
		snapshot->journal.alive = false;
	rc = plan_new(snapshot, &run->policy, run->request, &run->lessons, error,
		      &run->plans[run->plan_count]);
	if (rc == 0)
		run->plan_count++;
	return rc;
}

static int lock_and_plan(struct run *run, struct memhp_error *error)
{
	struct memhp_error lock_error;
	int lock_rc, rc;

	error_clear(&lock_error);
	lock_rc = take_lock(run, &lock_error);
	if (lock_rc == 0)
		run->lessons.use = PLAN_TO_RUN;
	rc = make_plan(run, error);
	if (rc < 0 && run_error_is_first(error->kind))
		return rc;
	if (lock_rc < 0)
		*error = lock_error;
	return lock_rc < 0 ? lock_rc : rc;
}

/* ---- how it ends ---- */

static bool did_anything(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->apply.log_count; i++) {
		const struct step_log *log = &run->apply.log[i];

		if (apply_changed(log) && !log->undone && !log->step.recovers)
			return true;
	}
	return false;
}

/* After a failure: back, or brackets closed and left as it is. */
static void wind_up(struct run *run)
{
	enum memhp_on_error on_error = run->plans[0]->request.options.on_error;
	bool did = did_anything(run), clean;

	/* What the kernel has kept stands in the way of whatever would be put back. */
	if (run->apply.leaked || run->apply.at_work)
		on_error = MEMHP_ON_ERROR_KEEP;
	clean = on_error == MEMHP_ON_ERROR_ROLLBACK ? apply_rollback(&run->apply) :
						      apply_close_brackets(&run->apply);
	if (!did)
		run->outcome = MEMHP_OUTCOME_FAILED;
	else if (on_error == MEMHP_ON_ERROR_ROLLBACK && clean)
		run->outcome = MEMHP_OUTCOME_ROLLED_BACK;
	else
		run->outcome = MEMHP_OUTCOME_PARTIAL;
}

/* A later round is not allowed what the first one was: nobody has agreed to what it would do. */
static void end_denied(struct run *run, const struct memhp_plan *plan)
{
	run_tell_denied(run, plan);
	if (run->apply.write_count == 0) {
		run->outcome = MEMHP_OUTCOME_REFUSED;
		return;
	}
	run->apply.stopped_by = MEMHP_STOP_OTHER;
	wind_up(run);
}

static void end_stopped(struct run *run)
{
	run_tell_stopped(run);
	wind_up(run);
}

static bool is_partial(const struct run *run)
{
	return run->apply.failed > 0;
}

/* ---- rounds ---- */

/* Who makes a device does not make another because the first one cannot be seen: that is undone. */
static bool would_do_twice(const struct run *run)
{
	return run->request->operation == MEMHP_OPERATION_CREATE && did_anything(run);
}

/* True when it is settled how the run ends. */
static bool do_round(struct run *run, const struct memhp_plan *plan, struct memhp_error *error,
		     int *ret_rc)
{
	enum apply_end end;

	if (plan->verdict == MEMHP_VERDICT_DENY) {
		end_denied(run, plan);
		return true;
	}
	if (plan->step_count == 0) {
		run->outcome =
			run->apply.write_count > 0 ? MEMHP_OUTCOME_DONE : MEMHP_OUTCOME_ALREADY;
		return true;
	}
	*ret_rc = run_note_word(run, plan, error);
	if (*ret_rc < 0)
		return true;
	run->blocks_before = run->apply.block_steps;
	*ret_rc =
		apply_steps(&run->apply, plan->before, plan->steps, plan->step_count, error, &end);
	if (*ret_rc < 0)
		return true;
	if (end == APPLY_SURPRISE) {
		run->lessons.bind_needs_id = run->apply.bind_refused;
		run->lessons.make_anew = true;
		if (apply_close_brackets(&run->apply) && !would_do_twice(run))
			return false;
		run_tell_surprised(run);
		wind_up(run);
		return true;
	}
	if (end == APPLY_DONE && !is_partial(run)) {
		run->outcome = MEMHP_OUTCOME_DONE;
		return true;
	}
	end_stopped(run);
	return true;
}

/* No memory or no scan in a later round: what was done is put back first. */
static int fail_later_round(struct run *run, int rc, struct memhp_error *error)
{
	if (run->apply.write_count == 0)
		return rc;
	run->cause = *error;
	run->apply.stopped_by = MEMHP_STOP_OTHER;
	wind_up(run);
	return 0;
}

/* Only the first round: what later ones find is partly this run's own doing. */
static bool is_stale(struct run *run)
{
	const char *fingerprint = run->request->fingerprint;

	if (fingerprint == NULL || plan_compare(run->plans[0], fingerprint, &run->cause) == 0)
		return false;
	run->outcome = MEMHP_OUTCOME_STALE;
	return true;
}

/*
 * Who onlines what appears does so block by block: to plan while he is at it is to be surprised again. A
 * driver that wants an id is no such surprise. If the user wants to stop, the next step finds out.
 */
static void let_others_finish(struct run *run, size_t round)
{
	if (!run->lessons.bind_needs_id)
		(void)run->io->ops->sleep(run->io, round * SETTLE_TIME);
}

static int do_rounds(struct run *run, struct memhp_error *error)
{
	size_t round;
	int rc = 0;

	if (is_stale(run))
		return 0;
	for (round = 0; round < RUN_ROUNDS; round++) {
		if (round > 0) {
			let_others_finish(run, round);
			rc = make_plan(run, error);
			if (rc < 0)
				return fail_later_round(run, rc, error);
		}
		if (do_round(run, run->plans[round], error, &rc))
			return rc < 0 ? fail_later_round(run, rc, error) : 0;
	}
	run_tell_surprised(run);
	wind_up(run);
	return 0;
}

/* The kernel would not let this user write, and nothing was: that is want of privilege. */
static int want_of_privilege(const struct run *run, struct memhp_error *error)
{
	const struct step_log *log;
	char path[IO_PATH_MAX], object[IO_PATH_MAX + 1];

	if (run->apply.failed == 0 || did_anything(run))
		return 0;
	log = &run->apply.log[run->apply.failed - 1];
	if (log->unnoted || (log->rc != -EACCES && log->rc != -EROFS))
		return 0;
	step_path(log->snapshot, &log->step, path);
	/* Of a module it is its name. */
	text_format(object, sizeof(object), "%s%s",
		    step_action(&log->step) == ACTION_WRITE ? "/" : "", path);
	error_set(error, MEMHP_ERROR_PRIVILEGE, log->rc, object, "cannot be written (%s)",
		  strerror(-log->rc));
	return error_hint(error, "run as root, where /sys is writable");
}

static void on_step(void *data, const struct step_log *log, bool undo)
{
	const struct run *run = data;
	struct memhp_progress progress = { .struct_size = sizeof(progress) };

	if (log->step.kind != STEP_BLOCK || run->ctx->progress == NULL)
		return;
	progress.phase = undo				     ? "rollback" :
			 log->step.to == MEMHP_STATE_OFFLINE ? "offline" :
							       "online";
	progress.total_blocks =
		run->blocks_before + run->plans[run->plan_count - 1]->block_step_count;
	progress.done_blocks = run->apply.block_steps;
	progress.done_bytes = progress.done_blocks * log->snapshot->machine.block_size;
	progress.total_bytes = progress.total_blocks * log->snapshot->machine.block_size;
	progress.seconds = (double)(run->io->ops->now(run->io) - run->started) / 1e9;
	progress.block = log->step.block;
	ctx_progress(run->ctx, &progress);
}

static int begin(struct run *run, struct memhp_error *error)
{
	const struct memhp_request *request = run->request;
	uint32_t block_timeout = request->block_timeout_seconds;
	int rc = apply_init(&run->apply, run->io, error);

	if (rc < 0)
		return rc;
	run->policy_rc = run_load_policy(run->ctx, &run->policy_error, &run->policy);
	if (run_is_without_policy(request))
		run->policy_rc = 0;
	run->apply.block_timeout =
		(block_timeout != 0 ? block_timeout : DEFAULT_BLOCK_TIMEOUT) * NSEC_PER_SEC;
	run->apply.retries = request->retries;
	run->apply.progress = on_step;
	run->apply.progress_data = run;
	rc = lock_and_plan(run, error);
	return run_settle(run->policy_rc, &run->policy_error, rc, error);
}

static int carry_out(struct run *run, struct memhp_error *error, struct memhp_report **ret_report)
{
	uint32_t timeout = run->request->timeout_seconds;
	struct memhp_report *report;
	int rc = begin(run, error);

	if (rc < 0)
		return rc;
	report = calloc(1, sizeof(*report));
	if (report == NULL)
		return error_memory(error);
	report->refcount = 1;
	if (timeout != 0)
		run->apply.deadline = run->io->ops->now(run->io) + timeout * NSEC_PER_SEC;
	run->apply.on_error = run->plans[0]->request.options.on_error;
	apply_journal_take(&run->apply, run->plans[0]->before);
	rc = do_rounds(run, error);
	if (rc == 0) {
		run_finish(run, report);
		rc = want_of_privilege(run, error);
	}
	if (rc < 0) {
		memhp_report_unref(report);
		return rc;
	}
	*ret_report = report;
	return 0;
}

EXPORT int memhp_run(struct memhp_ctx *ctx, const struct memhp_request *request,
		     struct memhp_report **ret_report)
{
	struct memhp_request own;
	struct run run = { .ctx = ctx, .io = ctx->io, .request = &own };
	size_t i;
	int rc;

	error_clear(&ctx->error);
	if (ctx->io->read_only)
		return error_set(
			&ctx->error, MEMHP_ERROR_USAGE, -EROFS, "root",
			"a recorded machine cannot be changed, only planned on (plan, -n)");
	rc = run_take_request(request, &ctx->error, &own);
	if (rc < 0)
		return rc;
	run.started = run.io->ops->now(run.io);
	rc = carry_out(&run, &ctx->error, ret_report);
	run.io->ops->unlock(run.io);
	apply_clear(&run.apply);
	for (i = 0; i < run.plan_count; i++)
		memhp_plan_unref(run.plans[i]);
	memhp_snapshot_unref(run.later);
	policy_clear(&run.policy);
	return rc;
}
