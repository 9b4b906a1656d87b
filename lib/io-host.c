/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real kernel behind the seam, and the sweep of any tree, which owns the library's only threads.
 * Knows paths as text only: what is read and written is said by the callers.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "io-helper.h"
#include "io-kmod.h"
#include "io-state.h"
#include "io-tree.h"
#include "io-udev.h"
#include "parse.h"

/* From how many names on a second thread pays, and how many one thread takes at a time. */
#define SWEEP_THREAD_COUNT 1024
#define SWEEP_CHUNK 128
/* A sysfs attribute is at most a page; those that are swept are a few words. */
#define SWEEP_TEXT_SIZE 4097
#define SWEEP_FILE_MAX 64

struct io_host {
	struct io io;
	struct tree tree;
	struct io_cancel cancel;
	struct io_helper *helper;
	struct io_lock lock;
	struct io_udev *udev; /* NULL: nobody listens */
};

/* ---- sweep ---- */

struct sweep_job {
	const struct tree *tree;
	const struct io_sweep *sweep;
	int fd;		       /* of sweep->dir */
	struct kept_row *rows; /* NULL: nothing is kept */
	size_t next;	       /* index; shared by the threads */
	size_t second_at;      /* what the second thread took last; SIZE_MAX: it takes no more */
};

/* By its descriptor, or by its name, which is made only then. */
static int sweep_read(const struct sweep_job *job, size_t index, size_t file,
		      struct closing *closing, char text[SWEEP_TEXT_SIZE], size_t *ret_len)
{
	int *slot = job->rows == NULL ? NULL : &job->rows[index].fds[file], rc;
	const struct io_sweep *sweep = job->sweep;
	char path[IO_NAME_MAX + SWEEP_FILE_MAX];
	size_t len;

	if (slot != NULL && tree_read_slot(job->tree, slot, text, SWEEP_TEXT_SIZE, &rc, ret_len))
		return rc;
	len = io_sweep_name(sweep, index, path);
	path[len++] = '/';
	text_copy(path + len, sizeof(path) - len, sweep->files[file]);
	return tree_read_in(job->tree, job->fd, sweep->dir, path, slot, closing, text,
			    SWEEP_TEXT_SIZE, ret_len);
}

static void sweep_one(const struct sweep_job *job, size_t index, struct closing *closing)
{
	const struct io_sweep *sweep = job->sweep;
	char text[SWEEP_TEXT_SIZE];
	size_t file, len;
	bool more = true;
	int rc;

	for (file = 0; more && file < sweep->file_count; file++) {
		rc = sweep_read(job, index, file, closing, text, &len);
		if (rc < 0)
			len = 0;
		else if (len > 0 && text[len - 1] == '\n')
			len--;
		text[len] = '\0';
		more = sweep->fn(sweep->data, index, file, rc, text, len);
	}
}

/* False: all of it has been taken. */
static bool sweep_take(struct sweep_job *job, size_t *ret_index)
{
	*ret_index = __atomic_fetch_add(&job->next, SWEEP_CHUNK, __ATOMIC_RELAXED);
	return *ret_index < job->sweep->count;
}

static void sweep_chunk(const struct sweep_job *job, size_t index, struct closing *closing)
{
	size_t end = MIN(index + SWEEP_CHUNK, job->sweep->count);

	for (; index < end; index++)
		sweep_one(job, index, closing);
}

/*
 * Between two chunks of the first thread. What has been taken is done, but for what the second thread is
 * at; until it says what it took, it is as if it were at what it took before. What waits to be closed is
 * closed: who is told may open a file and keep it, and would split each run of numbers from then on.
 */
static void sweep_tell(const struct sweep_job *job, struct closing *closing)
{
	size_t taken = __atomic_load_n(&job->next, __ATOMIC_RELAXED);
	size_t second_at = __atomic_load_n(&job->second_at, __ATOMIC_ACQUIRE);

	if (job->sweep->done == NULL)
		return;
	closing_finish(closing);
	job->sweep->done(job->sweep->data, MIN(MIN(taken, second_at), job->sweep->count));
}

static void sweep_first(struct sweep_job *job)
{
	struct closing closing = { .count = 0 };
	size_t index;

	while (sweep_take(job, &index)) {
		sweep_chunk(job, index, &closing);
		sweep_tell(job, &closing);
	}
	closing_finish(&closing);
}

/* What stays open must be in the program's own table. */
static void *sweep_second(void *data)
{
	struct closing closing = { .count = 0 };
	struct sweep_job *job = data;
	size_t index;

	if (job->rows == NULL)
		closing_alone(job->tree->fd, job->fd);
	while (sweep_take(job, &index)) {
		__atomic_store_n(&job->second_at, index, __ATOMIC_RELEASE);
		sweep_chunk(job, index, &closing);
	}
	__atomic_store_n(&job->second_at, SIZE_MAX, __ATOMIC_RELEASE);
	closing_finish(&closing);
	return NULL;
}

static bool have_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

/* The second thread takes no signal: the caller's handlers run in the caller's threads. */
static bool sweep_start_thread(struct sweep_job *job, pthread_t *ret_thread)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(ret_thread, NULL, sweep_second, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0;
}

int tree_sweep(const struct tree *tree, const struct io_sweep *sweep)
{
	struct sweep_job job = { .tree = tree, .sweep = sweep };
	bool second = false;
	pthread_t thread;
	int rc;

	if (sweep->count == 0)
		return 0;
	rc = tree_open_directory(tree, sweep->dir, &job.fd);
	if (rc < 0)
		return rc;
	if (tree->keeping)
		job.rows = kept_rows(tree->kept, sweep);
	if (sweep->count >= SWEEP_THREAD_COUNT && have_processors())
		second = sweep_start_thread(&job, &thread);
	if (!second)
		job.second_at = SIZE_MAX;
	sweep_first(&job);
	if (second)
		pthread_join(thread, NULL);
	if (sweep->done != NULL)
		sweep->done(sweep->data, sweep->count);
	close(job.fd);
	return 0;
}

/* ---- the seam ---- */

static struct io_host *host_of(struct io *io)
{
	return (struct io_host *)io;
}

static int host_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		     size_t *ret_len)
{
	return tree_read(&host_of(io)->tree, path, offset, buffer, size, ret_len);
}

static int host_answers(struct io *io, const char *path, uint64_t deadline)
{
	return io_helper_answers(host_of(io)->helper, path, deadline);
}

static int host_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	return tree_list(&host_of(io)->tree, path, fn, data);
}

static int host_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	return tree_readlink(&host_of(io)->tree, path, buffer, size);
}

static int host_sweep(struct io *io, const struct io_sweep *sweep)
{
	return tree_sweep(&host_of(io)->tree, sweep);
}

static void host_keep(struct io *io, bool keep)
{
	tree_keep(&host_of(io)->tree, keep);
}

/* RC, which says whether it was; and whether it is in the kernel yet. */
static int given_up(struct io *io, int rc)
{
	if (rc == -ETIMEDOUT || rc == -ECANCELED)
		io->held_up = io_helper_has_left(host_of(io)->helper);
	return rc;
}

static int host_write(struct io *io, const char *path, const char *word, uint64_t deadline)
{
	return given_up(io, io_helper_write(host_of(io)->helper, path, word, deadline));
}

static int host_load(struct io *io, const char *module, uint64_t deadline)
{
	return given_up(io, io_kmod_load(host_of(io)->helper, module, deadline));
}

static int host_save(struct io *io, const char *path, const char *text)
{
	return io_state_save(host_of(io)->tree.fd, path, text);
}

static uint64_t host_now(struct io *io)
{
	return io_clock();
}

static int host_sleep(struct io *io, uint64_t nanoseconds)
{
	struct io_cancel *cancel = &host_of(io)->cancel;
	uint64_t now = io_clock(), end = now + nanoseconds;

	for (; now < end; now = io_clock()) {
		struct pollfd wake = { .fd = cancel->fd, .events = POLLIN };
		struct timespec timeout = {
			.tv_sec = (time_t)((end - now) / 1000000000),
			.tv_nsec = (long)((end - now) % 1000000000),
		};

		if (io_cancel_is_new(cancel))
			return -ECANCELED;
		if (ppoll(&wake, 1, &timeout, NULL) < 0 && errno != EINTR)
			return -errno;
	}
	return io_cancel_is_new(cancel) ? -ECANCELED : 0;
}

/* Who holds the lock: now, for a program may have become another process since it opened this. */
static void learn_process(struct io_host *host)
{
	char text[SWEEP_TEXT_SIZE];
	size_t len;

	host->io.facts.pid = (uint64_t)getpid();
	host->io.facts.start_time = 0;
	if (tree_read(&host->tree, "proc/self/stat", 0, text, sizeof(text), &len) == 0)
		(void)parse_start_time(text, len, &host->io.facts.start_time);
}

#define LOCK_INTERVAL UINT64_C(50000000)

static int host_lock(struct io *io, const char *path, uint64_t deadline, char *holder,
		     size_t holder_size)
{
	struct io_host *host = host_of(io);
	uint64_t now;
	int rc;

	for (;;) {
		rc = io_lock_try(&host->lock, host->tree.fd, path, holder, holder_size);
		now = io_clock();
		if (rc == 0)
			learn_process(host);
		if (rc != -EWOULDBLOCK || now >= deadline)
			return rc;
		rc = host_sleep(io, MIN(LOCK_INTERVAL, deadline - now));
		if (rc < 0)
			return rc;
	}
}

/* The run is over: what told it to stop says nothing to the next one. */
static void host_unlock(struct io *io)
{
	struct io_host *host = host_of(io);

	io_helper_stop(host->helper);
	io_lock_release(&host->lock);
	io_cancel_forget(&host->cancel);
}

static unsigned int host_cancelled(struct io *io)
{
	return io_cancel_tell(&host_of(io)->cancel);
}

static int host_watch(struct io *io, int *ret_fd)
{
	struct io_host *host = host_of(io);
	int rc = host->udev == NULL ? io_udev_new(&host->udev) : 0;

	if (rc == 0)
		*ret_fd = io_udev_fd(host->udev);
	return rc;
}

static int host_heard(struct io *io, bool *ret_any, bool *ret_lost)
{
	return io_udev_take(host_of(io)->udev, ret_any, ret_lost);
}

static void host_free(struct io *io)
{
	struct io_host *host = host_of(io);

	io_udev_free(host->udev);
	io_helper_free(host->helper);
	io_lock_release(&host->lock);
	tree_clear(&host->tree);
	free(host);
}

static const struct io_ops host_ops = {
	.read = host_read,
	.answers = host_answers,
	.list = host_list,
	.readlink = host_readlink,
	.sweep = host_sweep,
	.keep = host_keep,
	.write = host_write,
	.load = host_load,
	.save = host_save,
	.lock = host_lock,
	.unlock = host_unlock,
	.now = host_now,
	.sleep = host_sleep,
	.cancelled = host_cancelled,
	.watch = host_watch,
	.heard = host_heard,
	.free = host_free,
};

int io_host_new_at(const char *root, int cancel_fd, struct memhp_error *error, struct io **ret_io)
{
	struct io_host *host = calloc(1, sizeof(*host));
	int rc;

	if (host == NULL)
		return error_memory(error);
	host->io.ops = &host_ops;
	host->cancel.fd = cancel_fd;
	host->lock.fd = -1;
	rc = tree_init(&host->tree, root, false);
	if (rc < 0) {
		free(host);
		return error_system(error, rc, root, "cannot be opened");
	}
	rc = io_helper_new(host->tree.fd, &host->cancel, &host->helper);
	if (rc < 0) {
		host_free(&host->io);
		return error_memory(error);
	}
	*ret_io = &host->io;
	return 0;
}

static void learn_facts(struct io_facts *facts)
{
	long page_size = sysconf(_SC_PAGESIZE);
	struct utsname name;

	facts->page_size = page_size > 0 ? (uint64_t)page_size : 0;
	if (uname(&name) == 0)
		text_copy(facts->arch, sizeof(facts->arch), name.machine);
}

int io_host_new(int cancel_fd, struct memhp_error *error, struct io **ret_io)
{
	int rc = io_host_new_at("/", cancel_fd, error, ret_io);

	if (rc == 0) {
		(*ret_io)->live = true;
		learn_facts(&(*ret_io)->facts);
	}
	return rc;
}
