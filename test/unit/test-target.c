/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/target.c: every form of a target, what it means on one machine, and what is said of words that
 * mean nothing.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"

/* Blocks of 128 MiB: 0-15 at 0, 32-39 at 4 GiB, 48-63 at 6 GiB, 80-87 at 10 GiB. */
static const char machine[] =
	"device dax0.0 kmem node 1 hmem region dax:region0 blocks 48-55 blocks 60-63\n"
	"device dax0.1 device_dax node 1 hmem region dax:region0 blocks 64-71\n"
	"device dax1.0 kmem node 1 cxl region cxl:region0 blocks 80-87\n"
	"device dax2.0 device_dax node 1 cxl region cxl:region1 blocks 96-99\n"
	"device dax3.0 device_dax node 1 pmem region nd:region1 blocks 100-103\n"
	"device dax10.0 device_dax node 1 cxl region cxl:region10 blocks 104-107\n"
	"device PNP0C80:00 node 0\n"
	"device virtio0 node 0\n"
	"blocks 0-7 online Normal node 0 boot\n"
	"blocks 8 online none node 0,1 boot\n"
	"blocks 9-15 online Normal node 1 boot\n"
	"blocks 16-17 online Normal node 0 unknown\n"
	"blocks 32-39 online Normal node 0 acpi PNP0C80:00\n"
	"blocks 40-41 online Normal node 0 virtio_mem virtio0\n"
	"blocks 48-55 online Movable node 1 kmem dax0.0\n"
	"blocks 60-63 online Movable node 1 kmem dax0.0\n"
	"blocks 80-87 offline node 1 kmem dax1.0\n"
	"blocks 4294967295 offline node 1 acpi\n";

/* "dax0.0 dax0.1 48-63 70 whole", in the order of the target. */
static void show(const struct memhp_snapshot *snapshot, const struct target *target, char *text,
		 size_t size)
{
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < target->device_count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s ",
					snapshot->devices[target->devices[i]].name);
	for (i = 0; i < target->run_count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%u-%u ", target->runs[i].first,
					target->runs[i].last);
	if (target->whole)
		snprintf(text + len, size - len, "whole ");
	if (text[0] != '\0')
		text[strlen(text) - 1] = '\0';
}

static void check(const struct test_case *test_case, const char *text, const char *expected)
{
	struct memhp_error error = { 0 };
	struct target target;
	char shown[512];
	int rc = target_resolve(test_case->snapshot, text, &error, &target);

	if (rc < 0)
		fail_msg("%s: %s", text, error.message);
	show(test_case->snapshot, &target, shown, sizeof(shown));
	if (strcmp(shown, expected) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", text, shown, expected);
	target_clear(&target);
}

static void test_forms(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("forms", machine);
	static const char *const rows[][2] = {
		/* devices */
		{ "dax0.0", "dax0.0" },
		{ "dax0.1", "dax0.1" },
		{ "/dev/dax0.0", "dax0.0" },
		{ "PNP0C80:00", "PNP0C80:00" },
		{ "virtio0", "virtio0" },
		/* blocks */
		{ "memory40", "40-40" },
		{ "memory0-3", "0-3" },
		{ "40", "40-40" },
		{ "0", "0-0" },
		{ "007", "7-7" },
		{ "48-55", "48-55" },
		{ "0-3,5", "0-3 5-5" },
		{ "5,0-3", "5-5 0-3" },
		{ "0-3,4-5", "0-5" },
		{ "3,3", "3-3 3-3" },
		{ "15-17", "15-17" },
		{ "4294967295", "4294967295-4294967295" },
		/* on a node; memory8 lies on both */
		{ "0:5-8", "5-8" },
		{ "1:8-9", "8-9" },
		{ "1:60-62,8", "60-62 8-8" },
		/* addresses */
		{ "0x180000000-0x1bfffffff", "48-55" },
		{ "0x180000000", "48-48" },
		{ "0X180000000", "48-48" },
		{ "0x0", "0-0" },
		{ "0x180000000+1G", "48-55" },
		{ "0x180000000+128M", "48-48" },
		{ "0x180000000+134217728", "48-48" },
		{ "pfn:0x180000", "48-48" },
		{ "pfn:0x180000-0x1bffff", "48-55" },
		{ "pfn:0x180000-pfn:0x1bffff", "48-55" },
		{ "pfn:0x180000+1G", "48-55" },
		/* sets */
		{ "node0", "0-8 16-17 32-41 whole" },
		{ "node1", "8-15 48-55 60-63 80-87 4294967295-4294967295 whole" },
		{ "all", "dax0.0 dax1.0 32-41 4294967295-4294967295 whole" },
		{ "dax:region0", "dax0.0 dax0.1 whole" },
		{ "cxl:region0", "dax1.0 whole" },
		{ "dax:region1", "dax1.0 whole" }, /* the same, by the number of its devices */
		{ "dax:region10", "dax10.0 whole" },
		{ "nd:region1", "dax3.0 whole" },
		{ "region10", "dax10.0 whole" },
		{ "cxl:region1", "dax2.0 whole" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check(test_case, rows[i][0], rows[i][1]);
}

struct bad {
	const char *text;
	enum memhp_error_kind kind;
	const char *word; /* in the message or the hint */
};

static void check_bad(const struct test_case *test_case, const struct bad *bad)
{
	struct memhp_error error = { 0 };
	struct target target;
	int rc = target_resolve(test_case->snapshot, bad->text, &error, &target);

	target_clear(&target);
	if (rc == 0)
		fail_msg("%s: was taken", bad->text);
	if (error.kind != bad->kind)
		fail_msg("%s: %s: %s", bad->text, memhp_error_kind_to_string(error.kind),
			 error.message);
	assert_int_equal(rc, bad->kind == MEMHP_ERROR_USAGE  ? -EINVAL :
			     bad->kind == MEMHP_ERROR_TARGET ? -ENOENT :
							       -ENOTSUP);
	assert_string_equal(error.object, bad->text);
	if (strstr(error.message, bad->word) == NULL && strstr(error.hint, bad->word) == NULL)
		fail_msg("%s: \"%s\" (%s) does not say %s", bad->text, error.message, error.hint,
			 bad->word);
}

#define USAGE MEMHP_ERROR_USAGE
#define TARGET MEMHP_ERROR_TARGET

static void test_junk(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("junk", machine);
	static const struct bad rows[] = {
		{ "", USAGE, "not a target" },
		{ "x", USAGE, "not a target" },
		{ " 3", USAGE, "not a target" },
		{ "3 ", USAGE, "not a target" },
		{ "-3", USAGE, "not a target" },
		{ "3-", USAGE, "not a target" },
		{ "3,", USAGE, "not a target" },
		{ ",3", USAGE, "not a target" },
		{ "3--4", USAGE, "not a target" },
		{ "3-4-5", USAGE, "not a target" },
		{ "3+1", USAGE, "not a target" },
		{ "3G", USAGE, "not a target" },
		{ "memory", USAGE, "not a target" },
		{ "memory-3", USAGE, "not a target" },
		{ "memoryx", USAGE, "not a target" },
		{ "node", USAGE, "not a target" },
		{ "node1x", USAGE, "not a target" },
		{ "node-1", USAGE, "not a target" },
		{ "1:", USAGE, "not a target" },
		{ ":3", USAGE, "not a target" },
		{ "3,42,x", USAGE, "not a target" },
		{ "42x", USAGE, "not a target" },
		{ "42,7-3", USAGE, "before it begins" },
		{ "1:1:3", USAGE, "not a target" },
		{ "0x", USAGE, "not a target" },
		{ "0x0x0", USAGE, "not a target" },
		{ "0xg", USAGE, "not a target" },
		{ "0x0-", USAGE, "not a target" },
		{ "0x0+", USAGE, "not a target" },
		{ "0x0+0", USAGE, "not a target" },
		{ "0x0+x", USAGE, "not a target" },
		{ "0x0+-1", USAGE, "not a target" },
		{ "0x0-0x7ffffffx", USAGE, "not a target" },
		{ "pfn:", USAGE, "not a target" },
		{ "pfn:3", USAGE, "not a target" },
		{ "pfn:0x", USAGE, "not a target" },
		{ "ALL", USAGE, "not a target" },
		{ "Node1", USAGE, "not a target" },
		{ "all ", USAGE, "not a target" },
		{ "../../etc", USAGE, "not a target" },
		/* the wrong way round */
		{ "7-3", USAGE, "before it begins" },
		{ "0x180000000-0x17fffffff", USAGE, "before it begins" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(test_case, &rows[i]);
}

static void test_overflow(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("overflow", machine);
	static const struct bad rows[] = {
		{ "18446744073709551616", USAGE, "not a target" },
		{ "99999999999999999999999", USAGE, "not a target" },
		{ "0-18446744073709551616", USAGE, "not a target" },
		{ "node18446744073709551616", USAGE, "not a target" },
		{ "0x10000000000000000", USAGE, "not a target" },
		{ "0x0+16E", USAGE, "not a target" },
		{ "0x0+99999999999999999999", USAGE, "not a target" },
		{ "0xfffffffff8000000+256M", USAGE, "not a target" },
		{ "pfn:0x10000000000000", USAGE, "not a target" },
		{ "pfn:0x0-0x10000000000000", USAGE, "not a target" },
		/* a number, but of no block */
		{ "4294967296", TARGET, "no such block" },
		{ "18446744073709551615", TARGET, "no such block" },
		{ "0xfffffffff8000000-0xffffffffffffffff", TARGET, "no blocks" },
		{ "node65536", TARGET, "no such node" },
		{ "65536:3", TARGET, "no such node" },
		/* the first that is missing, without going through all that is named */
		{ "0-4294967295", TARGET, "memory18" },
		{ "4294967295-18446744073709551615", TARGET, "no such block" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(test_case, &rows[i]);
}

static void test_missing(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("missing", machine);
	static const struct bad rows[] = {
		{ "42", TARGET, "memory42" },
		{ "memory42", TARGET, "memory42" },
		{ "48-60", TARGET, "memory56" },
		{ "48-55,56", TARGET, "memory56" },
		{ "0:9", TARGET, "memory9 does not lie on node 0" },
		{ "0:48", TARGET, "does not lie on node 0" },
		{ "0:42", TARGET, "memory42" },
		{ "7:3", TARGET, "no such node" },
		{ "node7", TARGET, "no such node" },
		{ "0x150000000", TARGET, "memory42" },
		{ "0x180000000+2G", TARGET, "memory56" },
		{ "dax9.9", TARGET, "no such device" },
		{ "/dev/dax9.9", TARGET, "no such device" },
		{ "dax0", TARGET, "no such device" },
		{ "dax", TARGET, "no such device" },
		{ "PNP0C80:07", TARGET, "no such device" },
		{ "virtio9", TARGET, "no such device" },
		{ "region9", TARGET, "no such region" },
		{ "cxl:region9", TARGET, "no such region" },
		{ "nd:region0", TARGET, "no such region" },
		{ "cxl:region", TARGET, "no such region" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(test_case, &rows[i]);
}

/* Addresses off block limits: the nearest range that holds them is told. */
static void test_limits(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("limits", machine);
	static const struct bad rows[] = {
		{ "0x180000001", USAGE, "0x180000000-0x187ffffff" },
		{ "0x180000000-0x187fffffe", USAGE, "0x180000000-0x187ffffff" },
		{ "0x180000000-0x188000000", USAGE, "0x180000000-0x18fffffff" },
		{ "0x17fffffff-0x180000000", USAGE, "0x178000000-0x187ffffff" },
		{ "0x180000000+1", USAGE, "0x180000000-0x187ffffff" },
		{ "0x180000000+129M", USAGE, "0x180000000-0x18fffffff" },
		{ "0xffffffffffffffff", USAGE, "0xfffffffff8000000-0xffffffffffffffff" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_bad(test_case, &rows[i]);
}

static void test_ambiguous_region(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("ambiguous", machine);
	static const struct bad rows[] = {
		{ "region0", USAGE, "dax:region0 or cxl:region0" },
		{ "region1", USAGE, "cxl:region1 or nd:region1" },
	};

	check_bad(test_case, &rows[0]);
	check_bad(test_case, &rows[1]);
}

static void test_unknown_sizes(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("unknown", machine);

	test_case->snapshot->machine.block_size = 0;
	check_bad(test_case, &(struct bad){ "0x180000000", MEMHP_ERROR_UNSUPPORTED, "block" });
	check_bad(test_case, &(struct bad){ "0x180000000+1G", MEMHP_ERROR_UNSUPPORTED, "block" });
	check(test_case, "48", "48-48");
	test_case->snapshot->machine.page_size = 0;
	check_bad(test_case, &(struct bad){ "pfn:0x180000", MEMHP_ERROR_UNSUPPORTED, "page size" });
}

static void test_empty_machine(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("empty", "node 0 cpu\n");

	check(test_case, "all", "whole");
	check(test_case, "node0", "whole");
	check_bad(test_case, &(struct bad){ "0", TARGET, "memory0" });
	check_bad(test_case, &(struct bad){ "region0", TARGET, "no such region" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	      cmocka_unit_test(test_junk),
		cmocka_unit_test(test_overflow),      cmocka_unit_test(test_missing),
		cmocka_unit_test(test_limits),	      cmocka_unit_test(test_ambiguous_region),
		cmocka_unit_test(test_unknown_sizes), cmocka_unit_test(test_empty_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
