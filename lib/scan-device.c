/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory devices that are not on the dax bus: ACPI memory devices and virtio_mem. Their memory is
 * known by the blocks, or the iomem entries, that name them.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define ACPI_PATH "sys/bus/acpi/devices"
#define ACPI_MEMORY_ID "PNP0C80:"
#define VIRTIO_DRIVER_PATH "sys/bus/virtio/drivers/virtio_mem"

struct memhp_device *scan_add_device(struct scan *scan, enum memhp_device_kind kind,
				     const char *name)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	struct memhp_device *device;

	if (snapshot->device_count >= NO_DEVICE ||
	    array_reserve(&snapshot->devices, snapshot->device_count, &scan->device_capacity,
			  sizeof(*snapshot->devices)) < 0)
		return NULL;
	device = &snapshot->devices[snapshot->device_count++];
	*device = (struct memhp_device){
		.name = name,
		.kind = kind,
		.driver = DRIVER_UNKNOWN,
		.size = SIZE_UNKNOWN,
		.target_node = NODE_NONE,
		.numa_node = NODE_NONE,
		.slot = -1,
	};
	return device;
}

static int set_path(struct scan *scan, struct memhp_device *device, const char *dir)
{
	char link[IO_PATH_MAX];
	const char *path;

	if (scan_link(scan, dir, link) < 0)
		return 0;
	path = strstr(link, "devices/");
	if (path == NULL)
		return 0;
	device->path = arena_copy(scan->snapshot->arena, path + strlen("devices/"));
	return device->path == NULL ? -ENOMEM : 0;
}

/* Links of an ACPI device: "physical_node", "physical_node1", ...; a DIMM has one for each block. */
#define NODE_LINK "physical_node"
#define FIRST_LINK UINT32_MAX

struct link_list {
	uint32_t *numbers;
	size_t count;
	size_t capacity;
};

static int add_link(void *data, const char *name, unsigned char type)
{
	struct link_list *links = data;
	uint32_t number = FIRST_LINK;

	if (strcmp(name, NODE_LINK) != 0 && !parse_numbered(name, NODE_LINK, &number))
		return 0;
	if (array_reserve(&links->numbers, links->count, &links->capacity,
			  sizeof(*links->numbers)) < 0)
		return -ENOMEM;
	links->numbers[links->count++] = number;
	return 0;
}

/* The block that one of the links leads to belongs to the device. */
static int scan_physical_node(struct scan *scan, const char *dir, uint32_t link_number,
			      uint16_t device)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	char path[IO_PATH_MAX], link[IO_PATH_MAX];
	uint32_t number;
	size_t index;
	int rc;

	if (link_number == FIRST_LINK)
		text_format(path, sizeof(path), "%s/" NODE_LINK, dir);
	else
		text_format(path, sizeof(path), "%s/" NODE_LINK "%u", dir, link_number);
	rc = scan_link(scan, path, link);
	if (rc < 0) {
		/* Some of its blocks known is not all of them known. */
		snapshot->devices[device].mappings_errno = -rc;
		return scan_note(scan, path, rc, scan_errno_message(rc));
	}
	if (!parse_numbered(path_name(link), "memory", &number))
		return 0;
	index = snapshot_block_index(snapshot, number);
	if (index < snapshot->block_count && snapshot->blocks[index].number == number)
		snapshot->blocks[index].device = device;
	return 0;
}

static int scan_physical_nodes(struct scan *scan, const char *dir, uint16_t device)
{
	struct link_list links = { .numbers = NULL };
	int rc = scan->io->ops->list(scan->io, dir, add_link, &links);
	size_t i;

	if (rc < 0 && rc != -ENOENT && rc != -ENOMEM)
		rc = scan_note(scan, dir, rc, scan_errno_message(rc));
	for (i = 0; rc != -ENOMEM && i < links.count; i++)
		rc = scan_physical_node(scan, dir, links.numbers[i], device);
	free(links.numbers);
	return rc == -ENOMEM ? rc : 0;
}

/* Firmware may give any text as _UID; a number is the slot, and the kernel shows it as "0x02". */
static int take_slot(struct scan *scan, struct piece text, void *member)
{
	uint64_t slot;

	if (parse_uint(text.text, text.len, 0, &slot) == 0 && slot <= INT32_MAX)
		*(int *)member = (int)slot;
	return 0;
}

static const struct attribute acpi_rows[] = {
	{ "uid", take_slot, offsetof(struct memhp_device, slot) },
};

/* It can be written only, so that reading it fails in any case; but how tells whether it is there. */
static bool has_eject(struct scan *scan, const char *dir)
{
	char path[IO_PATH_MAX], text[8];
	size_t len;

	text_format(path, sizeof(path), "%s/eject", dir);
	return scan->io->ops->read(scan->io, path, 0, text, sizeof(text), &len) != -ENOENT;
}

static int scan_acpi_device(struct scan *scan, const char *name)
{
	struct memhp_device *device = scan_add_device(scan, MEMHP_DEVICE_ACPI, name);
	char dir[IO_PATH_MAX];
	uint16_t index;

	if (device == NULL)
		return -ENOMEM;
	device->driver = DRIVER_NONE;
	device->size = 0;
	text_format(dir, sizeof(dir), ACPI_PATH "/%s", name);
	if ((scan->parts & SCAN_DEVICES) != 0 &&
	    (scan_attributes(scan, dir, acpi_rows, ARRAY_SIZE(acpi_rows), device) < 0 ||
	     set_path(scan, device, dir) < 0))
		return -ENOMEM;
	if ((scan->parts & SCAN_DEVICES) != 0)
		device->ejectable = has_eject(scan, dir);
	index = (uint16_t)(device - scan->snapshot->devices);
	return again_copy_owner(scan, name, index) ? 0 : scan_physical_nodes(scan, dir, index);
}

/* The end of the run of blocks from FIRST on that one device owns. */
static size_t owned_run(const struct memhp_snapshot *snapshot, size_t first)
{
	const struct memhp_block *blocks = snapshot->blocks;
	size_t next = first + 1;

	while (next < snapshot->block_count && blocks[next].device == blocks[first].device &&
	       blocks[next].number == blocks[next - 1].number + 1)
		next++;
	return next;
}

/* An ACPI device's memory is the runs of its blocks: the first pass counts, the second fills in. */
static int map_acpi_devices(struct memhp_snapshot *snapshot)
{
	uint64_t size = snapshot->machine.block_size;
	size_t first, next, pass;

	for (pass = 0; size > 0 && pass < 2; pass++) {
		for (first = 0; first < snapshot->block_count; first = next) {
			const struct memhp_block *block = &snapshot->blocks[first];
			struct memhp_device *device;

			next = owned_run(snapshot, first);
			if (block->device == NO_DEVICE)
				continue;
			device = &snapshot->devices[block->device];
			if (pass == 0) {
				device->mapping_count++;
				continue;
			}
			if (device->mappings == NULL)
				device->mappings =
					arena_alloc(snapshot->arena,
						    device->mapping_count * sizeof(struct mapping));
			if (device->mappings == NULL)
				return -ENOMEM;
			if (device->size == 0)
				device->mapping_count = 0;
			device->mappings[device->mapping_count++] = (struct mapping){
				.start = block->number * size,
				.end = block->number * size + (next - first) * size - 1,
			};
			device->size += (next - first) * size;
		}
	}
	return 0;
}

int scan_acpi(struct scan *scan)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	size_t i;

	if (scan_names(scan, ACPI_PATH, ACPI_MEMORY_ID, &names) < 0)
		return -ENOMEM;
	for (i = 0; i < names.count; i++) {
		if (scan_acpi_device(scan, names.items[i]) < 0)
			return -ENOMEM;
	}
	return names.count == 0 ? 0 : map_acpi_devices(scan->snapshot);
}

/* Its memory is in iomem: "virtio3" > "System RAM (virtio_mem)"; regions have been read. */
static int map_virtio_device(struct scan *scan, struct memhp_device *device)
{
	const struct memhp_snapshot *snapshot = scan->snapshot;
	size_t first = 0, count = 0, i;

	if (!snapshot->machine.iomem_known)
		return 0;
	while (first < snapshot->region_count &&
	       strcmp(snapshot->regions[first].name, device->name) != 0)
		first++;
	device->size = 0;
	for (i = first + 1; i < snapshot->region_count &&
			    snapshot->regions[i].depth > snapshot->regions[first].depth;
	     i++)
		count++;
	if (count == 0)
		return 0;
	device->mappings = arena_alloc(snapshot->arena, count * sizeof(*device->mappings));
	if (device->mappings == NULL)
		return -ENOMEM;
	for (i = first + 1; i <= first + count; i++) {
		const struct memhp_region *region = &snapshot->regions[i];

		if (!text_starts_with(region->name, "System RAM") || region->end < region->start)
			continue;
		device->mappings[device->mapping_count++] = (struct mapping){
			.start = region->start,
			.end = region->end,
		};
		device->size += region->end - region->start + 1;
	}
	return 0;
}

static int scan_virtio_device(struct scan *scan, const char *name)
{
	struct memhp_device *device = scan_add_device(scan, MEMHP_DEVICE_VIRTIO_MEM, name);
	char dir[IO_PATH_MAX];

	if (device == NULL)
		return -ENOMEM;
	device->driver = DRIVER_OTHER;
	device->driver_name = "virtio_mem";
	text_format(dir, sizeof(dir), VIRTIO_DRIVER_PATH "/%s", name);
	if ((scan->parts & SCAN_DEVICES) != 0 && set_path(scan, device, dir) < 0)
		return -ENOMEM;
	return map_virtio_device(scan, device);
}

int scan_virtio(struct scan *scan)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	uint32_t number;
	size_t i;

	if (scan_names(scan, VIRTIO_DRIVER_PATH, "virtio", &names) < 0)
		return -ENOMEM;
	for (i = 0; i < names.count; i++) {
		if (parse_numbered(names.items[i], "virtio", &number) &&
		    scan_virtio_device(scan, names.items[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}
