/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/surroundings.c: words of the kernel's command line, lines of its build options.
 */
#include "test.h"

#include <string.h>

#include "parse.h"
#include "surroundings.h"

static void expect(const char *command_line, const char *name, const char *value)
{
	struct memhp_snapshot snapshot = { .machine.command_line = command_line };
	char found[16] = "untouched";

	assert_int_equal(boot_parameter(&snapshot, name, found, sizeof(found)), value != NULL);
	assert_string_equal(found, value != NULL ? value : "untouched");
}

static void test_parameters(void **state)
{
	expect("quiet mem=4G", "mem", "4G");
	expect("memory_hotplug.x=1 mem=4G\n", "mem", "4G");
	expect("mem=4G mem=8G", "mem", "8G");
	expect("movable_node", "movable_node", "");
	expect("movable-node", "movable_node", "");
	expect("movable_nodes", "movable_node", NULL);
	expect("xmem=4G", "mem", NULL);
	expect("", "mem", NULL);
	expect(NULL, "mem", NULL);
	expect("init=/bin/sh -- mem=4G", "mem", NULL);
	expect("x=\"a mem=4G\" y", "mem", NULL);
	expect("\"mem=4G\"", "mem", "4G");
	expect("mem=\"4 G\" x", "mem", "4 G");
	expect("mem=", "mem", "");
	expect("mem=0123456789012345678", "mem", "012345678901234");
}

static void test_config(void **state)
{
	static const char config[] = "# a comment\n"
				     "CONFIG_A=y\n"
				     "CONFIG_AB=m\n"
				     "# CONFIG_B is not set\n"
				     "CONFIG_C=\"yes\"\n"
				     "CONFIG_D=yes\n"
				     "CONFIG_E=n";

	assert_int_equal(parse_config(config, "CONFIG_A"), 'y');
	assert_int_equal(parse_config(config, "CONFIG_AB"), 'm');
	assert_int_equal(parse_config(config, "CONFIG_B"), 'n');
	assert_int_equal(parse_config(config, "CONFIG_C"), '=');
	assert_int_equal(parse_config(config, "CONFIG_D"), '=');
	assert_int_equal(parse_config(config, "CONFIG_E"), 'n');
	assert_int_equal(parse_config(config, "CONFIG_F"), 'n');
	assert_int_equal(parse_config("", "CONFIG_A"), 'n');
	assert_int_equal(parse_config("CONFIG_A=", "CONFIG_A"), '=');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
