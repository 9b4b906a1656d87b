/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planning is pure: once a machine is scanned, a plan is made without another look at it. Every scenario is
 * planned through an io on which nothing works but the policy's own files; and the plan is the same as
 * through one on which everything does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../scenario.h"
#include "../../lib/ctx.h"

/* ---- an io on which nothing works but the policy's files ---- */

struct dead_io {
	struct io io;
	struct io *policy;
	size_t *touched;
};

static int touch(struct io *io, const char *what, const char *path)
{
	printf("# %s of %s after the scan\n", what, path);
	++*((struct dead_io *)io)->touched;
	return -EIO;
}

static struct io *policy_io(struct io *io, const char *path)
{
	static const char policy[] = "etc/memhp.conf";

	return strncmp(path, policy, strlen(policy)) == 0 ? ((struct dead_io *)io)->policy : NULL;
}

static int dead_read(struct io *io, const char *path, uint64_t offset, void *buffer, size_t size,
		     size_t *ret_len)
{
	struct io *policy = policy_io(io, path);

	return policy != NULL ? policy->ops->read(policy, path, offset, buffer, size, ret_len) :
				touch(io, "read", path);
}

static int dead_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	struct io *policy = policy_io(io, path);

	return policy != NULL ? policy->ops->list(policy, path, fn, data) : touch(io, "list", path);
}

static int dead_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	return touch(io, "readlink", path);
}

static int dead_sweep(struct io *io, const struct io_sweep *sweep)
{
	return touch(io, "sweep", "a directory");
}

static int dead_write(struct io *io, const char *path, const char *word, uint64_t deadline)
{
	return touch(io, "write", path);
}

static int dead_load(struct io *io, const char *module, uint64_t deadline)
{
	return touch(io, "load", module);
}

static int dead_save(struct io *io, const char *path, const char *text)
{
	return touch(io, "save", path);
}

static int dead_lock(struct io *io, const char *path, uint64_t deadline, char *holder,
		     size_t holder_size)
{
	return touch(io, "lock", path);
}

static void dead_unlock(struct io *io)
{
}

static uint64_t dead_now(struct io *io)
{
	touch(io, "now", "the clock");
	return 0;
}

static int dead_sleep(struct io *io, uint64_t nanoseconds)
{
	return touch(io, "sleep", "the clock");
}

static unsigned int dead_cancelled(struct io *io)
{
	return 0;
}

static void dead_free(struct io *io)
{
	io_free(((struct dead_io *)io)->policy);
	free(io);
}

static struct io *dead_new(struct io *policy, size_t *touched)
{
	static const struct io_ops ops = { .read = dead_read,
					   .list = dead_list,
					   .readlink = dead_readlink,
					   .sweep = dead_sweep,
					   .write = dead_write,
					   .load = dead_load,
					   .save = dead_save,
					   .lock = dead_lock,
					   .unlock = dead_unlock,
					   .now = dead_now,
					   .sleep = dead_sleep,
					   .cancelled = dead_cancelled,
					   .free = dead_free };
	struct dead_io *self = calloc(1, sizeof(*self));

	assert_non_null(self);
	self->io.ops = &ops;
	self->policy = policy;
	self->touched = touched;
	return &self->io;
}

/* ---- the same plan ---- */

static void same_plans(struct tally *tally, const struct memhp_plan *a, const struct memhp_plan *b)
{
	if (a->step_count != b->step_count || strcmp(a->plan_id, b->plan_id) != 0 ||
	    a->verdict != b->verdict || a->findings.count != b->findings.count ||
	    memcmp(&a->budget_after, &b->budget_after, sizeof(a->budget_after)) != 0 ||
	    memcmp(&a->budget_lowest, &b->budget_lowest, sizeof(a->budget_lowest)) != 0)
		tally_fail(tally, "is another plan without the machine");
	for (size_t i = 0; i < a->step_count && i < b->step_count; i++) {
		if (memcmp(&a->steps[i], &b->steps[i], sizeof(a->steps[i])) != 0)
			tally_fail(tally, "step %zu is another one without the machine", i);
	}
}

static void plan_both(struct tally *tally, struct fakekern *kernel,
		      const struct memhp_request *request)
{
	struct memhp_plan *plan = NULL, *pure = NULL;
	struct memhp_snapshot *snapshot = NULL;
	struct memhp_ctx *live, *dead;
	size_t touched = 0;
	int rc, dead_rc;

	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &live), 0);
	assert_int_equal(ctx_new_with_io(dead_new(fakekern_open(kernel), &touched), &dead), 0);
	assert_int_equal(memhp_snapshot_new(live, &snapshot), 0);
	rc = memhp_plan_new(live, snapshot, request, &plan);
	dead_rc = memhp_plan_new(dead, snapshot, request, &pure);
	if (rc != dead_rc)
		tally_fail(tally, "planned %d, without the machine %d", rc, dead_rc);
	else if (rc == 0)
		same_plans(tally, plan, pure);
	if (touched > 0)
		tally_fail(tally, "looked at the machine %zu times after the scan", touched);
	memhp_plan_unref(plan);
	memhp_plan_unref(pure);
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(live);
	memhp_ctx_unref(dead);
}

/* Every operation on the scenario's machine, as the requests before its last one left it. */
static void try_scenario(struct tally *tally, const struct scenario *scenario,
			 const struct kernel_row *row)
{
	static const char *const device[] = { "dax0.0", NULL };
	struct fakekern *kernel = scenario_machine(scenario, row);

	tally_context(tally, "%s on %s", scenario->name, row->name);
	if (scenario_prepare(scenario, kernel, tally)) {
		for (int operation = MEMHP_OPERATION_ADD; operation <= MEMHP_OPERATION_REMOVE;
		     operation++) {
			for (int zone = MEMHP_ZONE_UNSET; zone <= MEMHP_ZONE_BALANCED; zone++) {
				struct memhp_request request = {
					.struct_size = sizeof(request),
					.operation = (enum memhp_operation)operation,
					.zone = (enum memhp_zone_choice)zone,
					.targets = device
				};

				plan_both(tally, kernel, &request);
				tally->cases++;
			}
		}
	}
	fakekern_free(kernel);
}

static void test_no_io_after_the_scan(void **state)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < scenario_count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(kernel_rows); j++) {
			if (scenario_runs_on(&scenarios[i], &kernel_rows[j]))
				try_scenario(&tally, &scenarios[i], &kernel_rows[j]);
		}
	}
	tally_end(&tally, "plans without a machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_io_after_the_scan),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pure", tests, NULL, NULL);
}
