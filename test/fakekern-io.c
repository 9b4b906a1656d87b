/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process in the fake kernel: struct io's calls, each counted, logged, and preceded by whatever
 * another agent was told to do then. Also how a process dies: from one operation on nothing that it
 * asks for happens.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fakekern-private.h"

#define READ_TIME UINT64_C(4000)
#define WRITE_TIME UINT64_C(54000)
#define LOCK_POLL (10 * MILLISECOND)
#define RUNAWAY 100000

struct hook {
	size_t operation;
	fakekern_fn fn;
	void *data;
};

struct process {
	struct io io;
	struct fakekern *kernel;
	int pid;
	bool privileged;
	struct fakekern_operation *operations;
	size_t operation_count, operation_capacity;
	struct hook *hooks;
	size_t hook_count, hook_capacity;
	bool will_die;
	size_t dies_at;
	bool dies_after; /* the operation has its effect */
	bool dead;
	size_t calls_after_death;
	unsigned int cancelled;
	unsigned int told; /* of these it knows, and goes on in spite of them */
	int event_fd;	   /* -1: it does not listen */
	uint64_t heard;	   /* of the kernel's events */
};

static void unlock(struct io *io);

static bool is_stopped(const struct process *process)
{
	return process->cancelled > process->told;
}

static void die(struct process *process)
{
	char path[64];

	process->dead = true;
	unlock(&process->io);
	snprintf(path, sizeof(path), "proc/%d", process->pid);
	fakekern_file(process->kernel, path, NULL);
}

/* begin - counts and logs one operation. False: it is not to have any effect. */
static bool begin(struct process *process, enum fakekern_kind kind, const char *path,
		  const char *word, uint64_t time)
{
	size_t number = process->operation_count;

	if (process->dead) {
		process->kernel->time += SECOND;
		if (++process->calls_after_death > RUNAWAY) {
			fprintf(stderr, "fakekern: a killed process goes on for ever (%s)\n", path);
			abort();
		}
		return false;
	}
	for (size_t i = 0; i < process->hook_count; i++) {
		if (process->hooks[i].operation == number)
			process->hooks[i].fn(process->kernel, process->hooks[i].data);
	}
	process->operations = kernel_grow(process->operations, number, &process->operation_capacity,
					  sizeof(struct fakekern_operation));
	struct fakekern_operation *operation = &process->operations[number];
	*operation = (struct fakekern_operation){ .kind = kind, .time = process->kernel->time };
	snprintf(operation->path, sizeof(operation->path), "%s", path);
	snprintf(operation->word, sizeof(operation->word), "%s", word);
	process->operation_count++;
	if (process->will_die && number == process->dies_at) {
		die(process);
		return process->dies_after;
	}
	fakekern_advance(process->kernel, time);
	return true;
}

/* end - what the process gets to know. */
static int end(struct process *process, int rc)
{
	if (process->operation_count > 0)
		process->operations[process->operation_count - 1].rc = rc;
	return process->dead ? -EIO : rc;
}

/* note_answer - what was read, for the log: the first line of it. */
static void note_answer(struct process *process, const char *text, size_t len)
{
	struct fakekern_operation *operation;

	if (process->dead || process->operation_count == 0)
		return;
	operation = &process->operations[process->operation_count - 1];
	snprintf(operation->word, sizeof(operation->word), "%.*s", (int)MIN(len, (size_t)63), text);
	operation->word[strcspn(operation->word, "\n")] = '\0';
}

/* proc/self is this process's own. */
static int find(struct process *process, const char *path, bool follow, struct entry **ret_entry)
{
	char own[IO_PATH_MAX];

	if (strncmp(path, "proc/self/", 10) == 0) {
		snprintf(own, sizeof(own), "proc/%d/%s", process->pid, path + 10);
		path = own;
	}
	return tree_find(process->kernel, path, follow, ret_entry);
}

static int read_text(struct process *process, const char *path, uint64_t offset, char *buffer,
		     size_t size, size_t *ret_len)
{
	struct fakekern *kernel = process->kernel;
	struct entry *entry;
	int rc = find(process, path, true, &entry);

	if (rc < 0)
		return rc;
	if (entry->secret && !process->privileged)
		return -EACCES;
	rc = file_show(kernel, entry);
	if (rc == SHOW_WAITS) {
		violation_add(kernel, "reading %s blocks for ever", path);
		kernel->time += 3600 * SECOND;
		return -EIO;
	}
	if (rc < 0)
		return rc;
	size_t length = kernel->scratch.length - MIN(offset, kernel->scratch.length);
	if (length > 0)
		memcpy(buffer, kernel->scratch.data + offset, MIN(length, size));
	if (length >= size)
		return -E2BIG;
	*ret_len = length;
	return 0;
}

static int io_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		   size_t *ret_len)
{
	struct process *process = (struct process *)io;

	if (!begin(process, FAKEKERN_READ, path, "", READ_TIME))
		return -EIO;
	if (strcmp(path, "proc/kpageflags") == 0)
		return end(process, process->privileged ? page_flags(process->kernel, offset,
								     buffer, size, ret_len) :
							  -EACCES);
	int rc = read_text(process, path, offset, buffer, size, ret_len);
	if (rc == 0)
		note_answer(process, buffer, *ret_len);
	return end(process, rc);
}

/* No operation: it changes nothing, and has no answer of its own. */
static int io_answers(struct io *io, const char *path, uint64_t deadline)
{
	struct process *process = (struct process *)io;
	struct fakekern *kernel = process->kernel;
	struct entry *entry;

	if (process->dead || find(process, path, true, &entry) < 0 ||
	    file_show(kernel, entry) != SHOW_WAITS)
		return 0;
	clock_move(kernel, deadline, NULL);
	return file_show(kernel, entry) == SHOW_WAITS ? -EBUSY : 0;
}

static int io_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	static const unsigned char types[] = {
		[ENTRY_DIRECTORY] = DT_DIR, [ENTRY_FILE] = DT_REG, [ENTRY_LINK] = DT_LNK
	};
	struct process *process = (struct process *)io;
	struct entry *entry;

	if (!begin(process, FAKEKERN_LIST, path, "", READ_TIME))
		return -EIO;
	int rc = find(process, path, true, &entry);
	if (rc == 0 && entry->type != ENTRY_DIRECTORY)
		rc = -ENOTDIR;
	if (rc == 0 && entry->read_rc < 0)
		rc = entry->read_rc;
	if (rc == 0 && !process->dead) {
		/* Unsorted: from the middle on, then the first half. */
		for (size_t i = 0; i < entry->child_count && rc == 0; i++) {
			const struct entry *child =
				entry->children[(i + entry->child_count / 2) % entry->child_count];

			rc = fn(data, child->name, types[child->type]);
		}
	}
	return end(process, rc);
}

static int io_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	struct process *process = (struct process *)io;
	struct entry *entry;

	if (!begin(process, FAKEKERN_READLINK, path, "", READ_TIME))
		return -EIO;
	int rc = find(process, path, false, &entry);
	if (rc == 0 && entry->type != ENTRY_LINK)
		rc = -EINVAL;
	if (rc == 0 && strlen(entry->text) >= size)
		rc = -ENAMETOOLONG;
	if (rc == 0) {
		const char *slash = strrchr(entry->text, '/');

		memcpy(buffer, entry->text, strlen(entry->text) + 1);
		note_answer(process, slash != NULL ? slash + 1 : entry->text, strlen(entry->text));
	}
	return end(process, rc);
}

static void enter(struct process *process, uint64_t deadline)
{
	process->kernel->writer = process;
	process->kernel->deadline = deadline;
}

/* What the process gets to know of what it was in the kernel for. */
static int leave(struct process *process, int rc)
{
	struct fakekern *kernel = process->kernel;

	kernel->writer = NULL;
	kernel->deadline = IO_NO_DEADLINE;
	process->io.held_up = kernel->held_up && (rc == -ETIMEDOUT || rc == -ECANCELED);
	fakekern_advance(kernel, 0);
	return rc;
}

static int store_word(struct process *process, const char *path, const char *word,
		      uint64_t deadline)
{
	struct fakekern *kernel = process->kernel;
	struct entry *entry;
	int rc = find(process, path, true, &entry);

	if (rc < 0)
		return rc;
	if (!process->privileged || entry->store == NULL)
		return -EACCES;
	if (entry->write_rc < 0)
		return entry->write_rc;
	enter(process, deadline);
	rc = leave(process, entry->store(kernel, entry, word));
	return rc == 0 && kernel->time > deadline ? -ETIMEDOUT : rc;
}

static int io_write(struct io *io, const char *path, const char *word, uint64_t deadline)
{
	struct process *process = (struct process *)io;

	if (!begin(process, FAKEKERN_WRITE, path, word, WRITE_TIME))
		return -EIO;
	if (is_stopped(process))
		return end(process, -ECANCELED);
	return end(process, store_word(process, path, word, deadline));
}

static int io_load(struct io *io, const char *module, uint64_t deadline)
{
	struct process *process = (struct process *)io;

	if (!begin(process, FAKEKERN_LOAD, module, "", MILLISECOND))
		return -EIO;
	if (is_stopped(process))
		return end(process, -ECANCELED);
	if (!process->privileged)
		return end(process, -EPERM);
	enter(process, deadline);
	return end(process, leave(process, module_load(process->kernel, module)));
}

static int io_save(struct io *io, const char *path, const char *text)
{
	struct process *process = (struct process *)io;

	if (!begin(process, FAKEKERN_SAVE, path, text != NULL ? "saved" : "removed", WRITE_TIME))
		return -EIO;
	if (strncmp(path, "run/memhp/", 10) != 0 && strncmp(path, "run/udev/rules.d/", 17) != 0)
		return end(process, -EINVAL);
	if (!process->privileged)
		return end(process, -EACCES);
	fakekern_file(process->kernel, path, text);
	return end(process, 0);
}

static int io_lock(struct io *io, const char *path, uint64_t deadline, char *holder,
		   size_t holder_size)
{
	struct process *process = (struct process *)io;
	struct fakekern *kernel = process->kernel;

	if (!begin(process, FAKEKERN_LOCK, path, "", READ_TIME))
		return -EIO;
	if (!process->privileged)
		return end(process, -EACCES);
	while (kernel->lock_holder != NULL && kernel->lock_holder != process) {
		if (kernel->time >= deadline ||
		    (deadline == IO_NO_DEADLINE && kernel->event_count == 0)) {
			snprintf(holder, holder_size, "pid %d", kernel->lock_holder->pid);
			return end(process, -EWOULDBLOCK);
		}
		fakekern_advance(kernel, LOCK_POLL);
	}
	kernel->lock_holder = process;
	return end(process, 0);
}

static void unlock(struct io *io)
{
	struct process *process = (struct process *)io;

	if (process->kernel->lock_holder == process)
		process->kernel->lock_holder = NULL;
	process->cancelled = process->told = 0;
}

static uint64_t io_now(struct io *io)
{
	return ((struct process *)io)->kernel->time;
}

static int io_sleep(struct io *io, uint64_t nanoseconds)
{
	struct process *process = (struct process *)io;

	if (!begin(process, FAKEKERN_SLEEP, "", "", 0))
		return -EIO;
	process->kernel->writer = process;
	if (!writer_cancelled(process->kernel))
		clock_move(process->kernel, process->kernel->time + nanoseconds, writer_cancelled);
	process->kernel->writer = NULL;
	return end(process, is_stopped(process) ? -ECANCELED : 0);
}

static unsigned int io_cancelled(struct io *io)
{
	struct process *process = (struct process *)io;

	process->told = process->cancelled;
	return process->cancelled;
}

static void io_end(struct io *io)
{
	struct process *process = (struct process *)io;

	if (!process->dead)
		die(process);
	process->kernel->open_count--;
	free(process->kernel->log);
	process->kernel->log = process->operations;
	process->kernel->log_count = process->operation_count;
	free(process->hooks);
	if (process->event_fd >= 0)
		close(process->event_fd);
	free(process);
}

/* What is polled is for tests that poll; that it can be read says nothing. */
static int io_watch(struct io *io, int *ret_fd)
{
	struct process *process = (struct process *)io;

	if (process->event_fd < 0)
		process->event_fd = eventfd(1, EFD_CLOEXEC);
	if (process->event_fd < 0)
		return -errno;
	process->heard = process->kernel->told;
	*ret_fd = process->event_fd;
	return 0;
}

static int io_heard(struct io *io, bool *ret_any, bool *ret_lost)
{
	struct process *process = (struct process *)io;
	struct fakekern *kernel = process->kernel;
	uint64_t count = kernel->told - process->heard;

	process->heard = kernel->told;
	*ret_any = count > 0;
	*ret_lost = kernel->room > 0 && count > kernel->room;
	return 0;
}

static const struct io_ops ops = {
	.read = io_read,
	.answers = io_answers,
	.list = io_list,
	.readlink = io_readlink,
	.sweep = io_sweep_by_read,
	.write = io_write,
	.load = io_load,
	.save = io_save,
	.lock = io_lock,
	.unlock = unlock,
	.now = io_now,
	.sleep = io_sleep,
	.cancelled = io_cancelled,
	.watch = io_watch,
	.heard = io_heard,
	.free = io_end,
};

struct io *fakekern_open(struct fakekern *kernel)
{
	struct process *process = kernel_alloc(sizeof(*process));
	char path[64], text[256];

	process->io.ops = &ops;
	process->io.live = true;
	process->kernel = kernel;
	process->pid = kernel->next_pid++;
	process->privileged = !kernel->unprivileged;
	process->event_fd = -1;
	kernel->open_count++;
	snprintf(path, sizeof(path), "proc/%d/stat", process->pid);
	snprintf(text, sizeof(text),
		 "%d (memhp) R 1 %d 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %llu 0 0 0\n", process->pid,
		 process->pid, (unsigned long long)(kernel->time / (10 * MILLISECOND)));
	tree_text(kernel, path, text);
	return &process->io;
}

size_t fakekern_operations(struct io *io)
{
	return ((struct process *)io)->operation_count;
}

const struct fakekern_operation *fakekern_operation(struct io *io, size_t index)
{
	const struct process *process = (struct process *)io;

	return index < process->operation_count ? &process->operations[index] : NULL;
}

size_t fakekern_count(struct io *io, enum fakekern_kind kind)
{
	const struct process *process = (struct process *)io;
	size_t count = 0;

	for (size_t i = 0; i < process->operation_count; i++)
		count += process->operations[i].kind == kind;
	return count;
}

void fakekern_before(struct io *io, size_t n, fakekern_fn fn, void *data)
{
	struct process *process = (struct process *)io;

	process->hooks = kernel_grow(process->hooks, process->hook_count, &process->hook_capacity,
				     sizeof(struct hook));
	process->hooks[process->hook_count++] = (struct hook){ n, fn, data };
}

void fakekern_kill(struct io *io, size_t n, bool takes_effect)
{
	struct process *process = (struct process *)io;

	process->will_die = true;
	process->dies_at = n;
	process->dies_after = takes_effect;
}

bool fakekern_killed(struct io *io)
{
	return ((struct process *)io)->dead;
}

void fakekern_cancel(struct io *io)
{
	((struct process *)io)->cancelled++;
}

/* Whether the process that waits in the kernel at the moment was told to stop. */
bool writer_cancelled(struct fakekern *kernel)
{
	return kernel->writer != NULL && is_stopped(kernel->writer);
}
