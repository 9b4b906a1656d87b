/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/memmap-dax.c: what device_dax's struct pages take, and what of them is counted.
 */
#include "test.h"

#include <stdlib.h>

#include "case.h"
#include "memmap.h"

#define MIB (UINT64_C(1) << 20)
#define PAGES(bytes) ((bytes) / 4096)

static struct memmap_cost cost_of_driver(const char *machine, enum driver driver)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("driver", machine);

	return memmap_of_driver(test_case->snapshot, &test_case->snapshot->devices[0], driver);
}

static void test_device_dax(void **state)
{
	/* size/256 at 2 MiB: 2 GiB take 8 MiB, as seen on 6.1 */
	assert_int_equal(
		cost_of_driver("device dax0.0 align 2M blocks 48-63\n", DRIVER_DEVICE_DAX).pages,
		PAGES(8 * MIB));
	/* size/64 at 4 KiB */
	assert_int_equal(
		cost_of_driver("device dax0.0 align 4K blocks 48-63\n", DRIVER_DEVICE_DAX).pages,
		PAGES(32 * MIB));
	assert_int_equal(
		cost_of_driver("device dax0.0 align 1G blocks 48-63\n", DRIVER_DEVICE_DAX).pages,
		4);
	/* of all of it, whole blocks or not */
	assert_int_equal(cost_of_driver("device dax0.0 align 2M range 0x100600000-0x1447fffff\n",
					DRIVER_DEVICE_DAX)
				 .pages,
			 545 * 2);
	assert_int_equal(
		cost_of_driver("device dax0.0 align 2M blocks 48-63\n", DRIVER_FSDEV_DAX).pages,
		8192);
	assert_int_equal(cost_of_driver("device dax0.0 blocks 48-63\n", DRIVER_NONE).pages, 0);
	assert_int_equal(cost_of_driver("device dax0.0 blocks 48-63\n", DRIVER_OTHER).pages, 0);
	assert_int_equal(
		cost_of_driver("device dax0.0 align 0 blocks 48-63\n", DRIVER_DEVICE_DAX).pages,
		8192);
}

static uint64_t pages_on(const char *arch, const char *machine)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("arch", machine);

	test_case->snapshot->machine.arch = arch;
	return memmap_of_driver(test_case->snapshot, &test_case->snapshot->devices[0],
				DRIVER_DEVICE_DAX)
		.pages;
}

/* Where it is not known that a page of struct pages is mapped twice, all of them are taken. */
static void test_architectures(void **state)
{
	static const char small[] = "device dax0.0 align 2M blocks 48-63\n";
	static const char large[] = "page 64K\nblock 512M\ndevice dax0.0 align 512M blocks 48-51\n";
	static const char given[] = "device dax0.0 device_dax align 2M blocks 48-63\n";
	static const char odd[] = "struct-page 80\ndevice dax0.0 align 2M blocks 48-63\n";

	assert_int_equal(pages_on("x86_64", small), 2048);
	assert_int_equal(pages_on("riscv64", small), 2048);
	assert_int_equal(pages_on("aarch64", small), 8192);
	assert_int_equal(pages_on("s390x", small), 8192);
	/* nothing is known: the most */
	assert_int_equal(pages_on(NULL, small), 8192);
	/* 2 GiB in units that have 8 pages each */
	assert_int_equal(pages_on("riscv64", large), 4 * 2);
	assert_int_equal(pages_on("ppc64le", large), 4 * 8);
	assert_int_equal(pages_on("aarch64", large), 4 * 8);
	/* ... and of what it has, the least is given back */
	assert_int_equal(pages_on("aarch64", given), 2048);
	assert_int_equal(pages_on("x86_64", given), 2048);
	assert_int_equal(pages_on("x86_64", odd), 8192 / 64 * 80);
}

/* 1090 MiB of which seven sections are its own, and two are shared with memory that was there at boot. */
static void test_shared_sections(void **state)
{
	static const char machine[] = "device dax0.0 align 2M range 0x100600000-0x1447fffff\n"
				      "memmap-pages 0\nblocks 32 online Normal node 0 boot\n"
				      "blocks 40-50 online Normal node 0 boot\n";

	assert_int_equal(cost_of_driver(machine, DRIVER_DEVICE_DAX).pages, 7 * 128);
	assert_int_equal(cost_of_driver(machine, DRIVER_FSDEV_DAX).pages, 7 * 512);
	/* all within one that was there */
	assert_int_equal(cost_of_driver("device dax0.0 align 2M range 0x100600000-0x1007fffff\n"
					"blocks 32 online Normal node 0 boot\n",
					DRIVER_DEVICE_DAX)
				 .pages,
			 0);
	/* what was added by another has its own */
	assert_int_equal(cost_of_driver("device dax0.0 align 2M range 0x100600000-0x107ffffff\n"
					"blocks 32 online Normal node 0 kmem\n",
					DRIVER_DEVICE_DAX)
				 .pages,
			 61 * 2);
}

/* HEADER bytes of a namespace before a device of 2 GiB. */
static struct memmap_cost cost_behind(uint64_t header)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("header", "memmap-pages 0\ndevice dax0.0 align 2M pmem blocks 48-63\n");
	struct memhp_snapshot *snapshot = test_case->snapshot;
	struct mapping *mapping = &snapshot->devices[0].mappings[0];

	snapshot->regions = calloc(2, sizeof(*snapshot->regions));
	assert_non_null(snapshot->regions);
	snapshot->region_count = 2;
	snapshot->regions[0] = (struct memhp_region){ .start = mapping->start - header,
						      .end = mapping->start - 1,
						      .name = "namespace0.0" };
	snapshot->regions[1] = (struct memhp_region){ .start = mapping->start,
						      .end = mapping->end,
						      .name = "dax0.0" };
	return memmap_of_driver(snapshot, &snapshot->devices[0], DRIVER_DEVICE_DAX);
}

static void test_persistent_memory(void **state)
{
	/* a header of one unit */
	assert_int_equal(cost_behind(2 * MIB).pages, 1025 * 2);
	assert_int_equal(cost_behind(2 * MIB).counted, 8192 + 8);
	assert_int_equal(cost_behind(2 * MIB).counted_kept, 1025 * 2);
	/* room for all struct pages: they lie there, and none is shared */
	assert_int_equal(cost_behind(64 * MIB).pages, 0);
	assert_int_equal(cost_behind(64 * MIB).counted, 8192 + 256);
	assert_int_equal(cost_behind(64 * MIB).counted_kept, 8192 + 256);
}

/* What is counted for a device that device_dax has says how they are counted. */
static void test_counted(void **state)
{
	static const struct counted_row {
		const char *machine;
		uint64_t counted, counted_kept;
	} rows[] = {
		{ "device dax0.0 device_dax align 2M blocks 48-63\nmemmap-pages 8192\n", 8192,
		  8192 },
		{ "device dax0.0 device_dax align 2M blocks 48-63\nmemmap-pages 2048\n", 2048,
		  2048 },
		{ "device dax0.0 device_dax align 2M blocks 48-63\nmemmap-pages 4096\n", 8192,
		  2048 },
		{ "device dax0.0 device_dax align 2M blocks 48-63\n", 8192, 2048 },
		/* of another device */
		{ "device dax0.0 align 2M blocks 48-63\n"
		  "device dax1.0 device_dax align 2M blocks 64-67\nmemmap-pages 2048\n",
		  8192, 8192 },
		{ "device dax0.0 align 2M blocks 48-63\n"
		  "device dax1.0 device_dax align 2M blocks 64-67\nmemmap-pages 512\n",
		  2048, 2048 },
		/* of none */
		{ "device dax0.0 align 2M blocks 48-63\nmemmap-pages 0\n", 8192, 2048 },
		/* where it makes no difference */
		{ "device dax0.0 align 4K blocks 48-63\nmemmap-pages 0\n", 8192, 8192 },
		/* blocks that were added are counted too, those of boot are not */
		{ "device dax0.0 device_dax align 2M blocks 48-63\nmemmap-pages 3072\n"
		  "device dax1.0 kmem align 2M blocks 64-65\n"
		  "blocks 0-3 online Normal node 0 boot\n"
		  "blocks 64-65 offline node 1 kmem dax1.0\n",
		  2048, 2048 },
		{ "device dax0.0 device_dax align 2M blocks 48-63\nmemmap-pages 2048\n"
		  "blocks 64-65 offline node 1 unknown\n",
		  8192, 2048 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memmap_cost cost = cost_of_driver(rows[i].machine, DRIVER_DEVICE_DAX);

		assert_int_equal(cost.counted, rows[i].counted);
		assert_int_equal(cost.counted_kept, rows[i].counted_kept);
	}
}

static void test_counts(void **state)
{
	uint64_t counts[MEMMAP_COUNTS_MAX] = { 0 };

	assert_int_equal(memmap_counts(&(struct machine){ .memmap_pages = -1 }, counts), 0);
	assert_int_equal(memmap_counts(&(struct machine){ .memmap_pages = 0 }, counts), 1);
	assert_int_equal(counts[0], 0);
	/* ascending, whichever way counts more */
	assert_int_equal(
		memmap_counts(&(struct machine){ .memmap_pages = 9000, .memmap_uncounted = 6144 },
			      counts),
		2);
	assert_int_equal(counts[0], 2856);
	assert_int_equal(counts[1], 9000);
	assert_int_equal(
		memmap_counts(&(struct machine){ .memmap_pages = 100, .memmap_uncounted = -6144 },
			      counts),
		2);
	assert_int_equal(counts[0], 100);
	assert_int_equal(counts[1], 6244);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_dax),	cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_shared_sections), cmocka_unit_test(test_counted),
		cmocka_unit_test(test_counts),		cmocka_unit_test(test_persistent_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
