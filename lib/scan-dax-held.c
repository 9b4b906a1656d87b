/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a dax device answers at all: who binds or unbinds it may have it locked, for ever, and who reads then
 * cannot be stopped. Reads nothing itself.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

/* How long a device may keep who reads its size waiting, before that is taken for more than a moment. */
#define ANSWER_TIME (UINT64_C(3) * 1000000000)

bool dax_is_held(const struct memhp_device *device)
{
	return device->mappings_errno == EBUSY;
}

/* Whether kmem has come to the end of taking a device: in each range of it that iomem shows memory is there. */
static bool has_memory(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
{
	bool any = false;
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		const struct memhp_region *region = &snapshot->regions[i], *inside = region + 1;

		if (strcmp(region->name, device->name) != 0)
			continue;
		if (i + 1 == snapshot->region_count || inside->depth <= region->depth ||
		    !text_starts_with(inside->name, "System RAM"))
			return false;
		any = true;
	}
	return any;
}

/*
 * Whoever binds or unbinds a device has it locked until he is done, which can be never; and there are kernels
 * that do not tell its size and mappings until then (drivers/dax/bus.c:size_show, get_dax_range, 6.1; those that
 * know memmap_on_memory have a lock of their own for that, 6.12 and 7.2). Where kmem has come to its end with a
 * device nobody is likely to be at it; elsewhere that is looked into, for it takes a process.
 */
static bool may_be_held(const struct scan *scan, const struct memhp_device *device)
{
	if (scan->io->ops->answers == NULL || device->has_memmap_attribute)
		return false;
	return scan->io->held_up || device->driver != DRIVER_KMEM ||
	       !has_memory(scan->snapshot, device);
}

int scan_dax_held(struct scan *scan, struct memhp_device *device, const char *dir)
{
	struct io *io = scan->io;
	char path[IO_PATH_MAX + IO_NAME_MAX];
	int rc;

	if (!may_be_held(scan, device))
		return 0;
	text_format(path, sizeof(path), "%s/size", dir);
	rc = io->ops->answers(io, path, io->ops->now(io) + ANSWER_TIME);
	if (rc == 0)
		return 0;
	device->mappings_errno = EBUSY;
	if (scan_note(scan, path, rc, "not told while the device is bound or unbound") < 0)
		return -ENOMEM;
	return scan_unread(scan, device, DEVICE_UNREAD_SIZE, path, rc);
}
