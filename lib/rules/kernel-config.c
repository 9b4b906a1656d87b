/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel-config: build options of the kernel without which the memory that this machine has, or may get,
 * cannot be hot-plugged; one row for each. A kernel whose options cannot be read is told as that.
 */
#include <errno.h>
#include <string.h>

#include "../parse.h"
#include "../rule.h"
#include "../surroundings.h"

static bool always(const struct memhp_plan *plan)
{
	return true;
}

/* Nobody has said at boot what is to become of new memory, and the policy wants another thing. */
static bool default_counts(const struct memhp_plan *plan)
{
	char value[IO_NAME_MAX];

	return wants_no_kernel_zone(plan) && plan->before->machine.command_line != NULL &&
	       !boot_parameter(plan->before, "memhp_default_state", value, sizeof(value));
}

static bool soft_reserve_counts(const struct memhp_plan *plan)
{
	return plan->before->setup.has_efi == TRI_YES && (has_cxl(plan) || has_soft_reserved(plan));
}

#define OTHER_KERNEL "use a kernel that has it"
#define SAY_AT_BOOT "boot with memhp_default_state=offline or online_movable"

static const struct option_row {
	const char *name;
	const char *wanted; /* any of these letters */
	bool (*matters)(const struct memhp_plan *plan);
	enum memhp_severity severity;
	const char *message;
	const char *remedy;
} rows[] = {
	{ "CONFIG_MEMORY_HOTPLUG", "y", always, MEMHP_SEVERITY_WARN, "no memory can be added",
	  OTHER_KERNEL },
	{ "CONFIG_MEMORY_HOTREMOVE", "y", always, MEMHP_SEVERITY_WARN,
	  "memory that was added can never be taken out again", OTHER_KERNEL },
	{ "CONFIG_MIGRATION", "y", always, MEMHP_SEVERITY_WARN,
	  "pages in use cannot be moved, so no block in use can be taken offline", OTHER_KERNEL },
	{ "CONFIG_SPARSEMEM_VMEMMAP", "y", wants_memmap_on_memory, MEMHP_SEVERITY_WARN,
	  "memory cannot hold what describes it", OTHER_KERNEL },
	{ "CONFIG_MHP_MEMMAP_ON_MEMORY", "y", wants_memmap_on_memory, MEMHP_SEVERITY_WARN,
	  "memory cannot hold what describes it, so that goes to kernel zones", OTHER_KERNEL },
	{ "CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE", "n", default_counts, MEMHP_SEVERITY_INFO,
	  "new memory goes online by itself unless the boot says otherwise", SAY_AT_BOOT },
	{ "CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO", "n", default_counts, MEMHP_SEVERITY_INFO,
	  "new memory goes online by itself unless the boot says otherwise", SAY_AT_BOOT },
	{ "CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_KERNEL", "n", default_counts, MEMHP_SEVERITY_INFO,
	  "new memory goes to kernel zones by itself unless the boot says otherwise", SAY_AT_BOOT },
	{ "CONFIG_ZONE_DEVICE", "y", has_dax_memory, MEMHP_SEVERITY_WARN,
	  "device memory cannot be used at all", OTHER_KERNEL },
	{ "CONFIG_DEV_DAX", "ym", has_dax_memory, MEMHP_SEVERITY_WARN,
	  "device memory does not become dax devices", OTHER_KERNEL },
	{ "CONFIG_DEV_DAX_KMEM", "ym", has_dax_memory, MEMHP_SEVERITY_WARN,
	  "device memory cannot become memory blocks", OTHER_KERNEL },
	{ "CONFIG_DEV_DAX_HMEM", "ym", has_soft_reserved, MEMHP_SEVERITY_WARN,
	  "memory that the firmware has set aside does not become dax devices", OTHER_KERNEL },
	{ "CONFIG_DEV_DAX_PMEM", "ym", has_persistent, MEMHP_SEVERITY_WARN,
	  "persistent memory does not become dax devices", OTHER_KERNEL },
	{ "CONFIG_DEV_DAX_CXL", "ym", has_cxl, MEMHP_SEVERITY_WARN,
	  "memory of CXL regions does not become dax devices", OTHER_KERNEL },
	{ "CONFIG_CXL_BUS", "ym", has_cxl, MEMHP_SEVERITY_WARN, "CXL memory is not seen",
	  OTHER_KERNEL },
	{ "CONFIG_CXL_PCI", "ym", has_cxl, MEMHP_SEVERITY_WARN, "CXL cards are not seen",
	  OTHER_KERNEL },
	{ "CONFIG_CXL_ACPI", "ym", has_cxl, MEMHP_SEVERITY_WARN,
	  "the CXL windows that the firmware describes are not seen", OTHER_KERNEL },
	{ "CONFIG_CXL_MEM", "ym", has_cxl, MEMHP_SEVERITY_WARN,
	  "memory of CXL cards cannot be managed", OTHER_KERNEL },
	{ "CONFIG_CXL_PORT", "ym", has_cxl, MEMHP_SEVERITY_WARN,
	  "CXL memory cannot be reached through ports and switches", OTHER_KERNEL },
	{ "CONFIG_CXL_REGION", "y", has_cxl, MEMHP_SEVERITY_WARN,
	  "no CXL region can be made, so CXL memory cannot be used", OTHER_KERNEL },
	{ "CONFIG_EFI_SOFT_RESERVE", "y", soft_reserve_counts, MEMHP_SEVERITY_WARN,
	  "memory that the firmware sets aside for a purpose is taken as ordinary memory at boot",
	  OTHER_KERNEL },
	{ "CONFIG_ACPI_HOTPLUG_MEMORY", "y", has_dimm_slots, MEMHP_SEVERITY_WARN,
	  "memory modules that are plugged in are not added", OTHER_KERNEL },
	{ "CONFIG_ACPI_HMAT", "y", has_far_node, MEMHP_SEVERITY_INFO,
	  "how fast memory is cannot be known, so all of it is one tier", OTHER_KERNEL },
	{ "CONFIG_NUMA", "y", has_far_node, MEMHP_SEVERITY_WARN,
	  "memory of every kind is one node, and cannot be told apart", OTHER_KERNEL },
};

static int check_row(const struct memhp_plan *plan, struct findings *findings,
		     const struct option_row *row)
{
	char value = parse_config(plan->before->setup.config, row->name);
	struct memhp_finding *finding;

	if (strchr(row->wanted, value) != NULL || !row->matters(plan))
		return 0;
	finding = finding_add(findings, &rule_kernel_config);
	if (finding == NULL)
		return -ENOMEM;
	finding->severity = row->severity;
	text_copy(finding->subject, sizeof(finding->subject), row->name);
	text_format(finding->message, sizeof(finding->message), "%s: %s",
		    value == 'n' ? "is not set" : "is set", row->message);
	text_copy(finding->remedy, sizeof(finding->remedy), row->remedy);
	return 0;
}

static int add_unknown(const struct memhp_plan *plan, struct findings *findings)
{
	struct memhp_finding *finding = finding_add(findings, &rule_kernel_config);
	const char *release = plan->before->machine.kernel;

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	text_copy(finding->subject, sizeof(finding->subject), "kernel");
	text_copy(finding->message, sizeof(finding->message),
		  "how it was built is not known, so whether it has all that memory hotplug needs "
		  "is not either");
	text_format(finding->remedy, sizeof(finding->remedy),
		    "/boot/config-%.80s, /lib/modules/%.80s/config or /proc/config.gz would tell",
		    release != NULL ? release : "RELEASE", release != NULL ? release : "RELEASE");
	return 0;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	size_t i;
	int rc = 0;

	if (!plan->before->setup.scanned)
		return 0;
	if (plan->before->setup.config == NULL)
		return add_unknown(plan, findings);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(rows); i++)
		rc = check_row(plan, findings, &rows[i]);
	return rc;
}

const struct rule rule_kernel_config = {
	.name = "kernel-config",
	.severity = MEMHP_SEVERITY_WARN,
	.forceable = FORCE_NOT_APPLICABLE,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE),
	.summary = "the kernel was built without something that this machine's memory needs",
	.check = check,
};
