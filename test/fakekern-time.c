/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's clock: it moves only when it is told to, and what was to happen meanwhile
 * happens in order.
 */
#include <string.h>

#include "fakekern-private.h"

void fakekern_after(struct fakekern *kernel, uint64_t delay, fakekern_fn fn, void *data)
{
	size_t index = kernel->event_count;

	kernel->events = kernel_grow(kernel->events, kernel->event_count, &kernel->event_capacity,
				     sizeof(struct event));
	while (index > 0 && kernel->events[index - 1].time > kernel->time + delay)
		index--;
	memmove(kernel->events + index + 1, kernel->events + index,
		(kernel->event_count - index) * sizeof(struct event));
	kernel->events[index] = (struct event){ kernel->time + delay, fn, data };
	kernel->event_count++;
}

void clock_move(struct fakekern *kernel, uint64_t time, bool (*stop)(struct fakekern *kernel))
{
	while (kernel->event_count > 0 && kernel->events[0].time <= time) {
		struct event event = kernel->events[0];

		kernel->event_count--;
		memmove(kernel->events, kernel->events + 1,
			kernel->event_count * sizeof(struct event));
		kernel->time = MAX(kernel->time, event.time);
		event.fn(kernel, event.data);
		if (stop != NULL && stop(kernel))
			return;
	}
	kernel->time = MAX(kernel->time, time);
}

void fakekern_advance(struct fakekern *kernel, uint64_t nanoseconds)
{
	clock_move(kernel, kernel->time + nanoseconds, NULL);
}

uint64_t fakekern_time(const struct fakekern *kernel)
{
	return kernel->time;
}
