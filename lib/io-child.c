/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process for what may never come back from the kernel: made without exit signal, all signals blocked, no
 * descriptor but its socket and the root, dies with its parent. Between clone and exit it makes raw system
 * calls only, for another thread of the caller may have held any lock when it was copied. Changes no signal
 * disposition, decides nothing about what is written, and waits for nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io-child.h"
#include "io.h"

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
	char request[CHILD_REQUEST_SIZE];
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

int child_read(void *data)
{
	const struct child_trial *trial = data;
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

int child_start(const struct child_job *job, struct child *ret_child)
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

bool child_reap(int pidfd)
{
	siginfo_t info = { .si_pid = 0 };
	int rc = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | __WALL);

	/* ECHILD: a caller that waits for __WALL children has been quicker. */
	return (rc == 0 && info.si_pid != 0) || (rc < 0 && errno == ECHILD);
}
