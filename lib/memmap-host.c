/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What blocks hold of the struct pages of memory that was added later: those were taken from kernel zones of
 * its node, or of the nearest that has any, so from an earlier device that was online there; such pages never
 * move. Pure: sees snapshots alone.
 */
#include "memmap-host.h"

#include <string.h>

#include "memmap.h"

/* What of NODE's kernel-zone memory is used by what cannot move, in pages. */
static uint64_t used_pages(const struct memhp_snapshot *snapshot, int node)
{
	uint64_t used = 0;
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		const struct memhp_zone *zone = &snapshot->zones[i];

		if (zone->node == node && zone->zone < ZONE_MOVABLE)
			used += zone->managed -
				MIN(zone->managed,
				    zone->free + zone->at_hand + zone->file + zone->programs);
	}
	return used;
}

bool memmap_leaving_begin(const struct memhp_snapshot *snapshot, uint16_t later,
			  struct memmap_leaving *ret_leaving)
{
	struct memmap_leaving leaving = { .later = later, .first = UINT32_MAX };
	size_t i;

	if (snapshot->devices[later].driver != DRIVER_KMEM)
		return false;
	leaving.pages = memmap_of_blocks(snapshot, later).pages;
	if (leaving.pages == 0)
		return false;
	leaving.node = memmap_host(snapshot, later);
	if (leaving.node == NODE_NONE)
		return false;
	leaving.used = used_pages(snapshot, leaving.node);
	for (i = 0; i < snapshot->block_count; i++) {
		if (!memmap_can_lie_in(&snapshot->blocks[i], leaving.node))
			continue;
		leaving.staying += snapshot_block_pages(snapshot);
		if (snapshot->blocks[i].device < later)
			leaving.staying_earlier += snapshot_block_pages(snapshot);
	}
	*ret_leaving = leaving;
	return true;
}

void memmap_leaving_add(const struct memhp_snapshot *snapshot, struct memmap_leaving *leaving,
			const struct memhp_block *block)
{
	uint64_t pages = snapshot_block_pages(snapshot);

	if (!memmap_can_lie_in(block, leaving->node))
		return;
	leaving->staying -= MIN(leaving->staying, pages);
	if (block->device >= leaving->later)
		return;
	leaving->staying_earlier -= MIN(leaving->staying_earlier, pages);
	leaving->first = MIN(leaving->first, block->number);
	leaving->last = MAX(leaving->last, block->number);
}

/* Certain where nothing that stays can hold what is used; where the later one's own blocks could, likely. */
enum memmap_hosts memmap_leaving_judge(const struct memmap_leaving *leaving)
{
	if (leaving->used < leaving->pages || leaving->first > leaving->last ||
	    leaving->staying_earlier >= leaving->pages)
		return MEMMAP_HOSTS_NOTHING;
	return leaving->staying < leaving->pages ? MEMMAP_HOSTS_CERTAIN : MEMMAP_HOSTS_MAYBE;
}

bool memmap_moves_along(const struct memhp_snapshot *snapshot, uint16_t later)
{
	struct device_walk walk = { .device = later };
	const struct memhp_block *block;

	while ((block = device_block_next(snapshot, &walk)) != NULL) {
		if (memmap_can_lie_in(block, block->node))
			return true;
	}
	return false;
}

/* More would not fit in a line. */
#define NAMED_MAX 8
#define NAMES_SIZE 256

struct named {
	uint16_t devices[NAMED_MAX];
	size_t count;
};

/* Whether the blocks of all that is named, once they leave, take along what describes LATER. */
static bool named_hosts(const struct memhp_snapshot *snapshot, const struct named *named,
			uint16_t later)
{
	struct memmap_leaving leaving;
	size_t i;

	if (!memmap_leaving_begin(snapshot, later, &leaving))
		return false;
	for (i = 0; i < named->count; i++) {
		struct device_walk walk = { .device = named->devices[i] };
		const struct memhp_block *block;

		while ((block = device_block_next(snapshot, &walk)) != NULL)
			memmap_leaving_add(snapshot, &leaving, block);
	}
	return memmap_leaving_judge(&leaving) != MEMMAP_HOSTS_NOTHING;
}

/* What describes a device lies with earlier ones, so that one walk finds those of later ones too. */
static struct named name_later(const struct memhp_snapshot *snapshot, uint16_t device)
{
	struct named named = { .devices = { device }, .count = 1 };
	uint16_t later;

	for (later = device + 1; later < snapshot->device_count && named.count < NAMED_MAX; later++)
		if (named_hosts(snapshot, &named, later))
			named.devices[named.count++] = later;
	return named;
}

bool memmap_hosts_later(const struct memhp_snapshot *snapshot, uint16_t device)
{
	return name_later(snapshot, device).count > 1;
}

static void append(char *text, size_t size, const char *name)
{
	size_t len = strlen(text);

	text_format(text + len, size - len, " %s", name);
}

void memmap_advise_movable(const struct memhp_snapshot *snapshot, uint16_t device, char *buffer,
			   size_t size)
{
	struct named named = name_later(snapshot, device);
	bool asked = snapshot->devices[device].kind != MEMHP_DEVICE_DAX;
	char removed[NAMES_SIZE] = "", names[NAMES_SIZE] = "", text[3 * NAMES_SIZE];
	size_t i;

	for (i = 0; i < named.count; i++) {
		const char *name = snapshot->devices[named.devices[i]].name;

		if (i > 0 && !memmap_moves_along(snapshot, named.devices[i]))
			append(removed, sizeof(removed), name);
		append(names, sizeof(names), name);
	}
	text_format(text, sizeof(text), "%s%s%smemhp online --zone movable%s%s",
		    removed[0] != '\0' ? "memhp remove" : "", removed,
		    removed[0] != '\0' ? " && " : "", asked ? " --move" : "", names);
	if (strlen(text) < size && named.count < NAMED_MAX)
		text_copy(buffer, size, text);
	else
		text_format(buffer, size,
			    "online %s and the devices that came after it together, --zone movable",
			    snapshot->devices[device].name);
}
