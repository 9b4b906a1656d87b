/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program under `timed` and `timed` share: how long it was inside those calls of write(2) that change the
 * state of memory blocks.
 */
#ifndef BENCH_INSIDE_H
#define BENCH_INSIDE_H

#include <stdint.h>
#include <time.h>

#define INSIDE_FD "MEMHP_BENCH_INSIDE" /* in the environment: the descriptor of struct inside */

struct inside {
	uint64_t writes;
	uint64_t nanoseconds;
};

static inline uint64_t inside_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

#endif
