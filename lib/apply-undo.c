/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way back: undoes what a run has done, the last first, as long as it may take; closes what was
 * opened for the time of the run only. What cannot be put back is left as it is, and said.
 */
#include "apply-step.h"

#include <errno.h>

#define NSEC_PER_SEC UINT64_C(1000000000)
#define UNDO_TIMEOUT_CANCELLED (2 * NSEC_PER_SEC)
/* At the least: what a driver has begun it brings to its end, also where nobody waits for that any more. */
#define UNDO_TIMEOUT_DRIVER (60 * NSEC_PER_SEC)
/* How many times what the way there took the way back may take. */
#define UNDO_SHARE 4

uint64_t apply_undo_deadline(const struct apply *apply, const struct memhp_step *step)
{
	uint64_t now = apply->io->ops->now(apply->io);
	/* Once it is known that the user wants to stop, a write that puts things back is let begin. */
	unsigned int cancelled = apply->io->ops->cancelled(apply->io);

	if (step->kind != STEP_BLOCK)
		return MAX(cancelled > 1 ? 0 : apply->undo_limit, now + UNDO_TIMEOUT_DRIVER);
	return now + (cancelled > 1 ? UNDO_TIMEOUT_CANCELLED : apply->block_timeout);
}

static bool is_of_driver(const struct memhp_step *step)
{
	return step->kind == STEP_BIND || step->kind == STEP_UNBIND || step->kind == STEP_GIVE_ID;
}

static bool takes_offline(const struct memhp_step *step)
{
	return step->kind == STEP_BLOCK && step->to == MEMHP_STATE_OFFLINE;
}

/*
 * An offline can take for ever by itself; an online, or a driver, where somebody else's holds up all hotplug
 * (the lock of drivers/base/core.c, 6.1 to 7.2). All of them together get no more time than this; but memory
 * comes back as long as none has had to wait that long, and so do drivers.
 */
static bool is_too_late(const struct apply *apply, const struct memhp_step *step)
{
	return (step->kind == STEP_BLOCK || is_of_driver(step)) && apply->undo_limit != 0 &&
	       (takes_offline(step) || apply->undo_waited) &&
	       apply->io->ops->now(apply->io) >= apply->undo_limit;
}

static int undo_act(struct apply *apply, struct step_log *log, const struct memhp_step *step,
		    struct seen *seen)
{
	uint64_t deadline = apply_undo_deadline(apply, step);
	int rc;

	if (is_too_late(apply, step))
		return -ETIME;
	if (takes_offline(step) && apply->undo_limit != 0)
		deadline = MIN(deadline, apply->undo_limit);
	rc = apply_act(apply, log, step, deadline, seen);
	if (rc == -ECANCELED) /* told to hurry: once more, with less time */
		rc = apply_act(apply, log, step, MIN(deadline, apply_undo_deadline(apply, step)),
			       seen);
	if ((rc == -ETIMEDOUT || rc == -EINPROGRESS) && !takes_offline(step) &&
	    (step->kind == STEP_BLOCK || is_of_driver(step)))
		apply->undo_waited = true;
	return rc;
}

static bool has_ejected(const struct apply *apply)
{
	size_t i;

	for (i = 0; i < apply->log_count; i++) {
		if (apply->log[i].step.kind == STEP_EJECT && apply_changed(&apply->log[i]))
			return true;
	}
	return false;
}

/*
 * An eject that is refused onlines again what it finds offline, in the zone that the kernel would choose
 * (drivers/acpi/scan.c:acpi_scan_try_to_offline, 6.1 to 7.2): from there it is taken offline first.
 */
static int undo_eject(struct apply *apply, struct step_log *log, const struct memhp_step *step,
		      struct seen *seen, struct memhp_step *ret_out)
{
	const struct memhp_step out = {
		.kind = STEP_BLOCK,
		.device = step->device,
		.block = step->block,
		.from = MEMHP_STATE_ONLINE,
		.from_zones = seen->zones,
		.to = MEMHP_STATE_OFFLINE,
		.word = WORD_OFFLINE,
	};

	if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_ONLINE ||
	    seen->value != MEMHP_STATE_ONLINE || !has_ejected(apply))
		return -ESTALE;
	*ret_out = out;
	return undo_act(apply, log, &out, seen);
}

static bool undo_step(struct apply *apply, struct step_log *log, const struct memhp_step *step)
{
	struct memhp_step failed = *step;
	struct seen seen;
	int rc = 0;

	apply_look(apply, log->snapshot, step, &seen);
	if (step_is_done(step, &seen)) {
		apply_journal_close(apply, log->snapshot, step);
		return true;
	}
	if (!step_can_start(step, &seen))
		rc = undo_eject(apply, log, step, &seen, &failed);
	if (rc == 0) {
		failed = *step;
		rc = undo_act(apply, log, step, &seen);
	}
	if (rc == 0)
		return true;
	if (step->kind == STEP_BLOCK && seen.value == MEMHP_STATE_ABSENT)
		rc = -ENODEV;
	log->undo_failed = true;
	apply_explain(log, &failed, rc, &seen);
	return false;
}

bool apply_changed(const struct step_log *log)
{
	return (log->done || log->acted) && log->by == BY_MEMHP;
}

static bool undo(struct apply *apply, struct step_log *log)
{
	struct memhp_step inverse[STEP_INVERSE_MAX];
	size_t count, i;
	bool undone = true;

	if (!apply_changed(log) || log->undone || log->step.recovers)
		return true;
	if (log->lost) {
		log->undo_failed = true;
		return false;
	}
	count = step_inverse(log->snapshot, &log->step, &log->before, inverse);
	for (i = 0; i < count; i++)
		undone = undo_step(apply, log, &inverse[i]) && undone;
	log->undone = undone;
	if (apply->progress != NULL)
		apply->progress(apply->progress_data, log, true);
	return undone;
}

bool apply_rollback(struct apply *apply)
{
	uint64_t now = apply->io->ops->now(apply->io);
	bool undone = true;
	size_t i;

	apply->undo_limit = now + UNDO_SHARE * (now - apply->started) + 2 * apply->block_timeout;
	for (i = apply->log_count; i-- > 0;)
		undone = undo(apply, &apply->log[i]) && undone;
	return undone;
}

static bool is_closed(const struct apply *apply, size_t opening)
{
	size_t i;

	for (i = opening + 1; i < apply->log_count; i++) {
		if (apply->log[i].done &&
		    step_closes_bracket(&apply->log[opening].step, &apply->log[i].step))
			return true;
	}
	return false;
}

bool apply_close_brackets(struct apply *apply)
{
	bool closed = true;
	size_t i;

	for (i = apply->log_count; i-- > 0;) {
		if (step_opens_bracket(&apply->log[i].step) && !is_closed(apply, i))
			closed = undo(apply, &apply->log[i]) && closed;
	}
	return closed;
}
