/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From lines to a policy: defaults, what each key takes, later files over earlier ones; which section a
 * device or block is given; and what plans make of it.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "policy-file.h"
#include "policy-view.h"
#include "util.h"

#define GIB (1ULL << 30)

/* Texts one after the other, called F0, F1 ...; NULL ends them. */
static int make_policy(const char *const *texts, struct memhp_error *error,
		       struct policy *ret_policy)
{
	static const char *const names[] = { "F0", "F1", "F2" };
	struct policy_entries entries;
	size_t i;
	int rc = 0;

	error_clear(error);
	assert_int_equal(policy_entries_init(&entries), 0);
	for (i = 0; rc == 0 && texts[i] != NULL; i++)
		rc = policy_text_read(names[i], texts[i], strlen(texts[i]), error, &entries);
	if (rc == 0)
		rc = policy_new(&entries, error, ret_policy);
	policy_entries_clear(&entries);
	return rc;
}

static void make(const char *first, const char *second, struct policy *ret_policy)
{
	const char *const texts[] = { first, second, NULL };
	struct memhp_error error;

	if (make_policy(texts, &error, ret_policy) < 0)
		fail_msg("%s: %s", error.object, error.message);
}

static const struct policy_value *value_of(const struct policy *policy, const char *section,
					   const char *key)
{
	size_t i;

	for (i = 0; i < policy->value_count; i++) {
		if (strcmp(policy->values[i].section, section) == 0 &&
		    strcmp(policy->values[i].key, key) == 0)
			return &policy->values[i];
	}
	return NULL;
}

static void assert_value(const struct policy *policy, const char *section, const char *key,
			 const char *text, const char *file, unsigned int line)
{
	const struct policy_value *value = value_of(policy, section, key);

	assert_non_null(value);
	assert_string_equal(value->value, text);
	if (file == NULL)
		assert_null(value->origin.file);
	else
		assert_string_equal(value->origin.file, file);
	assert_int_equal(value->origin.line, line);
}

/* ---- values ---- */

static void test_defaults(void **state)
{
	struct policy policy, made;

	policy_default(&policy);
	assert_int_equal(policy.zone, MEMHP_ZONE_MOVABLE);
	assert_false(policy.move);
	assert_int_equal(policy.memmap_on_memory, MEMHP_MEMMAP_AUTO);
	assert_int_equal(policy.movable_ratio_warn, 30000);
	assert_int_equal(policy.movable_ratio_deny, 40000);
	assert_false(policy.kernel_reserve_is_size);
	assert_int_equal(policy.kernel_reserve, 500);
	assert_int_equal(policy.on_error, MEMHP_ON_ERROR_ROLLBACK);
	assert_int_equal(policy.auto_online, WORD_UNKNOWN);
	policy_clear(&policy);
	make("", NULL, &made);
	assert_int_equal(made.zone, MEMHP_ZONE_MOVABLE);
	assert_int_equal(made.movable_ratio_deny, 40000);
	assert_value(&made, "policy", "kernel-reserve", "5%", NULL, 0);
	assert_value(&made, "rule owner", "severity", "deny", NULL, 0);
	assert_int_equal(made.severity_count, 0);
	assert_int_equal(made.device_count, 0);
	policy_clear(&made);
}

/* The example of the manual, and of whoever starts with it. */
static void test_example(void **state)
{
	static const char text[] =
		"[policy]\n"
		"zone = movable                 ; movable kernel auto balanced\n"
		"move = no\n"
		"memmap-on-memory = auto\n"
		"movable-ratio-warn = 3         ; MOVABLE : kernel memory; also 3.5 or 301%.\n"
		"movable-ratio-deny = 4\n"
		"kernel-reserve = 5%            ; of the managed kernel memory\n"
		"on-error = rollback\n"
		"auto-online = keep             ; keep offline online online_kernel\n"
		"[rule gigantic-pages]\n"
		"severity = info                ; deny warn info off\n"
		"[device 20-cxl]\n"
		"match-driver = cxl             ; match-name match-driver (cxl hmem pmem)\n"
		"online = yes\n"
		"zone = movable\n"
		"memmap-on-memory = on\n"
		"[device 10-trace]\n"
		"match-range = 0x100000000-0x17fffffff\n"
		"keep-offline = yes             ; by device or physical range\n";
	struct policy policy;

	make(text, NULL, &policy);
	assert_int_equal(policy.device_count, 2);
	assert_string_equal(policy.devices[0].name, "10-trace");
	assert_true(policy.devices[0].keep_offline);
	assert_int_equal(policy.devices[0].zone, MEMHP_ZONE_UNSET);
	assert_int_equal(policy.devices[0].origin.line, 17);
	assert_string_equal(policy.devices[1].section, "device 20-cxl");
	assert_int_equal(policy.devices[1].zone, MEMHP_ZONE_MOVABLE);
	assert_int_equal(policy.devices[1].memmap_on_memory, MEMHP_MEMMAP_ON);
	assert_value(&policy, "rule gigantic-pages", "severity", "info", "F0", 11);
	policy_clear(&policy);
}

/* One key of [policy], and what it comes to; -1: it is refused. */
static const struct {
	const char *line;
	int64_t value;
} numbers[] = {
	{ "movable-ratio-deny = 3", 30000 },
	{ "movable-ratio-deny = 3.5", 35000 },
	{ "movable-ratio-deny = 3.0001", 30001 },
	{ "movable-ratio-deny = 3.00001", -1 },
	{ "movable-ratio-deny = 301%", 30100 },
	{ "movable-ratio-deny = 301.25%", 30125 },
	{ "movable-ratio-deny = 301.255%", -1 },
	{ "movable-ratio-deny = 0", 0 },
	{ "movable-ratio-deny = .5", -1 },
	{ "movable-ratio-deny = 3.", -1 },
	{ "movable-ratio-deny = -3", -1 },
	{ "movable-ratio-deny = +3", -1 },
	{ "movable-ratio-deny = 3,5", -1 },
	{ "movable-ratio-deny = 3 5", -1 },
	{ "movable-ratio-deny = %", -1 },
	{ "movable-ratio-deny = 3%%", -1 },
	{ "movable-ratio-deny = 0x3", -1 },
	{ "movable-ratio-deny = 1e3", -1 },
	{ "movable-ratio-deny = 922337203685477", 9223372036854770000 },
	{ "movable-ratio-deny = 99999999999999999999", -1 },
	{ "movable-ratio-deny = 1844674407370956", -1 },
};

static void test_ratios(void **state)
{
	struct memhp_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		char text[128];
		const char *const texts[] = { text, NULL };
		struct policy policy;
		int rc;

		snprintf(text, sizeof(text), "[policy]\n%s\n", numbers[i].line);
		rc = make_policy(texts, &error, &policy);
		if ((rc < 0) != (numbers[i].value < 0))
			fail_msg("%s: %d", numbers[i].line, rc);
		if (rc < 0)
			continue;
		assert_int_equal(policy.movable_ratio_deny, numbers[i].value);
		policy_clear(&policy);
	}
}

static void test_reserve(void **state)
{
	struct policy policy;

	policy_default(&policy);
	assert_int_equal(policy_reserve_bytes(&policy, 100 * 4096, 4096), 5 * 4096);
	assert_int_equal(policy_reserve_bytes(&policy, 101 * 4096, 4096), 6 * 4096);
	assert_int_equal(policy_reserve_bytes(&policy, 1, 4096), 4096);
	assert_int_equal(policy_reserve_bytes(&policy, 0, 4096), 0);
	assert_int_equal(policy_reserve_bytes(&policy, 1000, 0), 50);
	assert_int_equal(policy_reserve_bytes(&policy, UINT64_MAX, 4096) / GIB, 858993459);
	make("[policy]\nkernel-reserve = 5000\n", NULL, &policy);
	assert_int_equal(policy_reserve_bytes(&policy, 1, 4096), 8192);
	policy_clear(&policy);
	make("[policy]\nkernel-reserve = 2.5%\n", NULL, &policy);
	assert_int_equal(policy_reserve_bytes(&policy, 4000, 1), 100);
	policy_clear(&policy);
	make("[policy]\nkernel-reserve = 1G\n", NULL, &policy);
	assert_int_equal(policy_reserve_bytes(&policy, 1, 4096), GIB);
	policy_clear(&policy);
}

/* Lines that make sense to no key: the line, and a word of sentence or hint. */
static const struct {
	const char *text;
	unsigned int line;
	const char *says;
} refused[] = {
	{ "[polici]\n", 1, "[policy], [rule NAME]" },
	{ "[device]\n", 1, "no section [device]" },
	{ "[device a b]\n", 1, "no section" },
	{ "[rule owner x]\n", 1, "no section" },
	{ "[rule]\n", 1, "no section" },
	{ "[rule onwer]\n", 1, "no such rule: onwer" },
	{ "[policy]\nzoen = movable\n", 2, "no key zoen in [policy]" },
	{ "[policy]\nonline = yes\n", 2, "auto-online" },
	{ "[policy]\nzone = Movable\n", 2, "movable, kernel, auto or balanced" },
	{ "[policy]\nzone = unset\n", 2, "zone cannot be unset" },
	{ "[policy]\nmove = maybe\n", 2, "yes or no" },
	{ "[policy]\nmemmap-on-memory = yes\n", 2, "on, off or auto" },
	{ "[policy]\non-error = panic\n", 2, "rollback, keep or continue" },
	{ "[policy]\nauto-online = movable\n", 2, "online_movable" },
	{ "[policy]\nkernel-reserve = 5\n", 2, "a percentage as 5%" },
	{ "[policy]\nkernel-reserve = 101%\n", 2, "a percentage" },
	{ "[policy]\nkernel-reserve = 5 %\n", 2, "a percentage" },
	{ "[policy]\nkernel-reserve = 20E\n", 2, "a percentage" },
	{ "[rule owner]\nlevel = warn\n", 2, "its keys are severity" },
	{ "[rule permanent]\nseverity = error\n", 2, "deny, warn, info or off" },
	{ "[rule owner]\nseverity = warn\n", 2, "keeps machines alive" },
	{ "[rule zone-allowed]\nseverity = off\n", 2, "leave it at deny" },
	{ "[rule boot-memory]\nseverity = info\n", 2, "boot-memory" },
	{ "[device x]\nmatch-colour = red\n", 2, "match-driver" },
	{ "[device x]\nmatch-driver = kmem\n", 2, "cxl, hmem or pmem" },
	{ "[device x]\nmatch-driver = cxl kmem\n", 2, "cxl, hmem or pmem" },
	{ "[device x]\nmatch-driver = ,\n", 2, "cxl, hmem or pmem" },
	{ "[device x]\nmatch-node = one\n", 2, "a node's number" },
	{ "[device x]\nmatch-node = 3-1\n", 2, "a node's number" },
	{ "[device x]\nmatch-node = -1\n", 2, "a node's number" },
	{ "[device x]\nmatch-range = 42-47\n", 2, "physical addresses" },
	{ "[device x]\nmatch-range = 0x1000\n", 2, "physical addresses" },
	{ "[device x]\nmatch-range = 0x2000-0x1000\n", 2, "physical addresses" },
	{ "[device x]\nmatch-range = 0x2000+0\n", 2, "physical addresses" },
	{ "[device x]\nmatch-range = 0xffffffffffffffff+2\n", 2, "physical addresses" },
	{ "[device x]\nmatch-range = 0x1000-8191\n", 2, "physical addresses" },
	{ "[device x]\nmatch-size = big\n", 2, "a size" },
	{ "[device x]\nmatch-size = 2G-1G\n", 2, "a size" },
	{ "[device x]\nmatch-uuid = 1234\n", 2, "a UUID" },
	{ "[device x]\nmatch-serial = abc\n", 2, "a number" },
	{ "[device x]\nmatch-path = /proc/self\n", 2, "path below" },
	{ "[device x]\nonline = 2\n", 2, "yes or no" },
};

static void test_refused(void **state)
{
	struct memhp_error error;
	char object[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		const char *const texts[] = { refused[i].text, NULL };
		struct policy policy;
		int rc = make_policy(texts, &error, &policy);

		snprintf(object, sizeof(object), "F0:%u", refused[i].line);
		if (rc != -EINVAL || error.kind != MEMHP_ERROR_POLICY ||
		    strcmp(error.object, object) != 0 ||
		    (strstr(error.message, refused[i].says) == NULL &&
		     strstr(error.hint, refused[i].says) == NULL))
			fail_msg("%s: %d %s: %s; %s", refused[i].text, rc, error.object,
				 error.message, error.hint);
	}
}

/* ---- later files ---- */

static void test_later_wins(void **state)
{
	struct policy policy;

	make("[policy]\nzone = kernel\nmove = yes\n[rule permanent]\nseverity = info\n",
	     "[policy]\nzone = auto\n[rule permanent]\nseverity = deny\n", &policy);
	assert_value(&policy, "policy", "zone", "auto", "F1", 2);
	assert_value(&policy, "policy", "move", "yes", "F0", 3);
	assert_value(&policy, "rule permanent", "severity", "deny", "F1", 4);
	assert_int_equal(policy.zone, MEMHP_ZONE_AUTO);
	assert_true(policy.move);
	assert_int_equal(policy.severity_count, 1);
	assert_int_equal(policy.severities[0].severity, MEMHP_SEVERITY_DENY);
	policy_clear(&policy);
}

/* A device section of a later file replaces it whole; one without keys takes it away. */
static void test_device_replaced(void **state)
{
	struct policy policy;

	make("[device b]\nmatch-node = 1\nzone = kernel\nonline = no\n[device a]\nzone = auto\n",
	     "[device b]\nmatch-driver = cxl\n[device c]\nmatch-size = 1G\n[device a]\n", &policy);
	assert_int_equal(policy.device_count, 2);
	assert_string_equal(policy.devices[0].name, "b");
	assert_int_equal(policy.devices[0].match_count, 1);
	assert_string_equal(policy.devices[0].matches[0].key->name, "match-driver");
	assert_int_equal(policy.devices[0].zone, MEMHP_ZONE_UNSET);
	assert_true(policy.devices[0].online);
	assert_string_equal(policy.devices[0].origin.file, "F1");
	assert_string_equal(policy.devices[1].name, "c");
	assert_null(value_of(&policy, "device b", "zone"));
	assert_null(value_of(&policy, "device a", "zone"));
	policy_clear(&policy);
}

/* A line that does not count in the end still has to be one. */
static void test_replaced_is_checked(void **state)
{
	const char *const texts[] = { "[device a]\nzone = banana\n", "[device a]\nzone = auto\n",
				      NULL };
	struct memhp_error error;
	struct policy policy;

	assert_int_equal(make_policy(texts, &error, &policy), -EINVAL);
	assert_string_equal(error.object, "F0:2");
}

static void test_copy(void **state)
{
	struct policy policy, copy;

	make("[device a]\nmatch-name = dax*\n", NULL, &policy);
	policy_copy(&policy, &copy);
	policy_clear(&policy);
	assert_string_equal(copy.devices[0].matches[0].items[0].text, "dax*");
	policy_clear(&copy);
	policy_clear(&copy);
}

/* ---- matching ---- */

static struct mapping mappings[] = { { 4 * GIB, 5 * GIB - 1 }, { 8 * GIB, 9 * GIB - 1 } };
static struct memdev memdevs[] = { { "mem0", "0x1a2b", "0000:35:00.0" }, { "mem1", NULL, NULL } };
static struct memhp_device devices[] = {
	{
		.name = "dax0.0",
		.provider = "cxl",
		.region = "cxl:region7",
		.path = "platform/ACPI0017:00/root0/decoder0.0/region7/dax_region7/dax0.0",
		.uuid = "0b6a4f0e-0000-4000-8000-00000000abcd",
		.size = 2 * GIB,
		.target_node = 3,
		.mappings = mappings,
		.mapping_count = 2,
		.memdevs = memdevs,
		.memdev_count = 2,
	},
	{ .name = "dax1.0", .size = SIZE_UNKNOWN, .target_node = NODE_NONE },
};
static struct memhp_block block = { .number = 32, .device = 0, .node = 3 };
static const struct memhp_snapshot machine = {
	.machine = { .block_size = 128ULL << 20 },
	.devices = devices,
	.device_count = 2,
	.blocks = &block,
	.block_count = 1,
};

/* A line, and whether dax0.0 has it; dax1.0, of which nothing is known, never does unless it says so. */
static const struct {
	const char *line;
	bool holds;
	bool holds_unknown;
} lines[] = {
	{ "match-name = dax0.0", true, false },
	{ "match-name = dax*", true, true },
	{ "match-name = dax0", false, false },
	{ "match-name = dax9.0 dax0.0", true, false },
	{ "match-name = dax9.0,dax[01].0", true, true },
	{ "match-driver = cxl", true, false },
	{ "match-driver = hmem, cxl", true, false },
	{ "match-driver = pmem", false, false },
	{ "match-region = cxl:region7", true, false },
	{ "match-region = region7", true, false },
	{ "match-region = cxl:*", true, false },
	{ "match-region = nd:region7", false, false },
	{ "match-path = */decoder0.0/*", true, false },
	{ "match-path = platform/ACPI0017:00/*", true, false },
	{ "match-path = /sys/devices/platform/ACPI0017:00/*", true, false },
	{ "match-path = decoder0.0", false, false },
	{ "match-node = 3", true, false },
	{ "match-node = 1-2,3", true, false },
	{ "match-node = 0-2", false, false },
	{ "match-range = 0x100000000-0x23fffffff", true, false },
	{ "match-range = 0x100000000+1G 0x200000000+1G", true, false },
	{ "match-range = 0x100000000+1G", false, false },
	{ "match-range = 0x100000000-0x23ffffffe", false, false },
	{ "match-size = 2G", true, false },
	{ "match-size = 2147483648", true, false },
	{ "match-size = 1G-4G", true, false },
	{ "match-size = 1G", false, false },
	{ "match-uuid = 0B6A4F0E-0000-4000-8000-00000000ABCD", true, false },
	{ "match-uuid = 0b6a4f0e-0000-4000-8000-00000000abce", false, false },
	{ "match-serial = 0x1A2B", true, false },
	{ "match-serial = 6699", true, false },
	{ "match-serial = 6698", false, false },
	{ "match-pci = 0000:35:00.0", true, false },
	{ "match-pci = 0000:35:*", true, false },
	{ "match-pci = 35:00.0", false, false },
	{ "online = yes", true, true },
};

static void test_matching(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		struct policy policy;
		char text[256];
		bool holds, unknown;

		snprintf(text, sizeof(text), "[device x]\n%s\n", lines[i].line);
		make(text, NULL, &policy);
		holds = policy_section_of_device(&policy, &machine, &devices[0]) != NULL;
		unknown = policy_section_of_device(&policy, &machine, &devices[1]) != NULL;
		if (holds != lines[i].holds || unknown != lines[i].holds_unknown)
			fail_msg("%s: %d %d", lines[i].line, holds, unknown);
		policy_clear(&policy);
	}
}

static void assert_section(const struct policy_device *section, const char *name)
{
	if (name == NULL) {
		assert_null(section);
		return;
	}
	assert_non_null(section);
	assert_string_equal(section->name, name);
}

/* The first section whose keys all hold, in the order of names and not of lines. */
static void test_sections(void **state)
{
	struct policy policy;

	make("[device c]\nonline = yes\n[device b]\nmatch-driver = cxl\nmatch-node = 3\n"
	     "[device a]\nmatch-driver = cxl\nmatch-node = 4\n",
	     NULL, &policy);
	assert_section(policy_section_of_device(&policy, &machine, &devices[0]), "b");
	assert_section(policy_section_of_device(&policy, &machine, &devices[1]), "c");
	policy_clear(&policy);
}

/* What could not be read of a device must not decide which section is taken for it. */
static void test_unsure(void **state)
{
	static const struct {
		const char *text;
		unsigned int unread;
		const char *unsure;
	} rows[] = {
		{ "[device a]\nmatch-driver = hmem\n", 0, NULL },
		{ "[device a]\nmatch-driver = hmem\n", DEVICE_UNREAD_PLACE, "a" },
		{ "[device a]\nmatch-driver = hmem\n", DEVICE_UNREAD_SIZE, NULL },
		{ "[device a]\nmatch-serial = 7\n", DEVICE_UNREAD_PLACE, "a" },
		{ "[device a]\nmatch-size = 1G\n", DEVICE_UNREAD_SIZE, "a" },
		{ "[device a]\nmatch-node = 1\n", DEVICE_UNREAD_NODE, "a" },
		/* Something else rules the section out. */
		{ "[device a]\nmatch-driver = hmem\nmatch-node = 4\n", DEVICE_UNREAD_PLACE, NULL },
		{ "[device a]\nmatch-driver = hmem\nmatch-name = dax7.0\n", DEVICE_UNREAD_PLACE,
		  NULL },
		/* An earlier one is taken in any case. */
		{ "[device a]\nmatch-node = 3\n[device b]\nmatch-uuid = "
		  "0b6a4f0e-0000-4000-8000-00000000abce\n",
		  DEVICE_UNREAD_PLACE, NULL },
		/* Not the device, but a block of it may lie there. */
		{ "[device a]\nmatch-range = 0x100000000+128M\nmatch-driver = hmem\n",
		  DEVICE_UNREAD_PLACE, "a" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memhp_device device = devices[0];
		struct policy policy;

		device.unread = rows[i].unread;
		make(rows[i].text, NULL, &policy);
		assert_section(policy_unsure(&policy, &machine, &device), rows[i].unsure);
		policy_clear(&policy);
	}
}

/* A block lies in a range on its own; to be kept offline it is enough to touch one. */
static void test_block_sections(void **state)
{
	struct policy policy;

	make("[device a]\nmatch-range = 0x100000000+128M\nmatch-driver = cxl\n", NULL, &policy);
	assert_section(policy_section_of_block(&policy, &machine, &block), "a");
	assert_section(policy_section_of_device(&policy, &machine, &devices[0]), NULL);
	policy_clear(&policy);
	make("[device a]\nmatch-range = 0x100000000+64M\n", NULL, &policy);
	assert_section(policy_section_of_block(&policy, &machine, &block), NULL);
	policy_clear(&policy);
	make("[device a]\nmatch-range = 0x107ffffff+1\nkeep-offline = yes\n", NULL, &policy);
	assert_section(policy_section_of_block(&policy, &machine, &block), "a");
	policy_clear(&policy);
	make("[device a]\nmatch-range = 0x108000000+1\nkeep-offline = yes\n", NULL, &policy);
	assert_section(policy_section_of_block(&policy, &machine, &block), NULL);
	policy_clear(&policy);
}

/* ---- looking at it ---- */

static void test_view(void **state)
{
	struct memhp_policy *view = NULL;
	const struct policy_matched *matched;
	struct memhp_error error;
	struct policy policy;

	make("[device a]\nmatch-driver = hmem pmem\n[device b]\nmatch-name = dax0.0\n"
	     "[device c]\nzone = kernel\n[device d]\nmatch-range = 0x100000000+128M\n"
	     "[device 0]\nmatch-range = 0x200000000+256M\nkeep-offline = yes\n",
	     NULL, &policy);
	assert_int_equal(policy_view_new(&policy, &machine, "dax0.0", &error, &view), 0);
	policy_clear(&policy);
	assert_int_equal(view->matched_count, 2);
	matched = &view->matched[0];
	assert_string_equal(matched->subject, "dax0.0");
	assert_section(matched->section, "b");
	assert_int_equal(matched->other_count, 4);
	assert_section(matched->others[0].section, "0");
	assert_string_equal(matched->others[0].actual,
			    "0x100000000-0x13fffffff 0x200000000-0x23fffffff");
	assert_string_equal(matched->others[1].match->text, "hmem pmem");
	assert_string_equal(matched->others[1].actual, "cxl");
	assert_null(matched->others[2].match);
	assert_section(matched->others[2].earlier, "b");
	/* Blocks that are yet to be, of which some would stay offline. */
	assert_string_equal(view->matched[1].subject, "memory64-65");
	assert_section(view->matched[1].section, "0");
	memhp_policy_unref(view);
	policy_default(&policy);
	assert_int_equal(policy_view_new(&policy, &machine, "dax9.9", &error, &view), -ENOENT);
	assert_int_equal(error.kind, MEMHP_ERROR_TARGET);
	assert_int_equal(policy_view_new(&policy, NULL, NULL, &error, &view), 0);
	assert_int_equal(view->matched_count, 0);
	memhp_policy_unref(view);
}

/* ---- plans ---- */

#define MACHINE                                                          \
	"device dax0.0 device_dax node 1 hmem memmap off blocks 48-51\n" \
	"device dax1.0 kmem node 2 cxl blocks 64-67\n"                   \
	"blocks 0-31 online Normal node 0 boot\n"                        \
	"blocks 64-67 offline node 2 kmem dax1.0\n"

/* Where the block's last step brings it; WORD_UNKNOWN: it has none. */
static enum online_word word_for(const struct memhp_plan *plan, uint32_t number)
{
	enum online_word word = WORD_UNKNOWN;
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == STEP_BLOCK && plan->steps[i].block == number)
			word = plan->steps[i].word;
	}
	return word;
}

static bool sets_memmap(const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == STEP_MEMMAP)
			return plan->steps[i].to == TRI_YES;
	}
	return false;
}

/* A plan of WORDS on MACHINE with POLICY, and where blocks 48 and 64 go. */
static const struct {
	const char *policy;
	const char *words;
	enum online_word first;
	enum online_word second;
	bool memmap;
} plans[] = {
	{ "", "online dax0.0 dax1.0", WORD_ONLINE_MOVABLE, WORD_ONLINE_MOVABLE, false },
	{ "policy zone kernel\n", "online dax0.0 dax1.0", WORD_ONLINE_KERNEL, WORD_ONLINE_KERNEL,
	  false },
	{ "policy zone kernel\npolicy device a match-driver cxl\npolicy device a zone movable\n",
	  "online dax0.0 dax1.0", WORD_ONLINE_KERNEL, WORD_ONLINE_MOVABLE, false },
	{ "policy device a match-driver cxl\npolicy device a zone kernel\n",
	  "online --zone auto dax0.0 dax1.0", WORD_ONLINE, WORD_ONLINE, false },
	{ "policy memmap-on-memory on\n", "online dax0.0", WORD_ONLINE_MOVABLE, WORD_UNKNOWN,
	  true },
	{ "policy memmap-on-memory on\npolicy device a memmap-on-memory off\n", "online dax0.0",
	  WORD_ONLINE_MOVABLE, WORD_UNKNOWN, false },
	{ "policy device a memmap-on-memory on\n", "online --memmap-on-memory off dax0.0",
	  WORD_ONLINE_MOVABLE, WORD_UNKNOWN, false },
	/* --from-policy: what no section wants is left as it is, and that is no failure */
	{ "", "online --from-policy dax0.0 dax1.0", WORD_UNKNOWN, WORD_UNKNOWN, false },
	{ "policy device a match-driver cxl\npolicy device a zone kernel\n",
	  "online --from-policy dax0.0 dax1.0", WORD_UNKNOWN, WORD_ONLINE_KERNEL, false },
	{ "policy device a match-driver hmem\npolicy device a memmap-on-memory on\n",
	  "online --from-policy dax0.0 dax1.0", WORD_ONLINE_MOVABLE, WORD_UNKNOWN, true },
	{ "policy device a match-driver cxl\npolicy device a online no\n",
	  "online --from-policy dax1.0", WORD_UNKNOWN, WORD_UNKNOWN, false },
	{ "policy device a match-driver cxl\npolicy device a online no\n", "online dax1.0",
	  WORD_UNKNOWN, WORD_ONLINE_MOVABLE, false },
	{ "policy device a keep-offline yes\n", "online --from-policy dax0.0 dax1.0", WORD_UNKNOWN,
	  WORD_UNKNOWN, false },
	{ "policy device a match-range 0x200000000+256M\npolicy device a zone kernel\n",
	  "online --from-policy 64-67", WORD_UNKNOWN, WORD_ONLINE_KERNEL, false },
};

static void test_plans(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(plans); i++) {
		_cleanup_(case_cleanup) struct test_case *test_case = NULL;
		_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
		struct memhp_error error;
		char text[1024];

		snprintf(text, sizeof(text), "memmap-on-memory on\n" MACHINE "%s", plans[i].policy);
		test_case = case_parse("plans", text);
		if (case_plan(test_case, plans[i].words, &error, &plan) < 0)
			fail_msg("%s: %s", plans[i].words, error.message);
		if (word_for(plan, 48) != plans[i].first || word_for(plan, 64) != plans[i].second ||
		    sets_memmap(plan) != plans[i].memmap)
			fail_msg("%s%s: %d %d %d", plans[i].policy, plans[i].words,
				 word_for(plan, 48), word_for(plan, 64), sets_memmap(plan));
	}
}

/* Blocks of a range go elsewhere than the rest of their device. */
static void test_part(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("part", MACHINE "policy device a match-range 0x208000000+128M\n"
					   "policy device a zone kernel\n");
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct memhp_error error;

	assert_int_equal(case_plan(test_case, "online dax1.0", &error, &plan), 0);
	assert_int_equal(word_for(plan, 64), WORD_ONLINE_MOVABLE);
	assert_int_equal(word_for(plan, 65), WORD_ONLINE_KERNEL);
	assert_int_equal(word_for(plan, 66), WORD_ONLINE_MOVABLE);
}

/* What is online in another zone is moved from policy only where the policy says move. */
static void test_move(void **state)
{
	static const char machine_text[] = "device dax1.0 kmem node 2 cxl blocks 64-67\n"
					   "blocks 0-31 online Normal node 0 boot\n"
					   "blocks 64-67 online Normal node 2 kmem dax1.0\n"
					   "policy device a zone movable\n";
	static const struct {
		const char *policy;
		const char *words;
		size_t steps;
	} moves[] = {
		{ "", "online --from-policy dax1.0", 0 },
		{ "policy move yes\n", "online --from-policy dax1.0", 8 },
		{ "", "online --from-policy --move dax1.0", 8 },
		{ "policy move yes\n", "online dax1.0", 0 },
		{ "", "online --zone movable dax1.0", 8 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		_cleanup_(case_cleanup) struct test_case *test_case = NULL;
		_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
		struct memhp_error error;
		char text[512];

		snprintf(text, sizeof(text), "%s%s", machine_text, moves[i].policy);
		test_case = case_parse("move", text);
		assert_int_equal(case_plan(test_case, moves[i].words, &error, &plan), 0);
		if (plan->step_count != moves[i].steps)
			fail_msg("%s%s: %zu steps", moves[i].policy, moves[i].words,
				 plan->step_count);
	}
}

static const struct memhp_finding *finding_of(const struct memhp_plan *plan, const char *rule)
{
	size_t i;

	for (i = 0; i < plan->findings.count; i++) {
		if (strcmp(plan->findings.items[i].rule->name, rule) == 0)
			return &plan->findings.items[i];
	}
	return NULL;
}

/* A rule speaks as the policy says, up and down. */
static void test_severities(void **state)
{
	static const struct {
		const char *policy;
		enum memhp_severity severity; /* OFF: nothing is found */
		enum memhp_verdict verdict;
	} severities[] = {
		{ "", MEMHP_SEVERITY_WARN, MEMHP_VERDICT_WARN },
		{ "policy rule permanent severity info\n", MEMHP_SEVERITY_INFO,
		  MEMHP_VERDICT_ALLOW },
		{ "policy rule permanent severity off\n", MEMHP_SEVERITY_OFF, MEMHP_VERDICT_ALLOW },
		{ "policy rule permanent severity deny\n", MEMHP_SEVERITY_DENY,
		  MEMHP_VERDICT_DENY },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(severities); i++) {
		_cleanup_(case_cleanup) struct test_case *test_case = NULL;
		_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
		const struct memhp_finding *finding;
		struct memhp_error error;
		char text[512];

		snprintf(text, sizeof(text), MACHINE "%s", severities[i].policy);
		test_case = case_parse("severities", text);
		assert_int_equal(case_plan(test_case, "online --zone kernel dax1.0", &error, &plan),
				 0);
		finding = finding_of(plan, "permanent");
		assert_int_equal(finding != NULL ? finding->severity : MEMHP_SEVERITY_OFF,
				 severities[i].severity);
		assert_int_equal(plan->verdict, severities[i].verdict);
	}
}

/* The plan is another one under another policy, whatever file that stands in. */
static void test_fingerprint(void **state)
{
	static const char *const texts[] = { MACHINE, MACHINE "policy kernel-reserve 6%\n",
					     MACHINE "policy device a match-node 7\n" };
	char seen[ARRAY_SIZE(texts)][4096];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(case_cleanup) struct test_case *test_case = case_parse("id", texts[i]);
		_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
		struct memhp_error error;

		assert_int_equal(case_plan(test_case, "online dax1.0", &error, &plan), 0);
		assert_true(strlen(plan->fingerprint) < sizeof(seen[i]));
		strcpy(seen[i], plan->fingerprint);
		for (j = 0; j < i; j++)
			assert_string_not_equal(seen[i], seen[j]);
	}
}

/* --from-policy is for online. */
static void test_operations(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("operations", MACHINE);
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	assert_true(case_plan(test_case, "offline --from-policy dax1.0", &error, &plan) < 0);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
}

/* Every rule can be named in a policy. */
static void test_rules(void **state)
{
	struct policy_rule rule;
	size_t i, j;

	for (i = 0; rules[i] != NULL; i++) {
		for (j = 0; policy_rule(j, &rule) && strcmp(rule.name, rules[i]->name) != 0; j++)
			;
		if (!policy_rule(j, &rule))
			fail_msg("a policy does not know %s", rules[i]->name);
		assert_int_equal(rule.severity, rules[i]->severity);
		if (rules[i]->severity == MEMHP_SEVERITY_DENY)
			assert_int_equal(rule.may_be_lowered, rules[i]->forceable == FORCE_BY_NAME);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_ratios),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_later_wins),
		cmocka_unit_test(test_device_replaced),
		cmocka_unit_test(test_replaced_is_checked),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_unsure),
		cmocka_unit_test(test_block_sections),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_severities),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
