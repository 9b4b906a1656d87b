/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitor: tells what happens to the machine until it is interrupted or nobody reads it any more, and keeps
 * a file of metrics.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "file.h"

/* The metrics are renewed after each change, and as often as this: free memory changes by itself. */
#define METRICS_INTERVAL 60.0
/* ... but it rests so many times as long as it has taken: an idle monitor costs under a thousandth. */
#define METRICS_REST 2000.0
/* Enough for two files of each of 8192 blocks, 1 TiB of the smallest. */
#define FILES 32768

struct following {
	struct invocation *invocation;
	struct memhp_monitor *monitor;
	int signal_fd;	     /* readable: it is to end */
	double next_metrics; /* seconds of the monotonic clock */
	bool metrics_failed; /* the last time, and it has been said */
};

/* ----------------------------------------------------------------------------------- interruption */

/* A descriptor that becomes readable with them: they come in while it waits, and at no other time. */
static int catch_signals(void)
{
	sigset_t caught;

	sigemptyset(&caught);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &caught, NULL) < 0)
		return -1;
	return signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---------------------------------------------------------------------------------------- metrics */

static double seconds_of(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A check that cannot be made (a broken policy, say) leaves the rest. */
static int write_metrics(struct following *following)
{
	struct invocation *invocation = following->invocation;
	struct memhp_plan *check = NULL;
	const struct memhp_snapshot *snapshot;
	size_t len;
	char *text;
	int rc;

	if (memhp_check_new(invocation->ctx, &check) < 0)
		check = NULL;
	snapshot = check != NULL ? memhp_plan_get_before(check) :
				   memhp_monitor_get_snapshot(following->monitor);
	text = render_metrics(snapshot, check, &len);
	rc = text == NULL ? -ENOMEM : file_write(invocation->options->openmetrics, text, len);
	free(text);
	memhp_plan_unref(check);
	return rc;
}

static void say(const char *object, const char *message, const char *hint)
{
	struct failure notice = { .code = EXIT_DONE };

	failure_set(&notice, EXIT_SYSTEM, "system", object, "%s", message);
	if (hint != NULL)
		failure_hint(&notice, "%s", hint);
	render_sentence(&notice);
}

/* What could be written once and cannot now may be so again. */
static void keep_metrics(struct following *following)
{
	double began = seconds_of(CLOCK_PROCESS_CPUTIME_ID), rest;
	char message[256];
	int rc = write_metrics(following);

	rest = METRICS_REST * (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - began);
	following->next_metrics =
		seconds_of(CLOCK_MONOTONIC) + (rest > METRICS_INTERVAL ? rest : METRICS_INTERVAL);
	if (rc < 0 && !following->metrics_failed) {
		snprintf(message, sizeof(message), "cannot be written: %s", strerror(-rc));
		say(following->invocation->options->openmetrics, message, NULL);
	}
	following->metrics_failed = rc < 0;
}

static bool metrics_are_due(const struct following *following, bool changed)
{
	if (following->invocation->options->openmetrics == NULL)
		return false;
	return changed || seconds_of(CLOCK_MONOTONIC) >= following->next_metrics;
}

/* ----------------------------------------------------------------------------------------- events */

/* RET_ANY: there were some. False: nobody reads them. */
static bool tell_events(struct following *following, bool *ret_any)
{
	struct memhp_cursor cursor;
	struct memhp_object event;

	*ret_any = false;
	memhp_cursor_init(&cursor, memhp_monitor_get_events(following->monitor), MEMHP_KIND_EVENT);
	while (memhp_cursor_next(&cursor, &event)) {
		*ret_any = true;
		if (render_event(&following->invocation->render, &event) < 0)
			return false;
	}
	return true;
}

/* False: it is time to end. */
static bool wait_for_more(const struct following *following)
{
	struct pollfd fds[] = {
		{ .fd = following->signal_fd, .events = POLLIN },
		/* Only that its reader has gone. */
		{ .fd = STDOUT_FILENO, .events = 0 },
		{ .fd = memhp_monitor_get_fd(following->monitor), .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR;
	return fds[0].revents == 0 && (fds[1].revents & (POLLERR | POLLHUP)) == 0;
}

static void follow(struct following *following)
{
	bool any = false, goes_on = true;
	int rc;

	while (goes_on && wait_for_more(following)) {
		rc = memhp_monitor_read(following->monitor);
		if (rc < 0) {
			failure_of(&following->invocation->failure, following->invocation->ctx, rc);
			return;
		}
		goes_on = tell_events(following, &any);
		if (goes_on && metrics_are_due(following, any))
			keep_metrics(following);
	}
}

/*
 * The library keeps files open from one look to the next, of half of what may be. Each costs the kernel 5 KiB
 * for as long as it is open.
 */
static void allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= FILES)
		return;
	limit.rlim_cur = limit.rlim_max < FILES ? limit.rlim_max : FILES;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool begin(struct following *following)
{
	struct invocation *invocation = following->invocation;
	const struct options *options = invocation->options;
	int rc = memhp_monitor_new(invocation->ctx, options->each ? MEMHP_MONITOR_EACH : 0,
				   &following->monitor);

	if (rc < 0) {
		failure_of(&invocation->failure, invocation->ctx, rc);
		return false;
	}
	if (!memhp_monitor_hears_events(following->monitor))
		say("",
		    "the kernel's events cannot be listened to: its count of them is looked at "
		    "every two seconds",
		    "install libudev, and build memhp with it");
	if (options->openmetrics == NULL)
		return true;
	rc = write_metrics(following);
	if (rc < 0)
		failure_set(&invocation->failure, EXIT_SYSTEM, "system", options->openmetrics,
			    "cannot be written: %s", strerror(-rc));
	following->next_metrics = seconds_of(CLOCK_MONOTONIC) + METRICS_INTERVAL;
	return rc == 0;
}

void command_monitor(struct invocation *invocation)
{
	struct following following = { .invocation = invocation };

	if (invocation->arguments[0] != NULL) {
		failure_set(&invocation->failure, EXIT_USAGE, "usage", invocation->arguments[0],
			    "monitor takes no argument: it follows the whole machine");
		return;
	}
	invocation->endless = true;
	allow_many_files();
	following.signal_fd = catch_signals();
	if (following.signal_fd < 0)
		failure_set(&invocation->failure, EXIT_SYSTEM, "system", "signals",
			    "cannot be waited for: %s", strerror(errno));
	else if (begin(&following))
		follow(&following);
	memhp_monitor_unref(following.monitor);
	if (following.signal_fd >= 0)
		close(following.signal_fd);
}
