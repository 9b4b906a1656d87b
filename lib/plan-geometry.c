/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dax devices that are made in a dynamic region, and taken away. What the kernel would pass over in silence,
 * or refuse half-way, is found out before. Pure.
 */
#include "planner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan-story.h"
#include "rule.h"

/* Ranges of a dax device are whole subsections (include/linux/mmzone.h, memremap_compat_align()). */
#define SUBSECTION (UINT64_C(2) << 20)

static int no_region(struct planner *planner, const char *text)
{
	error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, text,
		  "a device is made in a region, and this is none");
	return error_hint(planner->error, "name one region, such as dax:region0");
}

static int no_device(struct planner *planner, const char *text)
{
	error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, text,
		  "dax devices are taken away, and this is none");
	return error_hint(planner->error, "name a device, such as dax0.1");
}

static int check_dynamic(struct planner *planner, const struct memhp_device *device)
{
	if (device->region_dynamic)
		return 0;
	error_set(planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP,
		  device->region != NULL ? device->region : device->name,
		  "this region has the devices that it has: none can be made or taken away");
	if (device->provider != NULL && strcmp(device->provider, "pmem") == 0)
		return error_hint(planner->error, "its devices are namespaces, see ndctl(1)");
	return -ENOTSUP;
}

static int add_obstacle(struct planner *planner, struct geometry_obstacle obstacle)
{
	struct memhp_plan *plan = planner->plan;

	if (array_reserve(&plan->obstacles, plan->obstacle_count, &plan->obstacle_capacity,
			  sizeof(*plan->obstacles)) < 0)
		return error_memory(planner->error);
	plan->obstacles[plan->obstacle_count++] = obstacle;
	return 0;
}

/* ---- create ---- */

static bool is_empty(const struct memhp_device *device)
{
	return device->kind == MEMHP_DEVICE_DAX && device->driver == DRIVER_NONE &&
	       device->size == 0 && !device->leaked;
}

/* A device of no size that waits in the region, as every region has one when it is empty; else NO_DEVICE. */
static uint16_t find_empty(const struct planner *planner, const struct target *region)
{
	size_t i;

	/* One that has come meanwhile may be somebody's who is at it. */
	for (i = 0; !planner->lessons->make_anew && i < region->device_count; i++) {
		if (is_empty(&planner->plan->before->devices[region->devices[i]]))
			return region->devices[i];
	}
	return NO_DEVICE;
}

/* Alignments are powers of two, and nothing is smaller than a page; which of them, the kernel says. */
static int check_align(struct planner *planner, uint64_t align)
{
	uint64_t page = planner->plan->before->machine.page_size;

	if (align == 0 || ((align & (align - 1)) == 0 && align >= page))
		return 0;
	error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, "align",
		  "an alignment is a power of two and no less than a page");
	return error_hint(planner->error, "kernels take 4K, 2M or 1G on x86-64");
}

static int check_size(struct planner *planner, uint64_t size, uint64_t unit)
{
	uint64_t below = size - size % unit;
	char unit_text[32], below_text[32], above_text[32];

	if (size % unit == 0)
		return 0;
	size_to_text(unit, unit_text, sizeof(unit_text));
	size_to_text(below, below_text, sizeof(below_text));
	size_to_text(below + unit, above_text, sizeof(above_text));
	error_set(planner->error, MEMHP_ERROR_USAGE, -EINVAL, "size",
		  "the size of a device is a multiple of its alignment, and of 2 MiB: of %s here",
		  unit_text);
	return below > 0 ? error_hint(planner->error, "the nearest are %llu (%s) and %llu (%s)",
				      (unsigned long long)below, below_text,
				      (unsigned long long)(below + unit), above_text) :
			   error_hint(planner->error, "the least is %llu (%s)",
				      (unsigned long long)unit, above_text);
}

static int add_geometry(struct planner *planner, struct memhp_step step, enum step_kind kind,
			uint64_t from, uint64_t to)
{
	step.kind = (uint8_t)kind;
	step.from = 0;
	step.to = 1;
	step.from_amount = from;
	step.to_amount = to;
	return planner_add_step(planner, step);
}

static int make_device(struct planner *planner, uint16_t sibling, uint16_t empty, uint64_t size)
{
	struct memhp_step step = { .device = empty != NO_DEVICE ? empty : sibling,
				   .fresh = empty == NO_DEVICE };
	uint64_t align = options_of(planner)->align;
	uint64_t has = step.fresh ? 0 : planner->plan->before->devices[empty].align;
	int rc = 0;

	if (step.fresh)
		rc = add_geometry(planner, step, STEP_CREATE, 0, 0);
	if (rc == 0 && align != 0 && align != has)
		rc = add_geometry(planner, step, STEP_ALIGN, has, align);
	return rc == 0 ? add_geometry(planner, step, STEP_SIZE, 0, size) : rc;
}

static uint64_t size_unit(const struct planner *planner, const struct memhp_device *device)
{
	uint64_t align = options_of(planner)->align;

	return MAX(SUBSECTION, align != 0 ? align : device->align);
}

/* What cannot be seen of the others might be what is to be used. */
static int check_others(struct planner *planner, const struct target *region)
{
	size_t i;

	for (i = 0; i < region->device_count; i++) {
		const struct memhp_device *device =
			&planner->plan->before->devices[region->devices[i]];

		if (device->size == SIZE_UNKNOWN || device->driver == DRIVER_UNKNOWN)
			return error_set(planner->error, MEMHP_ERROR_SYSTEM, -EIO, device->name,
					 "its size or its driver cannot be read");
	}
	if (planner->plan->before->devices[region->devices[0]].region_available == SIZE_UNKNOWN)
		return error_set(planner->error, MEMHP_ERROR_SYSTEM, -EIO, region->text,
				 "what is free of it cannot be read");
	return 0;
}

int plan_create(struct planner *planner)
{
	const struct memhp_plan *plan = planner->plan;
	const struct target *region = plan->targets;
	uint64_t size = options_of(planner)->amount, free_bytes, unit;
	const struct memhp_device *device;
	uint16_t empty;
	int rc;

	if (plan->target_count != 1 || !region->whole || region->device_count == 0 ||
	    region->run_count > 0)
		return no_region(planner, plan->targets[plan->target_count - 1].text);
	empty = find_empty(planner, region);
	device = &plan->before->devices[empty != NO_DEVICE ? empty : region->devices[0]];
	if (device->kind != MEMHP_DEVICE_DAX || device->region == NULL)
		return no_region(planner, region->text);
	rc = check_dynamic(planner, device);
	if (rc == 0)
		rc = check_align(planner, options_of(planner)->align);
	if (rc == 0)
		rc = check_others(planner, region);
	if (rc < 0)
		return rc;
	free_bytes = device->region_available;
	unit = size_unit(planner, device);
	if (size == 0)
		size = free_bytes - free_bytes % unit;
	rc = check_size(planner, size, unit);
	if (rc < 0)
		return rc;
	if (size == 0 || size > free_bytes)
		return add_obstacle(planner, (struct geometry_obstacle){
						     .device = region->devices[0],
						     .wanted = size,
						     .available = free_bytes,
						     .fits = free_bytes - free_bytes % unit });
	return make_device(planner, region->devices[0], empty, size);
}

/* ---- destroy ---- */

/* The first device of a region stays, without a size (drivers/dax/bus.c:delete_store, 6.1 to 7.2). */
static bool stays(const struct memhp_device *device)
{
	unsigned int region, id;

	return sscanf(device->name, "dax%u.%u", &region, &id) != 2 || id == 0;
}

static int check_destroyable(struct planner *planner, const struct memhp_device *device)
{
	int rc = check_dynamic(planner, device);

	if (rc < 0)
		return rc;
	if (device->size == SIZE_UNKNOWN || device->driver == DRIVER_UNKNOWN)
		return error_set(planner->error, MEMHP_ERROR_SYSTEM, -EIO, device->name,
				 "its size or its driver cannot be read");
	if (device->driver == DRIVER_OTHER)
		return error_set(planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, device->name,
				 "it has the driver %s, which memhp does not know",
				 device->driver_name);
	return 0;
}

static int destroy_device(struct planner *planner, uint16_t index)
{
	struct memhp_device *device = &planner->plan->predicted->devices[index];
	struct memhp_step step = { .device = index };
	int rc = check_destroyable(planner, device);

	if (rc < 0)
		return rc;
	if (device->driver == DRIVER_KMEM || device->leaked)
		return add_obstacle(planner,
				    (struct geometry_obstacle){ .device = index, .in_kmem = true });
	if (device->driver != DRIVER_NONE)
		rc = planner_add_step(planner, (struct memhp_step){ .kind = STEP_UNBIND,
								    .device = index,
								    .from = device->driver,
								    .to = DRIVER_NONE });
	if (rc == 0 && device->size > 0)
		rc = add_geometry(planner, step, STEP_SIZE, device->size, 0);
	if (rc < 0 || stays(device))
		return rc;
	step.kind = STEP_DELETE;
	step.from = 1;
	return planner_add_step(planner, step);
}

int plan_destroy(struct planner *planner)
{
	const struct memhp_plan *plan = planner->plan;
	size_t i, j;
	int rc = 0;

	for (i = 0; i < plan->target_count; i++) {
		const struct target *target = &plan->targets[i];

		if (target->whole || target->run_count > 0 || target->device_count == 0)
			return no_device(planner, target->text);
		for (j = 0; j < target->device_count; j++) {
			if (plan->before->devices[target->devices[j]].kind != MEMHP_DEVICE_DAX)
				return no_device(planner, target->text);
		}
	}
	/* One that is named twice is one unit. */
	for (i = planner->units.count; rc == 0 && i-- > 0;)
		rc = destroy_device(planner, planner->units.items[i].device);
	return rc;
}

/* ---- what is told of it ---- */

static int tell_made(struct memhp_plan *plan, const struct memhp_step *step, const char *device)
{
	const char *region = plan->before->devices[step->device].region;
	char size[32], text[256];
	int rc;

	size_to_text(step->to_amount, size, sizeof(size));
	text_format(text, sizeof(text), "%s is to be made, of %s of %s", device, size, region);
	rc = texts_add(&plan->story.reasons, text);
	text_format(text, sizeof(text), "memhp destroy %s", device);
	return rc == 0 ? texts_add(&plan->story.undo, text) : rc;
}

static int tell_taken(struct memhp_plan *plan, const struct memhp_step *step, const char *device)
{
	const char *region = plan->before->devices[step->device].region;
	char size[32], text[256];
	int rc;

	size_to_text(step->from_amount, size, sizeof(size));
	text_format(text, sizeof(text), "%s (%s) is to be taken away", device, size);
	rc = texts_add(&plan->story.reasons, text);
	if (rc < 0 || region == NULL)
		return rc;
	text_format(text, sizeof(text), "memhp create %s --size %llu", region,
		    (unsigned long long)step->from_amount);
	return texts_add(&plan->story.undo, text);
}

void plan_device(const struct memhp_plan *plan, char name[IO_NAME_MAX])
{
	const struct memhp_step *step =
		plan->step_count > 0 ? &plan->steps[plan->step_count - 1] : NULL;

	name[0] = '\0';
	if (step != NULL && (step->kind == STEP_SIZE || step->kind == STEP_DELETE))
		step_device(plan->before, step, name);
}

int plan_tell_geometry(struct memhp_plan *plan)
{
	char device[IO_NAME_MAX];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < plan->step_count; i++) {
		const struct memhp_step *step = &plan->steps[i];

		if (step->kind != STEP_SIZE)
			continue;
		step_device(plan->before, step, device);
		rc = step->to_amount > 0 ? tell_made(plan, step, device) :
					   tell_taken(plan, step, device);
	}
	return rc;
}
