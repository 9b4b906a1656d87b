/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A device is made, and the kernel does not say which: of those that have come, the one without a size is
 * this run's, and is given back if it is not the one that was foreseen. What others have made is not
 * touched, even where that leaves one behind that nobody can tell from theirs.
 */
#include <errno.h>

#include "apply-step.h"

#define NSEC_PER_MSEC UINT64_C(1000000)
/* Who makes a device gives it its size soon. */
#define PATIENCE (2000 * NSEC_PER_MSEC)
#define PAUSE (50 * NSEC_PER_MSEC)

static bool is_one(uint16_t candidates)
{
	return candidates != 0 && (candidates & (candidates - 1)) == 0;
}

/* Until one alone has no size. */
static void look_at_candidates(struct apply *apply, const struct step_log *log,
			       const struct memhp_step *step, struct seen *seen)
{
	uint64_t deadline = apply->io->ops->now(apply->io) + PATIENCE;

	for (;;) {
		apply_look(apply, log->snapshot, step, seen);
		if (seen->empty == 0 || is_one(seen->empty) ||
		    apply->io->ops->now(apply->io) >= deadline ||
		    apply->io->ops->sleep(apply->io, PAUSE) < 0)
			return;
	}
}

static uint8_t number_of(uint16_t candidates)
{
	uint8_t number = 0;

	while ((candidates & 1U) == 0) {
		candidates >>= 1;
		number++;
	}
	return number;
}

static bool give_back(struct apply *apply, const struct step_log *log,
		      const struct memhp_step *step, uint8_t candidate, uint64_t deadline)
{
	struct memhp_step back = *step;
	struct seen seen;

	back.kind = STEP_DELETE;
	back.candidate = candidate;
	back.from = step->to;
	back.to = step->from;
	apply_look(apply, log->snapshot, &back, &seen);
	if (step_can_start(&back, &seen)) {
		(void)apply_write(apply, log->snapshot, &back, deadline);
		apply_look(apply, log->snapshot, &back, &seen);
	}
	return step_is_done(&back, &seen);
}

/* The one that a region came with is for anybody; who made another one may be about to give it its size. */
void apply_wait_for_owner(struct apply *apply, struct step_log *log)
{
	const struct memhp_step *step = &log->step;

	if (step->kind != STEP_SIZE || step->fresh || step->from_amount != 0 ||
	    step_device_number(log->snapshot, step) == 0)
		return;
	if (apply->io->ops->sleep(apply->io, PATIENCE) == 0)
		apply_look(apply, log->snapshot, step, &log->before);
}

/* Whether it was made for this run is not known; by now whoever made it has given it its size. */
static bool is_left_to_us(struct apply *apply, const struct step_log *log,
			  const struct memhp_step *step, struct seen *seen)
{
	if (apply->io->ops->sleep(apply->io, PATIENCE) < 0)
		return false;
	apply_look(apply, log->snapshot, step, seen);
	return step_is_done(step, seen);
}

int apply_create(struct apply *apply, struct step_log *log, const struct memhp_step *step,
		 uint64_t deadline, struct seen *seen)
{
	int rc = apply_write(apply, log->snapshot, step, deadline);
	bool acted = apply_may_have_acted(rc);

	if (!acted) {
		apply_look(apply, log->snapshot, step, seen);
		return rc;
	}
	log->acted = true;
	look_at_candidates(apply, log, step, seen);
	if (step_is_done(step, seen) && (rc == 0 || is_left_to_us(apply, log, step, seen)))
		return 0;
	if (seen->there == 0)
		return rc < 0 ? rc : -EIO;
	/* Where the kernel may not have acted, the one without a size may be another's. */
	if (rc == 0 && is_one(seen->empty) &&
	    give_back(apply, log, step, number_of(seen->empty), deadline)) {
		log->acted = false;
		return -ESTALE;
	}
	log->lost = seen->empty != 0;
	log->acted = log->lost;
	if (rc < 0)
		return rc;
	return log->lost ? -EEXIST : -ESTALE;
}
