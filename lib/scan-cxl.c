/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory devices behind a CXL region: which card it is that holds the memory. Follows a region's
 * targets to decoders, their endpoints, and the device that each endpoint is the port of; where its memory
 * is persistent, the mappings of the NVDIMM region to the NVDIMMs that stand for cards.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define CXL_PATH "sys/bus/cxl/devices"
#define ND_PATH "sys/bus/nd/devices"
/* What the NVDIMMs of a CXL bus hang on (drivers/cxl/core/pmem.c, 6.12); those of firmware are no cards. */
#define CXL_BRIDGE "/nvdimm-bridge"

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

/* LINK leads to what stands for a card's persistent memory, in the card's own directory. */
static int follow_pmem(struct scan *scan, struct memhp_device *device, char *link)
{
	char *last = strrchr(link, '/');

	if (last == NULL)
		return 0;
	*last = '\0';
	return add_memdev(scan, device, link);
}

/* "nmem0,0,2147483648,0", and what that NVDIMM says that it is of. */
static int follow_mapping(struct scan *scan, struct memhp_device *device, const char *path)
{
	char provider[IO_PATH_MAX], link[IO_PATH_MAX];
	struct piece text, word;
	struct cursor cursor;
	int rc = scan_read(scan, path, &text);

	if (rc < 0)
		return note_missing(scan, device, path, rc);
	text_format(provider, sizeof(provider), ND_PATH "/%.*s/cxl/provider",
		    (int)MIN(strcspn(text.text, ",/\n"), (size_t)IO_NAME_MAX), text.text);
	rc = scan_read(scan, provider, &text);
	if (rc < 0)
		return note_missing(scan, device, provider, rc);
	cursor = cursor_of(text.text, text.len);
	if (!parse_word(&cursor, &word))
		return 0;
	text_format(provider, sizeof(provider), CXL_PATH "/%.*s",
		    (int)MIN(word.len, (size_t)IO_NAME_MAX), word.text);
	rc = scan_link(scan, provider, link);
	if (rc < 0)
		return note_link(scan, device, provider, rc);
	return follow_pmem(scan, device, link);
}

/* What a region is on, by its name here; and its files, each of which leads to a card. */
static const struct way {
	const char *prefix;
	const char *place; /* in the device's path */
	const char *dir;
	const char *file;
	int (*follow)(struct scan *scan, struct memhp_device *device, const char *path);
} ways[] = {
	{ "cxl:", "", CXL_PATH, "target", follow_target },
	{ "nd:", CXL_BRIDGE, ND_PATH, "mapping", follow_mapping },
};

static const struct way *find_way(const struct memhp_device *device)
{
	size_t i;

	for (i = 0; device->region != NULL && device->path != NULL && i < ARRAY_SIZE(ways); i++) {
		if (text_starts_with(device->region, ways[i].prefix) &&
		    strstr(device->path, ways[i].place) != NULL)
			return &ways[i];
	}
	return NULL;
}

int scan_memdevs(struct scan *scan, struct memhp_device *device)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	char dir[IO_PATH_MAX], path[IO_PATH_MAX + IO_NAME_MAX];
	const struct way *way = find_way(device);
	uint32_t number;
	size_t i;

	if (way == NULL)
		return 0;
	text_format(dir, sizeof(dir), "%s/%s", way->dir, device->region + strlen(way->prefix));
	if (scan_names(scan, dir, way->file, &names) < 0 ||
	    note_missing(scan, device, dir, names.rc) < 0)
		return -ENOMEM;
	if (names.count == 0)
		return 0;
	device->memdevs =
		arena_alloc(scan->snapshot->arena, names.count * sizeof(*device->memdevs));
	if (device->memdevs == NULL)
		return -ENOMEM;
	for (i = 0; i < names.count; i++) {
		if (!parse_numbered(names.items[i], way->file, &number))
			continue;
		text_format(path, sizeof(path), "%s/%s", dir, names.items[i]);
		if (way->follow(scan, device, path) < 0)
			return -ENOMEM;
	}
	return 0;
}
