/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors that stay open from one reading to the next: of files by their paths, and of the files of
 * a sweep by rows.
 */
#ifndef MEMHP_IO_KEPT_H
#define MEMHP_IO_KEPT_H

#include "io.h"

struct kept;

/* How many files of one name of a sweep are kept. */
#define KEPT_FILES_MAX 2

/* The files of one name of the sweep; -1: not open. A thread touches only rows of its own indexes. */
struct kept_row {
	uint32_t number;
	int fds[KEPT_FILES_MAX];
};

struct kept *kept_new(void);
void kept_free(struct kept *kept);	/* NULL is fine */
/* kept_begin - how many there may be is found out anew. */
void kept_begin(struct kept *kept);
/* kept_end - closes what was not used since kept_begin(). */
void kept_end(struct kept *kept);

/* kept_find - the descriptor of PATH, -1 if there is none. */
int kept_find(struct kept *kept, const char *path);
/* kept_add - FD from now on belongs to PATH. False: it may not stay open, and is still the caller's. */
bool kept_add(struct kept *kept, const char *path, int fd);
void kept_drop(struct kept *kept, const char *path);

/*
 * kept_rows - one row for each name of SWEEP, with what is open from the last sweep of that directory.
 * NULL: nothing can be kept of it.
 */
struct kept_row *kept_rows(struct kept *kept, const struct io_sweep *sweep);
/* kept_may_keep - whether FD is one of those that may stay open. */
bool kept_may_keep(const struct kept *kept, int fd);

#endif
