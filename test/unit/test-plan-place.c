/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan-place.c: what a proposal places, how much of it, and what it says of the rest.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

#define BOOT "blocks 0-15 online Normal node 0 boot\n"
#define DAX(name, blocks) "device " name " device_dax node 1 cxl memmap off blocks " blocks "\n"

static struct memhp_plan *make(const char *machine)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("place", machine);
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	if (case_plan(test_case, "place", &error, &plan) < 0)
		fail_msg("%s", error.message);
	return plan;
}

static void say_changes(const struct memhp_plan *plan, char *said, size_t size)
{
	size_t i, used;

	said[0] = '\0';
	for (i = 0; i < plan->changes.count; i++) {
		const struct memhp_change *change = &plan->changes.items[i];
		char zones[IO_NAME_MAX];

		zones_to_text(change->to_zones, '/', zones, sizeof(zones));
		used = strlen(said);
		snprintf(said + used, size - used, "%s%u-%u:%s%s", i > 0 ? " " : "",
			 change->first_block, change->last_block,
			 memhp_state_to_string(change->to_state), zones);
	}
}

/* What becomes of blocks; and a word of each finding that something is left out for. */
static void check(const char *machine, const char *wanted, const char *const *words)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan = make(machine);
	char said[512];
	size_t i, found = 0;

	say_changes(plan, said, sizeof(said));
	if (strcmp(said, wanted) != 0)
		fail_msg("\"%s\", not \"%s\" on\n%s", said, wanted, machine);
	assert_int_not_equal(plan->verdict, MEMHP_VERDICT_DENY);
	assert_int_equal(plan->refused_count, 0);
	for (i = 0; i < plan->misfit_count; i++) {
		const struct memhp_finding *finding =
			&plan->findings.items[plan->findings.count - plan->misfit_count + i];

		assert_int_equal(finding->severity, MEMHP_SEVERITY_INFO);
		if (words[i] == NULL || strstr(finding->message, words[i]) == NULL)
			fail_msg("%s: %s", finding->subject, finding->message);
		found++;
	}
	if (words[found] != NULL)
		fail_msg("nothing says \"%s\" on\n%s", words[found], machine);
}

#define SAYS(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}
#define SAYS_NOTHING          \
	(const char *const[]) \
	{                     \
		NULL          \
	}

static void test_all_of_it(void **state)
{
	check(BOOT, "", SAYS_NOTHING);
	check(DAX("dax0.0", "48-51") DAX("dax1.0", "64-67") BOOT,
	      "48-51:onlineMovable 64-67:onlineMovable", SAYS_NOTHING);
	/* in kmem, partly in use; and a module that the firmware gave */
	check("device dax0.0 kmem node 1 cxl memmap off blocks 48-51\n"
	      "device PNP0C80:00 node 0\n" BOOT "blocks 16-17 offline node 0 acpi PNP0C80:00\n"
	      "blocks 48 online Normal node 1 kmem dax0.0\n"
	      "blocks 49-51 offline node 1 kmem dax0.0\n",
	      "16-17:onlineMovable 49-51:onlineMovable", SAYS_NOTHING);
	/* what somebody has taken offline, or looks after, is theirs */
	check("blocks 0-14 online Normal node 0 boot\nblocks 15 offline node 0 boot\n"
	      "blocks 20 offline node 0 virtio_mem\n",
	      "", SAYS_NOTHING);
}

/* 2 GiB of kernel memory: 8 GiB of Movable is exactly at the limit. */
static void test_ratio(void **state)
{
	check(DAX("dax0.0", "48-111") BOOT, "48-111:onlineMovable", SAYS_NOTHING);
	check(DAX("dax0.0", "48-112") BOOT, "48-111:onlineMovable 112-112:offline",
	      SAYS("only 8 GiB of its 8320 MiB are placed"));
	/* each after those before it */
	check(DAX("dax0.0", "48-87") DAX("dax1.0", "100-139") BOOT,
	      "48-87:onlineMovable 100-123:onlineMovable 124-139:offline",
	      SAYS("only 3 GiB of its 5 GiB are placed"));
	check(DAX("dax0.0", "48-111") DAX("dax1.0", "120-121") BOOT, "48-111:onlineMovable",
	      SAYS("256 MiB of it are left out"));
	/* kernel zones make room for those that follow */
	check("policy device x match-name dax0.0\npolicy device x zone kernel\n" DAX(
		      "dax0.0", "48-63") DAX("dax1.0", "100-199") BOOT,
	      "48-63:onlineNormal 100-199:onlineMovable", SAYS_NOTHING);
	check("policy rule movable-ratio severity warn\n" DAX("dax0.0", "48-112") BOOT,
	      "48-112:onlineMovable", SAYS_NOTHING);
	check("policy zone balanced\n" DAX("dax0.0", "48-112") BOOT,
	      "48-48:onlineNormal 49-112:onlineMovable", SAYS_NOTHING);
}

/* What describes it must fit; a smaller one may after one that does not. */
static void test_headroom(void **state)
{
	check(DAX("dax0.0", "48-111") DAX("dax1.0", "120-121") BOOT "zone 0 Normal free 120M\n",
	      "120-121:onlineMovable", SAYS("8 GiB of it are left out"));
}

static void test_policy(void **state)
{
	check("policy device a match-name dax0.0\npolicy device a online no\n" DAX(
		      "dax0.0", "48-51") DAX("dax1.0", "64-67") BOOT,
	      "64-67:onlineMovable", SAYS("does not bring it online ([device a], policy:"));
	check("policy device a match-range 0x188000000-0x18fffffff\npolicy device a keep-offline "
	      "yes\n" DAX("dax0.0", "48-51") BOOT,
	      "48-48:onlineMovable 49-49:offline 50-51:onlineMovable", SAYS_NOTHING);
}

/* What persistent memory holds is lost, so that it is for the policy to say that this is meant. */
static void test_persistent(void **state)
{
#define PMEM "device dax0.0 device_dax node 0 pmem memmap off blocks 48-51\n" BOOT
	check(PMEM, "", SAYS("persistent"));
	check("policy device a match-driver pmem\n" PMEM, "48-51:onlineMovable", SAYS_NOTHING);
	check("policy device a match-driver cxl\n" PMEM, "", SAYS("persistent"));
}

/* What kmem would not take is no reason to leave all else alone. */
static void test_impossible(void **state)
{
	check("device dax0.0 fsdev_dax node 1 cxl memmap off blocks 40-41\n" DAX("dax1.0", "48-51")
		      BOOT,
	      "48-51:onlineMovable", SAYS_NOTHING);
	check("auto-online unknown\n" DAX("dax1.0",
					  "48-51") "device PNP0C80:00 node 0\n" BOOT
						   "blocks 16-17 offline node 0 acpi PNP0C80:00\n",
	      "16-17:onlineMovable", SAYS("512 MiB of it are left out"));
}

static void test_request(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("place", DAX("dax0.0", "48-51") BOOT);
	_cleanup_(plan_cleanup) struct memhp_plan *first = NULL, *second = NULL;
	struct memhp_plan *none = NULL;
	struct memhp_error error;

	assert_true(case_plan(test_case, "place dax0.0", &error, &none) < 0);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	assert_int_equal(case_plan(test_case, "place", &error, &first), 0);
	assert_int_equal(case_plan(test_case, "place", &error, &second), 0);
	assert_string_equal(first->fingerprint, second->fingerprint);
	assert_null(memhp_operation_to_string(MEMHP_OPERATION_PLACE));
	/* on the machine that it leads to there is nothing left to place */
	memhp_snapshot_unref(test_case->snapshot);
	test_case->snapshot = memhp_snapshot_ref(first->predicted);
	assert_int_equal(case_plan(test_case, "place", &error, &none), 0);
	assert_int_equal(none->step_count, 0);
	memhp_plan_unref(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),  cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_headroom),   cmocka_unit_test(test_policy),
		cmocka_unit_test(test_persistent), cmocka_unit_test(test_impossible),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
