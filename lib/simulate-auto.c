/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * online_policy=auto-movable: Movable is weighed against the kernel memory that was there at boot, which
 * no file shows. It is what kernel zones have present, less what was added since; where the origin of a
 * block is not known, or a zone undecided, there is a least and a most. Pure.
 */
#include "simulate.h"

#define ALL_NODES BUDGET_ALL_NODES

/* ---- counting ---- */

static void add(uint64_t *sum, uint64_t pages, bool comes)
{
	*sum = comes ? *sum + pages : *sum - MIN(*sum, pages);
}

static bool is_undecided(const struct memhp_block *block)
{
	return (block->zones & ZONE_BIT(ZONE_MOVABLE)) != 0 && (block->zones & ZONES_KERNEL) != 0;
}

void simulate_count(struct memhp_snapshot *snapshot, const struct memhp_block *block, bool comes)
{
	enum zone_index index = simulate_counted_zone(block->zones);
	struct memhp_zone *zone = snapshot_zone(snapshot, block->node, index);
	uint64_t pages = snapshot_block_pages(snapshot);
	bool undecided = is_undecided(block);

	if (block->state != MEMHP_STATE_ONLINE || index == ZONE_INDEX_NONE)
		return;
	if (block->device != NO_DEVICE) {
		struct group_pages *group = &snapshot->devices[block->device].group;

		add(undecided		  ? &group->undecided :
		    index == ZONE_MOVABLE ? &group->movable :
					    &group->kernel,
		    pages, comes);
	}
	if (zone == NULL)
		return;
	if (undecided)
		add(&zone->undecided, pages, comes);
	if (block->origin != MEMHP_ORIGIN_BOOT && block->origin != MEMHP_ORIGIN_UNKNOWN)
		add(&zone->added, pages, comes);
	if (block->origin != MEMHP_ORIGIN_BOOT)
		add(&zone->maybe_added, pages, comes);
}

/* All pages of a device: a dax device's by its mappings, another's by its blocks. */
static void begin_group(struct memhp_snapshot *snapshot, struct memhp_device *device)
{
	uint32_t first, last;
	size_t i;

	device->group = (struct group_pages){ .node = (int16_t)device->target_node };
	for (i = 0; device->kind == MEMHP_DEVICE_DAX && i < device->mapping_count; i++) {
		if (snapshot_mapping_blocks(snapshot, device, i, &first, &last))
			device->group.all +=
				(UINT64_C(1) + last - first) * snapshot_block_pages(snapshot);
	}
}

static void begin_block(struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	struct memhp_device *device;

	simulate_count(snapshot, block, true);
	if (block->device == NO_DEVICE) {
		snapshot->stray_group |= block->origin == MEMHP_ORIGIN_VIRTIO_MEM;
		return;
	}
	device = &snapshot->devices[block->device];
	if (device->kind == MEMHP_DEVICE_DAX)
		return;
	device->group.all += snapshot_block_pages(snapshot);
	device->group.node = block->node;
}

void simulate_begin(struct memhp_snapshot *snapshot)
{
	size_t i;

	snapshot->stray_group = false;
	for (i = 0; i < snapshot->zone_count; i++)
		snapshot->zones[i].added = snapshot->zones[i].maybe_added =
			snapshot->zones[i].undecided = 0;
	for (i = 0; i < snapshot->device_count; i++)
		begin_group(snapshot, &snapshot->devices[i]);
	for (i = 0; i < snapshot->block_count; i++)
		begin_block(snapshot, &snapshot->blocks[i]);
}

/* ---- weighing ---- */

typedef __int128 wide;

/* What is on the scales: as good, or as bad, for Movable as it may be. */
struct scales {
	wide early; /* kernel memory of boot, less CMA */
	wide movable;
};

/* mm/memory_hotplug.c:auto_movable_stats_account_zone, 6.1 to 7.2 */
static struct scales weigh_zones(const struct memhp_snapshot *snapshot, int node, bool best)
{
	struct scales scales = { 0 };
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		const struct memhp_zone *zone = &snapshot->zones[i];

		if (zone->zone == ZONE_DEVICE || (node != ALL_NODES && zone->node != node))
			continue;
		if (zone->zone == ZONE_MOVABLE) {
			scales.movable += (wide)zone->present - (best ? zone->undecided : 0);
			continue;
		}
		scales.early += zone->present;
		scales.early -= best ? zone->added : zone->maybe_added;
		scales.early -= zone->cma;
		scales.movable += zone->cma;
	}
	return scales;
}

/* auto_movable_stats_account_group: what other devices of the kind have weighs by itself. */
static wide take_out_groups(const struct memhp_snapshot *snapshot, int node, uint16_t own,
			    struct scales *scales)
{
	wide required = 0;
	uint16_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct group_pages *group = &snapshot->devices[i].group;
		wide needed;

		if (snapshot->devices[i].kind != MEMHP_DEVICE_VIRTIO_MEM || i == own ||
		    (node != ALL_NODES && group->node != node))
			continue;
		needed = (wide)group->movable * 100 / snapshot->machine.auto_movable_ratio -
			 (wide)group->kernel;
		required += MAX(needed, 0);
		scales->movable -= group->movable;
	}
	return required;
}

/* auto_movable_can_online_movable */
static bool allows(const struct memhp_snapshot *snapshot, int node, uint16_t own, uint64_t need,
		   bool best)
{
	struct scales scales = weigh_zones(snapshot, node, best);
	wide required = take_out_groups(snapshot, node, own, &scales);

	if (scales.early <= required)
		return false;
	scales.early -= required;
	if (own != NO_DEVICE && snapshot->devices[own].kind == MEMHP_DEVICE_VIRTIO_MEM)
		scales.early += snapshot->devices[own].group.kernel;
	return scales.movable + need <= snapshot->machine.auto_movable_ratio * scales.early / 100;
}

static bool allows_everywhere(const struct memhp_snapshot *snapshot,
			      const struct memhp_block *block, uint64_t need, bool best)
{
	enum tristate aware = snapshot->machine.auto_movable_numa_aware;

	if (!allows(snapshot, ALL_NODES, block->device, need, best))
		return false;
	return aware == TRI_NO || (aware == TRI_UNKNOWN && best) ||
	       allows(snapshot, block->node, block->device, need, best);
}

/* ---- groups ---- */

/* What must fit in Movable for BLOCK to go there. */
struct need {
	uint64_t pages;
	bool certain;
	bool impossible; /* part of its group is in a kernel zone */
};

/* mm/memory_hotplug.c:auto_movable_zone_for_pfn */
static struct need need_of(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	struct need need = { .pages = snapshot_block_pages(snapshot) };
	const struct group_pages *group;

	if (block->origin == MEMHP_ORIGIN_BOOT) {
		need.certain = true;
		return need;
	}
	/* How much virtio-mem plugs at once no file shows; whose block this is may not be known. */
	if (block->device == NO_DEVICE || block->origin == MEMHP_ORIGIN_VIRTIO_MEM ||
	    block->origin == MEMHP_ORIGIN_UNKNOWN)
		return need;
	group = &snapshot->devices[block->device].group;
	need.impossible = group->kernel > 0;
	need.certain = group->undecided == 0;
	need.pages = group->all - MIN(group->all, group->movable + group->undecided);
	return need;
}

zone_set simulate_auto_movable(const struct memhp_snapshot *snapshot,
			       const struct memhp_block *block, enum zone_index kernel)
{
	zone_set either = ZONE_BIT(kernel) | ZONE_BIT(ZONE_MOVABLE);
	struct need need;

	if (snapshot->machine.auto_movable_ratio == 0)
		return ZONE_BIT(kernel);
	if (snapshot->machine.auto_movable_ratio < 0 || snapshot->stray_group)
		return either;
	need = need_of(snapshot, block);
	if (need.impossible || !allows_everywhere(snapshot, block, need.pages, true))
		return ZONE_BIT(kernel);
	if (need.certain && allows_everywhere(snapshot, block, need.pages, false))
		return ZONE_BIT(ZONE_MOVABLE);
	return either;
}
