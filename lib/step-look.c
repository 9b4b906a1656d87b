/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the subject of a step stands: what has to be read for each kind, and what the text says. Makes
 * paths and takes in texts; apply does the reading.
 */
#include <errno.h>
#include <string.h>

#include "parse.h"
#include "step-row.h"

/* Number INDEX among all whole blocks of a device; false past the last. */
static bool device_block(const struct memhp_snapshot *snapshot, uint16_t index, size_t wanted,
			 uint32_t *ret_number)
{
	const struct memhp_device *device = &snapshot->devices[index];
	uint32_t first, last;
	size_t i;

	for (i = 0; i < device->mapping_count; i++) {
		if (!snapshot_mapping_blocks(snapshot, device, i, &first, &last))
			continue;
		if (wanted <= last - first) {
			*ret_number = first + (uint32_t)wanted;
			return true;
		}
		wanted -= (size_t)(last - first) + 1;
	}
	return false;
}

static bool look_at(struct look *look, enum look_how how, const char *format, const char *subject)
{
	look->how = how;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_format(look->path, sizeof(look->path), format, subject);
#pragma GCC diagnostic pop
	return true;
}

static bool look_at_size(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			 struct look *look)
{
	char name[IO_NAME_MAX];

	step_device(snapshot, step, name);
	return look_at(look, LOOK_READ, DAX_DIR "/devices/%s/size", name);
}

bool look_created(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  size_t index, struct look *look)
{
	struct memhp_step candidate = *step;

	candidate.candidate = (uint8_t)index;
	return index < STEP_CANDIDATES && look_at_size(snapshot, &candidate, look);
}

/*
 * Others make devices too, and which number the kernel gives is seen when it has: of those that the snapshot
 * has not, the one that was made has no size.
 */
void observe_created(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		     size_t index, int rc, const char *text, struct seen *seen)
{
	if (rc == -ENOENT)
		return;
	if (rc < 0 && seen->rc == 0)
		seen->rc = rc;
	seen->value = 1;
	seen->there |= (uint16_t)(1U << index);
	if (rc == 0 && strcmp(text, "0") == 0)
		seen->empty |= (uint16_t)(1U << index);
}

bool look_deleted(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  size_t index, struct look *look)
{
	return index == 0 && look_at_size(snapshot, step, look);
}

/* One that somebody has given memory is his. */
void observe_deleted(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		     size_t index, int rc, const char *text, struct seen *seen)
{
	seen->value = rc != -ENOENT;
	seen->rc = rc == -ENOENT ? 0 : rc;
	seen->pending = rc == 0 && strcmp(text, "0") != 0;
}

bool look_amount(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look)
{
	char name[IO_NAME_MAX];

	step_device(snapshot, step, name);
	return index == 0 && look_at(look, LOOK_READ,
				     step->kind == STEP_SIZE ? DAX_DIR "/devices/%s/size" :
							       DAX_DIR "/devices/%s/align",
				     name);
}

/* 1: as it is to be, 0: as it was; of an alignment, anything else is "was". */
void observe_amount(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen)
{
	seen->rc = rc;
	if (rc == 0 && parse_uint(text, strlen(text), 0, &seen->amount) < 0)
		seen->rc = -EINVAL;
	seen->value = seen->rc < 0			? 2 :
		      seen->amount == step->to_amount	? 1 :
		      step->kind == STEP_ALIGN		? 0 :
		      seen->amount == step->from_amount ? 0 :
							  2;
}

static bool look_at_state(struct look *look, uint32_t block)
{
	look->how = LOOK_READ;
	text_format(look->path, sizeof(look->path), MEMORY_DIR "/memory%u/state", block);
	return true;
}

bool look_auto_online(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		      size_t index, struct look *look)
{
	return index == 0 && look_at(look, LOOK_READ, "%s", MEMORY_DIR "/auto_online_blocks");
}

void observe_auto_online(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			 size_t index, int rc, const char *text, struct seen *seen)
{
	seen->rc = rc;
	seen->value = rc < 0 ? WORD_UNKNOWN : online_word_from_name(text);
}

bool look_module(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look)
{
	return index == 0 &&
	       look_at(look, LOOK_EXISTS, DAX_DIR "/drivers/%s", driver_name(step->to));
}

void observe_module(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen)
{
	seen->value = rc < 0 ? DRIVER_NONE : step->to;
	seen->rc = rc == -ENOENT ? 0 : rc;
}

bool look_memmap(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look)
{
	return index == 0 && look_at(look, LOOK_READ, DAX_DIR "/devices/%s/memmap_on_memory",
				     snapshot_device_name(snapshot, step->device));
}

void observe_memmap(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen)
{
	seen->rc = rc;
	seen->value = rc < 0 ? TRI_UNKNOWN : text[0] == '1' ? TRI_YES : TRI_NO;
}

bool look_driver(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look)
{
	return index == 0 && look_at(look, LOOK_READLINK, DAX_DIR "/devices/%s/driver",
				     snapshot_device_name(snapshot, step->device));
}

void observe_driver(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen)
{
	const char *name = rc < 0 ? NULL : strrchr(text, '/');

	if (rc < 0) {
		seen->value = rc == -ENOENT ? DRIVER_NONE : DRIVER_UNKNOWN;
		seen->rc = rc == -ENOENT ? 0 : rc;
		return;
	}
	seen->value = driver_from_name(name != NULL ? name + 1 : text);
}

/*
 * kmem's unbind is a trap: it always succeeds, and with one block online the memory is lost until
 * the next reboot (drivers/dax/kmem.c:dev_dax_kmem_remove, 6.1 to 7.2). So every block is looked at.
 */
bool look_unbind(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look)
{
	uint32_t block;

	if (index == 0)
		return look_driver(snapshot, step, 0, look);
	return step->from == DRIVER_KMEM &&
	       device_block(snapshot, step->device, index - 1, &block) &&
	       look_at_state(look, block);
}

static void note_pending(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			 size_t index, struct seen *seen)
{
	uint32_t block = 0;

	device_block(snapshot, step->device, index, &block);
	if (seen->pending == 0)
		seen->first_pending = block;
	seen->pending++;
}

void observe_unbind(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    size_t index, int rc, const char *text, struct seen *seen)
{
	if (index == 0)
		observe_driver(snapshot, step, 0, rc, text, seen);
	else if (rc != -ENOENT && (rc < 0 || strcmp(text, "offline") != 0))
		note_pending(snapshot, step, index - 1, seen);
}

bool look_blocks(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		 struct look *look)
{
	uint32_t block;

	return device_block(snapshot, step->device, index, &block) && look_at_state(look, block);
}

void observe_wait_blocks(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			 size_t index, int rc, const char *text, struct seen *seen)
{
	seen->value = step->to;
	if (rc < 0)
		note_pending(snapshot, step, index, seen);
}

/*
 * An eject takes blocks offline by itself, and brings them back where the kernel likes if it fails
 * (drivers/acpi/scan.c:acpi_scan_try_to_offline, 6.1 to 7.2): so none is left to it.
 */
void observe_eject(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		   size_t index, int rc, const char *text, struct seen *seen)
{
	if (index == 0)
		seen->value = step->to;
	if (rc == -ENOENT)
		return;
	seen->value = step->from;
	if (rc < 0 || strcmp(text, "offline") != 0)
		note_pending(snapshot, step, index, seen);
}

void observe_ejected(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		     size_t index, int rc, const char *text, struct seen *seen)
{
	seen->value = step->to;
	if (rc != -ENOENT)
		note_pending(snapshot, step, index, seen);
}

/* The blocks first, then the iomem tree. */
bool look_gone(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
	       struct look *look)
{
	uint32_t block;

	if (look_blocks(snapshot, step, index, look))
		return true;
	return (index == 0 || device_block(snapshot, step->device, index - 1, &block)) &&
	       look_at(look, LOOK_READ_ALL, "%s", IOMEM);
}

/* Whether a dax device's node in the iomem tree still holds memory that kmem added. */
static bool iomem_holds_kmem(const char *text, const char *device)
{
	struct cursor cursor = cursor_of(text, strlen(text));
	struct iomem_line line;
	unsigned int depth = 0;
	bool inside = false;

	while (parse_iomem(&cursor, &line)) {
		if (inside && line.depth > depth && piece_is(line.name, "System RAM (kmem)"))
			return true;
		if (inside && line.depth > depth)
			continue;
		inside = piece_is(line.name, device);
		depth = line.depth;
	}
	return false;
}

void observe_gone(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		  size_t index, int rc, const char *text, struct seen *seen)
{
	uint32_t block;

	seen->value = step->to;
	if (device_block(snapshot, step->device, index, &block)) {
		if (rc != -ENOENT)
			note_pending(snapshot, step, index, seen);
		return;
	}
	seen->iomem_left =
		rc == 0 && iomem_holds_kmem(text, snapshot_device_name(snapshot, step->device));
}

bool look_block(const struct memhp_snapshot *snapshot, const struct memhp_step *step, size_t index,
		struct look *look)
{
	static const char *const files[] = { "state", "valid_zones" };

	if (index >= ARRAY_SIZE(files))
		return false;
	look->how = LOOK_READ;
	text_format(look->path, sizeof(look->path), MEMORY_DIR "/memory%u/%s", step->block,
		    files[index]);
	return true;
}

void observe_block(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		   size_t index, int rc, const char *text, struct seen *seen)
{
	zone_set zones = ZONES_UNKNOWN;
	uint8_t first;

	if (index == 0) {
		seen->rc = rc == -ENOENT ? 0 : rc;
		seen->value = rc == -ENOENT ? MEMHP_STATE_ABSENT :
			      rc < 0	    ? MEMHP_STATE_UNKNOWN :
					      parse_state(text, strlen(text));
		return;
	}
	if (rc == 0)
		parse_zones(text, strlen(text), &zones, &first);
	if (rc == 0 && first < ZONE_COUNT)
		seen->zones =
			ZONE_BIT(first); /* where several are named, the first is the current one */
	else
		seen->zones = zones;
}
