/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's own files: under run/memhp the journal and the lock that runs take, under run/udev/rules.d those that
 * stand in for others.
 */
#ifndef MEMHP_IO_STATE_H
#define MEMHP_IO_STATE_H

#include <stddef.h>

/* io_ops.save below ROOT_FD. */
int io_state_save(int root_fd, const char *path, const char *text);

struct io_lock {
	int fd;			/* -1: not held */
};
/* One attempt: -EWOULDBLOCK while another holds it, HOLDER then says who, as far as it is known. */
int io_lock_try(struct io_lock *lock, int root_fd, const char *path, char *holder,
		size_t holder_size);
void io_lock_release(struct io_lock *lock);

#endif
