/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/diff.c: runs of blocks that two machines have differently.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "case.h"

static void show_side(char *text, size_t size, uint8_t state, zone_set zones)
{
	char names[IO_NAME_MAX];

	zones_to_text(zones, ',', names, sizeof(names));
	text_format(text, size, "%s%s%s", memhp_state_to_string(state), names[0] != '\0' ? " " : "",
		    names);
}

/* "48-63 offline > online Movable; ..." */
static void show(const struct changes *changes, char *text, size_t size)
{
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < changes->count && len < size; i++) {
		const struct memhp_change *change = &changes->items[i];
		char from[96], to[96];

		show_side(from, sizeof(from), change->from_state, change->from_zones);
		show_side(to, sizeof(to), change->to_state, change->to_zones);
		len += (size_t)snprintf(text + len, size - len, "%s%u-%u %s > %s",
					i > 0 ? "; " : "", change->first_block, change->last_block,
					from, to);
	}
}

static void check(const char *before, const char *after, const char *expected)
{
	_cleanup_(case_cleanup) struct test_case *old = case_parse("before", before);
	_cleanup_(case_cleanup) struct test_case *new = case_parse("after", after);
	struct changes changes = { 0 };
	char text[1024];

	assert_int_equal(diff(old->snapshot, new->snapshot, &changes), 0);
	show(&changes, text, sizeof(text));
	assert_string_equal(text, expected);
	free(changes.items);
}

static void test_alike(void **state)
{
	check("", "", "");
	check("blocks 0-7 online Normal boot\n", "blocks 0-7 online Normal boot\n", "");
	check("blocks 0-7 offline\n", "blocks 0-7 offline\n", "");
	/* What is not a block's state or zone is not compared. */
	check("blocks 0-7 offline boot\n", "blocks 0-7 offline acpi node 3 holes\n", "");
	check("blocks 0-7 offline candidates Normal\n", "blocks 0-7 offline candidates Movable\n",
	      "");
}

static void test_states(void **state)
{
	check("blocks 0-7 offline\n", "blocks 0-7 online Movable\n",
	      "0-7 offline > online Movable");
	check("blocks 0-7 online Movable\n", "blocks 0-7 offline\n",
	      "0-7 online Movable > offline");
	check("blocks 0-7 online Normal\n", "blocks 0-7 online Movable\n",
	      "0-7 online Normal > online Movable");
	check("blocks 0-7 online Normal\n", "blocks 0-7 unknown\n", "0-7 online Normal > unknown");
	check("blocks 0 going-offline\n", "blocks 0 offline\n", "0-0 going-offline > offline");
}

static void test_absent(void **state)
{
	check("", "blocks 3-5 offline\n", "3-5 absent > offline");
	check("blocks 3-5 online Movable\n", "", "3-5 online Movable > absent");
	check("blocks 0-9 offline\n", "blocks 0-2 offline\nblocks 6-9 offline\n",
	      "3-5 offline > absent");
	check("blocks 0-2 offline\n", "blocks 1-3 offline\n",
	      "0-0 offline > absent; 3-3 absent > offline");
	check("blocks 4294967295 offline\n", "blocks 0 offline\n",
	      "0-0 absent > offline; 4294967295-4294967295 offline > absent");
}

/* A run ends where blocks are not neighbours, or change otherwise. */
static void test_runs(void **state)
{
	check("blocks 0-9 offline\n",
	      "blocks 0-1 online Movable\nblocks 2-3 online Normal\nblocks 4 offline\n"
	      "blocks 5-9 online Normal\n",
	      "0-1 offline > online Movable; 2-3 offline > online Normal; "
	      "5-9 offline > online Normal");
	check("blocks 0-1 offline\nblocks 3-4 offline\n",
	      "blocks 0-1 online Normal\nblocks 3-4 online Normal\n",
	      "0-1 offline > online Normal; 3-4 offline > online Normal");
	check("blocks 0-1 online Normal\nblocks 2-3 online Movable\n", "blocks 0-3 offline\n",
	      "0-1 online Normal > offline; 2-3 online Movable > offline");
}

/* Where the kernel will choose, or nobody could say, only what cannot be is a difference. */
static void test_undecided(void **state)
{
	check("blocks 0 online Normal,Movable\n", "blocks 0 online Movable\n", "");
	check("blocks 0 online Normal,Movable\n", "blocks 0 online Normal\n", "");
	check("blocks 0 online Normal\n", "blocks 0 online zone-unknown\n", "");
	check("blocks 0 online DMA32,Movable\n", "blocks 0 online Normal\n",
	      "0-0 online DMA32,Movable > online Normal");
	check("blocks 0 online none\n", "blocks 0 online none\n", "");
	check("blocks 0 online none\n", "blocks 0 online Normal\n",
	      "0-0 online none > online Normal");
	check("blocks 0 offline\n", "blocks 0 online Normal,Movable\n",
	      "0-0 offline > online Normal,Movable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alike),	  cmocka_unit_test(test_states),
		cmocka_unit_test(test_absent),	  cmocka_unit_test(test_runs),
		cmocka_unit_test(test_undecided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
