/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/io-host.c, io-root.c, io-tree.c, io-state.c and io-kmod.c on directories of the test's own:
 * reads, lists, sweeps with one thread and two, links that would lead out of a recorded machine, the
 * lock and what is saved.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "tree.h"

struct fixture {
	struct test_tree tree;
	struct memhp_error error;
	int cancel_fd;
	struct io *host;
	struct io *root;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	test_tree_make(&fixture->tree);
	fixture->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(io_host_new_at(fixture->tree.path, fixture->cancel_fd, &fixture->error,
					&fixture->host),
			 0);
	assert_int_equal(io_root_new(fixture->tree.path, &fixture->error, &fixture->root), 0);
	assert_true(fixture->root->read_only);
	assert_false(fixture->host->read_only);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	io_free(fixture->host);
	io_free(fixture->root);
	close(fixture->cancel_fd);
	test_tree_remove(&fixture->tree);
	free(fixture);
	return 0;
}

static int read_at(struct io *io, const char *path, uint64_t offset, size_t size, char *text)
{
	size_t len = 12345;
	int rc = io->ops->read(io, path, offset, text, size, &len);

	if (rc < 0)
		assert_int_equal(len, 12345);
	else
		text[len] = '\0';
	return rc;
}

static void check_reads(struct io *io)
{
	static char text[200001];

	assert_int_equal(read_at(io, "sys/short", 0, 64, text), 0);
	assert_string_equal(text, "online\n");
	assert_int_equal(read_at(io, "sys/short", 2, 64, text), 0);
	assert_string_equal(text, "line\n");
	assert_int_equal(read_at(io, "sys/short", 0, 7, text), -E2BIG);
	assert_int_equal(read_at(io, "sys/short", 0, 8, text), 0);
	assert_int_equal(read_at(io, "sys/empty", 0, 8, text), 0);
	assert_string_equal(text, "");
	assert_int_equal(read_at(io, "proc/long", 0, 100000, text), -E2BIG);
	assert_int_equal(read_at(io, "proc/long", 0, 100001, text), 0);
	assert_int_equal(strlen(text), 100000);
	assert_int_equal(read_at(io, "sys/long", 0, 200000, text), 0);
	assert_int_equal(strlen(text), 100000);
	assert_int_equal(read_at(io, "sys/none", 0, 64, text), -ENOENT);
	assert_int_equal(read_at(io, "sys/short/none", 0, 64, text), -ENOENT);
	assert_int_equal(read_at(io, "sys", 0, 64, text), -EISDIR);
}

static void test_read(void **state)
{
	struct fixture *fixture = *state;
	char *text = malloc(100001);

	memset(text, 'x', 100000);
	text[100000] = '\0';
	test_tree_file(&fixture->tree, "proc/long", text);
	test_tree_file(&fixture->tree, "sys/long", text);
	test_tree_file(&fixture->tree, "sys/short", "online\n");
	test_tree_file(&fixture->tree, "sys/empty", "");
	free(text);
	check_reads(fixture->host);
	check_reads(fixture->root);
}

/* Links resolve as if the recorded directory were the root of everything. */
static void test_links(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	struct io *io = fixture->root;
	char text[256];

	test_tree_file(tree, "sys/devices/platform/hmem.0/dax0.0/size", "4096\n");
	test_tree_file(tree, "etc/passwd", "recorded\n");
	test_tree_link(tree, "sys/bus/dax/devices/dax0.0",
		       "../../../devices/platform/hmem.0/dax0.0");
	test_tree_link(tree, "sys/absolute", "/etc/passwd");
	test_tree_link(tree, "sys/climbing", "../../../../../../../../etc/passwd");
	test_tree_link(tree, "sys/outside", "/etc/shadow");
	test_tree_link(tree, "sys/loop", "loop");
	test_tree_link(tree, "sys/magic", "/proc/self/root/etc/passwd");
	assert_int_equal(read_at(io, "sys/bus/dax/devices/dax0.0/size", 0, 64, text), 0);
	assert_string_equal(text, "4096\n");
	assert_int_equal(read_at(io, "sys/absolute", 0, 64, text), 0);
	assert_string_equal(text, "recorded\n");
	assert_int_equal(read_at(io, "sys/climbing", 0, 64, text), 0);
	assert_string_equal(text, "recorded\n");
	assert_int_equal(read_at(io, "../../../../etc/passwd", 0, 64, text), 0);
	assert_string_equal(text, "recorded\n");
	assert_int_equal(read_at(io, "sys/outside", 0, 64, text), -ENOENT);
	assert_int_equal(read_at(io, "sys/magic", 0, 64, text), -ENOENT);
	assert_int_equal(read_at(io, "sys/loop", 0, 64, text), -ELOOP);
	assert_int_equal(io->ops->readlink(io, "sys/bus/dax/devices/dax0.0", text, sizeof(text)),
			 0);
	assert_string_equal(text, "../../../devices/platform/hmem.0/dax0.0");
	assert_int_equal(io->ops->readlink(io, "sys/bus/dax/devices/dax0.0", text, 8),
			 -ENAMETOOLONG);
	assert_int_equal(io->ops->readlink(io, "etc/passwd", text, sizeof(text)), -EINVAL);
	assert_int_equal(io->ops->readlink(io, "etc/none", text, sizeof(text)), -ENOENT);
}

/* A FIFO in a recording must not make a reader wait. */
static void test_fifo(void **state)
{
	struct fixture *fixture = *state;
	char path[256], text[64];

	snprintf(path, sizeof(path), "%s/sys/fifo", fixture->tree.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_at(fixture->root, "sys/fifo", 0, 64, text), 0);
	assert_string_equal(text, "");
}

struct listing {
	struct io *io;
	unsigned int count;
	unsigned int nested;
	int stop_at;
};

static int count_nested(void *data, const char *name, unsigned char type)
{
	struct listing *listing = data;

	listing->nested++;
	return 0;
}

static int count_entry(void *data, const char *name, unsigned char type)
{
	struct listing *listing = data;

	assert_string_not_equal(name, ".");
	assert_string_not_equal(name, "..");
	listing->count++;
	if (listing->count == 1)
		listing->io->ops->list(listing->io, "sys/few", count_nested, listing);
	return (int)listing->count == listing->stop_at ? -E2BIG : 0;
}

static void test_list(void **state)
{
	struct fixture *fixture = *state;
	struct io *ios[] = { fixture->host, fixture->root };
	char path[64];
	size_t i;

	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "sys/many/entry%zu", i);
		test_tree_file(&fixture->tree, path, "");
	}
	test_tree_directory(&fixture->tree, "sys/few/one");
	test_tree_file(&fixture->tree, "sys/file", "");
	for (i = 0; i < ARRAY_SIZE(ios); i++) {
		struct listing listing = { .io = ios[i] };

		assert_int_equal(ios[i]->ops->list(ios[i], "sys/many", count_entry, &listing), 0);
		assert_int_equal(listing.count, 300);
		assert_int_equal(listing.nested, 1);
		listing = (struct listing){ .io = ios[i], .stop_at = 7 };
		assert_int_equal(ios[i]->ops->list(ios[i], "sys/many", count_entry, &listing),
				 -E2BIG);
		assert_int_equal(listing.count, 7);
		assert_int_equal(ios[i]->ops->list(ios[i], "sys/none", count_entry, &listing),
				 -ENOENT);
		assert_int_equal(ios[i]->ops->list(ios[i], "sys/file", count_entry, &listing),
				 -ENOENT);
	}
}

/* Enough for the second thread. */
#define SWEPT 1500

struct swept {
	uint8_t seen[SWEPT][2];
	size_t done;
};

static uint32_t swept_number(const void *data, size_t index)
{
	return (uint32_t)index;
}

/* Every tenth has no second file; the second file of every third is not asked for. */
static bool take_swept(void *data, size_t index, size_t file, int rc, const char *text, size_t len)
{
	struct swept *swept = data;
	char expected[32];

	assert_int_equal(strlen(text), len);
	if (file == 1 && index % 10 == 5) {
		assert_int_equal(rc, -ENOENT);
		assert_string_equal(text, "");
	} else {
		assert_int_equal(rc, 0);
		snprintf(expected, sizeof(expected), "%zu", index);
		assert_string_equal(text, file == 0 ? expected : "Movable");
	}
	swept->seen[index][file]++;
	return index % 3 != 0;
}

/* Never less than before, and of what is said to be done, all that was asked for has been seen. */
static void sweep_done(void *data, size_t end)
{
	struct swept *swept = data;

	assert_true(end >= swept->done);
	for (; swept->done < end; swept->done++)
		assert_int_equal(swept->seen[swept->done][0], 1);
}

static void check_sweep(struct io *io, int (*sweep_fn)(struct io *, const struct io_sweep *),
			size_t count)
{
	static const char *const files[] = { "state", "valid_zones" };
	struct swept *swept = calloc(1, sizeof(*swept));
	const struct io_sweep sweep = {
		.dir = "sys/blocks",
		.count = count,
		.prefix = "memory",
		.number = swept_number,
		.files = files,
		.file_count = ARRAY_SIZE(files),
		.fn = take_swept,
		.done = sweep_done,
		.data = swept,
	};
	struct io_sweep none = sweep;
	size_t i;

	assert_int_equal(sweep_fn(io, &sweep), 0);
	assert_int_equal(swept->done, count);
	for (i = 0; i < SWEPT; i++) {
		assert_int_equal(swept->seen[i][0], i < count);
		assert_int_equal(swept->seen[i][1], i < count && i % 3 != 0);
	}
	none.count = 0;
	assert_int_equal(sweep_fn(io, &none), 0);
	free(swept);
}

/* As few descriptors as a thread needs at all: what waits to be closed makes room. */
static void check_sweep_with_few(struct io *io)
{
	struct rlimit limit, few;
	int next = open("/", O_PATH | O_CLOEXEC);

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)next + 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	check_sweep(io, io->ops->sweep, 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_sweep(void **state)
{
	struct fixture *fixture = *state;
	char path[128], text[32];
	size_t i;

	for (i = 0; i < SWEPT; i++) {
		snprintf(path, sizeof(path), "sys/blocks/memory%zu/state", i);
		snprintf(text, sizeof(text), "%zu\n", i);
		test_tree_file(&fixture->tree, path, text);
		snprintf(path, sizeof(path), "sys/blocks/memory%zu/valid_zones", i);
		if (i % 10 == 1)
			test_tree_link(&fixture->tree, path, "/elsewhere/zones");
		else if (i % 10 != 5)
			test_tree_file(&fixture->tree, path, "Movable\n");
	}
	test_tree_file(&fixture->tree, "elsewhere/zones", "Movable\n");
	/* With one thread, with two, and by the loop that other implementations use. */
	check_sweep(fixture->root, fixture->root->ops->sweep, 100);
	check_sweep(fixture->root, fixture->root->ops->sweep, SWEPT);
	check_sweep(fixture->root, io_sweep_by_read, SWEPT);
	check_sweep_with_few(fixture->root);
}

static void test_read_only(void **state)
{
	struct fixture *fixture = *state;
	struct io *io = fixture->root;
	char holder[16];

	test_tree_file(&fixture->tree, "sys/state", "offline\n");
	assert_int_equal(io->ops->write(io, "sys/state", "online", IO_NO_DEADLINE), -EROFS);
	assert_int_equal(io->ops->load(io, "kmem", IO_NO_DEADLINE), -EROFS);
	assert_int_equal(io->ops->save(io, "run/memhp/journal", "x"), -EROFS);
	assert_int_equal(io->ops->lock(io, "run/memhp/lock", 0, holder, sizeof(holder)), -EROFS);
	assert_int_equal(io->ops->sleep(io, UINT64_C(1) << 62), 0);
	io->ops->unlock(io);
}

static void test_bad_roots(void **state)
{
	struct fixture *fixture = *state;
	struct memhp_error error;
	struct io *io = NULL;
	char path[256];

	assert_int_equal(io_root_new("/nowhere/at/all", &error, &io), -ENOENT);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	test_tree_file(&fixture->tree, "file", "");
	snprintf(path, sizeof(path), "%s/file", fixture->tree.path);
	assert_int_equal(io_root_new(path, &error, &io), -ENOTDIR);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	test_tree_directory(&fixture->tree, "empty");
	snprintf(path, sizeof(path), "%s/empty", fixture->tree.path);
	assert_int_equal(io_root_new(path, &error, &io), -EINVAL);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	assert_non_null(strstr(error.message, path));
	assert_true(error.hint[0] != '\0');
	assert_null(io);
}

static void assert_saved(struct fixture *fixture, const char *expected)
{
	struct io *io = fixture->host;
	char text[64];
	int rc = read_at(io, "run/memhp/journal", 0, sizeof(text), text);

	if (expected == NULL) {
		assert_int_equal(rc, -ENOENT);
		return;
	}
	assert_int_equal(rc, 0);
	assert_string_equal(text, expected);
}

static void test_save(void **state)
{
	struct fixture *fixture = *state;
	struct io *io = fixture->host;
	struct listing listing = { .io = io };

	test_tree_directory(&fixture->tree, "run");
	assert_int_equal(io->ops->save(io, "run/memhp/journal", NULL), 0);
	assert_int_equal(io->ops->save(io, "run/memhp/journal", "one\n"), 0);
	assert_saved(fixture, "one\n");
	/* What a killed run left of a save is in nobody's way. */
	test_tree_file(&fixture->tree, "run/memhp/.journal.new", "half of it");
	assert_int_equal(io->ops->save(io, "run/memhp/journal", "two\n"), 0);
	assert_saved(fixture, "two\n");
	assert_int_equal(io->ops->list(io, "run/memhp", count_nested, &listing), 0);
	assert_int_equal(listing.nested, 1);
	assert_int_equal(io->ops->save(io, "run/memhp/journal", NULL), 0);
	assert_saved(fixture, NULL);
	assert_int_equal(io->ops->save(io, "run/memhp/", "x"), -EINVAL);
	assert_int_equal(io->ops->save(io, "run/memhp/../x", "x"), -EINVAL);
	assert_int_equal(io->ops->save(io, "run/memhp/..", "x"), -EINVAL);
	assert_int_equal(io->ops->save(io, "run/memhpx", "x"), -EINVAL);
	assert_int_equal(io->ops->save(io, "etc/passwd", "x"), -EINVAL);
	assert_int_equal(io->ops->save(io, "run", "x"), -EINVAL);
	/* udev's directory is not there yet. */
	assert_int_equal(io->ops->save(io, "run/udev/rules.d/40-x.rules", "x"), 0);
	assert_int_equal(io->ops->save(io, "run/udev/rules.d/40-x.rules", "y"), 0);
	listing.nested = 0;
	assert_int_equal(io->ops->list(io, "run/udev/rules.d", count_nested, &listing), 0);
	assert_int_equal(listing.nested, 1);
	assert_int_equal(io->ops->save(io, "run/udev/rules.d/40-x.rules", NULL), 0);
	assert_int_equal(io->ops->save(io, "run/udev/data/x", "x"), -EINVAL);
	assert_int_equal(io->ops->save(io, "etc/udev/rules.d/x.rules", "x"), -EINVAL);
}

static void test_save_without_run(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fixture->host->ops->save(fixture->host, "run/memhp/journal", "x"),
			 -ENOENT);
}

#define LOCK "run/memhp/lock"

static void test_lock(void **state)
{
	struct fixture *fixture = *state;
	struct io *io = fixture->host, *other = NULL;
	char holder[64] = "", expected[64], path[256];
	struct stat status;

	test_tree_directory(&fixture->tree, "run");
	assert_int_equal(io_host_new_at(fixture->tree.path, -1, &fixture->error, &other), 0);
	assert_int_equal(io->ops->lock(io, LOCK, 0, holder, sizeof(holder)), 0);
	assert_int_equal(other->ops->lock(other, LOCK, other->ops->now(other) + 120000000, holder,
					  sizeof(holder)),
			 -EWOULDBLOCK);
	snprintf(expected, sizeof(expected), "%d %s", (int)getpid(), program_invocation_short_name);
	assert_string_equal(holder, expected);
	io->ops->unlock(io);
	assert_int_equal(other->ops->lock(other, LOCK, 0, holder, sizeof(holder)), 0);
	snprintf(path, sizeof(path), "%s/" LOCK, fixture->tree.path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	io_free(other);
	assert_int_equal(io->ops->lock(io, LOCK, 0, holder, sizeof(holder)), 0);
}

/* A cancel wakes who waits, is told once, and is forgotten at the end of a run. */
static void test_cancel(void **state)
{
	struct fixture *fixture = *state;
	struct io *io = fixture->host;
	uint64_t once = 1, before = io->ops->now(io);

	assert_int_equal(io->ops->sleep(io, 20000000), 0);
	assert_true(io->ops->now(io) - before >= 20000000);
	assert_int_equal(io->ops->cancelled(io), 0);
	assert_int_equal(write(fixture->cancel_fd, &once, sizeof(once)), sizeof(once));
	assert_int_equal(io->ops->sleep(io, UINT64_C(100000000000)), -ECANCELED);
	assert_int_equal(io->ops->sleep(io, UINT64_C(100000000000)), -ECANCELED);
	assert_int_equal(io->ops->cancelled(io), 1);
	assert_int_equal(io->ops->sleep(io, 1000000), 0);
	assert_int_equal(write(fixture->cancel_fd, &once, sizeof(once)), sizeof(once));
	assert_int_equal(io->ops->sleep(io, UINT64_C(100000000000)), -ECANCELED);
	assert_int_equal(io->ops->cancelled(io), 2);
	io->ops->unlock(io);
	assert_int_equal(io->ops->cancelled(io), 0);
}

static void test_write(void **state)
{
	struct fixture *fixture = *state;
	struct io *io = fixture->host;
	char text[64];

	test_tree_file(&fixture->tree, "sys/state", "");
	assert_int_equal(io->ops->write(io, "sys/state", "online_kernel", IO_NO_DEADLINE), 0);
	assert_int_equal(read_at(io, "sys/state", 0, 64, text), 0);
	assert_string_equal(text, "online_kernel");
	assert_int_equal(io->ops->write(io, "sys/none", "x", IO_NO_DEADLINE), -ENOENT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* What no machine has; and what cannot be had without libkmod is said as such. */
static void test_load(void **state)
{
	struct fixture *fixture = *state;
	int rc = fixture->host->ops->load(fixture->host, "memhp_no_such_module", IO_NO_DEADLINE);

	assert_true(rc == -ENOENT || rc == -ENOSYS);
}

#define IO_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IO_TEST(test_read),	 IO_TEST(test_links),  IO_TEST(test_fifo),
		IO_TEST(test_list),	 IO_TEST(test_sweep),  IO_TEST(test_read_only),
		IO_TEST(test_bad_roots), IO_TEST(test_save),   IO_TEST(test_save_without_run),
		IO_TEST(test_lock),	 IO_TEST(test_cancel), IO_TEST(test_write),
		IO_TEST(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
