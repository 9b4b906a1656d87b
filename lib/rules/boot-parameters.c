/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * boot-parameters: what the kernel was told at boot that keeps this machine's memory from being
 * hot-plugged, or puts it elsewhere than the policy wants it; one row for each.
 */
#include <errno.h>
#include <string.h>

#include "../rule.h"
#include "../surroundings.h"

#define VALUE_MAX 128
#define ON "1,y,Y,on,"
#define TAKE_IT_AWAY "boot without it"

static bool always(const struct memhp_plan *plan)
{
	return true;
}

static bool wants_kernel_choice(const struct memhp_plan *plan)
{
	return plan->policy.zone == MEMHP_ZONE_AUTO || plan->policy.zone == MEMHP_ZONE_KERNEL;
}

static bool is_off_all_the_same(const struct memhp_plan *plan)
{
	return plan->before->machine.memmap_on_memory == MEMMAP_MODE_OFF;
}

static bool wants_parameter(const struct memhp_plan *plan)
{
	return wants_memmap_on_memory(plan) && is_off_all_the_same(plan);
}

/*
 * VALUES: words with commas behind them, one of which must be among those given, which commas part too;
 * NULL: any. ABSENT: the finding is that it is not there. Kernels from 6.1 to 7.2 have these
 * (admin-guide/kernel-parameters.txt); mem= is a limit to memory that comes later as well
 * (mm/memory_hotplug.c:register_memory_resource).
 */
static const struct parameter_row {
	const char *name;
	const char *values;
	bool absent;
	bool (*matters)(const struct memhp_plan *plan);
	enum memhp_severity severity;
	const char *message;
	const char *remedy;
} rows[] = {
	{ "efi", "nosoftreserve,", false, always, MEMHP_SEVERITY_WARN,
	  "memory that the firmware sets aside for a purpose is taken as ordinary memory at boot, "
	  "and can never come out",
	  TAKE_IT_AWAY },
	{ "mem", NULL, false, always, MEMHP_SEVERITY_WARN,
	  "the kernel refuses to add memory above this address", TAKE_IT_AWAY },
	{ "acpi_no_memhotplug", NULL, false, has_dimm_slots, MEMHP_SEVERITY_WARN,
	  "memory modules that are plugged in are not added", TAKE_IT_AWAY },
	{ "device_hmem.disable", ON, false, has_soft_reserved, MEMHP_SEVERITY_WARN,
	  "memory that the firmware has set aside does not become dax devices", TAKE_IT_AWAY },
	{ "numa", "off,", false, has_far_node, MEMHP_SEVERITY_WARN,
	  "memory of every kind is one node, and cannot be told apart", TAKE_IT_AWAY },
	{ "numa", "nohmat,", false, has_far_node, MEMHP_SEVERITY_INFO,
	  "how fast memory is cannot be known, so all of it is one tier", TAKE_IT_AWAY },
	{ "memhp_default_state", "online,online_kernel,", false, wants_no_kernel_zone,
	  MEMHP_SEVERITY_INFO,
	  "new memory goes to a kernel zone, and the policy wants it elsewhere",
	  "boot with memhp_default_state=offline or online_movable" },
	{ "movable_node", NULL, false, wants_kernel_choice, MEMHP_SEVERITY_INFO,
	  "where nobody names a zone, memory that is hot-added goes to Movable", TAKE_IT_AWAY },
	{ "kernelcore", NULL, false, always, MEMHP_SEVERITY_INFO,
	  "a part of the memory of the boot lies in Movable, and counts in the ratio",
	  TAKE_IT_AWAY },
	{ "movablecore", NULL, false, always, MEMHP_SEVERITY_INFO,
	  "a part of the memory of the boot lies in Movable, and counts in the ratio",
	  TAKE_IT_AWAY },
	{ "memory_hotplug.memmap_on_memory", "1,y,Y,on,force,", false, is_off_all_the_same,
	  MEMHP_SEVERITY_WARN, "it is given, and memmap_on_memory is off all the same",
	  "see what the kernel's log says of memmap_on_memory at boot" },
	{ "memory_hotplug.memmap_on_memory", NULL, true, wants_parameter, MEMHP_SEVERITY_WARN,
	  "it is not given, so memory cannot hold what describes it, as it is set up to",
	  "boot with memory_hotplug.memmap_on_memory=1" },
};

/* Whether WORD, which ends where a comma does, is one of VALUES. */
static bool is_listed(const char *values, const char *word, size_t len)
{
	while (*values != '\0') {
		size_t value = strcspn(values, ",");

		if (value == len && strncmp(values, word, len) == 0)
			return true;
		values += value + 1;
	}
	return false;
}

static bool has_value(const char *values, const char *given)
{
	if (values == NULL)
		return true;
	for (;;) {
		size_t len = strcspn(given, ",");

		if (is_listed(values, given, len))
			return true;
		if (given[len] == '\0')
			return false;
		given += len + 1;
	}
}

static bool applies(const struct memhp_plan *plan, const struct parameter_row *row, char *value)
{
	bool given = boot_parameter(plan->before, row->name, value, VALUE_MAX);

	if (row->absent)
		return !given && row->matters(plan);
	return given && has_value(row->values, value) && row->matters(plan);
}

static int check_row(const struct memhp_plan *plan, struct findings *findings,
		     const struct parameter_row *row)
{
	struct memhp_finding *finding;
	char value[VALUE_MAX] = "";

	if (!applies(plan, row, value))
		return 0;
	finding = finding_add(findings, &rule_boot_parameters);
	if (finding == NULL)
		return -ENOMEM;
	finding->severity = row->severity;
	text_format(finding->subject, sizeof(finding->subject), "%s%s%s", row->name,
		    value[0] != '\0' ? "=" : "", value);
	text_copy(finding->message, sizeof(finding->message), row->message);
	text_copy(finding->remedy, sizeof(finding->remedy), row->remedy);
	return 0;
}

static int add_unknown(struct findings *findings)
{
	struct memhp_finding *finding = finding_add(findings, &rule_boot_parameters);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	text_copy(finding->subject, sizeof(finding->subject), "/proc/cmdline");
	text_copy(finding->message, sizeof(finding->message),
		  "what the kernel was told at boot is not known");
	text_copy(finding->remedy, sizeof(finding->remedy), "make it readable");
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;
	int rc = 0;

	if (!plan->before->setup.scanned)
		return 0;
	if (plan->before->machine.command_line == NULL)
		return add_unknown(findings);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(rows); i++)
		rc = check_row(plan, findings, &rows[i]);
	return rc;
}

const struct rule rule_boot_parameters = {
	.name = "boot-parameters",
	.severity = MEMHP_SEVERITY_WARN,
	.forceable = FORCE_NOT_APPLICABLE,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE),
	.summary = "the kernel was told something at boot that stands in memory's way",
	.check = check,
};
