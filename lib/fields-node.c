/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of nodes, of their zones and memmap, and of the iomem tree.
 */
#include "fields.h"

#define N(member) AT(struct memhp_node, member)

static const struct memhp_node *node_of(const struct memhp_object *object)
{
	return object->item;
}

/* Zones only: the count of blocks has rows of its own, and a pass over all blocks is not free. */
GETTER(get_node_budget)
{
	struct memhp_budget budget;

	budget_compute_zones(object->owner, node_of(object)->id, &budget);
	value_known(ret_value, *(const int64_t *)((const char *)&budget + field->offset));
}

GETTER(get_distances)
{
	const struct memhp_snapshot *snapshot = object->owner;

	if (node_of(object)->distances == NULL)
		value_null(ret_value);
	else
		value_list(ret_value, snapshot->node_count);
}

ITEM_GETTER(get_distance)
{
	value_known(ret_value, node_of(object)->distances[index]);
}

static bool block_is_on(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			int node)
{
	int16_t nodes[64];
	size_t count, i;

	if (block->nodes == 0)
		return block->node == node;
	count = MIN(snapshot_block_nodes(snapshot, block, nodes, ARRAY_SIZE(nodes)),
		    ARRAY_SIZE(nodes));
	for (i = 0; i < count; i++)
		if (nodes[i] == node)
			return true;
	return false;
}

GETTER(get_node_blocks)
{
	const struct memhp_snapshot *snapshot = object->owner;
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < snapshot->block_count; i++)
		count += block_is_on(snapshot, &snapshot->blocks[i], node_of(object)->id);
	value_uint(ret_value, count);
}

GETTER(get_node_online)
{
	const struct memhp_snapshot *snapshot = object->owner;
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < snapshot->block_count; i++)
		if (snapshot->blocks[i].state == MEMHP_STATE_ONLINE)
			count += block_is_on(snapshot, &snapshot->blocks[i], node_of(object)->id);
	value_uint(ret_value, count);
}

const struct memhp_field node_fields[] = {
	ROW("node", "NODE", UINT, NONE, SHOWN, field_int, N(id), "number of the node"),
	ROW("has_cpu", "CPU", BOOL, NONE, SHOWN, field_tristate, N(has_cpu),
	    "whether the node has processors"),
	ROW("total_bytes", "TOTAL", UINT, BYTES, SHOWN, field_size, N(total_bytes),
	    "memory in use by the kernel's allocator"),
	ROW("free_bytes", "FREE", UINT, BYTES, SHOWN, field_size, N(free_bytes), "free memory"),
	ROW("kernel_bytes", "KERNEL", UINT, BYTES, SHOWN, get_node_budget,
	    AT(struct memhp_budget, kernel_bytes),
	    "memory of the node that the kernel itself can use"),
	ROW("movable_bytes", "MOVABLE", UINT, BYTES, SHOWN, get_node_budget,
	    AT(struct memhp_budget, movable_bytes),
	    "memory of the node that only movable pages can use"),
	ROW("ratio_percent", "RATIO", UINT, PERCENT, HIDDEN, get_node_budget,
	    AT(struct memhp_budget, ratio_percent), "movable to kernel memory, rounded down"),
	LIST_ROW("distances", "DISTANCES", UINT, HIDDEN, get_distances, get_distance,
		 "distance to each node, in their order"),
	ROW("tier", "TIER", UINT, NONE, SHOWN, field_int, N(tier),
	    "memory tier; the lower, the faster"),
	ROW("read_latency_ns", "READ-LATENCY", UINT, NANOSECONDS, HIDDEN, field_int64,
	    N(read_latency_ns), "read latency from the nearest processors"),
	ROW("write_latency_ns", "WRITE-LATENCY", UINT, NANOSECONDS, HIDDEN, field_int64,
	    N(write_latency_ns), "write latency from the nearest processors"),
	ROW("read_bandwidth_mbs", "READ-BANDWIDTH", UINT, MBS, HIDDEN, field_int64,
	    N(read_bandwidth_mbs), "read bandwidth from the nearest processors"),
	ROW("write_bandwidth_mbs", "WRITE-BANDWIDTH", UINT, MBS, HIDDEN, field_int64,
	    N(write_bandwidth_mbs), "write bandwidth from the nearest processors"),
	ROW("block_count", "BLOCKS", UINT, BLOCKS, SHOWN, get_node_blocks, 0,
	    "blocks that lie on the node"),
	ROW("online_blocks", "ONLINE", UINT, BLOCKS, SHOWN, get_node_online, 0,
	    "those of them that are online"),
	END_ROW
};

/* ------------------------------------------------------------------------------------- memmap */

GETTER(get_memmap)
{
	struct memhp_budget budget;

	budget_compute_node(object->owner, node_of(object)->id, &budget);
	value_known(ret_value, *(const int64_t *)((const char *)&budget + field->offset));
}

GETTER(get_memmap_elsewhere)
{
	struct memhp_budget budget;

	budget_compute_node(object->owner, node_of(object)->id, &budget);
	if (budget.memmap_bytes < 0 || budget.memmap_on_memory_bytes < 0)
		value_null(ret_value);
	else
		value_known(ret_value, budget.memmap_bytes - budget.memmap_on_memory_bytes);
}

const struct memhp_field memmap_fields[] = {
	ROW("node", "NODE", UINT, NONE, SHOWN, field_int, N(id), "node whose memory is described"),
	ROW("memmap_bytes", "MEMMAP", UINT, BYTES, SHOWN, get_memmap,
	    AT(struct memhp_budget, memmap_bytes),
	    "struct pages of the node's blocks, offline ones too"),
	ROW("on_memory_bytes", "ON-MEMORY", UINT, BYTES, SHOWN, get_memmap,
	    AT(struct memhp_budget, memmap_on_memory_bytes),
	    "the part that lies on the memory itself"),
	ROW("kernel_zone_bytes", "KERNEL-ZONES", UINT, BYTES, SHOWN, get_memmap_elsewhere, 0,
	    "the part that lies in kernel zones, of this node or another"),
	END_ROW
};

/* -------------------------------------------------------------------------------------- zones */

#define Z(member) AT(struct memhp_zone, member)

GETTER(get_zone_name)
{
	const struct memhp_zone *zone = object->item;

	value_text(ret_value, zone_name(zone->zone));
}

GETTER(get_zone_pages)
{
	const struct memhp_snapshot *snapshot = object->owner;
	uint64_t pages = *(const uint64_t *)((const char *)object->item + field->offset);

	value_product(ret_value, pages, snapshot->machine.page_size);
}

const struct memhp_field zone_fields[] = {
	ROW("node", "NODE", UINT, NONE, SHOWN, field_int, Z(node), "number of the node"),
	ROW("zone", "ZONE", STRING, NONE, SHOWN, get_zone_name, 0, "name of the zone"),
	ROW("spanned_bytes", "SPANNED", UINT, BYTES, SHOWN, get_zone_pages, Z(spanned),
	    "from the zone's first page to its last"),
	ROW("present_bytes", "PRESENT", UINT, BYTES, SHOWN, get_zone_pages, Z(present),
	    "without the holes in it"),
	ROW("managed_bytes", "MANAGED", UINT, BYTES, SHOWN, get_zone_pages, Z(managed),
	    "what the allocator has of it"),
	ROW("free_bytes", "FREE", UINT, BYTES, SHOWN, get_zone_pages, Z(free), "free memory"),
	ROW("start_pfn", "START-PFN", UINT, NONE, SHOWN, field_uint64, Z(start_pfn),
	    "number of the zone's first page"),
	END_ROW
};

/* ------------------------------------------------------------------------------------ regions */

#define R(member) AT(struct memhp_region, member)

GETTER(get_region_size)
{
	const struct memhp_region *region = object->item;

	value_extent(ret_value, region->start, region->end);
}

GETTER(get_region_source)
{
	static const char *const words[] = {
		[REGION_IOMEM] = "iomem",
		[REGION_FIRMWARE] = "firmware",
		[REGION_DEVICE] = "device",
	};

	value_text(ret_value, words[((const struct memhp_region *)object->item)->source]);
}

const struct memhp_field region_fields[] = {
	ROW("name", "NAME", STRING, NONE, SHOWN, field_text, R(name), "what claims the range"),
	ROW("start", "START", UINT, ADDRESS, SHOWN, field_uint64, R(start), "first address"),
	ROW("end", "END", UINT, ADDRESS, SHOWN, field_uint64, R(end), "last address"),
	ROW("size", "SIZE", UINT, BYTES, SHOWN, get_region_size, 0, "size"),
	ROW("depth", "DEPTH", UINT, NONE, HIDDEN, field_uint16, R(depth),
	    "how many ranges lie around it"),
	ROW("source", "SOURCE", STRING, NONE, SHOWN, get_region_source, 0,
	    "who tells of it: iomem; firmware or device where iomem does not"),
	END_ROW
};
