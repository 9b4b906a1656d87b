/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices of the dax bus: attributes, every mapping, driver, and what made them. Knows no blocks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan-walk.h"

#define DAX_PATH "sys/bus/dax/devices"
#define DEVICES_PATH "sys/devices"

#define MEMBER(member) offsetof(struct memhp_device, member)

static const struct dax_row {
	struct attribute attribute;
	unsigned int part; /* enum device_unread, or 0 */
} dax_rows[] = {
	{ { "size", take_decimal, MEMBER(size) }, DEVICE_UNREAD_SIZE },
	{ { "align", take_decimal, MEMBER(align) }, 0 },
	{ { "target_node", take_int, MEMBER(target_node) }, DEVICE_UNREAD_NODE },
	{ { "numa_node", take_int, MEMBER(numa_node) }, 0 },
};
static const struct attribute memmap_row = { "memmap_on_memory", take_bool,
					     MEMBER(memmap_on_memory) };
static const struct attribute uuid_row = { "uuid", take_text, MEMBER(uuid) };

static const struct attribute mapping_rows[] = {
	{ "start", take_decimal, offsetof(struct mapping, start) },
	{ "end", take_decimal, offsetof(struct mapping, end) },
};

/* What made a device, by a component of its path; the first row that fits. */
static const struct provider {
	const char *component; /* begins so */
	const char *provider;
	const char *region; /* prefix of a region's name; NULL: by the dax region's id */
} providers[] = {
	{ "dax_region", "cxl", "cxl" },
	{ "ndbus", "pmem", "nd" },
	{ "hmem", "hmem", NULL },
};

/* The next component of a path; false at the end. */
static bool next_component(const char **path, struct piece *ret_component)
{
	size_t len;

	while (**path == '/')
		(*path)++;
	len = strcspn(*path, "/");
	if (len == 0)
		return false;
	*ret_component = (struct piece){ *path, len };
	*path += len;
	return true;
}

static bool path_has(const char *path, const char *prefix)
{
	struct piece component;

	while (next_component(&path, &component)) {
		if (piece_starts_with(component, prefix))
			return true;
	}
	return false;
}

/* The last component of PATH that is "region" and a number: "cxl:region0". */
static void region_of_path(const char *path, const char *kind, char *buffer, size_t size)
{
	struct piece component;

	while (next_component(&path, &component)) {
		char name[IO_NAME_MAX];
		uint32_t number;

		if (component.len >= sizeof(name))
			continue;
		memcpy(name, component.text, component.len);
		name[component.len] = '\0';
		if (parse_numbered(name, "region", &number))
			text_format(buffer, size, "%s:%s", kind, name);
	}
}

/* PATH without its last component. */
static void parent_path(const char *path, char parent[IO_PATH_MAX])
{
	char *slash;

	text_copy(parent, IO_PATH_MAX, path);
	slash = strrchr(parent, '/');
	if (slash != NULL)
		*slash = '\0';
	else
		parent[0] = '\0';
}

/* RC is what reading FILE below DIR came to; absent is not unread. */
static int note_place(struct scan *scan, struct memhp_device *device, const char *dir,
		      const char *file, int rc)
{
	char path[IO_PATH_MAX + IO_NAME_MAX];

	if (rc == 0 || rc == -ENOENT)
		return 0;
	text_format(path, sizeof(path), "%s/%s", dir, file);
	return scan_unread(scan, device, DEVICE_UNREAD_PLACE, path, rc);
}

static int name_region(struct scan *scan, struct memhp_device *device,
		       const struct provider *provider, const char *region_dir)
{
	char name[IO_NAME_MAX] = "";
	char path[IO_PATH_MAX];
	struct piece text;
	uint64_t id;
	int rc;

	if (provider != NULL && provider->region != NULL) {
		region_of_path(device->path, provider->region, name, sizeof(name));
	} else {
		text_format(path, sizeof(path), "%s/id", region_dir);
		rc = scan_read(scan, path, &text);
		if (note_place(scan, device, region_dir, "id", rc) < 0)
			return -ENOMEM;
		if (rc == 0 && parse_uint(text.text, text.len, 10, &id) == 0)
			text_format(name, sizeof(name), "dax:region%llu", (unsigned long long)id);
	}
	if (name[0] == '\0')
		return 0;
	device->region = arena_copy(scan->snapshot->arena, name);
	return device->region == NULL ? -ENOMEM : 0;
}

/* A namespace's or a CXL region's uuid stands one or two levels above the dax device. */
static int scan_uuid(struct scan *scan, struct memhp_device *device, const char *parent)
{
	char above[IO_PATH_MAX];
	int rc = scan_attribute(scan, parent, &uuid_row, device);

	if (rc == -ENOENT) {
		parent_path(parent, above);
		parent = above;
		rc = scan_attribute(scan, above, &uuid_row, device);
	}
	return note_place(scan, device, parent, uuid_row.file, rc);
}

/* All that follows from where the device hangs. */
static int scan_place(struct scan *scan, struct memhp_device *device, const char *link)
{
	const char *path = strstr(link, "devices/");
	char whole[IO_PATH_MAX + 16], parent[IO_PATH_MAX], region_dir[IO_PATH_MAX + 16];
	char available[IO_PATH_MAX + 64];
	const struct provider *provider = NULL;
	struct piece text;
	size_t i;
	int rc;

	if (path == NULL)
		return 0;
	device->path = arena_copy(scan->snapshot->arena, path + strlen("devices/"));
	if (device->path == NULL)
		return -ENOMEM;
	for (i = 0; provider == NULL && i < ARRAY_SIZE(providers); i++) {
		if (path_has(device->path, providers[i].component))
			provider = &providers[i];
	}
	device->provider = provider == NULL ? NULL : provider->provider;
	text_format(whole, sizeof(whole), DEVICES_PATH "/%s", device->path);
	parent_path(whole, parent);
	text_format(region_dir, sizeof(region_dir), "%s/dax_region", parent);
	if (name_region(scan, device, provider, region_dir) < 0)
		return -ENOMEM;
	text_format(available, sizeof(available), "%s/available_size", region_dir);
	/* Whoever makes a region's devices may have the region locked as well as the device. */
	rc = dax_is_held(device) ? -EBUSY : scan_read(scan, available, &text);
	if (rc == -ENOMEM)
		return rc;
	device->region_dynamic = rc == 0;
	if (rc < 0 || parse_uint(text.text, text.len, 0, &device->region_available) < 0)
		device->region_available = SIZE_UNKNOWN;
	if (provider != NULL && provider->region != NULL)
		return scan_uuid(scan, device, parent);
	return 0;
}

/* Where it hangs is a link: one that is not there, or none, is no more of an answer than an error. */
static int scan_link_of(struct scan *scan, struct memhp_device *device, const char *dir)
{
	char link[IO_PATH_MAX];
	int rc = scan_link(scan, dir, link);

	if (rc == 0)
		return scan_place(scan, device, link);
	if (rc != -ENOENT && rc != -EINVAL && scan_note(scan, dir, rc, scan_errno_message(rc)) < 0)
		return -ENOMEM;
	device->unread |= DEVICE_UNREAD_MEMDEVS;
	return scan_unread(scan, device, DEVICE_UNREAD_PLACE, dir, rc);
}

static int scan_numbers(struct scan *scan, struct memhp_device *device, const char *dir)
{
	char path[IO_PATH_MAX + IO_NAME_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dax_rows); i++) {
		const struct attribute *row = &dax_rows[i].attribute;
		int rc;

		if (dax_is_held(device) && dax_rows[i].part == DEVICE_UNREAD_SIZE)
			continue;
		rc = scan_attribute(scan, dir, row, device);
		if (rc == 0 || rc == -ENOENT)
			continue;
		text_format(path, sizeof(path), "%s/%s", dir, row->file);
		if (rc == -ENOMEM || (dax_rows[i].part != 0 &&
				      scan_unread(scan, device, dax_rows[i].part, path, rc) < 0))
			return -ENOMEM;
	}
	return 0;
}

static int scan_driver(struct scan *scan, struct memhp_device *device, const char *dir)
{
	char path[IO_PATH_MAX], link[IO_PATH_MAX];
	int rc;

	text_format(path, sizeof(path), "%s/driver", dir);
	rc = scan_link(scan, path, link);
	if (rc == -ENOENT) {
		device->driver = DRIVER_NONE;
		return 0;
	}
	if (rc < 0)
		return scan_note(scan, path, rc, scan_errno_message(rc));
	device->driver = driver_from_name(path_name(link));
	device->driver_name = arena_copy(scan->snapshot->arena, path_name(link));
	return device->driver_name == NULL ? -ENOMEM : 0;
}

static int compare_mappings(const void *a, const void *b)
{
	const struct mapping *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/* Reads one mapping; what keeps it from being known is kept in the device. */
static int scan_mapping(struct scan *scan, struct memhp_device *device, const char *dir)
{
	struct mapping *mapping = &device->mappings[device->mapping_count];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mapping_rows); i++) {
		int rc = scan_attribute(scan, dir, &mapping_rows[i], mapping);

		if (rc < 0) {
			device->mappings_errno = -rc;
			return rc == -ENOMEM ? rc : 0;
		}
	}
	if (mapping->end >= mapping->start)
		device->mapping_count++;
	return 0;
}

/* Kernels show `resource` too: the start of the first range, so the whole of a device with one. */
static int guess_mapping(struct scan *scan, struct memhp_device *device, const char *dir)
{
	static const struct attribute resource_row = { "resource", take_decimal, 0 };
	struct mapping *mapping;
	uint64_t start = 0;
	int rc;

	if (device->size == SIZE_UNKNOWN || device->size == 0)
		return 0;
	rc = scan_attribute(scan, dir, &resource_row, &start);
	if (rc < 0) {
		if (rc != -ENOENT)
			device->mappings_errno = -rc;
		return rc == -ENOMEM ? rc : 0;
	}
	if (start == 0 || start > UINT64_MAX - device->size)
		return 0;
	mapping = arena_alloc(scan->snapshot->arena, sizeof(*mapping));
	if (mapping == NULL)
		return -ENOMEM;
	*mapping = (struct mapping){ .start = start, .end = start + device->size - 1 };
	device->mappings = mapping;
	device->mapping_count = 1;
	return 0;
}

static bool mappings_add_up(const struct memhp_device *device)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < device->mapping_count; i++)
		sum += device->mappings[i].end - device->mappings[i].start + 1;
	return device->size == SIZE_UNKNOWN || device->mapping_count == 0 || sum == device->size;
}

static int scan_mappings(struct scan *scan, struct memhp_device *device, const char *dir)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	uint32_t number;
	size_t i;

	if (scan_names(scan, dir, "mapping", &names) < 0)
		return -ENOMEM;
	if (names.count > 0) {
		device->mappings =
			arena_alloc(scan->snapshot->arena, names.count * sizeof(*device->mappings));
		if (device->mappings == NULL)
			return -ENOMEM;
	}
	for (i = 0; i < names.count && device->mappings_errno == 0; i++) {
		char path[IO_PATH_MAX];

		if (!parse_numbered(names.items[i], "mapping", &number))
			continue;
		text_format(path, sizeof(path), "%s/%s", dir, names.items[i]);
		if (scan_mapping(scan, device, path) < 0)
			return -ENOMEM;
	}
	if (names.rc < 0)
		device->mappings_errno = -names.rc;
	else if (names.count == 0 && guess_mapping(scan, device, dir) < 0)
		return -ENOMEM;
	/* Some of them known is not all of them known. */
	if (device->mappings_errno == 0 && !mappings_add_up(device))
		device->mappings_errno = EAGAIN;
	if (device->mappings_errno != 0)
		device->mapping_count = 0;
	if (device->mapping_count > 1)
		qsort(device->mappings, device->mapping_count, sizeof(*device->mappings),
		      compare_mappings);
	return 0;
}

static int scan_memmap_attribute(struct scan *scan, struct memhp_device *device, const char *dir)
{
	int rc = scan_attribute(scan, dir, &memmap_row, device);

	device->has_memmap_attribute = rc != -ENOENT;
	return rc == -ENOMEM ? rc : 0;
}

/* What shows whose a block is; without iomem, devices have to be known as a whole for that. */
static bool is_name_enough(const struct scan *scan)
{
	return (scan->parts & SCAN_DEVICES) == 0 && scan->snapshot->machine.iomem_known;
}

static int scan_dax_device(struct scan *scan, const char *name)
{
	struct memhp_device *device = scan_add_device(scan, MEMHP_DEVICE_DAX, name);
	char dir[IO_PATH_MAX];

	if (device == NULL)
		return -ENOMEM;
	text_format(dir, sizeof(dir), DAX_PATH "/%s", name);
	if (scan_driver(scan, device, dir) < 0)
		return -ENOMEM;
	/* Where no memmap can lie on the memory itself, it does not matter what a device asks for. */
	if (is_name_enough(scan))
		return scan->snapshot->machine.memmap_on_memory == MEMMAP_MODE_OFF ?
			       0 :
			       scan_memmap_attribute(scan, device, dir);
	if (scan_memmap_attribute(scan, device, dir) < 0 || scan_dax_held(scan, device, dir) < 0 ||
	    scan_numbers(scan, device, dir) < 0)
		return -ENOMEM;
	/* Where the kernel hides target_node, the node that the device is nearest to. */
	if (device->target_node < 0)
		device->target_node = device->numa_node;
	if (!dax_is_held(device) && scan_mappings(scan, device, dir) < 0)
		return -ENOMEM;
	if (scan_link_of(scan, device, dir) < 0)
		return -ENOMEM;
	return scan_memdevs(scan, device);
}

int scan_dax(struct scan *scan)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	size_t i;

	if (scan_names(scan, DAX_PATH, "dax", &names) < 0)
		return -ENOMEM;
	scan->snapshot->machine.dax_errno = -names.rc;
	for (i = 0; i < names.count; i++) {
		if (scan_dax_device(scan, names.items[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}
