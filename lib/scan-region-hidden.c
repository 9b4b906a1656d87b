/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Address space that iomem does not show, though others tell of it: soft-reserved ranges, which newer
 * kernels keep to themselves (kernel/resource.c:soft_reserve_resource, 7.2), devices that no driver has,
 * and to those from whom iomem is hidden all memory of the firmware's map. Put in its place in the tree;
 * nothing is concluded from it. No I/O.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define SOFT_RESERVED "Soft Reserved"

struct hidden {
	struct memhp_snapshot *snapshot;
	size_t capacity;
};

static bool contains(const struct memhp_region *outer, const struct memhp_region *inner)
{
	return outer->start <= inner->start && inner->end <= outer->end;
}

/* Of ranges that are the same the firmware's lies outside, and a device's inside. */
static bool comes_before(const struct memhp_region *region, const struct memhp_region *other)
{
	if (region->start != other->start)
		return region->start < other->start;
	if (region->end != other->end)
		return region->end > other->end;
	return other->source == REGION_DEVICE || region->source == REGION_FIRMWARE;
}

/* The depth of what would stand at INDEX: one below the nearest that encloses it. */
static uint16_t depth_at(const struct memhp_snapshot *snapshot, size_t index,
			 const struct memhp_region *region)
{
	while (index > 0) {
		const struct memhp_region *before = &snapshot->regions[--index];

		if (contains(before, region))
			return (uint16_t)(before->depth + 1);
		if (before->depth == 0)
			break;
	}
	return 0;
}

static int insert(struct hidden *hidden, struct memhp_region region)
{
	struct memhp_snapshot *snapshot = hidden->snapshot;
	struct memhp_region *regions;
	size_t at = 0, i;

	if (array_reserve(&snapshot->regions, snapshot->region_count, &hidden->capacity,
			  sizeof(region)) < 0)
		return -ENOMEM;
	regions = snapshot->regions;
	while (at < snapshot->region_count && comes_before(&regions[at], &region))
		at++;
	region.depth = depth_at(snapshot, at, &region);
	memmove(&regions[at + 1], &regions[at], (snapshot->region_count - at) * sizeof(region));
	regions[at] = region;
	snapshot->region_count++;
	for (i = at + 1; i < snapshot->region_count && contains(&region, &regions[i]); i++)
		regions[i].depth++;
	return 0;
}

/* Whether iomem has a region of that name which lies there, or a part of which does. */
static bool is_shown(const struct memhp_snapshot *snapshot, const char *name, uint64_t start,
		     uint64_t end)
{
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		const struct memhp_region *region = &snapshot->regions[i];

		if (region->start <= end && start <= region->end && strcmp(region->name, name) == 0)
			return true;
	}
	return false;
}

/* Where iomem is known it has all else that the firmware's map has. */
static int add_firmware(struct hidden *hidden)
{
	const struct memhp_snapshot *snapshot = hidden->snapshot;
	size_t i;

	for (i = 0; i < snapshot->firmware_count; i++) {
		const struct firmware_range *range = &snapshot->firmware[i];

		if (snapshot->machine.iomem_known && !text_starts_with(range->type, SOFT_RESERVED))
			continue;
		if (!is_shown(snapshot, range->type, range->start, range->end) &&
		    insert(hidden, (struct memhp_region){ .start = range->start,
							  .end = range->end,
							  .name = range->type,
							  .source = REGION_FIRMWARE }) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_devices(struct hidden *hidden)
{
	const struct memhp_snapshot *snapshot = hidden->snapshot;
	size_t i, m;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		for (m = 0; device->kind == MEMHP_DEVICE_DAX && m < device->mapping_count; m++) {
			const struct mapping *mapping = &device->mappings[m];

			if (!is_shown(snapshot, device->name, mapping->start, mapping->end) &&
			    insert(hidden, (struct memhp_region){ .start = mapping->start,
								  .end = mapping->end,
								  .name = device->name,
								  .source = REGION_DEVICE }) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int scan_hidden_regions(struct scan *scan)
{
	struct hidden hidden = { .snapshot = scan->snapshot,
				 .capacity = scan->snapshot->region_count };

	return add_firmware(&hidden) < 0 || add_devices(&hidden) < 0 ? -ENOMEM : 0;
}
