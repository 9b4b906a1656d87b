/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of blocks and of ranges: runs of blocks alike in all that a range shows. A range is put
 * together while walking and is shown by its first block.
 */
#include <string.h>

#include "explain.h"
#include "fields.h"

#define BLOCK_NODES_MAX 64

static const struct memhp_block *block_of(const struct memhp_object *object)
{
	if (object->kind == MEMHP_KIND_RANGE)
		return ((const struct range *)object->item)->sample;
	return object->item;
}

static struct range range_of(const struct memhp_object *object)
{
	const struct memhp_block *block = object->item;

	if (object->kind == MEMHP_KIND_RANGE)
		return *(const struct range *)object->item;
	return (struct range){ .sample = block, .first = block->number, .last = block->number };
}

static bool same_nodes(const struct memhp_snapshot *snapshot, const struct memhp_block *a,
		       const struct memhp_block *b)
{
	const struct node_set *left, *right;

	if (a->node != b->node || (a->nodes == 0) != (b->nodes == 0))
		return false;
	if (a->nodes == b->nodes)
		return true;
	left = &snapshot->node_sets[a->nodes];
	right = &snapshot->node_sets[b->nodes];
	return left->count == right->count &&
	       memcmp(left->nodes, right->nodes, left->count * sizeof(left->nodes[0])) == 0;
}

static bool alike(const struct memhp_snapshot *snapshot, const struct memhp_block *a,
		  const struct memhp_block *b)
{
	return a->state == b->state && a->zones == b->zones && a->origin == b->origin &&
	       a->device == b->device && same_nodes(snapshot, a, b);
}

static bool is_selected(const struct memhp_selection *selection, size_t index)
{
	return selection == NULL || selection->blocks[index];
}

bool range_next(const struct memhp_snapshot *snapshot, const struct memhp_selection *selection,
		size_t *index, struct range *ret_range)
{
	const struct memhp_block *first, *last;
	size_t i = *index;

	while (i < snapshot->block_count && !is_selected(selection, i))
		i++;
	*index = i;
	if (i == snapshot->block_count)
		return false;
	first = last = &snapshot->blocks[i];
	for (i++; i < snapshot->block_count && is_selected(selection, i); i++) {
		const struct memhp_block *next = &snapshot->blocks[i];

		if (next->number != last->number + 1 || !alike(snapshot, first, next))
			break;
		last = next;
	}
	*index = i;
	*ret_range =
		(struct range){ .sample = first, .first = first->number, .last = last->number };
	return true;
}

/* ------------------------------------------------------------------------------------- values */

static uint64_t block_size_of(const struct memhp_object *object)
{
	return ((const struct memhp_snapshot *)object->owner)->machine.block_size;
}

GETTER(get_start)
{
	value_product(ret_value, range_of(object).first, block_size_of(object));
}

GETTER(get_end)
{
	/* The first address after it may be 2^64; the last one always fits. */
	value_product(ret_value, range_of(object).last, block_size_of(object));
	if (ret_value->type == MEMHP_TYPE_UINT)
		ret_value->unsigned_number += block_size_of(object) - 1;
}

GETTER(get_size)
{
	struct range range = range_of(object);

	value_product(ret_value, (uint64_t)range.last - range.first + 1, block_size_of(object));
}

GETTER(get_first)
{
	value_uint(ret_value, range_of(object).first);
}

GETTER(get_last)
{
	value_uint(ret_value, range_of(object).last);
}

GETTER(get_count)
{
	struct range range = range_of(object);

	value_uint(ret_value, (uint64_t)range.last - range.first + 1);
}

GETTER(get_state)
{
	value_text(ret_value, memhp_state_to_string(block_of(object)->state));
}

GETTER(get_zone)
{
	value_text(ret_value, zone_set_word(block_of(object)->zones));
}

/* Online blocks have no candidates: their zone changes only by going offline. */
GETTER(get_candidates)
{
	const struct memhp_block *block = block_of(object);

	if (block->state != MEMHP_STATE_OFFLINE || block->candidates == ZONES_NONE ||
	    block->candidates == ZONES_UNKNOWN)
		value_null(ret_value);
	else
		value_list(ret_value,
			   (size_t)__builtin_popcount(block->candidates & (zone_set)~ZONE_SPANS));
}

ITEM_GETTER(get_candidate)
{
	unsigned int zones = block_of(object)->candidates;

	for (; index > 0; index--)
		zones &= zones - 1;
	value_text(ret_value, zone_name((enum zone_index)__builtin_ctz(zones)));
}

GETTER(get_default_zone)
{
	const struct memhp_block *block = block_of(object);

	if (block->state != MEMHP_STATE_OFFLINE || block->default_zone >= ZONE_COUNT)
		value_null(ret_value);
	else
		value_text(ret_value, zone_name(block->default_zone));
}

GETTER(get_node)
{
	value_known(ret_value, block_of(object)->node);
}

GETTER(get_nodes)
{
	int16_t nodes[BLOCK_NODES_MAX];
	size_t count =
		snapshot_block_nodes(object->owner, block_of(object), nodes, ARRAY_SIZE(nodes));

	if (count == 0)
		value_null(ret_value);
	else
		value_list(ret_value, MIN(count, ARRAY_SIZE(nodes)));
}

ITEM_GETTER(get_nodes_item)
{
	int16_t nodes[BLOCK_NODES_MAX];

	snapshot_block_nodes(object->owner, block_of(object), nodes, ARRAY_SIZE(nodes));
	value_known(ret_value, nodes[index]);
}

GETTER(get_origin)
{
	value_text(ret_value, memhp_origin_to_string(block_of(object)->origin));
}

GETTER(get_device)
{
	value_text(ret_value, snapshot_device_name(object->owner, block_of(object)->device));
}

GETTER(get_memmap)
{
	uint8_t flags = block_of(object)->flags;

	if (flags & (BLOCK_MEMMAP_ON_MEMORY | BLOCK_MEMMAP_ELSEWHERE))
		value_bool(ret_value, flags & BLOCK_MEMMAP_ON_MEMORY);
	else
		value_null(ret_value);
}

/* -------------------------------------------------------------------------------- offlineable */

static struct explanation explanation_of(const struct memhp_object *object)
{
	return explain_block(object->owner, block_of(object));
}

GETTER(get_offlineable)
{
	value_text(ret_value, offlineable_word(explanation_of(object).offlineable));
}

GETTER(get_reasons)
{
	value_list(ret_value, (size_t)__builtin_popcount(explanation_of(object).obstacles));
}

ITEM_GETTER(get_reason)
{
	unsigned int bits = explanation_of(object).obstacles;

	for (; index > 0; index--)
		bits &= bits - 1;
	value_text(ret_value, obstacle_word((enum obstacle)__builtin_ctz(bits)));
}

/* --------------------------------------------------------------------------------------- rows */

const struct memhp_field block_fields[] = {
	ROW("block", "BLOCK", UINT, NONE, SHOWN, get_first, 0,
	    "number of the block: its address over the block size"),
	ROW("start", "START", UINT, ADDRESS, SHOWN, get_start, 0, "first address"),
	ROW("end", "END", UINT, ADDRESS, HIDDEN, get_end, 0, "last address"),
	ROW("size", "SIZE", UINT, BYTES, HIDDEN, get_size, 0, "size"),
	ROW("state", "STATE", STRING, NONE, SHOWN, get_state, 0,
	    "online, offline, going-offline, unknown"),
	ROW("zone", "ZONE", STRING, NONE, SHOWN, get_zone, 0,
	    "zone it is online in; none: it spans several"),
	LIST_ROW("candidate_zones", "CANDIDATES", STRING, SHOWN, get_candidates, get_candidate,
		 "zones that an offline block can go to"),
	ROW("default_zone", "DEFAULT", STRING, NONE, HIDDEN, get_default_zone, 0,
	    "zone that the kernel would choose by itself"),
	ROW("node", "NODE", UINT, NONE, HIDDEN, get_node, 0, "node it lies on, the first of them"),
	LIST_ROW("nodes", "NODES", UINT, SHOWN, get_nodes, get_nodes_item, "all nodes it lies on"),
	ROW("origin", "ORIGIN", STRING, NONE, SHOWN, get_origin, 0,
	    "where it came from: boot, kmem, virtio_mem, acpi, unknown"),
	ROW("device", "DEVICE", STRING, NONE, SHOWN, get_device, 0, "device that owns it"),
	ROW("offlineable", "OFFLINEABLE", STRING, NONE, HIDDEN, get_offlineable, 0,
	    "whether it can be taken offline: yes, likely, unlikely, no, unknown"),
	LIST_ROW("reasons", "REASONS", STRING, HIDDEN, get_reasons, get_reason,
		 "what stands in the way"),
	ROW("memmap_on_memory", "MEMMAP-ON-MEMORY", BOOL, NONE, HIDDEN, get_memmap, 0,
	    "whether its struct pages lie on itself"),
	END_ROW
};

const struct memhp_field range_fields[] = {
	ROW("start", "START", UINT, ADDRESS, SHOWN, get_start, 0, "first address"),
	ROW("end", "END", UINT, ADDRESS, SHOWN, get_end, 0, "last address"),
	ROW("size", "SIZE", UINT, BYTES, SHOWN, get_size, 0, "size"),
	ROW("first_block", "FIRST", UINT, NONE, SHOWN, get_first, 0, "number of the first block"),
	ROW("last_block", "LAST", UINT, NONE, SHOWN, get_last, 0, "number of the last block"),
	ROW("block_count", "BLOCKS", UINT, BLOCKS, HIDDEN, get_count, 0, "how many blocks"),
	ROW("state", "STATE", STRING, NONE, SHOWN, get_state, 0,
	    "online, offline, going-offline, unknown"),
	ROW("zone", "ZONE", STRING, NONE, SHOWN, get_zone, 0,
	    "zone the blocks are online in; none: they span several"),
	ROW("node", "NODE", UINT, NONE, HIDDEN, get_node, 0, "node they lie on, the first of them"),
	LIST_ROW("nodes", "NODES", UINT, SHOWN, get_nodes, get_nodes_item, "all nodes they lie on"),
	ROW("origin", "ORIGIN", STRING, NONE, SHOWN, get_origin, 0,
	    "where they came from: boot, kmem, virtio_mem, acpi, unknown"),
	ROW("device", "DEVICE", STRING, NONE, SHOWN, get_device, 0, "device that owns them"),
	END_ROW
};
