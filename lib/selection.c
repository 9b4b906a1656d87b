/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a snapshot belongs to a target: its blocks, the devices that own them, the nodes they lie
 * on, the ranges around them. Marks what is there; changes nothing.
 */
#include <errno.h>

#include "selection.h"

static int mark_arrays(struct memhp_selection *selection)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;

	selection->blocks = calloc(snapshot->block_count + 1, sizeof(bool));
	selection->devices = calloc(snapshot->device_count + 1, sizeof(bool));
	selection->nodes = calloc(snapshot->node_count + 1, sizeof(bool));
	if (selection->blocks == NULL || selection->devices == NULL || selection->nodes == NULL)
		return -ENOMEM;
	return 0;
}

/* The blocks of a device that is named; the device itself is, whether it has blocks or not. */
static void mark_devices(struct memhp_selection *selection, const struct target *target)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;
	size_t i;

	for (i = 0; i < target->device_count; i++)
		selection->devices[target->devices[i]] = true;
	for (i = 0; i < snapshot->block_count; i++)
		if (snapshot->blocks[i].device < snapshot->device_count &&
		    selection->devices[snapshot->blocks[i].device])
			selection->blocks[i] = true;
}

static void mark_runs(struct memhp_selection *selection, const struct target *target)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;
	size_t run, i;

	for (run = 0; run < target->run_count; run++)
		for (i = snapshot_block_index(snapshot, target->runs[run].first);
		     i < snapshot->block_count &&
		     snapshot->blocks[i].number <= target->runs[run].last;
		     i++)
			selection->blocks[i] = true;
}

static void mark_node(struct memhp_selection *selection, int id)
{
	const struct memhp_node *node = snapshot_node(selection->snapshot, id);

	if (node != NULL)
		selection->nodes[node - selection->snapshot->nodes] = true;
}

/* Owners and nodes of the blocks, and the nodes of the devices. */
static void mark_surroundings(struct memhp_selection *selection)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;
	size_t i, j;

	for (i = 0; i < snapshot->block_count; i++) {
		int16_t nodes[SELECTION_NODES_MAX];
		size_t count;

		if (!selection->blocks[i])
			continue;
		if (snapshot->blocks[i].device < snapshot->device_count)
			selection->devices[snapshot->blocks[i].device] = true;
		count = snapshot_block_nodes(snapshot, &snapshot->blocks[i], nodes,
					     SELECTION_NODES_MAX);
		for (j = 0; j < MIN(count, (size_t)SELECTION_NODES_MAX); j++)
			mark_node(selection, nodes[j]);
	}
	for (i = 0; i < snapshot->device_count; i++)
		if (selection->devices[i])
			mark_node(selection, snapshot->devices[i].target_node);
}

int selection_new(struct memhp_snapshot *snapshot, const char *text, struct memhp_error *error,
		  struct memhp_selection **ret_selection)
{
	struct memhp_selection *selection = calloc(1, sizeof(*selection));
	struct target target = { 0 };
	int rc;

	if (selection == NULL)
		return error_memory(error);
	selection->refcount = 1;
	selection->snapshot = memhp_snapshot_ref(snapshot);
	rc = mark_arrays(selection);
	if (rc < 0)
		error_memory(error);
	else
		rc = target_resolve(snapshot, text, error, &target);
	if (rc == 0) {
		mark_devices(selection, &target);
		mark_runs(selection, &target);
		mark_surroundings(selection);
	}
	target_clear(&target);
	if (rc < 0)
		memhp_selection_unref(selection);
	else
		*ret_selection = selection;
	return rc;
}

EXPORT struct memhp_selection *memhp_selection_ref(struct memhp_selection *selection)
{
	__atomic_add_fetch(&selection->refcount, 1, __ATOMIC_RELAXED);
	return selection;
}

EXPORT struct memhp_selection *memhp_selection_unref(struct memhp_selection *selection)
{
	if (selection == NULL || __atomic_sub_fetch(&selection->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	free(selection->blocks);
	free(selection->devices);
	free(selection->nodes);
	memhp_snapshot_unref(selection->snapshot);
	free(selection);
	return NULL;
}

/* ---- what belongs to it ---- */

static bool overlaps_block(const struct memhp_selection *selection, uint64_t start, uint64_t end)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;
	uint64_t size = snapshot->machine.block_size;
	size_t i;

	if (size == 0 || start / size > UINT32_MAX)
		return false;
	for (i = snapshot_block_index(snapshot, (uint32_t)(start / size));
	     i < snapshot->block_count && snapshot->blocks[i].number <= end / size; i++)
		if (selection->blocks[i])
			return true;
	return false;
}

/* A device that is not in use has no blocks, but a place. */
static bool overlaps_device(const struct memhp_selection *selection, uint64_t start, uint64_t end)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;
	size_t i, j;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		for (j = 0; selection->devices[i] && j < device->mapping_count; j++)
			if (device->mappings[j].start <= end && device->mappings[j].end >= start)
				return true;
	}
	return false;
}

bool selection_has(const struct memhp_selection *selection, const struct memhp_object *object)
{
	const struct memhp_snapshot *snapshot = selection->snapshot;
	const struct memhp_region *region = object->item;
	const struct memhp_node *node;

	switch (object->kind) {
	case MEMHP_KIND_BLOCK:
		return selection
			->blocks[(const struct memhp_block *)object->item - snapshot->blocks];
	case MEMHP_KIND_DEVICE:
		return selection
			->devices[(const struct memhp_device *)object->item - snapshot->devices];
	case MEMHP_KIND_NODE:
	case MEMHP_KIND_MEMMAP:
		return selection->nodes[(const struct memhp_node *)object->item - snapshot->nodes];
	case MEMHP_KIND_ZONE:
		node = snapshot_node(snapshot, ((const struct memhp_zone *)object->item)->node);
		return node != NULL && selection->nodes[node - snapshot->nodes];
	case MEMHP_KIND_REGION:
		return overlaps_block(selection, region->start, region->end) ||
		       overlaps_device(selection, region->start, region->end);
	default:
		return true;
	}
}
