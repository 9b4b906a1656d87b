/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/scan-setup.c: where build options are found, which files of rules count, and that an ordinary scan
 * reads none of it.
 */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "scan.h"
#include "tree.h"

#define RULE "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}=\"online\"\n"
#define OTHER_RULE "SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}=\"online_movable\"\n"

struct fixture {
	struct test_tree tree;
	struct memhp_error error;
	struct memhp_snapshot *snapshot;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	test_tree_make(&fixture->tree);
	test_tree_machine(&fixture->tree);
	test_tree_file(&fixture->tree, "proc/sys/kernel/osrelease", "6.12.0-test\n");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	memhp_snapshot_unref(fixture->snapshot);
	test_tree_remove(&fixture->tree);
	free(fixture);
	return 0;
}

static const struct setup *scan_parts(struct fixture *fixture, unsigned int parts)
{
	struct io *io;

	fixture->snapshot = memhp_snapshot_unref(fixture->snapshot);
	assert_int_equal(io_root_new(fixture->tree.path, &fixture->error, &io), 0);
	assert_int_equal(scan(io, parts, &fixture->error, &fixture->snapshot), 0);
	io_free(io);
	return &fixture->snapshot->setup;
}

static const struct setup *rescan(struct fixture *fixture)
{
	return scan_parts(fixture, SCAN_ALL | SCAN_SETUP);
}

static void test_nothing(void **state)
{
	const struct setup *setup = rescan(*state);

	assert_true(setup->scanned);
	assert_null(setup->config);
	assert_int_equal(setup->hit_count, 0);
	assert_int_equal(setup->has_cedt, TRI_UNKNOWN);
	assert_int_equal(setup->has_efi, TRI_NO);
}

static void test_not_asked_for(void **state)
{
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "boot/config-6.12.0-test", "CONFIG_A=y\n");
	test_tree_file(&fixture->tree, "etc/udev/rules.d/10-x.rules", RULE);
	setup = scan_parts(fixture, SCAN_ALL);
	assert_false(setup->scanned);
	assert_null(setup->config);
	assert_int_equal(setup->hit_count, 0);
}

/* The kernel's own, unless a distribution has put them where they are cheaper to read. */
static void test_config(void **state)
{
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "proc/config.gz", "CONFIG_A=y\n");
	setup = rescan(fixture);
	assert_string_equal(setup->config, "CONFIG_A=y\n");
	assert_string_equal(setup->config_path, "proc/config.gz");
	test_tree_file(&fixture->tree, "lib/modules/6.12.0-test/config", "CONFIG_B=y\n");
	assert_string_equal(rescan(fixture)->config, "CONFIG_B=y\n");
	test_tree_file(&fixture->tree, "boot/config-6.12.0-test", "CONFIG_C=y\n");
	assert_string_equal(rescan(fixture)->config, "CONFIG_C=y\n");
	test_tree_file(&fixture->tree, "proc/sys/kernel/osrelease", "../../etc\n");
	assert_string_equal(rescan(fixture)->config, "CONFIG_A=y\n");
}

static void test_config_broken(void **state)
{
	struct fixture *fixture = *state;
	static const char packed[] = "\x1f\x8b\x08no such thing";
	const struct setup *setup;
	size_t errors;

	setup = rescan(fixture);
	errors = fixture->snapshot->error_count;
	test_tree_bytes(&fixture->tree, "proc/config.gz", packed, sizeof(packed) - 1);
	setup = rescan(fixture);
	assert_null(setup->config);
	assert_int_equal(fixture->snapshot->error_count, errors + 1);
	assert_string_equal(fixture->snapshot->errors[errors].path, "proc/config.gz");
}

static void test_firmware(void **state)
{
	struct fixture *fixture = *state;

	test_tree_directory(&fixture->tree, "sys/firmware/efi");
	test_tree_file(&fixture->tree, "sys/firmware/acpi/tables/FACP", "");
	assert_int_equal(rescan(fixture)->has_cedt, TRI_NO);
	assert_int_equal(rescan(fixture)->has_efi, TRI_YES);
	test_tree_file(&fixture->tree, "sys/firmware/acpi/tables/CEDT", "");
	assert_int_equal(rescan(fixture)->has_cedt, TRI_YES);
}

/* A file of the same name in an earlier directory takes the place of all others, be it empty. */
static void test_overriding(void **state)
{
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", RULE);
	test_tree_file(&fixture->tree, "lib/udev/rules.d/40-a.rules", RULE);
	test_tree_file(&fixture->tree, "lib/udev/rules.d/30-b.rules", "\n" OTHER_RULE);
	test_tree_file(&fixture->tree, "lib/udev/rules.d/README", RULE);
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 2);
	assert_string_equal(setup->hits[0].file, "lib/udev/rules.d/30-b.rules");
	assert_int_equal(setup->hits[0].line, 2);
	assert_int_equal(setup->hits[0].words, 1U << WORD_ONLINE_MOVABLE);
	assert_true(setup->hits[0].is_block && setup->hits[0].is_state && setup->hits[0].certain);
	assert_string_equal(setup->hits[1].file, "usr/lib/udev/rules.d/40-a.rules");
	test_tree_file(&fixture->tree, "run/udev/rules.d/30-b.rules", RULE);
	test_tree_file(&fixture->tree, "etc/udev/rules.d/40-a.rules", "");
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 1);
	assert_string_equal(setup->hits[0].file, "run/udev/rules.d/30-b.rules");
	test_tree_link(&fixture->tree, "etc/udev/rules.d/30-b.rules", "/dev/null");
	assert_int_equal(rescan(fixture)->hit_count, 0);
}

#define STAND_IN "# memhp-stand-in: x\n"

/* What is taken out of force is still told of, and by which file. */
static void test_stand_in(void **state)
{
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", "\n" RULE OTHER_RULE);
	test_tree_file(&fixture->tree, "etc/udev/rules.d/50-b.rules", RULE);
	setup = rescan(fixture);
	assert_int_equal(setup->stand_in_count, 1);
	assert_string_equal(setup->stand_ins[0].name, "40-a.rules");
	assert_non_null(setup->stand_ins[0].text);
	assert_int_equal(setup->stand_ins[0].words, 1U << WORD_ONLINE | 1U << WORD_ONLINE_MOVABLE);
	assert_false(setup->stand_ins[0].stands);
	test_tree_file(&fixture->tree, "run/udev/rules.d/40-a.rules", setup->stand_ins[0].text);
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 3);
	assert_true(setup->hits[0].hidden && setup->hits[1].hidden && !setup->hits[2].hidden);
	assert_string_equal(setup->hits[0].file, "usr/lib/udev/rules.d/40-a.rules");
	assert_int_equal(setup->hits[0].line, 2);
	assert_true(setup->stand_ins[0].stands && setup->stand_ins[0].is_current);
	/* It has grown old, or lost what it stood for, or has never counted. */
	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", RULE);
	setup = rescan(fixture);
	assert_true(setup->stand_ins[0].stands && !setup->stand_ins[0].is_current);
	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", "");
	assert_null(rescan(fixture)->stand_ins[0].text);
	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", RULE);
	test_tree_file(&fixture->tree, "etc/udev/rules.d/40-a.rules", RULE);
	setup = rescan(fixture);
	assert_int_equal(setup->stand_in_count, 1);
	assert_true(setup->stand_ins[0].stands);
	assert_null(setup->stand_ins[0].text);
	assert_false(setup->hits[0].hidden);
	assert_string_equal(setup->hits[0].file, "etc/udev/rules.d/40-a.rules");
}

/* A state of something else, as far as can be told, is let alone, and hinders nothing. */
static void test_stand_in_of_rule(void **state)
{
	static const char other[] = "DRIVERS==\"thing\", ATTR{state}=\"1\"\n";
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", other);
	assert_int_equal(rescan(fixture)->stand_in_count, 0);
	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules",
		       "DRIVERS==\"thing\", ATTR{state}=\"1\"\n" RULE);
	setup = rescan(fixture);
	assert_int_equal(setup->stand_in_count, 1);
	assert_non_null(strstr(setup->stand_ins[0].text, other));
	assert_int_equal(setup->stand_ins[0].words, 1U << WORD_ONLINE);
	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules",
		       "SUBSYSTEM==\"memory\", ATTR{state}=\"$result\"\n");
	assert_int_equal(rescan(fixture)->stand_in_count, 1);
}

/* What it stands for cannot be read any more: it can be taken away all the same. */
static void test_stand_in_of_unreadable(void **state)
{
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "run/udev/rules.d/40-a.rules", STAND_IN);
	test_tree_directory(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules");
	setup = rescan(fixture);
	assert_int_equal(setup->stand_in_count, 1);
	assert_true(setup->stand_ins[0].stands);
	assert_null(setup->stand_ins[0].text);
}

/* Somebody else's are no such thing, and what of ours onlines again is told of. */
static void test_stand_in_of_others(void **state)
{
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "usr/lib/udev/rules.d/40-a.rules", RULE);
	test_tree_file(&fixture->tree, "run/udev/rules.d/40-a.rules", OTHER_RULE);
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 1);
	assert_int_equal(setup->stand_in_count, 0);
	test_tree_file(&fixture->tree, "run/udev/rules.d/40-a.rules", STAND_IN OTHER_RULE);
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 2);
	assert_false(setup->hits[0].hidden);
	assert_true(setup->hits[1].hidden);
}

/* What a rule asks of the machine is looked up. */
static void test_vendor(void **state)
{
	static const char rules[] =
		"ATTR{[dmi/id]sys_vendor}!=\"Xen\", GOTO=\"end\"\n" RULE "LABEL=\"end\"\n";
	struct fixture *fixture = *state;
	const struct setup *setup;

	test_tree_file(&fixture->tree, "lib/udev/rules.d/40-a.rules", rules);
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 1);
	assert_false(setup->hits[0].certain);
	test_tree_file(&fixture->tree, "sys/devices/virtual/dmi/id/sys_vendor", "QEMU\n");
	assert_int_equal(rescan(fixture)->hit_count, 0);
	test_tree_file(&fixture->tree, "sys/devices/virtual/dmi/id/sys_vendor", "Xen\n");
	setup = rescan(fixture);
	assert_int_equal(setup->hit_count, 1);
	assert_true(setup->hits[0].certain);
}

/* systemd's own note, where there is one; an initramfs without may have left others. */
static void test_udev_has_told(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(rescan(fixture)->udev_has_told, TRI_NO);
	test_tree_file(&fixture->tree, "run/udev/data/+memory:memory0", "");
	assert_int_equal(rescan(fixture)->udev_has_told, TRI_YES);
	test_tree_link(&fixture->tree, "run/systemd/units/invocation:systemd-journald.service",
		       "0123");
	assert_int_equal(rescan(fixture)->udev_has_told, TRI_NO);
	test_tree_link(&fixture->tree, "run/systemd/units/invocation:systemd-udevd.service",
		       "4567");
	assert_int_equal(rescan(fixture)->udev_has_told, TRI_YES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_not_asked_for),
		TEST(test_config),
		TEST(test_config_broken),
		TEST(test_firmware),
		TEST(test_overriding),
		TEST(test_vendor),
		TEST(test_stand_in),
		TEST(test_stand_in_of_others),
		TEST(test_udev_has_told),
		TEST(test_stand_in_of_rule),
		TEST(test_stand_in_of_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
