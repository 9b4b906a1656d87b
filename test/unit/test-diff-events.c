/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/diff-events.c: what is said to have happened between two looks at a kernel that behaves.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fakekern.h"
#include "ctx.h"
#include "event.h"
#include "fields.h"
#include "scan.h"

/* 4 GiB on node 0 and two devices of 256 MiB one after the other at 8 GiB: blocks 64-65 and 66-67. */
static struct fakekern *machine(void)
{
	struct fakekern_config config = fakekern_6_12;
	struct fakekern *kernel;

	config.auto_online = "offline";
	config.modules[0] = NULL;
	kernel = fakekern_new(&config);
	fakekern_add_node(kernel, &(struct fakekern_node){
					  .node = 0,
					  .cpus = "0-1",
					  .memory = { { 4096, 640 * 1024 - 4096 },
						      { MIB, 3 * GIB - MIB },
						      { 4 * GIB, GIB } },
					  .taken = 256 * MIB,
				  });
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 256 * MIB } },
							 .target_node = 1 });
	fakekern_add_dax(kernel,
			 &(struct fakekern_dax){ .name = "dax1.0",
						 .provider = FAKEKERN_HMEM,
						 .mappings = { { 8 * GIB + 256 * MIB, 256 * MIB } },
						 .target_node = 1 });
	return kernel;
}

static struct memhp_snapshot *see(struct fakekern *kernel)
{
	struct io *io = fakekern_open(kernel);
	struct memhp_snapshot *snapshot;
	struct memhp_error error;

	assert_int_equal(scan(io, SCAN_ALL, &error, &snapshot), 0);
	io_free(io);
	return snapshot;
}

static void set(struct fakekern *kernel, uint32_t block, const char *word)
{
	char path[96];

	snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/state", block);
	assert_int_equal(fakekern_write(kernel, path, word), 0);
}

static void write_to(struct fakekern *kernel, const char *path, const char *word)
{
	assert_int_equal(fakekern_write(kernel, path, word), 0);
}

/* "online 64-65 dax0.0 offline -> online Movable; ..." */
static void describe(const struct memhp_events *events, char *text, size_t size)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < events->count; i++) {
		const struct memhp_event *event = &events->items[i];
		const char *from = zone_set_word(event->from_zones);
		const char *to = zone_set_word(event->to_zones);

		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "; " : "",
					 memhp_event_kind_to_string(event->what));
		if (event->has_blocks)
			used += (size_t)snprintf(text + used, size - used, " %u-%u",
						 event->first_block, event->last_block);
		used += (size_t)snprintf(text + used, size - used, " %s [%s%s%s > %s%s%s]",
					 event->device, event->from, from != NULL ? " " : "",
					 from != NULL ? from : "", event->to, to != NULL ? " " : "",
					 to != NULL ? to : "");
	}
}

/* What happened since BEFORE, which is used up. */
static void happened(struct memhp_snapshot **before, struct fakekern *kernel, bool each,
		     const char *wanted)
{
	struct memhp_snapshot *now = see(kernel);
	struct memhp_events events = { .items = NULL };
	char text[2048];

	assert_int_equal(diff_events(*before, now, each, &events), 0);
	describe(&events, text, sizeof(text));
	assert_string_equal(text, wanted);
	events_clear(&events);
	memhp_snapshot_unref(*before);
	*before = now;
}

static void test_life(void **state)
{
	struct fakekern *kernel = machine();
	struct memhp_snapshot *seen = see(kernel);

	happened(&seen, kernel, false, "");
	assert_int_equal(fakekern_load(kernel, "kmem"), 0);
	happened(&seen, kernel, false,
		 "bound dax0.0 [ > kmem]; bound dax1.0 [ > kmem]; "
		 "added 64-65 dax0.0 [absent > offline]; added 66-67 dax1.0 [absent > offline]");
	set(kernel, 64, "online_movable");
	set(kernel, 65, "online_movable");
	set(kernel, 66, "online_movable");
	happened(&seen, kernel, false,
		 "online 64-65 dax0.0 [offline > online Movable]; "
		 "online 66-66 dax1.0 [offline > online Movable]");
	set(kernel, 64, "offline");
	set(kernel, 66, "offline");
	set(kernel, 66, "online_kernel");
	happened(&seen, kernel, false,
		 "offline 64-64 dax0.0 [online Movable > offline]; "
		 "offline 66-66 dax1.0 [online Movable > offline]; "
		 "online 66-66 dax1.0 [offline > online Normal]");
	set(kernel, 65, "offline");
	write_to(kernel, "sys/bus/dax/drivers/kmem/unbind", "dax0.0");
	happened(&seen, kernel, false,
		 "offline 65-65 dax0.0 [online Movable > offline]; "
		 "removed 64-65 dax0.0 [offline > absent]; unbound dax0.0 [kmem > ]");
	fakekern_remove_dax(kernel, "dax0.0");
	happened(&seen, kernel, false, "device-removed dax0.0 [ > ]");
	memhp_snapshot_unref(seen);
	fakekern_free(kernel);
}

/* All at once: what a look sees that came late. */
static void test_at_once(void **state)
{
	struct fakekern *kernel = machine();
	struct memhp_snapshot *seen = see(kernel);

	write_to(kernel, "sys/devices/system/memory/auto_online_blocks", "online_movable");
	assert_int_equal(fakekern_load(kernel, "kmem"), 0);
	happened(&seen, kernel, true,
		 "bound dax0.0 [ > kmem]; bound dax1.0 [ > kmem]; "
		 "added 64-64 dax0.0 [absent > offline]; added 65-65 dax0.0 [absent > offline]; "
		 "added 66-66 dax1.0 [absent > offline]; added 67-67 dax1.0 [absent > offline]; "
		 "online 64-64 dax0.0 [offline > online Movable]; "
		 "online 65-65 dax0.0 [offline > online Movable]; "
		 "online 66-66 dax1.0 [offline > online Movable]; "
		 "online 67-67 dax1.0 [offline > online Movable]; "
		 "auto-online  [offline > online_movable]");
	set(kernel, 64, "offline");
	set(kernel, 65, "offline");
	write_to(kernel, "sys/bus/dax/drivers/kmem/unbind", "dax0.0");
	assert_int_equal(fakekern_load(kernel, "device_dax"), 0);
	write_to(kernel, "sys/bus/dax/drivers/device_dax/new_id", "dax0.0");
	happened(&seen, kernel, false,
		 "offline 64-65 dax0.0 [online Movable > offline]; "
		 "removed 64-65 dax0.0 [offline > absent]; unbound dax0.0 [kmem > ]; "
		 "bound dax0.0 [ > device_dax]");
	memhp_snapshot_unref(seen);
	fakekern_free(kernel);
}

static struct memhp_snapshot *with_block(enum memhp_state state, zone_set zones)
{
	struct memhp_snapshot *snapshot;

	assert_int_equal(snapshot_new(&snapshot), 0);
	snapshot->blocks = calloc(1, sizeof(*snapshot->blocks));
	assert_non_null(snapshot->blocks);
	snapshot->blocks[0] = (struct memhp_block){
		.number = 7, .device = NO_DEVICE, .state = (uint8_t)state, .zones = zones
	};
	snapshot->block_count = 1;
	return snapshot;
}

/* What cannot be read, or is on its way, has not happened. */
static void test_states(void **state)
{
	static const struct {
		enum memhp_state from;
		zone_set from_zones;
		enum memhp_state to;
		zone_set to_zones;
		const char *wanted;
	} rows[] = {
		{ MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_NORMAL), MEMHP_STATE_UNKNOWN, 0, "" },
		{ MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_NORMAL), MEMHP_STATE_GOING_OFFLINE, 0, "" },
		{ MEMHP_STATE_GOING_OFFLINE, 0, MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_NORMAL), "" },
		{ MEMHP_STATE_GOING_OFFLINE, 0, MEMHP_STATE_OFFLINE, 0,
		  "offline 7-7  [going-offline > offline]" },
		{ MEMHP_STATE_UNKNOWN, 0, MEMHP_STATE_OFFLINE, 0,
		  "offline 7-7  [unknown > offline]" },
		{ MEMHP_STATE_UNKNOWN, 0, MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_MOVABLE),
		  "online 7-7  [unknown > online Movable]" },
		{ MEMHP_STATE_ONLINE, ZONES_UNKNOWN, MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_MOVABLE),
		  "" },
		{ MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_NORMAL), MEMHP_STATE_ONLINE, ZONE_SPANS,
		  "offline 7-7  [online Normal > offline]; "
		  "online 7-7  [offline > online none]" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memhp_snapshot *a = with_block(rows[i].from, rows[i].from_zones);
		struct memhp_snapshot *b = with_block(rows[i].to, rows[i].to_zones);
		struct memhp_events events = { .items = NULL };
		char text[512];

		assert_int_equal(diff_events(a, b, false, &events), 0);
		describe(&events, text, sizeof(text));
		assert_string_equal(text, rows[i].wanted);
		events_clear(&events);
		memhp_snapshot_unref(a);
		memhp_snapshot_unref(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
