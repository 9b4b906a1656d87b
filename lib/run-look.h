/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One look at a machine that is followed: what has happened since the last one.
 */
#ifndef MEMHP_RUN_LOOK_H
#define MEMHP_RUN_LOOK_H

#include "event.h"

struct followed {
	struct memhp_ctx *ctx;			/* borrowed */
	bool each;				/* an event for each block */
	struct memhp_snapshot *snapshot;	/* as it was seen last */
	struct memhp_events drift;		/* ... and what of it is not as the policy wants */
	bool has_drift;				/* the policy could be read, the last time */
};
/* look_begin - the machine as it is now, of which nothing is told. */
int look_begin(struct followed *followed, struct memhp_error *error);
void look_clear(struct followed *followed);
/* look_again - what has happened since, at the end of EVENTS; after a failure it is still to be told. */
int look_again(struct followed *followed, struct memhp_error *error, struct memhp_events *events);
/* look_for_drift - what of the machine, as it was seen last, is newly not as the policy wants it. */
int look_for_drift(struct followed *followed, struct memhp_error *error, struct memhp_events *events);

/*
 * look_has_sign - whether there is something new that no event tells of; BY_COUNT: that the kernel has sent
 * any is a sign too. Costs a small read, or two.
 */
bool look_has_sign(const struct followed *followed, bool by_count);

#endif
