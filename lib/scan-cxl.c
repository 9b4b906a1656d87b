/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory devices behind a CXL region: which card it is that holds the memory. Follows a region's
 * targets to decoders, their endpoints, and the device that each endpoint is the port of.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define CXL_PATH "sys/bus/cxl/devices"
#define CXL_REGION "cxl:"

/* The component of PATH before its last one. */
static bool parent_name(const char *path, char name[IO_NAME_MAX])
{
	const char *last = path_name(path), *start;

	if (last == path)
		return false;
	for (start = last - 1; start > path && start[-1] != '/'; start--)
		;
	if (start == last - 1 || (size_t)(last - 1 - start) >= IO_NAME_MAX)
		return false;
	memcpy(name, start, (size_t)(last - 1 - start));
	name[last - 1 - start] = '\0';
	return true;
}

/* RC is what reading PATH came to; a card that is not there is not one that could not be read. */
static int note(struct scan *scan, struct memhp_device *device, const char *path, int rc)
{
	return rc == 0 || rc == -ENOENT ? 0 :
					  scan_unread(scan, device, DEVICE_UNREAD_PLACE, path, rc);
}

/* Likewise where PATH tells which card it is: without one of them it is not known which they are. */
static int note_missing(struct scan *scan, struct memhp_device *device, const char *path, int rc)
{
	if (rc < 0 && rc != -ENOENT)
		device->unread |= DEVICE_UNREAD_MEMDEVS;
	return note(scan, device, path, rc);
}

static int note_link(struct scan *scan, struct memhp_device *device, const char *path, int rc)
{
	if (rc < 0 && rc != -ENOENT && scan_note(scan, path, rc, scan_errno_message(rc)) < 0)
		return -ENOMEM;
	return note_missing(scan, device, path, rc);
}

static int add_memdev(struct scan *scan, struct memhp_device *device, const char *link)
{
	static const struct attribute serial = { "serial", take_text,
						 offsetof(struct memdev, serial) };
	struct memdev *memdev = &device->memdevs[device->memdev_count];
	struct arena *arena = scan->snapshot->arena;
	char dir[IO_PATH_MAX], pci[IO_NAME_MAX];

	*memdev = (struct memdev){ .name = arena_copy(arena, path_name(link)) };
	if (memdev->name == NULL)
		return -ENOMEM;
	if (parent_name(link, pci)) {
		memdev->pci_address = arena_copy(arena, pci);
		if (memdev->pci_address == NULL)
			return -ENOMEM;
	}
	text_format(dir, sizeof(dir), CXL_PATH "/%s", memdev->name);
	device->memdev_count++;
	return note(scan, device, dir, scan_attribute(scan, dir, &serial, memdev));
}

/* What one of a region's targets leads to; an empty one to nothing. */
static int follow_target(struct scan *scan, struct memhp_device *device, const char *path)
{
	char decoder[IO_PATH_MAX], link[IO_PATH_MAX], endpoint[IO_NAME_MAX];
	struct piece text, word;
	struct cursor cursor;
	int rc = scan_read(scan, path, &text);

	if (rc < 0)
		return note_missing(scan, device, path, rc);
	cursor = cursor_of(text.text, text.len);
	if (!parse_word(&cursor, &word) || !piece_starts_with(word, "decoder"))
		return 0;
	text_format(decoder, sizeof(decoder), CXL_PATH "/%.*s",
		    (int)MIN(word.len, (size_t)IO_NAME_MAX), word.text);
	rc = scan_link(scan, decoder, link);
	if (rc < 0 || !parent_name(link, endpoint))
		return note_link(scan, device, decoder, rc);
	text_format(decoder, sizeof(decoder), CXL_PATH "/%s/uport", endpoint);
	rc = scan_link(scan, decoder, link);
	if (rc < 0)
		return note_link(scan, device, decoder, rc);
	return add_memdev(scan, device, link);
}

int scan_memdevs(struct scan *scan, struct memhp_device *device)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	char dir[IO_PATH_MAX], path[IO_PATH_MAX + IO_NAME_MAX];
	uint32_t number;
	size_t i;

	if (device->region == NULL || !text_starts_with(device->region, CXL_REGION))
		return 0;
	text_format(dir, sizeof(dir), CXL_PATH "/%s", device->region + strlen(CXL_REGION));
	if (scan_names(scan, dir, "target", &names) < 0 ||
	    note_missing(scan, device, dir, names.rc) < 0)
		return -ENOMEM;
	if (names.count == 0)
		return 0;
	device->memdevs =
		arena_alloc(scan->snapshot->arena, names.count * sizeof(*device->memdevs));
	if (device->memdevs == NULL)
		return -ENOMEM;
	for (i = 0; i < names.count; i++) {
		if (!parse_numbered(names.items[i], "target", &number))
			continue;
		text_format(path, sizeof(path), "%s/%s", dir, names.items[i]);
		if (follow_target(scan, device, path) < 0)
			return -ENOMEM;
	}
	return 0;
}
