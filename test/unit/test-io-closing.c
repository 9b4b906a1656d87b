/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/io-closing.c: all that was handed over is closed and nothing else, in whatever order and with
 * whatever gaps it came; and a thread with a table of its own holds nothing that the program has open.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io-closing.h"
#include "util.h"

#define FIRST 300
#define MANY (3 * CLOSING_MAX)

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void open_as(int fd)
{
	assert_int_equal(dup2(STDERR_FILENO, fd), fd);
}

/* Of MANY numbers those that MINE says are handed over, by steps of STEP. */
static void check(bool (*mine)(int index), int step)
{
	struct closing closing = { .count = 0 };
	int i, at = 0;

	for (i = 0; i < MANY; i++)
		open_as(FIRST + i);
	for (i = 0; i < MANY; i++, at = (at + step) % MANY) {
		if (mine(at))
			closing_add(&closing, FIRST + at);
	}
	closing_finish(&closing);
	assert_int_equal(closing.count, 0);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(is_open(FIRST + i), !mine(i));
		close(FIRST + i);
	}
}

static bool every(int index)
{
	return index >= 0;
}

static bool one_of_three(int index)
{
	return index % 3 == 1;
}

static bool two_of_five(int index)
{
	return index % 5 == 2 || index % 5 == 3;
}

static bool none(int index)
{
	return index < 0;
}

static void test_all_and_no_other(void **state)
{
	/* Ascending, descending, and all over the place; each meets every index once. */
	static const int steps[] = { 1, MANY - 1, 35 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		check(every, steps[i]);
		check(one_of_three, steps[i]);
		check(two_of_five, steps[i]);
		check(none, steps[i]);
	}
}

struct meeting {
	pthread_barrier_t alone, looked;
	int low, kept, other, between, above;
	bool done, has_low, has_kept, has_other, has_between, has_above, has_error;
};

static void *be_alone(void *data)
{
	struct meeting *meeting = data;

	meeting->done = closing_alone(meeting->kept, meeting->low);
	meeting->has_low = is_open(meeting->low);
	meeting->has_kept = is_open(meeting->kept);
	meeting->has_other = is_open(meeting->other);
	meeting->has_between = is_open(meeting->between);
	meeting->has_above = is_open(meeting->above);
	meeting->has_error = is_open(STDERR_FILENO);
	pthread_barrier_wait(&meeting->alone);
	pthread_barrier_wait(&meeting->looked);
	return NULL;
}

/* The writing end of a pipe is closed while the thread lives: its reader hears of that at once. */
static void test_alone(void **state)
{
	struct meeting meeting = { .done = false };
	pthread_t thread;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	meeting.other = ends[1];
	meeting.low = dup(ends[0]);
	meeting.between = dup(ends[1]);
	meeting.kept = dup(ends[0]);
	meeting.above = dup(ends[1]);
	assert_true(meeting.low > meeting.other && meeting.between > meeting.low);
	assert_true(meeting.kept > meeting.between && meeting.above > meeting.kept);
	pthread_barrier_init(&meeting.alone, NULL, 2);
	pthread_barrier_init(&meeting.looked, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, be_alone, &meeting), 0);
	pthread_barrier_wait(&meeting.alone);
	assert_true(meeting.has_low && meeting.has_kept);
	assert_true(meeting.has_error);
	/* Kernels before 5.9, and filters of system calls, have none of it. */
	assert_int_equal(meeting.done, syscall(SYS_close_range, 1 << 20, 1 << 20, 0) == 0);
	if (meeting.done) {
		assert_false(meeting.has_other);
		assert_false(meeting.has_between);
		assert_false(meeting.has_above);
	}
	assert_true(is_open(meeting.other) && is_open(meeting.above));
	close(meeting.other);
	close(meeting.between);
	assert_int_equal(read(ends[0], &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	close(meeting.above);
	if (meeting.done)
		assert_int_equal(read(ends[0], &byte, 1), 0);
	pthread_barrier_wait(&meeting.looked);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&meeting.alone);
	pthread_barrier_destroy(&meeting.looked);
	close(ends[0]);
	close(meeting.kept);
	close(meeting.low);
}

/* Standard output may be closed in the program, and its number be a directory's. */
static void test_not_alone(void **state)
{
	(void)state;
	assert_false(closing_alone(STDERR_FILENO, 300));
	assert_false(closing_alone(300, STDERR_FILENO));
	assert_false(closing_alone(-1, 300));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_and_no_other),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_not_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
