/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan-story.c: why, how long, and how to undo it; and that what is said to undo a plan does.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

#define BOOT "blocks 0-15 online Normal node 0 boot\n"
#define DEVICE(driver) "device dax0.0 " driver " node 1 hmem memmap off blocks 48-51\n" BOOT

static struct memhp_plan *make(const char *machine, const char *words)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("story", machine);
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	if (case_plan(test_case, words, &error, &plan) < 0)
		fail_msg("%s: %s", words, error.message);
	return plan;
}

static void check_texts(const struct texts *texts, const char *wanted, const char *words)
{
	char all[2048] = "";
	size_t i;

	for (i = 0; i < texts->count; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i > 0 ? "; " : "",
			 texts->items[i]);
	if (strcmp(all, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", words, all, wanted);
}

static const struct {
	const char *machine;
	const char *words;
	const char *reasons;
	const char *undo;
	bool certain;
} rows[] = {
	{ DEVICE("device_dax"), "online --zone movable dax0.0",
	  "4 blocks of dax0.0 (512 MiB) are not used by the kernel, and are to be online in "
	  "Movable",
	  "memhp remove dax0.0", true },
	{ DEVICE(""), "add dax0.0",
	  "4 blocks of dax0.0 (512 MiB) are not used by the kernel, and are to be offline",
	  "memhp remove --unbound dax0.0", true },
	{ DEVICE("device_dax"), "online --zone kernel dax0.0",
	  "4 blocks of dax0.0 (512 MiB) are not used by the kernel, and are to be online in "
	  "Normal",
	  "memhp remove dax0.0", false },
	{ DEVICE("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n", "online dax0.0",
	  "4 blocks of dax0.0 (512 MiB) are offline, and are to be online in Movable; "
	  "zone movable is what the policy says by default",
	  "memhp offline 48-51", true },
	{ DEVICE("kmem") "policy device x zone kernel\nblocks 48-51 offline node 1 kmem dax0.0\n",
	  "online dax0.0",
	  "4 blocks of dax0.0 (512 MiB) are offline, and are to be online in Normal; "
	  "dax0.0: zone kernel is what the policy says, [device x] at policy:2",
	  "memhp offline 48-51", false },
	{ DEVICE("kmem") "blocks 48-49 online Normal node 1 kmem dax0.0\n"
			 "blocks 50 offline node 1 kmem dax0.0\n"
			 "blocks 51 online Movable node 1 kmem dax0.0\n",
	  "online --zone movable dax0.0",
	  "2 blocks of dax0.0 (256 MiB) are online in Normal, and are to be online in Movable; "
	  "1 block of dax0.0 (128 MiB) is offline, and is to be online in Movable",
	  "memhp online --zone kernel --move 48-49; memhp offline 50", true },
	{ DEVICE("kmem") "blocks 48-49 online Normal node 1 kmem dax0.0\n"
			 "blocks 50 offline node 1 kmem dax0.0\n"
			 "blocks 51 online Movable node 1 kmem dax0.0\n",
	  "remove dax0.0",
	  "2 blocks of dax0.0 (256 MiB) are online in Normal, and are to be taken out of the "
	  "kernel; "
	  "1 block of dax0.0 (128 MiB) is offline, and is to be taken out of the kernel; "
	  "1 block of dax0.0 (128 MiB) is online in Movable, and is to be taken out of the kernel",
	  "memhp add dax0.0; memhp online --zone kernel 48-49; memhp online --zone movable 51",
	  true },
	{ DEVICE("kmem") "blocks 48-51 online Movable node 1 kmem dax0.0\n", "offline 48,50-51",
	  "3 blocks of dax0.0 (384 MiB) are online in Movable, and are to be offline",
	  "memhp online --zone movable 48,50-51", true },
	{ BOOT, "offline --boot-memory 15",
	  "1 block (128 MiB) is online in Normal, and is to be offline",
	  "memhp online --zone kernel 15", true },
	{ BOOT, "online 3", "", "", true },
};

static void test_rows(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(plan_cleanup) struct memhp_plan *plan =
			make(rows[i].machine, rows[i].words);

		check_texts(&plan->story.reasons, rows[i].reasons, rows[i].words);
		check_texts(&plan->story.undo, rows[i].undo, rows[i].words);
		if (plan->story.undo_certain != rows[i].certain)
			fail_msg("%s: undoing it is %scertain", rows[i].words,
				 rows[i].certain ? "not " : "");
	}
}

/* What is ejected comes back by no command: it is plugged in, and goes where it was. */
static void test_ejected(void **state)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan =
		make("device PNP0C80:00 ejectable node 1 blocks 16-23\n" BOOT
		     "blocks 16-19 online Movable node 1 acpi PNP0C80:00\n"
		     "blocks 20-23 offline node 1 acpi PNP0C80:00\n",
		     "remove PNP0C80:00");

	check_texts(&plan->story.undo, "memhp online --zone movable 16-19", "remove PNP0C80:00");
	assert_false(plan->story.undo_certain);
}

/* What is said to undo it, planned on the machine that it leads to, leads back. */
static void test_leads_back(void **state)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(case_cleanup) struct test_case *test_case =
			case_parse("back", rows[i].machine);
		struct memhp_snapshot *before = test_case->snapshot;
		_cleanup_(plan_cleanup) struct memhp_plan *plan =
			make(rows[i].machine, rows[i].words);
		struct changes left = { 0 };

		test_case->snapshot = memhp_snapshot_ref(plan->predicted);
		for (j = 0; j < plan->story.undo.count; j++) {
			_cleanup_(plan_cleanup) struct memhp_plan *back = NULL;
			struct memhp_error error;

			if (case_plan(test_case, plan->story.undo.items[j] + strlen("memhp "),
				      &error, &back) < 0)
				fail_msg("%s: %s", plan->story.undo.items[j], error.message);
			memhp_snapshot_unref(test_case->snapshot);
			test_case->snapshot = memhp_snapshot_ref(back->predicted);
		}
		assert_int_equal(diff(before, test_case->snapshot, &left), 0);
		if (left.count > 0)
			fail_msg("%s: memory%u is not back", rows[i].words,
				 left.items[0].first_block);
		free(left.items);
		memhp_snapshot_unref(before);
	}
}

/* A command line is for people: what takes too long a one is said in several. */
static void test_long(void **state)
{
	char machine[16384] = DEVICE("kmem");
	size_t i;

	for (i = 0; i < 100; i++)
		snprintf(machine + strlen(machine), sizeof(machine) - strlen(machine),
			 "blocks %zu online Movable node 0 acpi\n", 1000 + 2 * i);
	{
		_cleanup_(plan_cleanup) struct memhp_plan *plan = make(machine, "offline all");

		assert_true(plan->story.undo.count > 2);
		for (i = 0; i < plan->story.undo.count; i++)
			assert_true(strlen(plan->story.undo.items[i]) < 200);
	}
}

static double seconds_of(const char *machine, const char *words)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan = make(machine, words);

	return plan->story.seconds;
}

static void test_seconds(void **state)
{
	double add = seconds_of(DEVICE("device_dax"), "add dax0.0");
	double online = seconds_of(DEVICE("device_dax"), "online dax0.0");

	assert_true(add > 0);
	assert_true(online > add);
	assert_true(seconds_of(BOOT, "online 3") == 0);
	/* What is in use must move. */
	assert_true(seconds_of(BOOT "zone 0 Normal free 64M\n", "offline --boot-memory 15") >
		    seconds_of(BOOT, "offline --boot-memory 15"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	   cmocka_unit_test(test_ejected),
		cmocka_unit_test(test_leads_back), cmocka_unit_test(test_long),
		cmocka_unit_test(test_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
