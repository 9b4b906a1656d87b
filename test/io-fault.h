/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any struct io, failing at its Nth operation. The operation fails instead of being done, or after
 * it was done, as when a write's outcome does not come back.
 */
#ifndef TEST_IO_FAULT_H
#define TEST_IO_FAULT_H

#include "../lib/io.h"

enum io_fault_kind {
	IO_FAULT_READ = 1 << 0,
	IO_FAULT_LIST = 1 << 1,
	IO_FAULT_READLINK = 1 << 2,
	IO_FAULT_WRITE = 1 << 3,
	IO_FAULT_LOAD = 1 << 4,
	IO_FAULT_SAVE = 1 << 5,
	IO_FAULT_LOCK = 1 << 6,
	IO_FAULT_SLEEP = 1 << 7,
	IO_FAULT_ALL = (1 << 8) - 1,
};

struct io_fault {
	unsigned int kinds;	/* enum io_fault_kind: which operations count */
	size_t at;		/* the Nth of them, from 0 */
	int rc;			/* 0: none fails, they are only counted */
	bool after;		/* it has its effect first */
	size_t times;		/* this one and so many after it; 0 is 1 */
};

/* What became of it. The caller's, so that it outlives the io that a context frees. */
struct io_fault_log {
	size_t count;			/* operations of the kinds that count */
	unsigned char *kinds;		/* of each; room for KIND_ROOM, or NULL */
	size_t kind_room;
	char what[160];			/* what failed: "write sys/...=offline"; "": nothing did */
};

/* Takes INNER, which it frees with itself. LOG may be NULL. Ends the test if there is no memory. */
struct io *io_fault_new(struct io *inner, const struct io_fault *fault, struct io_fault_log *log);
/* io_fault_errnos - the errnos that an operation of KIND can plausibly have; ends with 0. */
const int *io_fault_errnos(enum io_fault_kind kind);

#endif
