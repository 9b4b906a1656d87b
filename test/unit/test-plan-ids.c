/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan-ids.c, lib/plan-facts.c: what a plan is known by, and what is said when that has changed. That
 * other things do not change it is in test-plan.c.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "plan-facts.h"

#define BOOT "blocks 0-15 online Normal node 0 boot\n"
#define HMEM(driver) "device dax0.0 " driver " node 1 hmem memmap off blocks 48-51\n" BOOT
#define OFFLINE HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n"
#define ASKED "online --zone movable dax0.0"

static struct memhp_plan *make(const char *machine, const char *words)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("ids", machine);
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	if (case_plan(test_case, words, &error, &plan) < 0)
		fail_msg("%s: %s", words, error.message);
	return plan;
}

static void test_text(void **state)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan = make(OFFLINE, ASKED);

	assert_true(text_starts_with(plan->fingerprint,
				     FACTS_VERSION ";boot=5f3c0f0e-0000-4000-8000-000000000000;"
						   "block-size=134217728;memmap-on-memory=off;"));
	assert_non_null(strstr(plan->fingerprint, ";auto-online=offline;"));
	assert_non_null(strstr(plan->fingerprint, ";drivers=dax0.0:kmem;"));
	assert_non_null(strstr(plan->fingerprint, ";mappings=dax0.0:180000000-19fffffff;"));
	assert_non_null(strstr(plan->fingerprint, ";states=48-51:offline;"));
	assert_non_null(strstr(plan->fingerprint, ";owners=48-51:kmem/dax0.0;"));
	assert_non_null(strstr(plan->fingerprint, ";steps=#"));
}

/* A plan on BEFORE, held against the one on AFTER: WORDS must all be in what is said. */
static void check_said(const char *before, const char *asked, const char *after,
		       const char *asked_then, const char *const *words)
{
	_cleanup_(plan_cleanup) struct memhp_plan *old = make(before, asked);
	_cleanup_(plan_cleanup) struct memhp_plan *new = make(after, asked_then);
	struct memhp_error error;

	error_clear(&error);
	assert_int_equal(plan_compare(old, old->fingerprint, &error), 0);
	assert_int_equal(error.kind, MEMHP_ERROR_NONE);
	assert_int_equal(plan_compare(new, old->fingerprint, &error), -ESTALE);
	assert_int_equal(error.kind, MEMHP_ERROR_CHANGED);
	for (; *words != NULL; words++) {
		if (strstr(error.message, *words) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", *words, error.message);
	}
}

#define SAID(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static void test_said(void **state)
{
	check_said(OFFLINE, ASKED, "auto-online online\n" OFFLINE, ASKED,
		   SAID("auto_online_blocks was offline, is online"));
	check_said(OFFLINE, ASKED, "memmap-on-memory on\n" OFFLINE, ASKED,
		   SAID("memmap_on_memory was off, is on"));
	check_said(OFFLINE, ASKED, OFFLINE "policy kernel-reserve 6%\n", ASKED,
		   SAID("the policy is"));
	check_said(OFFLINE, ASKED, HMEM("device_dax"), ASKED,
		   SAID("drivers of its devices were dax0.0:kmem, are dax0.0:device_dax",
			"states of its blocks were 48-51:offline, are none"));
	check_said(OFFLINE, ASKED,
		   HMEM("kmem") "blocks 48-50 offline node 1 kmem dax0.0\n"
				"blocks 51 online Movable node 1 kmem dax0.0\n",
		   ASKED,
		   SAID("states of its blocks were 48-51:offline, are 48-50:offline,51:online",
			"zones of its blocks were 48-51:-, are 48-50:-,51:Movable"));
	check_said(OFFLINE, ASKED, HMEM("kmem") "blocks 48-51 offline node 2 kmem dax0.0\n", ASKED,
		   SAID("nodes of its blocks were 48-51:1, are 48-51:2"));
	check_said(OFFLINE, ASKED, HMEM("kmem") "blocks 48-51 offline node 1 acpi dax0.0\n", ASKED,
		   SAID("owners of its blocks were 48-51:kmem/dax0.0"));
	check_said(OFFLINE, ASKED, OFFLINE, "online --zone kernel dax0.0", SAID("the request is"));
	/* Without what lifts a rule the same request need not come to the same steps. */
	check_said(OFFLINE, "offline --boot-memory node0", OFFLINE, "offline node0",
		   SAID("the steps are not what they were"));
}

/* What lifts a rule, and what becomes of failures, is not part of what is planned. */
static void test_not_said(void **state)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plain = make(OFFLINE, "offline 15");
	static const char *const same[] = { "offline --boot-memory 15", "offline --yes 15",
					    "offline --force movable-ratio 15",
					    "offline --on-error keep 15" };
	struct memhp_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(same); i++) {
		_cleanup_(plan_cleanup) struct memhp_plan *plan = make(OFFLINE, same[i]);

		assert_int_equal(plan_compare(plan, plain->fingerprint, &error), 0);
		assert_string_equal(plan->plan_id, plain->plan_id);
	}
}

/* What is long is known by its digest, and told as that. */
static void test_long(void **state)
{
	char scattered[8192] = HMEM("kmem");
	char more[8192];
	size_t i;

	for (i = 0; i < 60; i++)
		snprintf(scattered + strlen(scattered), sizeof(scattered) - strlen(scattered),
			 "blocks %zu online Movable node 0 acpi\n", 100 + 2 * i);
	text_format(more, sizeof(more), "%sblocks 400 online Movable node 0 acpi\n", scattered);
	check_said(scattered, "offline all", more, "offline all",
		   SAID("the states of its blocks are not what they were"));
}

/* Whatever stands in a file. */
static void test_junk(void **state)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan = make(OFFLINE, ASKED);
	static const char *const junk[] = {
		"",
		"x",
		"memhp2;boot=x",
		"memhp1",
		"memhp1;",
		"memhp1;;;=;==;a;a=",
		"memhp1;boot=\x1b[2J;block-size=#",
		"memhp1;boot",
		"00000000-0000-0000-0000-000000000000",
	};
	char changed[4096];
	struct memhp_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(junk); i++) {
		error_clear(&error);
		assert_int_equal(plan_compare(plan, junk[i], &error), -ESTALE);
		assert_null(strchr(error.message, '\x1b'));
		assert_true(strlen(error.message) > 20);
	}
	text_format(changed, sizeof(changed), "%s;more=x", plan->fingerprint);
	assert_int_equal(plan_compare(plan, changed, &error), -ESTALE);
	for (i = 0; i < strlen(plan->fingerprint); i++) {
		text_copy(changed, sizeof(changed), plan->fingerprint);
		changed[i] = '~';
		assert_int_equal(plan_compare(plan, changed, &error), -ESTALE);
		changed[i] = '\0';
		assert_int_equal(plan_compare(plan, changed, &error), -ESTALE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	 cmocka_unit_test(test_said),
		cmocka_unit_test(test_not_said), cmocka_unit_test(test_long),
		cmocka_unit_test(test_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
