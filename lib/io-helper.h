/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes that may block in the kernel for ever, in a process of their own that can be killed. The
 * caller of the library sees no SIGCHLD and no child in waitpid(-1).
 */
#ifndef MEMHP_IO_HELPER_H
#define MEMHP_IO_HELPER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How often the run was told to stop. What the run has been told of (io_cancel_tell) does not stop
 * what it does afterwards: it must be able to undo. Only what comes later does.
 */
struct io_cancel {
	int fd;			/* an eventfd, or -1 */
	unsigned int count;
	unsigned int told;
};
unsigned int io_cancel_count(struct io_cancel *cancel);
unsigned int io_cancel_tell(struct io_cancel *cancel);
bool io_cancel_is_new(struct io_cancel *cancel);
void io_cancel_forget(struct io_cancel *cancel);

uint64_t io_clock(void);	/* nanoseconds of the monotonic clock */

struct io_helper;
/* Paths of writes are below ROOT_FD. Both are borrowed. No process is made before it is needed. */
int io_helper_new(int root_fd, struct io_cancel *cancel, struct io_helper **ret_helper);
void io_helper_free(struct io_helper *helper);
/* io_helper_stop - ends the process, if there is one; the next write makes another. */
void io_helper_stop(struct io_helper *helper);

/* io_helper_write - io_ops.write. -EIO: the helper died under the write. */
int io_helper_write(struct io_helper *helper, const char *path, const char *word, uint64_t deadline);
/*
 * io_helper_answers - io_ops.answers. Of processes that wait in the kernel there are only so many: then what
 * is asked for is taken to wait as well.
 */
int io_helper_answers(struct io_helper *helper, const char *path, uint64_t deadline);
/* io_helper_has_left - what the last write or run began was given up, and had not come out of the kernel by then. */
bool io_helper_has_left(const struct io_helper *helper);
/*
 * io_helper_run - FN in a process of its own, a copy of this one with no descriptor but its own;
 * returns what FN returns. For a caller with one thread only, unless FN allocates nothing.
 */
int io_helper_run(struct io_helper *helper, int (*fn)(void *data), void *data, uint64_t deadline);

#endif
