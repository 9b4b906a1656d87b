/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/memmap-host.c: what is advised for a device whose memory describes later ones, and that a plan accepts
 * it. When a plan is denied for it is in test/rules/memmap-host.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "case.h"
#include "memmap-host.h"

#define BOOT "blocks 0-15 online Normal node 0 boot\n"
#define EARLIER                                                    \
	"device dax0.0 kmem node 1 hmem memmap off blocks 48-63\n" \
	"blocks 48-63 online Normal node 1 kmem dax0.0 memmap-elsewhere\n"
#define LATER(name, node, blocks, zone)                                          \
	"device " name " kmem node " node " hmem memmap off blocks " blocks "\n" \
	"blocks " blocks " online " zone " node " node " kmem " name " memmap-elsewhere\n"
#define USED(node, zone) "zone " node " " zone " present 2G managed 2G free 1900M\n"
#define FAR "node 0 cpu distance 10 20 30\nnode 1 distance 20 10 20\nnode 2 distance 30 20 10\n"

/* COMMAND may be two, one after the other; of them the last is planned. */
static enum memhp_verdict verdict_of(struct test_case *test_case, const char *command)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	const char *last = strrchr(command, '&');
	struct memhp_error error;

	last = last != NULL ? last + 2 : command;
	assert_true(text_starts_with(last, "memhp "));
	assert_int_equal(case_plan(test_case, last + strlen("memhp "), &error, &plan), 0);
	return plan->verdict;
}

static void check_said(const char *machine, uint16_t device, const char *expected)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("host", machine);
	char said[96];

	memmap_advise_movable(test_case->snapshot, device, said, sizeof(said));
	assert_string_equal(said, expected);
}

static void check_advice(const char *machine, uint16_t device, bool hosts, const char *expected)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("host", machine);

	check_said(machine, device, expected);
	assert_int_equal(memmap_hosts_later(test_case->snapshot, device), hosts);
	if (strchr(expected, '&') == NULL)
		assert_int_not_equal(verdict_of(test_case, expected), MEMHP_VERDICT_DENY);
}

static void test_alone(void **state)
{
	check_advice(EARLIER BOOT, 0, false, "memhp online --zone movable dax0.0");
}

/* The later one on its own node, and on the same; by itself the earlier one is denied, or warned of. */
static void test_named_too(void **state)
{
	static const char apart[] = FAR BOOT EARLIER LATER("dax1.0", "2", "64-79", "Normal")
		USED("1", "Normal") USED("2", "Normal");
	static const char same[] =
		BOOT EARLIER LATER("dax1.0", "1", "64-79", "Normal") USED("1", "Normal");
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("host", apart);

	assert_int_equal(verdict_of(test_case, "memhp online --zone movable dax0.0"),
			 MEMHP_VERDICT_DENY);
	check_advice(apart, 0, true, "memhp online --zone movable dax0.0 dax1.0");
	check_advice(apart, 1, false, "memhp online --zone movable dax1.0");
	check_advice(same, 0, true, "memhp online --zone movable dax0.0 dax1.0");
}

/* The later one is in Movable: to name it is no help, for it is not to move. */
static void test_removed_first(void **state)
{
	static const char machine[] =
		BOOT EARLIER LATER("dax1.0", "1", "64-79", "Movable") USED("1", "Normal");

	check_advice(machine, 0, true,
		     "memhp remove dax1.0 && memhp online --zone movable dax0.0 dax1.0");
}

/* COUNT later ones on the same node. */
static void make_many(unsigned int count, char *machine, size_t size)
{
	unsigned int i;

	text_copy(machine, size, BOOT EARLIER);
	for (i = 1; i <= count; i++) {
		size_t len = strlen(machine);
		unsigned int first = 48 + i * 16;

		text_format(machine + len, size - len,
			    "device dax%u.0 kmem node 1 hmem memmap off blocks %u-%u\n"
			    "blocks %u-%u online Normal node 1 kmem dax%u.0 memmap-elsewhere\n",
			    i, first, first + 15, first, first + 15, i);
	}
	text_format(machine + strlen(machine), size - strlen(machine),
		    "zone 1 Normal present 20G managed 20G free 18G\n");
}

/* What does not fit into a line is said in fewer words. */
static void test_many(void **state)
{
	char machine[4096];

	make_many(6, machine, sizeof(machine));
	check_said(machine, 0,
		   "memhp online --zone movable dax0.0 dax1.0 dax2.0 dax3.0 dax4.0 dax5.0 dax6.0");
	/* what describes them can lie in the first three */
	check_said(machine, 3, "memhp online --zone movable dax3.0");
	make_many(9, machine, sizeof(machine));
	check_said(machine, 0,
		   "online dax0.0 and the devices that came after it together, --zone movable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_named_too),
		cmocka_unit_test(test_removed_first),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
