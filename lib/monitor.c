/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When to look: an event says only that there is something to see, and a burst of them is one look. So a lost
 * one does no harm. What sends no event is found by a clock. What there was to see is for run-look.c.
 */
#include "monitor.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "ctx.h"

/* ---------------------------------------------------------------------------------------- time */

static bool tells_each(const struct memhp_monitor *monitor)
{
	return monitor->followed.each;
}

static uint64_t tick_of(const struct memhp_monitor *monitor)
{
	return monitor->hears ? MONITOR_TICK : MONITOR_TICK_DEAF;
}

/* When what was heard is looked at. */
static uint64_t due_time(const struct memhp_monitor *monitor)
{
	uint64_t pause = (monitor->last_heard - monitor->first_heard) / MONITOR_PATIENCE;

	if (tells_each(monitor))
		return MIN(monitor->last_heard + MONITOR_QUIET_EACH,
			   monitor->first_heard + MONITOR_LONGEST_EACH);
	return MIN(monitor->last_heard + MAX(pause, MONITOR_QUIET),
		   monitor->first_heard + MONITOR_LONGEST);
}

/* The descriptor becomes readable again when there is something to do, even if nothing is heard. */
static int set_timer(const struct memhp_monitor *monitor)
{
	uint64_t next = MIN(monitor->next_tick, monitor->settles);
	struct itimerspec when = { .it_value = { 0 } };

	if (monitor->is_due)
		next = MIN(next, due_time(monitor));
	when.it_value.tv_sec = (time_t)(next / 1000000000);
	when.it_value.tv_nsec = (long)(next % 1000000000);
	/* All zero would stop it. */
	if (next == 0)
		when.it_value.tv_nsec = 1;
	return timerfd_settime(monitor->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0;
}

static void note_heard(struct memhp_monitor *monitor, uint64_t now)
{
	if (!monitor->is_due)
		monitor->first_heard = now;
	monitor->last_heard = now;
	monitor->is_due = true;
}

static uint64_t wall_clock(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ----------------------------------------------------------------------------------- listening */

static int add_to_poll(const struct memhp_monitor *monitor, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(monitor->poll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Without events their count is looked at: it costs a little time, and nothing is missed. */
static int listen_for_events(struct memhp_monitor *monitor)
{
	struct io *io = monitor->ctx->io;
	int fd, rc = -ENOSYS;

	if (io->ops->watch != NULL)
		rc = io->ops->watch(io, &fd);
	if (rc == 0)
		rc = add_to_poll(monitor, fd);
	monitor->hears = rc == 0;
	if (rc == -ENOMEM)
		return rc;
	if (rc == 0)
		ctx_log(monitor->ctx, LOG_INFO, "listening to the kernel's events");
	else
		ctx_log(monitor->ctx, LOG_WARNING,
			"the kernel's events cannot be listened to (%s): they are counted instead",
			strerror(-rc));
	return 0;
}

static int take_events(struct memhp_monitor *monitor, uint64_t now)
{
	struct io *io = monitor->ctx->io;
	bool any = false, lost = false;
	int rc;

	if (!monitor->hears)
		return 0;
	rc = io->ops->heard(io, &any, &lost);
	if (rc < 0)
		return error_system(&monitor->ctx->error, rc, "events", "cannot be received");
	if (lost && !monitor->lost)
		ctx_log(monitor->ctx, LOG_NOTICE,
			"events were lost: what has changed is read from the machine");
	monitor->lost |= lost;
	if (any)
		note_heard(monitor, now);
	return 0;
}

/* -------------------------------------------------------------------------------------- looking */

/* What fails now is tried again at the next tick; nothing of it is lost. */
static int look(struct memhp_monitor *monitor, uint64_t now)
{
	size_t before = monitor->events.count;
	int rc = look_again(&monitor->followed, &monitor->ctx->error, &monitor->events);

	if (rc < 0) {
		monitor->last_heard = now + tick_of(monitor);
		monitor->first_heard = monitor->last_heard;
		return rc;
	}
	monitor->is_due = false;
	monitor->lost = false;
	if (monitor->events.count > before)
		monitor->settles = now + MONITOR_SETTLE;
	return 0;
}

static int look_where_due(struct memhp_monitor *monitor, uint64_t now)
{
	int rc = 0;

	if (now >= monitor->next_tick) {
		monitor->next_tick = now + tick_of(monitor);
		if (!monitor->is_due && look_has_sign(&monitor->followed, !monitor->hears))
			note_heard(monitor, now);
	}
	if (monitor->is_due && now >= due_time(monitor))
		rc = look(monitor, now);
	if (rc == 0 && now >= monitor->settles && !monitor->is_due) {
		monitor->settles = UINT64_MAX;
		rc = look_for_drift(&monitor->followed, &monitor->ctx->error, &monitor->events);
	}
	return rc;
}

EXPORT int memhp_monitor_read(struct memhp_monitor *monitor)
{
	struct io *io = monitor->ctx->io;
	uint64_t now = io->ops->now(io), expirations, wall;
	size_t i;
	int rc, timer_rc;

	error_clear(&monitor->ctx->error);
	events_clear(&monitor->events);
	if (read(monitor->timer_fd, &expirations, sizeof(expirations)) < 0) {
		/* It has not run out; what else woke the caller is seen below. */
	}
	rc = take_events(monitor, now);
	if (rc == 0)
		rc = look_where_due(monitor, now);
	wall = wall_clock();
	for (i = 0; i < monitor->events.count; i++)
		monitor->events.items[i].milliseconds = wall;
	timer_rc = set_timer(monitor);
	if (rc == 0 && timer_rc < 0)
		rc = error_system(&monitor->ctx->error, timer_rc, "timer", "cannot be set");
	return rc;
}

/* ------------------------------------------------------------------------------------- lifetime */

static int open_descriptors(struct memhp_monitor *monitor)
{
	monitor->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (monitor->poll_fd < 0)
		return -errno;
	monitor->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (monitor->timer_fd < 0)
		return -errno;
	return add_to_poll(monitor, monitor->timer_fd);
}

/* Listening comes before the first look, so that nothing falls between. */
static int begin(struct memhp_monitor *monitor)
{
	struct memhp_ctx *ctx = monitor->ctx;
	uint64_t now;
	int rc = open_descriptors(monitor);

	if (rc == 0)
		rc = listen_for_events(monitor);
	if (rc < 0)
		return error_system(&ctx->error, rc, "monitor", "cannot be set up");
	rc = look_begin(&monitor->followed, &ctx->error);
	if (rc < 0)
		return rc;
	now = ctx->io->ops->now(ctx->io);
	monitor->next_tick = now + tick_of(monitor);
	monitor->settles = now + MONITOR_SETTLE;
	rc = set_timer(monitor);
	return rc < 0 ? error_system(&ctx->error, rc, "timer", "cannot be set") : 0;
}

EXPORT int memhp_monitor_new(struct memhp_ctx *ctx, uint32_t flags,
			     struct memhp_monitor **ret_monitor)
{
	struct memhp_monitor *monitor;
	int rc;

	error_clear(&ctx->error);
	if (ctx->io->read_only)
		return error_set(
			&ctx->error, MEMHP_ERROR_USAGE, -EINVAL, "",
			"a recorded machine does not change: only the one that this runs on "
			"can be followed");
	if ((flags & ~(uint32_t)MEMHP_MONITOR_EACH) != 0)
		return error_set(&ctx->error, MEMHP_ERROR_USAGE, -EINVAL, "",
				 "there is no such flag of a monitor");
	monitor = calloc(1, sizeof(*monitor));
	if (monitor == NULL)
		return error_memory(&ctx->error);
	monitor->refcount = 1;
	monitor->poll_fd = -1;
	monitor->timer_fd = -1;
	monitor->ctx = memhp_ctx_ref(ctx);
	monitor->followed.ctx = ctx;
	monitor->followed.each = (flags & MEMHP_MONITOR_EACH) != 0;
	monitor->followed.has_drift = true;
	rc = begin(monitor);
	if (rc < 0)
		memhp_monitor_unref(monitor);
	else
		*ret_monitor = monitor;
	return rc;
}

EXPORT struct memhp_monitor *memhp_monitor_ref(struct memhp_monitor *monitor)
{
	if (monitor != NULL)
		__atomic_add_fetch(&monitor->refcount, 1, __ATOMIC_RELAXED);
	return monitor;
}

EXPORT struct memhp_monitor *memhp_monitor_unref(struct memhp_monitor *monitor)
{
	if (monitor == NULL || __atomic_sub_fetch(&monitor->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	if (monitor->timer_fd >= 0)
		close(monitor->timer_fd);
	if (monitor->poll_fd >= 0)
		close(monitor->poll_fd);
	look_clear(&monitor->followed);
	events_clear(&monitor->events);
	memhp_ctx_unref(monitor->ctx);
	free(monitor);
	return NULL;
}

EXPORT int memhp_monitor_get_fd(const struct memhp_monitor *monitor)
{
	return monitor->poll_fd;
}

EXPORT bool memhp_monitor_hears_events(const struct memhp_monitor *monitor)
{
	return monitor->hears;
}

EXPORT const struct memhp_events *memhp_monitor_get_events(const struct memhp_monitor *monitor)
{
	return &monitor->events;
}

EXPORT const struct memhp_snapshot *memhp_monitor_get_snapshot(const struct memhp_monitor *monitor)
{
	return monitor->followed.snapshot;
}
