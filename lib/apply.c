/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Look, act, read back: the only file that changes the machine. It never improvises: a subject that
 * stands where no step begins is a surprise, and the caller plans again.
 */
#include "apply-step.h"

#include <errno.h>
#include <string.h>

#define NSEC_PER_SEC UINT64_C(1000000000)
#define BUFFER_SIZE ((size_t)256 * 1024)

int apply_init(struct apply *apply, struct io *io, struct memhp_error *error)
{
	*apply =
		(struct apply){ .io = io, .deadline = IO_NO_DEADLINE, .started = io->ops->now(io) };
	apply->buffer = malloc(BUFFER_SIZE);
	if (apply->buffer == NULL)
		return error_memory(error);
	apply->buffer_size = BUFFER_SIZE;
	return 0;
}

void apply_clear(struct apply *apply)
{
	free(apply->log);
	free(apply->buffer);
	*apply = (struct apply){ 0 };
}

/* ---- forward ---- */

/* A bind of a terabyte takes its time, and nothing tells how far it is: only a block has a bound. */
static uint64_t step_deadline(const struct apply *apply, const struct memhp_step *step)
{
	uint64_t now = apply->io->ops->now(apply->io);

	return step->kind == STEP_BLOCK ? MIN(apply->deadline, now + apply->block_timeout) :
					  apply->deadline;
}

static enum memhp_stop stop_asked(const struct apply *apply)
{
	if (apply->io->ops->cancelled(apply->io) > 0)
		return MEMHP_STOP_SIGNAL;
	if (apply->io->ops->now(apply->io) >= apply->deadline)
		return MEMHP_STOP_TIMEOUT;
	return MEMHP_STOP_NONE;
}

static void note_failure(struct apply *apply, struct step_log *log, int rc, const struct seen *seen)
{
	apply_explain(log, &log->step, rc, seen);
	if (apply->failed == 0)
		apply->failed = apply->log_count;
}

/* Whether it was the user, or the time that he gave, who ended a step. */
static bool was_stopped(const struct apply *apply, const struct memhp_step *step, int rc)
{
	switch (step->kind) {
	case STEP_WAIT_GONE: /* an unbind that has come back leaves what it leaves */
		return rc == -ECANCELED || rc == -EINPROGRESS;
	case STEP_WAIT_BLOCKS:
	case STEP_WAIT_EJECTED:
		return rc == -ECANCELED ||
		       (rc == -ETIMEDOUT && apply->io->ops->now(apply->io) >= apply->deadline);
	default:
		return rc == -ECANCELED || rc == -ETIMEDOUT || rc == -EINPROGRESS;
	}
}

/* What is still at work was given up before, by the user or by the time. */
static bool was_interrupted(const struct apply *apply, int rc)
{
	return rc == -ECANCELED || (rc == -EINPROGRESS && apply->io->ops->cancelled(apply->io) > 0);
}

/* What a step that did not come to hold means. */
static enum apply_end judge(struct apply *apply, struct step_log *log, int rc,
			    const struct seen *after)
{
	if (was_stopped(apply, &log->step, rc)) {
		apply->stopped_by =
			was_interrupted(apply, rc) ? MEMHP_STOP_SIGNAL : MEMHP_STOP_TIMEOUT;
		apply->at_work = log->step.kind == STEP_WAIT_GONE || rc == -EINPROGRESS;
		note_failure(apply, log, rc, after);
		return APPLY_STOPPED;
	}
	if (rc == -ENODEV && log->step.kind == STEP_BIND && !apply->bind_refused) {
		apply->bind_refused = true;
		return APPLY_SURPRISE;
	}
	if (step_action(&log->step) != ACTION_WAIT && !step_can_start(&log->step, after) &&
	    !log->lost)
		return APPLY_SURPRISE;
	note_failure(apply, log, rc, after);
	apply->leaked = apply->leaked || log->step.kind == STEP_WAIT_GONE;
	apply->stopped_by = log->lost ? MEMHP_STOP_OTHER : MEMHP_STOP_KERNEL;
	return APPLY_FAILED;
}

/*
 * A step that cannot begin. After failures that were passed over (--on-error continue) that is their
 * consequence; an unbind is not for anyone to plan around.
 */
static enum apply_end cannot_start(struct apply *apply, struct step_log *log)
{
	if (apply->failed == 0 || apply->on_error != MEMHP_ON_ERROR_CONTINUE)
		return APPLY_SURPRISE;
	if (log->step.kind == STEP_BLOCK)
		return APPLY_DONE;
	note_failure(apply, log, -EBUSY, &log->before);
	return APPLY_FAILED;
}

/* A driver that this run has loaded, or told of the device, takes it at once: the bind is ours. */
static bool is_our_bind(const struct apply *apply, const struct memhp_step *step)
{
	size_t i;

	for (i = 0; step->kind == STEP_BIND && i < apply->log_count; i++) {
		const struct step_log *log = &apply->log[i];

		if (log->done && log->by == BY_MEMHP && log->step.to == step->to &&
		    (log->step.kind == STEP_LOAD_MODULE ||
		     (log->step.kind == STEP_GIVE_ID && log->step.device == step->device)))
			return true;
	}
	return false;
}

/*
 * What a step before this one has brought about already, or may yet: nobody stops a run before that is found
 * out, for else it would be neither told nor undone.
 */
static bool is_consequence(const struct apply *apply, const struct memhp_step *step)
{
	return step_action(step) == ACTION_WAIT || is_our_bind(apply, step);
}

static enum apply_end do_step(struct apply *apply, struct step_log *log)
{
	struct seen after;
	enum apply_end end;
	int rc;

	apply_look(apply, log->snapshot, &log->step, &log->before);
	if (step_is_done(&log->step, &log->before) && step_action(&log->step) != ACTION_WAIT &&
	    !step_is_own(&log->step)) {
		apply_journal_close(apply, log->snapshot, &log->step);
		log->done = true;
		log->by = is_our_bind(apply, &log->step) ? BY_MEMHP : BY_OTHER;
		return APPLY_DONE;
	}
	if (step_can_start(&log->step, &log->before))
		apply_wait_for_owner(apply, log);
	if (!step_can_start(&log->step, &log->before))
		return cannot_start(apply, log);
	/* A consequence that has not come about is begun by nobody who is to stop. */
	if (is_our_bind(apply, &log->step))
		apply->stopped_by = stop_asked(apply);
	if (apply->stopped_by != MEMHP_STOP_NONE)
		return APPLY_STOPPED;
	after = log->before;
	if (log->step.kind == STEP_BLOCK && log->step.to == MEMHP_STATE_OFFLINE)
		apply_journal_claim(apply, log->step.block);
	rc = apply_act(apply, log, &log->step, step_deadline(apply, &log->step), &after);
	log->done = rc == 0;
	log->by = log->outrun ? BY_OTHER : BY_MEMHP;
	if (rc == 0)
		return APPLY_DONE;
	end = judge(apply, log, rc, &after);
	if (end == APPLY_SURPRISE && after.value == log->step.to && !step_is_own(&log->step)) {
		/* It moved, and not to where it should: this run's doing, to be put right or undone. */
		log->done = true;
		log->step.to_zones = after.zones;
	}
	return end;
}

/* Somebody takes another block offline, and whoever changes any waits for that: so will all the others. */
static bool is_held_up(struct apply *apply, const struct step_log *log)
{
	struct memhp_step step = { .kind = STEP_BLOCK };
	struct seen seen;
	size_t i;

	if (apply->io->held_up)
		return true;
	for (i = 0; i < log->snapshot->block_count; i++) {
		step.block = log->snapshot->blocks[i].number;
		if (step.block == log->step.block)
			continue;
		apply_look(apply, log->snapshot, &step, &seen);
		if (seen.value == MEMHP_STATE_GOING_OFFLINE)
			return true;
	}
	return false;
}

/* A block that has had all its own time for nothing has failed like one that was refused. */
static bool goes_on(struct apply *apply, const struct step_log *log, enum apply_end end)
{
	if (end == APPLY_DONE)
		return true;
	if (log->step.kind != STEP_BLOCK || apply->on_error != MEMHP_ON_ERROR_CONTINUE)
		return false;
	return end == APPLY_FAILED ||
	       (end == APPLY_STOPPED && log->rc == -ETIMEDOUT &&
		stop_asked(apply) == MEMHP_STOP_NONE && !is_held_up(apply, log));
}

/* Of failures that were passed over, the first one says what stopped the run. */
static enum memhp_stop stop_of_first(const struct apply *apply)
{
	return apply->log[apply->failed - 1].rc == -ETIMEDOUT ? MEMHP_STOP_TIMEOUT :
								MEMHP_STOP_KERNEL;
}

static int reserve_log(struct apply *apply, size_t count)
{
	size_t needed = apply->log_count + count;
	struct step_log *log;

	if (needed <= apply->log_capacity)
		return 0;
	log = realloc(apply->log, needed * sizeof(*log));
	if (log == NULL)
		return -ENOMEM;
	apply->log = log;
	apply->log_capacity = needed;
	return 0;
}

int apply_steps(struct apply *apply, const struct memhp_snapshot *snapshot,
		const struct memhp_step *steps, size_t count, struct memhp_error *error,
		enum apply_end *ret_end)
{
	enum apply_end end, worst = APPLY_DONE;
	size_t i;

	if (reserve_log(apply, count) < 0)
		return error_memory(error);
	for (i = 0; i < count; i++) {
		struct step_log *log = &apply->log[apply->log_count];

		apply->stopped_by =
			is_consequence(apply, &steps[i]) ? MEMHP_STOP_NONE : stop_asked(apply);
		if (apply->stopped_by != MEMHP_STOP_NONE) {
			worst = APPLY_STOPPED;
			break;
		}
		*log = (struct step_log){ .step = steps[i], .snapshot = snapshot };
		apply->log_count++;
		end = do_step(apply, log);
		apply->block_steps += log->step.kind == STEP_BLOCK;
		worst = end != APPLY_DONE ? end : worst;
		if (apply->progress != NULL)
			apply->progress(apply->progress_data, log, false);
		if (!goes_on(apply, log, end))
			break;
		apply->stopped_by = MEMHP_STOP_NONE;
	}
	if (apply->failed > 0 && apply->stopped_by == MEMHP_STOP_NONE)
		apply->stopped_by = stop_of_first(apply);
	*ret_end = worst;
	return 0;
}

/* ---- afterwards ---- */

int apply_afterwards(struct apply *apply, const struct memhp_snapshot *snapshot,
		     const struct memhp_step *steps, size_t count)
{
	bool waited = false; /* one has had all its time for nothing: so would the others */
	size_t i;

	if (reserve_log(apply, count) < 0)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct step_log *log = &apply->log[apply->log_count++];
		struct seen seen;

		*log = (struct step_log){ .step = steps[i], .snapshot = snapshot };
		apply_look(apply, snapshot, &log->step, &log->before);
		log->done = step_is_done(&log->step, &log->before);
		log->by = log->done ? BY_OTHER : BY_MEMHP;
		if (log->done || !step_can_start(&log->step, &log->before))
			continue;
		seen = log->before;
		log->rc = waited ? -ETIME :
				   apply_act(apply, log, &log->step,
					     apply_undo_deadline(apply, &log->step), &seen);
		waited = waited || log->rc == -ETIMEDOUT;
		log->done = log->rc == 0;
		if (log->rc < 0)
			apply_explain(log, &log->step, log->rc, &seen);
	}
	return 0;
}
