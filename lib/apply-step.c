/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One step: how its subject stands, what is written, and how it stands then. Which steps there are, and
 * what becomes of one that fails, is apply.c's.
 */
#include "apply-step.h"

#include <errno.h>
#include <string.h>

#include "journal.h"

#define NSEC_PER_SEC UINT64_C(1000000000)
#define NSEC_PER_MSEC UINT64_C(1000000)
/* What one attribute of sysfs says is less than this by far. */
#define WORD_SIZE ((size_t)4096)
/* Bind and unbind come back when they are done; what is late then will not come. */
#define WAIT_TIMEOUT (5 * NSEC_PER_SEC)
/* But an unbind that was given up may still be at work: it takes the link away first, and cannot be ended. */
#define UNBIND_TIMEOUT (30 * NSEC_PER_SEC)
/* An eject is only asked for, and nothing tells that it was refused; this wait is a part of the work. */
#define EJECT_TIMEOUT (30 * NSEC_PER_SEC)

/* ---- looking ---- */

static void cut_newline(char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
}

static int read_text(struct apply *apply, const struct look *look)
{
	size_t size = look->how == LOOK_READ ? WORD_SIZE : apply->buffer_size;
	size_t len = 0;
	char *larger;
	int rc;

	for (;;) {
		rc = apply->io->ops->read(apply->io, look->path, 0, apply->buffer, size - 1, &len);
		if (rc != -E2BIG)
			break;
		if (size < apply->buffer_size) {
			size = apply->buffer_size;
			continue;
		}
		larger = realloc(apply->buffer, apply->buffer_size * 2);
		if (larger == NULL)
			return -ENOMEM;
		apply->buffer = larger;
		apply->buffer_size *= 2;
		size = apply->buffer_size;
	}
	apply->buffer[rc < 0 ? 0 : len] = '\0';
	if (rc == 0)
		cut_newline(apply->buffer, len);
	return rc;
}

static int ignore_entry(void *data, const char *name, unsigned char type)
{
	return 0;
}

static int look_once(struct apply *apply, const struct look *look)
{
	apply->buffer[0] = '\0';
	switch (look->how) {
	case LOOK_READLINK:
		return apply->io->ops->readlink(apply->io, look->path, apply->buffer,
						apply->buffer_size);
	case LOOK_EXISTS:
		return apply->io->ops->list(apply->io, look->path, ignore_entry, NULL);
	default:
		return read_text(apply, look);
	}
}

void apply_look(struct apply *apply, const struct memhp_snapshot *snapshot,
		const struct memhp_step *step, struct seen *ret_seen)
{
	struct look look;
	size_t i;

	step_seen_init(ret_seen);
	for (i = 0; step_look_tells(step, i, ret_seen) && step_look(snapshot, step, i, &look);
	     i++) {
		int rc = look_once(apply, &look);

		step_observe(snapshot, step, i, rc, apply->buffer, ret_seen);
	}
}

/* ---- acting ---- */

int apply_write(struct apply *apply, const struct memhp_snapshot *snapshot,
		const struct memhp_step *step, uint64_t deadline)
{
	char path[IO_PATH_MAX], value[IO_NAME_MAX];

	step_path(snapshot, step, path);
	apply->write_count++;
	if (step_action(step) == ACTION_LOAD)
		return apply->io->ops->load(apply->io, path, deadline);
	step_value(snapshot, step, value);
	return apply->io->ops->write(apply->io, path, value, deadline);
}

/* Whether what is waited for is the end of an unbind that was given up. */
static bool is_unbinding(const struct apply *apply, const struct memhp_snapshot *snapshot,
			 const struct memhp_step *step)
{
	size_t i;

	for (i = 0; step->kind == STEP_WAIT_GONE && i < apply->log_count; i++) {
		const struct step_log *log = &apply->log[i];

		/* Devices of another round have other numbers. */
		if (log->unbinding && log->snapshot == snapshot && log->step.device == step->device)
			return true;
	}
	return false;
}

/* What is let go is worth a moment, whoever is in a hurry: only then can the rest be put back. */
static bool goes_on_waiting(const struct apply *apply, const struct memhp_step *step)
{
	return step->kind == STEP_WAIT_GONE && apply->io->ops->cancelled(apply->io) < 2;
}

/* Until it holds, or nothing has moved for a while. */
static int wait_until_done(struct apply *apply, const struct memhp_snapshot *snapshot,
			   const struct memhp_step *step, struct seen *seen)
{
	struct io *io = apply->io;
	bool ejects = step->kind == STEP_WAIT_EJECTED;
	bool unbinding = is_unbinding(apply, snapshot, step);
	/* How long nothing has to have moved until it will not move any more. */
	uint64_t patience = ejects ? EJECT_TIMEOUT : unbinding ? UNBIND_TIMEOUT : WAIT_TIMEOUT;
	uint64_t limit = ejects ? apply->deadline : IO_NO_DEADLINE;
	uint64_t pause = NSEC_PER_MSEC, deadline = io->ops->now(io) + patience;
	uint32_t pending = seen->pending;

	while (!step_is_done(step, seen)) {
		if (seen->pending < pending) {
			pending = seen->pending;
			deadline = io->ops->now(io) + patience;
		}
		if (io->ops->now(io) >= MIN(deadline, limit))
			return unbinding ? -EINPROGRESS : -ETIMEDOUT;
		if (io->ops->sleep(io, pause) < 0 && !goes_on_waiting(apply, step))
			return -ECANCELED;
		pause = MIN(pause * 2, 100 * NSEC_PER_MSEC);
		apply_look(apply, snapshot, step, seen);
	}
	return 0;
}

static bool can_pass(const struct memhp_step *step, int rc)
{
	return rc == -EBUSY && step->kind == STEP_BLOCK && step->to == MEMHP_STATE_OFFLINE;
}

/* Whether the kernel may have done what it was told, whatever the write came back with. */
bool apply_may_have_acted(int rc)
{
	return rc == 0 || rc == -ETIMEDOUT || rc == -ECANCELED || rc == -EINTR;
}

/*
 * A driver shows its link first, and takes it away first: one that was given up, and goes on, may not be the device's
 * after all, or be it yet. So is it with a bind that an id, or a module, has brought about. That kmem lets go of
 * memory, once its link is gone, is waited for by a step of its own.
 */
static bool is_at_work(const struct apply *apply, const struct memhp_step *step, int rc,
		       const struct seen *seen)
{
	if ((rc != -ETIMEDOUT && rc != -ECANCELED) || !apply->io->held_up)
		return false;
	return step->kind == STEP_BIND || step->kind == STEP_GIVE_ID ||
	       step->kind == STEP_LOAD_MODULE ||
	       (step->kind == STEP_UNBIND &&
		(step->from != DRIVER_KMEM || !step_is_done(step, seen)));
}

/* One step, read back: 0 when it holds afterwards. SEEN is how its subject stands then. */
int apply_act(struct apply *apply, struct step_log *log, const struct memhp_step *step,
	      uint64_t deadline, struct seen *seen)
{
	const struct memhp_snapshot *snapshot = log->snapshot;
	uint64_t pause = 100 * NSEC_PER_MSEC;
	unsigned int tries = 0;
	int rc;

	if (step_action(step) == ACTION_WAIT)
		return wait_until_done(apply, snapshot, step, seen);
	if (step->kind == STEP_CREATE)
		return apply_create(apply, log, step, deadline, seen);
	rc = apply_journal_open(apply, snapshot, step);
	if (rc < 0) {
		log->unnoted = true;
		return rc;
	}
	for (;;) {
		rc = apply_write(apply, snapshot, step, deadline);
		log->acted = log->acted || apply_may_have_acted(rc);
		apply_look(apply, snapshot, step, seen);
		if (is_at_work(apply, step, rc, seen))
			return -EINPROGRESS;
		if (step_is_done(step, seen) || (rc == 0 && step_is_blind(step))) {
			log->outrun = rc == -EINVAL && step->kind == STEP_BLOCK;
			log->unbinding =
				rc < 0 && apply_may_have_acted(rc) && step->kind == STEP_UNBIND;
			apply_journal_close(apply, snapshot, step);
			return 0;
		}
		if (!apply_may_have_acted(rc))
			apply_journal_forget(apply, snapshot, step);
		if (!can_pass(step, rc) || tries++ >= apply->retries ||
		    apply->io->ops->now(apply->io) + pause >= deadline ||
		    apply->io->ops->sleep(apply->io, pause) < 0)
			return rc < 0 ? rc : -EIO;
		pause *= 2;
	}
}

void apply_explain(struct step_log *log, const struct memhp_step *step, int rc,
		   const struct seen *seen)
{
	log->rc = rc;
	if (log->unnoted)
		text_format(log->message, sizeof(log->message),
			    "it could not be noted in /" JOURNAL_PATH
			    " (%s), by which it is put back "
			    "should this run be killed",
			    strerror(-rc));
	else if (log->lost && rc != -EEXIST)
		text_format(
			log->message, sizeof(log->message),
			"whether the kernel has made it is not known (%s), and a device without a "
			"size that has come in this region may be this run's or another's",
			strerror(-rc));
	else
		step_refusal(log->snapshot, step, rc, seen, log->message, sizeof(log->message));
}
