/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper process, and others like it: what they are asked, how long they are waited for, and what becomes
 * of those that do not come out of the kernel. Decides nothing about what is written.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io-child.h"
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

/* A helper that did not end. */
struct lost {
	int pidfd;
	char reads[IO_PATH_MAX]; /* that file; "": it does something else */
};

struct io_helper {
	int root_fd;
	struct io_cancel *cancel;
	struct child child;
	struct lost lost[LOST_MAX];
	size_t lost_count;
	bool left; /* the last one that was to write has not come out of the kernel */
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

static void helper_reap_lost(struct io_helper *helper)
{
	size_t i = 0;

	while (i < helper->lost_count) {
		if (!child_reap(helper->lost[i].pidfd)) {
			i++;
			continue;
		}
		close(helper->lost[i].pidfd);
		helper->lost[i] = helper->lost[--helper->lost_count];
	}
}

static void lose(struct io_helper *helper, const struct child *child)
{
	struct lost *lost = &helper->lost[helper->lost_count++];

	lost->pidfd = child->pidfd;
	text_copy(lost->reads, sizeof(lost->reads), child->reads == NULL ? "" : child->reads);
}

/* Kills a child and waits for its end; what it wrote is unknown until read back. */
static void child_end(struct io_helper *helper, struct child *child)
{
	struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
	int timeout_ms = child->reads != NULL ? READ_END_TIMEOUT_MS : END_TIMEOUT_MS;
	uint64_t limit = io_clock() + UINT64_C(1000000) * (uint64_t)timeout_ms;
	bool ends;
	int rc;

	if (child->pidfd < 0)
		return;
	close(child->socket);
	syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
	do
		rc = poll(&ended, 1, timeout_ms);
	while (rc < 0 && errno == EINTR && io_clock() < limit);
	ends = child_reap(child->pidfd);
	if (child->reads == NULL)
		helper->left = !ends;
	if (!ends && helper->lost_count < LOST_MAX)
		lose(helper, child);
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
		bool cancelled = child->reads == NULL && heed_cancel(helper->cancel, &seen, &limit);
		int rc = poll_until(fds, child->reads != NULL ? 1 : ARRAY_SIZE(fds), limit);
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
		close(helper->lost[--helper->lost_count].pidfd);
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
	char request[CHILD_REQUEST_SIZE];
	int rc;

	if (path_size + word_size > sizeof(request))
		return -ENAMETOOLONG;
	memcpy(request, path, path_size);
	memcpy(request + path_size, word, word_size);
	helper->left = false;
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

	helper->left = false;
	if (rc < 0)
		return rc;
	rc = child_start(&job, &child);
	if (rc < 0)
		return rc;
	rc = child_wait(helper, &child, deadline);
	child_end(helper, &child);
	return rc;
}

bool io_helper_has_left(const struct io_helper *helper)
{
	return helper->left;
}

/* Somebody who waits for PATH from before needs no company: whatever it waits for is not over. */
static bool is_waited_for(const struct io_helper *helper, const char *path)
{
	size_t i;

	for (i = 0; i < helper->lost_count; i++) {
		if (strcmp(helper->lost[i].reads, path) == 0)
			return true;
	}
	return false;
}

int io_helper_answers(struct io_helper *helper, const char *path, uint64_t deadline)
{
	struct child_trial trial = { .root_fd = helper->root_fd, .path = path };
	const struct child_job job = { .root_fd = helper->root_fd,
				       .fn = child_read,
				       .data = &trial };
	struct child child;
	int rc;

	helper_reap_lost(helper);
	if (helper->lost_count == LOST_MAX || is_waited_for(helper, path))
		return -EBUSY;
	if (child_start(&job, &child) < 0)
		return 0;
	child.reads = path;
	rc = child_wait(helper, &child, deadline);
	child_end(helper, &child);
	return rc == -ETIMEDOUT ? -EBUSY : 0;
}
