/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fingerprint of a plan: a name for all that its steps depend on, and for nothing that changes by
 * itself. The same request on the same machine has the same; free memory is not in it. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan-steps.h"
#include "uuid.h"

static const char *text_of(const char *text)
{
	return text != NULL ? text : "-";
}

static void write_machine(FILE *file, const struct memhp_plan *plan)
{
	const struct machine *machine = &plan->before->machine;

	fprintf(file, "boot %s block %" PRIu64 " memmap %d policy %s ratio %" PRId64 " numa %d\n",
		text_of(machine->boot_id), machine->block_size, machine->memmap_on_memory,
		text_of(machine->online_policy), machine->auto_movable_ratio,
		machine->auto_movable_numa_aware);
	fprintf(file, "auto-online %d movable-node %d kmem %d device_dax %d\n",
		machine->auto_online, machine->movable_node, machine->has_kmem,
		machine->has_device_dax);
}

static void write_request(FILE *file, const struct memhp_plan *plan)
{
	const struct memhp_request *options = &plan->request.options;
	size_t i;

	fprintf(file, "%d zone %d %d memmap %d flags %" PRIx32 " amount %" PRIu64 "\n",
		options->operation, plan->request.zone, plan->request.zone_asked,
		options->memmap_on_memory, options->flags & ~(uint32_t)MEMHP_REQUEST_YES,
		options->amount);
	for (i = 0; i < plan->request.target_count; i++)
		fprintf(file, "target %s\n", plan->request.targets[i]);
}

/* What files make of the policy, and not which file does; defaults are the same everywhere. */
static void write_policy(FILE *file, const struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->value_count; i++) {
		const struct policy_value *value = &policy->values[i];

		if (value->origin.file != NULL)
			fprintf(file, "policy %s %s %s\n", value->section, value->key,
				value->value);
	}
}

static void write_device(FILE *file, const struct memhp_device *device)
{
	size_t i;

	fprintf(file, "device %s %d %d node %d memmap %d leaked %d\n", device->name, device->kind,
		device->driver, device->target_node, device->memmap_on_memory, device->leaked);
	for (i = 0; i < device->mapping_count; i++)
		fprintf(file, "mapping %" PRIx64 "-%" PRIx64 "\n", device->mappings[i].start,
			device->mappings[i].end);
}

static bool alike(const struct memhp_block *a, const struct memhp_block *b)
{
	return a->number + 1 == b->number && a->device == b->device && a->node == b->node &&
	       a->state == b->state && a->zones == b->zones && a->origin == b->origin;
}

static void write_unit(FILE *file, const struct memhp_snapshot *snapshot, const struct unit *unit)
{
	const struct memhp_block *first = NULL, *last = NULL;
	uint32_t number;
	size_t i;

	if (unit->device != NO_DEVICE)
		write_device(file, &snapshot->devices[unit->device]);
	for (i = 0; unit_block(snapshot, unit, i, &number); i++) {
		const struct memhp_block *block = snapshot_block(snapshot, number);

		if (block == NULL)
			continue;
		if (first != NULL && alike(last, block)) {
			last = block;
			continue;
		}
		if (first != NULL)
			fprintf(file, "to %" PRIu32 "\n", last->number);
		fprintf(file, "blocks %" PRIu32 " device %d node %d state %d zones %x origin %d\n",
			block->number, block->device, block->node, block->state, block->zones,
			block->origin);
		first = last = block;
	}
	if (last != NULL)
		fprintf(file, "to %" PRIu32 "\n", last->number);
}

int plan_make_ids(struct memhp_plan *plan, struct memhp_error *error)
{
	struct units units = { 0 };
	char *text = NULL;
	size_t size, i;
	FILE *file;
	int rc;

	rc = units_collect(plan, error, &units);
	if (rc < 0)
		goto out;
	file = open_memstream(&text, &size);
	if (file == NULL) {
		rc = error_memory(error);
		goto out;
	}
	write_machine(file, plan);
	write_request(file, plan);
	write_policy(file, &plan->policy);
	for (i = 0; i < units.count; i++)
		write_unit(file, plan->before, &units.items[i]);
	if (fclose(file) != 0) {
		rc = error_memory(error);
		goto out;
	}
	uuid_from_text(text, plan->fingerprint);
	uuid_from_text(plan->fingerprint, plan->plan_id);
out:
	free(text);
	free(units.items);
	return rc;
}
