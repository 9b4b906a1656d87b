/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/parse-udev.c: one imagined event through files of rules, such as distributions have them.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse-udev.h"

#define BIT(word) (1U << WORD_##word)

/* What is found: of a state its words, of what is run its text; "?" behind what is not certain. */
struct found {
	char text[512];
};

static int note(void *data, const struct udev_deed *deed)
{
	struct found *found = data;
	size_t used = strlen(found->text);

	snprintf(found->text + used, sizeof(found->text) - used, "%s%u:", used > 0 ? " " : "",
		 deed->line);
	used = strlen(found->text);
	if (deed->is_state)
		snprintf(found->text + used, sizeof(found->text) - used, "%s%s%s%s",
			 deed->words == 0 ? "anything" : "",
			 deed->words & BIT(ONLINE) ? "online" : "",
			 deed->words & BIT(ONLINE_KERNEL) ? "+kernel" : "",
			 deed->words & BIT(ONLINE_MOVABLE) ? "+movable" : "");
	else
		snprintf(found->text + used, sizeof(found->text) - used, "%s%.*s",
			 deed->named ? "" : "!", (int)deed->text.len, deed->text.text);
	if (!deed->certain)
		strcat(found->text, "?");
	return 0;
}

static const struct udev_attribute attributes[] = {
	{ "state", "offline" },
	{ "[dmi/id]sys_vendor", "QEMU" },
	{ "[dmi/id]product_name", NULL },
};

static const struct udev_event block = {
	.subsystem = "memory",
	.kernel = "memory42",
	.devpath = "/devices/system/memory/memory42",
	.arch = "x86-64",
	.attributes = attributes,
	.attribute_count = ARRAY_SIZE(attributes),
};

static void expect(const char *rules, const char *wanted)
{
	struct found found = { "" };

	assert_int_equal(parse_udev(rules, strlen(rules), &block, note, &found), 0);
	if (strcmp(found.text, wanted) != 0)
		print_message("# %s\n", rules);
	assert_string_equal(found.text, wanted);
}

static void test_simple(void **state)
{
	expect("SUBSYSTEM==\"memory\", ACTION==\"add\", ATTR{state}=\"online\"\n", "1:online");
	expect("# one\n\nACTION==\"add|change\", SUBSYSTEM==\"cpu|memory\", "
	       "ATTR{state}==\"offline\", ATTR{state}=\"online_movable\"",
	       "3:+movable");
	expect("SUBSYSTEM==\"memory\", ATTR{state}!=\"online\", ATTR{state}=\"online_kernel\"",
	       "1:+kernel");
	expect("SUBSYSTEM==\"memory\", KERNEL==\"memory[0-9]*\", TEST==\"state\", "
	       "ATTR{state}=\"$result\"",
	       "1:anything");
	expect("SUBSYSTEM==\"memory\",ACTION==\"add\",RUN+=\"/bin/sh -c 'echo online'\"",
	       "1:/bin/sh -c 'echo online'");
	expect("ENV{SYSTEMD_WANTS}+=\"x.service\", SUBSYSTEM==\"memory\"", "1:x.service");
}

static void test_not_for_it(void **state)
{
	expect("SUBSYSTEM==\"cpu\", ATTR{online}=\"1\"", "");
	expect("SUBSYSTEM==\"cpu\", ATTR{state}=\"online\"", "");
	expect("SUBSYSTEM!=\"memory\", ATTR{state}=\"online\"", "");
	expect("SUBSYSTEM==\"memory\", ACTION==\"remove\", ATTR{state}=\"online\"", "");
	expect("SUBSYSTEM==\"memory\", ATTR{state}==\"online\", ATTR{state}=\"offline\"", "");
	expect("#SUBSYSTEM==\"memory\", ATTR{state}=\"online\"", "");
	expect("SUBSYSTEM==\"memory\", ATTR{power/state}=\"on\"", "");
	expect("SUBSYSTEM==\"memory\", CONST{arch}==\"s390*\", ATTR{state}=\"online\"", "");
}

static void test_unknown(void **state)
{
	expect("SUBSYSTEM==\"memory\", PROGRAM==\"/bin/x\", ATTR{state}=\"online\"", "1:online?");
	expect("SUBSYSTEM==\"memory\", CONST{virt}==\"none\", ATTR{state}=\"online\"", "1:online?");
	expect("SUBSYSTEM==\"memory\", ENV{X}!=\"y\", ATTR{state}=\"online\"", "1:online?");
	expect("SUBSYSTEMS==\"pci\", ATTR{state}=\"online\"", "1:online?");
	expect("SUBSYSTEM==\"memory\", ATTR{[dmi/id]product_name}==\"x\", ATTR{state}=\"online\"",
	       "1:online?");
	expect("ENV{DM}==\"1\", RUN+=\"/sbin/dm\"", "1:!/sbin/dm?");
}

/* As Red Hat has it: ways are left early, and the word depends on a program. */
static void test_labels(void **state)
{
	static const char rules[] = "SUBSYSTEM!=\"memory\", GOTO=\"end\"\n"
				    "ACTION!=\"add\", GOTO=\"end\"\n"
				    "CONST{arch}==\"s390*\", GOTO=\"end\"\n"
				    "\n"
				    "ENV{.state}=\"online\"\n"
				    "CONST{virt}==\"none\", ENV{.state}=\"online_movable\"\n"
				    "ATTR{state}==\"offline\", ATTR{state}=\"$env{.state}\"\n"
				    "LABEL=\"end\"\n";

	expect(rules, "7:online+movable");
	expect("PROGRAM=\"/bin/uname -p\", RESULT==\"s390*\", GOTO=\"end\"\n"
	       "ENV{.state}=\"online\"\n"
	       "ATTR{state}=\"$env{.state}\"\n"
	       "LABEL=\"end\"\n"
	       "ATTR{state}=\"online_kernel\"\n",
	       "3:online? 5:+kernel");
	expect("GOTO=\"end\"\nATTR{state}=\"online\"\nLABEL=\"end\"\n", "");
	expect("ATTR{state}=\"%E{NOWHERE}\"", "1:anything");
}

/* As Ubuntu has it: only on machines of two vendors. */
static void test_vendors(void **state)
{
	static const char rules[] =
		"ATTR{[dmi/id]sys_vendor}==\"%s\", GOTO=\"apply\"\n"
		"ATTR{[dmi/id]sys_vendor}==\"Xen\", GOTO=\"apply\"\n"
		"GOTO=\"end\"\n"
		"LABEL=\"apply\"\n"
		"SUBSYSTEM==\"memory\", ACTION==\"add\", \\\n"
		"# a comment in between\n"
		"  DEVPATH==\"/devices/system/memory/memory[0-9]*\", TEST==\"state\", "
		"ATTR{state}=\"online\"\n"
		"LABEL=\"end\"\n";
	char text[1024];

	snprintf(text, sizeof(text), rules, "Microsoft Corporation");
	expect(text, "");
	snprintf(text, sizeof(text), rules, "QEMU");
	expect(text, "5:online");
	expect("ATTR{[dmi/id]product_name}==\"Virtual Machine\", GOTO=\"apply\"\n"
	       "GOTO=\"end\"\nLABEL=\"apply\"\n"
	       "SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\nLABEL=\"end\"\n",
	       "4:online?");
}

/* udev passes over such lines and goes on. */
static void test_broken(void **state)
{
	expect("SUBSYSTEM==\"memory\" ATTR{state=\"online\"\nATTR{state}=\"online\"", "2:online");
	expect("ATTR{state}=online\n\"\n=\nATTR{state}\nATTR{state}==\n", "");
	expect("x y \\\nATTR{state}=\"online\"\nATTR{state}=\"online_kernel\"", "3:+kernel");
	expect("# no rule \\\nATTR{state}=\"online\"", "2:online");
	expect("", "");
	expect("\\", "");
	expect("ATTR{state}=e\"online\"", "1:online");
}

static int stop(void *data, const struct udev_deed *deed)
{
	(*(int *)data)++;
	return -7;
}

static void test_stop(void **state)
{
	static const char rules[] = "ATTR{state}=\"online\"\nATTR{state}=\"online\"\n";
	int count = 0;

	assert_int_equal(parse_udev(rules, strlen(rules), &block, stop, &count), -7);
	assert_int_equal(count, 1);
}

static int note_key(void *data, const struct udev_deed *deed)
{
	struct piece **key = data;

	*(*key)++ = deed->key;
	return 0;
}

/* As it was but for what is left to memhp; and read again, it onlines nothing. */
static void test_stand_in(void **state)
{
	static const char rules[] = "SUBSYSTEM==\"cpu\", ATTR{online}=\"1\"\n"
				    "# ATTR{state}=\"online\"\n"
				    "SUBSYSTEM==\"memory\", ATTR{state}==\"offline\", \\\n"
				    "  ATTR{state} = \"online\", TAG+=\"x\"\n"
				    "KERNEL==\"memory*\", ATTR{state}:=\"online\"";
	static const char rest[] = "SUBSYSTEM==\"cpu\", ATTR{online}=\"1\"\n"
				   "# ATTR{state}=\"online\"\n"
				   "SUBSYSTEM==\"memory\", ATTR{state}==\"offline\", \\\n"
				   "  ENV{.MEMHP_LEFT} = \"online\", TAG+=\"x\"\n"
				   "KERNEL==\"memory*\", ENV{.MEMHP_LEFT}=\"online\"";
	struct piece keys[4], *end = keys;
	char *text;

	assert_int_equal(parse_udev(rules, strlen(rules), &block, note_key, &end), 0);
	assert_int_equal(end - keys, 2);
	assert_false(udev_is_stand_in(rules, strlen(rules)));
	text = udev_stand_in(rules, strlen(rules), keys, 2);
	assert_true(udev_is_stand_in(text, strlen(text)));
	assert_string_equal(strchr(text, '\n') + 1, rest);
	expect(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),	cmocka_unit_test(test_not_for_it),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_labels),
		cmocka_unit_test(test_vendors), cmocka_unit_test(test_broken),
		cmocka_unit_test(test_stop),	cmocka_unit_test(test_stand_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
