/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/parse*.c: words, numbers, sizes, lists and the tables of proc; junk as well as sense.
 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static void test_words(void **state)
{
	enum memhp_zone_choice choice = MEMHP_ZONE_UNSET;
	enum memhp_on_error on_error;
	enum memhp_operation operation;
	enum memhp_memmap_choice memmap;

	assert_string_equal(memhp_state_to_string(MEMHP_STATE_GOING_OFFLINE), "going-offline");
	assert_null(memhp_state_to_string((enum memhp_state)99));
	assert_null(memhp_state_to_string((enum memhp_state) - 1));
	assert_string_equal(memhp_origin_to_string(MEMHP_ORIGIN_VIRTIO_MEM), "virtio_mem");
	assert_string_equal(memhp_mode_to_string(MEMHP_MODE_SYSTEM_RAM), "system-ram");
	assert_null(memhp_mode_to_string(MEMHP_MODE_UNKNOWN));
	assert_string_equal(memhp_outcome_to_string(MEMHP_OUTCOME_ROLLED_BACK), "rolled-back");
	assert_null(memhp_stop_to_string(MEMHP_STOP_NONE));
	assert_int_equal(memhp_zone_choice_from_string("balanced", &choice), 0);
	assert_int_equal(choice, MEMHP_ZONE_BALANCED);
	assert_int_equal(memhp_zone_choice_from_string("Movable", &choice), -EINVAL);
	assert_int_equal(memhp_zone_choice_from_string("dma", &choice), -EINVAL);
	assert_int_equal(memhp_zone_choice_from_string("", &choice), -EINVAL);
	assert_int_equal(memhp_zone_choice_from_string(NULL, &choice), -EINVAL);
	assert_int_equal(choice, MEMHP_ZONE_BALANCED);
	assert_int_equal(memhp_on_error_from_string("keep", &on_error), 0);
	assert_int_equal(on_error, MEMHP_ON_ERROR_KEEP);
	assert_int_equal(memhp_operation_from_string("remove", &operation), 0);
	assert_int_equal(operation, MEMHP_OPERATION_REMOVE);
	assert_int_equal(memhp_memmap_choice_from_string("off", &memmap), 0);
	assert_int_equal(memmap, MEMHP_MEMMAP_OFF);
}

static void test_kernel_words(void **state)
{
	assert_string_equal(zone_name(ZONE_DMA32), "DMA32");
	assert_null(zone_name(ZONE_INDEX_NONE));
	assert_int_equal(zone_from_name("DMA32", 3), ZONE_DMA);
	assert_int_equal(zone_from_name("DMA32", 5), ZONE_DMA32);
	assert_int_equal(zone_from_name("DMA32x", 6), ZONE_INDEX_NONE);
	assert_int_equal(online_word_from_name("online_movable"), WORD_ONLINE_MOVABLE);
	assert_int_equal(online_word_from_name("on"), WORD_UNKNOWN);
	assert_null(online_word_name(WORD_UNKNOWN));
	assert_int_equal(driver_from_name("kmem"), DRIVER_KMEM);
	assert_int_equal(driver_from_name("kme"), DRIVER_OTHER);
	assert_string_equal(driver_name(DRIVER_DEVICE_DAX), "device_dax");
	assert_null(driver_name(DRIVER_NONE));
	assert_int_equal(parse_state("online\n", 7), MEMHP_STATE_ONLINE);
	assert_int_equal(parse_state("onlineX", 6), MEMHP_STATE_ONLINE);
	assert_int_equal(parse_state("onlineX", 7), MEMHP_STATE_UNKNOWN);
	assert_int_equal(parse_state("absent", 6), MEMHP_STATE_UNKNOWN);
	assert_int_equal(parse_state("", 0), MEMHP_STATE_UNKNOWN);
	assert_int_equal(parse_memmap_mode("force\n", 6), MEMMAP_MODE_FORCE);
	assert_int_equal(parse_memmap_mode("N", 1), MEMMAP_MODE_OFF);
	assert_int_equal(parse_memmap_mode("", 0), MEMMAP_MODE_UNKNOWN);
	assert_int_equal(parse_bool(" 1\n", 3), TRI_YES);
	assert_int_equal(parse_bool("10", 2), TRI_UNKNOWN);
}

static void test_numbers(void **state)
{
	uint64_t value = 7;
	int64_t number = 7;

	assert_int_equal(parse_uint("8000000\n", 8, 16, &value), 0);
	assert_int_equal(value, 0x8000000);
	assert_int_equal(parse_uint("0x8000000\n", 10, 16, &value), 0);
	assert_int_equal(value, 0x8000000);
	assert_int_equal(parse_uint("0x10", 4, 0, &value), 0);
	assert_int_equal(value, 16);
	assert_int_equal(parse_uint("010", 3, 0, &value), 0);
	assert_int_equal(value, 10);
	assert_int_equal(parse_uint("18446744073709551615", 20, 10, &value), 0);
	assert_true(value == UINT64_MAX);
	value = 7;
	assert_int_equal(parse_uint("18446744073709551616", 20, 10, &value), -ERANGE);
	assert_int_equal(parse_uint("18446744073709551616x", 21, 10, &value), -EINVAL);
	assert_int_equal(parse_uint("", 0, 10, &value), -EINVAL);
	assert_int_equal(parse_uint(" \n", 2, 10, &value), -EINVAL);
	assert_int_equal(parse_uint("0x", 2, 16, &value), -EINVAL);
	assert_int_equal(parse_uint("-1", 2, 10, &value), -EINVAL);
	assert_int_equal(parse_uint("1 2", 3, 10, &value), -EINVAL);
	assert_int_equal(parse_uint("0x10", 4, 10, &value), -EINVAL);
	assert_int_equal(value, 7);
	assert_int_equal(parse_int("-1\n", 3, &number), 0);
	assert_int_equal(number, -1);
	assert_int_equal(parse_int("--1", 3, &number), -EINVAL);
	assert_int_equal(parse_int("9223372036854775808", 19, &number), -ERANGE);
	assert_int_equal(number, -1);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t bytes;
	} rows[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "1K", 0, 1024 },
		{ "2k", 0, 2048 },
		{ "1KB", 0, 1024 },
		{ "1KiB", 0, 1024 },
		{ "3M", 0, 3U << 20 },
		{ "2GiB", 0, UINT64_C(2) << 30 },
		{ "5T", 0, UINT64_C(5) << 40 },
		{ "16383P", 0, UINT64_C(16383) << 50 },
		{ "0x8000000", 0, 0x8000000 },
		{ "16384P", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "16Q", -EINVAL, 0 },
		{ "1E", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "G", -EINVAL, 0 },
		{ "-1G", -EINVAL, 0 },
		{ "+1G", -EINVAL, 0 },
		{ " 1G", -EINVAL, 0 },
		{ "1G ", -EINVAL, 0 },
		{ "1 G", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "1GG", -EINVAL, 0 },
		{ "1Gi", -EINVAL, 0 },
		{ "1GiBB", -EINVAL, 0 },
		{ "1\x0bG", -EINVAL, 0 },
		{ "1\x0d", -EINVAL, 0 },
		{ "99999999999999999999x", -EINVAL, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t bytes = 12345;
		int rc = memhp_size_from_string(rows[i].text, &bytes);

		if (rc != rows[i].rc)
			fail_msg("\"%s\": %d", rows[i].text, rc);
		assert_true(bytes == (rc == 0 ? rows[i].bytes : 12345));
	}
}

struct ranges {
	uint64_t pairs[8];
	size_t count;
};

static int keep_range(void *data, uint64_t first, uint64_t last)
{
	struct ranges *ranges = data;

	if (ranges->count == ARRAY_SIZE(ranges->pairs))
		return -E2BIG;
	ranges->pairs[ranges->count++] = first;
	ranges->pairs[ranges->count++] = last;
	return 0;
}

static int list_rc(const char *text, struct ranges *ranges)
{
	memset(ranges, 0, sizeof(*ranges));
	return parse_list(text, strlen(text), keep_range, ranges);
}

static void test_lists(void **state)
{
	struct ranges ranges;
	uint64_t first = 1, last = 2;

	assert_int_equal(list_rc("0-3,7\n", &ranges), 0);
	assert_int_equal(ranges.count, 4);
	assert_int_equal(ranges.pairs[1], 3);
	assert_int_equal(ranges.pairs[2], 7);
	assert_int_equal(ranges.pairs[3], 7);
	assert_int_equal(list_rc("\n", &ranges), 0);
	assert_int_equal(ranges.count, 0);
	assert_int_equal(list_rc("3-0", &ranges), -EINVAL);
	assert_int_equal(list_rc("1,", &ranges), -EINVAL);
	assert_int_equal(list_rc(",1", &ranges), -EINVAL);
	assert_int_equal(list_rc("1,,2", &ranges), -EINVAL);
	assert_int_equal(list_rc("1-", &ranges), -EINVAL);
	assert_int_equal(list_rc("99999999999999999999", &ranges), -ERANGE);
	assert_int_equal(list_rc("1,2,3,4,5", &ranges), -E2BIG);
	assert_int_equal(parse_range("180000000-1ffffffff", 19, 16, &first, &last), 0);
	assert_true(first == 0x180000000 && last == 0x1ffffffff);
	assert_int_equal(parse_range("5", 1, 10, &first, &last), -EINVAL);
	assert_int_equal(parse_range("6-5", 3, 10, &first, &last), -EINVAL);
	assert_int_equal(parse_range("5-6-7", 5, 10, &first, &last), -EINVAL);
	assert_true(first == 0x180000000 && last == 0x1ffffffff);
}

static void test_names(void **state)
{
	uint32_t number = 5;

	assert_true(parse_numbered("memory42", "memory", &number));
	assert_int_equal(number, 42);
	assert_true(parse_numbered("memory0", "memory", &number));
	assert_int_equal(number, 0);
	assert_true(parse_numbered("memory4294967295", "memory", &number));
	assert_int_equal(number, UINT32_MAX);
	number = 5;
	assert_false(parse_numbered("memory4294967296", "memory", &number));
	assert_false(parse_numbered("memory99999999999999999999", "memory", &number));
	assert_false(parse_numbered("memory", "memory", &number));
	assert_false(parse_numbered("memory042", "memory", &number));
	assert_false(parse_numbered("memory4x", "memory", &number));
	assert_false(parse_numbered("mem", "memory", &number));
	assert_false(parse_numbered("memory_failure", "memory", &number));
	assert_int_equal(number, 5);
	assert_true(name_compare("dax2.0", "dax10.0") < 0);
	assert_true(name_compare("dax10.0", "dax2.0") > 0);
	assert_true(name_compare("dax1.9", "dax1.10") < 0);
	assert_true(name_compare("a", "ab") < 0);
	assert_int_equal(name_compare("dax0.0", "dax0.0"), 0);
}

static zone_set zones_of(const char *text, uint8_t *first)
{
	zone_set set;

	parse_zones(text, strlen(text), &set, first);
	return set;
}

static void test_zones(void **state)
{
	uint8_t first;

	assert_int_equal(zones_of("Movable\n", &first), ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(first, ZONE_MOVABLE);
	assert_int_equal(zones_of("Normal Movable\n", &first),
			 ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(first, ZONE_NORMAL);
	assert_int_equal(zones_of("none\n", &first), ZONE_SPANS);
	assert_int_equal(first, ZONE_INDEX_NONE);
	assert_int_equal(zones_of("Novel", &first), ZONES_UNKNOWN);
	assert_int_equal(zones_of("", &first), ZONES_UNKNOWN);
	assert_int_equal(first, ZONE_INDEX_NONE);
}

static void test_counters(void **state)
{
	static const char vmstat[] = "nr_memmap_pages_x 1\nnr_memmap_pages 8192\nnr_x\n";
	static const char meminfo[] = "Node 0 MemTotal:  4096 kB\nNode 0 MemUsed: junk kB\n"
				      "Node 0 MemHuge: 18014398509481984 kB\n";
	uint64_t value = 1;

	assert_int_equal(parse_counter(vmstat, strlen(vmstat), "nr_memmap_pages", &value), 0);
	assert_int_equal(value, 8192);
	assert_int_equal(parse_counter(vmstat, strlen(vmstat), "nr_memmap", &value), -ENOENT);
	assert_int_equal(parse_counter(vmstat, strlen(vmstat), "nr_x", &value), -EINVAL);
	assert_int_equal(value, 8192);
	assert_int_equal(parse_meminfo(meminfo, strlen(meminfo), "MemTotal:", &value), 0);
	assert_int_equal(value, 4096 * 1024);
	assert_int_equal(parse_meminfo(meminfo, strlen(meminfo), "MemUsed:", &value), -EINVAL);
	assert_int_equal(parse_meminfo(meminfo, strlen(meminfo), "MemHuge:", &value), -ERANGE);
	assert_int_equal(parse_meminfo(meminfo, strlen(meminfo), "MemFree:", &value), -ENOENT);
	assert_int_equal(value, 4096 * 1024);
}

static void test_zoneinfo(void **state)
{
	static const char text[] = "junk\n  high 5\n"
				   "Node 0, zone      DMA\n  per-node stats\n"
				   "      nr_inactive_file 77\n  pages free     11\n"
				   "        high     12\n        spanned  13\n        present  14\n"
				   "        managed  15\n        cma      16\n"
				   "      nr_zone_inactive_file 17\n      nr_zone_active_file 1\n"
				   "      nr_zone_inactive_anon 5\n      nr_zone_active_anon 6\n"
				   "      nr_zone_unevictable 7\n"
				   "  pagesets\n              high:     99\n"
				   "              high_min: 98\n  start_pfn:           19\n"
				   "Node 0, zone   Strange\n        present  1\n"
				   "Node 300, zone  Movable\n  pages free     0\n"
				   "Node x, zone  Movable\n        present  3";
	struct cursor cursor = cursor_of(text, strlen(text));
	struct memhp_zone zone;

	assert_true(parse_zoneinfo(&cursor, &zone));
	assert_int_equal(zone.node, 0);
	assert_int_equal(zone.zone, ZONE_DMA);
	assert_int_equal(zone.free, 11);
	assert_int_equal(zone.high, 12);
	assert_int_equal(zone.spanned, 13);
	assert_int_equal(zone.present, 14);
	assert_int_equal(zone.managed, 15);
	assert_int_equal(zone.cma, 16);
	assert_int_equal(zone.file, 18);
	assert_int_equal(zone.programs, 18);
	assert_int_equal(zone.start_pfn, 19);
	assert_true(parse_zoneinfo(&cursor, &zone));
	assert_int_equal(zone.zone, ZONE_INDEX_NONE);
	assert_int_equal(zone.present, 1);
	assert_true(parse_zoneinfo(&cursor, &zone));
	assert_int_equal(zone.node, 300);
	assert_int_equal(zone.zone, ZONE_MOVABLE);
	assert_int_equal(zone.present, 3);
	assert_false(parse_zoneinfo(&cursor, &zone));
}

static void test_iomem(void **state)
{
	static const char text[] = "00001000-0009fbff : System RAM\nnonsense\n"
				   "180000000-1ffffffff : dax0.0\n"
				   "  180000000-1ffffffff : System RAM (kmem)\n"
				   "5-4 : backwards\n10000000000000000-1 : too big\n1-2 :x\n"
				   "1-2 : ";
	struct cursor cursor = cursor_of(text, strlen(text));
	struct iomem_line line;

	assert_true(parse_iomem(&cursor, &line));
	assert_true(line.start == 0x1000 && line.end == 0x9fbff && line.depth == 0);
	assert_true(piece_is(line.name, "System RAM"));
	assert_true(parse_iomem(&cursor, &line));
	assert_true(piece_is(line.name, "dax0.0"));
	assert_true(parse_iomem(&cursor, &line));
	assert_true(line.depth == 1 && piece_is(line.name, "System RAM (kmem)"));
	assert_true(parse_iomem(&cursor, &line));
	assert_true(line.start == 1 && line.name.len == 0);
	assert_false(parse_iomem(&cursor, &line));
}

/* Bytes that a fuzzer would try first, in buffers of their exact size, under the sanitizers. */
static void test_any_bytes(void **state)
{
	static const char alphabet[] = "0123456789abcdefxX-,:. \n\tKMNode zone RAM\xff";
	unsigned int seed = 1, round;

	for (round = 0; round < 20000; round++) {
		size_t len = (size_t)(rand_r(&seed) % 48), i;
		char *text = malloc(len + 1);
		struct iomem_line line;
		struct memhp_zone zone;
		struct cursor cursor;
		struct ranges ranges = { .count = 0 };
		uint64_t a, b;
		int64_t c;
		zone_set set;
		uint8_t first;

		for (i = 0; i < len; i++)
			text[i] = alphabet[(size_t)rand_r(&seed) % sizeof(alphabet)];
		text[len] = '\0';
		(void)memhp_size_from_string(text, &a);
		text = realloc(text, len == 0 ? 1 : len);
		(void)parse_uint(text, len, 0, &a);
		(void)parse_int(text, len, &c);
		(void)parse_range(text, len, 16, &a, &b);
		(void)parse_list(text, len, keep_range, &ranges);
		(void)parse_meminfo(text, len, "zone", &a);
		(void)parse_counter(text, len, "0", &a);
		parse_zones(text, len, &set, &first);
		(void)parse_state(text, len);
		(void)parse_memmap_mode(text, len);
		cursor = cursor_of(text, len);
		while (parse_zoneinfo(&cursor, &zone))
			;
		cursor = cursor_of(text, len);
		while (parse_iomem(&cursor, &line))
			assert_true(line.start <= line.end);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	  cmocka_unit_test(test_kernel_words),
		cmocka_unit_test(test_numbers),	  cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_lists),	  cmocka_unit_test(test_names),
		cmocka_unit_test(test_zones),	  cmocka_unit_test(test_counters),
		cmocka_unit_test(test_zoneinfo),  cmocka_unit_test(test_iomem),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
