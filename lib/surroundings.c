/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a machine tells which build options, boot parameters and settings matter to it. Answers
 * questions; finds nothing.
 */
#include "surroundings.h"

#include <string.h>

/* ---- kinds of memory ---- */

static bool has_kind(const struct memhp_snapshot *snapshot, enum memhp_device_kind kind,
		     const char *provider)
{
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		if (device->kind == kind &&
		    (provider == NULL ||
		     (device->provider != NULL && strcmp(device->provider, provider) == 0)))
			return true;
	}
	return false;
}

static bool has_region(const struct memhp_snapshot *snapshot, const char *prefix)
{
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		if (text_starts_with(snapshot->regions[i].name, prefix))
			return true;
	}
	return false;
}

static bool firmware_has(const struct memhp_snapshot *snapshot, const char *prefix)
{
	size_t i;

	for (i = 0; i < snapshot->firmware_count; i++) {
		if (text_starts_with(snapshot->firmware[i].type, prefix))
			return true;
	}
	return false;
}

bool has_cxl(const struct memhp_plan *plan)
{
	return plan->before->setup.has_cedt == TRI_YES || has_region(plan->before, "CXL Window") ||
	       has_kind(plan->before, MEMHP_DEVICE_DAX, "cxl");
}

bool has_soft_reserved(const struct memhp_plan *plan)
{
	return has_region(plan->before, "Soft Reserved") ||
	       firmware_has(plan->before, "Soft Reserved") ||
	       has_kind(plan->before, MEMHP_DEVICE_DAX, "hmem");
}

bool has_persistent(const struct memhp_plan *plan)
{
	return has_region(plan->before, "Persistent Memory") ||
	       firmware_has(plan->before, "Persistent Memory") ||
	       has_kind(plan->before, MEMHP_DEVICE_DAX, "pmem");
}

bool has_dimm_slots(const struct memhp_plan *plan)
{
	return has_kind(plan->before, MEMHP_DEVICE_ACPI, NULL);
}

bool has_dax_memory(const struct memhp_plan *plan)
{
	return has_cxl(plan) || has_soft_reserved(plan) ||
	       has_kind(plan->before, MEMHP_DEVICE_DAX, NULL);
}

bool has_hotplug(const struct memhp_plan *plan)
{
	return has_dax_memory(plan) || plan->before->device_count > 0;
}

bool has_far_node(const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->before->node_count; i++) {
		if (plan->before->nodes[i].has_cpu == TRI_NO)
			return true;
	}
	return has_cxl(plan);
}

/* ---- what is wanted ---- */

bool wants_memmap_on_memory(const struct memhp_plan *plan)
{
	const struct policy *policy = &plan->policy;
	size_t i;

	if (policy->memmap_on_memory == MEMHP_MEMMAP_ON)
		return true;
	for (i = 0; i < policy->device_count; i++) {
		if (policy->devices[i].memmap_on_memory == MEMHP_MEMMAP_ON)
			return true;
	}
	return plan->before->machine.memmap_on_memory == MEMMAP_MODE_ON ||
	       plan->before->machine.memmap_on_memory == MEMMAP_MODE_FORCE;
}

bool wants_no_kernel_zone(const struct memhp_plan *plan)
{
	switch (plan->policy.auto_online) {
	case WORD_OFFLINE:
	case WORD_ONLINE_MOVABLE:
		return true;
	case WORD_ONLINE:
	case WORD_ONLINE_KERNEL:
		return false;
	default:
		return plan->policy.zone == MEMHP_ZONE_MOVABLE ||
		       plan->policy.zone == MEMHP_ZONE_BALANCED;
	}
}

/* ---- boot parameters ---- */

static char underscored(char letter)
{
	return letter == '-' ? '_' : letter;
}

/* The end of NAME at the head of TEXT, NULL if it does not stand there. */
static const char *skip_name(const char *text, const char *name)
{
	for (; *name != '\0'; text++, name++) {
		if (underscored(*text) != underscored(*name))
			return NULL;
	}
	return text;
}

/* A value may be quoted, in whole or (name="value") in part; blanks do not end it then. */
static const char *end_of_word(const char *text)
{
	bool quoted = false;

	for (; *text != '\0' && (quoted || (*text != ' ' && *text != '\n' && *text != '\t'));
	     text++) {
		if (*text == '"')
			quoted = !quoted;
	}
	return text;
}

static void take_value(const char *text, const char *end, char *value, size_t size)
{
	size_t len = 0;

	for (; text < end && len + 1 < size; text++) {
		if (*text != '"')
			value[len++] = *text;
	}
	value[len] = '\0';
}

bool boot_parameter(const struct memhp_snapshot *snapshot, const char *name, char *value,
		    size_t size)
{
	const char *at = snapshot->machine.command_line, *end;
	bool found = false;

	for (; at != NULL && *at != '\0'; at = end) {
		const char *behind;

		at += strspn(at, " \n\t");
		end = end_of_word(at);
		/* What follows is for the first process. */
		if (end - at == 2 && strncmp(at, "--", 2) == 0)
			break;
		at += *at == '"';
		behind = skip_name(at, name);
		if (behind == NULL || behind > end ||
		    (behind < end && *behind != '=' && *behind != '"'))
			continue;
		take_value(behind + (behind < end && *behind == '='), end, value, size);
		found = true;
	}
	return found;
}
