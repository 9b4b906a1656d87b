/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request comes to, as the manual has it: blocks go online upwards and offline downwards; a device
 * is added before its blocks are onlined and left only when all are offline; what a later device needs of
 * an earlier one is taken out first. Carried out on a world, step by step, and watched on the way.
 */
#include "model-planner.h"

#include <string.h>

/* ---- what is asked of a block ---- */

static unsigned int zones_asked(const struct planner *planner, int number, int device)
{
	switch (zone_asked(planner->policy, planner->request, number, device)) {
	case ZONE_MOVABLE_:
		return BIT(MOVABLE);
	case ZONE_KERNEL_:
		return KERNEL_ZONES;
	case ZONE_BALANCED_:
		return planner->kernel_choice[number] ? KERNEL_ZONES : BIT(MOVABLE);
	default:
		return ANY_ZONE;
	}
}

/* The zone of a section, or of the policy, is for what is offline yet, but where moving was agreed to. */
static bool in_wrong_zone(const struct planner *planner, int number)
{
	const struct request *request = planner->request;
	const struct block *block = &planner->world->blocks[number];
	bool move = request->move || planner->policy->move;

	/* Where the kernel is to choose, no zone is wrong; what is in several can be in no better one. */
	if (block->state != ONLINE ||
	    ((block->zones & SEVERAL_ZONES) != 0 &&
	     zone_asked(planner->policy, request, number, block->device) == ZONE_BALANCED_) ||
	    zones_asked(planner, number, block->device) == ANY_ZONE ||
	    !(request->zone != ZONE_UNSET || (request->from_policy && move)))
		return false;
	return (block->zones & zones_asked(planner, number, block->device)) == 0;
}

static bool is_wanted(const struct planner *planner, const struct unit *unit, int number)
{
	return unit->device >= 0 || wants_block(planner->policy, planner->request, number,
						planner->world->blocks[number].device);
}

static void leave_out(struct planner *planner, enum rule rule, int number)
{
	if (planner->outcome->left_out[rule].count++ == 0)
		planner->outcome->left_out[rule].first = planner->outcome->left_out[rule].last =
			number;
	if (number < planner->outcome->left_out[rule].first)
		planner->outcome->left_out[rule].first = number;
	if (number > planner->outcome->left_out[rule].last)
		planner->outcome->left_out[rule].last = number;
}

static bool is_kept(struct planner *planner, const struct unit *unit, int number)
{
	if (!(unit->whole || planner->request->from_policy) ||
	    !keeps_offline(planner->policy, number, planner->world->blocks[number].device))
		return false;
	leave_out(planner, KEEP_OFFLINE, number);
	return true;
}

static bool is_protected(struct planner *planner, const struct unit *unit, int number)
{
	enum origin origin = planner->world->blocks[number].origin;

	if (!unit->whole)
		return false;
	if (origin == FROM_VIRTIO) {
		leave_out(planner, OWNER, number);
		return true;
	}
	if (planner->request->boot_memory || (origin != FROM_BOOT && origin != FROM_UNKNOWN))
		return false;
	leave_out(planner, BOOT_MEMORY, number);
	return true;
}

static bool take_one(size_t *left)
{
	if (*left == 0)
		return false;
	*left -= *left != ENDLESS;
	return true;
}

static void refuse(struct planner *planner, int number, enum severity severity)
{
	planner->outcome->refused[number] = severity;
}

/* ---- operations ---- */

static void check_addable(struct planner *planner, const struct unit *unit)
{
	const struct device *device = &planner->world->devices[unit->device];
	int numbers[BLOCKS];

	if (device->leaked || planner->world->auto_online == WORD_NONE ||
	    unit_blocks(planner, unit, numbers) == 0 || device->target < 0 ||
	    (device->driver != NO_DRIVER && device->driver != DEVICE_DAX))
		do_fail(planner, FAILS_UNSUPPORTED);
}

static void find_adds(struct planner *planner)
{
	for (size_t i = 0; i < planner->unit_count; i++) {
		struct unit *unit = &planner->units[i];

		if (unit->device < 0 || planner->world->devices[unit->device].driver == KMEM ||
		    planner->world->devices[unit->device].leaked)
			continue;
		unit->add = true;
		check_addable(planner, unit);
	}
}

static void plan_add(struct planner *planner)
{
	for (size_t i = 0; i < planner->unit_count; i++) {
		if (planner->units[i].device < 0)
			do_fail(planner, FAILS_USAGE);
		else if (planner->world->devices[planner->units[i].device].leaked)
			do_fail(planner, FAILS_UNSUPPORTED);
	}
	if (!planner->stopped)
		find_adds(planner);
	for (size_t i = 0; !planner->stopped && i < planner->unit_count; i++) {
		if (planner->units[i].add)
			do_add(planner, planner->units[i].device);
	}
}

static bool leaves_kernel_zones(const struct planner *planner, const struct unit *unit)
{
	int numbers[BLOCKS], count = unit_blocks(planner, unit, numbers);

	for (int i = 0; i < count; i++) {
		if (in_wrong_zone(planner, numbers[i]) &&
		    (planner->world->blocks[numbers[i]].zones & KERNEL_ZONES) != 0)
			return true;
	}
	return false;
}

static bool is_moved_device(const struct planner *planner, const struct unit *unit)
{
	return unit->device >= 0 && !unit->whole &&
	       planner->world->devices[unit->device].driver == KMEM &&
	       planner->world->devices[unit->device].target >= 0 &&
	       leaves_kernel_zones(planner, unit);
}

/* Where it can be taken from: the node itself, or one that has nothing but memory of earlier devices. */
static bool may_describe(const struct planner *planner, int earlier, int later)
{
	const struct world *world = &planner->outcome->before;
	int node = world->devices[earlier].target;

	return node == world->devices[later].target || node == host_node(world, later);
}

/* Of two that both leave kernel zones, what describes the later one may lie in the other. */
static void find_agains(struct planner *planner)
{
	for (size_t i = 0; i < planner->unit_count; i++) {
		struct unit *unit = &planner->units[i];
		int numbers[BLOCKS], count = unit_blocks(planner, unit, numbers);
		bool any = false;

		for (int j = 0; j < count; j++)
			any |= planner->world->blocks[numbers[j]].state != ABSENT;
		if (unit->device >= 0 && planner->world->devices[unit->device].leaked && !any)
			do_fail(planner, FAILS_UNSUPPORTED);
		if (!is_moved_device(planner, unit))
			continue;
		for (size_t j = 0; j < i; j++)
			unit->again |=
				is_moved_device(planner, &planner->units[j]) &&
				may_describe(planner, planner->units[j].device, unit->device);
	}
}

static bool may_move(const struct planner *planner, const struct unit *unit, int number)
{
	return planner->request->move || planner->policy->move ||
	       (unit->device >= 0 && !unit->whole &&
		planner->world->blocks[number].origin == FROM_KMEM);
}

static void clear_block(struct planner *planner, const struct unit *unit, int number)
{
	const struct block *block = &planner->world->blocks[number];

	if (block->state == ABSENT || !is_wanted(planner, unit, number))
		return;
	if (unit->again) {
		if (block->state != OFFLINE && take_one(&planner->blocks_left))
			do_offline(planner, number);
		return;
	}
	if (!in_wrong_zone(planner, number) || is_kept(planner, unit, number) ||
	    is_protected(planner, unit, number) || !take_one(&planner->moves_left))
		return;
	if (may_move(planner, unit, number))
		do_offline(planner, number);
	else
		refuse(planner, number, DENY);
}

static void online_block(struct planner *planner, const struct unit *unit, int number)
{
	const struct block *block = &planner->world->blocks[number];
	unsigned int asked = zones_asked(planner, number, block->device);

	if (block->state == ABSENT || !is_wanted(planner, unit, number) || block->state == ONLINE ||
	    is_kept(planner, unit, number) || !take_one(&planner->blocks_left))
		return;
	if (block->state != OFFLINE || (block->offered != 0 && (block->offered & asked) == 0))
		refuse(planner, number, DENY);
	else
		do_online(planner, number,
			  asked == BIT(MOVABLE) ? MOVABLE_WORD :
			  asked == KERNEL_ZONES ? KERNEL_WORD :
						  ONLINE_WORD);
}

/* What is missing beside others may never come; where none is there, all of it is yet to come. */
static enum severity missing(const struct planner *planner, int device)
{
	for (int i = 0; i < BLOCKS; i++) {
		if (planner->world->blocks[i].device == device &&
		    planner->world->blocks[i].state != ABSENT)
			return WARN;
	}
	return DENY;
}

static void online_unit(struct planner *planner, const struct unit *unit)
{
	int numbers[BLOCKS], count = unit_blocks(planner, unit, numbers);

	if (unit->add || unit->again)
		do_add(planner, unit->device);
	for (int i = 0; i < count; i++)
		online_block(planner, unit, numbers[i]);
	for (int i = 0; unit->device >= 0 && i < count; i++) {
		if (planner->world->blocks[numbers[i]].state == ABSENT)
			refuse(planner, numbers[i], missing(planner, unit->device));
	}
}

static void plan_online(struct planner *planner)
{
	find_adds(planner);
	if (!planner->stopped)
		find_agains(planner);
	for (size_t i = planner->unit_count; !planner->stopped && i-- > 0;) {
		const struct unit *unit = &planner->units[i];
		int numbers[BLOCKS], count = unit_blocks(planner, unit, numbers);

		while (count-- > 0)
			clear_block(planner, unit, numbers[count]);
		if (unit->again)
			do_unbind(planner, unit->device);
	}
	for (size_t i = 0; !planner->stopped && i < planner->unit_count; i++)
		online_unit(planner, &planner->units[i]);
}

static void offline_unit(struct planner *planner, const struct unit *unit, bool movable_only)
{
	int numbers[BLOCKS], count = unit_blocks(planner, unit, numbers);

	while (count-- > 0) {
		const struct block *block = &planner->world->blocks[numbers[count]];

		if (block->state == ABSENT || !is_wanted(planner, unit, numbers[count]) ||
		    block->state == OFFLINE || (movable_only && block->zones != BIT(MOVABLE)) ||
		    is_protected(planner, unit, numbers[count]) || !take_one(&planner->blocks_left))
			continue;
		do_offline(planner, numbers[count]);
	}
}

static void plan_offline(struct planner *planner)
{
	/* What is in Movable is the cheapest to empty. */
	for (size_t i = planner->unit_count; planner->blocks_left != ENDLESS && i-- > 0;)
		offline_unit(planner, &planner->units[i], true);
	for (size_t i = planner->unit_count; i-- > 0;)
		offline_unit(planner, &planner->units[i], false);
}

static void remove_device(struct planner *planner, const struct unit *unit)
{
	const struct device *device = &planner->world->devices[unit->device];

	if (device->leaked)
		do_fail(planner, FAILS_UNSUPPORTED);
	if (planner->stopped || (device->driver != KMEM && device->driver != NO_DRIVER) ||
	    (device->driver == NO_DRIVER && device->range_count == 0))
		return;
	if (device->driver == KMEM) {
		offline_unit(planner, unit, false);
		do_unbind(planner, unit->device);
	}
	if (planner->request->unbound)
		return;
	do_load(planner, DEVICE_DAX);
	do_bind(planner, unit->device, DEVICE_DAX);
}

/* Whether runs of the request hold all blocks of a device, each range in one of them. */
static bool is_all_named(const struct planner *planner, int index)
{
	const struct world *world = &planner->outcome->before;
	bool any = false;
	int first, last;

	for (size_t i = 0; i < world->devices[index].range_count; i++) {
		bool in = false;

		if (!device_blocks(world, &world->devices[index], i, &first, &last))
			continue;
		for (size_t j = 0; j < planner->unit_count; j++)
			in |= planner->units[j].device < 0 && planner->units[j].first <= first &&
			      planner->units[j].last >= last;
		if (!in)
			return false;
		any = true;
	}
	return any;
}

/* The kernel would take the blocks offline by itself, and online again elsewhere if one does not go. */
static void eject_device(struct planner *planner, int index)
{
	struct unit unit = { .device = index };

	offline_unit(planner, &unit, false);
	eject(planner->world, index);
	do_watch(planner);
}

static void remove_run(struct planner *planner, const struct unit *unit)
{
	for (int number = unit->last; number >= unit->first && !planner->stopped; number--) {
		const struct block *block = &planner->world->blocks[number];

		if (block->state == ABSENT)
			continue;
		if (block->device >= 0 && planner->world->devices[block->device].kind == DAX &&
		    is_all_named(planner, block->device))
			remove_device(planner, &(struct unit){ .device = block->device });
		else if (block->device >= 0 && planner->world->devices[block->device].ejectable &&
			 is_all_named(planner, block->device))
			eject_device(planner, block->device);
		else if (!is_protected(planner, unit, number))
			planner->outcome->part[number] = true;
	}
}

static void plan_remove(struct planner *planner)
{
	for (size_t i = planner->unit_count; !planner->stopped && i-- > 0;) {
		if (planner->units[i].device >= 0)
			remove_device(planner, &planner->units[i]);
		else
			remove_run(planner, &planner->units[i]);
	}
}

/* ---- --size ---- */

static void count_blocks(const struct planner *planner, size_t *in_place, size_t *idle)
{
	*in_place = *idle = 0;
	for (size_t i = 0; i < planner->unit_count; i++) {
		int numbers[BLOCKS];
		int count = unit_blocks(planner, &planner->units[i], numbers);

		while (count-- > 0) {
			const struct block *block = &planner->world->blocks[numbers[count]];

			if (block->state == ABSENT ||
			    !is_wanted(planner, &planner->units[i], numbers[count]))
				continue;
			*in_place +=
				block->state == ONLINE && !in_wrong_zone(planner, numbers[count]);
			*idle += block->state == OFFLINE;
		}
	}
}

/* A device is added only if what is there already is not enough. */
static void drop_adds(struct planner *planner)
{
	size_t kept = 0;

	for (size_t i = 0; i < planner->unit_count; i++) {
		const struct unit *unit = &planner->units[i];
		const struct device *device =
			unit->device >= 0 ? &planner->world->devices[unit->device] : NULL;
		int numbers[BLOCKS];
		size_t length = (size_t)unit_blocks(planner, unit, numbers);

		if (device != NULL && device->driver != KMEM && !device->leaked) {
			if (planner->moves_left == 0)
				continue;
			planner->moves_left -=
				length < planner->moves_left ? length : planner->moves_left;
		}
		planner->units[kept++] = *unit;
	}
	planner->unit_count = kept;
}

static void limit(struct planner *planner)
{
	uint64_t size = planner->request->size, block = planner->world->block_size;
	size_t in_place, idle, there;

	planner->blocks_left = planner->moves_left = ENDLESS;
	if (size == 0)
		return;
	count_blocks(planner, &in_place, &idle);
	planner->blocks_left = (size_t)((size + block - 1) / block);
	there = planner->request->operation == OFFLINE_ ? idle : in_place;
	planner->blocks_left -= planner->blocks_left < there ? planner->blocks_left : there;
	if (planner->request->operation == OFFLINE_)
		return;
	planner->moves_left = planner->blocks_left;
	planner->moves_left -= planner->moves_left < idle ? planner->moves_left : idle;
	drop_adds(planner);
}

static bool is_hidden(const struct planner *planner, int index)
{
	return planner->world->devices[index].hidden &&
	       wants_device(planner->policy, planner->request, planner->world, index);
}

static bool has_memory(const struct planner *planner, int index)
{
	for (int number = 0; number < BLOCKS; number++) {
		if (planner->world->blocks[number].state != ABSENT &&
		    planner->world->blocks[number].device == index)
			return true;
	}
	return false;
}

/* What is named must be known, and what is to be online must have something that can be. */
static void check_target(struct planner *planner, const struct target *target)
{
	const struct device *devices = planner->world->devices;

	for (int i = 0; target->kind == 'a' && i < (int)planner->world->device_count; i++) {
		if (devices[i].kind == DAX && devices[i].driver == KMEM && is_hidden(planner, i))
			do_fail(planner, FAILS_PRIVILEGE);
	}
	if (target->kind != 'd')
		return;
	if (is_hidden(planner, target->first))
		do_fail(planner, FAILS_PRIVILEGE);
	if (planner->request->operation == ONLINE_ && !planner->request->from_policy &&
	    devices[target->first].kind == DIMM && !has_memory(planner, target->first))
		do_fail(planner, FAILS_TARGET);
}

void model_plan(const struct world *world, const struct policy *policy,
		const struct request *request, const bool *kernel_choice, struct outcome *outcome)
{
	static void (*const operations[])(struct planner * planner) = {
		[ADD] = plan_add,
		[ONLINE_] = plan_online,
		[OFFLINE_] = plan_offline,
		[REMOVE] = plan_remove,
	};
	struct planner planner = { .policy = policy,
				   .request = request,
				   .outcome = outcome,
				   .world = &outcome->after,
				   .kernel_choice = kernel_choice };

	memset(outcome, 0, sizeof(*outcome));
	outcome->before = outcome->after = *world;
	outcome->budget_before = budget_of(world);
	collect_units(&planner);
	for (size_t i = 0; i < request->target_count; i++)
		check_target(&planner, &request->targets[i]);
	limit(&planner);
	do_watch(&planner);
	if (!planner.stopped)
		operations[request->operation](&planner);
	outcome->budget_after = budget_of(&outcome->after);
}
