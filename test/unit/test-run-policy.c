/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/run-policy.c by the public interface: requests of older and newer headers, and what makes no sense.
 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "memhp/libmemhp.h"
#include "tree.h"

/* A request as a program would have it that was built against a newer header. */
struct newer_request {
	struct memhp_request request;
	uint64_t unknown;
};

static const char *targets[] = { "0", NULL };

static struct newer_request make_request(void)
{
	return (struct newer_request){ .request = { .struct_size = sizeof(struct memhp_request),
						    .operation = MEMHP_OPERATION_ONLINE,
						    .targets = targets } };
}

struct machine {
	struct test_tree tree;
	struct memhp_ctx *ctx;
	struct memhp_snapshot *snapshot;
};

static int begin(void **state)
{
	static struct machine machine;

	test_tree_make(&machine.tree);
	test_tree_machine(&machine.tree);
	assert_int_equal(memhp_ctx_new(&machine.ctx), 0);
	assert_int_equal(memhp_ctx_set_root(machine.ctx, machine.tree.path), 0);
	assert_int_equal(memhp_snapshot_new(machine.ctx, &machine.snapshot), 0);
	*state = &machine;
	return 0;
}

static int end(void **state)
{
	struct machine *machine = *state;

	memhp_snapshot_unref(machine->snapshot);
	memhp_ctx_unref(machine->ctx);
	test_tree_remove(&machine->tree);
	return 0;
}

static int plan(struct machine *machine, const struct newer_request *request)
{
	struct memhp_plan *made = NULL;
	int rc = memhp_plan_new(machine->ctx, machine->snapshot, &request->request, &made);

	assert_true((rc == 0) == (made != NULL));
	assert_true((rc == 0) ==
		    (memhp_error_get_kind(memhp_ctx_get_error(machine->ctx)) == MEMHP_ERROR_NONE));
	memhp_plan_unref(made);
	return rc;
}

static void check_object(struct machine *machine, const char *expected)
{
	assert_string_equal(memhp_error_get_object(memhp_ctx_get_error(machine->ctx)), expected);
}

static void test_sizes(void **state)
{
	struct newer_request request = make_request();

	assert_int_equal(plan(*state, &request), 0);
	request.request.struct_size = 0;
	assert_int_equal(plan(*state, &request), -EINVAL);
	check_object(*state, "struct_size");
	request.request.struct_size = 1 << 20;
	assert_int_equal(plan(*state, &request), -EINVAL);
	/* an older one ends with its targets */
	request.request.struct_size = offsetof(struct memhp_request, zone);
	request.request.zone = 99;
	assert_int_equal(plan(*state, &request), 0);
}

/* What is not known must not be passed over: it may be what keeps a run from doing harm. */
static void test_newer(void **state)
{
	struct newer_request request = make_request();

	request.request.struct_size = sizeof(request);
	assert_int_equal(plan(*state, &request), 0);
	request.unknown = 1;
	assert_int_equal(plan(*state, &request), -EINVAL);
	request = make_request();
	request.request.flags = MEMHP_REQUEST_RESTORE << 1;
	assert_int_equal(plan(*state, &request), -EINVAL);
}

static void test_words(void **state)
{
	struct newer_request request = make_request();

	request.request.zone = MEMHP_ZONE_BALANCED + 1;
	assert_int_equal(plan(*state, &request), -EINVAL);
	check_object(*state, "zone");
	request = make_request();
	request.request.memmap_on_memory = MEMHP_MEMMAP_OFF + 1;
	assert_int_equal(plan(*state, &request), -EINVAL);
	check_object(*state, "memmap_on_memory");
	request = make_request();
	request.request.on_error = MEMHP_ON_ERROR_CONTINUE + 1;
	assert_int_equal(plan(*state, &request), -EINVAL);
	check_object(*state, "on_error");
}

static void test_policy_target(void **state)
{
	struct machine *machine = *state;
	struct memhp_policy *policy = NULL;

	assert_int_equal(memhp_policy_new(machine->ctx, NULL, "0", &policy), -EINVAL);
	assert_null(policy);
	check_object(machine, "0");
	assert_int_equal(memhp_policy_new(machine->ctx, machine->snapshot, "0", &policy), 0);
	assert_null(memhp_policy_unref(policy));
}

/* Closing what is open is no question of policy, nor is looking whether there is anything. */
static void test_broken_policy(void **state)
{
	struct machine *machine = *state;
	struct newer_request request = make_request();

	test_tree_file(&machine->tree, "etc/memhp.conf", "[policy]\nzone = perhaps\n");
	request.request.operation = MEMHP_OPERATION_RECOVER;
	request.request.targets = NULL;
	assert_int_equal(plan(machine, &request), 0);
	request.request.operation = MEMHP_OPERATION_AUTO_ONLINE;
	request.request.flags = MEMHP_REQUEST_RESTORE;
	assert_int_equal(plan(machine, &request), 0);
	request.request.flags = 0;
	assert_int_equal(plan(machine, &request), -EINVAL);
	test_tree_delete(&machine->tree, "etc/memhp.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	      cmocka_unit_test(test_newer),
		cmocka_unit_test(test_words),	      cmocka_unit_test(test_policy_target),
		cmocka_unit_test(test_broken_policy),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
