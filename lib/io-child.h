/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One process of io-helper.c: started, and reaped when it has ended. Private to that file.
 */
#ifndef MEMHP_IO_CHILD_H
#define MEMHP_IO_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "io.h"

/* Requests are PATH and WORD, both terminated; the answer is one int32_t. */
#define CHILD_REQUEST_SIZE (IO_PATH_MAX + 256)

struct child {
	int pidfd;		/* -1: there is none */
	int socket;
	const char *reads;	/* only that file, in its own time whatever the user wants; NULL: it may write */
};

struct child_job {
	int root_fd;		/* stays open in it; -1: none */
	int (*fn)(void *data);	/* raw system calls alone, unless the caller has one thread; NULL: serve writes */
	void *data;
};

/* child_start - or -errno. The caller ends it, and reaps it. */
int child_start(const struct child_job *job, struct child *ret_child);
/* child_reap - whether it has ended; it is gone then. */
bool child_reap(int pidfd);

/* child_read - FN of one that reads PATH, and says nothing of it: DATA is a struct child_trial. */
struct child_trial {
	int root_fd;
	const char *path;
};
int child_read(void *data);

#endif
