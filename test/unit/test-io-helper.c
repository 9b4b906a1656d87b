/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/io-helper.c against a FIFO, which blocks as a kernel file may: deadline, cancel, a helper that
 * dies, and a caller that must not notice any of it.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io-helper.h"
#include "io.h"

#define MILLISECONDS UINT64_C(1000000)

struct fixture {
	char directory[64];
	int root_fd;
	struct io_cancel cancel;
	struct io_helper *helper;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->directory, "/tmp/memhp-helper-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->root_fd = open(fixture->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->root_fd >= 0);
	assert_int_equal(mkfifoat(fixture->root_fd, "fifo", 0600), 0);
	fixture->cancel.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(io_helper_new(fixture->root_fd, &fixture->cancel, &fixture->helper), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	io_helper_free(fixture->helper);
	close(fixture->cancel.fd);
	(void)unlinkat(fixture->root_fd, "fifo", 0);
	(void)unlinkat(fixture->root_fd, "file", 0);
	close(fixture->root_fd);
	assert_int_equal(rmdir(fixture->directory), 0);
	free(fixture);
	return 0;
}

static void make_file(const struct fixture *fixture)
{
	close(openat(fixture->root_fd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

static void assert_file(const struct fixture *fixture, const char *expected)
{
	int fd = openat(fixture->root_fd, "file", O_RDONLY | O_CLOEXEC);
	char text[64] = "";

	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	assert_string_equal(text, expected);
}

static uint64_t in(uint64_t milliseconds)
{
	return io_clock() + milliseconds * MILLISECONDS;
}

static void cancel(const struct fixture *fixture, uint64_t times)
{
	assert_int_equal(write(fixture->cancel.fd, &times, sizeof(times)), sizeof(times));
}

static void test_write(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "online_movable", IO_NO_DEADLINE),
			 0);
	assert_file(fixture, "online_movable");
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "online", in(10000)), 0);
	assert_file(fixture, "online");
	assert_int_equal(io_helper_write(fixture->helper, "none", "x", in(10000)), -ENOENT);
	assert_int_equal(io_helper_write(fixture->helper, "file/none", "x", in(10000)), -ENOTDIR);
}

/* Nobody writes into the FIFO: who opens it to read waits for ever. */
static void test_answers(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = io_clock();
	siginfo_t info;

	make_file(fixture);
	assert_int_equal(io_helper_answers(fixture->helper, "file", in(10000)), 0);
	assert_int_equal(io_helper_answers(fixture->helper, "none", in(10000)), 0);
	assert_true(io_clock() - before < 5000 * MILLISECONDS);
	before = io_clock();
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(io_helper_answers(fixture->helper, "fifo", in(20)), -EBUSY);
	assert_in_range(io_clock() - before, 200 * MILLISECONDS, 5000 * MILLISECONDS);
	/* What is known does not depend on who is in a hurry. */
	before = io_clock();
	cancel(fixture, 2);
	assert_int_equal(io_helper_answers(fixture->helper, "fifo", in(100)), -EBUSY);
	assert_true(io_clock() - before >= 100 * MILLISECONDS);
	assert_int_equal(io_helper_answers(fixture->helper, "file", in(10000)), 0);
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
	       io_clock() - before < 5000 * MILLISECONDS)
		io_helper_stop(fixture->helper);
	assert_int_equal(waitpid(-1, NULL, __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_too_long(void **state)
{
	struct fixture *fixture = *state;
	char word[4096];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(io_helper_write(fixture->helper, "file", word, in(10000)), -ENAMETOOLONG);
}

/* Nobody reads the FIFO: to open it for writing blocks for ever. */
static void test_deadline(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = io_clock();

	assert_int_equal(io_helper_write(fixture->helper, "fifo", "x", in(100)), -ETIMEDOUT);
	assert_in_range(io_clock() - before, 100 * MILLISECONDS, 5000 * MILLISECONDS);
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "after", in(10000)), 0);
	assert_file(fixture, "after");
	assert_int_equal(io_helper_write(fixture->helper, "file", "late", io_clock() - 1),
			 -ETIMEDOUT);
	assert_file(fixture, "after");
}

static void *cancel_twice(void *data)
{
	const struct fixture *fixture = data;

	usleep(100000);
	cancel(fixture, 1);
	usleep(300000);
	cancel(fixture, 1);
	return NULL;
}

/* The first cancel leaves a grace, the second none. */
static void test_cancel(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = io_clock();
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, cancel_twice, fixture), 0);
	assert_int_equal(io_helper_write(fixture->helper, "fifo", "x", IO_NO_DEADLINE), -ECANCELED);
	assert_in_range(io_clock() - before, 350 * MILLISECONDS, 4500 * MILLISECONDS);
	pthread_join(thread, NULL);
	assert_int_equal(io_cancel_tell(&fixture->cancel), 2);
}

static void *cancel_then_read(void *data)
{
	const struct fixture *fixture = data;
	char text[8];
	int fd;

	usleep(50000);
	cancel(fixture, 1);
	usleep(50000);
	fd = openat(fixture->root_fd, "fifo", O_RDONLY | O_CLOEXEC);
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
	return NULL;
}

/* What ends within the grace has been done. */
static void test_cancel_grace(void **state)
{
	struct fixture *fixture = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, cancel_then_read, fixture), 0);
	assert_int_equal(io_helper_write(fixture->helper, "fifo", "x", IO_NO_DEADLINE), 0);
	pthread_join(thread, NULL);
	assert_int_equal(io_cancel_tell(&fixture->cancel), 1);
}

/* A cancel that the run knows of does not stop what it does to undo; one that is news does. */
static void test_cancel_told(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture);
	cancel(fixture, 1);
	assert_int_equal(io_helper_write(fixture->helper, "file", "x", in(10000)), -ECANCELED);
	assert_file(fixture, "");
	assert_int_equal(io_cancel_tell(&fixture->cancel), 1);
	assert_int_equal(io_helper_write(fixture->helper, "file", "undo", in(10000)), 0);
	assert_file(fixture, "undo");
	assert_int_equal(io_helper_write(fixture->helper, "fifo", "x", in(100)), -ETIMEDOUT);
	cancel(fixture, 1);
	assert_int_equal(io_helper_write(fixture->helper, "file", "x", in(10000)), -ECANCELED);
	assert_int_equal(io_cancel_tell(&fixture->cancel), 2);
	cancel(fixture, 5);
	assert_int_equal(io_cancel_tell(&fixture->cancel), 2);
	io_cancel_forget(&fixture->cancel);
	assert_int_equal(io_cancel_tell(&fixture->cancel), 0);
}

static volatile sig_atomic_t child_signals;

static void on_child(int number)
{
	child_signals = child_signals + 1;
}

static void on_pipe(int number)
{
	abort();
}

/* The process of the helper: the child of ours that waitpid(-1) does not see. */
static pid_t helper_pid(void)
{
	char path[64], text[64] = "";
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_int_equal(sscanf(text, "%d", &pid), 1);
	return pid;
}

/* Handlers for SIGCHLD and SIGPIPE, and waitpid(-1), hear nothing of helpers, killed ones included. */
static void test_caller_undisturbed(void **state)
{
	struct sigaction child = { .sa_handler = on_child },
			 pipe_action = { .sa_handler = on_pipe };
	struct sigaction old_child, old_pipe, now;
	struct fixture *fixture = *state;
	sigset_t mask;

	sigaction(SIGCHLD, &child, &old_child);
	sigaction(SIGPIPE, &pipe_action, &old_pipe);
	child_signals = 0;
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "1", in(10000)), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(io_helper_write(fixture->helper, "fifo", "2", in(50)), -ETIMEDOUT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "3", in(10000)), 0);
	assert_int_equal(kill(helper_pid(), SIGKILL), 0);
	usleep(50000);
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "4", in(10000)), 0);
	assert_file(fixture, "4");
	io_helper_stop(fixture->helper);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(child_signals, 0);
	sigaction(SIGCHLD, NULL, &now);
	assert_ptr_equal(now.sa_handler, on_child);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
	sigaction(SIGCHLD, &old_child, NULL);
	sigaction(SIGPIPE, &old_pipe, NULL);
}

static void *kill_helper(void *data)
{
	usleep(100000);
	kill(helper_pid(), SIGKILL);
	return NULL;
}

static void test_killed_under_write(void **state)
{
	struct fixture *fixture = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, kill_helper, NULL), 0);
	assert_int_equal(io_helper_write(fixture->helper, "fifo", "x", in(10000)), -EIO);
	pthread_join(thread, NULL);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

/* The caller's descriptors are not kept open, and terminal signals do not reach the helper. */
static void test_helper_is_alone(void **state)
{
	struct fixture *fixture = *state;
	char path[64], text[16];
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "1", in(10000)), 0);
	pid = helper_pid();
	close(ends[1]);
	assert_int_equal(read(ends[0], text, sizeof(text)), 0);
	close(ends[0]);
	assert_int_equal(kill(pid, SIGINT), 0);
	assert_int_equal(kill(pid, SIGTERM), 0);
	usleep(20000);
	make_file(fixture);
	assert_int_equal(io_helper_write(fixture->helper, "file", "2", in(10000)), 0);
	assert_int_equal(helper_pid(), pid);
	snprintf(path, sizeof(path), "/proc/%d/fd/0", (int)pid);
	assert_int_equal(access(path, F_OK), -1);
}

/* Gone, or dead and left to an init that does not reap. */
static bool is_dead(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return true;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(file);
	return state == 'Z' || state == 'X';
}

/* A helper that is stuck in a write dies with its caller. */
static void test_dies_with_parent(void **state)
{
	struct fixture *fixture = *state;
	int ends[2];
	pid_t caller, helper = 0;
	unsigned int round;

	assert_int_equal(pipe(ends), 0);
	caller = fork();
	if (caller == 0) {
		make_file(fixture);
		io_helper_write(fixture->helper, "file", "1", in(10000));
		helper = helper_pid();
		if (write(ends[1], &helper, sizeof(helper)) != sizeof(helper))
			_exit(1);
		io_helper_write(fixture->helper, "fifo", "x", IO_NO_DEADLINE);
		_exit(0);
	}
	assert_int_equal(read(ends[0], &helper, sizeof(helper)), sizeof(helper));
	usleep(50000);
	kill(caller, SIGKILL);
	assert_int_equal(waitpid(caller, NULL, 0), caller);
	assert_true(helper > 0);
	for (round = 0; round < 100 && !is_dead(helper); round++)
		usleep(20000);
	assert_true(is_dead(helper));
	close(ends[0]);
	close(ends[1]);
}

static int add_one(void *data)
{
	return *(int *)data + 1;
}

static int sleep_long(void *data)
{
	sleep(1000);
	return 0;
}

static void test_run(void **state)
{
	struct fixture *fixture = *state;
	int number = -43;

	assert_int_equal(io_helper_run(fixture->helper, add_one, &number, in(10000)), -42);
	assert_int_equal(number, -43);
	assert_int_equal(io_helper_run(fixture->helper, sleep_long, NULL, in(100)), -ETIMEDOUT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

#define HELPER_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HELPER_TEST(test_write),
		HELPER_TEST(test_answers),
		HELPER_TEST(test_too_long),
		HELPER_TEST(test_deadline),
		HELPER_TEST(test_cancel),
		HELPER_TEST(test_cancel_grace),
		HELPER_TEST(test_cancel_told),
		HELPER_TEST(test_caller_undisturbed),
		HELPER_TEST(test_killed_under_write),
		HELPER_TEST(test_helper_is_alone),
		HELPER_TEST(test_dies_with_parent),
		HELPER_TEST(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
