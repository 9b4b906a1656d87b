/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/ctx.c: lifetime, root, hooks, cancel and the last error, by the public interface.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "ctx.h"
#include "tree.h"

static void test_lifetime(void **state)
{
	struct memhp_ctx *ctx = NULL;

	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_ptr_equal(memhp_ctx_ref(ctx), ctx);
	assert_null(memhp_ctx_unref(ctx));
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), MEMHP_ERROR_NONE);
	assert_string_equal(memhp_error_get_message(memhp_ctx_get_error(ctx)), "");
	assert_null(memhp_ctx_unref(ctx));
	assert_null(memhp_ctx_unref(NULL));
	/* a report that nothing stopped has none */
	assert_int_equal(memhp_error_get_kind(NULL), MEMHP_ERROR_NONE);
	assert_string_equal(memhp_error_get_object(NULL), "");
	assert_string_equal(memhp_error_get_message(NULL), "");
	assert_string_equal(memhp_error_get_hint(NULL), "");
}

static void test_root(void **state)
{
	struct memhp_snapshot *snapshot = NULL;
	struct memhp_ctx *ctx = NULL;
	struct test_tree tree;

	test_tree_make(&tree);
	test_tree_machine(&tree);
	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_int_equal(memhp_ctx_set_root(ctx, "/no/such/directory"), -ENOENT);
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), MEMHP_ERROR_USAGE);
	assert_string_equal(memhp_error_get_object(memhp_ctx_get_error(ctx)), "/no/such/directory");
	assert_false(ctx->io->read_only);
	assert_int_equal(memhp_ctx_set_root(ctx, tree.path), 0);
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), MEMHP_ERROR_NONE);
	assert_true(ctx->io->read_only);
	assert_int_equal(memhp_snapshot_new(ctx, &snapshot), 0);
	/* A snapshot outlives what it was made with. */
	memhp_ctx_unref(ctx);
	test_tree_remove(&tree);
	assert_int_equal(memhp_snapshot_get_block_count(snapshot), 8);
	assert_int_equal(memhp_snapshot_get_block_size(snapshot), 0x8000000);
	assert_int_equal(memhp_snapshot_get_page_size(snapshot), 4096);
	assert_null(memhp_snapshot_unref(snapshot));
}

static struct memhp_ctx *handled;

static void on_signal(int number)
{
	memhp_ctx_cancel(handled);
}

/* From a signal handler; errno stays as it was. */
static void test_cancel(void **state)
{
	struct sigaction action = { .sa_handler = on_signal }, before;

	assert_int_equal(memhp_ctx_new(&handled), 0);
	assert_int_equal(handled->io->ops->cancelled(handled->io), 0);
	sigaction(SIGUSR1, &action, &before);
	errno = ERANGE;
	raise(SIGUSR1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(handled->io->ops->cancelled(handled->io), 1);
	raise(SIGUSR1);
	raise(SIGUSR1);
	assert_int_equal(handled->io->ops->cancelled(handled->io), 2);
	sigaction(SIGUSR1, &before, NULL);
	memhp_ctx_unref(handled);
}

static void keep_message(void *data, int priority, const char *message)
{
	snprintf(data, 64, "%d %s", priority, message);
}

static void keep_progress(void *data, const struct memhp_progress *progress)
{
	*(size_t *)data = progress->done_blocks;
}

static void test_hooks(void **state)
{
	struct memhp_progress progress = { .struct_size = sizeof(progress), .done_blocks = 7 };
	struct memhp_ctx *ctx = NULL;
	char message[64] = "";
	size_t done = 0;

	assert_int_equal(memhp_ctx_new(&ctx), 0);
	ctx_log(ctx, LOG_WARNING, "nobody listens");
	ctx_progress(ctx, &progress);
	memhp_ctx_set_log(ctx, keep_message, message);
	memhp_ctx_set_progress(ctx, keep_progress, &done);
	ctx_log(ctx, LOG_WARNING, "memory%d", 42);
	ctx_progress(ctx, &progress);
	assert_string_equal(message, "4 memory42");
	assert_int_equal(done, 7);
	memhp_ctx_unref(ctx);
}

static void test_error(void **state)
{
	struct memhp_error error;

	assert_int_equal(error_system(&error, -EACCES, "/sys/x", "cannot be read"), -EACCES);
	assert_int_equal(error.kind, MEMHP_ERROR_PRIVILEGE);
	assert_string_equal(error.message, "/sys/x: cannot be read: Permission denied");
	assert_int_equal(error_system(&error, -EIO, "", "cannot be read"), -EIO);
	assert_int_equal(error.kind, MEMHP_ERROR_SYSTEM);
	assert_string_equal(error.message, "cannot be read: Input/output error");
	assert_int_equal(error_hint(&error, "try %s", "again"), -EIO);
	assert_string_equal(memhp_error_get_hint(&error), "try again");
	assert_int_equal(error_set(NULL, MEMHP_ERROR_USAGE, -EINVAL, "", "x"), -EINVAL);
	assert_int_equal(error_hint(NULL, "x"), -EINVAL);
	assert_int_equal(error_memory(&error), -ENOMEM);
	assert_string_equal(memhp_error_get_hint(&error), "");
}

static const char *value_of(const struct memhp_policy *policy, const char *key, const char *field)
{
	static struct memhp_value value;
	struct memhp_cursor cursor;
	struct memhp_object object;

	memhp_cursor_init(&cursor, policy, MEMHP_KIND_POLICY_VALUE);
	while (memhp_cursor_next(&cursor, &object)) {
		assert_int_equal(memhp_field_get(memhp_field_get_by_key(object.kind, "key"),
						 &object, &value),
				 0);
		if (strcmp(value.string, key) != 0)
			continue;
		assert_int_equal(memhp_field_get(memhp_field_get_by_key(object.kind, field),
						 &object, &value),
				 0);
		return value.type == MEMHP_TYPE_STRING ? value.string : NULL;
	}
	return NULL;
}

/* The caller's own policy file counts last, and lies where the caller says, whatever the root. */
static void test_config(void **state)
{
	struct memhp_policy *policy = NULL;
	struct memhp_ctx *ctx = NULL;
	struct test_tree tree, own;
	char path[256];

	test_tree_make(&tree);
	test_tree_machine(&tree);
	test_tree_make(&own);
	test_tree_file(&tree, "etc/memhp.conf", "[policy]\nzone = kernel\nmove = yes\n");
	test_tree_file(&own, "own.conf", "[policy]\nzone = auto\n");
	snprintf(path, sizeof(path), "%s/own.conf", own.path);
	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_int_equal(memhp_ctx_set_root(ctx, tree.path), 0);
	assert_int_equal(memhp_ctx_set_config(ctx, path), 0);
	assert_int_equal(memhp_policy_new(ctx, NULL, NULL, &policy), 0);
	assert_string_equal(value_of(policy, "zone", "value"), "auto");
	assert_string_equal(value_of(policy, "zone", "file"), path);
	assert_string_equal(value_of(policy, "move", "file"), "/etc/memhp.conf");
	assert_null(value_of(policy, "kernel-reserve", "file"));
	memhp_policy_unref(policy);
	test_tree_delete(&own, "own.conf");
	policy = NULL;
	assert_int_equal(memhp_policy_new(ctx, NULL, NULL, &policy), -ENOENT);
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), MEMHP_ERROR_USAGE);
	assert_null(policy);
	assert_int_equal(memhp_ctx_set_config(ctx, NULL), 0);
	assert_int_equal(memhp_policy_new(ctx, NULL, NULL, &policy), 0);
	assert_string_equal(value_of(policy, "zone", "value"), "kernel");
	memhp_policy_unref(policy);
	memhp_ctx_unref(ctx);
	test_tree_remove(&tree);
	test_tree_remove(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifetime), cmocka_unit_test(test_root),
		cmocka_unit_test(test_cancel),	 cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_error),	 cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
