/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of a block or a device: by option, else by its section of the policy, else by [policy]. */
#include "model.h"

static bool section_has_block(const struct policy *policy, int number, int device)
{
	const struct section *section = &policy->section;

	if (!section->exists)
		return false;
	if (section->device >= 0)
		return device == section->device;
	return number >= section->first && number <= section->last;
}

/* With all that it has. */
static bool section_has_device(const struct policy *policy, const struct world *world, int device)
{
	const struct section *section = &policy->section;
	const struct device *found = &world->devices[device];

	if (!section->exists)
		return false;
	if (section->device >= 0)
		return device == section->device;
	for (size_t i = 0; i < found->range_count; i++) {
		if (found->ranges[i].start < (uint64_t)section->first * world->block_size ||
		    found->ranges[i].end >= (uint64_t)(section->last + 1) * world->block_size)
			return false;
	}
	return found->range_count > 0;
}

enum zone_choice zone_asked(const struct policy *policy, const struct request *request, int number,
			    int device)
{
	if (request->zone != ZONE_UNSET)
		return request->zone;
	if (section_has_block(policy, number, device) && policy->section.zone != ZONE_UNSET)
		return policy->section.zone;
	return policy->zone;
}

enum memmap_choice memmap_asked(const struct policy *policy, const struct request *request,
				const struct world *world, int device)
{
	if (request->memmap != MEMMAP_UNSET)
		return request->memmap;
	if (section_has_device(policy, world, device) && policy->section.memmap != MEMMAP_UNSET)
		return policy->section.memmap;
	return policy->memmap;
}

bool keeps_offline(const struct policy *policy, int number, int device)
{
	return section_has_block(policy, number, device) && policy->section.keep_offline;
}

bool wants_block(const struct policy *policy, const struct request *request, int number, int device)
{
	return !request->from_policy || (section_has_block(policy, number, device) &&
					 policy->section.online && !policy->section.keep_offline);
}

bool wants_device(const struct policy *policy, const struct request *request,
		  const struct world *world, int device)
{
	return !request->from_policy || (section_has_device(policy, world, device) &&
					 policy->section.online && !policy->section.keep_offline);
}

/* Rounded up to a page. */
uint64_t reserve_of(const struct policy *policy, uint64_t managed, uint64_t page_size)
{
	unsigned __int128 bytes = policy->reserve;

	if (!policy->reserve_is_size)
		bytes = (bytes * managed + 9999) / 10000;
	return (uint64_t)((bytes + page_size - 1) / page_size * page_size);
}
