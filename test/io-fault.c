/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A struct io in front of another one that makes one operation fail. It counts and passes on; it
 * knows nothing of what stands behind it.
 */
#include "io-fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct fault_io {
	struct io io;
	struct io *inner;
	struct io_fault fault;
	size_t count;
	struct io_fault_log *log;
};

/* Whether the operation that is asked for now is the one; counts it. */
static bool is_hit(struct fault_io *fault_io, enum io_fault_kind kind, const char *name,
		   const char *path, const char *word)
{
	const struct io_fault *fault = &fault_io->fault;

	if ((fault->kinds & kind) == 0)
		return false;
	struct io_fault_log *log = fault_io->log;
	size_t number = fault_io->count++;
	bool hit = fault->rc != 0 && number >= fault->at &&
		   number - fault->at < MAX(fault->times, (size_t)1);

	if (log == NULL)
		return hit;
	log->count = fault_io->count;
	if (number < log->kind_room)
		log->kinds[number] = (unsigned char)kind;
	if (hit && log->what[0] == '\0')
		snprintf(log->what, sizeof(log->what), "%s %s%s%s", name, path,
			 word[0] != '\0' ? "=" : "", word);
	return hit;
}

static int fault_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		      size_t *ret_len)
{
	struct fault_io *self = (struct fault_io *)io;

	if (is_hit(self, IO_FAULT_READ, "read", path, ""))
		return self->fault.rc;
	return self->inner->ops->read(self->inner, path, offset, buffer, size, ret_len);
}

static int fault_answers(struct io *io, const char *path, uint64_t deadline)
{
	struct fault_io *self = (struct fault_io *)io;

	return self->inner->ops->answers(self->inner, path, deadline);
}

static int fault_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	struct fault_io *self = (struct fault_io *)io;
	bool hit = is_hit(self, IO_FAULT_LIST, "list", path, "");

	if (hit && !self->fault.after)
		return self->fault.rc;
	int rc = self->inner->ops->list(self->inner, path, fn, data);
	return hit ? self->fault.rc : rc;
}

static int fault_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	struct fault_io *self = (struct fault_io *)io;

	if (is_hit(self, IO_FAULT_READLINK, "readlink", path, ""))
		return self->fault.rc;
	return self->inner->ops->readlink(self->inner, path, buffer, size);
}

static int fault_write(struct io *io, const char *path, const char *word, uint64_t deadline)
{
	struct fault_io *self = (struct fault_io *)io;
	bool hit = is_hit(self, IO_FAULT_WRITE, "write", path, word);

	if (hit && !self->fault.after)
		return self->fault.rc;
	int rc = self->inner->ops->write(self->inner, path, word, deadline);

	self->io.held_up = self->inner->held_up;
	return hit ? self->fault.rc : rc;
}

static int fault_load(struct io *io, const char *module, uint64_t deadline)
{
	struct fault_io *self = (struct fault_io *)io;
	bool hit = is_hit(self, IO_FAULT_LOAD, "load", module, "");

	if (hit && !self->fault.after)
		return self->fault.rc;
	int rc = self->inner->ops->load(self->inner, module, deadline);
	return hit ? self->fault.rc : rc;
}

static int fault_save(struct io *io, const char *path, const char *text)
{
	struct fault_io *self = (struct fault_io *)io;
	bool hit = is_hit(self, IO_FAULT_SAVE, text != NULL ? "save" : "unsave", path, "");

	if (hit && !self->fault.after)
		return self->fault.rc;
	int rc = self->inner->ops->save(self->inner, path, text);
	return hit ? self->fault.rc : rc;
}

static int fault_lock(struct io *io, const char *path, uint64_t deadline, char *holder,
		      size_t holder_size)
{
	struct fault_io *self = (struct fault_io *)io;

	if (is_hit(self, IO_FAULT_LOCK, "lock", path, ""))
		return self->fault.rc;
	return self->inner->ops->lock(self->inner, path, deadline, holder, holder_size);
}

static void fault_unlock(struct io *io)
{
	struct fault_io *self = (struct fault_io *)io;

	self->inner->ops->unlock(self->inner);
}

static uint64_t fault_now(struct io *io)
{
	struct fault_io *self = (struct fault_io *)io;

	return self->inner->ops->now(self->inner);
}

static int fault_sleep(struct io *io, uint64_t nanoseconds)
{
	struct fault_io *self = (struct fault_io *)io;

	if (is_hit(self, IO_FAULT_SLEEP, "sleep", "", ""))
		return self->fault.rc;
	return self->inner->ops->sleep(self->inner, nanoseconds);
}

static unsigned int fault_cancelled(struct io *io)
{
	struct fault_io *self = (struct fault_io *)io;

	return self->inner->ops->cancelled(self->inner);
}

static void fault_free(struct io *io)
{
	struct fault_io *self = (struct fault_io *)io;

	io_free(self->inner);
	free(self);
}

static const struct io_ops ops = {
	.read = fault_read,
	.answers = fault_answers,
	.list = fault_list,
	.readlink = fault_readlink,
	.sweep = io_sweep_by_read,
	.write = fault_write,
	.load = fault_load,
	.save = fault_save,
	.lock = fault_lock,
	.unlock = fault_unlock,
	.now = fault_now,
	.sleep = fault_sleep,
	.cancelled = fault_cancelled,
	.free = fault_free,
};

/* Not malloc, which a test may have told to fail. */
static void *zeroed(size_t size)
{
	void *memory = aligned_alloc(16, (size + 15) & ~(size_t)15);

	if (memory == NULL)
		abort();
	return memset(memory, 0, size);
}

struct io *io_fault_new(struct io *inner, const struct io_fault *fault, struct io_fault_log *log)
{
	struct fault_io *self = zeroed(sizeof(*self));

	self->io.ops = &ops;
	self->io.read_only = inner->read_only;
	self->io.live = inner->live;
	self->inner = inner;
	self->fault = *fault;
	self->log = log;
	return &self->io;
}

const int *io_fault_errnos(enum io_fault_kind kind)
{
	static const int reads[] = { -ENOENT, -EIO, -EACCES, -ENODEV, 0 };
	static const int lists[] = { -ENOENT, -EIO, -EACCES, 0 };
	static const int links[] = { -ENOENT, -EINVAL, -EIO, 0 };
	static const int writes[] = { -EBUSY,  -EINVAL, -EPERM, -EACCES,    -ENOMEM,	-ENODEV,
				      -ENOENT, -EIO,	-EINTR, -ETIMEDOUT, -EHWPOISON, 0 };
	static const int loads[] = { -ENOENT, -ENOSYS, -EPERM, -ENOMEM, -ETIMEDOUT, 0 };
	static const int saves[] = { -ENOSPC, -EROFS, -EACCES, -EIO, 0 };
	static const int locks[] = { -EWOULDBLOCK, -EACCES, -EROFS, -EIO, 0 };
	static const int sleeps[] = { -ECANCELED, 0 };

	switch (kind) {
	case IO_FAULT_READ:
		return reads;
	case IO_FAULT_LIST:
		return lists;
	case IO_FAULT_READLINK:
		return links;
	case IO_FAULT_WRITE:
		return writes;
	case IO_FAULT_LOAD:
		return loads;
	case IO_FAULT_SAVE:
		return saves;
	case IO_FAULT_LOCK:
		return locks;
	default:
		return sleeps;
	}
}
