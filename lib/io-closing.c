/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Closes descriptors by runs of successive numbers. Every number of a run was handed over, so nothing
 * of the program's own is ever closed. Opens nothing.
 */
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io-closing.h"
#include "util.h"

static int close_range_of(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* The index behind the run of successive numbers that begins at INDEX. */
static unsigned int run_end(const struct closing *closing, unsigned int index)
{
	do
		index++;
	while (index < closing->count && closing->fds[index] == closing->fds[index - 1] + 1);
	return index;
}

/* Kernels before 5.9, and filters of system calls, know no close_range(). */
static void close_run(const int *fds, unsigned int count)
{
	unsigned int i;

	if (count > 1 && close_range_of((unsigned int)fds[0], (unsigned int)fds[count - 1], 0) == 0)
		return;
	for (i = 0; i < count; i++)
		syscall(SYS_close, fds[i]);
}

void closing_finish(struct closing *closing)
{
	unsigned int begin = 0, end;

	for (; begin < closing->count; begin = end) {
		end = run_end(closing, begin);
		close_run(&closing->fds[begin], end - begin);
	}
	closing->count = 0;
}

void closing_add(struct closing *closing, int fd)
{
	unsigned int i;

	if (closing->count == CLOSING_MAX)
		closing_finish(closing);
	/* The lowest number that is free is mostly the highest so far. */
	for (i = closing->count; i > 0 && closing->fds[i - 1] > fd; i--)
		closing->fds[i] = closing->fds[i - 1];
	closing->fds[i] = fd;
	closing->count++;
}

static void close_between(int below, int above)
{
	if (above - below > 1)
		close_range_of((unsigned int)below + 1, (unsigned int)above - 1, 0);
}

/* What is above both is not even copied, so that what the program closes meanwhile is closed. */
bool closing_alone(int one, int other)
{
	int low = MIN(one, other), high = MAX(one, other);

	if (low <= STDERR_FILENO ||
	    close_range_of((unsigned int)high + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		return false;
	close_between(STDERR_FILENO, low);
	close_between(low, high);
	return true;
}
