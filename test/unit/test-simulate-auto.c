/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/simulate-auto.c: online_policy=auto-movable, as mm/memory_hotplug.c of 6.1 to 7.2 weighs it: by
 * groups, by ratio, by node, and as a set where what counts is not known.
 */
#include "test.h"

#include "case.h"

#define NORMAL ZONE_BIT(ZONE_NORMAL)
#define MOVABLE ZONE_BIT(ZONE_MOVABLE)
#define EITHER (NORMAL | MOVABLE)

/* Where the blocks of WHICH end, one plain `online` after the other, on MACHINE. */
static void check(const char *machine, uint32_t first, uint32_t last, zone_set expected)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("auto", machine);
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	uint32_t number;

	assert_int_equal(snapshot_copy(test_case->snapshot, &snapshot), 0);
	simulate_begin(snapshot);
	for (number = first; number <= last; number++) {
		struct memhp_step step = { .kind = STEP_BLOCK,
					   .device = NO_DEVICE,
					   .block = number,
					   .to = MEMHP_STATE_ONLINE,
					   .word = WORD_ONLINE };

		assert_int_equal(simulate_step(snapshot, &step), 0);
		if (step.to_zones != expected)
			fail_msg("memory%u goes to %x, and not %x: %s", number, step.to_zones,
				 expected, machine);
	}
}

#define BLIND "online-policy auto-movable\nauto-movable 301 numa-blind\n"
#define AWARE "online-policy auto-movable\nauto-movable 301 numa-aware\n"
#define FOUR "blocks 0-3 online Normal node 0 boot\n"
#define KMEM "device dax0.0 kmem node 1 hmem "

/* 4 of boot memory and 301 %: 12 fit, and 13 do not; all of a device goes the same way. */
static void test_ratio(void **state)
{
	check(BLIND KMEM "blocks 48-59\n" FOUR "blocks 48-59 offline node 1 kmem dax0.0\n", 48, 59,
	      MOVABLE);
	check(BLIND KMEM "blocks 48-60\n" FOUR "blocks 48-60 offline node 1 kmem dax0.0\n", 48, 60,
	      NORMAL);
	/* two mappings are one group */
	check(BLIND KMEM "blocks 48-53 blocks 64-70\n" FOUR
			 "blocks 48-53 offline node 1 kmem dax0.0\n"
			 "blocks 64-70 offline node 1 kmem dax0.0\n",
	      48, 53, NORMAL);
	check("online-policy auto-movable\nauto-movable 0 numa-blind\n" KMEM "blocks 48\n" FOUR
	      "blocks 48 offline node 1 kmem dax0.0\n",
	      48, 48, NORMAL);
}

/* What is there counts: Movable, CMA, memory that was added since. */
static void test_scales(void **state)
{
	check(BLIND KMEM "blocks 48-58\n" FOUR "blocks 16 online Movable node 0 boot\n"
			 "blocks 48-58 offline node 1 kmem dax0.0\n",
	      48, 58, MOVABLE);
	check(BLIND KMEM "blocks 48-59\n" FOUR "blocks 16 online Movable node 0 boot\n"
			 "blocks 48-59 offline node 1 kmem dax0.0\n",
	      48, 59, NORMAL);
	/* CMA weighs on both sides */
	check(BLIND KMEM "blocks 48-59\n" FOUR "blocks 48-59 offline node 1 kmem dax0.0\n"
			 "zone 0 Normal cma 4M\n",
	      48, 59, NORMAL);
	/* added kernel memory gives no credit */
	check(BLIND KMEM "blocks 48-60\n" FOUR "blocks 16-31 online Normal node 0 acpi\n"
			 "blocks 48-60 offline node 1 kmem dax0.0\n",
	      48, 60, NORMAL);
}

static void test_groups(void **state)
{
	/* one block of the device is in a kernel zone: all that are left go there */
	check(BLIND KMEM "blocks 48-51\n" FOUR "blocks 48 online Normal node 1 kmem dax0.0\n"
			 "blocks 49-51 offline node 1 kmem dax0.0\n",
	      49, 51, NORMAL);
	/* what is in Movable already need not fit again */
	check(BLIND KMEM "blocks 48-59\n" FOUR "blocks 48-57 online Movable node 1 kmem dax0.0\n"
			 "blocks 58-59 offline node 1 kmem dax0.0\n",
	      58, 59, MOVABLE);
	/* boot memory is of no group: each block for itself */
	check(BLIND FOUR "blocks 16-27 offline node 0 boot\n", 16, 27, MOVABLE);
	/* of a DIMM all blocks that it has */
	check(BLIND "device PNP0C80:00 blocks 48-59\n" FOUR
		    "blocks 48-59 offline node 0 acpi PNP0C80:00\n",
	      48, 59, MOVABLE);
	check(BLIND "device PNP0C80:00 blocks 48-60\n" FOUR
		    "blocks 48-60 offline node 0 acpi PNP0C80:00\n",
	      48, 60, NORMAL);
}

/* Each node for itself: one without boot memory has nothing to weigh against. */
static void test_nodes(void **state)
{
	check(AWARE KMEM "blocks 48-59\n" FOUR "blocks 48-59 offline node 1 kmem dax0.0\n", 48, 59,
	      NORMAL);
	check(AWARE "device dax0.0 kmem node 0 hmem blocks 48-59\n" FOUR
		    "blocks 48-59 offline node 0 kmem dax0.0\n",
	      48, 59, MOVABLE);
	/* enough on the node, and not in all */
	check(AWARE "device dax0.0 kmem node 0 hmem blocks 48-59\n" FOUR
		    "blocks 48-59 offline node 0 kmem dax0.0\n"
		    "blocks 80 online Movable node 1 boot\n",
	      48, 59, NORMAL);
}

/* virtio-mem's memory weighs against its own kernel memory, and how much it plugs at once is not known. */
static void test_virtio(void **state)
{
	check(BLIND KMEM "blocks 48-59\ndevice virtio0 blocks 96-103\n" FOUR
			 "blocks 48-59 offline node 1 kmem dax0.0\n"
			 "blocks 96-97 online Normal node 0 virtio_mem virtio0\n"
			 "blocks 98-103 online Movable node 0 virtio_mem virtio0\n",
	      48, 59, MOVABLE);
	/* 7 in Movable need 2.3 in kernel zones: a third of a block less is left of the 4 */
	check(BLIND KMEM "blocks 48-59\ndevice virtio0 blocks 96-104\n" FOUR
			 "blocks 48-59 offline node 1 kmem dax0.0\n"
			 "blocks 96-97 online Normal node 0 virtio_mem virtio0\n"
			 "blocks 98-104 online Movable node 0 virtio_mem virtio0\n",
	      48, 59, NORMAL);
	check(BLIND "device virtio0 blocks 96-103\n" FOUR
		    "blocks 96-103 offline node 0 virtio_mem virtio0\n",
	      96, 99, EITHER);
	check(BLIND "device virtio0 blocks 96-111\n" FOUR
		    "blocks 80-91 online Movable node 0 boot\n"
		    "blocks 96-111 offline node 0 virtio_mem virtio0\n",
	      96, 96, NORMAL);
}

/* What was there at boot may not be known; then both can be, or one is certain all the same. */
static void test_unknown(void **state)
{
	check(BLIND KMEM "blocks 48-59\nblocks 0-3 online Normal node 0 unknown\n"
			 "blocks 48-59 offline node 1 kmem dax0.0\n",
	      48, 59, EITHER);
	check(BLIND KMEM "blocks 48-60\nblocks 0-3 online Normal node 0 unknown\n"
			 "blocks 48-60 offline node 1 kmem dax0.0\n",
	      48, 60, NORMAL);
	check(BLIND KMEM "blocks 48-59\n" FOUR "blocks 16-17 online Normal node 0 unknown\n"
			 "blocks 48-59 offline node 1 kmem dax0.0\n",
	      48, 59, MOVABLE);
	/* no owner is known */
	check(BLIND FOUR "blocks 48-49 offline node 1 kmem\n", 48, 49, EITHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ratio),  cmocka_unit_test(test_scales),
		cmocka_unit_test(test_groups), cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_virtio), cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
