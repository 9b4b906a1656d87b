/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What need not be listed again: whether blocks came or went during a scan, and, from a scan to the next,
 * which there are, on which nodes, in which zone those that stay online are, and what cannot change
 * while a kernel runs. States and all else are read anew: no event tells that a block is going offline, or of
 * an online that fails, which moves zones and with them what offline blocks are offered.
 *
 * A running kernel counts the events that it tells of (lib/kobject_uevent.c, 6.1 to 7.2), and blocks,
 * nodes, devices and drivers come and go with one each. So while that number stands, what there is
 * stands too. The number is read before anything else, and once more at the end. What is on its way
 * meanwhile is told of a moment later, and seen the next time.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

static const struct attribute events_row = { "sys/kernel/uevent_seqnum", take_decimal, 0 };

/* 0: unknown, and then nothing follows from it. */
static int read_events(struct scan *scan, uint64_t *ret_events)
{
	uint64_t events = 0;

	if (scan_attribute(scan, "", &events_row, &events) == -ENOMEM)
		return -ENOMEM;
	*ret_events = events;
	return 0;
}

/* A block's link to its node is made after its event (drivers/base/node.c, 6.1), and without one. */
static bool has_new_blocks(const struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		if ((snapshot->blocks[i].flags & BLOCK_NO_NODE_LINK) != 0 ||
		    snapshot->blocks[i].node == NODE_NONE)
			return true;
	}
	return false;
}

int again_begin(struct scan *scan)
{
	uint64_t *events = &scan->snapshot->machine.events;
	bool reuses = scan->reuses;

	/* A recording counts nothing, whatever number stands in it. */
	scan->reuses = false;
	if (!scan->io->live)
		return 0;
	if (read_events(scan, events) < 0)
		return -ENOMEM;
	scan->reuses = reuses && scan->base != NULL && *events != 0 &&
		       *events == scan->base->machine.events && !has_new_blocks(scan->base);
	/* The zones that there were need no conclusion from spans, which would have to be read twice. */
	scan->deduces = scan->deduces && !scan->reuses;
	return 0;
}

static int copy_node_sets(struct memhp_snapshot *snapshot, const struct memhp_snapshot *base)
{
	size_t i;

	if (base->node_set_count == 0)
		return 0;
	snapshot->node_sets = calloc(base->node_set_count, sizeof(*snapshot->node_sets));
	if (snapshot->node_sets == NULL)
		return -ENOMEM;
	for (i = 1; i < base->node_set_count; i++) {
		const struct node_set *set = &base->node_sets[i];
		int16_t *nodes = arena_alloc(snapshot->arena, set->count * sizeof(*nodes));

		if (nodes == NULL)
			return -ENOMEM;
		memcpy(nodes, set->nodes, set->count * sizeof(*nodes));
		snapshot->node_sets[i] = (struct node_set){ nodes, set->count };
	}
	snapshot->node_set_count = base->node_set_count;
	return 0;
}

int again_copy_blocks(struct scan *scan)
{
	const struct memhp_snapshot *base = scan->base;
	struct memhp_snapshot *snapshot = scan->snapshot;
	size_t i;

	if (base->block_count == 0)
		return 0;
	snapshot->blocks = malloc(base->block_count * sizeof(*snapshot->blocks));
	if (snapshot->blocks == NULL)
		return -ENOMEM;
	for (i = 0; i < base->block_count; i++) {
		snapshot->blocks[i] = (struct memhp_block){
			.number = base->blocks[i].number,
			.device = NO_DEVICE,
			.node = base->blocks[i].node,
			.nodes = base->blocks[i].nodes,
			.default_zone = ZONE_INDEX_NONE,
		};
	}
	snapshot->block_count = base->block_count;
	snapshot->block_capacity = base->block_count;
	return copy_node_sets(snapshot, base);
}

/* Several zones are those that the block could be in, and that can change without an event. */
static bool is_one_zone(zone_set zones)
{
	return zones != ZONES_NONE && (zones & (zones - 1)) == 0;
}

zone_set again_zone(const struct scan *scan, const struct memhp_block *block)
{
	const struct memhp_block *before = &scan->base->blocks[block - scan->snapshot->blocks];

	if (before->state != MEMHP_STATE_ONLINE || !is_one_zone(before->zones))
		return ZONES_UNKNOWN;
	return before->zones;
}

static uint16_t acpi_device(const struct memhp_snapshot *snapshot, const char *name)
{
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		if (snapshot->devices[i].kind == MEMHP_DEVICE_ACPI &&
		    strcmp(snapshot->devices[i].name, name) == 0)
			return (uint16_t)i;
	}
	return NO_DEVICE;
}

bool again_copy_owner(struct scan *scan, const char *name, uint16_t device)
{
	uint16_t before = scan->reuses ? acpi_device(scan->base, name) : NO_DEVICE;
	size_t i;

	if (before == NO_DEVICE)
		return false;
	for (i = 0; i < scan->snapshot->block_count; i++) {
		if (scan->base->blocks[i].device == before)
			scan->snapshot->blocks[i].device = device;
	}
	return true;
}

/* A block whose files are gone has gone, though its event is yet to come. */
static bool has_gone_blocks(const struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].state_errno == ENOENT)
			return true;
	}
	return false;
}

int again_is_same(struct scan *scan, bool *ret_same)
{
	uint64_t before = scan->snapshot->machine.events, events = 0;

	if (before != 0 && read_events(scan, &events) < 0)
		return -ENOMEM;
	if (before != 0 && events == before && !has_gone_blocks(scan->snapshot)) {
		*ret_same = true;
		return 0;
	}
	/* Zones may have come and gone, and blocks moved: what was taken for known is worth nothing any more. */
	if (scan->deduces || scan->reuses) {
		*ret_same = false;
		return 0;
	}
	/* Most events are not about memory. */
	return scan_block_list_again(scan, ret_same);
}

uint64_t again_struct_page_size(const struct scan *scan)
{
	const struct machine *now = &scan->snapshot->machine, *before;

	if (scan->base == NULL)
		return 0;
	before = &scan->base->machine;
	if (now->boot_id == NULL || before->boot_id == NULL ||
	    strcmp(now->boot_id, before->boot_id) != 0)
		return 0;
	return before->struct_page_size;
}
