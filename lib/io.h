/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The seam: everything that the library wants of a machine goes through these calls. Behind them
 * stands the real kernel (io-host), a recorded machine (io-dump), the tests' fake kernel, or any of
 * these with faults. Paths are relative to the machine's root and have no leading slash
 * ("sys/devices/system/memory"). All calls return 0 or -errno; -ENOENT means only "this machine does
 * not have it".
 */
#ifndef MEMHP_IO_H
#define MEMHP_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define IO_NAME_MAX 64
#define IO_PATH_MAX 512
#define IO_NO_DEADLINE UINT64_MAX

/* One directory entry. TYPE is a DT_ value, DT_UNKNOWN where it is not known. Non-zero stops the list. */
typedef int (*io_list_fn)(void *data, const char *name, unsigned char type);

/*
 * The hot path: FILES of each of COUNT directories below DIR, which are called PREFIX and a NUMBER. Indexes
 * ascend as numbers do.
 * FN gets each file's text (terminated, without the last newline; "" with rc < 0) and says whether
 * the next file of this name is wanted. FN may be called from several threads at once, for different
 * indexes; it touches only what belongs to its index.
 *
 * DONE (NULL: nobody wants to know) is called in the caller's thread while others may still be at work:
 * all indexes below END are done, and what FN did for them is seen. The last call says COUNT.
 */
struct io_sweep {
	const char *dir;
	const char *prefix;
	size_t count;
	uint32_t (*number)(const void *data, size_t index);
	const char *const *files;
	size_t file_count;
	bool (*fn)(void *data, size_t index, size_t file, int rc, const char *text, size_t len);
	void (*done)(void *data, size_t end);
	void *data;
};

struct io;

struct io_ops {
	/*
	 * The bytes of one open from OFFSET. -E2BIG: they filled BUFFER, and there may be more; again
	 * with more room, or, for files of fixed records, take the SIZE bytes that are in it.
	 */
	int (*read)(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size, size_t *ret_len);
	/*
	 * -EBUSY: who reads PATH waits past DEADLINE for something that the kernel is at, and cannot be made
	 * to stop. 0: not so, or it cannot be found out. Takes a process. NULL: nothing here waits.
	 */
	int (*answers)(struct io *io, const char *path, uint64_t deadline);
	/* Unsorted, without "." and ".."; keeps nothing. Returns what FN returned if not 0. */
	int (*list)(struct io *io, const char *path, io_list_fn fn, void *data);
	/* The link's text, terminated. -EINVAL: not a link. */
	int (*readlink)(struct io *io, const char *path, char *buffer, size_t size);
	int (*sweep)(struct io *io, const struct io_sweep *sweep);
	/*
	 * From now on what is read stays open, as far as there is room, and is read again by its
	 * descriptor. KEEP false: no more so, and descriptors that were not used since are closed. NULL:
	 * it keeps nothing.
	 */
	void (*keep)(struct io *io, bool keep);
	/*
	 * Writes WORD in one write(2). Can block in the kernel for ever: -ETIMEDOUT once now() is past
	 * DEADLINE, -ECANCELED once the run is cancelled; either way it is unknown what was done.
	 * A cancel that cancelled() has told of stops no later write or sleep, for what was done must
	 * be undone; one that comes after that does.
	 */
	int (*write)(struct io *io, const char *path, const char *word, uint64_t deadline);
	/* Loads a kernel module as modprobe does. -ENOENT: there is none. -ENOSYS: no libkmod. */
	int (*load)(struct io *io, const char *module, uint64_t deadline);
	/* Replaces a file under run/memhp or run/udev/rules.d atomically; NULL removes it. */
	int (*save)(struct io *io, const char *path, const char *text);
	/*
	 * Takes the advisory lock under run/memhp and keeps it until unlock or free. -EWOULDBLOCK: held
	 * by another until past DEADLINE; HOLDER says by whom, if known.
	 */
	int (*lock)(struct io *io, const char *path, uint64_t deadline, char *holder, size_t holder_size);
	/* The run is over: ends what it needed, and forgets that it was cancelled. */
	void (*unlock)(struct io *io);
	/* Nanoseconds of a monotonic clock. */
	uint64_t (*now)(struct io *io);
	/* -ECANCELED: the run is cancelled, as for write. */
	int (*sleep)(struct io *io, uint64_t nanoseconds);
	/* 0, 1 or 2: how often the run was told to stop. */
	unsigned int (*cancelled)(struct io *io);
	/*
	 * From now on the kernel's events of memory and of what brings it are listened to: RET_FD, which
	 * stays the io's, becomes readable. -ENOSYS: no libudev. NULL: this machine sends none.
	 */
	int (*watch)(struct io *io, int *ret_fd);
	/* Takes all events that wait. RET_LOST: there were more than the kernel kept. */
	int (*heard)(struct io *io, bool *ret_any, bool *ret_lost);
	void (*free)(struct io *io);
};

/* What a program knows of a machine, or of itself, and no file tells; 0 and "": not known. */
struct io_facts {
	uint64_t page_size;
	uint64_t struct_page_size;
	char arch[32];
	uint64_t pid;		/* who runs here, */
	uint64_t start_time;	/* and since when, in clock ticks since boot */
};

/* Embedded first in each implementation. */
struct io {
	const struct io_ops *ops;
	bool read_only;		/* a recorded machine: nothing may be written */
	bool live;		/* a running kernel: what holds of all kernels holds of its files */
	bool held_up;		/* the last write that was given up was in the kernel yet */
	struct io_facts facts;
};

static inline void io_free(struct io *io)
{
	if (io != NULL)
		io->ops->free(io);
}

/* The real kernel. CANCEL_FD: an eventfd that memhp_ctx_cancel() writes, borrowed. */
int io_host_new(int cancel_fd, struct memhp_error *error, struct io **ret_io);
/* The same with another directory for "/"; for tests. */
int io_host_new_at(const char *root, int cancel_fd, struct memhp_error *error, struct io **ret_io);
/* A recorded machine, read only: a directory that holds sys/ proc/ ..., or a dump. */
int io_recorded_new(const char *path, struct memhp_error *error, struct io **ret_io);
/* A directory that holds sys/ proc/ ..., read only. */
int io_root_new(const char *path, struct memhp_error *error, struct io **ret_io);

/*
 * io_read_outside - as read, the one file that the user names (--config): where his working directory
 * is, whatever machine is looked at.
 */
int io_read_outside(const char *path, void *buffer, size_t size, size_t *ret_len);

/* io_sweep_name - of the directory at INDEX, terminated, without DIR. Returns its length. */
size_t io_sweep_name(const struct io_sweep *sweep, size_t index, char name[IO_NAME_MAX]);
/* io_sweep_by_read - sweep as a loop over ops->read, for those that have no better one. */
int io_sweep_by_read(struct io *io, const struct io_sweep *sweep);

/* io_refuse_* - for a machine that nothing is written to: -EROFS. */
int io_refuse_write(struct io *io, const char *path, const char *word, uint64_t deadline);
int io_refuse_load(struct io *io, const char *module, uint64_t deadline);
int io_refuse_save(struct io *io, const char *path, const char *text);
int io_refuse_lock(struct io *io, const char *path, uint64_t deadline, char *holder, size_t holder_size);
void io_refuse_unlock(struct io *io);
/* io_still_* - for one on which nothing happens, so that no time passes on it either. */
uint64_t io_still_now(struct io *io);
int io_still_sleep(struct io *io, uint64_t nanoseconds);
unsigned int io_still_cancelled(struct io *io);

#endif
