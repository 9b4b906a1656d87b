/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines, policies and requests, each made from a number alone. */
#include "model.h"

#include <stdio.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

/* xorshift64*: the same everywhere. */
unsigned int pick(struct random *random, unsigned int count)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (unsigned int)((random->state * UINT64_C(2685821657736338717)) >> 33) % count;
}

static bool one_in(struct random *random, unsigned int count)
{
	return pick(random, count) == 0;
}

static enum answer any_answer(struct random *random)
{
	return (enum answer)pick(random, 3);
}

/* ---- the machine ---- */

static void random_machine(struct random *random, struct world *world)
{
	static const struct {
		uint64_t block, page, struct_page;
	} sizes[] = { { 128 * MIB, 4096, 64 },
		      { 128 * MIB, 4096, 64 },
		      { 256 * MIB, 4096, 64 },
		      { 512 * MIB, 65536, 64 },
		      { 128 * MIB, 4096, 80 } };
	unsigned int size = pick(random, 5);

	world->block_size = sizes[size].block;
	world->page_size = sizes[size].page;
	world->struct_page = sizes[size].struct_page;
	world->parameter = (enum parameter)pick(random, 4);
	world->auto_online = one_in(random, 20) ? WORD_NONE : (enum word)(1 + pick(random, 4));
	world->auto_movable = one_in(random, 3);
	world->ratio = (int)pick(random, 4) * 150 + 1 - (int)one_in(random, 8);
	world->numa_aware = one_in(random, 2) ? YES : NO;
	world->movable_node = one_in(random, 2) ? NO : any_answer(random);
	world->movable_gigantic = any_answer(random);
	world->crash_loaded = any_answer(random);
	world->crash_hotplug = any_answer(random);
	world->has_kmem = !one_in(random, 4);
	world->has_device_dax = !one_in(random, 4);
	world->way = (enum way)pick(random, WAYS + 1);
	world->memmap_count[ALL_PAGES] = one_in(random, 3) ? -1 : (int64_t)pick(random, 300000);
}

static void random_nodes(struct random *random, struct world *world)
{
	for (int i = 0; i < NODES; i++) {
		struct node *node = &world->nodes[i];
		unsigned int turn = pick(random, NODES);

		node->exists = i == 0 || one_in(random, i == 1 ? 2 : 3);
		node->has_cpu = i == 0 || one_in(random, 3);
		node->has_distances = true;
		node->gigantic = one_in(random, 6) ? (int)pick(random, 5) : -1;
		node->poisoned = one_in(random, 6) ? (int)pick(random, 3) : -1;
		/* No two alike, and far enough apart for nothing else to count. */
		for (int j = 0; j < NODES; j++)
			node->distances[j] = j == i ? 10 : 20 + 10 * (int)((unsigned)j + turn) % 40;
	}
}

static int existing_node(struct random *random, const struct world *world)
{
	int node = (int)pick(random, NODES);

	while (!world->nodes[node].exists)
		node = (node + 1) % NODES;
	return node;
}

static struct block *make_block(struct world *world, int number, int node, enum origin origin,
				enum state state, unsigned int zones)
{
	world->blocks[number] = (struct block){ .state = state,
						.origin = origin,
						.node = node,
						.other_node = NOWHERE,
						.device = NOWHERE,
						.zones = state == ONLINE ? zones : 0 };
	return &world->blocks[number];
}

static void boot_blocks(struct random *random, struct world *world, int first, int count, int node)
{
	int low = first == 0 ? (int)pick(random, 3) : 0, movable = (int)pick(random, 4);
	enum origin origin = one_in(random, 8) ? FROM_UNKNOWN : FROM_BOOT;

	for (int i = 0; i < count; i++) {
		enum zone zone = i < low ? DMA32 : i >= count - movable && i > 1 ? MOVABLE : NORMAL;
		struct block *block = make_block(
			world, first + i, node, one_in(random, 30) ? FROM_UNKNOWN : origin,
			one_in(random, 12) && i > 0 ? OFFLINE : ONLINE, BIT(zone));

		if (first + i == 0 && one_in(random, 2))
			block->zones = SEVERAL_ZONES;
		block->holes = one_in(random, 25);
		block->pmem = one_in(random, 25);
		if (one_in(random, 25) && world->nodes[0].exists && node != 0)
			block->other_node = node, block->node = 0;
		if (block->state == ONLINE)
			block->on_itself = one_in(random, 2) ? NO : UNKNOWN;
	}
}

/* Online where, all alike or each its own. */
static void random_states(struct random *random, struct world *world, const int *numbers, int count)
{
	static const struct {
		enum state state;
		unsigned int zones;
	} states[] = { { OFFLINE, 0 },
		       { ONLINE, BIT(NORMAL) },
		       { ONLINE, BIT(MOVABLE) },
		       { OFFLINE, 0 },
		       { ONLINE, BIT(MOVABLE) } };
	unsigned int all = pick(random, 5);
	bool mixed = one_in(random, 2);

	for (int i = 0; i < count; i++) {
		struct block *block = &world->blocks[numbers[i]];
		unsigned int which = mixed ? pick(random, 5) : all;

		block->state = states[which].state;
		block->zones = states[which].zones;
		if (one_in(random, 60)) {
			block->state = one_in(random, 2) ? GOING_OFFLINE : STATE_UNKNOWN;
			block->zones = 0;
		} else if (block->state == ONLINE && one_in(random, 60)) {
			block->zones = ANY_ZONE;
		} else if (block->state == OFFLINE && one_in(random, 40)) {
			block->offered = one_in(random, 2) ? BIT(NORMAL) : BIT(MOVABLE);
		}
	}
}

/* What was seen of where struct pages lie does not contradict what the device asks for. */
static enum answer random_placement(struct random *random, const struct world *world, int number)
{
	const struct block *block = &world->blocks[number];
	enum answer answer;

	if (block->device < 0 || world->devices[block->device].kind != DAX)
		return world->parameter == PARAMETER_OFF || one_in(random, 2) ? NO : UNKNOWN;
	answer = would_describe_itself(world, &world->devices[block->device], false);
	return one_in(random, 2) ? UNKNOWN : answer;
}

/* A DIMM, or what virtio-mem has plugged. */
static void random_other(struct random *random, struct world *world, enum kind kind, int first)
{
	struct device *device = &world->devices[world->device_count];
	int count = (int)pick(random, 6), numbers[BLOCKS] = { 0 },
	    node = existing_node(random, world);

	if (count == 0)
		return;
	*device = (struct device){
		.kind = kind, .provider = "", .target = NOWHERE, .near = NOWHERE, .align = 2 * MIB
	};
	snprintf(device->name, sizeof(device->name), "%s", kind == DIMM ? "PNP0C80:00" : "virtio0");
	for (int i = 0; i < count; i++) {
		make_block(world, first + i, node, kind == DIMM ? FROM_ACPI : FROM_VIRTIO, OFFLINE,
			   0)
			->device = (int)world->device_count;
		numbers[i] = first + i;
	}
	random_states(random, world, numbers, count);
	for (int i = 0; i < count; i++)
		world->blocks[numbers[i]].on_itself = random_placement(random, world, numbers[i]);
	device->ejectable = kind == DIMM && !one_in(random, 3);
	device->range_count = kind == DIMM;
	device->ranges[0] = (struct range){ (uint64_t)first * world->block_size,
					    (uint64_t)(first + count) * world->block_size - 1 };
	world->device_count++;
}

static void random_ranges(struct random *random, struct world *world, struct device *device,
			  int base)
{
	device->range_count = 1 + one_in(random, 3);
	for (size_t i = 0; i < device->range_count; i++) {
		uint64_t start = (uint64_t)(base + (int)i * 24) * world->block_size;
		uint64_t size = (1 + pick(random, 9)) * world->block_size;

		if (one_in(random, 4)) {
			start += pick(random, 40) * 2 * MIB;
			size += pick(random, 40) * 2 * MIB;
		}
		device->ranges[i] = (struct range){ start, start + size - 1 };
	}
}

static void added_blocks(struct random *random, struct world *world, int index)
{
	const struct device *device = &world->devices[index];
	int numbers[BLOCKS] = { 0 }, count = 0, first, last;

	for (size_t i = 0; i < device->range_count; i++) {
		if (!device_blocks(world, device, i, &first, &last) || one_in(random, 25))
			continue;
		for (int number = first; number <= last; number++) {
			make_block(world, number, device->target, FROM_KMEM, OFFLINE, 0)->device =
				index;
			numbers[count++] = number;
		}
	}
	random_states(random, world, numbers, count);
	for (int i = 0; i < count; i++)
		world->blocks[numbers[i]].on_itself = random_placement(random, world, numbers[i]);
}

static void random_dax(struct random *random, struct world *world, int number)
{
	static const char *const providers[] = { "hmem", "cxl", "pmem" };
	static const uint64_t aligns[] = { 2 * MIB, 2 * MIB, 4096, 1024 * MIB };
	static const enum driver drivers[] = { KMEM,	   KMEM,       KMEM,	  KMEM,
					       DEVICE_DAX, DEVICE_DAX, NO_DRIVER, NO_DRIVER };
	int index = (int)world->device_count++;
	struct device *device = &world->devices[index];

	*device = (struct device){ .kind = DAX,
				   .driver = drivers[pick(random, 8)],
				   .provider = providers[pick(random, 3)],
				   .target = (int)pick(random, NODES),
				   .near = existing_node(random, world),
				   .attribute = any_answer(random),
				   .align = aligns[pick(random, 4)],
				   .hidden = one_in(random, 60) };
	snprintf(device->name, sizeof(device->name), "dax%d.0", number);
	if (one_in(random, 40))
		device->driver = OTHER_DRIVER;
	device->leaked = one_in(random, 40);
	if (device->leaked)
		device->driver = NO_DRIVER;
	if (one_in(random, 40) && device->driver != KMEM && !device->leaked)
		device->target = NOWHERE;
	if (device->driver == KMEM || device->leaked)
		world->nodes[device->target].exists = true;
	random_ranges(random, world, device, 64 + number * 72);
	if (device->driver == KMEM || (device->leaked && one_in(random, 2)))
		added_blocks(random, world, index);
}

/* ---- zones ---- */

static void span_zone(const struct world *world, int node, enum zone zone,
		      struct zone_counts *counts)
{
	uint64_t pages = block_pages(world);

	for (int i = 0; i < BLOCKS; i++) {
		const struct block *block = &world->blocks[i];

		if (block->state != ONLINE || block->node != node || block->zones != BIT(zone))
			continue;
		if (counts->spanned == 0)
			counts->start = (uint64_t)i * pages;
		counts->spanned = (uint64_t)(i + 1) * pages - counts->start;
		counts->present += pages;
		counts->managed += pages - (on_itself(world, i) == YES ? memmap_pages(world) : 0);
	}
}

/* A number up to MOST: often none of it, or all. */
static uint64_t part_of(struct random *random, uint64_t most)
{
	switch (pick(random, 4)) {
	case 0:
		return 0;
	case 1:
		return most;
	default:
		return most * pick(random, 1000) / 1000;
	}
}

static void random_zone(struct random *random, const struct world *world, int node, enum zone zone,
			struct zone_counts *counts)
{
	span_zone(world, node, zone, counts);
	if (node == 0 && zone == DMA && world->blocks[0].state == ONLINE) {
		counts->start = 1;
		counts->spanned = counts->present = counts->managed = 200;
	}
	if (counts->present == 0)
		return;
	counts->managed -= pick(random, 3) * pick(random, 100);
	if (zone != MOVABLE && one_in(random, 4))
		counts->cma = counts->managed / (2 + pick(random, 10));
	counts->free = one_in(random, 3) ? part_of(random, counts->managed) :
					   counts->managed * (50 + pick(random, 50)) / 100;
	counts->at_hand = part_of(random, (counts->managed - counts->free) / 8);
	counts->file = part_of(random, counts->managed - counts->free - counts->at_hand);
	counts->programs =
		part_of(random, counts->managed - counts->free - counts->at_hand - counts->file);
	counts->high = one_in(random, 3) ? 0 : counts->managed / (1 + pick(random, 300));
}

/* What this kernel counts of what there is: blocks added since boot, and what device_dax has. */
static void count_memmap(struct world *world)
{
	int64_t *count = &world->memmap_count[ALL_PAGES];

	if (*count >= 0 && world->way != WAYS) {
		*count = 0;
		for (int i = 0; i < BLOCKS; i++) {
			if (world->blocks[i].state != ABSENT &&
			    world->blocks[i].origin != FROM_BOOT &&
			    world->blocks[i].origin != FROM_UNKNOWN)
				*count += (int64_t)memmap_pages(world);
		}
		for (size_t i = 0; i < world->device_count; i++) {
			const struct device *device = &world->devices[i];
			uint64_t all, kept = pages_of_driver(world, device, device->driver, &all);

			*count += (int64_t)(world->way == ALL_PAGES ? all : kept);
		}
	}
	world->memmap_count[KEPT_PAGES] = *count;
}

void random_world(struct random *random, struct world *world)
{
	memset(world, 0, sizeof(*world));
	for (int i = 0; i < BLOCKS; i++)
		world->blocks[i].device = world->blocks[i].other_node = NOWHERE;
	random_machine(random, world);
	random_nodes(random, world);
	world->zones_known = !one_in(random, 30);
	boot_blocks(random, world, 0, 2 + (int)pick(random, 12), 0);
	if (world->nodes[1].exists)
		boot_blocks(random, world, 20, (int)pick(random, 8), 1);
	for (unsigned int i = 0, count = 1 + pick(random, 3); i < count; i++)
		random_dax(random, world, (int)i);
	if (one_in(random, 3))
		random_other(random, world, DIMM, 32);
	if (one_in(random, 3))
		random_other(random, world, VIRTIO, 44);
	for (int i = 0; world->zones_known && i < NODES; i++) {
		for (enum zone zone = DMA; world->nodes[i].exists && zone < ZONES; zone++)
			random_zone(random, world, i, zone, &world->nodes[i].zones[zone]);
	}
	count_memmap(world);
}

/* ---- policies ---- */

static enum zone_choice random_zone_choice(struct random *random, const struct world *world)
{
	enum zone_choice choice = (enum zone_choice)(1 + pick(random, 4));

	/* Nothing can be balanced of which nothing is known. */
	return choice == ZONE_BALANCED_ && !world->zones_known ? ZONE_MOVABLE_ : choice;
}

static void random_section(struct random *random, const struct world *world,
			   struct section *section)
{
	section->exists = true;
	section->device = one_in(random, 2) ? (int)pick(random, (unsigned)world->device_count) : -1;
	section->first = 64 + (int)pick(random, 8);
	section->last = section->first + (int)pick(random, 80);
	section->zone = one_in(random, 2) ? random_zone_choice(random, world) : ZONE_UNSET;
	section->memmap = (enum memmap_choice)pick(random, 4);
	section->keep_offline = one_in(random, 3);
	section->online = !one_in(random, 4);
}

void random_policy(struct random *random, const struct world *world, struct policy *policy)
{
	static const uint64_t limits[] = { 1000, 5000, 10000, 25000, 30000, 35000, 40000 };
	static const enum rule lowered[] = { MOVABLE_RATIO,    KERNEL_HEADROOM, CAPACITY,
					     MEMMAP_PLACEMENT, PERMANENT,	GIGANTIC_PAGES,
					     AUTO_ONLINE,      KDUMP,		KEEP_OFFLINE };
	unsigned int deny = pick(random, 7);

	*policy = (struct policy){ .zone = ZONE_MOVABLE_,
				   .memmap = MEMMAP_AUTO_,
				   .warn = 30000,
				   .deny = 40000,
				   .reserve = 500 };
	for (int i = 0; i < RULES; i++)
		policy->severities[i] = AS_USUAL;
	if (one_in(random, 2)) {
		policy->deny = limits[deny];
		policy->warn = limits[pick(random, deny + 1)];
	}
	if (one_in(random, 3))
		policy->zone = random_zone_choice(random, world);
	policy->move = one_in(random, 6);
	if (one_in(random, 4))
		policy->memmap = (enum memmap_choice)(1 + pick(random, 3));
	if (one_in(random, 3)) {
		policy->reserve_is_size = one_in(random, 2);
		policy->reserve =
			policy->reserve_is_size ? pick(random, 2000) * MIB : pick(random, 40) * 50;
	}
	if (one_in(random, 3))
		policy->severities[lowered[pick(random, 9)]] = (enum severity)pick(random, 4);
	if (one_in(random, 3))
		random_section(random, world, &policy->section);
}

/* ---- requests ---- */

static bool random_target(struct random *random, const struct world *world, struct target *target)
{
	int number = (int)pick(random, BLOCKS), length = (int)pick(random, 12);

	switch (pick(random, 8)) {
	case 0:
	case 1:
		while (world->blocks[number].state == ABSENT)
			number = (number + 1) % BLOCKS;
		*target = (struct target){ 'b', number, number };
		while (length-- > 0 && target->last + 1 < BLOCKS &&
		       world->blocks[target->last + 1].state != ABSENT)
			target->last++;
		return true;
	case 2:
		*target = (struct target){ 'n', existing_node(random, world), 0 };
		return true;
	case 3:
		*target = (struct target){ 'a', 0, 0 };
		return true;
	default:
		*target =
			(struct target){ 'd', (int)pick(random, (unsigned)world->device_count), 0 };
		return true;
	}
}

void random_request(struct random *random, const struct world *world, struct request *request)
{
	static const enum operation operations[] = { ADD,     ONLINE_,	ONLINE_, ONLINE_,
						     ONLINE_, OFFLINE_, REMOVE,	 REMOVE };
	static const enum rule forceable[] = { MOVABLE_RATIO,	 KERNEL_HEADROOM, CAPACITY,
					       MEMMAP_PLACEMENT, AUTO_ONLINE,	  KEEP_OFFLINE };

	*request = (struct request){ .operation = operations[pick(random, 8)] };
	if (request->operation == ONLINE_ && !one_in(random, 4))
		request->zone = random_zone_choice(random, world);
	request->move = one_in(random, 5);
	request->boot_memory = one_in(random, 6);
	request->unbound = request->operation == REMOVE && one_in(random, 3);
	request->from_policy = request->operation == ONLINE_ && one_in(random, 10);
	if ((request->operation == ADD || request->operation == ONLINE_) && one_in(random, 3))
		request->memmap = (enum memmap_choice)(1 + pick(random, 3));
	if ((request->operation == ONLINE_ || request->operation == OFFLINE_) && one_in(random, 5))
		request->size = (1 + pick(random, 10)) * world->block_size - pick(random, 2);
	if (one_in(random, 4))
		request->force[forceable[pick(random, 6)]] = true;
	request->target_count = 1 + one_in(random, 4) + one_in(random, 8);
	for (size_t i = 0; i < request->target_count; i++)
		random_target(random, world, &request->targets[i]);
}
