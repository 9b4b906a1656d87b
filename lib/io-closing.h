/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors that one thread is done with, closed many at a time: a third of a sweep's calls were
 * close().
 */
#ifndef MEMHP_IO_CLOSING_H
#define MEMHP_IO_CLOSING_H

#include <stdbool.h>

#define CLOSING_MAX 64

/* All zero: none. Belongs to one thread. */
struct closing {
	int fds[CLOSING_MAX];	/* ascending */
	unsigned int count;
};

/* closing_add - FD is the callee's from now on; it is closed now or later. */
void closing_add(struct closing *closing, int fd);
/* closing_finish - closes what waits. */
void closing_finish(struct closing *closing);

/*
 * closing_alone - the calling thread goes on with a table of descriptors of its own, in which are standard
 * input, output and error, ONE and OTHER. So those that it opens have successive numbers, and no thread
 * waits for another to open or close. Nothing else that the program has open is held by it. False: it
 * was not to be had, all is as before. Those who know descriptors by number (ThreadSanitizer) would take
 * this thread's for the program's: it opens, reads and closes by syscall(2), which they do not see.
 */
bool closing_alone(int one, int other);

#endif
