/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper process: made without exit signal, all signals blocked, no descriptor but its socket
 * and the root, dies with its parent. Between clone and exit it makes raw system calls only, for
 * another thread of the caller may have held any lock when it was copied. Changes no signal
 * disposition and decides nothing about what is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io-helper.h"
#include "io.h"

/* After the first cancel the write under way may go on for this long. */
#define CANCEL_GRACE (UINT64_C(5) * 1000000000)
/* How long a killed helper may take to leave the kernel before we stop waiting for it. */
#define END_TIMEOUT_MS 10000
/* Of one that has only read nothing is to be found out afterwards. */
#define READ_END_TIMEOUT_MS 100
/* Helpers that did not end in that time, to be reaped later. */
#define LOST_MAX 8
#define REQUEST_SIZE (IO_PATH_MAX + 256)

struct child {
	int pidfd; /* -1: there is none */
	int socket;
	bool reads; /* changes nothing, and has its own time whatever the user wants */
};

struct io_helper {
	int root_fd;
	struct io_cancel *cancel;
	struct child child;
	int lost[LOST_MAX]; /* their pidfds */
	size_t lost_count;
};

uint64_t io_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

unsigned int io_cancel_count(struct io_cancel *cancel)
{
	uint64_t times;

	if (cancel->fd >= 0 && read(cancel->fd, &times, sizeof(times)) == sizeof(times))
		cancel->count += (unsigned int)MIN(times, (uint64_t)2);
	return cancel->count;
}

unsigned int io_cancel_tell(struct io_cancel *cancel)
{
	cancel->told = io_cancel_count(cancel);
	return MIN(cancel->told, 2U);
}

bool io_cancel_is_new(struct io_cancel *cancel)
{
	return io_cancel_count(cancel) > cancel->told;
}

void io_cancel_forget(struct io_cancel *cancel)
{
	io_cancel_count(cancel);
	cancel->count = 0;
	cancel->told = 0;
}

/* ---- in the child: raw system calls only ---- */

static void child_exit(void)
{
	for (;;)
		syscall(SYS_exit_group, 0);
}

static void child_close_range(int first, int last)
{
	if (first <= last)
		syscall(SYS_close_range, first, last, 0);
}

/* Leaves A and B open, and nothing else. */
static void child_close_all_but(int a, int b)
{
	int low = MIN(a, b), high = MAX(a, b);

	child_close_range(0, low - 1);
	child_close_range(low + 1, high - 1);
	syscall(SYS_close_range, high + 1, ~0U, 0);
}

static int child_write(int root_fd, const char *path, const char *word, size_t len)
{
	long fd = syscall(SYS_openat, root_fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0);
	int32_t rc = 0;
	long written;

	if (fd < 0)
		return -errno;
	written = syscall(SYS_write, fd, word, len);
	if (written < 0)
		rc = -errno;
	else if ((size_t)written != len)
		rc = -EIO;
	syscall(SYS_close, fd);
	return rc;
}

/* Requests are PATH and WORD, both terminated; the answer is one int32_t. */
static void child_serve(int socket, int root_fd)
{
	char request[REQUEST_SIZE];
	long len;

	for (;;) {
		const char *word;
		int32_t rc;

		len = syscall(SYS_recvfrom, socket, request, sizeof(request), 0, NULL, NULL);
		if (len <= 0 || request[len - 1] != '\0')
			child_exit();
		word = request + strlen(request) + 1;
		rc = child_write(root_fd, request, word, (size_t)(request + len - 1 - word));
		if (syscall(SYS_sendto, socket, &rc, sizeof(rc), MSG_NOSIGNAL, NULL, 0) < 0)
			child_exit();
	}
}

struct child_job {
	int root_fd;
	int (*fn)(void *data); /* NULL: serve writes */
	void *data;
};

struct trial {
	int root_fd;
	const char *path;
};

/* What it says is for who reads it afterwards. */
static int child_read(void *data)
{
	const struct trial *trial = data;
	long fd = syscall(SYS_openat, trial->root_fd, trial->path, O_RDONLY | O_CLOEXEC | O_NOCTTY,
			  0);
	char text[64];

	if (fd >= 0)
		syscall(SYS_read, fd, text, sizeof(text));
	return 0;
}

static void child_main(const struct child_job *job, int socket, pid_t parent)
{
	int32_t rc;

	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (syscall(SYS_getppid) != parent)
		child_exit();
	child_close_all_but(socket, job->root_fd >= 0 ? job->root_fd : socket);
	if (job->fn == NULL)
		child_serve(socket, job->root_fd);
	rc = job->fn(job->data);
	syscall(SYS_sendto, socket, &rc, sizeof(rc), MSG_NOSIGNAL, NULL, 0);
	child_exit();
}

/* ---- in the caller ---- */

/* A fork whose end signals nobody. 0 in the child. */
static long clone_quietly(int *ret_pidfd)
{
	struct clone_args arguments = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
	};
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid >= 0 || errno != ENOSYS)
		return pid;
		/* A sandbox that knows no clone3() says ENOSYS, so that one falls back. */
#if defined(__s390x__)
	return syscall(SYS_clone, 0, CLONE_PIDFD, ret_pidfd, 0, 0);
#else
	return syscall(SYS_clone, CLONE_PIDFD, 0, ret_pidfd, 0, 0);
#endif
}

static int child_start(const struct child_job *job, struct child *ret_child)
{
	pid_t parent = getpid();
	sigset_t all, before;
	int sockets[2];
	int pidfd = -1;
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = clone_quietly(&pidfd);
	if (pid == 0)
		child_main(job, sockets[1], parent);
	if (pid < 0)
		pid = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(sockets[1]);
	if (pid < 0) {
		close(sockets[0]);
		return (int)pid;
	}
	*ret_child = (struct child){ .pidfd = pidfd, .socket = sockets[0] };
	return 0;
}

static bool child_reap(int pidfd)
{
	siginfo_t info = { .si_pid = 0 };
	int rc = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | __WALL);

	/* ECHILD: a caller that waits for __WALL children has been quicker. */
	return (rc == 0 && info.si_pid != 0) || (rc < 0 && errno == ECHILD);
}

static void helper_reap_lost(struct io_helper *helper)
{
	size_t i = 0;

	while (i < helper->lost_count) {
		if (!child_reap(helper->lost[i])) {
			i++;
			continue;
		}
		close(helper->lost[i]);
		helper->lost[i] = helper->lost[--helper->lost_count];
	}
}

/* Kills a child and waits for its end; what it wrote is unknown until read back. */
static void child_end(struct io_helper *helper, struct child *child)
{
	struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
	int timeout_ms = child->reads ? READ_END_TIMEOUT_MS : END_TIMEOUT_MS;
	uint64_t limit = io_clock() + UINT64_C(1000000) * (uint64_t)timeout_ms;
	int rc;

	if (child->pidfd < 0)
		return;
	close(child->socket);
	syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
	do
		rc = poll(&ended, 1, timeout_ms);
	while (rc < 0 && errno == EINTR && io_clock() < limit);
	if (!child_reap(child->pidfd) && helper->lost_count < LOST_MAX)
		helper->lost[helper->lost_count++] = child->pidfd;
	else
		close(child->pidfd);
	*child = (struct child){ .pidfd = -1, .socket = -1 };
}

/* Moves LIMIT nearer after a cancel that the run has not been told of yet. */
static bool heed_cancel(struct io_cancel *cancel, unsigned int *seen, uint64_t *limit)
{
	unsigned int count = io_cancel_count(cancel);

	if (count > cancel->told && count != *seen)
		*limit = count >= 2 ? 0 : MIN(*limit, io_clock() + CANCEL_GRACE);
	*seen = count;
	return count > cancel->told;
}

static int poll_until(struct pollfd *fds, nfds_t count, uint64_t limit)
{
	struct timespec timeout = { 0 };
	uint64_t now = io_clock();

	if (limit != IO_NO_DEADLINE && limit > now) {
		timeout.tv_sec = (time_t)((limit - now) / 1000000000);
		timeout.tv_nsec = (long)((limit - now) % 1000000000);
	}
	return ppoll(fds, count, limit == IO_NO_DEADLINE ? NULL : &timeout, NULL);
}

/* The child's answer, or its end. */
static int child_wait(struct io_helper *helper, struct child *child, uint64_t deadline)
{
	uint64_t limit = deadline;
	unsigned int seen = helper->cancel->told;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = child->socket, .events = POLLIN },
			{ .fd = helper->cancel->fd, .events = POLLIN },
		};
		bool cancelled = !child->reads && heed_cancel(helper->cancel, &seen, &limit);
		int rc = poll_until(fds, child->reads ? 1 : ARRAY_SIZE(fds), limit);
		int32_t answer;

		if (rc < 0 && errno != EINTR) {
			rc = -errno;
			child_end(helper, child);
			return rc;
		}
		if (rc > 0 && fds[0].revents != 0) {
			if (recv(child->socket, &answer, sizeof(answer), 0) == sizeof(answer))
				return answer;
			child_end(helper, child);
			return -EIO;
		}
		if (limit != IO_NO_DEADLINE && io_clock() >= limit) {
			child_end(helper, child);
			return cancelled ? -ECANCELED : -ETIMEDOUT;
		}
	}
}

int io_helper_new(int root_fd, struct io_cancel *cancel, struct io_helper **ret_helper)
{
	struct io_helper *helper = calloc(1, sizeof(*helper));

	if (helper == NULL)
		return -ENOMEM;
	helper->root_fd = root_fd;
	helper->cancel = cancel;
	helper->child = (struct child){ .pidfd = -1, .socket = -1 };
	*ret_helper = helper;
	return 0;
}

void io_helper_stop(struct io_helper *helper)
{
	child_end(helper, &helper->child);
	helper_reap_lost(helper);
}

void io_helper_free(struct io_helper *helper)
{
	if (helper == NULL)
		return;
	io_helper_stop(helper);
	while (helper->lost_count > 0)
		close(helper->lost[--helper->lost_count]);
	free(helper);
}

/* Whether a write may begin at all. */
static int check_start(struct io_helper *helper, uint64_t deadline)
{
	if (io_cancel_is_new(helper->cancel))
		return -ECANCELED;
	if (deadline != IO_NO_DEADLINE && io_clock() >= deadline)
		return -ETIMEDOUT;
	return 0;
}

/* A helper that was found dead has taken no request: another one is made, once. */
static int send_request(struct io_helper *helper, const char *request, size_t len)
{
	const struct child_job job = { .root_fd = helper->root_fd };
	unsigned int attempt;
	int rc = 0;

	for (attempt = 0; attempt < 2; attempt++) {
		if (helper->child.pidfd < 0)
			rc = child_start(&job, &helper->child);
		if (rc < 0)
			return rc;
		if (send(helper->child.socket, request, len, MSG_NOSIGNAL) == (ssize_t)len)
			return 0;
		rc = -errno;
		child_end(helper, &helper->child);
		if (rc != -EPIPE && rc != -ECONNRESET)
			return rc;
		rc = 0;
	}
	return -EIO;
}

int io_helper_write(struct io_helper *helper, const char *path, const char *word, uint64_t deadline)
{
	size_t path_size = strlen(path) + 1, word_size = strlen(word) + 1;
	char request[REQUEST_SIZE];
	int rc;

	if (path_size + word_size > sizeof(request))
		return -ENAMETOOLONG;
	memcpy(request, path, path_size);
	memcpy(request + path_size, word, word_size);
	rc = check_start(helper, deadline);
	if (rc < 0)
		return rc;
	helper_reap_lost(helper);
	rc = send_request(helper, request, path_size + word_size);
	if (rc < 0)
		return rc;
	return child_wait(helper, &helper->child, deadline);
}

int io_helper_run(struct io_helper *helper, int (*fn)(void *data), void *data, uint64_t deadline)
{
	const struct child_job job = { .root_fd = -1, .fn = fn, .data = data };
	struct child child;
	int rc = check_start(helper, deadline);

	if (rc < 0)
		return rc;
	rc = child_start(&job, &child);
	if (rc < 0)
		return rc;
	rc = child_wait(helper, &child, deadline);
	child_end(helper, &child);
	return rc;
}

bool io_helper_is_stuck(struct io_helper *helper)
{
	helper_reap_lost(helper);
	return helper->lost_count > 0;
}

int io_helper_answers(struct io_helper *helper, const char *path, uint64_t deadline)
{
	struct trial trial = { .root_fd = helper->root_fd, .path = path };
	const struct child_job job = { .root_fd = helper->root_fd,
				       .fn = child_read,
				       .data = &trial };
	struct child child;
	int rc;

	helper_reap_lost(helper);
	if (helper->lost_count == LOST_MAX)
		return -EBUSY;
	if (child_start(&job, &child) < 0)
		return 0;
	child.reads = true;
	rc = child_wait(helper, &child, deadline);
	child_end(helper, &child);
	return rc == -ETIMEDOUT ? -EBUSY : 0;
}
