/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * auto-online: while a plan binds drivers the kernel's own word is parked, but at the next boot nobody
 * parks it: memory that kmem takes by itself then goes where that word says, and no udev rule is
 * faster (mm/memory_hotplug.c:add_memory_resource, 6.1 to 7.2).
 */
#include <errno.h>
#include <string.h>

#include "../rule.h"

/* Where an empty node's memory goes by the kernel's word. */
static zone_set zones_by_word(const struct machine *machine, zone_set kernel)
{
	switch (machine->auto_online) {
	case WORD_ONLINE_MOVABLE:
		return ZONE_BIT(ZONE_MOVABLE);
	case WORD_ONLINE_KERNEL:
		return kernel;
	case WORD_ONLINE:
		if (machine->online_policy != NULL &&
		    strcmp(machine->online_policy, "contig-zones") != 0)
			return kernel | ZONE_BIT(ZONE_MOVABLE);
		if (machine->movable_node == TRI_NO)
			return kernel;
		return machine->movable_node == TRI_YES ? ZONE_BIT(ZONE_MOVABLE) :
							  kernel | ZONE_BIT(ZONE_MOVABLE);
	default:
		return ZONES_UNKNOWN;
	}
}

static bool comes_by_itself(const struct memhp_device *device)
{
	return device->kind == MEMHP_DEVICE_DAX && !driver_needs_id(device, DRIVER_KMEM);
}

/* Where the plan, or the machine as it is, has a device's memory; none if it is not online at all. */
static zone_set zones_of_device(const struct memhp_snapshot *snapshot, uint16_t device)
{
	struct device_walk walk = { .device = device };
	const struct memhp_block *block;
	zone_set zones = ZONES_NONE;

	while ((block = device_block_next(snapshot, &walk)) != NULL)
		zones |= block->zones;
	return zones;
}

static int add(const struct memhp_plan *plan, struct findings *findings, uint16_t index,
	       zone_set wanted, zone_set by_word)
{
	const struct machine *machine = &plan->before->machine;
	struct memhp_finding *finding = finding_add(findings, &rule_auto_online);
	char from[IO_NAME_MAX], to[IO_NAME_MAX];

	if (finding == NULL)
		return -ENOMEM;
	zones_to_text(wanted, ',', from, sizeof(from));
	zones_to_text(by_word, ',', to, sizeof(to));
	if (plan->request.options.operation != MEMHP_OPERATION_NONE)
		finding->severity = MEMHP_SEVERITY_INFO;
	text_copy(finding->subject, sizeof(finding->subject),
		  snapshot_device_name(plan->before, index));
	text_format(finding->message, sizeof(finding->message),
		    "it is to be in %.40s; at the next boot the kernel puts it in %.40s by itself "
		    "(auto_online_blocks is %s)",
		    from, to, online_word_name(machine->auto_online));
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "boot with memhp_default_state=offline, or with the word for that zone");
	return 0;
}

/* What the policy says of a device that is in use. */
static zone_set policy_zones(const struct memhp_plan *plan, uint16_t index)
{
	const struct policy_device *section = policy_section_of_device(
		&plan->policy, plan->before, &plan->before->devices[index]);
	enum memhp_zone_choice zone = section != NULL && section->zone != MEMHP_ZONE_UNSET ?
					      section->zone :
					      plan->policy.zone;

	if (zones_of_device(plan->before, index) == ZONES_NONE)
		return ZONES_NONE;
	return zone == MEMHP_ZONE_MOVABLE ? ZONE_BIT(ZONE_MOVABLE) :
	       zone == MEMHP_ZONE_KERNEL  ? ZONES_KERNEL :
					    ZONES_NONE;
}

/* What should be: what the plan does with it, or what the policy says of what is there. */
static zone_set wanted_zones(const struct memhp_plan *plan, uint16_t index)
{
	size_t i;

	if (plan->request.options.operation == MEMHP_OPERATION_NONE)
		return policy_zones(plan, index);
	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == STEP_BLOCK && plan->steps[i].device == index &&
		    plan->steps[i].to == MEMHP_STATE_ONLINE)
			return zones_of_device(plan->predicted, index);
	}
	return ZONES_NONE;
}

/* The policy names the word itself. */
static int check_word(const struct memhp_plan *plan, struct findings *findings)
{
	enum online_word word = plan->before->machine.auto_online;
	const char *wanted = online_word_name(plan->policy.auto_online);
	struct memhp_finding *finding;

	if (word == plan->policy.auto_online)
		return 0;
	finding = finding_add(findings, &rule_auto_online);
	if (finding == NULL)
		return -ENOMEM;
	text_copy(finding->subject, sizeof(finding->subject), "auto_online_blocks");
	text_format(finding->remedy, sizeof(finding->remedy),
		    "write %s there, and boot with memhp_default_state=%s", wanted, wanted);
	if (word == WORD_UNKNOWN) {
		finding->severity = MEMHP_SEVERITY_INFO;
		text_format(finding->message, sizeof(finding->message),
			    "the policy wants it to be %s, and what it is is not known", wanted);
		return 0;
	}
	text_format(finding->message, sizeof(finding->message), "it is %s, and the policy wants %s",
		    online_word_name(word), wanted);
	return 0;
}

/* ---- the policy's word is written at boot: too late for what drivers have brought before ---- */

static int add_early(const struct memhp_plan *plan, struct findings *findings)
{
	const struct arrivals *arrivals = &plan->before->arrivals;
	struct memhp_finding *finding = finding_add(findings, &rule_auto_online);
	const char *word = online_word_name(arrivals->set);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	text_copy(finding->subject, sizeof(finding->subject), "auto_online_blocks");
	text_format(finding->message, sizeof(finding->message),
		    "it is %s in place of %s since the policy was read at this boot; memory that "
		    "comes earlier "
		    "goes by %s",
		    word, online_word_name(arrivals->replaced),
		    online_word_name(arrivals->replaced));
	text_format(finding->remedy, sizeof(finding->remedy),
		    "memhp_default_state=%s on the kernel's command line has it so from the start",
		    word);
	return 0;
}

static int add_late(const struct memhp_plan *plan, struct findings *findings, uint16_t index,
		    zone_set wanted, zone_set is)
{
	struct memhp_finding *finding = finding_add(findings, &rule_auto_online);
	char from[IO_NAME_MAX], to[IO_NAME_MAX];

	if (finding == NULL)
		return -ENOMEM;
	zones_to_text(is, ',', from, sizeof(from));
	zones_to_text(wanted, ',', to, sizeof(to));
	text_copy(finding->subject, sizeof(finding->subject),
		  snapshot_device_name(plan->before, index));
	text_format(finding->message, sizeof(finding->message),
		    "it is in %.40s and the policy wants %.40s: it came before the policy's word "
		    "did, and is %s",
		    from, to,
		    plan->policy.move ? "moved as it appears, if the kernel lets go of it" :
					"left there (move = no)");
	text_format(finding->remedy, sizeof(finding->remedy),
		    "boot with memhp_default_state=%s, or with memhp in the initramfs%s",
		    online_word_name(plan->policy.auto_online),
		    plan->policy.move ? "" : "; or let the policy say move = yes");
	return 0;
}

/* Of devices that a section is for: what no section is for goes where the kernel has it. */
static int check_late(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_snapshot *before = plan->before;
	uint16_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < before->device_count; i++) {
		zone_set wanted = policy_zones(plan, i), is = zones_of_device(before, i);

		if (policy_section_of_device(&plan->policy, before, &before->devices[i]) != NULL &&
		    wanted != ZONES_NONE && (is & ~wanted & ~ZONE_SPANS) != 0)
			rc = add_late(plan, findings, i, wanted, is);
	}
	return rc;
}

static int check_policy(const struct memhp_plan *plan, struct findings *findings)
{
	const struct arrivals *arrivals = &plan->before->arrivals;
	int rc = check_word(plan, findings);

	if (rc == 0 && arrivals->set != WORD_UNKNOWN && arrivals->set == plan->policy.auto_online &&
	    arrivals->set == plan->before->machine.auto_online)
		rc = add_early(plan, findings);
	return rc == 0 ? check_late(plan, findings) : rc;
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	const struct machine *machine = &plan->before->machine;
	uint16_t i;
	int rc = 0;

	if (plan->request.options.operation == MEMHP_OPERATION_NONE &&
	    plan->policy.auto_online != WORD_UNKNOWN)
		return check_policy(plan, findings);
	if (machine->auto_online == WORD_OFFLINE || machine->auto_online == WORD_UNKNOWN)
		return 0;
	for (i = 0; rc == 0 && i < plan->before->device_count; i++) {
		zone_set wanted, by_word = zones_by_word(machine, ZONE_BIT(ZONE_NORMAL));

		if (!comes_by_itself(&plan->before->devices[i]))
			continue;
		wanted = wanted_zones(plan, i);
		if (wanted != ZONES_NONE && (wanted & by_word) == 0)
			rc = add(plan, findings, i, wanted, by_word);
	}
	return rc;
}

const struct rule rule_auto_online = {
	.name = "auto-online",
	.severity = MEMHP_SEVERITY_WARN,
	.forceable = FORCE_BY_NAME,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE) | OPERATION_BIT(MEMHP_OPERATION_ONLINE),
	.summary = "the kernel's own auto-online would choose another zone or win the race",
	.check = check,
};
