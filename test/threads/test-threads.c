/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two contexts in two threads, each with runs and snapshots on a directory of its own, while a third
 * thread cancels one of them and a fourth lives its own life: its signals reach its handlers, its
 * children are its own to wait for, and no disposition changes. To be built with -fsanitize=thread too.
 */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctx.h"
#include "tree.h"

#define ROUNDS 20
#define BLOCKS 1300 /* a sweep takes a second thread for so many */
#define FIRST 64

struct worker {
	struct test_tree tree;
	struct memhp_ctx *ctx;
	pthread_t thread;
	bool done;
	size_t runs, stopped, failed, snapshots;
};

static size_t signals_seen, children_seen; /* in any thread */

static void on_signal(int number)
{
	__atomic_fetch_add(&signals_seen, 1, __ATOMIC_RELAXED);
}

static void on_child(int number)
{
	__atomic_fetch_add(&children_seen, 1, __ATOMIC_RELAXED);
}

static void pause_for(long microseconds)
{
	struct timespec time = { 0, microseconds * 1000 };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

/* What an earlier run has written stands in these files as it was written: they do not behave. */
static void put_back(const struct test_tree *tree)
{
	char path[96];

	for (unsigned int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/state", FIRST + i);
		test_tree_file(tree, path, "offline\n");
	}
}

static void make_context(struct worker *worker)
{
	struct memhp_error error;
	struct io *io;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	test_tree_make(&worker->tree);
	test_tree_machine(&worker->tree);
	for (unsigned int i = 0; i < BLOCKS; i++)
		test_tree_block(&worker->tree, FIRST + i, "offline", "Normal Movable", 1);
	test_tree_directory(&worker->tree, "run");
	assert_true(fd >= 0);
	assert_int_equal(io_host_new_at(worker->tree.path, fd, &error, &io), 0);
	assert_int_equal(ctx_new_with_io(io, &worker->ctx), 0);
	worker->ctx->cancel_fd = fd; /* as memhp_ctx_new() makes one */
}

static void look(struct worker *worker)
{
	struct memhp_snapshot *snapshot = NULL, *next = NULL;

	if (memhp_snapshot_new(worker->ctx, &snapshot) == 0 &&
	    memhp_snapshot_refresh(worker->ctx, snapshot, &next) == 0)
		worker->snapshots++;
	memhp_snapshot_unref(snapshot);
	memhp_snapshot_unref(next);
}

static void run(struct worker *worker)
{
	static const char *const targets[] = { "64-71", NULL };
	const struct memhp_request request = { .struct_size = sizeof(request),
					       .operation = MEMHP_OPERATION_ONLINE,
					       .zone = MEMHP_ZONE_MOVABLE,
					       .force = "movable-ratio,kernel-headroom",
					       .targets = targets };
	struct memhp_report *report = NULL;
	int rc = memhp_run(worker->ctx, &request, &report);

	worker->runs++;
	worker->failed += rc < 0;
	worker->stopped += rc == 0 && memhp_report_get_stopped_by(report) == MEMHP_STOP_SIGNAL;
	memhp_report_unref(report);
	put_back(&worker->tree);
}

static void *work(void *data)
{
	struct worker *worker = data;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		look(worker);
		run(worker);
	}
	__atomic_store_n(&worker->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(const struct worker *worker)
{
	return __atomic_load_n(&worker->done, __ATOMIC_ACQUIRE);
}

static void *cancel(void *data)
{
	struct worker *worker = data;

	for (unsigned int i = 0; !is_done(worker); i++) {
		memhp_ctx_cancel(worker->ctx);
		pause_for(500 + 700 * (long)(i % 7));
	}
	return NULL;
}

/* One child of the caller's own, which it alone waits for, and one signal to itself. */
static void live(size_t *children, size_t *signals)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(7);
	assert_true(pid > 0);
	assert_int_equal(waitpid(-1, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	(*children)++;
	raise(SIGTERM);
	(*signals)++;
	pause_for(1000);
}

static void assert_handler(int number, void (*wanted)(int))
{
	struct sigaction action;

	assert_int_equal(sigaction(number, NULL, &action), 0);
	assert_ptr_equal(action.sa_handler, wanted);
}

static void test_threads(void **state)
{
	const struct sigaction own = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const struct sigaction child = { .sa_handler = on_child, .sa_flags = SA_RESTART };
	struct worker workers[2] = { 0 };
	size_t children = 0, signals = 0;
	pthread_t canceller;

	sigaction(SIGTERM, &own, NULL);
	sigaction(SIGCHLD, &child, NULL);
	for (int i = 0; i < 2; i++)
		make_context(&workers[i]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	assert_int_equal(pthread_create(&canceller, NULL, cancel, &workers[0]), 0);
	while (!is_done(&workers[0]) || !is_done(&workers[1]))
		live(&children, &signals);
	pthread_join(canceller, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(workers[i].thread, NULL);

	print_message("# %zu and %zu runs, %zu of them cancelled; %zu children, %zu signals\n",
		      workers[0].runs, workers[1].runs, workers[0].stopped, children, signals);
	assert_int_equal(workers[1].stopped, 0);
	assert_int_equal(workers[1].failed, 0);
	assert_int_equal(workers[1].snapshots, ROUNDS);
	assert_true(workers[0].stopped + workers[0].failed > 0);
	/* No end of a helper was told to this process, and none is left to wait for. */
	assert_int_equal(children_seen, children);
	assert_int_equal(signals_seen, signals);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_handler(SIGTERM, on_signal);
	assert_handler(SIGCHLD, on_child);
	for (int i = 0; i < 2; i++) {
		memhp_ctx_unref(workers[i].ctx);
		test_tree_remove(&workers[i].tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
