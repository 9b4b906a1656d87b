/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/monitor.c: when a kernel that behaves is looked at, and that nothing is missed whatever becomes of its
 * events.
 */
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../fakekern.h"
#include "ctx.h"
#include "monitor.h"

struct scene {
	struct fakekern *kernel;
	struct memhp_ctx *ctx;
	struct memhp_monitor *monitor;
	unsigned int warnings, notices;
};

static void count_log(void *data, int priority, const char *message)
{
	struct scene *scene = data;

	scene->warnings += priority == LOG_WARNING;
	scene->notices += priority == LOG_NOTICE;
}

/* 4 GiB of boot memory, and a device of 1 GiB in kmem: blocks 64-71, offline. */
static void begin(struct scene *scene, bool hears, uint32_t flags)
{
	struct fakekern_config config = fakekern_6_12;

	*scene = (struct scene){ .kernel = NULL };
	config.auto_online = "offline";
	config.modules[0] = "kmem";
	config.modules[1] = NULL;
	scene->kernel = fakekern_new(&config);
	fakekern_add_node(scene->kernel, &(struct fakekern_node){
						 .node = 0,
						 .cpus = "0-1",
						 .memory = { { 4096, 640 * 1024 - 4096 },
							     { MIB, 3 * GIB - MIB },
							     { 4 * GIB, GIB } },
						 .taken = 256 * MIB,
					 });
	fakekern_add_dax(scene->kernel, &(struct fakekern_dax){ .name = "dax0.0",
								.provider = FAKEKERN_HMEM,
								.mappings = { { 8 * GIB, GIB } },
								.target_node = 1 });
	assert_int_equal(ctx_new_with_io(fakekern_open(scene->kernel), &scene->ctx), 0);
	if (!hears) {
		static struct io_ops deaf;

		deaf = *scene->ctx->io->ops;
		deaf.watch = NULL;
		scene->ctx->io->ops = &deaf;
	}
	memhp_ctx_set_log(scene->ctx, count_log, scene);
	assert_int_equal(memhp_monitor_new(scene->ctx, flags, &scene->monitor), 0);
	assert_int_equal(memhp_monitor_hears_events(scene->monitor), hears);
	assert_true(memhp_monitor_get_fd(scene->monitor) >= 0);
}

static void finish(struct scene *scene)
{
	memhp_monitor_unref(scene->monitor);
	memhp_ctx_unref(scene->ctx);
	fakekern_free(scene->kernel);
}

static void set(struct scene *scene, uint32_t first, uint32_t last, const char *word)
{
	char path[96];

	for (; first <= last; first++) {
		snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/state", first);
		assert_int_equal(fakekern_write(scene->kernel, path, word), 0);
	}
}

/* What a read after SECONDS tells: how many events, and of the first which blocks. */
static size_t read_after(struct scene *scene, double seconds, char text[128])
{
	const struct memhp_events *events;

	fakekern_advance(scene->kernel, (uint64_t)(seconds * 1e9));
	assert_int_equal(memhp_monitor_read(scene->monitor), 0);
	events = memhp_monitor_get_events(scene->monitor);
	text[0] = '\0';
	if (events->count > 0)
		snprintf(text, 128, "%s %u-%u", memhp_event_kind_to_string(events->items[0].what),
			 events->items[0].first_block, events->items[0].last_block);
	return events->count;
}

static void test_burst(void **state)
{
	struct scene scene;
	uint32_t block;
	char text[128];

	begin(&scene, true, 0);
	assert_int_equal(read_after(&scene, 1, text), 0);
	/* As long as it goes on, nothing is told; then all of it as one. */
	for (block = 64; block <= 71; block++) {
		set(&scene, block, block, "online_movable");
		assert_int_equal(read_after(&scene, 0.3, text), 0);
	}
	assert_int_equal(read_after(&scene, 0.6, text), 1);
	assert_string_equal(text, "online 64-71");
	assert_int_equal(read_after(&scene, 1, text), 0);
	assert_true(memhp_monitor_get_events(scene.monitor)->count == 0);
	finish(&scene);
}

/* One of twelve seconds may pause for one and a half: blocks that take their time are still one event. */
static void test_slow(void **state)
{
	struct scene scene;
	uint32_t block;
	char text[128];

	begin(&scene, true, 0);
	for (block = 0; block < 32; block++) {
		set(&scene, 64, 64, block % 2 == 0 ? "online_movable" : "offline");
		assert_int_equal(read_after(&scene, 0.4, text), 0);
	}
	for (block = 64; block <= 67; block++) {
		set(&scene, block, block, "online_movable");
		assert_int_equal(read_after(&scene, 0, text), 0);
		assert_int_equal(read_after(&scene, 1.4, text), 0);
	}
	assert_int_equal(read_after(&scene, 1.4, text), 1);
	assert_string_equal(text, "online 64-67");
	/* What comes after is a burst of its own, with as little patience as at first. */
	set(&scene, 68, 68, "online_movable");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 0.6, text), 1);
	finish(&scene);
}

/* A burst that does not end is told of all the same. */
static void test_endless(void **state)
{
	struct scene scene;
	size_t told = 0, i;
	uint64_t began;
	char text[128];

	begin(&scene, true, 0);
	set(&scene, 64, 70, "online_movable");
	began = fakekern_time(scene.kernel);
	for (i = 0; i < 300 && told == 0; i++) {
		set(&scene, 71, 71, i % 2 == 0 ? "online_movable" : "offline");
		told = read_after(&scene, 0.4, text);
	}
	assert_true(told > 0);
	assert_in_range(fakekern_time(scene.kernel) - began, 60 * SECOND, 61 * SECOND);
	finish(&scene);
}

static void test_each(void **state)
{
	struct scene scene;
	char text[128];

	begin(&scene, true, MEMHP_MONITOR_EACH);
	set(&scene, 64, 71, "online_movable");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 0.1, text), 8);
	assert_string_equal(text, "online 64-64");
	finish(&scene);
}

static void test_lost(void **state)
{
	struct scene scene;
	char text[128];

	begin(&scene, true, 0);
	fakekern_event_room(scene.kernel, 3);
	set(&scene, 64, 71, "online_movable");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 1, text), 1);
	assert_string_equal(text, "online 64-71");
	assert_int_equal(scene.notices, 1);
	/* What was lost once is said once a burst. */
	set(&scene, 64, 71, "offline");
	assert_int_equal(read_after(&scene, 0, text), 0);
	set(&scene, 64, 71, "online_movable");
	set(&scene, 64, 71, "offline");
	assert_int_equal(read_after(&scene, 0.1, text), 0);
	assert_int_equal(read_after(&scene, 1, text), 1);
	assert_string_equal(text, "offline 64-71");
	assert_int_equal(scene.notices, 2);
	finish(&scene);
}

/* Without events the count of them is looked at. */
static void test_deaf(void **state)
{
	struct scene scene;
	size_t told = 0, i;
	char text[128];

	begin(&scene, false, 0);
	assert_int_equal(scene.warnings, 1);
	set(&scene, 64, 71, "online_movable");
	for (i = 0; i < 10 && told == 0; i++)
		told = read_after(&scene, 1, text);
	assert_int_equal(told, 1);
	assert_true(i <= 5);
	assert_string_equal(text, "online 64-71");
	/* Where there is no count either, it is looked every time. */
	fakekern_break(scene.kernel, "sys/kernel/uevent_seqnum", -EIO, 0);
	set(&scene, 65, 65, "offline");
	for (told = 0, i = 0; i < 10 && told == 0; i++)
		told = read_after(&scene, 1, text);
	assert_int_equal(told, 1);
	assert_string_equal(text, "offline 65-65");
	finish(&scene);
}

/* No event tells of this one. */
static void test_auto_online(void **state)
{
	struct scene scene;
	size_t told = 0, i;
	char text[128];

	begin(&scene, true, 0);
	assert_int_equal(fakekern_write(scene.kernel,
					"sys/devices/system/memory/auto_online_blocks",
					"online_movable"),
			 0);
	for (i = 0; i < 10 && told == 0; i++)
		told = read_after(&scene, 1, text);
	assert_int_equal(told, 1);
	assert_true(i <= 7);
	assert_string_equal(text, "auto-online 0-0");
	finish(&scene);
}

/* An idle machine is read once every five seconds, and no more. */
static void test_idle(void **state)
{
	struct scene scene;
	char text[128];
	size_t before, i;

	begin(&scene, true, 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(read_after(&scene, 1, text), 0);
	before = fakekern_operations(scene.ctx->io);
	for (i = 0; i < 100; i++)
		assert_int_equal(read_after(&scene, 1, text), 0);
	assert_true(fakekern_operations(scene.ctx->io) - before <= 20);
	finish(&scene);
}

/* A look that fails is made again, and nothing is lost. */
static void test_failure(void **state)
{
	struct scene scene;
	char text[128];

	begin(&scene, true, 0);
	set(&scene, 64, 71, "online_movable");
	assert_int_equal(read_after(&scene, 0, text), 0);
	fakekern_break(scene.kernel, "sys/devices/system/memory", -EIO, 0);
	fakekern_break(scene.kernel, "sys/kernel/uevent_seqnum", -EIO, 0);
	fakekern_advance(scene.kernel, SECOND);
	assert_int_equal(memhp_monitor_read(scene.monitor), -EIO);
	assert_string_not_equal(memhp_error_get_message(memhp_ctx_get_error(scene.ctx)), "");
	fakekern_break(scene.kernel, "sys/devices/system/memory", 0, 0);
	fakekern_break(scene.kernel, "sys/kernel/uevent_seqnum", 0, 0);
	assert_int_equal(read_after(&scene, 0.1, text), 0);
	assert_int_equal(read_after(&scene, 6, text), 1);
	assert_string_equal(text, "online 64-71");
	finish(&scene);
}

static void test_drift(void **state)
{
	struct scene scene;
	char text[128];

	begin(&scene, true, 0);
	fakekern_file(scene.kernel, "etc/memhp.conf",
		      "[device far]\nmatch-driver = hmem\nonline = yes\nzone = movable\n");
	/* What is not yet where it is to be is told once, and a while later. */
	assert_int_equal(read_after(&scene, 2, text), 0);
	assert_int_equal(read_after(&scene, 2, text), 1);
	assert_string_equal(text, "drift 64-71");
	assert_int_equal(read_after(&scene, 5, text), 0);
	set(&scene, 64, 71, "online_movable");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 1, text), 1);
	assert_int_equal(read_after(&scene, 5, text), 0);
	/* Somebody sees to it in time: nothing is told of it. */
	set(&scene, 66, 66, "offline");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 1, text), 1);
	set(&scene, 66, 66, "online_movable");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 1, text), 1);
	assert_int_equal(read_after(&scene, 5, text), 0);
	/* ... and if nobody does, it is. */
	set(&scene, 67, 68, "offline");
	assert_int_equal(read_after(&scene, 0, text), 0);
	assert_int_equal(read_after(&scene, 1, text), 1);
	assert_int_equal(read_after(&scene, 5, text), 1);
	assert_string_equal(text, "drift 67-68");
	finish(&scene);
}

static void test_usage(void **state)
{
	struct scene scene;
	struct memhp_monitor *monitor = NULL;
	struct memhp_ctx *ctx;

	begin(&scene, true, 0);
	assert_int_equal(memhp_monitor_new(scene.ctx, 1U << 9, &monitor), -EINVAL);
	assert_null(monitor);
	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_int_equal(memhp_ctx_set_root(ctx, "/"), 0);
	assert_int_equal(memhp_monitor_new(ctx, 0, &monitor), -EINVAL);
	assert_int_equal(memhp_error_get_kind(memhp_ctx_get_error(ctx)), MEMHP_ERROR_USAGE);
	memhp_ctx_unref(ctx);
	assert_ptr_equal(memhp_monitor_ref(scene.monitor), scene.monitor);
	assert_null(memhp_monitor_unref(scene.monitor));
	assert_null(memhp_monitor_unref(NULL));
	finish(&scene);
}

/* The descriptor wakes up by itself where something is due. */
static void test_poll(void **state)
{
	struct memhp_monitor *monitor;
	struct memhp_ctx *ctx;
	struct pollfd fd = { .events = POLLIN };

	assert_int_equal(memhp_ctx_new(&ctx), 0);
	if (memhp_monitor_new(ctx, 0, &monitor) < 0) {
		memhp_ctx_unref(ctx);
		skip();
	}
	fd.fd = memhp_monitor_get_fd(monitor);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(poll(&fd, 1, 5000), 1);
	assert_int_equal(memhp_monitor_read(monitor), 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	memhp_monitor_unref(monitor);
	memhp_ctx_unref(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),	    cmocka_unit_test(test_slow),
		cmocka_unit_test(test_endless),	    cmocka_unit_test(test_each),
		cmocka_unit_test(test_lost),	    cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_auto_online), cmocka_unit_test(test_idle),
		cmocka_unit_test(test_failure),	    cmocka_unit_test(test_drift),
		cmocka_unit_test(test_usage),	    cmocka_unit_test(test_poll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
