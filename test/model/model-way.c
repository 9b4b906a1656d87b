/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One step of a plan after the other, carried out on a world and watched: what it needs, what it costs. */
#include "model-planner.h"

void do_watch(struct planner *planner)
{
	struct outcome *outcome = planner->outcome;
	int64_t now = available(planner->world), least;

	least = outcome->leanest_count > 0 ? outcome->leanest[0].kernel_available : INT64_MAX;
	if (now > least)
		return;
	if (now < least)
		outcome->leanest_count = 0;
	if (outcome->leanest_count < MOMENTS)
		outcome->leanest[outcome->leanest_count++] = budget_of(planner->world);
}

void do_note(struct planner *planner, struct step step)
{
	if (planner->outcome->step_count < STEPS)
		planner->outcome->steps[planner->outcome->step_count++] = step;
	do_watch(planner);
}

void do_fail(struct planner *planner, enum failure failure)
{
	if (!planner->stopped)
		planner->outcome->failure = failure;
	planner->stopped = true;
}

static void note_displaced(struct planner *planner, int number)
{
	struct outcome *outcome = planner->outcome;
	const struct block *block = &planner->world->blocks[number];
	uint64_t pages = displaced(planner->world, number);
	bool movable = (block->zones & BIT(MOVABLE)) != 0;
	struct displacement *found = NULL;

	if (pages == 0)
		return;
	for (size_t i = 0; i < outcome->displacement_count; i++) {
		if (outcome->displacements[i].node == block->node &&
		    outcome->displacements[i].movable == movable)
			found = &outcome->displacements[i];
	}
	if (found == NULL) {
		found = &outcome->displacements[outcome->displacement_count++];
		*found = (struct displacement){ .node = block->node,
						.movable = movable,
						.first = number,
						.last = number,
						.room = room_elsewhere(planner->world, block->node,
								       movable) *
							planner->world->page_size };
	}
	found->bytes += pages * planner->world->page_size;
	found->first = number < found->first ? number : found->first;
	found->last = number > found->last ? number : found->last;
}

void do_offline(struct planner *planner, int number)
{
	struct step step = { .kind = STEP_OFFLINE_,
			     .block = number,
			     .device = planner->world->blocks[number].device };

	note_displaced(planner, number);
	take_offline(planner->world, number);
	do_note(planner, step);
}

void do_online(struct planner *planner, int number, enum word word)
{
	struct step step = { .kind = STEP_ONLINE_,
			     .block = number,
			     .device = planner->world->blocks[number].device };

	step.zones = zones_for(planner->world, number, word);
	put_online(planner->world, number, step.zones);
	do_note(planner, step);
}

/* ---- drivers ---- */

/* What the nearest nodes, however many, have for it, and still keep the reserve. */
static uint64_t room_for(const struct planner *planner, const struct device *device,
			 enum driver driver)
{
	const struct world *world = planner->world;
	int asked = driver == KMEM || device->near < 0 ? device->target : device->near;
	int nodes[NODES];
	size_t count = fallback_order(world, asked, device->near, nodes);
	uint64_t idle = 0, managed = 0, best = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t reserve;

		for (int index = DMA; index < MOVABLE; index++) {
			const struct zone_counts *zone = &world->nodes[nodes[i]].zones[index];

			idle += (zone->free > zone->high ? zone->free - zone->high : 0) +
				zone->file;
			managed += zone->managed > zone->cma ? zone->managed - zone->cma : 0;
		}
		reserve = reserve_of(planner->policy, managed * world->page_size, world->page_size);
		if (idle * world->page_size > reserve && idle * world->page_size - reserve > best)
			best = idle * world->page_size - reserve;
	}
	return best;
}

static void bind_one(struct planner *planner, int index, enum driver driver)
{
	struct outcome *outcome = planner->outcome;
	const struct device *device = &planner->world->devices[index];
	uint64_t counted, pages;

	if (device->driver != driver) {
		pages = driver == KMEM ? pages_of_add(planner->world, device, &counted) :
					 pages_of_driver(planner->world, device, driver, &counted);
		if (!planner->world->zones_known)
			outcome->unweighed += pages * planner->world->page_size;
		else if (counted > 0)
			outcome->needs[outcome->need_count++] =
				(struct need){ .device = index,
					       .bytes = pages * planner->world->page_size,
					       .room = room_for(planner, device, driver) };
	}
	bind_driver(planner->world, index, driver);
}

/* kmem's probe fails for a device without a node, or without a whole block. */
static bool can_be_added(const struct planner *planner, int index)
{
	const struct device *device = &planner->world->devices[index];
	bool any = false;
	int first, last;

	for (size_t i = 0; i < device->range_count; i++)
		any |= device_blocks(planner->world, device, i, &first, &last);
	return any && device->target >= 0;
}

/* A module takes what waits for it, all at once. */
void do_load(struct planner *planner, enum driver driver)
{
	struct world *world = planner->world;
	bool *loaded = driver == KMEM ? &world->has_kmem : &world->has_device_dax;

	if (*loaded)
		return;
	*loaded = true;
	for (int i = 0; i < (int)world->device_count; i++) {
		const struct device *device = &world->devices[i];

		if (device->kind == DAX && device->driver == NO_DRIVER && !device->leaked &&
		    device->range_count > 0 && !needs_id(device, driver) &&
		    (driver != KMEM || can_be_added(planner, i)))
			bind_one(planner, i, driver);
	}
	do_watch(planner);
}

void do_bind(struct planner *planner, int index, enum driver driver)
{
	bind_one(planner, index, driver);
	do_note(planner,
		(struct step){
			.kind = STEP_BIND_, .block = -1, .device = index, .driver = driver });
}

void do_unbind(struct planner *planner, int index)
{
	unbind_driver(planner->world, index);
	do_note(planner, (struct step){ .kind = STEP_UNBIND_, .block = -1, .device = index });
}

/* Set before kmem binds, where it makes a difference. */
static void set_memmap(struct planner *planner, int index)
{
	struct device *device = &planner->world->devices[index];
	enum memmap_choice choice =
		memmap_asked(planner->policy, planner->request, planner->world, index);

	if ((choice != MEMMAP_ON_ && choice != MEMMAP_OFF_) ||
	    would_describe_itself(planner->world, device, true) == NO)
		return;
	device->attribute = choice == MEMMAP_ON_ ? YES : NO;
}

void do_add(struct planner *planner, int index)
{
	set_memmap(planner, index);
	do_load(planner, KMEM);
	if (planner->world->devices[index].driver == DEVICE_DAX)
		do_unbind(planner, index);
	do_bind(planner, index, KMEM);
}
