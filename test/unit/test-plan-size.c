/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan-size.c: of which devices how many blocks, and which run of them.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

#define BOOT "blocks 0-15 online Normal node 0 boot\n"
/* Three devices of 512 MiB, the first two one after the other. */
#define THREE(driver)                                                    \
	"device dax0.0 " driver " node 1 hmem memmap off blocks 48-51\n" \
	"device dax1.0 " driver " node 1 hmem memmap off blocks 52-55\n" \
	"device dax2.0 " driver " node 1 hmem memmap off blocks 64-67\n" BOOT

/* What the plan changes: "48-51:online", an absent one that is added "48-51:+offline". */
static void check(const char *machine, const char *words, const char *wanted)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("size", machine);
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct memhp_error error;
	char said[512] = "";
	size_t i;

	if (case_plan(test_case, words, &error, &plan) < 0)
		fail_msg("%s: %s", words, error.message);
	for (i = 0; i < plan->changes.count; i++) {
		const struct memhp_change *change = &plan->changes.items[i];
		size_t used = strlen(said);

		snprintf(said + used, sizeof(said) - used, "%s%u-%u:%s%s", i > 0 ? " " : "",
			 change->first_block, change->last_block,
			 change->from_state == MEMHP_STATE_ABSENT ? "+" : "",
			 memhp_state_to_string(change->to_state));
	}
	if (plan->refused_count > 0)
		fail_msg("%s: memory%u is refused", words, plan->refused[0].block);
	if (strcmp(said, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", words, said, wanted);
}

static void check_fails(const char *machine, const char *words, const char *wanted)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("size", machine);
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	assert_true(case_plan(test_case, words, &error, &plan) < 0);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	if (strstr(error.message, wanted) == NULL)
		fail_msg("%s: \"%s\", not \"%s\"", words, error.message, wanted);
}

/* A device is added as a whole. */
static void test_add(void **state)
{
	static const char there[] =
		THREE("device_dax") "device dax3.0 kmem node 1 hmem memmap off blocks 80-83\n"
				    "blocks 80-83 offline node 1 kmem dax3.0\n";

	check(THREE("device_dax"), "add --size 512M dax0.0 dax1.0 dax2.0", "48-51:+offline");
	check(THREE("device_dax"), "add --size 1G dax0.0 dax1.0 dax2.0", "48-55:+offline");
	check(THREE("device_dax"), "add --size 1500M dax2.0 dax0.0 dax1.0",
	      "48-55:+offline 64-67:+offline");
	check(THREE("device_dax"), "add --size 4G dax0.0 dax1.0 dax2.0",
	      "48-55:+offline 64-67:+offline");
	check(there, "add --size 512M dax0.0 dax1.0 dax2.0 dax3.0", "");
	check(there, "add --size 1G dax0.0 dax1.0 dax2.0 dax3.0", "48-51:+offline");
	check_fails(THREE("device_dax"), "add --size 256M dax0.0", "512 MiB");
	check_fails(THREE("device_dax"), "add --size 768M dax0.0 dax1.0 dax2.0", "512 MiB");
	check_fails(THREE("device_dax"), "remove --size 512M dax0.0", "no size");
}

static void test_add_contiguous(void **state)
{
	check(THREE("device_dax"), "add --contiguous --size 1G dax0.0 dax1.0 dax2.0",
	      "48-55:+offline");
	check(THREE("device_dax"), "add --contiguous --size 512M dax1.0 dax2.0", "52-55:+offline");
	check(THREE("device_dax"), "add --contiguous --size 512M dax2.0", "64-67:+offline");
	check_fails(THREE("device_dax"), "add --contiguous --size 1536M dax0.0 dax1.0 dax2.0",
		    "just that large");
	check_fails(THREE("device_dax"), "add --contiguous --size 1G dax0.0 dax2.0",
		    "just that large");
	check_fails(THREE("device_dax"), "add --contiguous --size 256M dax0.0 dax1.0 dax2.0",
		    "just that large");
	check_fails(THREE("device_dax"), "add --contiguous dax0.0 dax1.0 dax2.0", "size");
}

/* What is not needed is not added. */
static void test_online(void **state)
{
	static const char one_there[] =
		"device dax0.0 device_dax node 1 hmem memmap off blocks 48-51\n"
		"device dax1.0 kmem node 1 hmem memmap off blocks 52-55\n"
		"device dax2.0 device_dax node 1 hmem memmap off blocks 64-67\n" BOOT
		"blocks 52-55 offline node 1 kmem dax1.0\n";

	check(THREE("device_dax"), "online --size 128M dax0.0 dax1.0 dax2.0",
	      "48-48:+online 49-51:+offline");
	check(THREE("device_dax"), "online --size 640M dax0.0 dax1.0 dax2.0",
	      "48-52:+online 53-55:+offline");
	check(one_there, "online --size 512M dax0.0 dax1.0 dax2.0", "52-55:online");
	check(one_there, "online --size 640M dax0.0 dax1.0 dax2.0", "48-51:+online 52-52:online");
}

static void test_online_contiguous(void **state)
{
	static const char holes[] = "device dax0.0 kmem node 1 hmem memmap off blocks 48-63\n" BOOT
				    "blocks 48-49 offline node 1 kmem dax0.0\n"
				    "blocks 50 online Normal node 1 kmem dax0.0\n"
				    "blocks 51-53 offline node 1 kmem dax0.0\n"
				    "blocks 54-55 online Movable node 1 kmem dax0.0\n"
				    "blocks 56 offline node 1 kmem dax0.0 candidates Normal\n"
				    "blocks 57-63 offline node 1 kmem dax0.0\n";

	/* what is there already is the cheapest */
	check(holes, "online --zone movable --contiguous --size 256M dax0.0", "");
	check(holes, "online --zone movable --contiguous --size 512M dax0.0", "52-53:online");
	check(holes, "online --zone movable --contiguous --size 640M dax0.0", "51-53:online");
	/* one more would have to move; so many offline ones are elsewhere */
	check(holes, "online --zone movable --contiguous --size 768M dax0.0", "57-62:online");
	check(holes, "online --zone movable --contiguous --size 1G dax0.0",
	      "48-49:online 50-50:online 51-53:online");
	check_fails(holes, "online --zone movable --contiguous --size 1152M dax0.0", "1 GiB");
	check(THREE("device_dax"), "online --contiguous --size 640M dax0.0 dax1.0 dax2.0",
	      "48-52:+online 53-55:+offline");
	check(THREE("device_dax"), "online --contiguous --size 256M dax2.0",
	      "64-65:+online 66-67:+offline");
	check_fails(THREE("device_dax"), "online --contiguous --size 1152M dax0.0 dax1.0 dax2.0",
		    "1 GiB");
	check_fails(BOOT, "online --contiguous --size 128M all", "0 bytes");
	check_fails(BOOT, "online --contiguous 3", "size");
}

/* The cheapest to empty: Movable before kernel zones, and the lowest of several. */
static void test_offline_contiguous(void **state)
{
	static const char mixed[] = "device dax0.0 kmem node 1 hmem memmap off blocks 48-63\n" BOOT
				    "blocks 48-51 online Normal node 1 kmem dax0.0\n"
				    "blocks 52-54 online Movable node 1 kmem dax0.0\n"
				    "blocks 55 online Normal node 1 kmem dax0.0\n"
				    "blocks 56-58 online Movable node 1 kmem dax0.0\n"
				    "blocks 59 offline node 1 kmem dax0.0\n"
				    "blocks 60-63 online Movable node 1 kmem dax0.0\n";

	check(mixed, "offline --contiguous --size 128M dax0.0", "");
	check(mixed, "offline --contiguous --size 256M dax0.0", "58-58:offline");
	check(mixed, "offline --contiguous --size 1G dax0.0", "56-58:offline 60-63:offline");
	check(mixed, "offline --contiguous --size 1152M dax0.0",
	      "52-54:offline 55-55:offline 56-58:offline 60-60:offline");
	/* a set that is named as a whole leaves out what was there at boot */
	check_fails(mixed, "offline --contiguous --size 3G all", "2 GiB");
	check_fails(mixed, "offline --contiguous --size 128M node0", "0 bytes");
	check(mixed, "offline --contiguous --boot-memory --size 128M node0", "0-0:offline");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_contiguous),
		cmocka_unit_test(test_online),
		cmocka_unit_test(test_online_contiguous),
		cmocka_unit_test(test_offline_contiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
