/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/apply.c: steps carried out one by one on the fake kernel: looked at before, read back after, by
 * whom; what stops it, and how all of it is undone.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "../fakekern.h"
#include "journal.h"
#include "scan.h"
#include "small-machine.h"

#define MEMORY "sys/devices/system/memory/"
#define FIRST 64
#define COUNT 4

/* One device of four blocks on a kernel that leaves them offline. */
struct fixture {
	struct fakekern *kernel;
	struct io *io;
	struct memhp_snapshot *snapshot;
	struct apply apply;
	char *before; /* the picture of the machine */
};

static void begin(struct fixture *fixture, const char *auto_online, bool added)
{
	struct fakekern_config config = fakekern_7_2;
	struct memhp_error error;

	config.auto_online = auto_online;
	config.kmem_autobind = added;
	fixture->kernel = fakekern_new(&config);
	small_boot_memory(fixture->kernel);
	fakekern_add_dax(fixture->kernel,
			 &(struct fakekern_dax){ .name = "dax0.0",
						 .provider = FAKEKERN_HMEM,
						 .mappings = { { 8 * GIB, 512 * MIB } },
						 .target_node = 1 });
	fixture->io = fakekern_open(fixture->kernel);
	assert_int_equal(scan(fixture->io, SCAN_ALL, &error, &fixture->snapshot), 0);
	assert_int_equal(apply_init(&fixture->apply, fixture->io, &error), 0);
	fixture->apply.block_timeout = 120 * SECOND;
	fixture->before = fakekern_picture(fixture->kernel);
}

static void end(struct fixture *fixture)
{
	apply_clear(&fixture->apply);
	memhp_snapshot_unref(fixture->snapshot);
	io_free(fixture->io);
	free(fixture->before);
	fakekern_free(fixture->kernel);
}

#define FIXTURE(auto_online, added)                    \
	_cleanup_(end) struct fixture fixture = { 0 }; \
	begin(&fixture, (auto_online), (added))

static struct memhp_step block_step(uint32_t block, enum online_word word)
{
	struct memhp_step step = {
		.kind = STEP_BLOCK, .device = 0, .block = block, .word = (uint8_t)word
	};

	if (word == WORD_OFFLINE) {
		step.from = MEMHP_STATE_ONLINE;
		step.to = MEMHP_STATE_OFFLINE;
	} else {
		step.from = MEMHP_STATE_OFFLINE;
		step.to = MEMHP_STATE_ONLINE;
		step.to_zones = word == WORD_ONLINE_MOVABLE ? ZONE_BIT(ZONE_MOVABLE) :
							      ZONE_BIT(ZONE_NORMAL);
	}
	return step;
}

static size_t online_all(struct memhp_step *steps, enum online_word word)
{
	uint32_t i;

	for (i = 0; i < COUNT; i++)
		steps[i] = block_step(FIRST + i, word);
	return COUNT;
}

static enum apply_end do_steps(struct fixture *fixture, const struct memhp_step *steps,
			       size_t count)
{
	enum apply_end end;
	struct memhp_error error;

	assert_int_equal(
		apply_steps(&fixture->apply, fixture->snapshot, steps, count, &error, &end), 0);
	return end;
}

static void check_block(struct fixture *fixture, uint32_t block, const char *expected)
{
	assert_string_equal(fakekern_block(fixture->kernel, block), expected);
}

static void check_as_before(struct fixture *fixture)
{
	char *now = fakekern_picture(fixture->kernel);

	assert_string_equal(now, fixture->before);
	free(now);
}

static const struct step_log *log_at(const struct fixture *fixture, size_t index)
{
	assert_true(index < fixture->apply.log_count);
	return &fixture->apply.log[index];
}

/* ---- forward ---- */

static void test_done(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];
	size_t i;

	online_all(steps, WORD_ONLINE_MOVABLE);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_DONE);
	assert_int_equal(fixture.apply.write_count, COUNT);
	assert_int_equal(fixture.apply.block_steps, COUNT);
	assert_int_equal(fixture.apply.failed, 0);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_NONE);
	for (i = 0; i < COUNT; i++) {
		check_block(&fixture, FIRST + (uint32_t)i, "online Movable");
		assert_true(log_at(&fixture, i)->done);
		assert_int_equal(log_at(&fixture, i)->by, BY_MEMHP);
		assert_int_equal(log_at(&fixture, i)->before.value, MEMHP_STATE_OFFLINE);
	}
}

/* What holds already is not written, and not claimed. */
static void test_by_another(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	fakekern_write(fixture.kernel, MEMORY "memory65/state", "online_movable");
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_DONE);
	assert_int_equal(fixture.apply.write_count, COUNT - 1);
	assert_int_equal(log_at(&fixture, 0)->by, BY_MEMHP);
	assert_int_equal(log_at(&fixture, 1)->by, BY_OTHER);
	assert_true(log_at(&fixture, 1)->done);
	/* and not undone either */
	assert_true(apply_rollback(&fixture.apply));
	check_block(&fixture, 64, "offline");
	check_block(&fixture, 65, "online Movable");
	check_block(&fixture, 66, "offline");
}

static void online_memory65(struct fakekern *kernel, void *data)
{
	fakekern_write(kernel, MEMORY "memory65/state", "online_movable");
}

static void online_memory65_in_normal(struct fakekern *kernel, void *data)
{
	fakekern_write(kernel, MEMORY "memory65/state", "online_kernel");
}

/* Operations of a process so far, so that the next can be named. */
static size_t operations(struct fixture *fixture)
{
	return fakekern_operations(fixture->io);
}

/*
 * Another agent is faster between the look and the write: the kernel answers EINVAL, and reading back
 * shows that it holds.
 */
static void test_outrun(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	/* per block: state, valid_zones, the write, state, valid_zones */
	fakekern_before(fixture.io, operations(&fixture) + 4 + 1, online_memory65, NULL);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_DONE);
	check_block(&fixture, 65, "online Movable");
	check_block(&fixture, 67, "online Movable");
	assert_true(log_at(&fixture, 1)->done);
}

/* ... and to another zone: not what was planned, so somebody plans again. */
static void test_outrun_elsewhere(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	fakekern_before(fixture.io, operations(&fixture) + 4 + 1, online_memory65_in_normal, NULL);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_SURPRISE);
	assert_int_equal(fixture.apply.log_count, 2);
	assert_int_equal(fixture.apply.failed, 0);
	check_block(&fixture, 64, "online Movable");
	check_block(&fixture, 65, "online Normal");
	check_block(&fixture, 66, "offline");
}

static void test_surprise_before(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	online_memory65_in_normal(fixture.kernel, NULL);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_SURPRISE);
	assert_int_equal(fixture.apply.write_count, 1);
	check_block(&fixture, 65, "online Normal");
	assert_true(apply_rollback(&fixture.apply));
	check_block(&fixture, 64, "offline");
	check_block(&fixture, 65, "online Normal");
}

/* ---- refusals ---- */

static void test_refused(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	fakekern_trouble(fixture.kernel, 66, FAKEKERN_REFUSES_ONLINE, -ENOMEM, 0);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_FAILED);
	assert_int_equal(fixture.apply.failed, 3);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_KERNEL);
	assert_int_equal(log_at(&fixture, 2)->rc, -ENOMEM);
	assert_false(log_at(&fixture, 2)->done);
	assert_non_null(strstr(log_at(&fixture, 2)->message, "ENOMEM"));
	assert_int_equal(fixture.apply.log_count, 3);
	assert_true(apply_rollback(&fixture.apply));
	check_as_before(&fixture);
	assert_true(log_at(&fixture, 0)->undone);
	assert_true(log_at(&fixture, 1)->undone);
}

static void test_continue(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	fixture.apply.on_error = MEMHP_ON_ERROR_CONTINUE;
	fakekern_trouble(fixture.kernel, 65, FAKEKERN_REFUSES_ONLINE, -ENOMEM, 0);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_FAILED);
	assert_int_equal(fixture.apply.failed, 2);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_KERNEL);
	check_block(&fixture, 64, "online Movable");
	check_block(&fixture, 65, "offline");
	check_block(&fixture, 67, "online Movable");
}

/* One that never ends has its own time, and the others theirs; but no more than all of them together. */
static void test_continue_after_timeout(void **state)
{
	static const struct {
		uint64_t seconds; /* for all; 0: as long as it takes */
		const char *last; /* what becomes of the last block */
	} rows[] = { { 0, "offline" }, { 3, "online Movable" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		FIXTURE("online_movable", true);
		struct memhp_step steps[COUNT];

		for (uint32_t j = 0; j < COUNT; j++) {
			steps[j] = block_step(FIRST + j, WORD_OFFLINE);
			steps[j].from_zones = ZONE_BIT(ZONE_MOVABLE);
		}
		fixture.apply.on_error = MEMHP_ON_ERROR_CONTINUE;
		fixture.apply.block_timeout = 5 * SECOND;
		if (rows[i].seconds != 0)
			fixture.apply.deadline =
				fakekern_time(fixture.kernel) + rows[i].seconds * SECOND;
		fakekern_trouble(fixture.kernel, 65, FAKEKERN_STUCK, 0, 0);
		fakekern_trouble(fixture.kernel, 66, FAKEKERN_HOLES, 0, 0);
		do_steps(&fixture, steps, COUNT);
		assert_int_equal(fixture.apply.failed, 2);
		assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_TIMEOUT);
		check_block(&fixture, 64, "offline");
		check_block(&fixture, 65, "online Movable");
		check_block(&fixture, 66, "online Movable");
		check_block(&fixture, 67, rows[i].last);
	}
}

/* But where it is somebody else's that never ends, all of them would wait likewise. */
static void test_continue_held_up(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];
	uint64_t began = fakekern_time(fixture.kernel);

	online_all(steps, WORD_ONLINE_MOVABLE);
	fixture.apply.on_error = MEMHP_ON_ERROR_CONTINUE;
	fixture.apply.block_timeout = 5 * SECOND;
	for (uint32_t block = 65; block < FIRST + COUNT; block++)
		fakekern_trouble(fixture.kernel, block, FAKEKERN_HELD_UP, 0, 0);
	fakekern_going_offline(fixture.kernel, 3, true);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_STOPPED);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_TIMEOUT);
	assert_true(fakekern_time(fixture.kernel) - began < 7 * SECOND);
	check_block(&fixture, 64, "online Movable");
}

/* EBUSY from an offline can pass; other refusals do not get another try. */
static void test_retries(void **state)
{
	FIXTURE("online_movable", true);
	struct memhp_step step = block_step(66, WORD_OFFLINE);

	step.from_zones = ZONE_BIT(ZONE_MOVABLE);
	fakekern_trouble(fixture.kernel, 66, FAKEKERN_REFUSES_OFFLINE, -EBUSY, 2);
	fixture.apply.retries = 2;
	assert_int_equal(do_steps(&fixture, &step, 1), APPLY_DONE);
	assert_int_equal(fixture.apply.write_count, 3);
	check_block(&fixture, 66, "offline");
	step.block = 65;
	fakekern_trouble(fixture.kernel, 65, FAKEKERN_REFUSES_OFFLINE, -EINVAL, 1);
	assert_int_equal(do_steps(&fixture, &step, 1), APPLY_FAILED);
	assert_int_equal(log_at(&fixture, 1)->rc, -EINVAL);
	assert_int_equal(fixture.apply.write_count, 4);
}

static void test_no_retries(void **state)
{
	FIXTURE("online_movable", true);
	struct memhp_step step = block_step(66, WORD_OFFLINE);

	step.from_zones = ZONE_BIT(ZONE_MOVABLE);
	fakekern_trouble(fixture.kernel, 66, FAKEKERN_REFUSES_OFFLINE, -EBUSY, 1);
	assert_int_equal(do_steps(&fixture, &step, 1), APPLY_FAILED);
	assert_int_equal(log_at(&fixture, 0)->rc, -EBUSY);
	check_block(&fixture, 66, "online Movable");
}

/* ---- time ---- */

static void test_block_timeout(void **state)
{
	FIXTURE("online_movable", true);
	struct memhp_step step = block_step(66, WORD_OFFLINE);
	uint64_t started = fakekern_time(fixture.kernel);

	step.from_zones = ZONE_BIT(ZONE_MOVABLE);
	fakekern_trouble(fixture.kernel, 66, FAKEKERN_STUCK, 0, 0);
	fixture.apply.block_timeout = 7 * SECOND;
	assert_int_equal(do_steps(&fixture, &step, 1), APPLY_STOPPED);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_TIMEOUT);
	assert_int_equal(log_at(&fixture, 0)->rc, -ETIMEDOUT);
	assert_true(fakekern_time(fixture.kernel) - started < 9 * SECOND);
	assert_true(fakekern_time(fixture.kernel) - started >= 7 * SECOND);
	check_block(&fixture, 66, "online Movable");
}

/* A deadline that is over before a step begins writes nothing more. */
static void test_deadline(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	fakekern_trouble(fixture.kernel, 65, FAKEKERN_SLOW_ONLINE, 0, 0);
	fixture.apply.deadline = fakekern_time(fixture.kernel) + 30 * SECOND;
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_STOPPED);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_TIMEOUT);
	assert_int_equal(fixture.apply.log_count, 2);
	check_block(&fixture, 66, "offline");
	/* The way back has its own time. */
	assert_true(apply_rollback(&fixture.apply));
	check_as_before(&fixture);
}

static void cancel(struct fakekern *kernel, void *io)
{
	fakekern_cancel(io);
}

static void test_cancelled(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_MOVABLE);
	fakekern_before(fixture.io, operations(&fixture) + 4 + 1, cancel, fixture.io);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_STOPPED);
	assert_int_equal(fixture.apply.stopped_by, MEMHP_STOP_SIGNAL);
	assert_true(apply_rollback(&fixture.apply));
	check_as_before(&fixture);
}

/* ---- drivers and brackets ---- */

static const struct memhp_step park = { .kind = STEP_AUTO_ONLINE,
					.device = NO_DEVICE,
					.from = WORD_ONLINE,
					.to = WORD_OFFLINE };
static const struct memhp_step unpark = { .kind = STEP_AUTO_ONLINE,
					  .device = NO_DEVICE,
					  .from = WORD_OFFLINE,
					  .to = WORD_ONLINE };
static const struct memhp_step unbind_dax = { .kind = STEP_UNBIND,
					      .device = 0,
					      .from = DRIVER_DEVICE_DAX,
					      .to = DRIVER_NONE };
static const struct memhp_step give_id = { .kind = STEP_GIVE_ID,
					   .device = 0,
					   .from = DRIVER_NONE,
					   .to = DRIVER_KMEM };
static const struct memhp_step bind = { .kind = STEP_BIND,
					.device = 0,
					.from = DRIVER_NONE,
					.to = DRIVER_KMEM };
static const struct memhp_step take_id = { .kind = STEP_TAKE_ID,
					   .device = 0,
					   .from = DRIVER_KMEM,
					   .to = DRIVER_NONE };
static const struct memhp_step wait_blocks = { .kind = STEP_WAIT_BLOCKS,
					       .device = 0,
					       .to = DRIVER_KMEM };

static void test_add(void **state)
{
	FIXTURE("online", false);
	const struct memhp_step steps[] = { park,    unbind_dax,  give_id, bind,
					    take_id, wait_blocks, unpark };

	assert_string_equal(fakekern_driver(fixture.kernel, "dax0.0"), "device_dax");
	assert_int_equal(do_steps(&fixture, steps, ARRAY_SIZE(steps)), APPLY_DONE);
	assert_string_equal(fakekern_driver(fixture.kernel, "dax0.0"), "kmem");
	check_block(&fixture, FIRST, "offline");
	assert_string_equal(fakekern_text(fixture.kernel, MEMORY "auto_online_blocks"), "online");
	/* A driver that was told of the device takes it at once: that is this run's doing. */
	assert_int_equal(log_at(&fixture, 3)->by, BY_MEMHP);
	assert_true(apply_close_brackets(&fixture.apply));
	check_block(&fixture, FIRST + 3, "offline");
}

static void test_undo_add(void **state)
{
	FIXTURE("online", false);
	const struct memhp_step steps[] = { park, unbind_dax, give_id, bind, take_id, wait_blocks };

	assert_int_equal(do_steps(&fixture, steps, ARRAY_SIZE(steps)), APPLY_DONE);
	assert_string_equal(fakekern_text(fixture.kernel, MEMORY "auto_online_blocks"), "offline");
	assert_true(apply_rollback(&fixture.apply));
	apply_journal_settle(&fixture.apply, true);
	check_as_before(&fixture);
	assert_int_equal(fakekern_violations(fixture.kernel), 0);
}

/* What was opened for the time of the run is closed; what was done stays. */
static void test_brackets(void **state)
{
	FIXTURE("online", false);
	const struct memhp_step steps[] = { park, unbind_dax, give_id };

	assert_int_equal(do_steps(&fixture, steps, ARRAY_SIZE(steps)), APPLY_DONE);
	assert_true(apply_close_brackets(&fixture.apply));
	assert_string_equal(fakekern_text(fixture.kernel, MEMORY "auto_online_blocks"), "online");
	assert_string_equal(fakekern_driver(fixture.kernel, "dax0.0"), "kmem");
	/* once only */
	assert_true(apply_close_brackets(&fixture.apply));
	assert_int_equal(fixture.apply.log_count, 3);
}

/* What is open stands in the journal before it is written, and no longer than it is open. */
static void test_journal(void **state)
{
	FIXTURE("online", false);
	const struct memhp_step steps[] = { park, unbind_dax, give_id };

	apply_journal_take(&fixture.apply, fixture.snapshot);
	assert_int_equal(do_steps(&fixture, steps, 1), APPLY_DONE);
	assert_non_null(strstr(fakekern_text(fixture.kernel, JOURNAL_PATH), "auto-online online"));
	assert_int_equal(do_steps(&fixture, steps + 1, 2), APPLY_DONE);
	assert_non_null(strstr(fakekern_text(fixture.kernel, JOURNAL_PATH), "id kmem dax0.0"));
	assert_true(apply_close_brackets(&fixture.apply));
	/* What came meanwhile is left to do, and stays noted until somebody says that it is done. */
	assert_null(strstr(fakekern_text(fixture.kernel, JOURNAL_PATH), "auto-online"));
	assert_non_null(strstr(fakekern_text(fixture.kernel, JOURNAL_PATH), "others online\n"));
	apply_journal_settle(&fixture.apply, false);
	assert_non_null(strstr(fakekern_text(fixture.kernel, JOURNAL_PATH), "others online\n"));
	apply_journal_settle(&fixture.apply, true);
	assert_string_equal(fakekern_text(fixture.kernel, JOURNAL_PATH), "");
	assert_int_equal(fixture.apply.journal_rc, 0);
}

/* kmem is not left while a block is online: the step does not begin. */
static void test_trap(void **state)
{
	FIXTURE("offline", true);
	const struct memhp_step unbind = {
		.kind = STEP_UNBIND, .device = 0, .from = DRIVER_KMEM, .to = DRIVER_NONE
	};

	fakekern_write(fixture.kernel, MEMORY "memory66/state", "online_movable");
	assert_int_equal(do_steps(&fixture, &unbind, 1), APPLY_SURPRISE);
	assert_int_equal(fixture.apply.write_count, 0);
	assert_string_equal(fakekern_driver(fixture.kernel, "dax0.0"), "kmem");
	/* after failures that were passed over it is told as one */
	fixture.apply.on_error = MEMHP_ON_ERROR_CONTINUE;
	fakekern_trouble(fixture.kernel, 66, FAKEKERN_UNMOVABLE, 0, 0);
	struct memhp_step offline = block_step(66, WORD_OFFLINE);
	offline.from_zones = ZONE_BIT(ZONE_MOVABLE);
	const struct memhp_step steps[] = { offline, unbind };
	assert_int_equal(do_steps(&fixture, steps, 2), APPLY_FAILED);
	assert_non_null(strstr(log_at(&fixture, 2)->message, "memory66"));
	assert_string_equal(fakekern_driver(fixture.kernel, "dax0.0"), "kmem");
	assert_int_equal(fakekern_violations(fixture.kernel), 0);
}

/* ---- back ---- */

/* The last is undone first, to the zone that was seen before. */
static void test_rollback_order(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];
	size_t first, i;
	uint32_t expected = FIRST + COUNT;

	online_all(steps, WORD_ONLINE_KERNEL);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_DONE);
	first = operations(&fixture);
	assert_true(apply_rollback(&fixture.apply));
	for (i = first; i < operations(&fixture); i++) {
		const struct fakekern_operation *operation = fakekern_operation(fixture.io, i);
		char path[96];

		if (operation->kind != FAKEKERN_WRITE)
			continue;
		snprintf(path, sizeof(path), MEMORY "memory%u/state", --expected);
		assert_string_equal(operation->path, path);
	}
	assert_int_equal(expected, FIRST);
	check_as_before(&fixture);
}

/* One that cannot be undone is told, and the others are undone all the same. */
static void test_rollback_fails(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];

	online_all(steps, WORD_ONLINE_KERNEL);
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_DONE);
	fakekern_trouble(fixture.kernel, 65, FAKEKERN_UNMOVABLE, 0, 0);
	assert_false(apply_rollback(&fixture.apply));
	check_block(&fixture, 64, "offline");
	check_block(&fixture, 65, "online Normal");
	check_block(&fixture, 66, "offline");
	assert_true(log_at(&fixture, 1)->undo_failed);
	assert_false(log_at(&fixture, 1)->undone);
	assert_true(log_at(&fixture, 0)->undone);
	assert_int_equal(log_at(&fixture, 1)->rc, -EBUSY);
}

/* What somebody changed since is not ours to change. */
static void test_rollback_stale(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step step = block_step(64, WORD_ONLINE_MOVABLE);

	assert_int_equal(do_steps(&fixture, &step, 1), APPLY_DONE);
	fakekern_write(fixture.kernel, MEMORY "memory64/state", "offline");
	fakekern_write(fixture.kernel, MEMORY "memory64/state", "online_kernel");
	assert_false(apply_rollback(&fixture.apply));
	check_block(&fixture, 64, "online Normal");
	assert_int_equal(log_at(&fixture, 0)->rc, -ESTALE);
}

struct progress {
	size_t forward;
	size_t back;
};

static void count_progress(void *data, const struct step_log *log, bool undo)
{
	struct progress *progress = data;

	*(undo ? &progress->back : &progress->forward) += 1;
}

static void test_progress(void **state)
{
	FIXTURE("offline", true);
	struct memhp_step steps[COUNT];
	struct progress progress = { 0 };

	online_all(steps, WORD_ONLINE_MOVABLE);
	fixture.apply.progress = count_progress;
	fixture.apply.progress_data = &progress;
	assert_int_equal(do_steps(&fixture, steps, COUNT), APPLY_DONE);
	assert_true(apply_rollback(&fixture.apply));
	assert_int_equal(progress.forward, COUNT);
	assert_int_equal(progress.back, COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_by_another),
		cmocka_unit_test(test_outrun),
		cmocka_unit_test(test_outrun_elsewhere),
		cmocka_unit_test(test_surprise_before),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_continue_after_timeout),
		cmocka_unit_test(test_continue_held_up),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_no_retries),
		cmocka_unit_test(test_block_timeout),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_undo_add),
		cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_trap),
		cmocka_unit_test(test_rollback_order),
		cmocka_unit_test(test_rollback_fails),
		cmocka_unit_test(test_rollback_stale),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
