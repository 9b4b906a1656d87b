/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine that is followed: when it is time to look at it, by what is heard and by a clock.
 */
#ifndef MEMHP_MONITOR_H
#define MEMHP_MONITOR_H

#include "run-look.h"

/* A burst has ended when nothing was heard for so long; one that does not end is told of meanwhile. */
#define MONITOR_QUIET UINT64_C(500000000)
/* One that has gone on for long may pause for longer: for that part of the time since it began. */
#define MONITOR_PATIENCE 8
#define MONITOR_LONGEST UINT64_C(60000000000)
/* The same where each block is told by itself. */
#define MONITOR_QUIET_EACH UINT64_C(50000000)
#define MONITOR_LONGEST_EACH UINT64_C(500000000)
/* How often is looked for what sends no event; and for all else where events are not heard. */
#define MONITOR_TICK UINT64_C(5000000000)
#define MONITOR_TICK_DEAF UINT64_C(2000000000)
/* For so long a machine may be otherwise than the policy wants it, while somebody sees to it. */
#define MONITOR_SETTLE UINT64_C(3000000000)

struct memhp_monitor {
	unsigned int refcount;
	struct memhp_ctx *ctx;		/* counted */
	struct followed followed;
	struct memhp_events events;	/* of the last read */
	int poll_fd;			/* an epoll of those below */
	int timer_fd;
	bool hears;			/* the kernel's events; else they are counted at each tick */
	bool lost;			/* some of them were: logged once a burst */
	bool is_due;			/* something was heard, and has not been looked at */
	uint64_t first_heard, last_heard;
	uint64_t next_tick;
	uint64_t settles;		/* when drift is looked for; UINT64_MAX: nothing has changed */
};

#endif
