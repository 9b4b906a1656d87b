/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/simulate.c: the zone that the kernel will choose, what zones span and hold after each step, and
 * what drivers bring and take. Written from what kernels do, not from the code.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "memmap.h"

#define BLOCK_PAGES UINT64_C(32768)

/* A machine that steps are tried on. */
struct trial {
	struct test_case *test_case;
	struct memhp_snapshot *snapshot;
};

static struct trial trial_begin(const char *machine)
{
	struct trial trial = { .test_case = case_parse("simulate", machine) };

	assert_int_equal(snapshot_copy(trial.test_case->snapshot, &trial.snapshot), 0);
	simulate_begin(trial.snapshot);
	return trial;
}

static void trial_end(struct trial *trial)
{
	memhp_snapshot_unref(trial->snapshot);
	case_free(trial->test_case);
}

#define TRIAL(machine) _cleanup_(trial_end) struct trial trial = trial_begin(machine)

static zone_set write_word(struct trial *trial, uint32_t block, enum online_word word)
{
	struct memhp_step step = { .kind = STEP_BLOCK,
				   .device = NO_DEVICE,
				   .block = block,
				   .to = word == WORD_OFFLINE ? MEMHP_STATE_OFFLINE :
								MEMHP_STATE_ONLINE,
				   .word = (uint8_t)word };

	assert_int_equal(simulate_step(trial->snapshot, &step), 0);
	return step.to_zones;
}

static int do_step(struct trial *trial, struct memhp_step step)
{
	return simulate_step(trial->snapshot, &step);
}

static const struct memhp_block *block_of(const struct trial *trial, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(trial->snapshot, number);

	assert_non_null(block);
	return block;
}

static zone_set default_zone(const struct trial *trial, uint32_t number)
{
	return simulate_default_zone(trial->snapshot, block_of(trial, number));
}

static zone_set zone_for(const struct trial *trial, uint32_t number, enum online_word word)
{
	return simulate_zone_for(trial->snapshot, block_of(trial, number), word);
}

static void check_zone(const struct trial *trial, int node, enum zone_index index, uint64_t first,
		       uint64_t spanned, uint64_t present)
{
	const struct memhp_zone *zone = snapshot_zone(trial->snapshot, node, index);

	assert_non_null(zone);
	assert_int_equal(zone->spanned, spanned * BLOCK_PAGES);
	assert_int_equal(zone->present, present * BLOCK_PAGES);
	if (spanned > 0)
		assert_int_equal(zone->start_pfn, first * BLOCK_PAGES);
}

#define NORMAL ZONE_BIT(ZONE_NORMAL)
#define MOVABLE ZONE_BIT(ZONE_MOVABLE)
#define EITHER (ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE))

#define BOOT "blocks 0-15 online Normal node 0 boot\n"
#define FAR "device dax0.0 kmem node 1 hmem memmap off blocks 48-63\n" BOOT

/* ---- which zone ---- */

static void test_contiguous(void **state)
{
	TRIAL(FAR "blocks 48-63 offline node 1 kmem dax0.0\n");

	/* An empty node's memory goes to Normal. */
	assert_int_equal(default_zone(&trial, 48), NORMAL);
	assert_int_equal(zone_for(&trial, 48, WORD_ONLINE_MOVABLE), MOVABLE);
	assert_int_equal(zone_for(&trial, 48, WORD_ONLINE_KERNEL), NORMAL);
	assert_int_equal(zone_for(&trial, 48, WORD_OFFLINE), ZONES_NONE);
	/* Neighbours of a zone are not in its span. */
	write_word(&trial, 50, WORD_ONLINE_MOVABLE);
	assert_int_equal(default_zone(&trial, 49), NORMAL);
	assert_int_equal(default_zone(&trial, 51), NORMAL);
	/* Between two Movable blocks it is Movable. */
	write_word(&trial, 54, WORD_ONLINE_MOVABLE);
	assert_int_equal(default_zone(&trial, 51), MOVABLE);
	assert_int_equal(default_zone(&trial, 53), MOVABLE);
	assert_int_equal(default_zone(&trial, 55), NORMAL);
	/* The span shrinks as they go. */
	write_word(&trial, 54, WORD_OFFLINE);
	assert_int_equal(default_zone(&trial, 51), NORMAL);
}

/* Block 48 in Movable and 63 in Normal, as seen on real kernels: spans that do not overlap. */
static void test_both_spans(void **state)
{
	TRIAL(FAR "blocks 48-63 offline node 1 kmem dax0.0\n");

	write_word(&trial, 48, WORD_ONLINE_MOVABLE);
	write_word(&trial, 63, WORD_ONLINE_KERNEL);
	assert_int_equal(default_zone(&trial, 55), NORMAL);
	/* In both spans: the kernel zone. */
	write_word(&trial, 62, WORD_ONLINE_MOVABLE);
	write_word(&trial, 50, WORD_ONLINE_KERNEL);
	assert_int_equal(default_zone(&trial, 55), NORMAL);
	assert_int_equal(default_zone(&trial, 49), MOVABLE);
}

static void test_other_node(void **state)
{
	TRIAL("blocks 0-15 online Movable node 0 boot\nblocks 20 offline node 1 acpi\n");

	assert_int_equal(simulate_default_zone(trial.snapshot,
					       &(struct memhp_block){ .number = 4, .node = 1 }),
			 NORMAL);
	assert_int_equal(simulate_default_zone(trial.snapshot,
					       &(struct memhp_block){ .number = 4, .node = 0 }),
			 MOVABLE);
}

static void test_movable_node(void **state)
{
	TRIAL("movable-node yes\n" FAR "blocks 48-63 offline node 1 kmem dax0.0\n");

	assert_int_equal(default_zone(&trial, 48), MOVABLE);
	write_word(&trial, 50, WORD_ONLINE_KERNEL);
	write_word(&trial, 54, WORD_ONLINE_KERNEL);
	assert_int_equal(default_zone(&trial, 52), NORMAL);
	assert_int_equal(default_zone(&trial, 55), MOVABLE);
	trial.snapshot->machine.movable_node = TRI_UNKNOWN;
	assert_int_equal(default_zone(&trial, 55), EITHER);
	assert_int_equal(default_zone(&trial, 52), NORMAL);
}

/* Below Normal, the zone whose span meets the block. */
static void test_low_zones(void **state)
{
	TRIAL("blocks 0-15 online DMA32 node 0 boot\nblocks 32-47 online Normal node 0 boot\n"
	      "blocks 16 offline node 0 acpi\nblocks 20-23 offline node 0 acpi\n"
	      "zone 0 DMA32 start 0 spanned 2304M\n");

	assert_int_equal(zone_for(&trial, 16, WORD_ONLINE_KERNEL), ZONE_BIT(ZONE_DMA32));
	assert_int_equal(default_zone(&trial, 16), ZONE_BIT(ZONE_DMA32));
	assert_int_equal(zone_for(&trial, 20, WORD_ONLINE_KERNEL), NORMAL);
	assert_int_equal(default_zone(&trial, 20), NORMAL);
}

static void test_auto_movable(void **state)
{
	TRIAL("online-policy auto-movable\nauto-movable 301 numa-blind\n" FAR
	      "blocks 48-63 offline node 1 kmem dax0.0\n");

	trial.snapshot->blocks[0].origin = MEMHP_ORIGIN_UNKNOWN;
	trial.snapshot->machine.auto_movable_ratio = 101;
	simulate_begin(trial.snapshot);
	assert_int_equal(default_zone(&trial, 48), EITHER);
	assert_int_equal(zone_for(&trial, 48, WORD_ONLINE), EITHER);
	assert_int_equal(zone_for(&trial, 48, WORD_ONLINE_MOVABLE), MOVABLE);
	/* An undecided block is counted as movable. */
	assert_int_equal(write_word(&trial, 48, WORD_ONLINE), EITHER);
	check_zone(&trial, 1, ZONE_MOVABLE, 48, 1, 1);
	check_zone(&trial, 1, ZONE_NORMAL, 0, 0, 0);
	trial.snapshot->machine.auto_movable_ratio = 0;
	assert_int_equal(default_zone(&trial, 60), NORMAL);
	trial.snapshot->machine.auto_movable_ratio = 301;
	/* A policy of an older kernel, or one that is not shown, is the old one. */
	trial.snapshot->machine.online_policy = NULL;
	assert_int_equal(default_zone(&trial, 60), NORMAL);
}

static void test_unknown_zones(void **state)
{
	TRIAL(FAR "blocks 48-63 offline node 1 kmem dax0.0\nzones unknown\n");

	assert_int_equal(default_zone(&trial, 48), ZONES_UNKNOWN);
	assert_int_equal(zone_for(&trial, 48, WORD_ONLINE_KERNEL), ZONES_KERNEL);
	assert_int_equal(zone_for(&trial, 48, WORD_ONLINE_MOVABLE), MOVABLE);
	write_word(&trial, 48, WORD_ONLINE_MOVABLE);
	assert_int_equal(trial.snapshot->zone_count, 0);
}

/* ---- what zones span and hold ---- */

/* A node that could not be read: its zones, or another's; of only one node there is no doubt. */
static void test_unknown_node(void **state)
{
	const struct memhp_block lost = { .number = 65, .node = NODE_NONE };
	TRIAL("blocks 0-31 online Normal node 0 boot\nblocks 64 online Movable node 1 acpi\n"
	      "blocks 66 online Movable node 1 acpi\n");
	struct memhp_snapshot *snapshot = trial.snapshot;

	assert_int_equal(simulate_zone_for(snapshot, &lost, WORD_ONLINE), ZONES_UNKNOWN);
	assert_int_equal(simulate_zone_for(snapshot, &lost, WORD_ONLINE_KERNEL), ZONES_KERNEL);
	assert_int_equal(simulate_zone_for(snapshot, &lost, WORD_ONLINE_MOVABLE), MOVABLE);
	while (snapshot->zones[0].node == 0) {
		memmove(snapshot->zones, snapshot->zones + 1,
			(snapshot->zone_count - 1) * sizeof(*snapshot->zones));
		snapshot->zone_count--;
	}
	assert_int_equal(simulate_zone_for(snapshot, &lost, WORD_ONLINE), MOVABLE);
	assert_int_equal(simulate_zone_for(snapshot, &lost, WORD_ONLINE_KERNEL), NORMAL);
}

static void test_growing(void **state)
{
	TRIAL(FAR "blocks 48-63 offline node 1 kmem dax0.0\n");

	write_word(&trial, 52, WORD_ONLINE_MOVABLE);
	check_zone(&trial, 1, ZONE_MOVABLE, 52, 1, 1);
	write_word(&trial, 55, WORD_ONLINE_MOVABLE);
	check_zone(&trial, 1, ZONE_MOVABLE, 52, 4, 2);
	write_word(&trial, 49, WORD_ONLINE_MOVABLE);
	check_zone(&trial, 1, ZONE_MOVABLE, 49, 7, 3);
	write_word(&trial, 50, WORD_ONLINE_MOVABLE);
	check_zone(&trial, 1, ZONE_MOVABLE, 49, 7, 4);
	check_zone(&trial, 1, ZONE_NORMAL, 0, 0, 0);
	check_zone(&trial, 0, ZONE_NORMAL, 0, 16, 16);
}

static void test_shrinking(void **state)
{
	TRIAL(FAR "blocks 48-63 online Movable node 1 kmem dax0.0\n");

	write_word(&trial, 55, WORD_OFFLINE);
	check_zone(&trial, 1, ZONE_MOVABLE, 48, 16, 15);
	write_word(&trial, 48, WORD_OFFLINE);
	check_zone(&trial, 1, ZONE_MOVABLE, 49, 15, 14);
	write_word(&trial, 63, WORD_OFFLINE);
	check_zone(&trial, 1, ZONE_MOVABLE, 49, 14, 13);
	/* past a hole */
	for (uint32_t i = 62; i > 55; i--)
		write_word(&trial, i, WORD_OFFLINE);
	check_zone(&trial, 1, ZONE_MOVABLE, 49, 6, 6);
	for (uint32_t i = 54; i > 49; i--)
		write_word(&trial, i, WORD_OFFLINE);
	check_zone(&trial, 1, ZONE_MOVABLE, 49, 1, 1);
	write_word(&trial, 49, WORD_OFFLINE);
	check_zone(&trial, 1, ZONE_MOVABLE, 0, 0, 0);
	assert_int_equal(snapshot_zone(trial.snapshot, 1, ZONE_MOVABLE)->managed, 0);
	assert_int_equal(snapshot_zone(trial.snapshot, 1, ZONE_MOVABLE)->free, 0);
}

/* Other zones' and other nodes' blocks between do not keep a span. */
static void test_shrinking_past_others(void **state)
{
	TRIAL("blocks 0-3 online Movable node 0 acpi\nblocks 4-7 online Normal node 0 acpi\n"
	      "blocks 8 online Movable node 0 acpi\nblocks 9-10 online Movable node 1 acpi\n"
	      "blocks 11 online Movable node 0 acpi\n");

	write_word(&trial, 11, WORD_OFFLINE);
	check_zone(&trial, 0, ZONE_MOVABLE, 0, 9, 5);
	write_word(&trial, 8, WORD_OFFLINE);
	check_zone(&trial, 0, ZONE_MOVABLE, 0, 4, 4);
}

static void test_moving(void **state)
{
	TRIAL(FAR "blocks 48-63 online Normal node 1 kmem dax0.0\n");

	for (uint32_t i = 63; i >= 48; i--)
		write_word(&trial, i, WORD_OFFLINE);
	for (uint32_t i = 48; i <= 63; i++)
		assert_int_equal(write_word(&trial, i, WORD_ONLINE_MOVABLE), MOVABLE);
	check_zone(&trial, 1, ZONE_NORMAL, 0, 0, 0);
	check_zone(&trial, 1, ZONE_MOVABLE, 48, 16, 16);
}

/* The memmap on the memory itself is present, and not managed. */
static void test_self_hosted(void **state)
{
	TRIAL("memmap-on-memory on\n"
	      "device dax0.0 kmem node 1 hmem memmap on blocks 48-63\n" BOOT
	      "blocks 48-63 offline node 1 kmem dax0.0 memmap-on-memory\n");
	const struct memhp_zone *zone;

	for (uint32_t i = 48; i <= 63; i++)
		write_word(&trial, i, WORD_ONLINE_MOVABLE);
	zone = snapshot_zone(trial.snapshot, 1, ZONE_MOVABLE);
	/* as a real kernel counted 2 GiB */
	assert_int_equal(zone->present, 524288);
	assert_int_equal(zone->managed, 516096);
	write_word(&trial, 63, WORD_OFFLINE);
	assert_int_equal(zone->present, 491520);
	assert_int_equal(zone->managed, 483840);
}

/* A zone has no more pages of files than pages in use; those that leave come with the rest. */
static void test_files_leave(void **state)
{
	TRIAL(FAR "blocks 48-49 online Normal node 1 kmem dax0.0\n"
		  "zone 1 Normal free 128M file 64M\nzone 0 Normal free 1G file 1M\n");
	const struct memhp_zone *left = snapshot_zone(trial.snapshot, 1, ZONE_NORMAL);
	const struct memhp_zone *other = snapshot_zone(trial.snapshot, 0, ZONE_NORMAL);

	write_word(&trial, 49, WORD_OFFLINE);
	assert_int_equal(left->free, 0);
	assert_int_equal(left->file, 16384);
	assert_int_equal(other->file, 256);
	write_word(&trial, 48, WORD_OFFLINE);
	assert_int_equal(left->file, 0);
	assert_int_equal(other->file, 16384 + 256);
	assert_int_equal(other->free, 262144 - 32768);
}

/* ---- drivers ---- */

static void test_bind(void **state)
{
	TRIAL("device dax0.0 node 2 hmem memmap off blocks 48-49 blocks 60-61\n" BOOT
	      "blocks 80 online Normal node 0 boot\n");
	const struct memhp_block *block;

	assert_int_equal(
		do_step(&trial,
			(struct memhp_step){ .kind = STEP_BIND, .device = 0, .to = DRIVER_KMEM }),
		0);
	assert_int_equal(trial.snapshot->devices[0].driver, DRIVER_KMEM);
	assert_int_equal(trial.snapshot->block_count, 21);
	block = block_of(&trial, 61);
	assert_int_equal(block->state, MEMHP_STATE_OFFLINE);
	assert_int_equal(block->node, 2);
	assert_int_equal(block->device, 0);
	assert_int_equal(block->origin, MEMHP_ORIGIN_KMEM);
	assert_non_null(snapshot_node(trial.snapshot, 2));
	assert_null(snapshot_block(trial.snapshot, 50));
	for (size_t i = 1; i < trial.snapshot->block_count; i++)
		assert_true(trial.snapshot->blocks[i - 1].number <
			    trial.snapshot->blocks[i].number);
	/* once more changes nothing */
	assert_int_equal(
		do_step(&trial,
			(struct memhp_step){ .kind = STEP_BIND, .device = 0, .to = DRIVER_KMEM }),
		0);
	assert_int_equal(trial.snapshot->block_count, 21);
	assert_int_equal(do_step(&trial, (struct memhp_step){ .kind = STEP_UNBIND,
							      .device = 0,
							      .from = DRIVER_KMEM }),
			 0);
	assert_int_equal(trial.snapshot->block_count, 17);
	assert_int_equal(trial.snapshot->devices[0].driver, DRIVER_NONE);
	assert_null(trial.snapshot->devices[0].driver_name);
}

static void check_auto_online(const char *word, zone_set expected)
{
	char machine[256];

	text_format(machine, sizeof(machine),
		    "auto-online %s\ndevice dax0.0 node 1 hmem memmap off blocks 48-49\n" BOOT,
		    word);
	TRIAL(machine);
	do_step(&trial, (struct memhp_step){ .kind = STEP_BIND, .device = 0, .to = DRIVER_KMEM });
	assert_int_equal(block_of(&trial, 48)->zones, expected);
	assert_int_equal(block_of(&trial, 49)->zones, expected);
	assert_int_equal(block_of(&trial, 49)->state,
			 expected != 0 ? MEMHP_STATE_ONLINE : MEMHP_STATE_OFFLINE);
}

static void test_auto_online(void **state)
{
	check_auto_online("offline", ZONES_NONE);
	check_auto_online("unknown", ZONES_NONE);
	check_auto_online("online", NORMAL);
	check_auto_online("online_kernel", NORMAL);
	check_auto_online("online_movable", MOVABLE);
}

/* A module takes what waits for it, and only that. */
static void test_load(void **state)
{
	TRIAL("modules\n"
	      "device dax0.0 node 1 hmem memmap off blocks 48-49\n"
	      "device dax1.0 node 1 hmem blocks 52-53\n"
	      "device dax2.0 device_dax node 1 hmem memmap off blocks 56-57\n"
	      "device dax3.0 leaked node 1 hmem memmap off blocks 60-61\n"
	      "device dax4.0 node 1 pmem memmap off blocks 64-65\n" BOOT);
	const struct memhp_device *devices = trial.snapshot->devices;

	do_step(&trial, (struct memhp_step){
				.kind = STEP_LOAD_MODULE, .device = NO_DEVICE, .to = DRIVER_KMEM });
	assert_true(trial.snapshot->machine.has_kmem);
	assert_false(trial.snapshot->machine.has_device_dax);
	assert_int_equal(devices[0].driver, DRIVER_KMEM);
	assert_int_equal(devices[1].driver, DRIVER_NONE);
	assert_int_equal(devices[2].driver, DRIVER_DEVICE_DAX);
	assert_int_equal(devices[3].driver, DRIVER_NONE);
	assert_int_equal(devices[4].driver, DRIVER_NONE);
	assert_int_equal(trial.snapshot->block_count, 18);
	do_step(&trial, (struct memhp_step){ .kind = STEP_LOAD_MODULE,
					     .device = NO_DEVICE,
					     .to = DRIVER_DEVICE_DAX });
	assert_int_equal(devices[1].driver, DRIVER_DEVICE_DAX);
	assert_int_equal(devices[4].driver, DRIVER_DEVICE_DAX);
	assert_int_equal(devices[3].driver, DRIVER_NONE);
}

/* ---- what describes memory ---- */

static uint64_t free_in(const struct trial *trial, int node, enum zone_index index)
{
	const struct memhp_zone *zone = snapshot_zone(trial->snapshot, node, index);

	return zone != NULL ? zone->free : 0;
}

static void bind_device(struct trial *trial, uint16_t device, enum driver driver)
{
	assert_int_equal(do_step(trial, (struct memhp_step){ .kind = STEP_BIND,
							     .device = device,
							     .to = (uint8_t)driver }),
			 0);
}

static void unbind_device(struct trial *trial, uint16_t device)
{
	assert_int_equal(
		do_step(trial, (struct memhp_step){ .kind = STEP_UNBIND, .device = device }), 0);
}

static void bind(struct trial *trial, enum driver driver)
{
	bind_device(trial, 0, driver);
}

static void unbind(struct trial *trial)
{
	unbind_device(trial, 0);
}

/* nr_memmap_pages: one number, or one of two. */
static void counts_are(const struct trial *trial, uint64_t lower, uint64_t higher)
{
	uint64_t counts[MEMMAP_COUNTS_MAX];
	size_t count = memmap_counts(&trial->snapshot->machine, counts);

	assert_int_equal(count, lower == higher ? 1 : 2);
	assert_int_equal(counts[0], lower);
	assert_int_equal(counts[count - 1], higher);
}

/* 2 GiB: 32 MiB as it is added, and back as it is removed; 8 MiB in device_dax. */
static void test_memmap_is_taken(void **state)
{
	TRIAL("memmap-pages 100\ndevice dax0.0 node 1 near 0 hmem memmap off blocks 48-63\n" BOOT
	      "zone 0 Normal managed 2G free 1G\n");

	bind(&trial, DRIVER_KMEM);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144 - 8192);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 8292);
	/* onlining costs nothing more */
	for (uint32_t i = 48; i <= 63; i++)
		write_word(&trial, i, WORD_ONLINE_MOVABLE);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144 - 8192);
	assert_int_equal(free_in(&trial, 1, ZONE_MOVABLE), 524288);
	for (uint32_t i = 63; i >= 48; i--)
		write_word(&trial, i, WORD_OFFLINE);
	unbind(&trial);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 100);
	bind(&trial, DRIVER_DEVICE_DAX);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144 - 2048);
	/* kernels count these in two ways, and nothing here says which */
	counts_are(&trial, 100 + 2048, 100 + 8192);
	unbind(&trial);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144);
	counts_are(&trial, 100, 100);
}

/* A kernel counts all devices alike: the sums are two, however many there are. */
static void test_memmap_is_counted_alike(void **state)
{
	TRIAL("memmap-pages 100\ndevice dax0.0 node 1 near 0 hmem align 2M blocks 48-63\n"
	      "device dax1.0 node 1 near 0 hmem align 2M blocks 64-67\n"
	      "device dax2.0 node 1 near 0 hmem align 4K blocks 80-83\n" BOOT
	      "zone 0 Normal managed 2G free 1G\n");

	bind_device(&trial, 0, DRIVER_DEVICE_DAX);
	bind_device(&trial, 1, DRIVER_DEVICE_DAX);
	counts_are(&trial, 100 + 2048 + 512, 100 + 8192 + 2048);
	/* of this one there is but one count */
	bind_device(&trial, 2, DRIVER_DEVICE_DAX);
	counts_are(&trial, 100 + 2048 + 512 + 2048, 100 + 8192 + 2048 + 2048);
	/* what kmem adds is counted alike by all */
	unbind_device(&trial, 0);
	bind_device(&trial, 0, DRIVER_KMEM);
	counts_are(&trial, 100 + 8192 + 512 + 2048, 100 + 8192 + 2048 + 2048);
	unbind_device(&trial, 1);
	counts_are(&trial, 100 + 8192 + 2048, 100 + 8192 + 2048);
}

/* What is counted now does not come out either way: what goes is one or the other. */
static void test_memmap_count_is_not_understood(void **state)
{
	TRIAL("memmap-pages 9000\n"
	      "device dax0.0 device_dax align 2M near 0 hmem blocks 48-63\n"
	      "device dax1.0 device_dax align 2M near 0 hmem blocks 64-67\n" BOOT);

	unbind_device(&trial, 0);
	counts_are(&trial, 9000 - 8192, 9000 - 2048);
	/* nothing can be counted less than nothing: this is a kernel that counts what is kept */
	unbind_device(&trial, 1);
	counts_are(&trial, 9000 - 2048 - 512, 9000 - 2048 - 512);
}

/* ... and where neither can be, nothing is known, and does not become known again. */
static void test_memmap_count_is_wrong(void **state)
{
	uint64_t counts[MEMMAP_COUNTS_MAX];
	TRIAL("memmap-pages 100\ndevice dax0.0 device_dax align 2M near 0 hmem blocks "
	      "48-63\n" BOOT);

	unbind(&trial);
	assert_int_equal(memmap_counts(&trial.snapshot->machine, counts), 0);
	bind(&trial, DRIVER_KMEM);
	assert_int_equal(memmap_counts(&trial.snapshot->machine, counts), 0);
}

/* A device that device_dax has shows how its pages are counted. */
static void test_memmap_is_counted(void **state)
{
	TRIAL("memmap-pages 2048\ndevice dax0.0 device_dax align 2M near 0 hmem blocks 48-63\n" BOOT
	      "zone 0 Normal managed 2G free 1G\n");

	unbind(&trial);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 0);
	bind(&trial, DRIVER_KMEM);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 8192);
	unbind(&trial);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 0);
}

static void test_memmap_on_memory(void **state)
{
	TRIAL("memmap-pages 100\nmemmap-on-memory on\n"
	      "device dax0.0 node 1 near 0 hmem memmap on blocks 48-63\n" BOOT
	      "zone 0 Normal managed 2G free 1G\n");

	bind(&trial, DRIVER_KMEM);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 8292);
	assert_int_equal(block_of(&trial, 50)->flags, BLOCK_MEMMAP_ON_MEMORY);
	for (uint32_t i = 48; i <= 63; i++)
		write_word(&trial, i, WORD_ONLINE_MOVABLE);
	assert_int_equal(free_in(&trial, 1, ZONE_MOVABLE), 516096);
	for (uint32_t i = 63; i >= 48; i--)
		write_word(&trial, i, WORD_OFFLINE);
	unbind(&trial);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144);
	assert_int_equal(trial.snapshot->machine.memmap_pages, 100);
}

/* Two devices: the second's lies in the first one's Normal blocks, where those are online by then. */
static void test_memmap_in_another(void **state)
{
	TRIAL("device dax0.0 node 1 near 0 hmem memmap off blocks 64-79\n"
	      "device dax1.0 kmem node 1 near 0 hmem memmap off blocks 48-63\n" BOOT
	      "blocks 48-63 online Normal node 1 kmem dax1.0\n"
	      "zone 0 Normal managed 2G free 1G\n");

	bind(&trial, DRIVER_KMEM);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144);
	assert_int_equal(free_in(&trial, 1, ZONE_NORMAL), 524288 - 8192);
	assert_int_equal(snapshot_zone(trial.snapshot, 1, ZONE_NORMAL)->managed, 524288);
	unbind(&trial);
	assert_int_equal(free_in(&trial, 1, ZONE_NORMAL), 524288);
}

/* Pages in use move to other nodes as their zone goes. */
static void test_displaced(void **state)
{
	TRIAL(FAR "blocks 48-63 online Movable node 1 kmem dax0.0\n"
		  "zone 0 Normal managed 2G free 1G\nzone 1 Movable free 1920M\n");

	for (uint32_t i = 63; i > 48; i--)
		write_word(&trial, i, WORD_OFFLINE);
	assert_int_equal(free_in(&trial, 1, ZONE_MOVABLE), 0);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144);
	write_word(&trial, 48, WORD_OFFLINE);
	assert_int_equal(free_in(&trial, 0, ZONE_NORMAL), 262144 - 32768);
}

/* A node that comes has its place among the distances of the others. */
static void test_distances(void **state)
{
	TRIAL("node 0 cpu distance 10 30\nnode 2 distance 30 10\n"
	      "device dax0.0 node 1 hmem memmap off blocks 48-49\n" BOOT);
	const struct memhp_node *nodes;

	bind(&trial, DRIVER_KMEM);
	nodes = trial.snapshot->nodes;
	assert_int_equal(trial.snapshot->node_count, 3);
	assert_int_equal(nodes[1].id, 1);
	assert_null(nodes[1].distances);
	assert_int_equal(nodes[0].distances[0], 10);
	assert_int_equal(nodes[0].distances[1], -1);
	assert_int_equal(nodes[0].distances[2], 30);
	assert_int_equal(nodes[2].distances[0], 30);
	assert_int_equal(nodes[2].distances[2], 10);
	assert_int_equal(trial.test_case->snapshot->nodes[1].distances[1], 10);
}

static void test_words(void **state)
{
	TRIAL("auto-online online\n" FAR);

	do_step(&trial, (struct memhp_step){ .kind = STEP_AUTO_ONLINE,
					     .device = NO_DEVICE,
					     .to = WORD_OFFLINE });
	assert_int_equal(trial.snapshot->machine.auto_online, WORD_OFFLINE);
	do_step(&trial, (struct memhp_step){ .kind = STEP_MEMMAP, .device = 0, .to = TRI_YES });
	assert_int_equal(trial.snapshot->devices[0].memmap_on_memory, TRI_YES);
	/* of no block */
	assert_int_equal(do_step(&trial, (struct memhp_step){ .kind = STEP_BLOCK,
							      .block = 99,
							      .to = MEMHP_STATE_OFFLINE }),
			 -ENOENT);
}

/* At the end, offline blocks say where they can go and which comes first. */
static void test_seal(void **state)
{
	TRIAL(FAR "blocks 48-63 offline node 1 kmem dax0.0\n");

	write_word(&trial, 50, WORD_ONLINE_MOVABLE);
	write_word(&trial, 54, WORD_ONLINE_MOVABLE);
	simulate_seal(trial.snapshot);
	assert_int_equal(block_of(&trial, 49)->candidates, EITHER);
	assert_int_equal(block_of(&trial, 49)->default_zone, ZONE_NORMAL);
	assert_int_equal(block_of(&trial, 52)->default_zone, ZONE_MOVABLE);
	assert_int_equal(block_of(&trial, 50)->candidates, ZONES_NONE);
	trial.snapshot->machine.online_policy = "auto-movable";
	trial.snapshot->machine.auto_movable_numa_aware = TRI_NO;
	simulate_seal(trial.snapshot);
	assert_int_equal(block_of(&trial, 52)->default_zone, ZONE_MOVABLE);
	trial.snapshot->machine.auto_movable_ratio = -1;
	simulate_seal(trial.snapshot);
	assert_int_equal(block_of(&trial, 52)->default_zone, ZONE_INDEX_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contiguous),
		cmocka_unit_test(test_both_spans),
		cmocka_unit_test(test_other_node),
		cmocka_unit_test(test_movable_node),
		cmocka_unit_test(test_low_zones),
		cmocka_unit_test(test_auto_movable),
		cmocka_unit_test(test_unknown_zones),
		cmocka_unit_test(test_unknown_node),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_shrinking),
		cmocka_unit_test(test_shrinking_past_others),
		cmocka_unit_test(test_moving),
		cmocka_unit_test(test_self_hosted),
		cmocka_unit_test(test_files_leave),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_auto_online),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_memmap_is_taken),
		cmocka_unit_test(test_memmap_is_counted),
		cmocka_unit_test(test_memmap_is_counted_alike),
		cmocka_unit_test(test_memmap_count_is_not_understood),
		cmocka_unit_test(test_memmap_count_is_wrong),
		cmocka_unit_test(test_memmap_on_memory),
		cmocka_unit_test(test_memmap_in_another),
		cmocka_unit_test(test_displaced),
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
